"""Writes ``docs/elements.md`` from the tables that the reader and the engine use: ``python tools/elements.py``."""

from __future__ import annotations

from pathlib import Path

from inburgering_flow.bpmn.elements import EVENTS_ALLOWED, GLOBAL, PLACES, TYPES
from inburgering_flow.engine.nodes.kinds import NODES

PAGE = Path(__file__).parents[1] / "docs" / "elements.md"
REFUSED = (
    "Refused when deployed, with what to draw instead: choreographies and "
    "conversations, scripts in a language other than FEEL without a job type, and whatever in Camunda 7 would run code."
)
LISTENERS = (
    "Jobs listen to the start and end of every element and of the process itself (execution listeners), and to the creating, "
    "assigning, updating, completing and canceling of user tasks (task listeners). A conditional start event is evaluated when "
    "`Platform.evaluate_conditionals` is called."
)


def page() -> str:
    """Return the text of the page."""
    kinds = sorted(set().union(*EVENTS_ALLOWED.values()))
    lines = [
        "# Elements",
        "",
        "What can be drawn and runs. Made by `python tools/elements.py` from the reader's and the engine's own tables; a",
        "test compares the two.",
        "",
        "| BPMN | name in the history | run by |",
        "|---|---|---|",
        *(f"| `{tag}` | {name} | `{NODES[tag].__module__.rsplit('.', 1)[1]}.{NODES[tag].__name__}` |"
          for tag, name in TYPES.items()),
        *(f"| `{tag}` | as `{inner}`, called like a process | `calls.CallActivity` |" for tag, inner in GLOBAL.items()),
        "",
        "Any activity may be a loop, multi-instance (parallel or sequential), for compensation, and have quantities.",
        "",
        "| event | " + " | ".join(PLACES.values()) + " |",
        "|---|" + "---|" * len(PLACES),
        *(f"| {kind} | " + " | ".join("yes" if kind in EVENTS_ALLOWED[place] else "–" for place in PLACES) + " |"
          for kind in kinds),
        "",
        LISTENERS,
        "",
        REFUSED,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
