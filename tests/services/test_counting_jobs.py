"""A job counts over all instances of a process, and books: what it does is stored with its completion, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from diagrams import Diagram

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.plugin import Budget, Job, Plugin, Work
from inburgering_flow.platform import Platform
from inburgering_flow.store import reports

SEEN: list[tuple[str, str, dict[str, Any]]] = []


def count(job: Job, work: Work) -> Mapping[str, Any]:
    SEEN[:] = [(one.name, one.state, dict(one.values)) for one in work.instances("kind", ("soort", "dag"))]
    work.book("geld", "grant", 12_345, year=2026, description="Toegekend", reference="B-1")
    work.book("geld", "invoice", 45, year=2026, description="Factuur")
    return {"gezien": len(SEEN), "over": work.budget("geld", 2026), "teVeel": job.variables.get("teVeel")}


def refuse(_job: Job, work: Work) -> Mapping[str, Any]:
    work.book("geld", "grant", 100, year=2026, description="Toegekend")
    work.book("geld", "grant", 0, year=2026, description="Niets")
    return {}


def opened(open_platform: Callable[..., Platform]) -> Platform:
    platform = open_platform(plugins=[Plugin("telling", job_types={"tel": count, "weiger": refuse},
                                             budgets=(Budget("geld", "Geld", "Wet"),))])  # fmt: skip
    platform.deploy_content("kind.bpmn", Diagram("kind").start().user("vraag").end().path("start", "vraag", "end").xml())
    for name in ("tel", "weiger"):
        platform.deploy_content(f"{name}.bpmn", Diagram(name).start().service("werk", name).end().path("start", "werk", "end").xml())
    return platform


def test_a_job_sees_every_instance_with_the_variables_asked_for_and_no_others(
    open_platform: Callable[..., Platform], monkeypatch: Any
) -> None:
    monkeypatch.setattr(reports, "PORTION", 2)  # read in several portions
    platform = opened(open_platform)
    for number in range(5):
        platform.start("kind", {"soort": f"s{number}", "dag": None, "geheim": "x"} if number else {}, business_key=f"K-{number}")
    platform.complete(platform.tasks(state="CREATED")[2].key)

    key = platform.start("tel")
    platform.run_due()

    assert [name for name, _state, _values in SEEN] == [f"K-{number}" for number in range(5)]
    assert [state for _name, state, _values in SEEN].count("COMPLETED") == 1
    assert [values for _name, _state, values in SEEN][:2] == [{}, {"soort": "s1", "dag": None}]
    assert platform.instance(key).variables["gezien"] == 5


def test_what_a_job_books_is_in_the_ledger_when_it_is_done_and_belongs_to_its_case(open_platform: Callable[..., Platform]) -> None:
    platform = opened(open_platform)

    key = platform.start("tel")
    platform.run_due()

    assert platform.instance(key).variables["over"] == {}, "nothing was booked yet while it ran"
    rows = platform.services.ledger.entries("geld", 2026, SYSTEM).rows
    assert [(one.row.kind, one.row.cents, one.row.root_key) for one in rows] == [("invoice", 45, key), ("grant", 12_345, key)]
    platform.services.ledger.undo(rows[0].row.key, "deze factuur stond er al", SYSTEM)
    platform.start("tel")
    platform.run_due()
    assert platform.instance(platform.instances("tel")[1].key).variables["over"] == {"grant": 12_345}, "what was undone is left out"


def test_a_job_with_one_entry_that_cannot_be_books_nothing(open_platform: Callable[..., Platform]) -> None:
    platform = opened(open_platform)

    key = platform.start("weiger")
    platform.run_due()

    assert platform.instance(key).has_incident
    assert platform.services.ledger.entries("geld", 2026, SYSTEM).rows == []
