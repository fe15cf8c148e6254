"""A list of free tasks reads those of one's roles in order, however many others are open."""

from __future__ import annotations

import re

from diagrams import Diagram, loop
from sqlalchemy import text

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import task_lists
from inburgering_flow.store.dialects import SQLITE

OPEN = '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'


def test_free_tasks_of_a_role_are_a_range_of_an_index_in_their_order(platform: Platform) -> None:
    many = Diagram("p").start().user("a", OPEN, loop("for i in 1..300 return i", "i")).end().path("start", "a", "end")
    platform.deploy_content("p.bpmn", many.xml())
    platform.start("p")
    tom = Actor("tom", ("teammanager",), table=ROLES)
    with platform.context.db.write() as unit:
        shape, _given = task_lists._asked(unit, tom, "rollen", {})
        free = str(shape.branches()[0].limit(50).compile(unit.connection.engine, compile_kwargs={"literal_binds": True}))
        if unit.dialect is not SQLITE:
            unit.connection.execute(text("ANALYZE user_task"))
            for way in ("hashjoin", "mergejoin", "bitmapscan"):  # of so few cases, a plan of another kind costs as little
                unit.connection.execute(text(f"SET LOCAL enable_{way} = off"))
        explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(text(explain + free)))

    assert ("ix_user_task_open_group" if unit.dialect is SQLITE else "ix_user_task_free") in plan, plan
    assert not re.search(r"\bsort\b|order by|open_due", plan, re.IGNORECASE), plan
    assert len(platform.services.task_lists.page(Actor("karin", ("klantmanager",), table=ROLES), "rollen", {}).items) == 50
