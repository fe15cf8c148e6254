"""The fictitious newcomers: their names and numbers, who they are and what will happen to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from inburgering_flow.inburgering.people import valid_bsn
from inburgering_flow.inburgering.simulation.shares import Draw

TEST_BSN = range(999_900_000, 999_999_999)
"""The range of numbers that the municipalities' test environment uses; the tax office issues none of them."""
FIRST = ("Aster", "Beuk", "Ceder", "Dille", "Esdoorn", "Fresia", "Gerst", "Hulst", "Iris", "Jasmijn")
LAST = ("Voorbeeld", "Proef", "Verzonnen", "Simulatie", "Testpersoon", "Oefening", "Schets", "Model")
ONCE: tuple[tuple[str, str], ...] = (
    ("verhuist", "duo.SS122"), ("overlijdt", "duo.SS111"), ("vrijgesteld", "duo.SS107"), ("ontheven", "duo.SS108"),
    ("plicht vervalt", "duo.SS110"), ("andere doelgroep", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has to integrate; ``arrives`` is the day on which the municipality enters the case."""

    number: int
    bsn: str
    arrives: date
    notified: date
    """The day on which DUO told the person (kennisgeving)."""
    group: str
    age: int
    route: str
    comes: str
    hours: int
    skips_lessons: bool
    refuses_to_sign: bool
    leaves_reception: date | None
    """When somebody who lives in a reception centre leaves it; None: lives elsewhere already."""
    happenings: tuple[tuple[date, str], ...]
    """What DUO will report of the person's life, and when."""

    @property
    def case(self) -> str:
        """The dossiernummer."""
        return f"SIM-{self.number:04}"

    @property
    def name(self) -> tuple[str, str]:
        """First and last name: words that nobody is called."""
        return FIRST[self.number % len(FIRST)], f"{LAST[self.number % len(LAST)]} {self.number}"


def test_numbers() -> Iterator[str]:
    """Yield distinct BSNs of the test range that pass the elfproef."""
    return (str(number) for number in TEST_BSN if valid_bsn(str(number)))


def population(count: int, seed: int, first_day: date, days: int) -> list[Newcomer]:
    """Draw the newcomers; they arrive on the working days of the first two thirds of the simulation."""
    numbers = test_numbers()
    return [_newcomer(n, next(numbers), seed, first_day, days) for n in range(1, count + 1)]


def _newcomer(number: int, bsn: str, seed: int, first_day: date, days: int) -> Newcomer:
    draw = Draw(seed, "newcomer", number)
    arrives = first_day + timedelta(days=draw.random.randrange(max(1, days * 2 // 3)))
    while arrives.weekday() > 4:
        arrives += timedelta(days=1)
    late = draw.random.random() < 0.05
    notified = arrives - timedelta(
        days=draw.number("kennisgeving te laat ingevoerd (een op twintig)" if late else "kennisgeving tot invoer")
    )
    group = draw.one("doelgroep")
    asylum = group == "asielstatushouder"
    stays = draw.number("opvang duurt") if asylum and draw.happens("woont in de opvang (asiel)") else None
    happenings = []
    for what, name in ONCE:
        if draw.happens(what):
            changed = "duo.SS124" if asylum else "duo.SS125"
            happenings.append((arrives + timedelta(days=draw.number("voorval na begin")), name or changed))
    if draw.happens("diploma binnen de simulatie"):
        happenings.append((arrives + timedelta(days=draw.number("diploma na begin")), "duo.SS106"))
    return Newcomer(
        number, bsn, arrives, notified, group, draw.number("leeftijd"), draw.one("leerroute"), draw.one("komt naar afspraken"),
        draw.number("uren les per maand"), draw.happens("volgt de lessen niet"), draw.happens("weigert te tekenen"),
        None if stays is None else arrives + timedelta(days=stays), tuple(sorted(happenings)),
    )  # fmt: skip
