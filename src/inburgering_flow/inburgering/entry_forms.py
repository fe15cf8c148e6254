"""A case that began in another system: in which phase it stands, and what the law needs to know of what went before.

Dates are those of the former system's facts. A term that began there keeps its own last day; what had passed is seen by a
person first (D23). Decisions 232 to 237.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from inburgering_flow.i18n import N_, _
from inburgering_flow.model.entries import EntryColumn, EntryForm, TakenOver

BEGIN, INTAKE, PIP, ROUTE, AFTER = "begin", "intake", "pip", "leerroute", "na-leerroute"
EVERY = frozenset((BEGIN, INTAKE, PIP, ROUTE, AFTER))
BEFORE_PIP, FROM_PIP, ON_ROUTE = frozenset((BEGIN, INTAKE)), frozenset((ROUTE, AFTER)), frozenset((ROUTE,))
CALLED, READY = frozenset((INTAKE,)), frozenset((PIP,))
MAP_HOURS, PVT_HOURS = 40, 12  # Besluit inburgering 2021, art. 3.1 and 3.2: N-ROU-02, N-ROU-03

PHASE = EntryColumn(
    "instroomFase", N_("Fase"), "choice", N_("Waar de zaak nu staat."), "leerroute", EVERY, EVERY,
    ((BEGIN, N_("Begin: er is een kennisgeving, de intake is nog niet begonnen")),
     (INTAKE, N_("Intake: de brede intake loopt")),
     (PIP, N_("PIP: de intake is klaar, het PIP is nog niet vastgesteld")),
     (ROUTE, N_("Leerroute: het PIP is vastgesteld en de leerroute loopt")),
     (AFTER, N_("Na de leerroute: alle onderdelen zijn klaar, DUO moet nog beslissen"))),
)  # fmt: skip

FINE = (
    EntryColumn("artikel", N_("artikel"), "choice", needed=EVERY, options=(("22", "22"), ("23", "23"))),
    EntryColumn("overtredingDatum", N_("dag van de overtreding"), "date", needed=EVERY),
    EntryColumn("geconstateerdOp", N_("geconstateerd op"), "date", needed=EVERY),
    EntryColumn("verzondenOp", N_("brief verstuurd op"), "date", needed=EVERY),
    EntryColumn("onherroepelijkVanaf", N_("onherroepelijk vanaf (leeg: bezwaar of beroep loopt nog)"), "date"),
    EntryColumn("bedrag", N_("bedrag"), "number", needed=EVERY),
    EntryColumn("kenmerk", N_("kenmerk"), needed=EVERY),
    EntryColumn("vernietigd", N_("vernietigd of ingetrokken"), "yes", needed=EVERY),
)

COLUMNS = (
    EntryColumn("overgenomenUit", N_("Uit welk systeem"), "text", N_("De naam van het systeem waar de zaak vandaan komt."),
                "Oud systeem", EVERY, EVERY),
    EntryColumn("dossiernummer", N_("Dossiernummer"), "text",
                N_("Het nummer van de zaak. Elk nummer kan maar één keer voorkomen."), "D-2026-17", EVERY, EVERY),
    EntryColumn("doelgroep", N_("Doelgroep"), "choice", N_("asielstatushouder of gezinsmigrant (ook voor overige migranten)."),
                "asielstatushouder", EVERY, EVERY,
                (("asielstatushouder", N_("Asielstatushouder")), ("gezinsmigrant", N_("Gezinsmigrant of overige migrant")))),
    EntryColumn("kennisgeving", N_("Datum kennisgeving van DUO"), "date",
                N_("De dag waarop DUO de persoon over de plicht schreef. De termijn voor het PIP telt vanaf deze dag."),
                "15-07-2024", EVERY, EVERY),
    EntryColumn("brpDatum", N_("Datum inschrijving in de BRP"), "date",
                N_("Inschrijving in de gemeente waar de persoon woont."), "01-07-2024", EVERY),
    EntryColumn("inCoa", N_("Woont nog in de opvang van het COA"), "yes", N_("ja of nee."), "nee", BEFORE_PIP | READY),
    EntryColumn("locatie", N_("Locatie van het COA"), "place", N_("Alleen als de persoon daar woont."), "", BEFORE_PIP | READY,
                needed_with="inCoa"),
    EntryColumn("klantmanager", N_("Klantmanager"), "owner", N_("De gebruikersnaam van wie de zaak leidt. Leeg: wie inleest."),
                "karin", EVERY),
    EntryColumn("instroomOproep", N_("Oproep die nu loopt"), "choice",
                N_("1, 2 of 3. Bij 2: de waarschuwing stond in de brief. Leeg: er loopt geen oproep."), "2", CALLED,
                options=(("1", N_("Eerste oproep")), ("2", N_("Tweede oproep, met waarschuwing")), ("3", N_("Derde oproep")))),
    EntryColumn("instroomOproepVerzonden", N_("Oproep verstuurd op"), "date", N_("De dag waarop de brief is verstuurd."),
                "23-02-2026", CALLED, needed_with="instroomOproep"),
    EntryColumn("instroomOproepEinde", N_("Laatste dag van de oproep"), "date",
                N_("Zoals in de brief staat. Deze dag blijft gelden."), "09-03-2026", CALLED, needed_with="instroomOproep"),
    EntryColumn("instroomAfspraakDatum", N_("Datum van de afspraak"), "date", N_("De afspraak voor de intake in die brief."),
                "05-03-2026", CALLED),
    EntryColumn("instroomAfspraakPlaats", N_("Plaats van de afspraak"), "text", N_("De plaats in die brief."),
                "Stadhuis, kamer 3", CALLED),
    EntryColumn("intakeOp", N_("Datum van de brede intake"), "date", N_("De dag van het gesprek."), "02-09-2024",
                READY | FROM_PIP),
    EntryColumn("lbtUitslag", N_("Uitslag van de leerbaarheidstoets"), "choice", N_("Zoals DUO hem gaf."), "B1-route haalbaar",
                READY, options=(("B1-route haalbaar", N_("B1-route haalbaar")),
                                ("B1-route niet haalbaar", N_("B1-route niet haalbaar")))),
    EntryColumn("leeftijd", N_("Leeftijd bij de intake"), "number", N_("In jaren."), "31", READY),
    EntryColumn("onderwijswens", N_("Wil een opleiding volgen"), "yes", N_("ja of nee."), "nee", READY),
    EntryColumn("vestigingDatum", N_("Ingeschreven na een verhuizing op"), "date",
                N_("Alleen als een andere gemeente al een PIP had vastgesteld. De tien weken tellen dan vanaf deze dag."), "",
                READY),
    EntryColumn("pipDagtekening", N_("Datum van het eerste PIP"), "date",
                N_("De dagtekening van het eerste PIP, ook van een andere gemeente. De drie jaar beginnen de dag erna."),
                "16-09-2024", FROM_PIP, FROM_PIP),
    EntryColumn("pipGewijzigdOp", N_("Datum van de laatste wijziging van het PIP"), "date",
                N_("Leeg als het PIP niet is gewijzigd."), "", FROM_PIP),
    EntryColumn("termijnEinde", N_("Einddatum van DUO"), "date",
                N_("Zoals DUO hem meldt, met verlenging: de eerste dag na de termijn. De datum van DUO telt."), "17-09-2027",
                FROM_PIP, FROM_PIP),
    EntryColumn("leerroute", N_("Leerroute"), "choice", N_("B1, O of Z."), "B1", FROM_PIP, FROM_PIP,
                (("B1", N_("B1-route")), ("O", N_("Onderwijsroute")), ("Z", N_("Zelfredzaamheidsroute")))),
    EntryColumn("niveau", N_("Taalniveau"), "choice", N_("A2, B1 of B2. Leeg bij de Z-route."), "B1", FROM_PIP,
                options=(("A2", "A2"), ("B1", "B1"), ("B2", "B2"))),
    EntryColumn("motivatieNietB1", N_("Waarom niet de B1-route"), "long",
                N_("Zoals in het PIP. Leeg: een verwijzing naar het PIP."), "", ON_ROUTE),
    EntryColumn("motivatieNietO", N_("Waarom niet de onderwijsroute"), "long",
                N_("Zoals in het PIP. Leeg: een verwijzing naar het PIP."), "", ON_ROUTE),
    EntryColumn("motivatieNietZ", N_("Waarom niet de Z-route"), "long",
                N_("Zoals in het PIP. Leeg: een verwijzing naar het PIP."), "", ON_ROUTE),
    EntryColumn("instelling", N_("Taalschool"), "text",
                N_("Alleen als het aanbod er is en (bij een asielstatushouder) bij DUO is gemeld. "
                   "Leeg: de taak Aanbod regelen komt."),
                "Voorbeeldschool", ON_ROUTE),
    EntryColumn("lesStart", N_("Begin van de lessen"), "date", N_("De eerste lesdag."), "01-10-2024", ON_ROUTE,
                needed_with="instelling"),
    EntryColumn("datumOndertekening", N_("Participatieverklaring getekend op"), "date",
                N_("Leeg als het PVT niet klaar is: het begint dan hier."), "03-03-2025", ON_ROUTE),
    EntryColumn("pvtUren", N_("Uren PVT"), "number", N_("Minstens 12 als het PVT klaar is."), "12", ON_ROUTE,
                needed_with="datumOndertekening"),
    EntryColumn("datumEindgesprek", N_("Eindgesprek MAP op"), "date", N_("Leeg als de MAP niet klaar is: hij begint dan hier."),
                "", ON_ROUTE),
    EntryColumn("mapUren", N_("Uren praktijk MAP"), "number", N_("Minstens 40 als de MAP klaar is."), "", ON_ROUTE,
                needed_with="datumEindgesprek"),
    EntryColumn("gevolgdeUren", N_("Gevolgde lesuren"), "number", N_("Tot nu toe."), "480", ON_ROUTE),
    EntryColumn("participatieUren", N_("Uren meedoen (Z-route)"), "number", N_("Tot nu toe, met PVT en MAP."), "", ON_ROUTE),
    EntryColumn("eerdereBoetes", N_("Eerdere boetes van de gemeente"), "records",
                N_("Elke boete op een regel (in een bestand met | ertussen): artikel / dag van de overtreding / geconstateerd op "
                   "/ brief verstuurd op / onherroepelijk vanaf / bedrag / kenmerk / vernietigd (ja of nee)."),
                "23 / 01-12-2025 / 08-12-2025 / 19-01-2026 / 03-03-2026 / 25,00 / B-2026-17 / nee", EVERY - {BEGIN}, parts=FINE),
    EntryColumn("openHandhaving", N_("Handhaving die nog loopt"), "long",
                N_("Een bezwaar, een betaling, een procedure: wat, tegen welk besluit, welke termijnen. "
                   "De jurist krijgt een taak."),
                "", EVERY - {BEGIN}),
)  # fmt: skip

ORDER = ("kennisgeving", "intakeOp", "pipDagtekening", "pipGewijzigdOp")
"""What cannot have happened before what stands before it."""
ROUTES = ("B1", "O", "Z")


def check(values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """Return what cannot be true of the answers together: the column and the sentence."""
    labels = {column.name: _(column.label) for column in COLUMNS}
    known = [(name, str(values[name])) for name in ORDER if values.get(name)]
    for (first, earlier), (then, later) in pairwise(known):
        if later < earlier:
            yield then, _("“{later}” ligt vóór “{earlier}”.").format(later=labels[then], earlier=labels[first])
    yield from (
        (name, _("“{label}” ligt in de toekomst.").format(label=labels[name])) for name, day in known if day > today.isoformat()
    )
    yield from _of_call(values, labels)
    yield from _of_route(values)
    for number, fine in enumerate(values.get("eerdereBoetes") or [], 1):
        for said in _of_fine(fine, today):
            yield "eerdereBoetes", _("Boete {number}: {said}").format(number=number, said=said)


def _of_call(values: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if values.get("instroomOproep") is None:
        for name in ("instroomOproepVerzonden", "instroomOproepEinde", "instroomAfspraakDatum", "instroomAfspraakPlaats"):
            if values.get(name):
                yield name, _("Vul in welke oproep loopt, of laat “{label}” leeg.").format(label=labels[name])
        return
    sent, end, told = (str(values[name]) for name in ("instroomOproepVerzonden", "instroomOproepEinde", "kennisgeving"))
    if sent < told:
        yield "instroomOproepVerzonden", _("De oproep is verstuurd vóór de kennisgeving.")
    if end <= sent:
        yield "instroomOproepEinde", _("De laatste dag van de oproep ligt niet na de dag waarop hij is verstuurd.")
    if values.get("instroomAfspraakDatum") and values["instroomAfspraakDatum"] < sent:
        yield "instroomAfspraakDatum", _("De afspraak ligt vóór de dag waarop de oproep is verstuurd.")


def _of_route(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    pip, end = values.get("pipDagtekening"), values.get("termijnEinde")
    if pip and end and end <= pip:
        yield "termijnEinde", _("De einddatum van DUO ligt niet na het eerste PIP.")
    if values.get("leerroute") in ("B1", "O") and values.get("niveau") is None:
        yield "niveau", _("Vul het taalniveau in: A2, B1 of B2.")
    if values.get("leerroute") == "Z" and values.get("niveau") is not None:
        yield "niveau", _("De Z-route heeft geen taalniveau. Laat dit leeg.")
    if values.get("datumOndertekening") and (values.get("pvtUren") or 0) < PVT_HOURS:
        yield "pvtUren", _("Het PVT is klaar vanaf 12 uur. Laat de datum van ondertekening anders leeg.")
    if values.get("datumEindgesprek") and (values.get("mapUren") or 0) < MAP_HOURS:
        yield "mapUren", _("De MAP is klaar vanaf 40 uur praktijk. Laat de datum van het eindgesprek anders leeg.")
    if values.get("vestigingDatum") and values["vestigingDatum"] < values["kennisgeving"]:
        yield "vestigingDatum", _("De verhuizing ligt vóór de kennisgeving: er kan toen geen PIP zijn geweest.")


def _of_fine(fine: Mapping[str, Any], today: date) -> Iterator[str]:
    known = [fine[name] for name in ("overtredingDatum", "geconstateerdOp", "verzondenOp", "onherroepelijkVanaf") if fine[name]]
    if known != sorted(known):
        yield _("de dagen staan niet in de goede volgorde.")
    if max(known) > today.isoformat():
        yield _("een dag ligt in de toekomst. Is de boete nog niet onherroepelijk, laat die dag dan leeg.")
    if fine["onherroepelijkVanaf"] and fine["onherroepelijkVanaf"] == fine["verzondenOp"]:
        yield _("een boete is niet onherroepelijk op de dag waarop de brief is verstuurd.")
    if not 0 <= fine["bedrag"] <= 2400:
        yield _("het bedrag is geen bedrag van een boete.")


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that follow from the answers, in the shape in which the process keeps them."""
    found: dict[str, Any] = {"inCoa": values.get("inCoa") is True, "brpDatum": values.get("brpDatum")}
    if values.get("instroomOproep"):
        found["instroomOproep"] = int(values["instroomOproep"])
    if values[PHASE.name] == ROUTE:
        day = date.fromisoformat(values["pipDagtekening"])
        for route in ROUTES:
            if route != values["leerroute"] and not values.get(f"motivatieNiet{route}"):
                found[f"motivatieNiet{route}"] = f"Zie de motivering in het PIP van {day.day}-{day.month}-{day.year}."
    fines = values.get("eerdereBoetes") or []
    if fines:
        found["eerdereBoetes"] = [
            {**fine, "besluit": "boete", "bezwaarLoopt": not fine["onherroepelijkVanaf"] and not fine["vernietigd"],
             "termijn": "eerste termijn"}
            for fine in fines
        ]  # fmt: skip
    return found


ENTRY_FORMS = (
    EntryForm(
        "inburgering", N_("Lopende zaak overnemen"), PHASE, COLUMNS,
        TakenOver("overgenomenUit", "overgenomenDoor", "overgenomenOp", "overgenomenGegevens"),
        owner_role="klantmanager", points="overnamePunten", check=check, complete=complete,
    ),
)  # fmt: skip
