"""A designer changes a shipped diagram and deploys it through the upload form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from browser.steps import Pages, picture, settle, shows, start_case, task_key
from inburgering_flow.platform import Platform


def download(page: Any, address: str, process: str) -> str:
    page.goto(f"{address}/processen")
    row = page.locator("tr[data-row]", has=page.locator(f"td:has(code:text-is('{process}'))"))
    with page.expect_download() as found:
        row.get_by_role("link", name="downloaden").click()
    return found.value.path().read_bytes().decode()


def upload(page: Any, address: str, file: Path) -> None:
    page.goto(f"{address}/processen")
    page.set_input_files("#bestanden", file)
    page.fill("#reden", "de stap heet voortaan anders")
    with page.expect_navigation():
        page.click("button.primary:has-text('Klaarzetten')")


def versions(law: Platform) -> dict[str, int]:
    return {
        f"{kind} {d.id}": d.version for kind in ("process", "decision", "form") for d in law.services.deployments.newest(kind)
    }


def test_a_running_case_keeps_its_version_and_a_new_case_runs_the_changed_diagram(
    law: Platform, address: str, page_of: Pages, tmp_path: Path
) -> None:
    start_case(law, "D-OUD", name="Oud")
    old = task_key(law, "taak_intake_plannen")
    piet, karin = page_of("piet"), page_of("karin")

    shipped = download(piet, address, "brede-intake")
    changed = shipped.replace('name="Intake plannen"', 'name="Afspraak voor de intake maken"')
    assert changed != shipped
    file = tmp_path / "brede-intake.bpmn"
    file.write_text(changed)
    upload(piet, address, file)

    assert piet.locator(".notice").inner_text() == "brede-intake versie 2 is klaargezet."
    row = piet.locator("tr[data-row]", has=piet.locator("td:has(code:text-is('brede-intake'))"))
    assert row.locator("td").nth(2).inner_text() == "2"
    picture(piet, "processen-versie-2")
    start_case(law, "D-NIEUW", name="Nieuw")
    karin.goto(f"{address}/taken?lijst=rollen")
    rows = karin.locator("tr[data-row]")
    titles = {
        rows.nth(n).locator("td[data-title=Dossier]").inner_text(): rows.nth(n).locator("td.kept").inner_text()
        for n in range(rows.count())
    }
    assert titles == {"D-OUD": "Intake plannen", "D-NIEUW": "Afspraak voor de intake maken"}
    law.complete(old, {"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}, user="karin")
    law.run_due()
    assert "taak_intakegesprek" in {t.element_id for t in law.tasks(state="CREATED")}

    row.locator("a").first.click()
    assert "Versie 2." in piet.locator(".lead").inner_text()
    assert piet.locator("tr:has-text('Afspraak voor de intake maken') td").nth(1).inner_text() == "<5"
    piet.get_by_role("link", name="Alle versies").click()
    assert "de stap heet voortaan anders" in piet.locator("main").inner_text()
    piet.get_by_role("link", name="Wat is er veranderd?").click()
    settle(piet)
    shows(piet, ".diagram .flow-changed[data-element-id=taak_intake_plannen]", 2)
    assert "van Intake plannen" in " ".join(piet.locator("main").inner_text().split())
    picture(piet, "versies-vergeleken")
    upload(piet, address, file)
    assert piet.locator(".notice").inner_text() == "brede-intake versie 2 was al klaargezet."


@pytest.mark.parametrize(
    ("right", "wrong", "element", "remedy"),
    [
        ("bpmn:userTask", "bpmn:toverTaak", "taak_intake_plannen", "Teken het met de elementen uit de elemententabel"),
        (
            'formId="intake-plannen"', 'formId="bestaat-niet" bindingType="deployment"', "taak_intake_plannen",
            "Zet het formulier samen met het diagram klaar",
        ),
    ],
    ids=["unknown element", "missing form"],
)
def test_a_wrong_diagram_is_told_with_element_and_remedy_and_deploys_nothing(
    law: Platform, address: str, page_of: Pages, tmp_path: Path, right: str, wrong: str, element: str, remedy: str
) -> None:
    piet, before = page_of("piet"), versions(law)
    file = tmp_path / "brede-intake.bpmn"
    file.write_text(download(piet, address, "brede-intake").replace(right, wrong))

    upload(piet, address, file)

    finding = piet.locator(f".summary li:has-text('{remedy}')").first
    assert f"inburgering/brede-intake.bpmn: {element}" in finding.inner_text()
    picture(piet, "processen-bevinding")
    assert versions(law) == before
    piet.goto(f"{address}/processen")
    assert (
        piet.locator("tr[data-row]", has=piet.locator("td:has(code:text-is('brede-intake'))")).locator("td").nth(2).inner_text()
        == "1"
    )
