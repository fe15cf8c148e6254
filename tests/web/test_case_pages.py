"""A case has a head that stays and pages of its own: where it is, what it waits for, what happened, and each reads its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import variants
from diagrams import Diagram

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import ALL, SYSTEM, Actor, role
from inburgering_flow.platform import Platform
from web.conftest import Browser, said, start_case
from web.test_costs import counted
from web.test_forms_know import task_of

Login = Callable[[str], Browser]
KARIN = Actor("karin", ("klantmanager",), table=ROLES)
TABS = ("taken", "tijdlijn", "documenten", "gegevens", "diagram", "bekeken")
MOST = {"": 44, "taken": 22, "tijdlijn": 30, "documenten": 23, "gegevens": 25, "betalingen": 24, "diagram": 23, "bekeken": 23}
"""Statements that a page of a case may cost, the look and the session with it."""


BESIDE = '<zeebe:properties><zeebe:property name="fase" value="nee"/></zeebe:properties>'


def phased(law: Platform, folder: Path) -> int:
    """Start a case with two phases on its way, one that leads past the first, one beside them, and one that no way leads to."""
    inside = {
        "kort": Diagram("kort").start().user("doen").end().path("start", "doen", "end"),
        "lang": Diagram("lang").start().user("werken").end().path("start", "werken", "end"),
    }
    zaak = (
        Diagram("fasen").start().call("een", "kort").both("samen").call("twee", "kort").call("erbij", "lang", BESIDE).call("drie", "kort")
        .end().path("start", "een", "samen").path("samen", "twee", "drie", "end").path("samen", "erbij", "end")
    )  # fmt: skip
    folder.mkdir()
    (folder / "fasen.bpmn").write_text(zaak.xml())
    for name, diagram in inside.items():
        (folder / f"{name}.bpmn").write_text(diagram.xml())
    law.deploy(folder)
    return law.start("fasen", owner="karin")


def bar(law: Platform, key: int) -> list[tuple[str, str]]:
    phases = law.services.case_pages.overview(key, SYSTEM).head.phases
    return [(one.element_id, one.state) for one in phases.bar]


def test_a_case_is_in_exactly_one_phase_and_what_is_none_is_left_out(law: Platform, tmp_path: Path) -> None:
    key = phased(law, tmp_path / "p")
    assert bar(law, key) == [("een", "now"), ("twee", "ahead"), ("drie", "ahead")]

    law.complete(law.tasks(state="CREATED")[0].key, user="karin")
    assert bar(law, key) == [("een", "done"), ("twee", "now"), ("drie", "ahead")]

    for _ in range(2):
        law.complete(next(t for t in law.tasks(state="CREATED") if t.element_id == "doen").key, user="karin")
    assert [state for _id, state in bar(law, key)].count("now") == 1, "also where only what runs beside the phases is left"

    law.complete(law.tasks(state="CREATED")[0].key, user="karin")
    assert {state for _id, state in bar(law, key)} == {"done"}


def test_the_head_says_what_is_waited_for_and_for_whom_and_a_closed_case_how_it_ended(law: Platform, as_user: Login) -> None:
    ending = Diagram("kort").start().user("doen", '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>')
    law.deploy_content("kort.bpmn", ending.end("Afgesloten").path("start", "doen", "Afgesloten").xml())
    key = law.start("kort", owner="karin")
    karin = as_user("karin")
    assert "Wacht op <a" in said(karin.get(f"/zaken/{key}").text)
    assert ", voor klantmanager, sinds 2 maart 2026." in said(karin.get(f"/zaken/{key}").text)

    law.complete(law.tasks(state="CREATED")[0].key, user="karin")

    for tab in ("", *(f"/{name}" for name in TABS)):
        page = said(karin.get(f"/zaken/{key}{tab}").text)
        assert "De zaak is klaar sinds maandag 2 maart 2026. Hoe het afliep: Afgesloten." in page, tab
    assert "de zaak is voorbij: Afgesloten" in said(karin.get(f"/zaken/{key}/tijdlijn?soort=verloop").text)


def test_old_addresses_lead_to_where_it_is_now(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    for old, new in (("gebeurd=25", "tijdlijn?vanaf=25"), ("besloten=25", "gegevens?vanaf=25"), ("bekeken=25", "bekeken?vanaf=25"),
                     (f"proces={key}", f"diagram?proces={key}")):  # fmt: skip
        assert karin.get(f"/zaken/{key}?{old}").headers["Location"].endswith(f"/zaken/{key}/{new}"), old
    page = karin.get(f"/zaken/{key}").text
    for anchor in ("gebeurd", "besloten", "bekeken", "diagram"):
        assert page.count(f'id="{anchor}"') == 1, anchor


@pytest.mark.parametrize("tab", MOST if variants.ALL else ("", "tijdlijn"))
def test_what_a_page_of_a_case_costs_does_not_grow_with_the_case(law: Platform, as_user: Login, tab: str) -> None:
    key = start_case(law)
    browser = as_user("rita")
    address = f"/zaken/{key}/{tab}" if tab else f"/zaken/{key}"
    assert browser.get(address).status_code == 200
    with counted(law) as few:
        browser.get(address)
    for n in range(30):
        law.services.case_file.add_note(key, f"notitie {n}", SYSTEM)
        with law.services.context.db.write() as unit:
            law.services.context.log(unit, "karin", "task.claim", root_key=key)
    with counted(law) as many:
        assert browser.get(address).status_code == 200
    assert len(many) <= len(few) + 1, "\n".join(many)  # of a page that is full by then how many there are is counted
    assert len(few) <= MOST[tab], f"{tab}: {len(few)}"


def test_the_timeline_says_what_was_and_became_and_shows_one_kind_where_asked(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    task = task_of(law, "taak_intake_plannen")
    law.services.case_file.add_note(key, "Belt liever na vijf uur.", KARIN)
    law.services.user_tasks.claim(task, "karin", KARIN)
    law.services.corrections.fact(key, "doelgroep", "asielstatushouder", reason="stond verkeerd in de brief", actor=KARIN)
    law.services.case_leads.hand_over(key, "kees")
    law.services.case_leads.hand_over(key, "karin")

    whole = said(karin.get(f"/zaken/{key}/tijdlijn").text)
    assert "karin schreef een notitie <br> <span class=\"note-text\">Belt liever na vijf uur.</span>" in whole
    assert "was karin, is nu kees" in whole
    corrected = 'was gezinsmigrant, is nu asielstatushouder) <br> <span class="note-text">stond verkeerd in de brief</span>'
    assert corrected in whole
    watcher = Actor("kijker", ("kijker",), table={**ROLES, "kijker": role("kijker", ALL)})  # may read none of the facts
    told = repr(law.services.case_pages.timeline(key, watcher).shown.rows)
    assert ("variable.correct" in told, "stond verkeerd" in told, "gezinsmigrant" in told) == (True, False, False)
    assert "begon te lopen (de laatste dag is" in whole
    assert "is beslist (" in whole

    notes = said(karin.get(f"/zaken/{key}/tijdlijn?soort=notities").text)
    assert ("Belt liever" in notes, "pakte een taak op" in notes, "is beslist" in notes) == (True, False, False)
    tasks = said(karin.get(f"/zaken/{key}/tijdlijn?soort=taken").text)
    assert ("Belt liever" in tasks, "pakte een taak op" in tasks) == (False, True)
    terms = said(karin.get(f"/zaken/{key}/tijdlijn?soort=termijnen").text)
    assert ("begon te lopen" in terms, "pakte een taak op" in terms, "is beslist (" in terms) == (True, False, False)
    decided = said(karin.get(f"/zaken/{key}/tijdlijn?soort=beslissingen").text)
    assert ("begon te lopen" in decided, "pakte een taak op" in decided, "is beslist (" in decided) == (False, False, True)
    assert "nog niets gebeurd" in karin.get(f"/zaken/{key}/tijdlijn?soort=documenten").text


def test_money_is_a_page_only_for_who_may_see_money(law: Platform, as_user: Login) -> None:
    key = start_case(law)
    fin = Actor("fien", ("financieel-medewerker",), table=ROLES)
    moment = law.clock.now().date()
    law.services.ledger.post("spuk", "grant", 900_00, fin, year=2026, day=moment, description="Toegekend")
    with law.services.context.db.write() as unit:
        from inburgering_flow.services.ledger import Wanted

        law.services.ledger.post_in(unit, Wanted("spuk", "invoice", 125_00, 2026, moment, "Les in maart"), SYSTEM, root_key=key)

    rita, karin = as_user("rita"), as_user("karin")
    page = said(rita.get(f"/zaken/{key}/betalingen").text)
    assert ("Les in maart" in page, "€ 125,00" in page, "Toegekend" in page) == (True, True, False)
    assert karin.get(f"/zaken/{key}/betalingen").status_code == 403
    assert "Betalingen" not in karin.get(f"/zaken/{key}").text
