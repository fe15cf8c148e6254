"""Each row of a case names the tenant of the case, whatever stored it; the log is the installation's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diagrams import Diagram, message_event, timer
from sqlalchemy import Table, select, update

from inburgering_flow.platform import Platform
from inburgering_flow.store import instances, ledger, retention
from inburgering_flow.store import tables as t

KEY = "p"
CALLED = Diagram("called").start().user("inside").end().path("start", "inside", "end")
CASE = (
    Diagram(KEY).message("m", "bericht").start().user("first").service("work", "werk").call("call", "called")
    .user("last").boundary("late", "last", timer("timeDuration", "P1D"), interrupting=False)
    .boundary("heard", "last", message_event("m"), interrupting=False).user("after").end()
    .path("start", "first", "work", "call", "last", "end").path("late", "after").path("heard", "after")
)  # fmt: skip
OF_A_CASE = {table for table in t.metadata.tables.values() if "tenant_id" in table.c and "root_key" in table.c} - {t.audit}


def others(platform: Platform, table: Table, tenant: str) -> list[Any]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(table).where(table.c.tenant_id != tenant)))


def test_each_row_of_a_case_names_its_tenant(open_platform: Callable[..., Platform]) -> None:
    fails = [True]

    def work(_job: Any, work: Any) -> None:
        if fails:
            raise LookupError
        work.add_document(name="b", title="b", kind="brief", content=b"b")

    platform = open_platform(handlers={"werk": work})
    platform.services.accounts.save("bram", password="een lang wachtwoord", roles=("functioneel-beheerder",))  # is told of trouble
    platform.deploy_content("called.bpmn", CALLED.xml())
    platform.deploy_content("p.bpmn", CASE.xml())
    key = platform.start(KEY, {"sleutel": "k"})
    with platform.context.db.write() as unit:
        for table in OF_A_CASE:
            unit.connection.execute(update(table).values(tenant_id="aa"))
    seen = set()

    def look() -> None:
        for table in OF_A_CASE:
            assert others(platform, table, "aa") == [], table.name
            if others(platform, table, ""):
                seen.add(table)

    def complete(element: str) -> None:
        task = next(task for task in platform.tasks(state="CREATED") if task.element_id == element)
        platform.complete(task.key, {}, user="anna")
        look()

    complete("first")
    platform.run_due()
    look()
    assert seen >= {t.incident, t.job}, "the job has failed"
    fails.clear()
    platform.resolve_all(key)
    platform.run_due()
    complete("inside")
    platform.correlate("bericht", correlation_key="k")
    platform.clock.advance(days=2)
    platform.run_due()
    complete("last")
    complete("after")
    complete("after")
    with platform.context.db.write() as unit:
        now = platform.clock.now()
        row = ledger.EntryRow(1, "b", 2026, "grant", 1, now.date(), "een post", "", now, "anna", root_key=key)
        ledger.add(unit, row, [("a", 1), ("b", -1)])
        retention.expect(unit, instances.get(unit, key), now)
    look()
    assert platform.instance(key).state == "COMPLETED"
    assert OF_A_CASE - seen == {t.decision_instance, t.term, t.appointment}, "what this case has none of"

