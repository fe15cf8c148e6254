"""N-INT-01 to N-INT-10 and N-ATW-07: the ladder of calls for the brede intake, played with the shipped processes.

Source: Wet inburgering 2021, articles 14 and 22; Besluit inburgering 2021, article 5.2; Regeling, article 5.1.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from shipped import open_platform, prepare

from inburgering_flow.clock import ManualClock
from inburgering_flow.dmn import read_model
from inburgering_flow.errors import InvalidInput, InvalidSubmission
from inburgering_flow.inburgering import brieven
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

TALK = {"verschenen": True, "rechtAlleenGewezen": True, "leeftijd": 31}
REPORT = {
    "werkervaring": "Kok in een restaurant.", "persoonlijkeOmstandigheden": "Woont alleen.", "gezondheid": "Geen bijzonderheden.",
    "vveVanToepassing": False, "taalniveau": "Net begonnen.", "werkmogelijkheden": "Wil weer kok worden.",
    "zelfredzaamheid": "Regelt zelf de post.", "verslagGezien": True,
}  # fmt: skip
FIRST, SECOND = "Uitnodiging brede intake", "Waarschuwing en tweede oproep brede intake"
THIRD = "Derde oproep brede intake"


class Case:
    """One case, moved by its tasks on a clock that the test sets."""

    def __init__(self, law: Platform, day: str, *, group: str = "gezinsmigrant", in_coa: bool = False, number: str = "D-1",
                 bsn: str = "999990214", **facts: Any) -> None:  # fmt: skip
        self.law = law
        self.number = number
        self.at(day)
        person = law.register_person(
            {"voornamen": "Voorbeeld", "achternaam": "Ladder", "bsn": bsn, "straat": "Voorbeeldlaan 1",
             "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}
        )  # fmt: skip
        given = {"dossiernummer": number, "doelgroep": group, "kennisgeving": day[:10], "brpDatum": None, "inCoa": in_coa}
        self.key = law.start("inburgering", given | facts, person=person, business_key=number)
        law.run_due()

    def at(self, moment: str) -> None:
        clock = self.law.clock
        assert isinstance(clock, ManualClock)
        clock.set(moment if "T" in moment else f"{moment}T10:00:00+01:00")
        self.law.run_due()

    @property
    def tasks(self) -> list[str]:
        return sorted(t.element_id for t in self.law.tasks(state="CREATED", instance=self.key))

    def do(self, element: str, **answers: Any) -> None:
        task = next(t for t in self.law.tasks(state="CREATED", instance=self.key) if t.element_id == element)
        self.law.complete(task.key, answers, user="karin")
        self.law.run_due()

    def message(self, name: str, **variables: Any) -> None:
        self.law.publish(name, correlation_key=self.number, variables=variables)
        self.law.run_due()

    def call(self, day: str) -> None:
        self.do("taak_intake_plannen", afspraakDatum=day, afspraakPlaats="Stadhuis")

    def absent(self) -> None:
        self.do("taak_intakegesprek", verschenen=False)

    def too_early(self, *, until: str = "") -> None:
        """Expect the server to refuse a no-show, with the sentence that says until when somebody can come."""
        before = self.tasks
        with pytest.raises(InvalidSubmission, match=f"kan nog komen tot en met {until}"):
            self.absent()
        assert self.tasks == before

    def fact(self, name: str, process: str = "brede-intake") -> Any:
        return self.called(process)[-1].variables.get(name)

    def called(self, process: str) -> list[Any]:
        found = [i for i in self.law.instances(process) if i.root_key == self.key]
        return [self.law.instance(key) for key in sorted(i.key for i in found)]

    @property
    def letters(self) -> list[str]:
        return [d.title for d in self.law.documents(self.key)]

    def until_first_fine(self) -> None:
        """Two calls without appearance, as in the examples of N-INT-01 to N-INT-03."""
        self.call("2026-02-09")
        self.at("2026-02-17")
        self.absent()
        self.call("2026-02-24")
        self.at("2026-03-04")
        self.absent()


@pytest.fixture
def law(reused: Callable[..., Any]) -> Platform:
    platform: Platform = reused("shipped", prepare, open_platform)
    return platform


@pytest.fixture
def case(law: Platform) -> Case:
    return Case(law, "2026-02-02")


def test_n_int_01_the_first_call_sets_a_term_and_nothing_happens_before_it_is_over(case: Case) -> None:
    case.call("2026-02-09")
    assert (case.fact("oproepNummer"), case.fact("oproepEinde")) == (1, "2026-02-16")

    for moment in ("2026-02-02", "2026-02-09", "2026-02-16T23:59:00+01:00"):
        case.at(moment)
        case.too_early(until="2026-02-16")
    case.at("2026-02-17T00:00:00+01:00")
    case.absent()

    assert case.tasks == ["taak_intake_plannen"]


def test_n_int_01_a_later_appointment_makes_the_term_longer_and_none_makes_it_shorter(case: Case) -> None:
    case.call("2026-02-27")
    assert case.fact("oproepEinde") == "2026-02-27"

    case.at("2026-02-27T23:59:00+01:00")
    case.too_early(until="2026-02-27")


def test_n_int_02_after_the_first_term_follow_a_warning_and_a_second_call_in_one_letter_and_no_fine(case: Case) -> None:
    case.call("2026-02-09")
    case.at("2026-02-17")
    case.absent()
    assert case.letters == [FIRST]
    case.call("2026-02-24")

    assert case.letters == [FIRST, SECOND]
    assert (case.fact("gewaarschuwdOp"), case.fact("oproepEinde")) == ("2026-02-17", "2026-03-03")
    assert case.called("handhaving") == []


def test_n_int_02_entering_late_gives_the_person_the_whole_second_term(case: Case) -> None:
    case.call("2026-02-09")
    case.at("2026-03-10")
    case.absent()
    case.call("2026-03-11")

    assert (case.fact("gewaarschuwdOp"), case.fact("oproepEinde")) == ("2026-03-10", "2026-03-24")


def test_n_int_02_insufficient_cooperation_is_warned_for_first_and_not_before_the_term_is_over(case: Case) -> None:
    case.call("2026-02-09")
    case.at("2026-02-09")
    refusing = {**TALK, "onvoldoendeMeegewerkt": True, "nietMeegewerktFeiten": "Liep weg na vijf minuten."}
    with pytest.raises(InvalidSubmission, match="kan nog meewerken tot en met 2026-02-16"):
        case.do("taak_intakegesprek", **refusing)
    case.at("2026-02-17")
    case.do("taak_intakegesprek", **refusing)
    case.call("2026-02-24")

    assert case.letters == [FIRST, SECOND]
    assert case.called("handhaving") == []


def test_n_int_03_a_fine_is_possible_only_after_the_term_of_the_second_call(case: Case) -> None:
    case.call("2026-02-09")
    case.at("2026-02-17")
    case.absent()
    case.call("2026-02-24")
    case.at("2026-03-03T23:59:00+01:00")
    case.too_early(until="2026-03-03")
    assert case.called("handhaving") == []

    case.at("2026-03-04T00:00:00+01:00")
    case.absent()

    (one,) = case.called("handhaving")
    told = {n: one.variables.get(n) for n in ("overtreding", "gewaarschuwdOp", "oproepEinde", "intakeBoeteNummer")}
    assert told == {
        "overtreding": "brede intake", "gewaarschuwdOp": "2026-02-17", "oproepEinde": "2026-03-03", "intakeBoeteNummer": 1,
    }  # fmt: skip


def test_n_int_03_one_procedure_for_a_step_whatever_is_clicked(case: Case) -> None:
    case.until_first_fine()
    for days in ("2026-03-05", "2026-06-01"):
        case.at(days)
        with pytest.raises(InvalidSubmission, match="nog geen besluit over de boete"):
            case.do("taak_gesprek_tijdens_boete", verschenen=False)

    case.do("taak_gesprek_tijdens_boete", **TALK)
    case.do("taak_toets_volgen", nietMeegewerktFeiten="Kwam niet op de toets.")

    assert "taak_gesprek_tijdens_boete" in case.tasks
    assert len(case.called("handhaving")) == 1


def test_n_int_03_who_comes_during_the_procedure_is_heard_at_once_and_the_procedure_goes_on(case: Case) -> None:
    case.until_first_fine()

    case.do("taak_gesprek_tijdens_boete", **TALK)

    assert case.tasks == ["taak_oorzaak_onderzoeken", "taak_toets_volgen"]


def test_n_int_03_who_is_there_while_a_letter_is_planned_gets_no_letter(case: Case) -> None:
    case.call("2026-02-09")
    case.at("2026-02-17")
    case.absent()
    case.do("taak_intake_plannen", isErNu=True)
    case.do("taak_intakegesprek", **TALK)

    assert case.letters == [FIRST]
    assert case.tasks == ["taak_toets_volgen"]


def fined(case: Case, end: str) -> None:
    """The fine is decided; the decision sets a new term. Of three senders the last one knows nothing more."""
    case.at("2026-04-20")
    for _ in range(2):
        case.message("gemeente.intakeboete-besloten", besluit="boete", nieuweTermijnEinde=end)
    case.message("gemeente.intakeboete-besloten", besluit=None, nieuweTermijnEinde=None)


def test_n_int_04_the_decision_sets_a_new_term_and_it_has_to_pass(case: Case) -> None:
    case.until_first_fine()
    fined(case, "2026-06-19")
    assert (case.fact("oproepNummer"), case.fact("oproepEinde")) == (3, "2026-06-19")
    assert "taak_intakegesprek" in case.tasks

    case.at("2026-06-19T23:00:00+02:00")
    case.too_early(until="2026-06-19")
    case.at("2026-06-20T00:00:00+02:00")
    case.absent()

    assert "taak_intake_bij_afwezigheid" in case.tasks
    assert THIRD not in case.letters


def test_n_int_04_at_most_two_months_stands_in_the_table() -> None:
    model = read_model(resource_folder("processes") / "beslissingen" / "d00-termijnen.dmn")

    found = model.evaluate("Termijnen brede intake", {})

    assert found == {"oproep": "P14D", "naBoete": "P2M"}


def test_n_int_05_not_met_after_a_fine_there_is_a_second_procedure_and_no_third(case: Case) -> None:
    case.until_first_fine()
    fined(case, "2026-06-19")
    case.at("2026-06-20")
    case.absent()
    assert [i.variables["intakeBoeteNummer"] for i in case.called("handhaving")] == [1, 2]
    assert case.called("handhaving")[1].variables["oproepEinde"] == "2026-06-19"

    case.do("taak_intake_bij_afwezigheid", alsnogVerschenen=True)
    case.absent()

    assert len(case.called("handhaving")) == 2


def test_n_int_05_without_a_fine_there_is_no_second_procedure(case: Case) -> None:
    case.until_first_fine()
    case.do("taak_oorzaak_onderzoeken", verwijtbaar="nee", oorzaak="Er was een goede reden.", inBijstand=False)
    case.call("2026-03-10")
    case.at("2026-03-19")
    case.absent()

    assert len(case.called("handhaving")) == 1


def test_n_int_06_without_a_fine_a_third_call_goes_out_and_only_then_the_intake_is_completed_in_absence(case: Case) -> None:
    case.until_first_fine()
    assert "taak_intake_bij_afwezigheid" not in case.tasks
    case.do("taak_oorzaak_onderzoeken", verwijtbaar="nee", oorzaak="Er was een goede reden.", inBijstand=False)
    assert case.tasks == ["taak_intake_plannen"]
    case.call("2026-03-10")
    assert (case.letters, case.fact("oproepEinde")) == ([FIRST, SECOND, THIRD], "2026-03-18")

    case.at("2026-03-18")
    case.too_early(until="2026-03-18")
    case.at("2026-03-19")
    case.absent()
    assert case.tasks == ["taak_intake_bij_afwezigheid"]
    with pytest.raises(InvalidSubmission, match="Waarom rondt u af"):
        case.do("taak_intake_bij_afwezigheid", alsnogVerschenen=False)
    case.do("taak_intake_bij_afwezigheid", alsnogVerschenen=False, afwezigReden="Drie oproepen, geen antwoord.")

    assert case.tasks == ["taak_pip_opstellen"]


@pytest.mark.parametrize(
    ("cause", "then"),
    [
        ({"verwijtbaar": "nee", "inBijstand": False}, None),
        ({"verwijtbaar": "ja", "inBijstand": True, "bijstandVerlaagd": "nee", "grondslag": "participatiewet"},
         ("taak_maatregel_overdragen", {"maatregelOvergedragen": "2026-03-04"})),
        ({"verwijtbaar": "onduidelijk", "inBijstand": False},
         ("taak_jurist_beoordelen", {"juristOordeel": "geen_boete", "juristMotivering": "Geen onwil gebleken."})),
    ],
)  # fmt: skip
def test_n_int_06_however_the_procedure_ends_without_a_fine_the_intake_goes_on(
    case: Case, cause: dict[str, Any], then: tuple[str, dict[str, Any]] | None
) -> None:
    case.until_first_fine()
    case.do("taak_oorzaak_onderzoeken", oorzaak="Gesproken aan de deur.", **cause)
    if then:
        case.do(then[0], **then[1])

    assert case.tasks == ["taak_intake_plannen"]


SUBJECTS = sorted(set(REPORT) - {"verslagGezien"})


def at_the_report(case: Case, **talk: Any) -> None:
    case.call("2026-02-02")
    case.do("taak_intakegesprek", **TALK, **talk)
    if "taak_toets_volgen" in case.tasks:
        case.message("duo.SS131", lbtUitslag="B1-route haalbaar")


@pytest.mark.parametrize("missing", SUBJECTS)
def test_n_int_07_the_intake_is_not_complete_without_each_subject(case: Case, missing: str) -> None:
    at_the_report(case)
    with pytest.raises(InvalidSubmission) as refused:
        case.do("taak_intake_verslag", **{k: v for k, v in REPORT.items() if k != missing})

    assert [p.field for p in refused.value.problems] == [missing]
    assert case.tasks == ["taak_intake_verslag"]


def test_n_int_07_vve_only_where_it_applies_and_test_and_work_not_again_after_a_move(case: Case) -> None:
    at_the_report(case, naVerhuizing=True)
    assert case.tasks == ["taak_intake_verslag"]
    moved = {k: v for k, v in REPORT.items() if k != "werkervaring"}
    with pytest.raises(InvalidSubmission, match="vve"):
        case.do("taak_intake_verslag", **{**moved, "vveVanToepassing": True})

    case.do("taak_intake_verslag", **moved)

    assert case.tasks == ["taak_pip_opstellen"]


def test_n_int_07_health_is_for_the_klantmanager_only() -> None:
    entries = json.loads((resource_folder("processes") / "inburgering" / "gegevens.json").read_text())
    health = next(e for e in entries if e["name"] == "gezondheid")

    assert (health["category"], health["roles"]) == ("special", ["klantmanager"])


def test_n_int_08_that_the_right_to_be_heard_alone_was_pointed_out_is_recorded(case: Case) -> None:
    case.call("2026-02-02")
    with pytest.raises(InvalidSubmission, match="alleen mag praten"):
        case.do("taak_intakegesprek", verschenen=True, leeftijd=31)

    case.do("taak_intakegesprek", **TALK)

    assert case.fact("rechtAlleenGewezen") is True


@pytest.mark.parametrize("letter", ["uitnodiging-brede-intake", "tweede-oproep-intake", "derde-oproep-intake"])
def test_n_int_08_each_letter_says_so_and_that_an_interpreter_is_free(letter: str, tmp_path: Path) -> None:
    source = resource_folder("processes") / "brieven"
    rights = (source / "_oproep.typ").read_text().split("#let rechten")[1]

    assert "#rechten" in (source / f"{letter}.typ").read_text()
    assert "alleen met ons praten" in rights
    assert "tolk kost u niets" in rights


@pytest.mark.parametrize(
    ("limitation", "unable", "exempt"),
    [("visueel", False, True), ("visueel", True, True), ("auditief", True, True), ("auditief", False, False),
     ("auditief", None, False), ("geen", True, False), (None, None, False)],
)  # fmt: skip
def test_n_int_09_visual_always_auditory_only_when_also_unable(limitation: Any, unable: Any, exempt: bool) -> None:
    model = read_model(resource_folder("processes") / "beslissingen" / "d05-lbt-ontheffing.dmn")

    found = model.evaluate("Ontheffing leerbaarheidstoets", {"lbtBeperking": limitation, "lbtNietInStaat": unable})

    assert found["ontheven"] is exempt


def test_n_int_09_who_is_exempt_does_not_wait_for_a_result(case: Case) -> None:
    case.call("2026-02-02")
    case.do("taak_intakegesprek", **TALK, lbtBeperking="visueel")

    assert case.tasks == ["taak_intake_verslag"]


def test_n_int_10_in_the_reception_centre_no_absence_is_a_step_of_the_ladder(law: Platform) -> None:
    case = Case(law, "2026-02-02", group="asielstatushouder", in_coa=True)
    for day, after in (("2026-02-03", "2026-02-04"), ("2026-02-05", "2026-02-06"), ("2026-02-09", "2026-02-10")):
        case.call(day)
        case.at(day)
        case.too_early(until=day)
        case.at(after)
        case.absent()
    assert (case.fact("oproepNummer"), set(case.letters), case.called("handhaving")) == (0, {FIRST}, [])

    case.message("coa.uitstroom", brpDatum="2026-02-10")
    case.call("2026-02-12")

    assert (case.fact("oproepNummer"), case.fact("oproepEinde")) == (1, "2026-02-24")


def test_n_int_10_who_is_housed_without_having_been_in_a_centre_is_on_the_ladder(law: Platform) -> None:
    case = Case(law, "2026-02-02", group="asielstatushouder")
    case.call("2026-02-09")

    assert case.fact("oproepNummer") == 1


@pytest.mark.parametrize(
    ("appointment", "length", "sent", "end"),
    [
        (date(2026, 2, 9), "P14D", date(2026, 2, 2), date(2026, 2, 16)),
        (date(2026, 2, 17), "P14D", date(2026, 2, 2), date(2026, 2, 17)),
        (date(2026, 2, 21), "P14D", date(2026, 2, 2), date(2026, 2, 23)),  # the appointment is on a Saturday
        (date(2026, 12, 14), "P14D", date(2026, 12, 11), date(2026, 12, 28)),  # Eerste Kerstdag
        (date(2026, 2, 7), None, date(2026, 2, 2), date(2026, 2, 9)),
    ],
)
def test_n_atw_07_a_call_never_ends_in_a_weekend_or_on_a_holiday(
    appointment: date, length: str | None, sent: date, end: date
) -> None:
    assert brieven.call_end(appointment, length, sent) == end


def test_n_atw_07_an_end_in_the_decision_that_is_a_saturday_counts_to_monday(case: Case) -> None:
    case.until_first_fine()
    fined(case, "2026-06-20")

    assert case.fact("oproepEinde") == "2026-06-22"


def test_n_atw_07_no_letter_goes_out_after_its_own_appointment() -> None:
    with pytest.raises(InvalidInput, match="is over on 2026-02-10"):
        brieven.call_end(date(2026, 2, 9), "P14D", date(2026, 2, 10))


def test_n_pip_05_the_ten_weeks_run_on_during_the_ladder(case: Case) -> None:
    case.call("2026-02-09")
    before = case.fact("pipUiterlijk")
    case.at("2026-02-17")
    case.absent()
    case.call("2026-02-24")
    case.at("2026-04-01")

    assert case.fact("pipUiterlijk") == before == "2026-04-13"
    assert "taak_intake_bespoedigen" in case.tasks


def test_n_pip_12_a_late_pip_has_no_sanction_and_is_only_late(law: Platform) -> None:
    case = Case(law, "2026-03-02")

    def state() -> tuple[int, list[tuple[str, bool]]]:
        found = law.services.terms.of_case(case.key, SYSTEM)
        return law.services.boards.board(SYSTEM).counts.late, [(x.term.title, x.is_late) for x in found if x.row.is_running]

    case.at("2026-05-11")
    assert state() == (0, [("PIP vaststellen", False)])
    case.at("2026-05-12")
    assert state() == (1, [("PIP vaststellen", True)])
    assert {i.process_id for i in law.instances()} == {"inburgering", "brede-intake"}, "nothing begins by itself"
    assert "taak_intake_plannen" in case.tasks


def test_n_dat_02_the_report_of_the_intake_goes_to_the_person_and_tells_nothing_of_health(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    case.call("2026-03-10")
    case.do("taak_intakegesprek", **TALK)
    case.message("duo.SS131", lbtUitslag="B1-route haalbaar")
    case.do("taak_intake_verslag", **REPORT | {"gezondheid": "Suikerziekte en slecht slapen."})
    [report] = [d for d in law.documents(case.key) if d.title == "Verslag brede intake"]
    content = law.services.documents.content(report.key)[1]
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())

    assert "B1-route haalbaar" in words
    assert "Suikerziekte" not in words
    assert "staat niet in deze brief" in words
