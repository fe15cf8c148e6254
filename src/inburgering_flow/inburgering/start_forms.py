"""The case that a klantmanager starts on a page: DUO has reported a new inburgeringsplichtige."""

from __future__ import annotations

from inburgering_flow.i18n import N_
from inburgering_flow.model.permissions import FIGURES, MONEY
from inburgering_flow.model.plugin import CaseName, StartField, StartForm

CASE_NAME = CaseName("dossiernummer", N_("Dossiernummer"), N_("Zaaknummers of dossiernummers"))
START_FORMS = (
    StartForm(
        "inburgering",
        N_("Nieuwe zaak starten"),
        (
            StartField("dossiernummer", N_("Dossiernummer"), missing=N_("Vul het dossiernummer in.")),
            StartField(
                "doelgroep", N_("Doelgroep"), "choice", N_("Vul de doelgroep in."),
                (("asielstatushouder", N_("Asielstatushouder")),
                 ("gezinsmigrant", N_("Gezinsmigrant of overige migrant"))),
            ),
            StartField(
                "kennisgeving", N_("Datum kennisgeving van DUO"), "date", N_("Vul de datum van de kennisgeving in.")
            ),
            StartField("brpDatum", N_("Datum inschrijving in de BRP (niet verplicht)"), "date"),
            StartField("verblijfsrechtOp", N_("Datum waarop het verblijfsrecht bekend werd (niet verplicht)"), "date"),
            StartField("vorigeGemeente", N_("Kwam uit welke gemeente? (alleen na een verhuizing)")),
            StartField("vestigingDatum", N_("Hier ingeschreven op (alleen als een andere gemeente al een PIP maakte)"), "date"),
            StartField("inCoa", N_("Woont nog in de opvang van het COA"), "yes"),
            StartField("locatie", N_("Locatie van het COA (als de persoon daar woont)"), is_location=True, needed_with="inCoa"),
        ),
        owner_role="klantmanager",
    ),
    StartForm(
        "ondertussengroep",
        N_("Ondertussengroep: begeleiding"),
        (
            StartField("dossiernummer", N_("Dossiernummer"), missing=N_("Vul het dossiernummer in.")),
            StartField("onderOudeWet", N_("Viel op 31 december 2021 onder de oude wet (2013)"), "yes"),
            StartField(
                "verblijf", N_("Verblijfsrecht"), "choice", N_("Kies het verblijfsrecht."),
                (("asiel bepaalde tijd", N_("Asiel bepaalde tijd")), ("gezin bij asiel", N_("Gezin bij iemand met asiel")),
                 ("anders", N_("Anders"))),
            ),
            StartField(
                "leningPercentage", N_("Deel van de lening dat gebruikt is, in procent"), "number",
                N_("Vul in welk deel van de lening gebruikt is."),
            ),
            StartField(
                "maandenTotEinde", N_("Maanden tot het einde van de termijn"), "number",
                N_("Vul in hoeveel maanden de termijn nog loopt."),
            ),
        ),
        owner_role="klantmanager",
    ),
    StartForm(
        "verantwoording",
        N_("Verantwoording van een jaar beginnen"),
        (StartField("jaar", N_("Jaar van de uitkering"), "year", N_("Vul het jaar in.")),),
        with_person=False,
        owner_role="financieel-medewerker",
        permission=MONEY,
        case_name="Verantwoording {jaar}",
    ),
    StartForm("cijfers", N_("Cijfers tellen"), (), with_person=False, permission=FIGURES, is_listed=False, starter_leads=True),
)  # fmt: skip
