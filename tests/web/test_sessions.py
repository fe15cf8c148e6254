"""Sessions are on the server: one that has ended opens nothing, whoever has its cookie; people see and end their own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from shipped import PASSWORD
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from inburgering_flow import settings
from inburgering_flow.app import create_app
from inburgering_flow.errors import InvalidInput
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.web.browsers import browser_of
from web.conftest import Browser, on_both
from web.test_costs import counted, writes

pytest_generate_tests = on_both

Login = Callable[[str], Browser]
COOKIE = "inburgering_flow"


def copied(law: Platform, browser: Browser) -> Browser:
    """Return another browser with the same cookie."""
    other = Browser(create_app(law.services).test_client())
    other.client.set_cookie(COOKIE, browser.client.get_cookie(COOKIE).value)
    other.csrf = browser.csrf
    return other


def is_in(browser: Browser) -> bool:
    return browser.client.get("/taken").status_code == 200


@pytest.fixture
def later(law: Platform) -> Callable[..., None]:
    """Let real time pass, in which people log in; the clock of the processes stands still."""
    now = [datetime.now(UTC)]
    law.context.real = lambda: now[0]

    def pass_by(**span: float) -> None:
        now[0] += timedelta(**span)

    return pass_by


def test_a_copied_cookie_opens_nothing_after_the_logout(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    thief = copied(law, karin)
    assert is_in(thief)

    answer = karin.post("/uitloggen")

    assert "U bent uitgelogd." in karin.get(answer.location).text
    assert not is_in(thief)


def test_the_database_has_no_token_and_the_browser_nothing_else(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    with karin.client.session_transaction() as kept:
        assert set(kept) == {"_permanent", "token", "csrf_token"}
        token = kept["token"]
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.login_session)).all()
    assert len(rows) == 1
    assert token not in str(rows)
    assert len(token) >= 43, "32 random bytes"


def test_a_login_ends_the_session_that_the_browser_had(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    old = copied(law, karin)
    karin.get("/inloggen")
    karin.post("/inloggen", {"username": "kees", "password": PASSWORD})
    assert is_in(karin)
    assert not is_in(old)


@pytest.mark.parametrize("ends", ["close", "password", "roles"])
def test_what_changes_an_account_ends_its_sessions_and_no_others(law: Platform, as_user: Login, ends: str) -> None:
    karin, kees = as_user("karin"), as_user("kees")
    if ends == "close":
        law.services.accounts.set_active("karin", False)
    else:
        change = {"roles": ("consulent",)} if ends == "roles" else {"roles": ("klantmanager",), "password": "vijver tulp"}
        law.services.accounts.save("karin", **change)

    assert (is_in(karin), is_in(kees)) == (False, True)
    assert law.services.sessions.forget() == 1, "its row goes too"


def test_an_unused_session_ends_and_so_does_one_that_lasts_too_long(law: Platform, as_user: Login, later: Callable[..., None]) -> None:
    karin = as_user("karin")
    later(minutes=59)
    assert is_in(karin), "an hour without a request is too long, 59 minutes are not"
    later(minutes=60)
    assert not is_in(karin)

    karin = as_user("karin")
    for _ in range(14):
        later(minutes=50)
        assert is_in(karin)
    later(minutes=20)
    assert not is_in(karin), "12 hours have passed"


def test_both_limits_are_settings(law: Platform, as_user: Login, later: Callable[..., None]) -> None:
    law.context.settings = replace(law.context.settings, session_hours=1, session_idle_minutes=30)
    karin, kees = as_user("karin"), as_user("kees")
    later(minutes=29)
    assert is_in(karin)
    later(minutes=29)
    assert (is_in(karin), is_in(kees)) == (True, False)
    later(minutes=3)
    assert not is_in(karin)


@pytest.mark.parametrize("name", ["SESSION_HOURS", "SESSION_IDLE_MINUTES"])
def test_a_limit_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} is 0, which is too little"):
        settings.read({f"INBURGERING_FLOW_{name}": "0"})


def test_a_session_costs_one_statement_and_a_write_once_a_minute(law: Platform, as_user: Login, later: Callable[..., None]) -> None:
    karin = as_user("karin")
    later(seconds=61)
    with counted(law) as first:
        karin.client.get("/sessies")
    with counted(law) as second:
        karin.client.get("/sessies")
    assert (writes(first), writes(second)) == (1, 0)
    assert len([sql for sql in second if "token_hash" in sql]) == 1
    assert not [sql for sql in second if "account" in sql and "login_session" not in sql]
    with law.context.db.read() as unit:
        asked = next(sql for sql in second if "token_hash" in sql)
        plan = unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("x",) * asked.count("?")).all()
    assert all(" USING INDEX " in str(step) or "PRIMARY KEY" in str(step) or "SUBQUERY" in str(step) for step in plan), plan


def test_a_busy_database_does_not_stop_a_page_whose_use_it_cannot_note(law: Platform, as_user: Login, later: Callable[..., None]) -> None:
    karin = as_user("karin")
    later(minutes=2)

    def break_(sql: str, _parameters: object) -> None:
        if sql.startswith("UPDATE login_session"):
            raise OperationalError("x", None, law.context.db.engine.dialect.loaded_dbapi.OperationalError("database is locked"))

    with law.context.db.watched(break_):
        assert is_in(karin)


def test_upkeep_forgets_what_has_ended_and_nothing_else(law: Platform, as_user: Login, later: Callable[..., None]) -> None:
    as_user("kees")
    later(minutes=30)
    as_user("karin")
    later(minutes=31)
    for task in law.services.upkeep:
        task()
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(t.login_session.c.username)).scalars().all() == ["karin"]


def test_people_see_their_own_sessions_and_end_them(law: Platform, as_user: Login) -> None:
    karin, kees = as_user("karin"), as_user("kees")
    others = [as_user("karin"), as_user("karin")]
    page = karin.get("/sessies").text
    keys = re.findall(r"/sessies/(\d+)/beeindigen", page)
    assert len(keys) == 2
    assert page.count("deze sessie") == 1

    assert kees.post(f"/sessies/{keys[0]}/beeindigen").status_code == 404
    assert [is_in(b) for b in others] == [True, True], "nobody ends another's session"
    assert karin.post(f"/sessies/{keys[0]}/beeindigen").status_code == 302
    assert sorted(is_in(b) for b in others) == [False, True]
    assert karin.post(f"/sessies/{keys[0]}/beeindigen").status_code == 404
    karin.post("/sessies/andere/beeindigen")
    assert [is_in(b) for b in (*others, karin, kees)] == [False, False, True, True]


@pytest.mark.parametrize(("header", "said"), [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Windows"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
    ("<script>", ""),
])  # fmt: skip
def test_a_browser_is_named_in_plain_words(header: str, said: str) -> None:
    assert browser_of(header) == said


def test_a_logout_that_fails_says_so_and_can_be_tried_again(law: Platform, as_user: Login, caplog: pytest.LogCaptureFixture) -> None:
    karin = as_user("karin")

    def break_(sql: str, _parameters: object) -> None:
        if sql.startswith("DELETE FROM login_session"):
            raise OperationalError("x", None, law.context.db.engine.dialect.loaded_dbapi.OperationalError("database is locked"))

    with law.context.db.watched(break_), caplog.at_level(logging.ERROR):
        answer = karin.post("/uitloggen")
    assert answer.status_code == 503
    assert "Uitloggen is niet gelukt: u bent nog ingelogd." in answer.text
    assert "logout failed" in caplog.text
    assert karin.post("/uitloggen").status_code == 302
    assert not is_in(karin)


def test_a_logout_without_its_token_says_so(as_user: Login) -> None:
    karin = as_user("karin")
    answer = karin.client.post("/uitloggen")
    assert answer.status_code == 400
    assert "u bent nog ingelogd" in answer.text
    assert is_in(karin)


def test_the_log_has_the_logout(law: Platform, as_user: Login) -> None:
    as_user("karin").post("/uitloggen")
    with law.context.db.read() as unit:
        found = select(func.count()).where(t.audit.c.action == "logout", t.audit.c.actor == "karin")
        assert unit.connection.execute(found).scalar_one() == 1
