"""The demonstration: shipped processes, one account per role, and fictitious cases at different stages.

Every case is reached by playing its steps on a clock that is moved back in time, never by writing rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from inburgering_flow.clock import LEGAL_ZONE, legal_day
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.inburgering.termijnen import termijn_vanaf

log = logging.getLogger(__name__)
PASSWORD = "demo"  # noqa: S105  # shown on the login page of the demonstration only
ACCOUNTS = {
    "karin": ("Karin Klantmanager", "klantmanager"), "carla": ("Carla COA", "coa-medewerker"),
    "hans": ("Hans Handhaver", "handhaver"), "julia": ("Julia Jurist", "jurist"),
    "tom": ("Tom Teammanager", "teammanager"), "rita": ("Rita Regievoerder", "regievoerder"),
    "fatima": ("Fatima Financieel", "financieel-medewerker"), "cees": ("Cees Consulent", "consulent"),
    "bea": ("Bea Begeleider", "begeleider"), "taco": ("Taco Taalaanbieder", "taalaanbieder"),
    "piet": ("Piet Procesontwerper", "procesontwerper"), "bram": ("Bram Beheerder", "functioneel-beheerder"),
    "dirk": ("Dirk Beleidsadviseur", "beleidsadviseur"), "aysel": ("Aysel Auditor", "auditor"),
}  # fmt: skip
TEST_BSN = ("999990019", "999990020", "999990032", "999990044", "999990056", "999990068", "999990081", "999990093",
            "999990111", "999990123", "999990135", "999990147", "999990159", "999990160", "999990172")  # fmt: skip
TALK = {"verschenen": True, "rechtAlleenGewezen": True, "onderwijswens": False}
REPORT = {
    "werkervaring": "Kok in een restaurant.", "persoonlijkeOmstandigheden": "Woont alleen.", "gezondheid": "Geen bijzonderheden.",
    "vveVanToepassing": False, "taalniveau": "Net begonnen.", "werkmogelijkheden": "Wil weer kok worden.",
    "zelfredzaamheid": "Regelt zelf de post.", "verslagGezien": True,
}  # fmt: skip
LOCATION = "AZC Voorbeeldstad"
CALL = 20
"""Days after which the term of a call for the intake is over, also where a holiday has moved its end."""


def load(platform: Any) -> None:
    """Create the accounts and play the seventeen cases on ``platform``, a Platform with a clock that can be moved."""
    assert {role for _, role in ACCOUNTS.values()} == set(ROLES)
    for username, (name, role) in ACCOUNTS.items():
        platform.services.accounts.save(
            username, display_name=name, password=PASSWORD, roles=(role,),
            location=LOCATION if role == "coa-medewerker" else None,
        )  # fmt: skip
    Story(platform).tell()

PLAN = {
    "begeleiding": "Een vast contact en elke maand een gesprek.", "aantalGesprekken": 6,
    "intensiteitModules": "PVT in twee weken; MAP een dagdeel per week.", "intensiteitLeerroute": "Drie dagdelen per week.",
}  # fmt: skip


class Story:
    """Plays cases up to a stage, each from its own day in the past to today."""

    def __init__(self, platform: Any) -> None:
        self.platform = platform
        self.now: datetime = platform.clock.now()
        self.number = 0
        self.key = 0
        self.case = ""

    def tell(self) -> None:
        """Play fifteen, and take over two."""
        for weeks, plot in (
            (1, self.asks_participation), (6, self.waits_for_outflow), (2, self.before_intake), (3, self.waits_for_test),
            (9, self.past_week_eight), (5, self.waits_for_signature), (20, self.in_leerroute), (12, self.repaired),
            (13, self.at_view), (11, self.with_jurist), (12, self.with_incident), (40, self.finished),
            (10, self.reported), (15, self.fined), (8, self.measured),
        ):  # fmt: skip
            self.play(weeks, plot)
        self.platform.clock.set(self.now)
        self.taken_over()
        self.money()
        self.platform.run_due()

    def money(self) -> None:
        """Book a grant, a contract and an invoice of it, in round sums that no municipality has."""
        accounts, ledger = self.platform.services.accounts, self.platform.services.ledger
        actor, day = accounts.actor(accounts.get("fatima")), legal_day(self.now)
        ledger.post("ondertussengroep", "grant", 22_222_00, actor, year=day.year, day=day, description="Voorbeeld: toekenning")
        self.account(day.year - 1)
        self.account(day.year)
        on = {"year": day.year, "day": day}
        contract = ledger.post("spuk", "obligation", 33_333_00, actor, description="Voorbeeld: contract", reference="C-1", **on)
        ledger.post("spuk", "invoice", 4_444_00, actor, description="Voorbeeld: factuur", settles=contract, **on)

    def account(self, year: int) -> None:
        """Account for a year, as far as its days have come, in sums that no municipality has, and count the figures."""
        accounts, starts = self.platform.services.accounts, self.platform.services.case_starts
        key = starts.start("verantwoording", {"jaar": str(year)}, accounts.actor(accounts.get("fatima")))
        source = "Voorbeeld: beschikking van de Minister"
        duo = ("Gezins", "AsielDitJaar", "AsielVorigJaar", "AsielTweeJaarTerug", "Afgerond")
        answers: dict[str, tuple[str, dict[str, Any]]] = {
            "taak_voorlopig_invoeren": ("fatima", {
                "voorlopigGezins": 11, "voorlopigPrognose": 22, "voorlopigTaakstelling": 33, "voorlopigAsiel": 44,
                "voorlopigAfgerond": 5, "voorlopigLandelijkGewicht": 333_333_333, "voorlopigLandelijkBedrag": 111_111_111,
                "voorlopigOnderwijsroute": None, "voorlopigToegekend": 111_111, "voorlopigBekendOp": f"{year - 1}-09-24",
                "voorlopigBron": source,
            }),
            "taak_cohorten_controleren": ("fatima", {
                **{f"duo{name}": 11 for name in duo}, "duoOnderwijsroute": 0, "cohortenGezien": True,
                "verschilUitleg": "Voorbeeld: de oudste zaken staan nog in het oude systeem.",
            }),
            "taak_definitief_invoeren": ("fatima", {
                "definitiefLandelijkGewicht": 333_333_333, "definitiefLandelijkBedrag": 222_222_222, "onderwijsrouteBedrag": None,
                "definitiefToegekend": 122_222, "definitiefBekendOp": legal_day(self.now).isoformat(), "definitiefBron": source,
            }),
            "taak_besteding_nalopen": ("fatima", {
                "besteed": 111_111, "foutOnzeker": 0, "reserveren": 11_111, "bestedingUitleg": "",
            }),
            "taak_verantwoording_vaststellen": ("tom", {"sisaAkkoord": True}),
        }  # fmt: skip
        for element, (user, given) in answers.items():
            self.platform.run_due()
            task = next((t for t in self.platform.tasks(state="CREATED", instance=key) if t.element_id == element), None)
            if task is not None:
                self.platform.complete(task.key, given, user=user)
        self.platform.run_due()
        starts.start("cijfers", {}, accounts.actor(accounts.get("rita")))

    def taken_over(self) -> None:
        """Enter two cases that began in another system: one that runs, and one with a call whose term had passed."""
        accounts = self.platform.services.accounts
        actor = accounts.actor(accounts.get("karin"))
        both = {"voornamen": "Voorbeeld", "overgenomenUit": "Oud systeem", "doelgroep": "gezinsmigrant"}
        first_pip = legal_day(self.now) - timedelta(days=600)
        self.platform.services.entries.enter("inburgering", both | {
            "achternaam": "Overgenomen", "dossiernummer": "DEMO-16", "instroomFase": "leerroute",
            "kennisgeving": self.today(-650),
            "pipDagtekening": first_pip.isoformat(), "leerroute": "B1", "niveau": "B1", "instelling": "Voorbeeldschool",
            "lesStart": self.today(-560), "datumOndertekening": self.today(-400), "pvtUren": "12", "gevolgdeUren": "480",
            "termijnEinde": (termijn_vanaf(first_pip + timedelta(days=1), "P3Y").laatste_dag + timedelta(days=1)).isoformat(),
        }, actor)  # fmt: skip
        self.platform.services.entries.enter("inburgering", both | {
            "achternaam": "Opgeroepen", "dossiernummer": "DEMO-17", "instroomFase": "intake", "kennisgeving": self.today(-30),
            "instroomOproep": "1", "instroomOproepVerzonden": self.today(-20), "instroomOproepEinde": self.today(-6),
        }, actor)  # fmt: skip

    def play(self, weeks: int, plot: Callable[[], None]) -> None:
        """Begin a case some weeks ago and play it."""
        start = (
            (self.now - timedelta(weeks=weeks))
            .astimezone(LEGAL_ZONE)
            .replace(hour=10, minute=0, second=0, microsecond=0)
        )
        self.platform.clock.set(start)
        plot()

    def start(self, name: str, group: str = "gezinsmigrant", *, in_coa: bool = False, day: str = "") -> None:
        bsn = TEST_BSN[self.number]
        self.number += 1
        self.case = f"DEMO-{self.number:02}"
        person = self.platform.register_person(
            {"voornamen": "Voorbeeld", "achternaam": name, "bsn": bsn, "straat": f"Voorbeeldlaan {self.number}",
             "postcode": "1234 AB", "woonplaats": "Voorbeeldstad", "geboortedatum": "1995-05-05"}
        )  # fmt: skip
        today = day or self.today()
        self.key = self.platform.start(
            "inburgering",
            {"dossiernummer": self.case, "doelgroep": group, "kennisgeving": today, "brpDatum": None, "inCoa": in_coa},
            person=person, owner="karin", location=LOCATION if in_coa else None,
        )  # fmt: skip
        self.settle()

    def today(self, days: int = 0) -> str:
        return (legal_day(self.platform.clock.now()) + timedelta(days=days)).isoformat()

    def settle(self) -> None:
        self.platform.run_due()

    def do(self, element: str, user: str, **answers: Any) -> None:
        tasks = self.platform.tasks(state="CREATED", instance=self.key)
        task = next(t for t in tasks if t.element_id == element)
        self.platform.claim(task.key, user=user)
        self.platform.complete(task.key, answers, user=user)
        self.settle()

    def message(self, name: str, key: str = "", **variables: Any) -> None:
        self.platform.publish(name, correlation_key=key or self.case, variables=variables)
        self.settle()

    def breach(self) -> str:
        """Return the reference of the breach that the case is about."""
        own = [i.key for i in self.platform.instances() if i.root_key == self.key]
        return next(str(found) for key in own if (found := self.platform.instance(key).variables.get("overtredingKenmerk")))

    def days(self, number: int) -> None:
        target = min(self.platform.clock.now() + timedelta(days=number), self.now)
        self.platform.clock.set(target)
        self.settle()

    def intake(self, result: str = "B1-route haalbaar") -> None:
        self.do("taak_intake_plannen", "karin", afspraakDatum=self.today(3), afspraakPlaats="Stadhuis, kamer 3")
        self.days(3)
        self.do("taak_intakegesprek", "karin", **TALK, leeftijd=31)
        if result:
            self.message("duo.SS131", lbtUitslag=result)
            self.do("taak_intake_verslag", "karin", **REPORT)

    def plan(self) -> None:
        self.do(
            "taak_pip_opstellen", "karin", leerroute="B1", niveau="B1", pvtUren=12,
            motivatieNietO="Heeft geen wens om te studeren.", motivatieNietZ="De toets zegt dat B1 haalbaar is.", **PLAN,
        )  # fmt: skip

    def signed(self) -> None:
        self.do("taak_pip_ondertekenen", "tom", pipAkkoord=True)
        self.message("duo.SS102", termijnEinde=self.today(365 * 3 + 1))

    def no_shows(self) -> None:
        for _ in range(2):
            self.do("taak_intake_plannen", "karin", afspraakDatum=self.today(3), afspraakPlaats="Stadhuis, kamer 3")
            self.days(CALL)
            self.do("taak_intakegesprek", "karin", verschenen=False)
        self.do("taak_oorzaak_onderzoeken", "karin", verwijtbaar="ja", oorzaak="Geen reden gegeven.", inBijstand=False)

    def release(self) -> None:
        self.do("taak_tekst_vrijgeven", "julia", tekstVrijgave="vrijgegeven", vrijgaveNotitie="De termijn is redelijk.")

    def warned(self) -> None:
        """Two no-shows, and the warning that a jurist released where the second oproep did not hold one."""
        self.no_shows()
        if any(t.element_id == "taak_tekst_vrijgeven" for t in self.platform.tasks(state="CREATED", instance=self.key)):
            self.release()

    def report(self) -> None:
        report = {"rapportFeiten": "Twee keer niet verschenen op de brede intake.", "overtredingPlaats": "Stadhuis"}
        report |= {"overtredingDatum": self.today(-20), "overtredingReden": "Er is eerst gewacht op herstel."}
        self.do("taak_rapport_opmaken", "hans", **report)
        self.release()

    # -- the fifteen ------------------------------------------------------------------------------------------------

    def asks_participation(self) -> None:
        self.start("Nieuwkomer", "asielstatushouder", in_coa=True)

    def waits_for_outflow(self) -> None:
        self.start("Opvang", "asielstatushouder", in_coa=True)
        self.do("taak_deelname_vragen", "carla", deelname=True, instemmingDatum=self.today())
        self.days(20)
        self.do("taak_programma_volgen", "carla", urenNt2=121, urenKnm=24, klantprofielKlaar=True)

    def before_intake(self) -> None:
        self.start("Intake")

    def waits_for_test(self) -> None:
        self.start("Toets")
        self.intake("")

    def past_week_eight(self) -> None:
        self.start("Haast")
        self.intake()
        self.days(63)

    def waits_for_signature(self) -> None:
        self.start("Handtekening")
        self.intake()
        self.plan()

    def in_leerroute(self) -> None:
        self.start("Leerling", "asielstatushouder")
        self.message("gemeente.brp-inschrijving", brpDatum=self.today())
        self.do("taak_begeleiding_regelen", "karin", vergunning="asiel bepaalde tijd", begeleidingBegin="nieuw",
                begeleiderOrganisatie="Stichting Voorbeeld", begeleidingAfspraak="Elke week een huisbezoek.")  # fmt: skip
        self.intake()
        self.plan()
        self.signed()
        self.do("taak_aanbod_regelen", "karin", instelling="Voorbeeldschool", lesStart=self.today())
        self.do("taak_voortgangsgesprek", "karin", voortgang="doorgaan", gevolgdeUren=60)
        self.days(100)

    def repaired(self) -> None:
        self.start("Hersteld")
        self.warned()
        self.days(5)
        self.message("gemeente.alsnog-nagekomen", self.breach())

    def at_view(self) -> None:
        self.start("Zienswijze")
        self.warned()
        self.days(18)
        self.report()
        self.days(7)
        self.message("burger.zienswijze", self.breach(), zienswijze="Ik had geen oppas.")

    def with_jurist(self) -> None:
        self.start("Beoordeling", "asielstatushouder")
        self.no_shows()

    def with_incident(self) -> None:
        self.start("Storing")
        self.do("taak_intake_plannen", "karin", afspraakDatum=self.today(3), afspraakPlaats="Stadhuis, kamer 3")
        self.days(3)
        self.do("taak_intakegesprek", "karin", **TALK, leeftijd=44)
        self.message("duo.SS131", lbtUitslag="B1-route niet haalbaar")
        self.do("taak_intake_verslag", "karin", **REPORT)
        reasons = {"motivatieNietB1": "De toets zegt dat B1 niet haalbaar is.", "motivatieNietO": "Wil nu gaan werken."}
        self.do("taak_pip_opstellen", "karin", leerroute="Z", pvtUren=12, **reasons, **PLAN)
        self.do("taak_pip_ondertekenen", "tom", pipAkkoord=True)
        # DUO sends the date in a form that the process does not know: a real incident, solved by correcting the variable.
        self.message("duo.SS102", termijnEinde="31-12-2029")

    def finished(self) -> None:
        self.start("Ingeburgerd")
        self.intake()
        self.plan()
        self.signed()
        self.do("taak_aanbod_regelen", "karin", instelling="Voorbeeldschool", lesStart=self.today())
        self.do("taak_pvt_plannen", "karin", pvtDatum=self.today(10))
        self.days(20)
        self.do("taak_pvt_ondertekenen", "karin", pvtUitkomst="ondertekend", datumOndertekening=self.today(),
                pvtGevolgdeUren=12, pvtActiviteit=True)  # fmt: skip
        self.message("duo.SS106")
        self.do("taak_diploma_afronden", "karin", afsluitNotitie="Gefeliciteerd en dossier gesloten.")

    def reported(self) -> None:
        self.start("Rapport")
        self.warned()
        self.days(18)

    def fined(self) -> None:
        self.start("Boete")
        self.warned()
        self.days(18)
        self.report()
        self.days(25)
        self.do("taak_zienswijze_beoordelen", "julia", verwijtbaarheid="normaal",
                draagkracht="Heeft werk en geen schulden.")  # fmt: skip
        self.do("taak_boete_besluiten", "tom", besluit="boete", boeteBedrag=250, besluitMotivering="Geen goede reden.")

    def measured(self) -> None:
        self.start("Maatregel")
        for _ in range(2):
            self.do("taak_intake_plannen", "karin", afspraakDatum=self.today(3), afspraakPlaats="Stadhuis, kamer 3")
            self.days(CALL)
            self.do("taak_intakegesprek", "karin", verschenen=False)
        self.do("taak_oorzaak_onderzoeken", "karin", verwijtbaar="ja", oorzaak="Geen reden gegeven.", inBijstand=True,
                bijstandVerlaagd="nee", grondslag="participatiewet")  # fmt: skip
