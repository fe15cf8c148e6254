"""Mijn cijfers: chosen, in one's own order, with the same numbers as on their pages, and told once past a threshold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from postbox import postbox
from sqlalchemy import select, update

from inburgering_flow.model import permissions as p
from inburgering_flow.model.alerts import KINDS, NOW, THRESHOLD, Choice
from inburgering_flow.model.own_figures import ABOVE, BELOW
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.measures import MEASURES
from inburgering_flow.services.own_figures import MOST
from inburgering_flow.store import tables as t
from inburgering_flow.web.own_figures.words import WORDS
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]


def actor(law: Platform, username: str) -> Actor:
    account = law.services.accounts.get(username)
    assert account is not None
    return law.services.accounts.actor(account)


def told(law: Platform, username: str) -> int:
    with law.context.db.read() as unit:
        a = t.alert.c
        return len(unit.connection.execute(select(a.key).where(a.username == username, a.kind == THRESHOLD)).all())


@pytest.fixture
def town(law: Platform) -> Platform:
    """A few cases, one of them in another phase, and a month and a half later."""
    for number in range(3):
        start_case(law, f"D-{number}", in_coa=number == 0)
    law.run_until(law.clock.now() + timedelta(days=45))
    law.services.figures.keep()
    return law


def test_each_measure_has_words_and_each_word_a_measure() -> None:
    assert set(WORDS) == set(MEASURES)
    assert {name for name, one in WORDS.items() if not one.of} == {name for name, one in MEASURES.items() if one.is_one}


def test_each_measure_says_what_its_own_page_says_to_whoever_may_open_it(town: Platform) -> None:
    tom, dirk = actor(town, "tom"), actor(town, "dirk")
    exact, masked = ({m.id: town.services.own_figures.subjects(m.id, who) for m in MEASURES.values() if m.is_for(who)} for who in (tom, dirk))

    assert exact["running"].of[""].value == 3
    assert masked["running"].of[""].is_hidden
    now = town.services.insight.now(tom)
    assert {key: one.value for key, one in exact["phase"].of.items()} == dict(now.phases.rows)
    assert all(one.is_hidden for one in masked["phase"].of.values())
    assert all(one.is_hidden or one.value == 0 for one in masked["missed"].of.values())
    assert exact["board"].of[""].value == town.services.boards.board(tom).counts.total == 3
    assert "board" not in masked
    grid = town.services.insight.steps(town.services.insight.period("12", tom), tom)
    steps = {key: row[6] for key, row in zip(grid.keys, grid.rows, strict=True)}
    assert {key: one.value for key, one in exact["step"].of.items()} == steps


def test_chosen_moved_and_taken_away_by_buttons(town: Platform, as_user: Login) -> None:
    tom = as_user("tom")
    assert "nog geen cijfers gekozen" in said(tom.get("/mijn-cijfers").text)
    assert "Lopende zaken" in tom.get("/mijn-cijfers/kiezen").text
    for _twice in range(2):
        tom.post("/mijn-cijfers/kiezen", {"cijfer": "running", "eenmalig": "een-token-van-een-formulier"})
    phase = next(iter(town.services.own_figures.subjects("phase", actor(town, "tom")).of))
    assert phase in tom.get("/mijn-cijfers/kiezen?cijfer=phase").text
    tom.post("/mijn-cijfers/kiezen", {"cijfer": "phase", "van": phase})
    tom.post("/mijn-cijfers/kiezen", {"cijfer": "board"})

    page = said(tom.get("/mijn-cijfers").text)
    keys = re.findall(r'id="cijfer-(\d+)"', page)
    assert len(keys) == 3
    assert page.count("Omhoog:") == page.count("Omlaag:") == 2, "the first cannot go up, the last not down"
    assert tom.post(f"/mijn-cijfers/{keys[2]}/verplaatsen", {"richting": "omhoog"}).headers["Location"].endswith(f"#cijfer-{keys[2]}")
    assert re.findall(r'id="cijfer-(\d+)"', tom.get("/mijn-cijfers").text) == [keys[0], keys[2], keys[1]]
    tom.post(f"/mijn-cijfers/{keys[0]}/verplaatsen", {"richting": "omhoog"})
    tom.post(f"/mijn-cijfers/{keys[0]}/weghalen")
    assert re.findall(r'id="cijfer-(\d+)"', tom.get("/mijn-cijfers").text) == [keys[2], keys[1]]

    again = tom.post("/mijn-cijfers/kiezen", {"cijfer": "board"})
    assert again.status_code == 422
    assert "staat al op uw pagina" in again.text
    assert tom.post("/mijn-cijfers/kiezen", {"cijfer": "phase", "van": "bestaat niet"}).status_code == 422
    assert tom.post("/mijn-cijfers/kiezen", {"cijfer": "onzin"}).status_code == 404


def test_nobody_reads_or_changes_what_is_another_persons_or_beyond_their_role(town: Platform, as_user: Login) -> None:
    service, tom = town.services.own_figures, actor(town, "tom")
    key = service.add("board", "", tom)
    dirk = as_user("dirk")
    for move in ("verplaatsen", "weghalen", "grens"):
        assert dirk.post(f"/mijn-cijfers/{key}/{move}").status_code == 404, move
    assert dirk.post("/mijn-cijfers/kiezen", {"cijfer": "board"}).status_code == 403
    assert as_user("karin").get("/mijn-cijfers").status_code == (200 if actor(town, "karin").may(p.BOARD) or actor(town, "karin").may(p.FIGURES) else 403)
    lower = replace(tom, roles=("beleidsadviseur",))
    [shown] = service.listed(lower)
    assert shown.reading is None, "a role that was lost shows no number"
    own = service.add("running", "", actor(town, "dirk"))
    service.watch_for(own, BELOW, 100, actor(town, "dirk"))
    assert service.watch() == 0, "what is not shown is told to nobody"
    assert "niet getoond" in dirk.get("/mijn-cijfers").text


def test_a_page_is_full_at_some_point(town: Platform, monkeypatch: pytest.MonkeyPatch, as_user: Login) -> None:
    monkeypatch.setattr("inburgering_flow.services.own_figures.MOST", 1)
    assert MOST > 1
    tom = as_user("tom")
    tom.post("/mijn-cijfers/kiezen", {"cijfer": "running"})
    assert "Meer passen er niet" in tom.post("/mijn-cijfers/kiezen", {"cijfer": "board"}).text


def test_a_threshold_is_told_once_and_again_only_after_it_has_been_back(town: Platform, as_user: Login) -> None:
    service, tom, browser = town.services.own_figures, actor(town, "tom"), as_user("tom")
    key = service.add("board", "", tom)
    wrong = browser.post(f"/mijn-cijfers/{key}/grens", {"wanneer": ABOVE, "grens": "veel"})
    assert wrong.status_code == 422
    assert 'value="veel"' in wrong.text
    assert browser.post(f"/mijn-cijfers/{key}/grens", {"wanneer": ABOVE, "grens": ""}).status_code == 422
    browser.post(f"/mijn-cijfers/{key}/grens", {"wanneer": ABOVE, "grens": "3"})
    assert service.watch() == 0, "as many as the threshold is not above it"

    case = start_case(town, "D-9")
    assert [service.watch(), service.watch()] == [1, 0]
    assert told(town, "tom") == 1
    page = said(browser.get("/meldingen").text)
    assert re.search(r"Een cijfer is over uw grens:\s*</span> Zaken op Regie", page)
    assert "over uw grens" in browser.get("/mijn-cijfers").text
    [one] = town.services.alerts.page(tom).items
    assert browser.get(f"/meldingen/{one.row.key}").headers["Location"].endswith(f"/mijn-cijfers#cijfer-{key}")

    town.cancel(case)
    assert service.watch() == 0
    assert "weer aan de andere kant" in said(browser.get("/meldingen").text)
    start_case(town, "D-10")
    assert [service.watch(), told(town, "tom")] == [1, 2]
    service.watch_for(key, BELOW, 2.5, tom)
    assert service.watch() == 0
    town.services.accounts.set_active("tom", False)
    service.watch_for(key, BELOW, 25, tom)
    assert service.watch() == 0, "a closed account is told nothing"


def test_two_nodes_tell_once(town: Platform) -> None:
    service, tom = town.services.own_figures, actor(town, "tom")
    key = service.add("board", "", tom)
    service.watch_for(key, ABOVE, 1, tom)
    [row] = [one.row for one in service.listed(tom)]

    assert [service._judge(row, 3), service._judge(row, 3)] == [True, False]
    assert told(town, "tom") == 1


def test_who_wants_a_mail_about_it_gets_one_with_a_count_only(town: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    with postbox() as box:
        given = {"smtp_host": "localhost", "smtp_port": box.port, "smtp_security": "none", "mail_from": "flow@voorbeeld.nl", "base_url": "https://flow.voorbeeld.nl"}
        monkeypatch.setattr(town.context, "settings", replace(town.context.settings, **given))
        service, tom = town.services.own_figures, actor(town, "tom")
        town.services.alerts.choose("tom@voorbeeld.nl", dict.fromkeys(KINDS, Choice(mail=NOW)), tom)
        key = service.add("board", "", tom)
        service.watch_for(key, ABOVE, 1, tom)
        service.watch()
        town.clock.advance(minutes=2)
        town.run_due()
        assert service.watch() == 0
        town.clock.advance(days=1)
        town.run_due()

    about = [mail for mail in box.mails if mail["To"] == "tom@voorbeeld.nl"]
    content = [mail.get_payload(decode=True).decode() for mail in about]  # type: ignore[union-attr]
    assert sum("een cijfer is over uw grens: 1" in one for one in content) == 1
    assert not any("Zaken op Regie" in one or "D-1" in one for one in content)


def test_a_measure_of_an_older_program_is_said_to_be_gone(town: Platform, as_user: Login) -> None:
    town.services.own_figures.add("board", "", actor(town, "tom"))
    with town.context.db.write() as unit:
        unit.connection.execute(update(t.own_figure).values(measure="oud"))

    page = as_user("tom").get("/mijn-cijfers")

    assert page.status_code == 200
    assert "dat niet meer bestaat" in page.text
