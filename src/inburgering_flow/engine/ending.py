"""Ending early: an element with everything inside it, a scope, a called instance.

Listeners on the cancelling of a user task delay its end, and so the end of everything around it that is being ended:
each such element stays active, closed to whatever could move it, and notes what comes after (``Ending``). When the last
listener is done the elements end from the inside out. Source: Camunda 8 documentation, user task listeners.
"""

from __future__ import annotations

from functools import partial

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, compensation, completion, listeners, moving, waiting
from inburgering_flow.engine.bookkeeping import BODY_TYPE, FINISH, LEAVE, LEFT, Ending
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.unrolled import Walk, walked
from inburgering_flow.engine.variables import read, set_local
from inburgering_flow.errors import Conflict
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ACTIVE, CANCELED, CASE_ENDING, TERMINATED, ElementInstance, ProcessInstance


def terminate(run: Run, row: ElementInstance, then: Ending = LEAVE) -> bool:
    """End an element and everything inside it; False where listeners hold it up, and ``then`` follows later."""
    return walked(_terminate(run, row, then))


def _terminate(run: Run, row: ElementInstance, then: Ending = LEAVE) -> Walk[bool]:
    if row.state != ACTIVE:
        return True
    before = held_up(run, row)
    if before is not None:
        if before.do == FINISH.do:  # it was still catching events at its border
            _close_row(run, row)
        note(run, row, then)
        return False
    element = run.element_of(row)
    gone = True
    if element.is_scope or row.element_type == BODY_TYPE:
        gone = yield _terminate_children(run, row)
    elif element.kind == "callActivity":
        for called in run.called_by(row):
            gone = (yield _terminate_instance(run, called)) and gone
    elif element.kind == "userTask":
        gone = not listeners.canceling(run, row, element)
        run.step.ended_tasks[row.key] = CANCELED
    _close_row(run, row)
    if gone:
        run.end(row, TERMINATED)
    else:
        if run.instance(row.instance_key).has_incident:
            run.step.close_incidents.add(row.key)
        if element.is_scope:
            forget_arrivals(run, row, element)
        note(run, row, then)
    return gone


def _close_row(run: Run, row: ElementInstance) -> None:
    run.step.close_subscriptions.add((row.key, None))
    run.step.close_jobs.add((row.key, None))


def terminate_children(run: Run, row: Owner) -> bool:
    """End every active element inside a scope; False where listeners hold one up."""
    return walked(_terminate_children(run, row))


def _terminate_children(run: Run, row: Owner) -> Walk[bool]:
    gone = True
    for child in run.children(row.key):
        gone = (yield _terminate(run, child)) and gone
    return gone


def terminate_siblings(run: Run, row: ElementInstance) -> None:
    """End every other active element of the same scope, as a terminate end event does."""
    for child in run.children(row.scope_key):
        if child.key != row.key:
            terminate(run, child)
    scope = run.scope(row.scope_key)
    process = run.process_of(row)
    container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
    waiting.close_scope(run, scope.key, container, process)
    forget_arrivals(run, scope, container)


def finish_without_rest(run: Run, scope: ElementInstance) -> None:
    """Complete a scope early, ending its remaining elements: enough of them have completed."""
    if terminate_children(run, scope):
        moving.finish(run, scope, {})
    else:
        note(run, scope, FINISH)


def forget_arrivals(run: Run, scope: Owner, container: Element) -> None:
    """Take away the tokens that wait at joins of a scope whose elements have been ended but which itself goes on."""
    for element, _counts in arrivals.waiting(run, scope.key, container, run.process_of(scope).elements):
        arrivals.clear(run, scope.key, element.id)


def terminate_instance(run: Run, instance: ProcessInstance) -> bool:
    """End a process instance and everything that it called; False where listeners hold it up."""
    return walked(_terminate_instance(run, instance))


def _terminate_instance(run: Run, instance: ProcessInstance) -> Walk[bool]:
    gone: bool = yield _terminate_children(run, instance)
    if gone:
        _instance_gone(run, instance)
    else:
        _close_instance(run, instance)
        forget_arrivals(run, instance, run.process_of(instance).root)
        note(run, instance, LEAVE)
    return gone


def _instance_gone(run: Run, instance: ProcessInstance) -> None:
    run.end_instance(instance, TERMINATED)
    _close_instance(run, instance)


def _close_instance(run: Run, instance: ProcessInstance) -> None:
    run.step.close_subscriptions.add((instance.key, None))
    run.step.close_jobs.add((instance.key, None))
    if instance.has_incident:
        run.step.close_incidents.add(instance.key)


def cancel_transaction(run: Run, row: ElementInstance) -> None:
    """Leave a transaction by its cancel boundary event, when everything in it has been undone.

    The event is at the border of the whole activity: for a repeated transaction it ends every instance.
    """
    host = run.element(row.scope_key)
    process = run.process_of(host)
    if process.elements[host.element_id].loop is not None:
        host = run.element(host.scope_key)
    outside = next(
        (e for b in process.elements[host.element_id].boundary if (e := process.elements[b]).event and e.event
         and e.event.has("cancel")),
        None,
    )  # fmt: skip
    if not terminate(run, host, Ending("leave", outside.id) if outside is not None else LEAVE):
        return
    if outside is None:
        completion.token_ended(run, host.scope_key)
    else:
        moving.place(run, host.scope_key, outside.id, {}, triggered=True)


# -- delayed by listeners ---------------------------------------------------------------------------------------------


def held_up(run: Run, owner: Owner) -> Ending | None:
    """Return what follows the end of an element or instance that listeners delay; None where nothing is ending."""
    if isinstance(owner, ElementInstance):
        return Ending.of(owner)
    return Ending.read(read(run, owner.key, CASE_ENDING))


def note(run: Run, owner: Owner, then: Ending | None) -> None:
    """Note what follows the end of an element or instance; None where nothing is ending any more."""
    if isinstance(owner, ProcessInstance):
        set_local(run, owner, CASE_ENDING, None if then is None else then.stored())
        return
    if then is None:
        Ending.forget(owner)
    else:
        then.keep(owner)
    run.touched(owner)


def listened_to_end(run: Run, row: ElementInstance) -> None:
    """Open the next listener's job for a task that is being ended; end the task when none is left."""
    try:
        if listeners.wait(run, row, run.element_of(row), "canceling", {}):
            return
    except Trouble as trouble:
        run.incident(row, trouble, "canceling")
        return
    _gone(run, row)


def _gone(run: Run, row: ElementInstance) -> None:
    """End an element that nothing holds up any more, and go on as noted; then what its end held up around it."""
    last: ElementInstance | None = row
    while last is not None:
        last = _end_one(run, last)


def _end_one(run: Run, row: ElementInstance) -> ElementInstance | None:
    """End one element and go on as noted; return the one around it that is to end now too."""
    then = held_up(run, row) or LEAVE
    note(run, row, None)
    run.end(row, TERMINATED)
    if then.event:
        moving.place(run, row.scope_key, then.event, then.variables, triggered=True)
    elif then.do == LEFT.do:
        ended_by_modification(run, row)
        return None
    return _inside_gone(run, run.scope(row.scope_key))


def _inside_gone(run: Run, scope: Owner) -> ElementInstance | None:
    """Go on with a scope in which an element has ended after its listeners; return what is to end now too."""
    then = held_up(run, scope)
    if then is None:
        completion.token_ended(run, scope.key)
    elif run.has_children(scope.key):
        return None  # another one is still held up
    elif then.do == "enter":
        note(run, scope, None)
        moving.enter_event_subprocess(run, scope, then.event, then.variables)
    elif isinstance(scope, ProcessInstance):
        _instance_gone(run, scope)
        if scope.parent_element_key is not None:
            return run.element(scope.parent_element_key)
    elif then.do == FINISH.do:
        note(run, scope, None)
        moving.finish(run, scope, {})
    else:
        return scope
    return None


# -- ended by a modification ------------------------------------------------------------------------------------------


def ended_by_modification(run: Run, row: ElementInstance) -> None:
    """Go on undoing where the element worked for a compensation, and settle the scope that it leaves."""
    if compensation.is_undoing(run, row):
        run.queue(partial(compensation.undone, run, row))
    _left(run, row.scope_key)


def _left(run: Run, scope_key: int) -> None:
    """Settle a scope that an ended element leaves: where nothing is left in it, it ends too.

    A multi-instance body counts the instance as done; an ad-hoc sub-process is asked whether it is done; a join that
    waits for a token that can no longer come gets an incident.
    """
    left: int | None = scope_key
    while left is not None:
        left = _leave_one(run, left)


def _leave_one(run: Run, scope_key: int) -> int | None:
    """Settle one scope; return the one around it where that is left in its turn."""
    scope = run.scope(scope_key)
    if scope.state != ACTIVE:
        return None
    if isinstance(scope, ElementInstance) and scope.element_type == BODY_TYPE:
        completion.token_ended(run, scope_key)
        return None
    if run.children(scope_key):
        return None
    process = run.process_of(scope)
    container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
    if any(arrivals.waiting(run, scope_key, container, process.elements)) or container.ad_hoc is not None:
        completion.token_ended(run, scope_key)
    elif isinstance(scope, ElementInstance):
        terminate(run, scope)
        return scope.scope_key
    elif scope.parent_element_key is not None:
        raise nothing_left(scope)
    else:
        terminate_instance(run, scope)
    return None


def nothing_left(instance: ProcessInstance) -> Conflict:
    """Return the error for a modification that would leave nothing in a called instance."""
    return Conflict(
        _("Nothing would be active in instance {key} any more, but {parent_key} called it and waits for it.").format(
            key=instance.key, parent_key=instance.parent_key
        ),
        remedy=_("Terminate the call activity in the calling instance instead."),
    )
