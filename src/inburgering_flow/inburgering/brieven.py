"""Letters: Typst templates in ``processes/brieven/`` become accessible, archivable PDFs in the case's documents.

PDF/A-2a for the archive, PDF/UA-1 for screen readers. Data goes in only through ``sys_inputs``; no package is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst

from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import N_
from inburgering_flow.inburgering.boete import uiterlijk_op_werkdag
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import dutch, feel_wettelijke_termijn, free_day, wettelijke_termijn
from inburgering_flow.model.plugin import Job, JobHandler, Work
from inburgering_flow.values import dump_value

FONTS = Path(__file__).parent / "fonts"  # put there when installing; several scripts: one missing glyph fails a letter
ROUTES: Mapping[str, str] = {"B1": "B1-route", "O": "onderwijsroute", "Z": "zelfredzaamheidsroute (Z-route)"}
EXAMS: Mapping[str, str] = {
    **{part: f"{part} (A2)" for part in ("lezen", "luisteren", "schrijven", "spreken")},
    "KNM": "kennis van de Nederlandse maatschappij (KNM)",
}
_ROUTE_ALIASES = {"B": "B1", "B1": "B1", "B1-route": "B1", "O": "O", "onderwijsroute": "O", "Z": "Z", "Z-route": "Z"}


EXAMPLE_ORGANISATION, EXAMPLE_ACCOUNT = "Gemeente Voorbeeldstad", "NL00"
"""The fictitious municipality, and how the fictitious account of the shipped table begins: no real one has check digits 00."""


RESIDENT = "person"  # whom the case is about


@dataclass(frozen=True)
class Letter:
    """A kind of letter; ``needs`` are the variables without which it must not be sent.

    ``terms`` are the last days that run from the day of sending: the variable that gets the day → the one that holds the
    length. They are computed when the letter is made, so that a letter that an incident delayed names the right day.
    With ``names_breach`` it says which rule was broken, in a sentence and with the one article that applies.
    """

    template: str
    title: str
    needs: tuple[str, ...]
    is_decision: bool = False
    is_call: bool = False
    """It calls somebody for the intake: the day until which they can come is counted from the day that it is sent."""

    terms: Mapping[str, str] = field(default_factory=dict)
    names_breach: bool = False
    has_date_of_sending: bool = True
    to: str = RESIDENT
    """To whom it is sent; empty: it stays in the case."""


LETTERS: tuple[Letter, ...] = (
    Letter("uitnodiging-brede-intake", "Uitnodiging brede intake", ("afspraakDatum", "afspraakPlaats"), is_call=True),
    Letter("tweede-oproep-intake", "Waarschuwing en tweede oproep brede intake",
           ("afspraakDatum", "afspraakPlaats", "oproepLengte"), is_call=True),
    Letter("derde-oproep-intake", "Derde oproep brede intake",
           ("afspraakDatum", "afspraakPlaats", "oproepLengte"), is_call=True),
    Letter("verslag-brede-intake", "Verslag brede intake",
           ("persoonlijkeOmstandigheden", "taalniveau", "werkmogelijkheden", "zelfredzaamheid")),
    Letter("participatieverklaring", "Participatieverklaring getekend", ("pvtGevolgdeUren", "ondertekendOp")),
    Letter("map-eindverslag", "Eindverslag MAP", ("mapUren", "eindgesprekOp")),
    Letter("z-eindverslag", "Eindverslag Z-route", ("gevolgdeUren", "eindgesprekOp")),
    Letter("machtiging-ontzorgen", "Machtiging ontzorgen", ("vanafDatum", "totDatum", "huur", "energie", "zorg")),
    Letter("waarschuwing", "Waarschuwing", ("overtreding",), terms={"hersteltermijnEinde": "hersteltermijn"},
           names_breach=True),
    Letter("rapport", "Rapport", ("overtreding", "overtredingKenmerk", "overtredingDatum", "rapportDatum", "rapportFeiten"),
           names_breach=True, has_date_of_sending=False, to=""),
    Letter("voornemen", "Voornemen en uitnodiging zienswijze",
           ("overtreding", "overtredingKenmerk", "overtredingDatum", "rapportDatum", "rapportFeiten", "telefoon"),
           terms={"zienswijzeEinde": "zienswijzetermijn"}, names_breach=True),
    Letter("pip-beschikking", "PIP-beschikking", ("leerroute",), is_decision=True),
    Letter("pip-bijlage-participatiewet", "PIP-bijlage Participatiewet", ("vanafDatum", "plichten", "bijlageAfspraken"),
           is_decision=True, terms={"bezwaarUiterlijk": "bezwaartermijn"}),
    Letter("pip-bijlage-intrekking", "PIP-bijlage Participatiewet ingetrokken", ("vorigeDagtekening", "intrekkingMotivering"),
           is_decision=True, terms={"bezwaarUiterlijk": "bezwaartermijn"}),
    Letter("afwijzing-wijziging", "Besluit: PIP verandert niet", ("gevraagd", "artikel", "besluitMotivering"), is_decision=True),
    Letter("boetebeschikking", "Boetebeschikking",
           ("overtreding", "overtredingKenmerk", "overtredingDatum", "boeteBedrag", "besluitMotivering", "rekening",
            "rekeninghouder", "bezwaarDigitaal", "telefoon"),
           is_decision=True, terms={"betaalUiterlijk": "betaaltermijn", "bezwaarUiterlijk": "bezwaartermijn"},
           names_breach=True),
    Letter("mededeling-geen-boete", "Mededeling: geen boete", ("overtreding", "besluitMotivering"), names_breach=True),
    Letter("begeleiding-ondertussengroep", "Uw begeleiding begint", ("begeleidingPlan", "begeleidingStart")),
    Letter("bio-advies", "Advies over bijzondere omstandigheden", ("bioAdvies", "bioMotivering")),
    Letter("verklaring-aanbod", "Verklaring: geen aanbod op tijd", ("pipDagtekening", "verklaringTekst")),
    Letter("ontvangstbevestiging-bezwaar", "Ontvangst bezwaar bevestigd",
           ("besluitKenmerk", "bezwaarOntvangenOp", "beslisUiterlijk", "telefoon")),
    Letter("herstel-verzuim", "Bezwaar nog niet compleet", ("besluitKenmerk", "ontbreekt", "telefoon"),
           terms={"herstelEinde": "hersteltermijn"}),
    Letter("uitnodiging-hoorzitting", "Uitnodiging hoorzitting",
           ("besluitKenmerk", "hoorDatum", "hoorTijd", "hoorPlaats", "stukkenUiterlijk", "inzageDatum", "inzagePlaats",
            "telefoon")),
    Letter("verdaging", "Verdaging bezwaar", ("besluitKenmerk", "nieuwBeslisUiterlijk", "verdagingReden", "telefoon")),
    Letter("beslissing-op-bezwaar", "Beslissing op bezwaar",
           ("besluitKenmerk", "besluitSoort", "bezwaarUitkomst", "bezwaarMotivering", "telefoon"),
           is_decision=True, terms={"beroepUiterlijk": "beroepstermijn"}),
    Letter("aanmaning", "Aanmaning",
           ("kenmerk", "openBedrag", "totaalBedrag", "rekening", "rekeninghouder", "telefoon"),
           terms={"aanmaningEinde": "aanmaningtermijn"}),
    Letter("dwangbevel", "Dwangbevel",
           ("kenmerk", "aangemaandOp", "hoofdsomBedrag", "aanmaningBedrag", "dwangbevelBedrag", "telefoon"),
           to=N_("de deurwaarder")),
    Letter("betalingsregeling", "Besluit over betalen", ("kenmerk", "betaalBesluit", "betaalMotivering", "telefoon"),
           is_decision=True, terms={"bezwaarUiterlijk": "bezwaartermijn"}),
    Letter("terugbetaling", "Terugbetaling",
           ("kenmerk", "teVeelBedrag", "renteBedrag", "terugBedrag", "terugbetaalDatum", "telefoon")),
    Letter("begeleiding-start", "Begin van de begeleiding", ("begeleiderOrganisatie",)),
    Letter("ontzorgen-besluit", "Besluit: ontzorgen", ("vanafDatum", "totDatum", "huur", "energie", "zorg"), is_decision=True,
           terms={"bezwaarUiterlijk": "bezwaartermijn"}),
    Letter("dossier-gesloten", "Dossier gesloten", ("afsluitReden", "eindeDatum", "telefoon")),
    Letter("einde-ondertussengroep", "Einde van de begeleiding", ("afsluitReden", "eindeDatum", "telefoon")),
    Letter("overdracht", "Gegevens voor de nieuwe gemeente", ("verzoekGemeente", "verzoekOntvangenOp", "overdrachtVoortgang"),
           to=N_("de nieuwe gemeente")),
    Letter("ontzorgen-einde", "Einde van het ontzorgen", ("totDatum", "grond")),
)  # fmt: skip

INTAKE = (
    "u kwam niet naar de brede intake (het gesprek over uw inburgering), of u werkte daar niet genoeg aan mee",
    "Wet inburgering 2021, artikel 22, eerste lid",
)
ARTICLE_23 = "Wet inburgering 2021, artikel 23, eerste lid"
DUTIES: Mapping[str, tuple[str, str]] = {
    "begeleiding": ("u deed niet genoeg mee aan de gesprekken en de begeleiding uit uw plan (PIP)", ARTICLE_23),
    "pvt": ("u volgde niet genoeg uren van het participatieverklaringstraject (PVT) uit uw plan (PIP)", ARTICLE_23),
    "map": ("u volgde niet genoeg uren van de module arbeidsmarkt en participatie (MAP) uit uw plan (PIP)", ARTICLE_23),
    "leerroute": ("u volgde niet genoeg uren van de lessen uit uw plan (PIP)", ARTICLE_23),
}
"""Kind of duty of article 23 → what somebody did not do, after "u krijgt deze brief, want", and the article."""


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


def _content(letter: Letter, variables: Mapping[str, Any], organisation: str) -> dict[str, Any]:
    missing = [n for n in letter.needs if variables.get(n) in (None, "")]
    if missing:
        raise InvalidInput(
            f"The letter '{letter.title}' lacks {', '.join(missing)}.",
            remedy="Map these variables into the send task, then retry the incident.",
        )
    _real_account(letter, variables, organisation)
    shown: dict[str, Any] = {}
    for name, value in variables.items():
        if value is None:
            continue
        if name.endswith("Bedrag"):
            shown[name] = amount(value)
        elif name.endswith(("Einde", "Uiterlijk", "Datum", "uiterlijk", "Op", "Dagtekening", "Start")):
            shown[name] = _day(value)
        elif isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            shown[name] = str(value)
    if letter.template == "pip-beschikking":
        shown |= _pip(variables)
    if letter.template == "pip-bijlage-participatiewet":
        shown["plichten"] = [str(duty) for duty in variables["plichten"]]
    if letter.template == "verslag-brede-intake":
        shown |= _report(variables)
    if letter.template == "overdracht":
        shown |= _handover(variables)
    if letter.names_breach:
        shown |= _breach(variables)
    return shown


def _report(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the person has seen the report; what he told of his health is in no letter (N-DAT-02)."""
    if variables.get("verslagGezien") is True:
        return {"gezien": "Ja, u hebt dit verslag gezien."}
    return {"gezien": "Nee, u wilde of kon dit verslag niet bekijken."}


def _handover(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the new municipality is told of the PIP's route and of each fine; what else a fine holds stays here.

    Source: Wet inburgering 2021, article 35, paragraph 4 (N-DAT-04): PIP, progress and imposed fines.
    """
    fines = [
        f"€ {amount(fine['bedrag'])}, artikel {fine['artikel']}, overtreding van {_day(fine['overtredingDatum'])}, "
        f"geconstateerd op {_day(fine['geconstateerdOp'])}, verstuurd op {_day(fine['verzondenOp'])}, {_final(fine)}"
        for fine in variables.get("boetes") or ()
    ]
    route = {"leerroute": ROUTES[_ROUTE_ALIASES[str(variables["leerroute"])]]} if variables.get("leerroute") else {}
    pip = {"pipDagtekening": _day(variables["pipDagtekening"])} if variables.get("pipDagtekening") else {}
    return {"boetes": fines, **route, **pip}


def _final(fine: Mapping[str, Any]) -> str:
    since = fine.get("onherroepelijkVanaf")
    return f"onherroepelijk vanaf {_day(since)}" if since else "nog niet onherroepelijk"


def _breach(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return which rule was broken as a sentence, the article, and place and time as far as they are known."""
    kind = variables["overtreding"]
    found = INTAKE if kind == "brede intake" else DUTIES.get(str(variables.get("plicht")))
    if found is None:
        raise InvalidInput(
            f"A letter about a fine cannot name the rule that was broken: '{kind}' with the kind of duty "
            f"'{variables.get('plicht')}'.",
            remedy=f"Give 'overtreding' the value brede intake, or 'plicht' one of {', '.join(DUTIES)}.",
        )
    when = [f"op {_day(variables['overtredingDatum'])}"] if variables.get("overtredingDatum") else []
    when += [f"om {variables['overtredingTijd']}"] if variables.get("overtredingTijd") else []
    when += [f"plaats: {variables['overtredingPlaats']}"] if variables.get("overtredingPlaats") else []
    return {"zin": found[0], "artikel": found[1], "plaatsTijd": ", ".join(when)}


def _real_account(letter: Letter, variables: Mapping[str, Any], organisation: str) -> None:
    """Refuse a letter with the account of the example in the name of a real municipality."""
    account = str(variables.get("rekening") or "")
    if account.startswith(EXAMPLE_ACCOUNT) and organisation != EXAMPLE_ORGANISATION:
        raise InvalidInput(
            f"The letter '{letter.title}' would name the account of the example: {account}.",
            remedy="Fill in the table 'Gegevens van de gemeente' (d22-gemeente.dmn), deploy it, then retry the incident.",
        )


def last_days(letter: Letter, variables: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return the last days of the terms that begin with the sending of a letter today, as ISO texts.

    A length that is not given is refused, unless the day itself was given. The new term of a fine for the brede intake was
    chosen when it was decided: sent later it ends as many days later, never after the maximum (Wet inburgering 2021,
    article 22, paragraph 2) and never on a day that is not a working day.
    """
    found: dict[str, Any] = {}
    for name, length in letter.terms.items():
        if variables.get(length):
            found[name] = feel_wettelijke_termijn(today, str(variables[length])).isoformat()
        elif variables.get(name) in (None, ""):
            raise InvalidInput(
                f"The letter '{letter.title}' lacks {length}, the length of the term that begins with it.",
                remedy="Map this variable into the send task, then retry the incident.",
            )
    chosen, decided = variables.get("nieuweTermijnEinde"), variables.get("besluitDatum")
    if chosen and decided and variables.get("nieuweTermijn"):
        most = uiterlijk_op_werkdag(today, str(variables["nieuweTermijn"]))
        last = _date(chosen) + (today - _date(decided))
        while free_day(last):
            last += timedelta(days=1)
        found["nieuweTermijnEinde"] = min(last, most).isoformat()
    return found


def _date(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def _pip(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a PIP says about the route and what goes with it (N-PIP-08, N-PIP-10, N-PIP-11)."""
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
    rights, counted, exams = (variables.get(name) for name in ("rechten", "verrekendeUren", "zExamens"))
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
        **({"rechten": [str(right) for right in rights]} if rights else {}),
        **({"verrekendeUren": [str(hours) for hours in counted]} if counted else {}),
        **({"examens": ", ".join(EXAMS.get(str(exam), str(exam)) for exam in exams)} if exams else {}),
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
        uncertain = "te controleren" in (job.headers.get("zekerheid"), job.variables.get("zekerheid"))
        is_preview = job.headers.get("voorbeeld") == "true"
        if uncertain and not is_preview and not job.variables.get("vrijgegevenDoor"):
            raise InvalidInput(
                f"The letter '{letter.title}' holds something that is te controleren, and no jurist has released it.",
                remedy="Let a jurist release the text, map who did so to 'vrijgegevenDoor', then retry the incident.",
            )
        computed = last_days(letter, job.variables, today)
        if letter.is_call:
            computed |= _called(job.variables, today)
        day = today if letter.has_date_of_sending else _date(job.variables["rapportDatum"])
        data = {
            "gemeente": work.organisation,
            "naam": person.name,
            **{name: person.get(name) for name in ("straat", "postcode", "woonplaats")},
            "datum": dutch(day),
            "jaar": day.year,
            "maand": day.month,
            "dag": day.day,
            "dossiernummer": str(job.variables.get("dossiernummer") or ""),
            "ondertekenaar": str(job.variables.get("ondertekenaar") or "de afdeling Inburgering"),
            "voorbeeld": is_preview,
            "v": _content(letter, {**job.variables, **computed}, work.organisation),
        }
        pdf = render(letter, data, day)
        work.add_document(
            name=f"{letter.template}-{day.isoformat()}.pdf", title=letter.title,
            kind="beschikking" if letter.is_decision else "brief", content=pdf,
        )  # fmt: skip
        return {**computed, **({"briefVerzondenOp": today.isoformat()} if letter.has_date_of_sending else {})}

    return make


def handlers() -> dict[str, Callable[[Job, Work], Mapping[str, Any] | None]]:
    """Return the job types ``brief.<template>``."""
    return {f"brief.{letter.template}": handler(letter) for letter in LETTERS}
