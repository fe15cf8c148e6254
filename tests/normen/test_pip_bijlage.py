"""The annex of the Participatiewet to the PIP: a decision of its own, which the PIP never waits for (dossier 2.11)."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from normen.test_intake import Case
from pypdf import PdfReader

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering import brieven
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform

TABLE = read_model(resource_folder("processes") / "beslissingen" / "d28-pip-bijlage.dmn")
ANNEX, PIP = "PIP-bijlage Participatiewet", "PIP-beschikking"
WITHDRAWN = "PIP-bijlage Participatiewet ingetrokken"
DRAFT, DECIDE, RELEASE = "taak_bijlage_opstellen", "taak_bijlage_besluiten", "taak_tekst_vrijgeven"
DUTIES = {"bijlageVoorstel": "vaststellen", "bijlageArbeid": "naast de lessen", "bijlageAfspraken": "Werk op dagen zonder les."}
PLAN = {
    "leerroute": "B1", "niveau": "B1", "motivatieNietO": "Wil niet studeren.", "motivatieNietZ": "B1 is haalbaar.", "pvtUren": 12,
    "begeleiding": "Een vast contact.", "intensiteitModules": "Een dagdeel per week.", "aantalGesprekken": 6,
}  # fmt: skip


@pytest.fixture
def case(law: Platform) -> Case:
    """A case whose intake is over."""
    return Case(law, "2026-02-02", brpDatum="2026-01-20", instroomFase="pip", lbtUitslag="B1-route haalbaar", leeftijd=40,
                onderwijswens=False, overgenomenUit="Oud systeem", overgenomenDoor="karin", intakeOp="2026-02-01")  # fmt: skip


def granted(case: Case, permit: str = "regulier") -> None:
    case.message("gemeente.bijstand-toegekend", bijstandVanaf="2026-02-01", vergunning=permit)


def done_by(case: Case, user: str, element: str, **answers: Any) -> None:
    task = next(t for t in case.law.tasks(state="CREATED", instance=case.key) if t.element_id == element)
    case.law.complete(task.key, answers, user=user)
    case.law.run_due()


def sent(case: Case, **answers: Any) -> None:
    """Draft it, let another decide, and let a jurist release the text."""
    case.do(DRAFT, **DUTIES | answers)
    done_by(case, "tom", DECIDE, bijlageAkkoord=True)
    if RELEASE in case.tasks:
        done_by(case, "julia", RELEASE, tekstVrijgave="vrijgegeven", vrijgaveNotitie="Vergeleken.")


def signed(case: Case) -> None:
    case.do("taak_pip_opstellen", **PLAN)
    done_by(case, "tom", "taak_pip_ondertekenen", pipAkkoord=True)


def test_n_pip_01_the_pip_goes_out_while_the_annex_is_not_ready(case: Case) -> None:
    granted(case)
    assert case.tasks == [DRAFT, "taak_pip_opstellen"]

    signed(case)

    assert case.letters == [PIP]
    assert case.tasks == [DRAFT]
    assert case.fact("pipVerzondenOp", "pip-vaststellen") == "2026-02-02"


def test_n_pip_08_the_annex_is_decided_and_sent_apart_and_may_be_first(case: Case) -> None:
    granted(case)
    sent(case)

    assert case.letters == [ANNEX]
    assert case.tasks == ["taak_pip_opstellen"], "the PIP is no part of it"
    signed(case)
    assert case.letters == [ANNEX, PIP]


def test_n_pip_08_withdrawing_the_annex_leaves_the_pip_as_it_is(case: Case) -> None:
    granted(case)
    signed(case)
    sent(case)
    before = case.called("pip-vaststellen")[-1].variables

    case.message("gemeente.bijlage-herzien", herzieningReden="Het staat al ergens anders.")
    case.do(DRAFT, bijlageVoorstel="intrekken", bijlageReden="Het staat al in een ander besluit.")
    done_by(case, "tom", DECIDE, bijlageAkkoord=True)

    assert case.letters == [PIP, ANNEX, WITHDRAWN]
    assert case.called("pip-vaststellen")[-1].variables == before
    assert case.fact("bijlageVerzondenOp", "pip-bijlage") is None


def test_n_pip_08_a_pip_that_goes_back_leaves_the_annex_as_it_is(case: Case) -> None:
    granted(case)
    sent(case)
    before = case.called("pip-bijlage")[-1].variables

    case.do("taak_pip_opstellen", **PLAN)
    done_by(case, "tom", "taak_pip_ondertekenen", pipAkkoord=False, pipOpmerking="Leg beter uit waarom.")

    assert case.called("pip-bijlage")[-1].variables == before
    assert case.tasks == ["taak_pip_opstellen"]


def test_n_dat_06_who_has_no_bijstand_has_no_annex_and_the_pip_says_nothing_of_it(case: Case) -> None:
    assert case.tasks == ["taak_pip_opstellen"]
    signed(case)

    assert case.called("pip-bijlage") == []
    assert "bijstand" not in text_of(PIP, PLAN).lower()


def test_n_dat_13_the_annex_knows_only_what_the_participatiewet_needs(case: Case) -> None:
    granted(case)
    known = set(case.called("pip-bijlage")[-1].variables)

    assert known <= {"dossiernummer", "bijstandVanaf", "vergunning", "ontzorgTermijnen"}


def said(permit: str | None = None, **given: Any) -> list[str]:
    facts = {"bijlageArbeid": None, "bijlageVoorziening": None, "bijlageTegenprestatie": None, "vergunning": permit, **given}
    return [line["onderdeel"] for line in TABLE.evaluate("PIP-bijlage", facts)]


def test_n_pip_08_the_annex_names_the_duties_that_were_chosen_and_no_other() -> None:
    assert said(bijlageArbeid="naast de lessen") == ["werk"]
    assert said(bijlageArbeid="ontheven", bijlageVoorziening="Een jobcoach.") == ["ontheffing", "voorziening"]
    assert said(bijlageArbeid="naast de lessen", bijlageTegenprestatie="Koken.") == ["werk", "tegenprestatie"]


def test_n_beg_06_the_annex_refers_to_ontzorgen_and_does_not_decide_it() -> None:
    assert said("asiel bepaalde tijd", bijlageArbeid="ontheven") == ["ontheffing", "ontzorgen"]
    assert said("asiel onbepaalde tijd", bijlageArbeid="ontheven") == ["ontheffing"]
    form = json.loads((resource_folder("forms") / "pip-bijlage-opstellen.form").read_text(encoding="utf-8"))
    assert not [c["key"] for c in form["components"] if c.get("key", "").startswith("ontzorg")]


DATA = {
    "vanafDatum": "2026-02-01", "plichten": ["U zoekt werk."], "bijlageAfspraken": "Werk op dagen zonder les.",
    "bezwaartermijn": "P6W", "bezwaarUiterlijk": "2026-03-16",
}  # fmt: skip


def text_of(title: str, variables: dict[str, Any]) -> str:
    """Return the words of a letter, without its lines."""
    [kind] = [letter for letter in brieven.LETTERS if letter.title == title]
    frame = {
        "gemeente": "Voorbeeldstad", "naam": "A. Voorbeeld", "straat": "Laan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad",
        "datum": "maandag 2 februari 2026", "jaar": 2026, "maand": 2, "dag": 2, "dossiernummer": "D-1", "ondertekenaar": "de afdeling",
    }  # fmt: skip
    made = brieven.render(kind, frame | {"v": brieven._content(kind, variables, "Voorbeeldstad")}, date(2026, 2, 2))
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())


def test_n_sam_01_a_breach_of_the_annex_is_judged_by_the_participatiewet_and_is_no_ground_for_a_fine() -> None:
    words = text_of(ANNEX, DATA)

    assert "Dan kijken wij alleen naar de Participatiewet." in words
    assert "nooit een boete van de Wet inburgering 2021" in words
    assert "U kunt bezwaar maken tot en met maandag 16 maart 2026" in words, "an objection of its own"
    assert not [duty for duty in brieven.DUTIES if duty in ("werk", "voorziening", "tegenprestatie", "participatiewet")]


def test_n_sam_02_the_annex_says_when_the_bijstand_is_not_lowered_and_that_it_is_looked_at_again() -> None:
    words = text_of(ANNEX, DATA)

    assert "niet als u er niets aan kunt doen" in words
    assert "Binnen drie maanden kijken wij" in words


def test_n_pip_08_a_changed_annex_says_why_and_a_withdrawn_one_what_stays() -> None:
    changed = text_of(ANNEX, DATA | {"wijzigingMotivering": "Er is een baby.", "vorigeDagtekening": "2026-01-20"})
    assert "in de plaats van ons besluit van dinsdag 20 januari 2026. Er is een baby." in changed
    assert "in de plaats" not in text_of(ANNEX, DATA)
    gone = text_of(WITHDRAWN, {"vorigeDagtekening": "2026-01-20", "intrekkingMotivering": "Het staat elders.",
                               "bezwaarUiterlijk": "2026-03-16"})  # fmt: skip
    assert "(PIP) verandert niet" in gone
    assert "tot en met maandag 16 maart 2026" in gone


def test_n_pip_08_once_the_text_is_certain_the_annex_needs_no_release(case: Case) -> None:
    name = "beslissingen/d28-pip-bijlage.dmn"
    table = (resource_folder("processes") / name).read_text(encoding="utf-8")
    case.law.deploy_content(name, table.replace('"te controleren"', '"vast"'))
    granted(case)

    case.do(DRAFT, **DUTIES)
    done_by(case, "tom", DECIDE, bijlageAkkoord=True)

    assert case.letters == [ANNEX]
    assert RELEASE not in case.tasks
