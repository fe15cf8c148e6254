"""Letters: Typst templates in ``processes/brieven/`` become accessible, archivable PDFs in the case's documents.

PDF/A-2a for the archive, PDF/UA-1 for screen readers. Data goes in only through ``sys_inputs``; no package is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst

from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import dutch, wettelijke_termijn
from inburgering_flow.model.plugin import Job, JobHandler, Work
from inburgering_flow.values import dump_value

FONTS = Path(__file__).parent / "fonts"  # put there when installing; several scripts: one missing glyph fails a letter
ROUTES: Mapping[str, str] = {"B1": "B1-route", "O": "onderwijsroute", "Z": "zelfredzaamheidsroute (Z-route)"}
_ROUTE_ALIASES = {"B": "B1", "B1": "B1", "B1-route": "B1", "O": "O", "onderwijsroute": "O", "Z": "Z", "Z-route": "Z"}


@dataclass(frozen=True)
class Letter:
    """A kind of letter; ``needs`` are the variables without which it must not be sent."""

    template: str
    title: str
    needs: tuple[str, ...]
    is_decision: bool = False
    is_call: bool = False
    """It calls somebody for the intake: the day until which they can come is counted from the day that it is sent."""


LETTERS: tuple[Letter, ...] = (
    Letter("uitnodiging-brede-intake", "Uitnodiging brede intake", ("afspraakDatum", "afspraakPlaats"), is_call=True),
    Letter("tweede-oproep-intake", "Waarschuwing en tweede oproep brede intake",
           ("afspraakDatum", "afspraakPlaats", "oproepLengte"), is_call=True),
    Letter("derde-oproep-intake", "Derde oproep brede intake",
           ("afspraakDatum", "afspraakPlaats", "oproepLengte"), is_call=True),
    Letter("waarschuwing", "Waarschuwing", ("overtreding", "hersteltermijnEinde")),
    Letter("voornemen", "Voornemen en uitnodiging zienswijze", ("overtreding", "zienswijzeEinde")),
    Letter("pip-beschikking", "PIP-beschikking", ("leerroute",), is_decision=True),
    Letter("afwijzing-wijziging", "Besluit: PIP verandert niet", ("gevraagd", "artikel", "besluitMotivering"), is_decision=True),
    Letter("boetebeschikking", "Boetebeschikking",
           ("overtreding", "boeteBedrag", "besluitMotivering", "betaalUiterlijk"), is_decision=True),
    Letter("mededeling-geen-boete", "Mededeling: geen boete", ("overtreding", "besluitMotivering")),
)  # fmt: skip


def amount(value: Any) -> str:
    """Return an amount in euros as it is written in Dutch: ``1.250,00``."""
    text = f"{Decimal(str(value)):,.2f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def _day(value: Any) -> str:
    text = str(value)
    try:
        return dutch(date.fromisoformat(text[:10]))
    except ValueError:
        return text


def _content(letter: Letter, variables: Mapping[str, Any]) -> dict[str, Any]:
    missing = [n for n in letter.needs if variables.get(n) in (None, "")]
    if missing:
        raise InvalidInput(
            f"The letter '{letter.title}' lacks {', '.join(missing)}.",
            remedy="Map these variables into the send task, then retry the incident.",
        )
    shown: dict[str, Any] = {}
    for name, value in variables.items():
        if value is None:
            continue
        if name == "boeteBedrag":
            shown[name] = amount(value)
        elif name.endswith(("Einde", "Uiterlijk", "Datum", "uiterlijk")):
            shown[name] = _day(value)
        elif isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            shown[name] = str(value)
    if letter.template == "pip-beschikking":
        shown |= _pip(variables)
    return shown


def _pip(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a PIP says about the route and what goes with it (N-PIP-08, N-PIP-11)."""
    chosen = _ROUTE_ALIASES.get(str(variables["leerroute"]))
    if chosen is None:
        raise InvalidInput(f"'{variables['leerroute']}' is not a leerroute.", remedy="Use B1, O or Z.")
    if chosen != "Z" and not variables.get("niveau"):
        raise InvalidInput("The PIP names no level.", remedy="Map 'niveau' into the send task, then retry the incident.")
    reasons = []
    for code, name in ROUTES.items():
        if code == chosen:
            continue
        reason = variables.get(f"motivatieNiet{code}") or variables.get(f"motivatieNiet{code[0]}")
        if not reason:
            raise InvalidInput(
                f"The PIP says nothing about why the {name} was not chosen.",
                remedy="Record why both other routes were rejected (ABRvS 24-12-2024, ECLI:NL:RVS:2024:5413).",
            )
        reasons.append({"route": name, "motivatie": str(reason)})
    module = (
        "Voor de onderwijsroute hoeft u de module arbeidsmarkt en participatie (MAP) niet te doen."
        if chosen == "O"
        else "U volgt de module arbeidsmarkt en participatie (MAP): ten minste 40 uur praktijk en een eindgesprek."
    )
    return {
        "leerroute": ROUTES[chosen],
        "redenen": reasons,
        "pvt": f"ten minste {variables.get('pvtUren') or 12} uur, daarna tekent u de participatieverklaring",
        "map": module,
        "gesprekken": _times(variables.get("aantalGesprekken")),
    }


def _times(number: Any) -> str:
    """Return how often there is a talk; the law asks for a number (N-PIP-08)."""
    if number is None:
        return "het aantal gesprekken staat in uw eerste PIP"
    count = int(Decimal(str(number)))
    return "één gesprek in de hele termijn" if count == 1 else f"{count} gesprekken in de hele termijn"


def call_end(appointment: date, length: str | None, sent: date) -> date:
    """Return the last day on which somebody who is called can come: the appointment, and never before the term has run.

    ``length`` (``P14D``) counts from the day after ``sent``; without one only the appointment counts. A day in the weekend
    or on a holiday becomes the next working day. Raises InvalidInput if the appointment is over when the letter goes out.

    Source: Wet inburgering 2021, article 14, paragraph 1 (no length in the law); N-INT-01, N-INT-02, N-ATW-07.
    """
    if appointment < sent:
        raise InvalidInput(
            f"The appointment of {appointment.isoformat()} is over on {sent.isoformat()}, when the letter would be sent.",
            remedy="Correct afspraakDatum to a day that is still to come, then retry the incident.",
        )
    last = wettelijke_termijn(appointment - timedelta(days=1), "P1D").laatste_dag
    return max(last, wettelijke_termijn(sent, length).laatste_dag) if length else last


def _called(variables: Mapping[str, Any], today: date) -> dict[str, Any]:
    appointment, length = str(variables.get("afspraakDatum") or ""), variables.get("oproepLengte")
    try:
        day = date.fromisoformat(appointment[:10])
    except ValueError:
        return {}  # that it is missing or no day is said by what checks the content
    return {"oproepEinde": call_end(day, str(length) if length else None, today).isoformat()}


def render(letter: Letter, data: Mapping[str, Any], day: date, folder: Path | None = None) -> bytes:
    """Return the PDF of a letter; raises FlowError naming the cause, for example a character that no font has."""
    home = folder or resource_folder("processes") / "brieven"
    try:
        pdf = typst.compile(
            str(home / f"{letter.template}.typ"), root=str(home), ignore_system_fonts=True, font_paths=[str(FONTS)], format="pdf",
            sys_inputs={"data": dump_value(dict(data))}, pdf_standards=["a-2a", "ua-1"],
            timestamp=int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()),
        )  # fmt: skip
    except typst.TypstError as error:
        raise FlowError(
            f"The letter '{letter.title}' could not be made: {error}.",
            remedy="Correct the template or the data that the error names, then retry the incident.", code="LETTER_FAILED",
        ) from None  # fmt: skip
    return bytes(pdf)


def handler(letter: Letter) -> JobHandler:
    """Return the job handler that makes one kind of letter; making it twice gives the same PDF, stored once."""

    def make(job: Job, work: Work) -> Mapping[str, Any]:
        person, today = work.person(), work.today
        counted = _called(job.variables, today) if letter.is_call else {}
        uncertain = job.headers.get("zekerheid") == "te controleren" or "te controleren" in (
            job.variables.get("boeteZekerheid"), job.variables.get("zekerheid"),
        )  # fmt: skip
        data = {
            "gemeente": work.organisation,
            "naam": person.name,
            **{name: person.get(name) for name in ("straat", "postcode", "woonplaats")},
            "datum": dutch(today),
            "jaar": today.year,
            "maand": today.month,
            "dag": today.day,
            "dossiernummer": str(job.variables.get("dossiernummer") or ""),
            "ondertekenaar": str(job.variables.get("ondertekenaar") or "de afdeling Inburgering"),
            "zekerheid": "te controleren" if uncertain else "vast",
            "controle": job.headers.get("controle", "het bedrag en de herhaalregel."),
            "v": _content(letter, {**job.variables, **counted}),
        }
        pdf = render(letter, data, today)
        work.add_document(
            name=f"{letter.template}-{today.isoformat()}.pdf", title=letter.title,
            kind="beschikking" if letter.is_decision else "brief", content=pdf,
            certainty="te controleren" if uncertain else "vast",
        )  # fmt: skip
        return {"briefVerzondenOp": today.isoformat(), **counted}

    return make


def handlers() -> dict[str, Callable[[Job, Work], Mapping[str, Any] | None]]:
    """Return the job types ``brief.<template>``."""
    return {f"brief.{letter.template}": handler(letter) for letter in LETTERS}
