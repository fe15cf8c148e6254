"""What each answer carries, by which name the server may be called, and what it believes of proxies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from shipped import PASSWORD

from inburgering_flow import settings
from inburgering_flow.app import create_app
from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.web.cookies import shortened
from inburgering_flow.web.protection import is_among
from web.conftest import Browser, draft

EXPECTED = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


def app_with(law: Platform, **chosen: Any) -> Flask:
    law.context.settings = replace(law.context.settings, **chosen)
    return create_app(law.services)


def lacks(headers: Any, *, https: bool = False) -> list[str]:
    """Return what an answer lacks of what each must have."""
    wrong = [name for name, value in EXPECTED.items() if headers.get(name) != value]
    policy, permissions = headers.get("Content-Security-Policy", ""), headers.get("Permissions-Policy", "")
    if not all(part in policy for part in ("default-src 'self'", "frame-ancestors 'none'", "script-src 'self'", "object-src 'none'")):
        wrong.append("Content-Security-Policy")
    if not all(f"{feature}=()" in permissions for feature in ("camera", "microphone", "geolocation", "payment", "usb")):
        wrong.append("Permissions-Policy")
    if ("max-age=31536000" in headers.get("Strict-Transport-Security", "")) is not https:
        wrong.append("Strict-Transport-Security")
    return wrong


# -- headers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("https", [False, True])
def test_each_answer_of_each_route_has_the_headers(law: Platform, https: bool) -> None:
    law.services.accounts.save("alles", password=PASSWORD, roles=tuple(ROLES))
    app = app_with(law, cookie_secure=https)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    wrong, statuses = [], set()
    for is_in in (False, True):
        client = app.test_client()
        for rule in app.url_map.iter_rules():
            if is_in and client.get("/sessies", base_url=base(https)).status_code == 302:
                sent = {"username": "alles", "password": PASSWORD}
                assert client.post("/inloggen", data=sent, base_url=base(https)).status_code == 302
            address = re.sub(r"<[^>]+>", "1", rule.rule)
            for method in ("GET", "POST", "PUT"):
                answer = client.open(address, method=method, base_url=base(https))
                statuses.add(answer.status_code)
                answer.close()
                if lacks(answer.headers, https=https):
                    wrong.append((method, address, answer.status_code, lacks(answer.headers, https=https)))
    assert wrong == []
    assert statuses >= {200, 302, 401, 404, 405, 422}


def base(https: bool) -> str:
    return f"{'https' if https else 'http'}://localhost"


def test_static_files_refusals_and_failures_have_them_too(law: Platform, as_user: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    karin = as_user("karin")
    monkeypatch.setattr(law.services.task_lists, "page", lambda *_, **__: 1 / 0)
    answers = {
        200: karin.client.get("/static/dist/page.js"), 404: karin.client.get("/static/weg.js"),
        500: karin.client.get("/taken"), 400: karin.client.post("/uitloggen"),
        308: karin.client.get("/static//weg.js"), 413: karin.client.post("/inloggen", data=b"x" * 20_001),
    }  # fmt: skip
    assert {expected: answer.status_code for expected, answer in answers.items()} == {s: s for s in answers}
    assert {status: lacks(answer.headers) for status, answer in answers.items() if lacks(answer.headers)} == {}
    for answer in answers.values():
        answer.close()


def test_only_static_files_may_be_kept(law: Platform, as_user: Callable[[str], Browser]) -> None:
    karin = as_user("karin")
    assert karin.client.get("/taken").headers["Cache-Control"] == "no-store"
    with karin.client.get("/static/dist/page.js") as file:
        assert "no-store" not in file.headers["Cache-Control"]


def test_a_static_file_is_kept_for_a_year_under_the_address_that_says_its_version(as_user: Callable[[str], Browser]) -> None:
    karin = as_user("karin")
    address = re.search(r'href="(/static/dist/styles\.css\?v=[0-9a-f]{12})"', karin.get("/taken").text)[1]  # type: ignore[index]
    said = {}
    for asked in (address, address[:-1] + "x", address.partition("?")[0]):
        with karin.client.get(asked) as file:
            assert file.status_code == 200
            assert "Cookie" not in file.headers["Vary"], "else it is kept for one cookie alone"
            said[asked] = file.headers["Cache-Control"]
    assert list(said.values()) == ["public, max-age=31536000, immutable", "no-cache", "no-cache"]


def test_cookies_over_https_are_of_this_name_alone(law: Platform) -> None:
    app = app_with(law, cookie_secure=True)
    client = app.test_client()
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inloggen", base_url=base(True)).text)[1]  # type: ignore[index]
    sent = {"username": "karin", "password": PASSWORD, "csrf_token": token}
    login = client.post("/inloggen", data=sent, base_url=base(True), headers={"Referer": "https://localhost/inloggen"})
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/", base_url=base(True)).text)[1]  # type: ignore[index]
    spoken = client.post("/taal", data={"taal": "en", "csrf_token": token}, base_url=base(True), headers={"Referer": "https://localhost/"})
    cookies = [*login.headers.getlist("Set-Cookie"), *spoken.headers.getlist("Set-Cookie")]
    assert sorted(c.partition("=")[0] for c in cookies) == ["__Host-apparaat", "__Host-inburgering_flow", "__Host-taal"]
    for told in cookies:
        assert "; Secure" in told
        assert "; HttpOnly" in told
        assert "; Path=/" in told
        assert "SameSite=" in told
        assert "Domain" not in told
    assert "My work" in client.get("/", base_url=base(True)).text, "and they are read again"


# -- names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "known"), [
    ("localhost", True), ("LOCALHOST:8080", True), ("127.0.0.1:8080", True), ("[::1]:8080", True), ("flow.example.nl", True),
    ("a.delft.nl", True), ("delft.nl", False), ("xdelft.nl", False), ("flow.example.nl.evil.example", False), ("evil.example", False),
    ("localhost@evil.example", False), ("localhost:80:80", False), ("localhost/", False), ("", False), ("a b", False),
    ("192.0.2.9:1", True), ("é.nl", False), ("localhost\n", False),
])  # fmt: skip
def test_a_name_is_one_that_was_set_or_this_machines_own(host: str, known: bool) -> None:
    assert is_among(host, Settings(allowed_hosts=" Flow.example.nl, .delft.nl ", host="192.0.2.9").hosts) is known


def test_listening_everywhere_makes_that_no_name() -> None:
    assert not is_among("0.0.0.0", Settings(host="0.0.0.0").hosts)
    assert is_among("[2001:db8::1]:80", Settings(host="2001:db8::1").hosts)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80:80", "a b", "", "localhost@evil"])
def test_a_name_that_is_not_ours_is_refused_in_a_sentence(law: Platform, host: str, method: str) -> None:
    client = create_app(law.services).test_client()
    for address in ("/inloggen", "/static/dist/page.js", "/bestaat/niet", "/healthz"):
        answer = client.open(address, method=method, headers={"Host": host, "Referer": f"http://{host}/"})
        assert answer.status_code == 400, address
        assert "onder deze naam niet bereikbaar" in answer.text
        assert "evil" not in answer.text
        assert lacks(answer.headers) == []
    assert client.get("/healthz").status_code == 200


def test_any_name_will_do_only_where_that_is_said(law: Platform) -> None:
    assert app_with(law, allowed_hosts="*").test_client().get("/healthz", headers={"Host": "evil.example"}).status_code == 200


# -- sizes ---------------------------------------------------------------------------------------------------------------


class Unread(BytesIO):
    def read(self, *_: object) -> bytes:
        raise AssertionError("it was read")

    readline = readinto = read  # type: ignore[assignment]


@pytest.mark.parametrize(("address", "most", "said"), [
    ("/inloggen", 20_000, "hoogstens 20 kB"), ("/wachtwoord", 20_000, "hoogstens 20 kB"), ("/geen/bladzijde", 20_000, "hoogstens 20 kB"),
    ("/zaken/nieuw", 2_000_000, "hoogstens 2 MB"), ("/processen", 12_000_000, "hoogstens 10 MB"),
])  # fmt: skip
def test_what_is_too_large_for_its_route_is_refused_unread_in_a_sentence(law: Platform, address: str, most: int, said: str) -> None:
    client = create_app(law.services).test_client()
    sent = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(most + 1), "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    answer = client.post(address, environ_overrides=sent)
    assert answer.status_code == 413
    assert said in answer.text


def test_a_form_may_be_as_large_as_its_route_allows(law: Platform, as_user: Callable[[str], Browser]) -> None:
    piet = as_user("piet")
    fields = {"inhoud": "x" * 3_000_000, "csrf_token": piet.csrf}
    body = "".join(f'--y\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{text}\r\n' for n, text in fields.items()) + "--y--\r\n"
    answer = piet.client.post(draft(law), data=body.encode(), content_type="multipart/form-data; boundary=y")
    assert answer.status_code == 200, "a diagram comes as a field, which Flask cuts at 500 kB by itself"


# -- proxies -------------------------------------------------------------------------------------------------------------

SAID = {"X-Forwarded-For": "203.0.113.5, 198.51.100.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "flow.example.nl",
        "X-Forwarded-Prefix": "/x", "X-Forwarded-Port": "99", "Forwarded": "for=203.0.113.9"}  # fmt: skip


def seen(law: Platform, monkeypatch: pytest.MonkeyPatch, **chosen: Any) -> tuple[str, int, bool]:
    """Return which address a login was tried from, what came of it, and whether it was thought to come over HTTPS."""
    addresses: list[str] = []
    monkeypatch.setattr(law.services.logins, "log_in", lambda *_, address, **__: addresses.append(address))
    app = app_with(law, allowed_hosts="", **chosen)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    answer = app.test_client().post("/inloggen", data={}, headers=SAID)
    return addresses[0] if addresses else "", answer.status_code, "Strict-Transport-Security" in answer.headers


def test_nothing_is_believed_of_proxies_by_default(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(law, monkeypatch) == ("127.0.0.1", 401, False)
    assert seen(law, monkeypatch, cookie_secure=True)[:2] == ("127.0.0.1", 401), "HTTPS alone trusts nobody"


def test_of_proxies_is_believed_what_was_set_and_no_more(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(law, monkeypatch, proxy_for=1) == ("198.51.100.1", 401, False)
    assert seen(law, monkeypatch, proxy_for=2) == ("203.0.113.5", 401, False)
    assert seen(law, monkeypatch, proxy_for=0, proxy_proto=1) == ("127.0.0.1", 401, True)
    assert seen(law, monkeypatch, proxy_proto=0, proxy_host=1) == ("", 400, False), "that name is not allowed"


@pytest.mark.parametrize("name", ["PROXY_FOR", "PROXY_PROTO", "PROXY_HOST"])
def test_fewer_than_no_proxies_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} is -1, which is too little"):
        settings.read({f"INBURGERING_FLOW_{name}": "-1"})


@pytest.mark.parametrize("letter", ["a", "é", "\U0001f600"])
def test_what_the_next_page_tells_fits_in_a_cookie(law: Platform, as_user: Callable[[str], Browser], letter: str) -> None:
    bram = as_user("bram")
    bram.get("/bulkbewerkingen")

    answer = bram.post("/processen/zaak", {"zaak": letter * 90_000})

    assert answer.status_code == 302
    assert max(len(one) for one in answer.headers.getlist("Set-Cookie")) < 4096
    assert letter * 100 in bram.get("/bulkbewerkingen").text


def test_of_several_things_that_are_told_the_newest_stay() -> None:
    said = [("message", f"{n} " + "x" * 700) for n in range(5)]

    assert shortened(said) == said[-2:]
    assert shortened(said[:1]) == said[:1]
