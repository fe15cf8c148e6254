"""What a forecast assumes, as it is typed: on the command line, and in the fields of the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inburgering_flow.analysis.office import Group
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.workbench.forecasts import Assumptions
from inburgering_flow.workbench.histories import HOURS


def number(text: str) -> float:
    """Return a number, with a comma or a point; raises InvalidInput."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = -1.0
    if not 0 <= found < 100_000:
        raise InvalidInput(
            _("{text} is not a number that fits here.").format(text=repr(text.strip())),
            remedy=_("Give a number, such as 36 or 2,5."),
        )
    return found


def pair(text: str, example: str) -> tuple[str, str]:
    """Return what stands before and after the equals sign; raises InvalidInput with an example where there is none."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise InvalidInput(
            _("{text} cannot be read.").format(text=repr(text)), remedy=_("Write it as {example}.").format(example=example)
        )
    return name.strip(), value.strip()


def group(text: str) -> Group:
    """Return a group of staff: ``behandelaar+jurist=3x28`` are three people with both roles, of 28 hours a week."""
    names, value = pair(text, "behandelaar+jurist=3x28")
    people, _sign, hours = value.partition("x")
    count = number(people)
    if count != int(count):
        raise InvalidInput(_("There are only whole people."), remedy=_("Give fewer hours instead."))
    roles = tuple(dict.fromkeys(one.strip() for one in names.split("+") if one.strip()))
    return Group(roles, int(count), number(hours) if hours else HOURS)


def place(text: str) -> tuple[str, str]:
    """Return a process and an element of ``process/element``; raises InvalidInput."""
    process, sign, element = text.strip().partition("/")
    if not sign or not process or not element:
        raise InvalidInput(
            _("{text} is not a place in a process.").format(text=repr(text)), remedy=_("Write it as process/element.")
        )
    return process, element


def shares(texts: Iterable[str]) -> dict[tuple[str, str], dict[str, float]]:
    """Return the weights of flows: ``process/gateway/flow=70``."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for text in texts:
        where, value = pair(text, "process/gateway/flow=70")
        gateway, _sign, flow = where.rpartition("/")
        found.setdefault(place(gateway), {})[flow] = number(value)
    return found


def plain(given: Assumptions) -> dict[str, Any]:
    """Return what is assumed as values that JSON has; files by their names."""
    return {
        "weeks": given.weeks, "futures": given.futures, "seed": given.seed, "arrivals": given.arrivals,
        "groups": None if given.groups is None else [[list(one.roles), one.people, one.hours] for one in given.groups],
        "minutes": dict(given.minutes), "shares": {f"{p}/{g}": dict(one) for (p, g), one in given.shares.items()},
        "timers": {f"{p}/{e}": text for (p, e), text in given.timers.items()},
        "files": [one.name for one in given.resources],
    }  # fmt: skip
