"""What is remembered between requests is never taken for something else: cookies, tokens of forms, addresses, values on pages."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from flask import Flask, render_template_string
from itsdangerous import BadSignature
from jinja2 import UndefinedError
from markupsafe import Markup

from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform
from inburgering_flow.web import cookies
from inburgering_flow.web.templates_of import written


@pytest.fixture
def app(law: Platform) -> Flask:
    return create_app(law.services)


def test_a_cookie_says_what_was_signed_whether_it_is_remembered_or_read(app: Flask, law: Platform) -> None:
    said = {"token": "a" * 43, "_flashes": [["message", "é < 'x' 漢"]]}
    signed = cookies.signer_of(app).dumps(said)
    assert cookies.signer_of(app).loads(signed) == said
    elsewhere = cookies.signer_of(create_app(law.services))
    assert elsewhere.loads(signed) == said, "another node, which has not signed it"
    assert elsewhere.loads(signed) == said, "remembered"


def test_a_changed_cookie_is_refused_also_when_the_true_one_is_remembered(app: Flask) -> None:
    signed = cookies.signer_of(app).dumps({"token": "a" * 43})
    cookies.signer_of(app).loads(signed)
    changed = ("B" if signed[0] != "B" else "C") + signed[1:]
    for forged in (changed, signed[:-1], signed + "a", signed.upper()):
        with pytest.raises(BadSignature):
            cookies.signer_of(app).loads(forged)


def test_what_is_remembered_cannot_be_changed_by_who_reads_it(app: Flask) -> None:
    signed = cookies.signer_of(app).dumps({"_flashes": [["message", "een"]]})
    cookies.signer_of(app).loads(signed)["_flashes"].append(["message", "twee"])
    assert cookies.signer_of(app).loads(signed) == {"_flashes": [["message", "een"]]}


def test_a_cookie_is_checked_again_after_a_while_and_then_its_age_counts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = cookies.signer_of(app).dumps({"token": "a"})
    now = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert cookies.signer_of(app).loads(signed, max_age=60) == {"token": "a"}
    monkeypatch.setattr(time, "monotonic", lambda: now + cookies.KEPT + 1)
    with pytest.raises(BadSignature):
        cookies.signer_of(app).loads(signed, max_age=60)


def test_only_so_many_cookies_are_remembered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cookies, "MOST", 3)
    for number in range(10):
        cookies.signer_of(app).dumps({"token": number})
    assert len(cookies.signer_of(app)._known) <= 3


def test_each_session_has_its_own_token_and_it_is_the_same_on_its_pages(law: Platform, as_user) -> None:
    karin, kees = as_user("karin"), as_user("kees")
    karin.get("/taken"), kees.get("/taken")
    first, other = karin.csrf, kees.csrf
    karin.get("/zaken")
    assert karin.csrf == first != other
    kees.csrf = first
    assert kees.post("/wachtwoord", {}).status_code == 400, "another session's token"


def test_equal_values_of_other_types_make_addresses_of_their_own(app: Flask) -> None:
    text = "{{ url_for('tasklist.tasks', late=x) }}"
    with app.test_request_context("/"):
        shown = [render_template_string(text, x=x) for x in (1, True, "1", Decimal(1), 1, True)]
    assert shown == [f"/taken?late={x}" for x in (1, True, "1", Decimal(1), 1, True)]


def test_an_address_has_what_stands_before_the_application(app: Flask) -> None:
    found = []
    for root in ("", "/flow", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            found.append(render_template_string("{{ url_for('tasklist.task', key=7) }}"))
    assert found == ["/taken/7", "/flow/taken/7", "/taken/7"]


class Shown:
    def __html__(self) -> str:
        return "<b>x</b>"

    def __str__(self) -> str:
        return "<b>"


class Text(str):
    pass


@pytest.mark.parametrize(
    "value", ["", "a", "<a>", "&", "\"'", "é\n", Markup("<b>"), 1, -7, True, None, 1.5, Decimal("0.10"), Shown(), Text("<a>"), ["<"]]
)
def test_a_value_is_written_as_jinja_writes_it(app: Flask, value: object) -> None:
    plain = Flask("plain")
    text = "{{ value }}|{{ value ~ '<' }}|{% set x = value %}{{ x }}"
    with plain.app_context():
        expected = render_template_string(text, value=value)
    with app.test_request_context("/"):
        assert render_template_string(text, value=value) == expected
    assert isinstance(written(value), str)


MACROS = """
{%- macro plain(a, b='<', c='3') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}
{%- macro around(a='') %}<p>{{ a }}{{ caller() }}</p>{% endmacro %}
{%- macro each() %}{{ caller('<x>') }}{% endmacro %}
{%- macro more() %}{{ varargs|join(',') }}{{ kwargs.items()|list }}{% endmacro %}
{{- plain(1) }}{{ plain(value) }}{{ plain(1, c=value) }}{{ plain(b=value, a=2) }}{{ plain() }}
{%- call around(a=value) %}{{ value }}{% endcall %}
{%- call(x) each() %}{{ x }}{% endcall %}
{{- more(1, value, class=value, other=2) }}
{%- for i in [1, 2] %}{{ plain(i, loop.index) }}{{ loop.cycle('<odd>', 'even') }}{% endfor %}
{{- ngettext('%(num)s <i>', '%(num)s <b>', 2) }}{{ dict(a=value).a.upper() }}{{ value|upper }}
"""


def drawn(app: Flask, text: str, **values: object) -> str:
    with app.test_request_context("/"):
        return render_template_string(text, **values)


def test_macros_and_calls_are_drawn_as_jinja_draws_them(app: Flask) -> None:
    plain = Flask("plain")
    plain.jinja_env.add_extension("jinja2.ext.i18n")
    plain.jinja_env.install_gettext_callables(str, lambda one, more, n: one if n == 1 else more, newstyle=True)
    expected = drawn(plain, MACROS, value="<&é")
    assert "&lt;&amp;é" in expected
    assert drawn(app, MACROS, value="<&é") == expected


@pytest.mark.parametrize(
    "text", ["{{ plain(1, 2, 3, 4) }}", "{{ plain(1, d=4) }}", "{{ around() }}", "{% call plain(1) %}x{% endcall %}", "{{ nothing() }}"]
)
def test_a_wrong_call_fails_as_in_jinja(app: Flask, text: str) -> None:
    text = MACROS.split("{{-")[0] + text
    failures = []
    for one in (Flask("plain"), app):
        with pytest.raises((TypeError, UndefinedError)) as failure:
            drawn(one, text)
        failures.append(failure.type)
    assert failures[0] is failures[1]
