"""What comes in is read or refused with a sentence: any route, with anything in its path, query and body."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from shipped import PASSWORD
from sqlalchemy import select
from variants import examples
from werkzeug.routing import Rule

from inburgering_flow import web
from inburgering_flow.app import create_app
from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables
from inburgering_flow.values import load_sent
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]

UNREADABLE = ["{", "[]", "7", "null", '"x"', "[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000, '{"a": NaN}',
              '{"a": 1e99999999999999999999}', '{"a": "\\ud800"}', "{'a': 1}", "\x00"]  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE, ids=[t[:12].replace("\x00", "NUL") for t in UNREADABLE])
@pytest.mark.parametrize("move", ["afronden", "concept"])
def test_answers_that_cannot_be_read_store_nothing(law: Platform, as_user: Login, text: str, move: str) -> None:
    start_case(law)
    key = next(t.key for t in law.tasks(state="CREATED") if "klantmanager" in t.candidate_groups)
    karin = as_user("karin")
    before = contents(law)

    answer = karin.post(f"/taken/{key}/{move}", {"form_json": text})

    assert answer.status_code == 400
    assert "niet leesbaar" in answer.text
    assert contents(law) == before


@pytest.mark.parametrize("text", UNREADABLE[5:], ids=range(len(UNREADABLE) - 5))
def test_json_that_cannot_be_read_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError):
        load_sent(text)


def test_json_that_can_be_read_is_read() -> None:
    assert load_sent('{"a": [1, "é", {"b": null}]}') == {"a": [1, "é", {"b": None}]}
    assert load_sent("[" * 100 + "]" * 100)


# -- every route ---------------------------------------------------------------------------------------------------------

NUMBERS = ["0", "1", "-1", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 5_000, "1.5", "1e9", "²", "٣", "NaN"]
TEXTS = ["", " ", "\x00", "a\x00b", "\r\nSet-Cookie: a=b", "é€漢", "\U0001f600", "\u202e", "'\"><script>", "%", "_", "\\", "/",
         "../../etc/passwd", "//x.example", "/\r\n//x.example", "http://[", "//[", "a" * 300, "b" * 70_000, "[" * 5_000,
         '{"a":' * 500, "{{ 7 * 7 }}", "=1+", "(" * 2_000, "<a>" * 500, "P99999999999D", "P10W", "2026-02-30",
         "99999-01-01", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-14:00~1",
         "2026-01-01~1", "2026-01-01T00:00:00~" + "9" * 30, "2026-01-01T00:00:00+00:00~9223372036854775808", "~", "karin"]  # fmt: skip
FILES = [("a.bpmn", b"<"), ("a.dmn", b"\x00"), ("a.form", b"[" * 50_000), ("a.form", b'{"components": [{}, 7, null]}'),
         ("gegevens.json", b"{"), ("a.form", b"\xff\xfe"), ("\r\n.bpmn", b"<a/>"), ("..", b""), ("é€漢.dmn", b"<definitions/>")]  # fmt: skip


def fields() -> list[str]:
    """Return every name that a view or a template asks for, so that a new one is tried too."""
    found = {"veld_x", "bestanden", "stap_x"}
    for path in Path(web.__file__).parent.rglob("*"):
        if path.suffix in (".py", ".html"):
            text = path.read_text()
            found |= set(re.findall(r'(?:\.get(?:list)?\(|\.form\[|name=)"([a-z_]+)"', text))
    return sorted(found)


def hostile(dice: random.Random, keys: list[int]) -> str:
    return dice.choice([*NUMBERS, *TEXTS, *map(str, keys)])


def contents(platform: Platform) -> dict[str, list[Any]]:
    """Return every row except of what may tell of refusals: the log, and attempts to log in."""
    with platform.context.db.read() as unit:
        return {
            table.name: sorted(map(repr, unit.connection.execute(select(table))))
            for table in tables.metadata.sorted_tables
            if table.name not in ("audit", "audit_head", "login_attempt")
        }


def path_of(rule: Rule, dice: random.Random, keys: list[int]) -> str:
    """Return an address of a route with something in each of its places."""
    def filled(place: re.Match[str]) -> str:
        kind, value = place[1] or "", hostile(dice, keys)
        if kind.startswith("int"):
            return dice.choice([str(dice.choice(keys)), dice.choice(NUMBERS)])
        if kind.startswith("any"):
            return dice.choice([*re.split(r", ?", kind[4:-1]), value])
        return value.replace("/", "%2F").replace("?", "%3F").replace("#", "%23").replace("\r", "%0D").replace("\n", "%0A")

    return re.sub(r"<(?:([^:<>]+):)?([^<>]+)>", filled, rule.rule)


@pytest.fixture
def served(law: Platform) -> tuple[Flask, Platform, list[int]]:
    """A case, and somebody with every role who can reach every route."""
    case = start_case(law)
    law.services.accounts.save("alles", display_name="Alles", password=PASSWORD, roles=tuple(ROLES))
    app = create_app(law.services)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    keys = [case, *[t.key for t in law.tasks()][:2], law.services.deployments.newest("process")[0].key]
    return app, law, keys


def visit(app: Flask, platform: Platform, username: str) -> FlaskClient:
    client = app.test_client()
    row = platform.services.accounts.get(username)
    assert row is not None
    with client.session_transaction() as session, platform.context.db.write() as unit:
        session["token"] = platform.services.sessions.begin(unit, row)
    return client


def body_of(number: int, known: list[str], dice: random.Random, keys: list[int]) -> dict[str, Any]:
    """Return what a request sends: none, some or all fields, a file now and then, or what is no form at all."""
    if not number % 5:
        kinds = ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", "", "a/b; charset=x"]
        return {"data": dice.randbytes(300), "content_type": dice.choice(kinds)}
    names = dice.sample(known, len(known) * (number % 3) // 2)
    body: dict[str, Any] = {name: hostile(dice, keys) for name in names}
    if number % 4 == 1:
        file, content = dice.choice(FILES)
        body["bestanden"] = (BytesIO(content), file)
    return {"data": body}


def header(text: str) -> str:
    """Return as much of a text as a client can send in a header."""
    return text.translate({13: None, 10: None, 0: None}).encode("latin-1", "ignore").decode("latin-1")


def answered(client: FlaskClient, address: str, **given: Any) -> int:
    """Send a request and return with what it is answered. A large one lies in a file, which the client leaves open."""
    builder = EnvironBuilder(client.application, address, **given)
    environment = builder.get_environ()
    builder.close()
    with environment["wsgi.input"]:
        return client.open(environment).status_code


def try_all(app: Flask, platform: Platform, keys: list[int], rounds: int, version: Callable[[], Any]) -> None:
    dice, known, failed = random.Random(14), fields(), []
    routes = [(r, m) for r in app.url_map.iter_rules() for m in (r.methods or set()) - {"HEAD", "OPTIONS"}]
    for rule, method in sorted(routes, key=lambda route: (route[0].rule, route[1]))[:: examples(2, 1)]:
        for number in range(rounds):
            client, address = visit(app, platform, "alles"), path_of(rule, dice, keys)
            query = {name: hostile(dice, keys) for name in dice.sample(known, dice.choice([0, 3, len(known)]))}
            sent = body_of(number, known, dice, keys) if method == "POST" else {}
            tried = (rule.endpoint, method, address[:120], str(query)[:500], str(sent)[:500])
            before, mark = contents(platform) if number < 2 else None, version()
            referrer = {"Referer": header(hostile(dice, keys))}
            status = answered(client, address, method=method, headers=referrer, query_string=query, **sent)
            if status >= 500:
                failed.append((status, *tried))
            if status >= 400 and before is not None and version() != mark and contents(platform) != before:
                failed.append(("stored", *tried))
    assert failed == []


@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")  # of a form that Werkzeug reads half
def test_no_route_fails_and_what_is_refused_stores_nothing(served: tuple[Flask, Platform, list[int]], tmp_path: Path) -> None:
    app, platform, keys = served
    other = sqlite3.connect(tmp_path / "flow.db")

    def version() -> Any:
        return other.execute("PRAGMA data_version").fetchone()

    try_all(app, platform, keys, examples(1, 60), version)
    other.close()


@pytest.mark.parametrize("roles", ["5", '"klantmanager"', "[[]]", "[7]", "{}", "[{}]"])
def test_a_data_dictionary_whose_readers_are_no_list_of_roles_is_refused(law: Platform, roles: str) -> None:
    """The page of a case would fail, or hide the fact from everybody."""
    named = f'[{{"name": "a", "type": "string", "roles": {roles}}}]'.encode()
    found = law.services.deployments.check([Resource("map/gegevens.json", named)])

    assert ("data-dictionary" in [f.rule for f in found]) is (roles != "{}")


@pytest.mark.parametrize(
    "after",
    ["2026-01-01~1", "0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-14:00~1", "2026-01-01T00:00:00+00:00~" + "9" * 30,
     "2026-01-01T00:00:00+00:00~9223372036854775808", "2026-01-01T00:00:00+00:00~-1", "99999-01-01~1", "\x00~\x00", "~"],
)  # fmt: skip
def test_a_page_that_does_not_exist_is_refused(platform: Platform, after: str) -> None:
    actor = Actor("a", ("teammanager",), table=ROLES)
    with pytest.raises(InvalidInput):
        platform.services.task_lists.page(actor, "alle", after=after)


@pytest.mark.parametrize("name", ["gegevens.json", "a.BPMN", "a.bpmn20.xml", ".bpmn", "..", "a.exe", "é€漢.bpmn"])
def test_an_uploaded_file_is_read_by_its_name_as_everywhere_or_refused(law: Platform, as_user: Login, name: str) -> None:
    """Names that one part took for a diagram and another did not gave a 500."""
    designer = as_user("piet")
    answer = designer.post("/processen", {"bestanden": (BytesIO(b"{"), name)})
    assert answer.status_code == 422
