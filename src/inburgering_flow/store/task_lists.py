"""Lists of user tasks: by state, group, assignee, case; ordered by legal date through one index, or by a column of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
    union,
    union_all,
)

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import CREATED, UserTask
from inburgering_flow.store import case_facts, people, searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.runtime import TASK_COLUMNS
from inburgering_flow.store.searching import Sought
from inburgering_flow.store.types import Moment, among, constant, running
from inburgering_flow.store.visibility import ME, Sight, are_few, led, parts, tasks_as_deputy, visible, who

COUNT_LIMIT = 10_000
task, root = t.user_task, t.process_instance.alias("root")
_AFTER_ALL = func.coalesce(task.c.sort_due, task.c.sort_due), task.c.key
"""The order of due dates for a query that starts from what fits, not from their index."""


@dataclass(frozen=True)
class TaskItem:
    """A row of a task list."""

    key: int
    name: str
    element_id: str
    process_id: str
    definition_key: int
    root_key: int
    assignee: str | None
    candidate_groups: tuple[str, ...]
    due: datetime | None
    sort_due: datetime
    follow_up: datetime | None
    created: datetime
    priority: int
    business_key: str
    owner: str | None
    person_key: int | None


TASK_ITEM: list[Any] = [
    *(task.c[n] for n in ("key", "name", "element_id", "process_id", "definition_key", "root_key", "assignee",
                          "candidate_groups", "due", "sort_due", "follow_up", "created", "priority")),
    *(root.c[n] for n in ("business_key", "owner", "person_key")),
]  # fmt: skip

def find(
    unit: Unit, *, state: str | None, candidate_group: str | None, assignee: str | None, instance_key: int | None,
    element_id: str | None, most: int,
) -> list[UserTask]:  # fmt: skip
    """Return tasks, the most urgent first."""
    c = t.user_task.c
    query = select(*TASK_COLUMNS).order_by(c.sort_due, c.key).limit(most)
    if state is not None:
        query = query.where(c.state == constant(state))
    if candidate_group is not None:
        more = select(t.user_task_candidate.c.task_key).where(
            t.user_task_candidate.c.kind == "group", t.user_task_candidate.c.name == candidate_group
        )
        query = query.where(or_(c.candidate_group == candidate_group, c.key.in_(more)))
    if assignee is not None:
        query = query.where(c.assignee == assignee)
    if instance_key is not None:
        query = query.where(or_(c.root_key == instance_key, c.instance_key == instance_key))
    if element_id is not None:
        query = query.where(c.element_id == element_id)
    return [UserTask(**row._mapping) for row in unit.connection.execute(query)]


@dataclass(frozen=True)
class _Shape:
    """What decides how the statement of a list reads; actors with the same roles and filters of the same kinds share one."""

    sight: Sight
    view: str
    filters: frozenset[str]
    is_following: bool = False
    sought: Sought | None = None
    by: str = ""
    """A name in ``ORDERS``; empty: by legal date."""
    are_few: bool = False
    """Whether few cases have no owner, so that all that the actor sees can be looked at one by one."""
    is_descending: bool = False

    def branches(self) -> list[Select[Any]]:
        """Return one query per index range, so that each reads its own index in order and stops at the end of the page.

        Where the actor sees few cases, each range begins with those cases: it costs what they have, however much the
        organisation has. A task may be in several of them.
        """
        listed = (
            select(task.c.key, task.c.sort_due)
            .join(root, root.c.key == task.c.root_key)
            .where(task.c.state == constant(CREATED), *(_FILTERS[name] for name in self.filters))
        )
        by_date = task.c.sort_due, task.c.key
        after_all = _AFTER_ALL
        if self.sought is not None:
            found = task.c.root_key.in_(searching.cases(self.sought))
            return self._of_view(listed.where(visible(self.sight, root), found).order_by(*after_all))
        seen = None if self.view == "mijn" else parts(self.sight, led)
        if seen is None or not self.are_few:
            order = after_all if any(name.endswith(FEW) for name in self.filters) else by_date
            return self._of_view(listed.where(visible(self.sight, root)).order_by(*order))
        now = led.c.parent_key.is_(None), running(led.c.state)
        branches = []
        for part in seen:
            of_these = task.c.root_key.in_(select(led.c.key).where(part, *now))
            branches += self._of_view(listed.where(of_these).order_by(*after_all))
        return branches

    def _of_view(self, base: Select[Any]) -> list[Select[Any]]:
        if self.view == "mijn":
            own = base.where(task.c.assignee == ME)
            for_others = tasks_as_deputy(self.sight, root, task.c.key, "key")
            return [own, *(base.where(one).order_by(None).order_by(*_AFTER_ALL) for one in for_others)]
        if self.view != "rollen":
            return [base]
        roles = self.sight.roles
        free = base.where(task.c.assignee.is_(None))
        named = t.user_task_candidate.c
        more = select(named.task_key).where(
            or_(and_(named.kind == "group", among(named.name, roles)), and_(named.kind == "user", named.name == ME))
        )
        return [
            *(free.where(task.c.candidate_group == role) for role in roles),
            # Few tasks have more candidates: start from those, not from the index of due dates.
            free.where(task.c.key.in_(more), not_(among(task.c.candidate_group, roles)))
            .order_by(None)
            .order_by(*_AFTER_ALL),
        ]

    def page(self) -> Select[Any]:
        """Return the query of one page."""
        return self._sorted() if self.by else self._by_date()

    def _sorted(self) -> Select[Any]:
        """Return the query of one page by a column: all that are listed are sorted, so there may be ``COUNT_LIMIT`` of them."""
        found = [select(branch.order_by(None).limit(COUNT_LIMIT).subquery()) for branch in self.branches()]
        keys = (union_all(*found) if len(found) > 1 else found[0]).subquery()
        query = select(*TASK_ITEM).join(root, root.c.key == task.c.root_key).where(task.c.key.in_(select(keys.c.key)))
        order = _in_order(self.by, is_descending=self.is_descending)
        return query.order_by(*order, task.c.sort_due, task.c.key).limit(SIZE).offset(START)

    def _by_date(self) -> Select[Any]:
        found = []
        for branch in self.branches():
            query = branch
            if self.is_following:
                query = query.where(or_(task.c.sort_due > AFTER, and_(task.c.sort_due == AFTER, task.c.key > AFTER_KEY)))
            found.append(select(query.limit(SIZE).subquery()))
        keys = (union(*found) if len(found) > 1 else found[0]).subquery()
        return (
            select(*TASK_ITEM)
            .join(root, root.c.key == task.c.root_key)
            .where(task.c.key.in_(select(keys.c.key).order_by(keys.c.sort_due, keys.c.key).limit(SIZE)))
            .order_by(task.c.sort_due, task.c.key)
        )

    def counts(self) -> Select[Any]:
        """Return the query that counts, each index range up to ``SIZE``."""
        found = [select(branch.order_by(None).limit(SIZE).subquery()) for branch in self.branches()]
        return select(func.count()).select_from((union(*found) if len(found) > 1 else found[0]).subquery())


ORDERS: Mapping[str, ColumnElement[Any]] = {
    "name": func.lower(task.c.name), "person": people.ordered_by_name(root.c.person_key), "case": func.lower(root.c.business_key),
    "due": task.c.due, "follow_up": task.c.follow_up, "priority": task.c.priority, "assignee": task.c.assignee,
    "owner": root.c.owner, "process": task.c.process_id, "created": task.c.created,
}  # fmt: skip
"""What a list can be sorted by, if it has at most ``COUNT_LIMIT`` tasks."""


def _in_order(by: str, *, is_descending: bool) -> list[ColumnElement[Any]]:
    """Return how rows are sorted by a name in ``ORDERS``; what has nothing there comes last."""
    order = ORDERS[by]
    return [order.is_(None), order.desc() if is_descending else order.asc()]


SIZE: BindParameter[int] = bindparam("size")
START: BindParameter[int] = bindparam("start")
AFTER: BindParameter[datetime] = bindparam("after", type_=Moment())
AFTER_KEY: BindParameter[int] = bindparam("after_key")
_named = t.user_task_candidate.alias("for_group")
_FILTERS: dict[str, ColumnElement[bool]] = {
    "process_id": task.c.process_id == bindparam("process_id"),
    "late": task.c.sort_due <= bindparam("late", type_=Moment()),
    "before": task.c.sort_due < bindparam("before", type_=Moment()),
    "name": task.c.name == bindparam("name"),
    "assignee": task.c.assignee == bindparam("assignee"),
    "free": task.c.assignee.is_(None),
    "group": or_(
        task.c.candidate_group == bindparam("group"),
        exists().where(_named.c.task_key == task.c.key, _named.c.kind == "group", _named.c.name == bindparam("group")),
    ),
    "owner": root.c.owner == bindparam("owner"),
    "priority": task.c.priority >= bindparam("priority"),
    "wanted_by": or_(task.c.follow_up.is_(None), task.c.follow_up <= bindparam("wanted_by", type_=Moment())),
}
"""What a list is narrowed by: name → condition, with a parameter of the same name unless it asks for nothing (``free``)."""
FEW = " of few"
for _n in range(case_facts.MOST):  # pairs of parameters of their own
    for _few in (True, False):
        _FILTERS[f"fact{_n}{FEW if _few else ''}"] = case_facts.condition(
            task.c.root_key, bindparam(f"fact{_n}_name"), bindparam(f"fact{_n}_value"), is_few=_few
        )
_prepared_page = lru_cache(maxsize=512)(lambda shape: Prepared(shape.page()))
_prepared_counts = lru_cache(maxsize=512)(lambda shape: Prepared(shape.counts()))


def _asked(
    unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], *, is_following: bool = False, by: str = "",
    is_descending: bool = False,
) -> tuple[_Shape, dict[str, Any]]:
    """Return how the statement of a list reads, and its parameters."""
    chosen = {name: filters[name] for name in _FILTERS if filters.get(name) not in (None, "", False)}
    facts: dict[str, str] = {}
    for number, (name, value, is_few) in enumerate(filters.get("facts") or ()):
        chosen[f"fact{number}{FEW if is_few else ''}"] = ""
        facts |= {f"fact{number}_name": name, f"fact{number}_value": value}
    sight, sought = Sight.of(actor), filters.get("sought")
    few = view != "mijn" and sought is None and are_few(unit, sight)
    shape = _Shape(
        sight, view, frozenset(chosen), is_following, sought, by, are_few=few, is_descending=bool(by) and is_descending
    )
    return shape, {**who(actor), **chosen, **facts}


def page(
    unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], after: tuple[datetime, int] | None, size: int
) -> list[TaskItem]:
    """Return one page of tasks by legal date; ``after`` is the last row of the page before."""
    shape, given = _asked(unit, actor, view, filters, is_following=after is not None)
    given |= {"size": size}
    if after is not None:
        given |= {"after": after[0], "after_key": after[1]}
    return _rows(unit, shape, given)


def sorted_page(
    unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], by: str, start: int, size: int, *, is_descending: bool
) -> list[TaskItem]:
    """Return one page of at most ``COUNT_LIMIT`` tasks by a name in ``ORDERS``, from the one at ``start``; what has nothing
    there comes last.
    """
    shape, given = _asked(unit, actor, view, filters, by=by, is_descending=is_descending)
    return _rows(unit, shape, given | {"size": size, "start": start})


def by_keys(
    unit: Unit, actor: Actor, keys: Sequence[int], by: str = "", *, is_descending: bool = False
) -> list[TaskItem]:
    """Return those of these tasks, in any state, of which the actor sees the case: by legal date, or ``by`` a name in
    ``ORDERS``.
    """
    query = select(*TASK_ITEM).join(root, root.c.key == task.c.root_key)
    found = query.where(task.c.key.in_(list(keys)), visible(Sight.of(actor), root)).order_by(
        *(_in_order(by, is_descending=is_descending) if by else ()), task.c.sort_due, task.c.key
    )
    return [TaskItem(*row) for row in unit.connection.execute(found, who(actor))]


def _rows(unit: Unit, shape: _Shape, given: dict[str, Any]) -> list[TaskItem]:
    if shape.sought is not None:  # it is another statement each time
        return [TaskItem(*row) for row in unit.connection.execute(shape.page(), given)]
    return [TaskItem(*row) for row in _prepared_page(shape).rows(unit, given)]


def count(unit: Unit, actor: Actor, view: str, filters: Mapping[str, Any], limit: int = COUNT_LIMIT) -> int:
    """Count tasks, up to one beyond ``limit``."""
    shape, given = _asked(unit, actor, view, filters)
    given["size"] = limit + 1
    if shape.sought is not None:
        return min(limit + 1, int(unit.connection.execute(shape.counts(), given).scalar_one()))
    return min(limit + 1, int(_prepared_counts(shape).rows(unit, given)[0][0]))
