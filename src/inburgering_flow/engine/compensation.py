"""Compensation: completed activities are undone by their handlers, the last one first.

A completed activity leaves a row if it has a handler, or something inside it has one. Undoing a sub-process that has no
handler of its own enters it again with the variables it had, and undoes what is inside.

Source: BPMN 2.0.2, sections 10.7 and 13.5.5.
"""

from __future__ import annotations

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import moving
from inburgering_flow.engine.bookkeeping import BODY_TYPE, TO_UNDO, UNDOES_FOR, Repeat, to_undo, undone_next
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import local_variables, names_in, read, set_local
from inburgering_flow.model.runtime import ACTIVE, Compensation, ElementInstance, ProcessInstance


def undoable(run: Run, scope_key: int) -> list[Compensation]:
    """Return what can be undone in a scope, in order of completion."""
    found = {c.key: c for c in run.stored(scope_key, run.state.compensations)}
    known = (*run.step.new_compensations.values(), *run.moved_compensations.values())
    found.update({c.key: c for c in known if c.scope_key == scope_key})
    moved = run.step.moved_compensations
    return [
        c for key, c in sorted(found.items())
        if key not in run.step.drop_compensations and moved.get(key, c.scope_key) == scope_key
    ]  # fmt: skip


def remember(run: Run, row: ElementInstance, element: Element) -> None:
    """Note that an activity has completed and can be undone."""
    if element.is_for_compensation:
        return
    if row.element_type == BODY_TYPE:
        for inner in undoable(run, row.key):  # each inner instance is undone by itself
            _move(run, inner, row.scope_key)
    elif element.compensation_handler:
        _note(run, row, element.compensation_handler)
    elif (
        element.is_scope
        and not element.triggered_by_event
        and (_handler_inside(run, element, row) or undoable(run, row.key))
    ):
        _note(run, row, "")


def _note(run: Run, row: ElementInstance, handler_id: str) -> None:
    key = run.next_key()
    run.step.new_compensations[key] = Compensation(
        key, row.instance_key, row.scope_key, row.key, row.element_id, handler_id
    )


def _move(run: Run, found: Compensation, scope_key: int) -> None:
    found.scope_key = scope_key
    if found.key not in run.step.new_compensations:
        run.step.moved_compensations[found.key] = scope_key
        run.moved_compensations[found.key] = found


def _drop(run: Run, found: Compensation) -> None:
    if run.step.new_compensations.pop(found.key, None) is None:
        run.step.drop_compensations.add(found.key)
        run.step.moved_compensations.pop(found.key, None)


def compensate(run: Run, row: ElementInstance, activity: str, *, waits: bool = True) -> bool:
    """Undo one activity, or all completed ones around a throwing event; return True when there is nothing to wait for."""
    found = _within_reach(run, row, activity)
    found.sort(key=lambda c: c.key, reverse=True)
    for one in found:
        _drop(run, one)
    if not waits:
        for one in found:
            _undo(run, one, None)
        return True
    set_local(run, row, TO_UNDO, to_undo(found))
    return not _next(run, row)


def _within_reach(run: Run, row: ElementInstance, activity: str) -> list[Compensation]:
    """Return what can be undone in the scope of a row; inside an event sub-process, also in the scope around it."""
    scope_key = row.scope_key
    while True:
        scope = run.scope(scope_key)
        found = [c for c in undoable(run, scope_key) if not activity or c.element_id == activity]
        if found or isinstance(scope, ProcessInstance):
            return found
        if not (run.element_of(scope).triggered_by_event or activity):
            return found
        scope_key = scope.scope_key


def _next(run: Run, row: ElementInstance) -> bool:
    """Undo the next activity of a queue; False when there is none left."""
    found = _taken(run, row)
    if found is not None:
        _undo(run, found, row)
    return found is not None


def _taken(run: Run, row: ElementInstance) -> Compensation | None:
    """Take the next activity to undo from the queue of a row."""
    queue = read(run, row.key, TO_UNDO) or []
    if not queue:
        return None
    set_local(run, row, TO_UNDO, queue[1:])
    return undone_next(queue[0], row.instance_key)


def _undo(run: Run, found: Compensation, thrower: ElementInstance | None) -> None:
    """Undo an activity; of a sub-process entered again also the first one inside, however deep that stands."""
    todo: Compensation | None = found
    while todo is not None:
        thrower = _undo_one(run, todo, thrower)
        todo = None if thrower is None else _taken(run, thrower)


def _undo_one(run: Run, found: Compensation, thrower: ElementInstance | None) -> ElementInstance | None:
    """Begin to undo one activity; return the sub-process that was entered again, with what is to be undone inside."""
    local = local_variables(run, found.element_key)
    local.pop("loopCounter", None)
    if thrower is not None:
        local[UNDOES_FOR] = thrower.key
    if found.handler_id:
        moving.place(run, found.scope_key, found.handler_id, {}, local=local)
        return None
    inner = sorted(undoable(run, found.element_key), key=lambda c: c.key, reverse=True)
    element = run.process_of(run.scope(found.scope_key)).elements[found.element_id]
    row = _enter_again(run, element, found.scope_key)
    local.setdefault(UNDOES_FOR, 0)
    for name, value in local.items():
        set_local(run, row, name, value)
    handler = _handler_inside(run, element, row)
    for one in inner:
        if handler is not None:
            _move(run, one, row.key)
        else:
            _drop(run, one)
    if handler is not None:
        moving.place(run, row.key, handler, {}, triggered=True)
        return None
    set_local(run, row, TO_UNDO, to_undo(inner, row.key))
    return row


def _enter_again(run: Run, element: Element, scope_key: int) -> ElementInstance:
    """Make a sub-process active to undo what is inside; of a repeated one a single inner instance in a body of its own."""
    if element.loop is None:
        return run.activate(element, scope_key)
    body = run.activate(element, scope_key, BODY_TYPE)
    Repeat(1, started=1).begin(body)
    set_local(run, body, UNDOES_FOR, 0)
    return run.activate(element, body.key)


def _handler_inside(run: Run, element: Element, row: ElementInstance) -> str | None:
    """Return the compensation event sub-process of a sub-process."""
    process = run.process_of(row)
    starts = ((e, process.definition.start_events(e)[0].event) for e in element.event_subprocesses)
    return next((e for e, event in starts if event is not None and event.has("compensate")), None)


def is_undoing(run: Run, row: ElementInstance) -> bool:
    """Tell whether an element instance works for a compensation."""
    return run.process_of(row).has_compensation and UNDOES_FOR in names_in(run, row.key)


def undone(run: Run, row: ElementInstance) -> None:
    """Go on undoing when a handler, or a sub-process entered again, is done."""
    thrower_key = read(run, row.key, UNDOES_FOR)
    if not thrower_key:
        return
    thrower = run.element(int(thrower_key))
    if thrower.state == ACTIVE and not _next(run, thrower) and not run.element_of(thrower).is_scope:
        moving.finish(run, thrower, {})
