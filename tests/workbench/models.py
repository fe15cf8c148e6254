"""A small model with what a scenario can answer for, in a folder as a designer has it."""

from __future__ import annotations

from pathlib import Path

from decisions import decision, file, table
from diagrams import Diagram, error_event, timer

NAME = "aanvraag"
STORY = """\
naam: Een kleine aanvraag wordt toegekend
klok: 2026-03-02T09:00:00+01:00
proces: aanvraag
gegevens: {bedrag: 90, nummer: A-1}
nabootsen:
  werk: {adres.opvragen: {met: {straat: Voorbeeldlaan}}}
  processen: {onderzoek: {met: {gevonden: niets}}}
stappen:
  - verwacht: {taken: [beoordelen], gegevens: {straat: Voorbeeldlaan, klein: true}, groepen: {beoordelen: auditor}}
  - taak: beoordelen
    met: {akkoord: true}
  - verwacht: {toestand: COMPLETED, einde: toegekend, storingen: 0}
"""


def diagram() -> Diagram:
    """Return: look up the address (or find none), decide whether it is little, have it looked into, and judge."""
    d = Diagram(NAME).start().service("opvragen", "adres.opvragen")
    d.code("error", "fout_adres", "geen-adres").boundary("geen_adres", "opvragen", error_event("fout_adres")).end("afgebroken")
    d.node("businessRuleTask", "bepalen", '<zeebe:calledDecision decisionId="klein" resultVariable="klein"/>')
    d.call("onderzoeken", "onderzoek")
    d.user("beoordelen", '<zeebe:assignmentDefinition candidateGroups="auditor"/>')
    d.boundary("te_laat", "beoordelen", timer("timeDuration", "P10D")).end("verlopen")
    d.xor("goed", default="goed_afgewezen").end("toegekend").end("afgewezen")
    d.path("start", "opvragen", "bepalen", "onderzoeken", "beoordelen", "goed|akkoord and bedrag < 100", "toegekend")
    return d.path("goed", "afgewezen").path("geen_adres", "afgebroken").path("te_laat", "verlopen")


def table_file() -> str:
    """Return a decision table: whether an amount is little."""
    return file(decision("klein", table(["bedrag"], [["< 100", "true"], [">= 100", "false"]])))


def write(folder: Path) -> Path:
    """Write the models and one scenario into a folder, and return it."""
    (folder / "scenarios").mkdir(parents=True)
    (folder / "aanvraag.bpmn").write_text(diagram().xml(), encoding="utf-8")
    (folder / "klein.dmn").write_text(table_file(), encoding="utf-8")
    story(folder, "eerste.yaml", STORY)
    return folder


def story(folder: Path, name: str, text: str) -> Path:
    """Write a scenario."""
    path = folder / "scenarios" / name
    path.write_text(text, encoding="utf-8")
    return path
