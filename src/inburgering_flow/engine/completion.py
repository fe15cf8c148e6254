"""A token has ended without going on: whether its scope is done, and what follows then."""

from __future__ import annotations

from functools import partial

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import joins, listeners, moving, waiting
from inburgering_flow.engine.bookkeeping import BODY_TYPE, ProcessListening
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import local_variables
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, ElementInstance, ProcessInstance


def token_ended(run: Run, scope_key: int, row: ElementInstance | None = None) -> None:
    """Note that a token of a scope, last seen at ``row``, is gone: the scope may be done when its turn comes."""
    scope = run.scope(scope_key)
    moving.thaw_scope(run, scope_key)  # its joins are looked at again: this token cannot come to them any more
    if isinstance(scope, ElementInstance) and scope.element_type == BODY_TYPE:
        inner_key = None if row is None else row.key
        run.queue(partial(moving.body_of(run, scope).inner_ended, run, scope, inner_key))
    else:
        run.queue(partial(complete_if_done, run, scope))


def complete_if_done(run: Run, scope: Owner) -> None:
    """Complete a scope in which nothing is active any more, unless one of its joins fires or stands still for ever."""
    if scope.state != ACTIVE or run.has_children(scope.key):
        return
    process = run.process_of(scope)
    element = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
    if joins.fire_ready(run, scope, process, element.id) or joins.stuck(run, scope, element, process):
        return
    if isinstance(scope, ProcessInstance):
        _complete_instance(run, scope, element, process)
    elif element.ad_hoc is None or scope.element_type == BODY_TYPE or moving.ad_hoc_of(run, scope).is_done(run, scope):
        moving.finish(run, scope, {})


def _complete_instance(run: Run, instance: ProcessInstance, root: Element, process: Process) -> None:
    waiting.close_scope(run, instance.key, root, process)
    if root.execution_listeners and not _end_listeners_done(run, instance, root):
        return
    run.end_instance(instance, COMPLETED)
    if instance.parent_element_key is not None:
        moving.finish(run, run.element(instance.parent_element_key), local_variables(run, instance.key))


def _end_listeners_done(run: Run, instance: ProcessInstance, root: Element) -> bool:
    try:
        return not listeners.of_process(run, instance, root, ProcessListening("end"))
    except Trouble as trouble:
        run.process_incident(instance, trouble, "process-end")
        return False
