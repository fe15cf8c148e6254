"""A part of a case that is closed to a role stays closed on every page: phase, steps, history, notes, documents, diagram, tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from diagrams import Diagram

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.forms import Upload
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import documents
from inburgering_flow.store.documents import DocumentRow


def assigned(group: str) -> str:
    return f'<zeebe:assignmentDefinition candidateGroups="{group}"/>'


@pytest.fixture
def case(law: Platform, tmp_path: Path) -> int:
    """A case with a task for a consulent at the top, and a called process of enforcement with one for a handhaver."""
    for family, diagram in {
        "zaak": Diagram("zaak").start().user("gesprek", assigned("consulent")).call("straf_geven", "straf").end()
        .path("start", "gesprek", "end").path("start", "straf_geven", "end"),
        "handhaving": Diagram("straf").start().user("rapport", assigned("handhaver")).end().path("start", "rapport", "end"),
    }.items():  # fmt: skip
        folder = tmp_path / "own" / family
        folder.mkdir(parents=True)
        (folder / "proces.bpmn").write_text(diagram.xml())
    law.deploy(tmp_path / "own")
    key = law.start("zaak", owner="karin")
    with law.services.context.db.write() as unit:
        inside = next(i.key for i in law.services.processes.search("straf"))
        row = DocumentRow(
            law.services.context.keys.next(), key, inside, "boete.pdf", "Boete", "brief", "application/pdf", "vast", "",
            law.services.clock.now(),
        )  # fmt: skip
        documents.add(unit, row, b"%PDF")
    law.services.case_file.add_note(key, "iets geheims", actor_of(law, "hans"), "handhaving")
    law.services.case_file.add_note(key, "iets voor allen", actor_of(law, "hans"))
    return key


def actor_of(law: Platform, username: str) -> Actor:
    return law.services.accounts.actor(law.services.accounts.get(username))


def consulent(law: Platform) -> Actor:
    return next(law.services.accounts.actor(a) for a in law.services.accounts.all() if a.roles == ("consulent",))


def test_one_part_of_a_case_is_closed_everywhere(law: Platform, case: int) -> None:
    actor, hans = consulent(law), actor_of(law, "hans")
    inside = law.services.processes.search("straf")[0].key
    task = next(t for t in law.tasks(state="CREATED") if t.element_id == "rapport")
    law.services.user_tasks.claim(task.key, "hans", hans)
    law.services.user_tasks.release(task.key, hans)

    shown = law.services.case_file.open(case, actor)
    assert shown.phase == []
    assert [i.key for i in shown.family] == [case]
    assert "straf_geven" not in {e.element_id for e in shown.elements[case]}
    assert [t.element_id for t in shown.tasks] == ["gesprek"]
    assert [n["text"] for n in shown.notes] == ["iets voor allen"]
    assert shown.documents == []
    assert sorted(e.action for e in shown.events) == ["case.note", "case.start"]
    row = law.services.case_lists.search(actor).rows[0]
    assert row.phase == ""
    assert set(law.services.diagram_marks.of_instance(case, actor)["active"]) == {"gesprek"}
    with pytest.raises(NotFound):
        law.services.diagram_marks.of_instance(inside, actor)
    with pytest.raises(NotFound):
        law.services.task_page.open(task.key, actor)
    assert "task.claim" not in {e.action for e in law.services.task_page.open(shown.tasks[0].key, actor).events}

    everything = law.services.case_file.open(case, hans)
    assert everything.phase == ["straf_geven"]
    assert len(everything.notes) == 2
    assert {"task.claim", "document.made"} <= {e.action for e in everything.events}
    overview = law.services.case_pages.overview(case, hans).shown
    assert (overview.guarded, overview.guard) == (("handhaving",), "handhaving")


def test_a_note_is_kept_only_to_a_part_that_its_writer_sees(law: Platform, case: int) -> None:
    assert law.services.case_file.open(case, consulent(law)).guarded == ()
    for part in ("handhaving", "leerroute", "x" * 300):
        with pytest.raises(InvalidInput):
            law.services.case_file.add_note(case, "tekst", consulent(law), part)


def test_a_note_of_before_it_was_asked_is_for_who_may_know_everything(law: Platform, case: int) -> None:
    with law.services.context.db.write() as unit:
        unit.connection.exec_driver_sql("UPDATE note SET family = NULL")
    assert law.services.case_file.open(case, consulent(law)).notes == []
    assert len(law.services.case_file.open(case, actor_of(law, "hans")).notes) == 2


def test_no_page_of_the_case_tells_of_a_closed_part_nor_what_was_put_or_said_at_its_tasks(law: Platform, case: int) -> None:
    consulent_, hans = consulent(law), actor_of(law, "hans")
    law.services.accounts.save("harm", display_name="Harm", password="lang-genoeg-woord", roles=("handhaver",))
    task = next(t for t in law.tasks(state="CREATED") if t.element_id == "rapport")
    law.services.user_tasks.claim(task.key, "hans", hans)
    law.services.documents.add(case, Upload("proces-verbaal.pdf", "", b"%PDF-1.7"), hans, task_key=task.key)
    law.services.handovers.hand_over(task.key, "harm", hans, word="Let op het <strafblad>.")
    pages = law.services.case_pages

    def read(actor: Actor) -> str:
        shown = (
            pages.overview(case, actor), pages.tasks(case, actor), pages.timeline(case, actor), pages.documents(case, actor),
            pages.known(case, actor), pages.drawing(case, actor),
        )  # fmt: skip
        return repr(shown)

    for secret in ("rapport", "proces-verbaal", "strafblad", "straf_geven", "iets geheims", "harm"):
        assert secret in read(hans), secret
        assert secret not in read(consulent_), secret
    other = next(t for t in law.tasks(state="CREATED") if t.element_id == "gesprek")
    beside = law.services.task_page.open(other.key, consulent_)
    assert "strafblad" not in repr((beside.notes, beside.events, beside.documents))
