"""Execution listeners: jobs that run one after the other before an element's work begins, or before it ends.

What a start listener gives back becomes the element's own variables; what an end listener gives back joins the element's
result before its output mappings. Source: Camunda 8 documentation, execution listeners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inburgering_flow.engine.port import Trouble
from inburgering_flow.feel import to_plain
from inburgering_flow.model.runtime import ElementInstance, JobRow

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run
    from inburgering_flow.engine.specs.base import Node, Token

STATE = "listening"  # in the row's data: {"on", "number", "result"}; gone again when the last one is done


def resumed(row: ElementInstance, on: str) -> bool:
    """Tell whether an element comes back from its listeners."""
    state = (row.data or {}).get(STATE)
    return state is not None and state["on"] == on


def wait(run: Run, token: Token, node: Node, on: str) -> bool:
    """Open the next listener's job; False when there is none (left)."""
    found = [x for x in node.element.execution_listeners if x.on == on]
    if not found:
        return False
    row = token.instance
    number = row.data[STATE]["number"] if row.data and resumed(row, on) else 0
    if number >= len(found):
        assert row.data is not None
        row.data = {k: v for k, v in row.data.items() if k != STATE} or None
        run.touched(row)
        return False
    listener = found[number]
    job_type = run.value(row, listener.type, f"type of {on} listener {number + 1}")
    if not job_type:
        raise Trouble("EXTRACT_VALUE_ERROR", f"The job type of {on} listener {number + 1} is empty.")
    retries = run.value(row, listener.retries, "number of retries")
    row.data = {**(row.data or {}), STATE: {"on": on, "number": number, "result": to_plain(dict(token.variables))}}
    run.touched(row)
    run.step.new_jobs.append(
        JobRow(run.next_key(), "JOB", str(job_type), row.instance_key, row.root_key, row.key, node.element.id, run.now,
               3 if retries is None else int(retries))
    )  # fmt: skip
    return True


def completed(row: ElementInstance, variables: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Note that the listener at hand is done; return whether the element starts or ends, and its result so far."""
    assert row.data is not None
    state = row.data[STATE]
    result = dict(state["result"])
    if state["on"] == "end":
        result.update(to_plain(dict(variables)))
    row.data = {**row.data, STATE: {**state, "number": state["number"] + 1, "result": result}}
    return state["on"], result
