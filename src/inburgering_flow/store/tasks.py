"""User tasks, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, func, select, update

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import CREATED, SUSPENDED, UserTask
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.types import constant

_get = Prepared(select(*TASK_COLUMNS).where(t.user_task.c.key == bindparam("wanted")))
_lock = Prepared(
    select(t.process_instance.c.key)
    .where(
        t.process_instance.c.key
        == select(t.user_task.c.root_key).where(t.user_task.c.key == bindparam("wanted")).scalar_subquery()
    )
    .with_for_update()
)


_of_case = Prepared(
    select(*TASK_COLUMNS).where(t.user_task.c.root_key == bindparam("wanted")).order_by(t.user_task.c.key)
)
_give = {
    is_free: Prepared(
        update(t.user_task)
        .where(
            t.user_task.c.key == bindparam("b_key"), t.user_task.c.state == constant(CREATED),
            t.user_task.c.assignee.is_(None) if is_free else t.user_task.c.assignee == bindparam("b_expected"),
        )
        .values(assignee=bindparam("b_user"))
    )
    for is_free in (True, False)
}  # fmt: skip
_root_state = Prepared(select(t.process_instance.c.state).where(t.process_instance.c.key == bindparam("wanted")))


def get(unit: Unit, key: int) -> UserTask:
    """Return one task; raises NotFound."""
    rows = _get.rows(unit, {"wanted": key})
    if not rows:
        raise NotFound(_("There is no task {key}.").format(key=key), remedy=_("Look at your task list again."))
    return UserTask(*rows[0])


def of_element(unit: Unit, element_key: int) -> UserTask | None:
    """Return the open task of an element; None while it has none."""
    c = t.user_task.c
    row = unit.connection.execute(
        select(*TASK_COLUMNS).where(c.element_key == element_key, c.state == constant(CREATED))
    ).first()
    return None if row is None else UserTask(**row._mapping)


def get_locked(unit: Unit, key: int) -> UserTask:
    """Return one task after locking its family, so that what is read stays true until the commit; raises NotFound."""
    if not unit.dialect.one_writer:
        unit.locked.update(row[0] for row in _lock.rows(unit, {"wanted": key}))
    return get(unit, key)


def of_suspended_case(unit: Unit, task: UserTask) -> bool:
    """Tell whether the case of a task is suspended."""
    return bool(_root_state.rows(unit, {"wanted": task.root_key})[0][0] == SUSPENDED)


def assign(unit: Unit, key: int, user: str | None, expected: str | None) -> bool:
    """Set the assignee by compare-and-set; False if somebody else was first."""
    return _give[expected is None].run(unit, [{"b_key": key, "b_expected": expected, "b_user": user}]) == 1


def of_case(unit: Unit, root_key: int) -> list[UserTask]:
    """Return all tasks of a case, oldest first."""
    return [UserTask(*row) for row in _of_case.rows(unit, {"wanted": root_key})]


Performed = tuple[int, str, int, str]
"""Definition, element id, scope and user of a completed task."""


def open_places(unit: Unit) -> list[tuple[int, str]]:
    """Return (definition, element id) of everything at which a task is open."""
    c = t.user_task.c
    query = select(c.definition_key, c.element_id).where(c.state == constant(CREATED)).distinct()
    return [(row[0], row[1]) for row in unit.connection.execute(query)]


def count_open(unit: Unit) -> int:
    """Return how many tasks are open."""
    return int(unit.connection.execute(select(func.count()).where(t.user_task.c.state == constant(CREATED))).scalar_one())


def open_at(unit: Unit, places: Sequence[tuple[int, str]], size: int) -> Iterator[list[UserTask]]:
    """Yield the open tasks at elements of definitions, at most ``size`` at a time."""
    c = t.user_task.c
    for definition_key, element_id in places:
        at = (c.state == constant(CREATED), c.definition_key == definition_key, c.element_id == element_id)
        keys = list(unit.connection.execute(select(c.key).where(*at)).scalars())
        for start in range(0, len(keys), size):
            query = select(*TASK_COLUMNS).where(c.key.in_(keys[start : start + size]), c.state == constant(CREATED))
            yield [UserTask(**row._mapping) for row in unit.connection.execute(query)]


def performers(unit: Unit, root_keys: Sequence[int]) -> dict[int, list[Performed]]:
    """Return for each of these cases its completed tasks, in order of completion."""
    c, e = t.user_task.c, t.element_instance
    query = (
        select(c.root_key, c.definition_key, c.element_id, e.c.scope_key, c.completed_by)
        .join(e, e.c.key == c.element_key)
        .where(c.root_key.in_(set(root_keys)), c.completed_by.is_not(None))
        .order_by(c.completed, c.key)
    )
    found: dict[int, list[Performed]] = {key: [] for key in root_keys}
    for root_key, *performed in unit.connection.execute(query):
        found[root_key].append((performed[0], performed[1], performed[2], performed[3]))
    return found
