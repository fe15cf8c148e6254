"""Joins that need to know what may still come: inclusive and complex gateways, start quantities.

Arrivals are counted per incoming flow in rows. Whether an inclusive gateway may fire is decided when the work list is
empty, for only then does every token stand at an element.

Source: BPMN 2.0.2, sections 13.4.3 (inclusive gateway) and 13.4.5 (complex gateway).
"""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, expressions, moving
from inburgering_flow.engine.arrivals import GOT, RESET, TOKENS
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.model.runtime import ACTIVE, ProcessInstance


def flows_before(join: Element, elements: Mapping[str, Element]) -> dict[str, frozenset[str]]:
    """Return, for each incoming flow of a join, the elements from which it can be reached without passing the join."""
    found = {}
    for flow in join.incoming:
        seen: set[str] = set()
        todo = [flow.source]
        while todo:
            current = todo.pop()
            if current == join.id or current in seen:
                continue
            seen.add(current)
            element = elements[current]
            todo.extend(f.source for f in element.incoming)
            if element.attached_to:
                todo.append(element.attached_to)
        found[flow.id] = frozenset(seen)
    return found


def settle(run: Run) -> bool:
    """Let every join fire that no token can reach any more; return True when one did."""
    fired = False
    for thawed in list(run.thawed.values()):
        process = thawed.process
        for join_id in process.joins.get(thawed.scope_id, ()):
            scope = run.scope(thawed.scope_key)
            if scope.state == ACTIVE and fire_if_ready(run, scope, process, process.elements[join_id]):
                fired = True
    return fired


def fire_ready(run: Run, scope: Owner, process: Process, scope_id: str) -> bool:
    """Fire the joins of one scope that are ready; return True when one did."""
    return any(fire_if_ready(run, scope, process, process.elements[j]) for j in process.joins.get(scope_id, ()))


def fire_if_ready(run: Run, scope: Owner, process: Process, join: Element) -> bool:
    """Let a join fire when its tokens are complete or nothing more can come."""
    counts = arrivals.at(run, scope.key, join.id)
    if join.kind == "complexGateway":
        return bool(counts.get(RESET)) and _reset(run, scope, process, join, counts)
    here = [f.id for f in join.incoming if counts.get(f.id)]
    if not here or _expected(run, scope, process, join, here):
        return False
    arrivals.take(run, scope.key, join.id, here)
    moving.place(run, scope.key, join.id, {})
    return True


def _expected(run: Run, scope: Owner, process: Process, join: Element, here: list[str]) -> bool:
    """Tell whether a token that can reach no flow that has one may still come over a flow that has none."""
    before = process.before[join.id]
    missing = [f.id for f in join.incoming if f.id not in here]
    if not missing:
        return False
    standing = {row.element_id for row in run.children(scope.key)}
    container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
    for other in container.children:
        if other != join.id and len(process.elements[other].incoming) > 1 and process.elements[other].waits_for_tokens:
            counts = arrivals.at(run, scope.key, other)
            if any(counts.get(f.id) for f in process.elements[other].incoming):
                standing.add(other)
    return any(
        any(element in before[f] for f in missing) and not any(element in before[f] for f in here)
        for element in standing
    )


def arrived(run: Run, scope_key: int, join: Element, flow_id: str) -> None:
    """Count a token at a complex gateway and let it fire when its activation condition holds."""
    arrivals.add(run, scope_key, join.id, flow_id)
    activate(run, run.scope(scope_key), join)


def activate(run: Run, scope: Owner, join: Element) -> None:
    """Fire a complex gateway that waits for its start, when its activation condition holds."""
    counts = arrivals.at(run, scope.key, join.id)
    here = [f.id for f in join.incoming if counts.get(f.id)]
    if counts.get(RESET) or not here:
        return
    number = sum(counts[f] for f in here)
    try:
        holds = expressions.condition(
            run, scope, join.activation_condition, "activation condition", {"activationCount": number}
        )
    except Trouble as trouble:
        run.incident(run.activate(join, scope.key), trouble, "join")
        return
    if not holds:
        return
    arrivals.take(run, scope.key, join.id, here)
    arrivals.note(run, scope.key, join.id, {RESET: 1, **{GOT + flow_id: 1 for flow_id in here}})
    moving.place(run, scope.key, join.id, {}, local={"waitingForStart": True, "activationCount": number})


def _reset(run: Run, scope: Owner, process: Process, join: Element, counts: Mapping[str, int]) -> bool:
    late = [f.id for f in join.incoming if not counts.get(GOT + f.id)]
    here = [f for f in late if counts.get(f)]
    if len(here) < len(late):
        got = [f.id for f in join.incoming if f.id not in late]
        if _expected(run, scope, process, join, [*here, *got]):
            return False
    arrivals.take(run, scope.key, join.id, here)
    arrivals.note(run, scope.key, join.id, {RESET: 0, **{GOT + flow.id: 0 for flow in join.incoming}})
    moving.place(run, scope.key, join.id, {}, local={"waitingForStart": False, "activationCount": len(here)})
    activate(run, scope, join)  # tokens of the next round may be here already
    return True


def look_again(run: Run, scope: Owner, join: Element) -> None:
    """Fire a join whose tokens have become complete because its flows have changed (a migration)."""
    process = run.process_of(scope)
    if join.kind == "parallelGateway":
        counts = arrivals.at(run, scope.key, join.id)
        if all(counts.get(f.id) for f in join.incoming):
            arrivals.take(run, scope.key, join.id, [f.id for f in join.incoming])
            moving.place(run, scope.key, join.id, {})
    elif join.kind == "complexGateway":
        activate(run, scope, join)
    elif join.kind == "inclusiveGateway":
        fire_if_ready(run, scope, process, join)
    else:
        while arrivals.at(run, scope.key, join.id).get(TOKENS, 0) >= join.start_quantity:
            arrivals.take(run, scope.key, join.id, (TOKENS,), join.start_quantity)
            moving.place(run, scope.key, join.id, {})


def stuck(run: Run, scope: Owner, container: Element, process: Process) -> bool:
    """A join that can never fire is trouble to be shown, not a silent end."""
    for child_id in container.children:
        child = process.elements[child_id]
        if not child.waits_for_tokens:
            continue
        counts = arrivals.at(run, scope.key, child_id)
        waiting = counts.get(TOKENS) or any(counts.get(f.id) for f in child.incoming)
        if not waiting:
            continue
        row = run.activate(child, scope.key)
        name = child.name or child_id
        if child.kind == "complexGateway":
            what = f"Complex gateway '{name}' waits, but no token can come any more and its activation condition does not hold."
        elif child.kind.endswith("Gateway"):
            missing = ", ".join(f.name or f.id for f in child.incoming if not counts.get(f.id))
            kind = "Inclusive" if child.kind == "inclusiveGateway" else "Parallel"
            what = f"{kind} gateway '{name}' waits for a token on {missing}, but no token can come any more."
        else:
            what = f"'{name}' needs {child.start_quantity} tokens to start, but no token can come any more."
        remedy = "Draw an exclusive gateway there, or bring every branch to it; then migrate or modify."
        run.incident(row, Trouble("UNKNOWN", f"{what} {remedy}"), "join")
        return True
    return False
