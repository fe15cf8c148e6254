"""N-GEL: the account of a year, from the provisional grant to the SiSa file, counted from real cases and booked in the ledger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from inburgering_flow.clock import LEGAL_ZONE, ManualClock, legal_last_day
from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering import roles
from inburgering_flow.inburgering.cbs import delivery, layout, pseudonym
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform

FATIMA = Actor("fatima", ("financieel-medewerker",), table=roles.ROLES)
PROVISIONAL = {
    "voorlopigGezins": 1, "voorlopigPrognose": 50, "voorlopigTaakstelling": 40, "voorlopigAsiel": 25, "voorlopigAfgerond": 6,
    "voorlopigLandelijkGewicht": 354_325_490, "voorlopigLandelijkBedrag": 350_000_000, "voorlopigOnderwijsroute": None,
    "voorlopigToegekend": 350_700, "voorlopigBekendOp": "2025-09-24", "voorlopigBron": "Beschikking van 24 september 2025",
}  # fmt: skip
DUO = {"duoGezins": 1, "duoAsielDitJaar": 2, "duoAsielVorigJaar": 0, "duoAsielTweeJaarTerug": 0, "duoAfgerond": 0,
       "duoOnderwijsroute": 0, "cohortenGezien": True}  # fmt: skip
DEFINITIVE = {
    "definitiefLandelijkGewicht": 391_923_110, "definitiefLandelijkBedrag": 392_000_000, "onderwijsrouteBedrag": None,
    "definitiefToegekend": 340_000, "definitiefBekendOp": "2027-01-04", "definitiefBron": "Beschikking van 4 januari 2027",
}  # fmt: skip
SPENT = {"besteed": 330_000, "foutOnzeker": 0, "reserveren": 8_000, "bestedingUitleg": ""}


class Account:
    """The account of 2026."""

    def __init__(self, law: Platform) -> None:
        self.law = law
        self.go("2025-10-01T09:00")
        self.key = law.services.case_starts.start("verantwoording", {"jaar": "2026"}, FATIMA)
        law.run_due()

    def go(self, moment: str) -> None:
        assert isinstance(self.law.clock, ManualClock)
        self.law.clock.set(datetime.fromisoformat(moment).replace(tzinfo=LEGAL_ZONE))
        self.law.run_due()

    def do(self, element: str, user: str = "fatima", **answers: Any) -> None:
        self.law.complete(next(t.key for t in self.open() if t.element_id == element), answers, user=user)
        self.law.run_due()

    def open(self) -> list[Any]:
        return [t for t in self.law.tasks(state="CREATED") if t.root_key == self.key]

    def known(self) -> dict[str, Any]:
        return dict(self.law.instance(self.key).variables)

    def booked(self, year: int = 2026) -> list[tuple[str, int]]:
        rows = self.law.services.ledger.entries("spuk", year, SYSTEM).rows
        return [(one.row.kind, one.row.cents) for one in reversed(rows)]

    def to_the_cohorts(self) -> None:
        self.do("taak_voorlopig_invoeren", **PROVISIONAL)
        self.go("2027-01-04T09:00")

    def to_what_was_spent(self) -> None:
        self.to_the_cohorts()
        self.do("taak_cohorten_controleren", **DUO, verschilUitleg="Twee zaken staan nog in het oude systeem.")
        self.do("taak_definitief_invoeren", **DEFINITIVE)
        self.go("2027-09-30T23:55")


@pytest.fixture
def account(law: Platform) -> Account:
    return Account(law)


def newcomer(law: Platform, number: str, group: str, **facts: Any) -> int:
    given = {"dossiernummer": number, "doelgroep": group, "kennisgeving": "2026-02-02", "inCoa": False, "brpDatum": None}
    key = law.start("inburgering", given | facts, business_key=number)
    law.run_due()
    return key


def test_n_gel_07_the_run_counts_the_cases_and_what_was_counted_stays(law: Platform, account: Account) -> None:
    account.go("2026-03-02T09:00")
    newcomer(law, "A-1", "asielstatushouder", brpDatum="2026-02-20")
    newcomer(law, "A-2", "asielstatushouder", brpDatum="2026-03-01")
    newcomer(law, "G-1", "gezinsmigrant", brpDatum="2026-01-26")
    newcomer(law, "C-1", "asielstatushouder", inCoa=True)
    account.to_the_cohorts()
    counted = account.known()["tellingDefinitief"]
    assert (counted["asielDitJaar"], counted["gezins"], counted["onbekend"]) == (2, 1, 0), "nobody in reception"
    assert (counted["geteldOp"], counted["peildatum"]) == ("2027-01-04", "2026-12-31")
    newcomer(law, "A-3", "asielstatushouder", brpDatum="2026-12-20")
    assert account.known()["tellingDefinitief"] == counted, "what was counted does not change"
    listed = [d for d in law.services.documents.of_case(account.key) if d.name == "telling-2026-definitief.csv"]
    text = law.services.documents.content(listed[0].key)[1].decode("utf-8-sig")
    assert [line.split(";")[0] for line in text.splitlines()[1:]] == ["A-1", "A-2", "G-1"]


def test_n_gel_14_what_is_known_on_the_thirtieth_of_september_counts(law: Platform, account: Account) -> None:
    account.to_what_was_spent()
    counted = account.known() | account.law.instance(next(
        i.key for i in law.instances("sisa-verantwoorden") if i.root_key == account.key)).variables  # fmt: skip
    assert (counted["tellingPeildag"]["geteldOp"], counted["tellingPeildag"]["naPeildag"]) == ("2027-09-30", False)
    late = Account.__new__(Account)
    late.law, late.key = law, law.start("verantwoording", {"jaar": 2025, "dossiernummer": "Verantwoording 2025"})
    law.run_due()
    late.do("taak_voorlopig_invoeren", **PROVISIONAL)
    late.do("taak_cohorten_controleren", **DUO, verschilUitleg="Twee zaken staan nog in het oude systeem.")
    late.do("taak_definitief_invoeren", **DEFINITIVE)
    inner = next(i.key for i in law.instances("sisa-verantwoorden") if i.root_key == late.key)
    assert law.instance(inner).variables["tellingPeildag"]["naPeildag"] is True, "counted a year too late, and it says so"


def test_n_gel_15_the_grant_is_booked_and_a_lower_one_gives_back_the_difference_in_one_sum(account: Account) -> None:
    account.do("taak_voorlopig_invoeren", **PROVISIONAL)
    assert account.booked() == [("grant", 350_700_00)]
    assert (len(account.known()["maandbedragen"]), sum(account.known()["maandbedragen"])) == (12, 350_700)
    account.go("2027-01-04T09:00")
    account.do("taak_cohorten_controleren", **DUO, verschilUitleg="Twee zaken staan nog in het oude systeem.")
    account.do("taak_definitief_invoeren", **DEFINITIVE)
    assert account.booked() == [("grant", 350_700_00), ("return", 10_700_00)]
    assert account.known()["definitiefVerschil"] == Decimal(-10_700)
    said = [one.row.description for one in account.law.services.ledger.entries("spuk", 2026, SYSTEM).rows]
    assert said == ["Verschil na definitieve uitkering 2026: Beschikking van 4 januari 2027",
                    "Voorlopige uitkering 2026: Beschikking van 24 september 2025"]
    assert account.law.services.ledger.lines(SYSTEM)[0].granted == 340_000_00


def test_n_gel_03_a_revision_is_booked_once_and_the_definitive_grant_counts_from_it(account: Account) -> None:
    account.do("taak_voorlopig_invoeren", **PROVISIONAL)
    account.go("2026-05-11T09:00")
    for _twice in range(2):
        account.law.publish("minister.uitkering-herzien", correlation_key="Verantwoording 2026", variables={"herzieningOp": "2026-05-06"})
        account.law.run_due()
    assert [t.element_id for t in account.open()] == ["taak_herziening_invoeren"]
    account.do("taak_herziening_invoeren", herzienToegekend=345_000, herzienBekendOp="2026-05-11", herzienBron="Brief van 11 mei")
    account.go("2027-01-04T09:00")
    account.do("taak_cohorten_controleren", **DUO, verschilUitleg="Twee zaken staan nog in het oude systeem.")
    account.do("taak_definitief_invoeren", **DEFINITIVE)
    assert account.booked() == [("grant", 350_700_00), ("return", 5_700_00), ("return", 5_000_00)]


def test_n_gel_13_what_is_left_may_be_kept_up_to_what_is_left(account: Account) -> None:
    account.to_what_was_spent()
    with pytest.raises(FlowError):
        account.do("taak_besteding_nalopen", **SPENT | {"reserveren": 10_001})
    account.do("taak_besteding_nalopen", **SPENT | {"reserveren": 10_000})
    account.do("taak_verantwoording_vaststellen", user="tom", sisaAkkoord=True)
    assert (account.booked()[-1], account.booked(2027)) == (("carry_out", 10_000_00), [("carry_in", 10_000_00)])


def test_n_gel_14_a_second_pair_of_eyes_and_a_file_whose_codes_are_to_be_checked(account: Account) -> None:
    account.to_what_was_spent()
    account.do("taak_besteding_nalopen", **SPENT)
    with pytest.raises(FlowError):
        account.do("taak_verantwoording_vaststellen", user="fatima", sisaAkkoord=True)
    account.do("taak_verantwoording_vaststellen", user="tom", sisaAkkoord=True)
    made = next(d for d in account.law.services.documents.of_case(account.key) if d.name == "sisa-2026.csv")
    text = account.law.services.documents.content(made.key)[1].decode("utf-8-sig")
    assert made.certainty == "te controleren"
    assert "te controleren;Besteed aan inburgeringsvoorzieningen;330000;2026" in text
    assert "te controleren;Niet besteed en niet gereserveerd;2000;2026" in text


def test_n_gel_14_what_was_not_spent_is_recovered_within_a_year_and_booked(account: Account) -> None:
    account.to_what_was_spent()
    account.do("taak_besteding_nalopen", **SPENT)
    account.go("2027-11-01T09:00")
    account.do("taak_verantwoording_vaststellen", user="tom", sisaAkkoord=True)
    [task] = account.open()
    assert task.element_id == "taak_terugvordering_verwerken"
    assert legal_last_day(task.due) == date(2028, 11, 1)
    told = {"terugvorderingOp": "2027-11-01", "terugvorderingBron": "Brief van de Minister, november 2027"}
    account.do("taak_terugvordering_verwerken", terugvorderingBedrag=2_000, **told)
    assert account.booked()[-2:] == [("carry_out", 8_000_00), ("return", 2_000_00)]
    assert account.law.instance(account.key).state == "COMPLETED"


@pytest.mark.parametrize(("kept", "wrong", "open_after"), [
    (10_000, 0, []), (9_999, 0, ["taak_terugvordering_verwerken"]), (10_000, 1, ["taak_terugvordering_verwerken"]),
])  # fmt: skip
def test_n_gel_14_nothing_is_recovered_where_all_was_spent_or_kept_and_nothing_was_wrong(
    account: Account, kept: int, wrong: int, open_after: list[str]
) -> None:
    account.to_what_was_spent()
    account.do("taak_besteding_nalopen", **SPENT | {"reserveren": kept, "foutOnzeker": wrong})
    account.do("taak_verantwoording_vaststellen", user="tom", sisaAkkoord=True)
    assert [task.element_id for task in account.open()] == open_after


def test_n_gel_01_only_invoices_of_the_budget_of_the_grant_are_proposed_as_spent(law: Platform, account: Account) -> None:
    on = {"year": 2026, "day": datetime(2026, 5, 1).date()}
    account.go("2026-05-01T09:00")
    law.services.ledger.post("spuk", "invoice", 12_345_00, SYSTEM, description="Taalles", **on)
    law.services.ledger.post("structureel-2020", "invoice", 99_999_00, SYSTEM, description="Salaris klantmanager", **on)
    account.to_what_was_spent()
    inner = next(i.key for i in law.instances("sisa-verantwoorden") if i.root_key == account.key)
    assert law.instance(inner).variables["besteedVolgensMiddelen"] == Decimal("12345")


def test_n_gel_12_whose_onderwijsroute_counted_in_one_year_does_not_count_in_the_next(law: Platform, account: Account) -> None:
    account.go("2026-03-02T09:00")
    case = newcomer(law, "O-1", "asielstatushouder", brpDatum="2026-02-20")
    law.services.processes.set_variables(case, {"leerroute": "O"})
    account.to_the_cohorts()
    assert account.known()["onderwijsrouteGeteld"] == ["O-1"]
    next_year = law.start("verantwoording", {"jaar": 2027, "dossiernummer": "Verantwoording 2027"})
    law.run_due()
    account.go("2028-01-03T09:00")
    after = Account.__new__(Account)
    after.law, after.key = law, next_year
    after.do("taak_voorlopig_invoeren", **PROVISIONAL)
    assert law.instance(next_year).variables["onderwijsrouteGeteld"] == []


def test_n_dat_11_the_delivery_for_statistics_has_a_record_for_each_case_and_nothing_that_names_somebody(law: Platform) -> None:
    law.clock.set("2026-03-02T09:00:00+01:00")  # type: ignore[attr-defined]
    key = newcomer(law, "D-1", "gezinsmigrant", brpDatum="2026-01-02")
    newcomer(law, "D-2", "asielstatushouder", inCoa=True)
    law.services.processes.set_variables(key, {"gezondheid": "Slecht ter been.", "pipDagtekening": "2026-03-02"})
    rows = [line.split(";") for line in delivery(law.services, SYSTEM).decode("utf-8-sig").splitlines()]
    assert rows[0] == [column for column, _meaning in layout()]
    assert [row[rows[0].index("pip")] for row in rows[1:]] == ["2026-03-02", ""]
    assert not {"D-1", "D-2", "Slecht ter been."} & {cell for row in rows for cell in row}
    assert [row[0] for row in rows[1:]] == [line.split(";")[0] for line in
                                            delivery(law.services, SYSTEM).decode("utf-8-sig").splitlines()[1:]]  # fmt: skip
    assert pseudonym("another secret", key) != rows[1][0]


def test_a_year_is_accounted_for_once(law: Platform, account: Account) -> None:
    with pytest.raises(FlowError, match="Verantwoording 2026"):
        law.services.case_starts.start("verantwoording", {"jaar": "2026"}, FATIMA)
    with pytest.raises(FlowError, match="not a year"):
        law.services.case_starts.start("verantwoording", {"jaar": "26"}, FATIMA)
    assert account.known()["jaar"] == 2026
