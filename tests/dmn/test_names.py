"""Names that a decision reads are required by it, or reported as unknown before anything runs."""

from __future__ import annotations

from decisions import context, data, decision, file, knowledge, table

from inburgering_flow.dmn.file import read
from inburgering_flow.dmn.rules import check
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource


def said(*parts: str) -> list[str]:
    found = check(read(file("".join(parts)).encode(), name="m.dmn", functions={"feestdagen"}))
    return [f"{f.element_id}: {f.message} {f.remedy}" for f in found if f.rule == "decision-unknown-name"]


def test_what_is_declared_but_not_required_is_said_with_what_to_draw() -> None:
    (one,) = said(data("bedrag", "number"), data("leeftijd", "number"), decision("D", "bedrag + leeftijd", inputs=["bedrag"]))

    assert one == "D: 'D' reads leeftijd without requiring it. Draw the requirement from leeftijd to it."


def test_a_name_that_nobody_knows_is_said_with_what_may_have_been_meant() -> None:
    (one,) = said(data("bedrag", "number"), decision("D", "bedrga > 250", inputs=["bedrag"]))

    assert "D: 'D' reads bedrga, which nothing provides. Did you mean bedrag?" in one


def test_every_part_of_a_table_is_read() -> None:
    logic = table(["a", "b + c1"], [["> d1", "-", "e1"], ["-", "? < f1", "1"]], types={0: "number"}, defaults=["g1"],
                  allowed={0: "< h1"})  # fmt: skip
    found = said(data("a", "number"), data("b", "number"), decision("D", logic, inputs=["a", "b"]))

    assert sorted(one.split(" reads ")[1].split(",")[0] for one in found) == ["c1", "d1", "e1", "f1", "g1", "h1"]


def test_local_names_functions_and_fields_of_items_are_known() -> None:
    boxes = context(("een", "a + 1"), ("twee", "een + feestdagen(2026)"), result="[1, 2][item > twee]")
    assert said(data("a", "number"), decision("D", boxes, inputs=["a"])) == []
    assert said(data("xs", "Any"), decision("D", "for x in xs return x.naam", inputs=["xs"])) == []
    assert said(data("xs", "Any"), decision("D", "xs[kleur = \"rood\"]", inputs=["xs"])) == []
    assert said(data("a", "number"), knowledge("f", {"n": "number"}, "n * f(n - 1)"), decision("D", "f(a)", inputs=["a"], knows=["f"])) == []


def test_a_function_that_is_not_required_is_said() -> None:
    (one,) = said(data("a", "number"), knowledge("f", {"n": "number"}, "n"), decision("D", "f(a)", inputs=["a"]))

    assert "reads f without requiring it" in one


def test_a_simple_table_without_requirements_reads_the_variables_of_the_process() -> None:
    assert said(decision("D", table(["bedrag"], [["> 1", "1"]], types={0: "number"}))) == []


def test_a_designer_is_warned_and_nothing_is_refused(platform: Platform) -> None:
    content = file(data("bedrag", "number") + decision("D", "bedrga", inputs=["bedrag"])).encode()

    assert [f.rule for f in platform.services.deployments.check([Resource("d.dmn", content)])] == ["decision-unknown-name"]
    assert platform.services.deployments.deploy([Resource("d.dmn", content)])


def test_the_id_of_a_required_decision_is_a_name() -> None:
    one, other = decision("Welk seizoen", "1"), decision("D", "Welk_seizoen", decisions=["Welk seizoen"])
    assert said(one, other) == []
    assert len(said(one, decision("D", "Welk_seizoen + bedrag", decisions=["Welk seizoen"]))) == 1
