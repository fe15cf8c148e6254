"""What each table of Inzicht is called, what its numbers mean, and how it is drawn, read and downloaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from inburgering_flow.i18n import N_, _
from inburgering_flow.services import sheets
from inburgering_flow.services.insight import Grid, Value
from inburgering_flow.web.display import month, number

SHOWN = 25
"""Rows of a table on a page; a file has them all."""
BARS = 12
"""Bars of a drawing."""
DAYS, PER_CENT, EUROS, MONTH = "days", "per cent", "euros", "month"


@dataclass(frozen=True)
class Kind:
    """A table: its title, what a number in it means, its columns with what they hold, and which column is drawn."""

    id: str
    title: str
    definition: str
    columns: tuple[tuple[str, str], ...]
    empty: str
    drawn: int | None = None
    named: int = 0
    """The column whose words stand at the bars."""


@dataclass(frozen=True)
class Bar:
    """A bar of a drawing: what it is of, what it says, and how long it is of 100; None where its number is not shown."""

    label: str
    said: str
    length: int | None


@dataclass(frozen=True)
class Table:
    """A table as a page shows it."""

    kind: Kind
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    """Texts; None is what is not shown."""
    grid: Grid
    bars: Sequence[Bar] = ()
    address: str = ""
    """The end of the addresses of its files."""
    links: Sequence[str] = ()
    """Where the first cell of each row leads; empty: nowhere."""

    @property
    def meaning(self) -> str:
        """What its numbers mean, in words."""
        return _(self.kind.definition)

    @property
    def empty(self) -> str:
        """What is said where there is nothing."""
        return _(self.kind.empty) if self.kind.empty else _("Er is niets te tellen.")

    @property
    def left_out(self) -> int:
        """How many rows only a file has."""
        return max(0, len(self.grid.rows) - len(self.rows))

    @property
    def numbers(self) -> Sequence[bool]:
        """Of each column whether it holds numbers."""
        return [bool(kind) or at >= len(self.kind.columns) for at, (_head, kind) in enumerate(self._all())]

    def _all(self) -> list[tuple[str, str]]:
        return [*self.kind.columns, *((head, "n") for head in self.grid.columns)]


_N = "n"
STEPS = Kind(
    "stappen", N_("Waar het wacht"),
    N_("Elke taak die in de periode is afgerond. Wachten is van het begin van de taak tot iemand haar oppakte, werken van dan tot"
       " zij klaar was; waar niemand haar eerst oppakte staat alleen de hele duur. De helft duurde korter dan de"
       " mediaan, acht van"
       " de tien korter dan de 80 %. Opnieuw: dezelfde stap was in dezelfde zaak al eens klaar voordat deze begon."
       " Alles in dagen,"
       " op 2,5 % nauwkeurig; de stap die bij elkaar het langst wachtte staat bovenaan."),
    ((N_("Proces"), ""), (N_("Stap"), ""), (N_("Afgerond"), _N), (N_("Wachten, mediaan"), DAYS), (N_("Wachten, 80 %"), DAYS),
     (N_("Werken, mediaan"), DAYS), (N_("Hele duur, mediaan"), DAYS), (N_("Hele duur, 80 %"), DAYS), (N_("Opnieuw"), PER_CENT),
     (N_("Dagen gewacht, samen"), _N)),
    N_("In deze periode is nog geen taak afgerond."), 9, 1,
)  # fmt: skip
PARTS = Kind(
    "processen", N_("Hoe lang processen duren"),
    N_("Elk proces dat in de periode eindigde, van zijn begin tot zijn einde, in dagen. Gestopt is wat werd"
       " afgebroken, en telt niet"
       " mee in de duur. Met herhaling: een stap kwam in hetzelfde proces terug."),
    ((N_("Proces"), ""), (N_("Voltooid"), _N), (N_("Duur, mediaan"), DAYS), (N_("Duur, 80 %"), DAYS), (N_("Gestopt"), _N),
     (N_("Met herhaling"), PER_CENT)),
    N_("In deze periode is nog geen proces geëindigd."), 2,
)  # fmt: skip
TREND = Kind(
    "verloop", N_("Per maand"),
    N_("Wat in de maand is afgerond, en hoe lang dat van begin tot eind duurde, in dagen. Een maand die voorbij is verandert niet"
       " meer."),
    ((N_("Maand"), MONTH), (N_("Afgerond"), _N), (N_("Duur, mediaan"), DAYS), (N_("Duur, 80 %"), DAYS)),
    N_("Hier is in deze periode niets van afgerond."), 2,
)  # fmt: skip
TERMS = Kind(
    "termijnen", N_("Termijnen gehaald en gemist"),
    N_("Elke laatste dag die in de periode lag en die de organisatie zelf moest halen. Gemist: de dag ging voorbij"
       " terwijl de termijn liep."
       " Verschoven: de dag werd voor hij voorbij was een andere. Vervallen: het proces eindigde, of de termijn ging verder"
       " in een volgend proces. Het percentage is van wat gehaald of gemist is."),
    ((N_("Proces"), ""), (N_("Termijn"), ""), (N_("Gehaald"), _N), (N_("Gemist"), _N), (N_("Verschoven"), _N),
     (N_("Vervallen"), _N), (N_("Gehaald"), PER_CENT)),
    N_("In deze periode lag geen laatste dag."), 3, 1,
)  # fmt: skip
CAUSES = Kind(
    "oorzaken", N_("Waar de zaak stond toen een termijn voorbijging"),
    N_("Van elke gemiste termijn de stap die op de laatste dag het kortst geleden was begonnen en nog liep."),
    ((N_("Termijn van"), ""), (N_("Termijn"), ""), (N_("Stond in"), ""), (N_("Stap"), ""), (N_("Gemist"), _N)),
    N_("In deze periode is geen termijn gemist."), 4, 3,
)  # fmt: skip
COHORTS = Kind(
    "cohorten", N_("Hoe het elk kwartaal verging"),
    N_("Alle zaken naar het kwartaal waarin zij begonnen, en hoe zij er nu voor staan. De laatste twaalf kwartalen. Wie geen"
       " namen mag zien, ziet geen kwartalen met minder dan vijf zaken, en wat zelden voorkomt staat samen."),
    ((N_("Begonnen in kwartaal"), ""), (N_("Begonnen"), _N)), N_("Er is nog geen zaak begonnen."),
)  # fmt: skip
WAYS = Kind(
    "volgorde", N_("Welke weg zaken gaan"),
    N_("De volgorde van taken en deelprocessen in elk proces dat in de periode werd voltooid; wat meteen herhaald werd"
       " telt één keer,"
       " en een weg is na twaalf stappen afgekapt."),
    ((N_("Volgorde"), ""), (N_("Aantal"), _N)), N_("In deze periode is dit proces niet voltooid."),
)  # fmt: skip
ENDS = Kind(
    "afloop", N_("Hoe het afliep"), N_("Het laatste einde dat het proces bereikte, van wat in de periode eindigde."),
    ((N_("Einde"), ""), (N_("Aantal"), _N)), N_("In deze periode is dit proces niet geëindigd."), 1,
)  # fmt: skip
MONEY = Kind(
    "geld", N_("Geld"),
    N_("Per jaar en budget, in euro's: wat is toegekend, wat daarvan is vastgelegd en nog niet betaald, wat is"
       " uitgegeven, en wat er"
       " over is."),
    ((N_("Jaar"), ""), (N_("Budget"), ""), (N_("Toegekend"), EUROS), (N_("Verplicht"), EUROS), (N_("Uitgegeven"), EUROS),
     (N_("Over"), EUROS)),
    N_("Er is nog geen geld geboekt."), 5, 1,
)  # fmt: skip
MONEY_OF_CASES = Kind(
    "geld-cohorten", N_("Geld naar het kwartaal waarin zaken begonnen"),
    N_("Dezelfde vier bedragen, in euro's, maar alleen van boekingen die bij de zaak van een persoon horen, naar het kwartaal"
       " waarin die zaak begon. De laatste twaalf kwartalen. Is het geld niet per zaak toegekend, dan staat bij toegekend niets"
       " en is wat er over is onder nul. Wie geen namen mag zien, ziet geen bedrag van minder dan vijf zaken."),
    ((N_("Begonnen in kwartaal"), ""), (N_("Toegekend"), EUROS), (N_("Verplicht"), EUROS), (N_("Uitgegeven"), EUROS),
     (N_("Over"), EUROS)),
    N_("Er is nog geen boeking die bij de zaak van een persoon hoort."),
)  # fmt: skip
PHASES = Kind(
    "fasen", N_("Waar de zaken nu zijn"),
    N_("Zaken die lopen, elk één keer: naar de fase waar zij nu zijn. Wat er daarnaast loopt, telt hier niet."),
    ((N_("Fase"), ""), (N_("Aantal"), _N)), N_("Er lopen nu geen zaken."), 1,
)  # fmt: skip
OPEN = Kind(
    "open", N_("Open taken"), N_("Taken die nu op iemand wachten, naar het proces waar zij in zijn."),
    ((N_("Proces"), ""), (N_("Aantal"), _N)), N_("Er staan geen taken open."), 1,
)  # fmt: skip
LATE = Kind(
    "te-laat", N_("Taken die te laat zijn"), N_("Open taken waarvan de eigen laatste dag voorbij is."),
    ((N_("Proces"), ""), (N_("Aantal"), _N)), N_("Er is niets te laat."), 1,
)  # fmt: skip
VALUES = Kind("waarden", "", N_("Zaken die lopen, naar wat nu in de zaak staat."), (("", ""), (N_("Aantal"), _N)), "", 1)


def said(value: Value, kind: str) -> str | None:
    """Return a cell as it is read; None is one that is not shown."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return month(value)
    if kind == EUROS:
        return f"€ {number(value)}"
    return f"{number(value)} %" if kind == PER_CENT else number(value)


def table(kind: Kind, grid: Grid, *, title: str = "", head: str = "", address: str = "", links: Sequence[str] = ()) -> Table:
    """Return a table as a page shows it; ``title`` and ``head`` (of its first column) in place of its kind's own."""
    kinds = [holds for _head, holds in kind.columns] + [_N] * len(grid.columns)
    rows = [[said(cell, holds) for cell, holds in zip(row, kinds, strict=True)] for row in grid.rows[:SHOWN]]
    heads = [_(one) if one else "" for one, _holds in kind.columns] + list(grid.columns)
    if head:
        heads[0] = head
    return Table(kind, title or _(kind.title), heads, rows, grid, _bars(kind, grid), address, links[:SHOWN])


def _bars(kind: Kind, grid: Grid) -> list[Bar]:
    if kind.drawn is None:
        return []
    holds = kind.columns[kind.drawn][1]
    shown = grid.rows[: BARS + 1]
    lines = list(zip(_labels(kind, shown), (row[kind.drawn] for row in shown), strict=True))
    if kind is not TREND:
        lines = lines[:BARS]
    known = [float(value) for _label, value in lines if isinstance(value, int | Decimal)]
    most = max((abs(value) for value in known), default=0.0)
    if most == 0 or len(lines) < 2:
        return []
    return [
        Bar(label, said(value, holds) or "", round(100 * max(0.0, float(value)) / most) if isinstance(value, int | Decimal)
            else None if value is None else 0)
        for label, value in lines
    ]  # fmt: skip


def _labels(kind: Kind, rows: Sequence[tuple[Value, ...]]) -> list[str]:
    """Return what each row is called; of one name in several processes with its process, which stands before it."""
    holds = kind.columns[kind.named][1]
    times = Counter(row[kind.named] for row in rows)
    return [
        (said(row[kind.named], holds) or "") + (f" ({row[0]})" if kind.named and times[row[kind.named]] > 1 else "")
        for row in rows
    ]


def as_file(found: Table, kind: str) -> bytes:
    """Return a table as CSV or XLSX: all of its rows, and beside each what the numbers mean and when they were counted."""
    hidden, meaning = _("niet getoond"), _(found.kind.definition)
    heads = [*found.heads, _("Wat het betekent"), _("Geteld op")]
    rows: list[list[sheets.Cell]] = [
        [*(hidden if cell is None else cell for cell in row), meaning, found.grid.counted] for row in found.grid.rows
    ]  # fmt: skip
    return sheets.xlsx_of(found.title, heads, rows) if kind == "xlsx" else sheets.csv_of(heads, rows)

