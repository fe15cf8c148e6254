"""What the simulation draws from: one table, each row with its source and how sure it is.

A share says how often something is chosen, a span between which bounds a number is drawn. What is not published is marked
``te controleren``: it makes a simulation plausible and says nothing about a real municipality.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SURE, UNSURE = "vast", "te controleren"
SWI = "CBS, Statistiek Wet inburgering 2023 (dossier 7.2): cohort 2022, 26.200 personen, van wie 18.900 asiel"
OWN = "aanname van de simulatie"


@dataclass(frozen=True)
class Share:
    """How often ``value`` is chosen for ``name``; the shares of one name add up to 1."""

    name: str
    value: str
    share: float
    source: str = OWN
    certainty: str = UNSURE


@dataclass(frozen=True)
class Span:
    """Between which whole numbers (both included) ``name`` is drawn, in ``unit``."""

    name: str
    least: int
    most: int
    unit: str = "dagen"
    source: str = OWN
    certainty: str = UNSURE


def _chance(name: str, share: float) -> tuple[Share, Share]:
    return Share(name, "ja", share), Share(name, "nee", round(1 - share, 6))


SHARES: tuple[Share, ...] = (
    Share("doelgroep", "asielstatushouder", 0.72, SWI, SURE),
    Share("doelgroep", "gezinsmigrant", 0.28, SWI, SURE),
    *_chance("woont in de opvang (asiel)", 0.6),
    Share("leerroute", "B1", 0.55),
    Share("leerroute", "O", 0.1),
    Share("leerroute", "Z", 0.35),
    Share("komt naar afspraken", "altijd", 0.78),
    Share("komt naar afspraken", "soms", 0.16),
    Share("komt naar afspraken", "nooit", 0.06),
    *_chance("volgt de lessen niet", 0.06),
    *_chance("weigert te tekenen", 0.03),
    Share("verwijt", "ja", 0.7),
    Share("verwijt", "nee", 0.15),
    Share("verwijt", "onduidelijk", 0.15),
    Share("mate van verwijt", "normaal", 0.6),
    Share("mate van verwijt", "verminderd", 0.2),
    Share("mate van verwijt", "grove schuld", 0.08),
    Share("mate van verwijt", "opzet", 0.04),
    Share("mate van verwijt", "geen", 0.08),
    *_chance("bijstand", 0.5),
    *_chance("zienswijze", 0.45),
    *_chance("alsnog nagekomen", 0.3),
    *_chance("bezwaar tegen boete", 0.3),
    *_chance("bezwaar tegen PIP", 0.03),
    *_chance("vult bezwaar aan", 0.7),
    *_chance("trekt bezwaar in", 0.06),
    *_chance("ziet af van horen", 0.1),
    *_chance("stelt in gebreke", 0.1),
    *_chance("beroep", 0.25),
    *_chance("vraagt uitstel of kwijtschelding", 0.2),
    Share("betaalt", "ineens", 0.5),
    Share("betaalt", "in delen", 0.15),
    Share("betaalt", "te veel", 0.05),
    Share("betaalt", "niet", 0.3),
    *_chance("bericht komt twee keer", 0.06),
    *_chance("datum eerst verkeerd", 0.08),
    *_chance("informatie van een derde nodig", 0.06),
    *_chance("uitstroom zonder BRP-datum", 0.3),
    *_chance("verhuist", 0.06),
    *_chance("overlijdt", 0.02),
    *_chance("vrijgesteld", 0.03),
    *_chance("ontheven", 0.02),
    *_chance("plicht vervalt", 0.03),
    *_chance("andere doelgroep", 0.03),
    *_chance("termijn verlengd", 0.05),
    *_chance("diploma binnen de simulatie", 0.12),
)
SPANS: tuple[Span, ...] = (
    Span("leeftijd", 17, 62, "jaar"),
    Span("uren les per maand", 10, 45, "uur"),
    Span("kennisgeving tot invoer", 0, 12),
    Span("kennisgeving te laat ingevoerd (een op twintig)", 30, 60),
    Span("opvang duurt", 30, 300),
    Span("BRP na uitstroom", 3, 20),
    Span("uitslag leerbaarheidstoets", 7, 45),
    Span("begin van de termijn (SS102)", 2, 30),
    Span("zienswijze na voornemen", 1, 24),
    Span("alsnog nagekomen na waarschuwing", 1, 25),
    Span("bezwaar na besluit", 2, 50),
    Span("bezwaar is onderweg", 0, 5),
    Span("aanvulling van bezwaar", 2, 20),
    Span("intrekking van bezwaar", 5, 60),
    Span("ziet af van horen na uitnodiging", 1, 8),
    Span("ingebrekestelling na bezwaar", 90, 150),
    Span("beroep na beslissing", 5, 41),
    Span("uitspraak na beroep", 60, 200),
    Span("betaling na boete", 5, 70),
    Span("tweede deel van betaling", 20, 60),
    Span("betaalverzoek na boete", 3, 50),
    Span("informatie van derde gevraagd na begin", 15, 50),
    Span("informatie van derde ontvangen", 5, 60),
    Span("voorval na begin", 20, 540),
    Span("diploma na begin", 260, 540),
    Span("verlenging na begin van de termijn", 100, 400),
    Span("tweede keer hetzelfde bericht", 0, 15),
    Span("verkeerde datum hersteld na", 1, 6),
)


class Draw:
    """Draws for one purpose: the same seed and purpose always give the same, whatever else was drawn."""

    def __init__(self, *purpose: object) -> None:
        self.random = random.Random("|".join(map(str, purpose)))  # noqa: S311  # a simulation, nothing secret

    def one(self, name: str) -> str:
        """Return a value of ``name``, each as often as the table says."""
        rows = _SHARES[name]
        return self.random.choices([row.value for row in rows], [row.share for row in rows])[0]

    def happens(self, name: str) -> bool:
        """Tell whether ``name`` happens this time."""
        return self.one(name) == "ja"

    def number(self, name: str) -> int:
        """Return a number within the span of ``name``."""
        row = _SPANS[name]
        return self.random.randint(row.least, row.most)


_SHARES: dict[str, list[Share]] = {}
for _row in SHARES:
    _SHARES.setdefault(_row.name, []).append(_row)
_SPANS = {row.name: row for row in SPANS}
