"""What each figure is called that can stand on somebody's own page, what its number means, and the page that it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inburgering_flow.i18n import N_
from inburgering_flow.web.insight import tables


@dataclass(frozen=True)
class Words:
    """``of`` says what has to be chosen, if anything; ``page`` is (endpoint, what its address names)."""

    title: str
    meaning: str
    page: tuple[str, Mapping[str, str]]
    of: str = ""


def _part(name: str) -> tuple[str, Mapping[str, str]]:
    return "insight.part", {"part": name}


NOW: tuple[str, Mapping[str, str]] = ("insight.figures", {})
BOARD: tuple[str, Mapping[str, str]] = ("cockpit.board", {})
PROCESS, STEP, TERM, PHASE = N_("Proces"), N_("Stap"), N_("Termijn"), N_("Fase")
WORDS: Mapping[str, Words] = {
    "running": Words(N_("Lopende zaken"), N_("Alle zaken die nu lopen."), NOW),
    "phase": Words(N_("Zaken in een fase"), tables.PHASES.definition, NOW, PHASE),
    "open": Words(N_("Open taken van een proces"), tables.OPEN.definition, NOW, PROCESS),
    "late": Words(N_("Taken te laat van een proces"), tables.LATE.definition, NOW, PROCESS),
    "step": Words(
        N_("Duur van een stap"),
        N_("Hoe lang deze stap van begin tot eind duurde, in dagen: de helft duurde korter. Van de laatste twaalf maanden."),
        _part("duur"), STEP,
    ),
    "wait": Words(
        N_("Wachttijd van een stap"),
        N_("Hoe lang deze stap wachtte voordat iemand de taak oppakte, in dagen: de helft wachtte korter. Van de laatste twaalf"
           " maanden."),
        _part("duur"), STEP,
    ),
    "process": Words(
        N_("Duur van een proces"),
        N_("Hoe lang dit proces van begin tot eind duurde, in dagen: de helft duurde korter. Van de laatste twaalf maanden."),
        _part("duur"), PROCESS,
    ),
    "missed": Words(
        N_("Gemiste termijnen"),
        N_("Hoe vaak de laatste dag van deze termijn voorbijging terwijl hij nog liep. Van de laatste twaalf maanden."),
        _part("termijnen"), TERM,
    ),
    "kept": Words(
        N_("Gehaalde termijnen, deel"),
        N_("Hoeveel procent op tijd was, van wat gehaald of gemist is. Van de laatste twaalf maanden."), _part("termijnen"), TERM,
    ),
    "money": Words(N_("Geld dat over is"), tables.MONEY.definition, _part("geld"), N_("Budget")),
    "board": Words(N_("Zaken op Regie"), N_("De lopende zaken die u mag zien."), BOARD),
    "board-late": Words(
        N_("Zaken te laat op Regie"),
        N_("De lopende zaken die u mag zien waarvan de organisatie een termijn voorbij liet gaan."), BOARD,
    ),
    "board-unled": Words(N_("Zaken zonder eigenaar"), N_("De lopende zaken die u mag zien en die niemand leidt."), BOARD),
    "board-untaken": Words(N_("Taken die niemand heeft"), N_("De open taken die u mag zien en die niemand oppakte."), BOARD),
    "board-phase": Words(
        N_("Zaken in een fase op Regie"), N_("De lopende zaken die u mag zien en die nu vooral in deze fase zijn."), BOARD, PHASE,
    ),
    "board-phase-late": Words(
        N_("Zaken te laat in een fase op Regie"),
        N_("De lopende zaken die u mag zien, die nu vooral in deze fase zijn, en waarvan de organisatie een termijn voorbij"
           " liet gaan."),
        BOARD, PHASE,
    ),
}  # fmt: skip
