"""What the next page tells of what was done, with the button that undoes it or goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash


@dataclass(frozen=True)
class Undo:
    """A button: what it says, where it is sent, and what is sent along."""

    text: str
    action: str
    fields: Mapping[str, str] = field(default_factory=dict)


def say_with(sentence: str, undo: Undo | None = None) -> None:
    """Tell something on the next page, with a button that undoes it where there is one."""
    told: Any = sentence  # Flask's messages are texts by convention only: they travel as JSON
    if undo is not None:
        told = {"said": sentence, "text": undo.text, "action": undo.action, "fields": dict(undo.fields)}
    flash(told)


def say_and_offer_next(sentence: str, task_key: int) -> None:
    """Tell something about a task that is done; the next page looks for another one of its case, as it stands then."""
    told: Any = {"said": sentence, "after": task_key}
    flash(told)
