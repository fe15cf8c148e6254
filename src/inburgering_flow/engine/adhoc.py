"""Ad-hoc sub-processes: activities without a fixed order. Source: BPMN 2.0.2, section 10.3.5 and 13.3.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import ending, expressions, moving, waiting
from inburgering_flow.engine.bookkeeping import BODY_TYPE, AdHocQueue
from inburgering_flow.engine.listeners import Outcome
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import local_variables, set_local
from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import ACTIVE, ElementInstance


def start_next(run: Run, row: ElementInstance) -> bool:
    """Start the next activity of a sequential ad-hoc sub-process; return False when there is none."""
    queue = AdHocQueue.of(row)
    if not queue.waiting:
        return False
    first, *rest = queue.waiting
    AdHocQueue(rest, queue.closing).keep(row)
    run.touched(row)
    moving.place(run, row.key, first, {})
    return True


def collect(run: Run, row: ElementInstance) -> None:
    """Gather the output of a flow that ends directly inside an ad-hoc sub-process."""
    scope = run.scope(row.scope_key)
    if not isinstance(scope, ElementInstance) or scope.element_type == BODY_TYPE:
        return
    element = run.element_of(scope)
    ad_hoc = element.ad_hoc
    if ad_hoc is not None and element.job_type is not None:
        ask(run, scope, element)
    if ad_hoc is not None and ad_hoc.output_collection and ad_hoc.output_element:
        value = expressions.evaluate(run, row, ad_hoc.output_element, "output element")
        before = local_variables(run, scope.key).get(ad_hoc.output_collection) or []
        set_local(run, scope, ad_hoc.output_collection, [*before, value])


def ask(run: Run, row: ElementInstance, element: Element) -> None:
    """Open the job that chooses the activities; where one is at work already, the next is opened when it is done."""
    queue = AdHocQueue.of(row)
    if queue.closing or row.state != ACTIVE:
        return
    if not queue.asked:
        waiting.open_job(run, row, element)
    replace(queue, asked=True, again=queue.asked).keep(row)
    run.touched(row)


def chosen(run: Run, row: ElementInstance, variables: Mapping[str, Any], outcome: Outcome) -> None:
    """Start what a job chose, or end the ad-hoc sub-process as it said.

    Raises InvalidInput where it chose nothing and nothing else will happen, or an activity that there is not.
    Source: Camunda 8 documentation, ad-hoc sub-processes, job worker implementation.
    """
    run.must_move(row)
    element, queue = run.element_of(row), AdHocQueue.of(row)
    for name, value in variables.items():
        set_local(run, row, name, value)
    if outcome.fulfilled:
        AdHocQueue(closing=True).keep(row)
        run.touched(row)
        if outcome.cancel_remaining or not run.children(row.key):
            ending.finish_without_rest(run, row)
        return
    if not (outcome.activate or queue.again or run.children(row.key)):
        raise InvalidInput(
            _("The job chose no activity of '{id}' and did not say that it is done.").format(id=row.element_id),
            remedy=_("Let it choose from {known}, or say that it is done.").format(known=", ".join(element.children)),
        )
    if outcome.activate:
        for element_id, local in outcome.activate:
            activate(run, row.key, (element_id,), {element_id: local})
    replace(queue, asked=False, again=False).keep(row)
    run.touched(row)
    if queue.again:
        ask(run, row, element)


def look_again(run: Run, row: ElementInstance) -> None:
    """Queue a check of the completion condition when an activity inside has completed."""
    if not run.process_of(row).has_ad_hoc:
        return
    scope = run.scope(row.scope_key)
    if isinstance(scope, ElementInstance) and scope.element_type != BODY_TYPE:
        ad_hoc = run.element_of(scope).ad_hoc
        if ad_hoc is not None and ad_hoc.completion_condition:
            run.queue(partial(check, run, scope))


def check(run: Run, scope: ElementInstance) -> None:
    """Complete an ad-hoc sub-process whose completion condition holds."""
    ad_hoc = run.element_of(scope).ad_hoc
    if scope.state != ACTIVE or ad_hoc is None or AdHocQueue.of(scope).closing:
        return
    try:
        holds = expressions.condition(run, scope, ad_hoc.completion_condition, "completion condition")
    except Trouble as trouble:
        run.incident(scope, trouble, "ad-hoc")
        return
    if not holds:
        return
    AdHocQueue(closing=True).keep(scope)
    run.touched(scope)
    if ad_hoc.cancel_remaining or not run.children(scope.key):
        ending.finish_without_rest(run, scope)


def is_done(run: Run, scope: ElementInstance, element: Element) -> bool:
    """Tell whether an ad-hoc sub-process in which nothing is active is done."""
    ad_hoc = element.ad_hoc
    assert ad_hoc is not None
    if element.job_type is not None:
        return AdHocQueue.of(scope).closing  # else the job that chooses says what comes next
    if AdHocQueue.of(scope).closing:
        return not ad_hoc.cancel_remaining  # else it is finishing already
    if start_next(run, scope):
        return False
    if not ad_hoc.completion_condition:
        return True
    try:
        holds = expressions.condition(run, scope, ad_hoc.completion_condition, "completion condition")
        if not holds and not ad_hoc.from_outside:
            raise Trouble(
                "CONDITION_ERROR",
                f"Everything in the ad-hoc sub-process is done, but its completion condition "
                f"'{ad_hoc.completion_condition}' does not hold. Correct the variables it reads, then retry.",
            )
    except Trouble as trouble:
        run.incident(scope, trouble, "ad-hoc")
        return False
    return holds


def activate(
    run: Run, element_key: int, element_ids: Sequence[str], variables: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Start activities of an active ad-hoc sub-process from outside.

    Raises Conflict if it is not active, InvalidInput for an id that it does not have.
    """
    row = run.element(element_key)
    element = run.element_of(row)
    if element.ad_hoc is None:
        raise InvalidInput(
            _("'{id}' is not an ad-hoc sub-process.").format(id=row.element_id),
            remedy=_("Give the key of an ad-hoc sub-process."),
        )
    if row.stopped or AdHocQueue.of(row).closing:
        raise Conflict(
            _("The ad-hoc sub-process '{id}' is not active any more.").format(id=row.element_id),
            remedy=_("Look at the case again."),
        )
    wrong = [i for i in element_ids if i not in element.children]
    if wrong or not element_ids:
        raise InvalidInput(
            _("The ad-hoc sub-process '{id}' has no activity {wrong}.").format(
                id=row.element_id, wrong=", ".join(wrong)
            ),
            remedy=_("Choose from {known}.").format(known=", ".join(element.children)),
        )
    for element_id in element_ids:
        moving.place(run, row.key, element_id, {}, local=(variables or {}).get(element_id))
