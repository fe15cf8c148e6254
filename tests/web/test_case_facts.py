"""Lists of cases and tasks are narrowed by variables that the data dictionary declares searchable, and by no others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from diagrams import Diagram
from sqlalchemy import text as sql

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.case_facts import FactRegister
from inburgering_flow.services.searchable_entries import data_searchable
from inburgering_flow.store import case_facts
from inburgering_flow.store.dialects import SQLITE
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
TOM = Actor("tom", ("teammanager",), table=ROLES)
CEES = Actor("cees", ("consulent",), table=ROLES)
DATA = [
    {"name": "route", "type": "string", "pattern": "B1|O|Z", "category": "none", "searchable": {"title": "Route"},
     "roles": ["teammanager", "klantmanager"]},
    {"name": "snel", "type": "boolean", "category": "none", "searchable": {"title": "Gaat snel"}, "roles": ["teammanager"]},
    {"name": "vrij", "type": "string", "category": "none", "roles": ["teammanager"]},
]  # fmt: skip
GROUP = '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'


@pytest.fixture
def town(platform: Platform, tmp_path: Path) -> Platform:
    folder = tmp_path / "zoek"
    folder.mkdir()
    (folder / "gegevens.json").write_text(json.dumps(DATA))
    inner = Diagram("deel").start().script("s", '"Z"', "route").user("b").end().path("start", "s", "b", "end")
    outer = Diagram("p").start().user("a", GROUP).end().path("start", "a", "end")
    for name, one in {"p": outer, "deel": inner}.items():
        (folder / f"{name}.bpmn").write_text(one.xml())
    platform.deploy(folder)
    return platform


def found(town: Platform, **chosen: str) -> set[int]:
    lists, facts = town.services.case_lists, town.services.case_facts.wanted(TOM, chosen)
    rows = {row.key for row in lists.search(TOM, filters=lists.narrowed(facts=facts)).rows}
    by_column = {row.key for row in lists.search(TOM, filters=lists.narrowed(facts=facts), by="case").rows}
    tasks = town.services.task_lists
    narrowed = tasks.narrowed(facts=facts)
    seen = {item.root_key for item in tasks.page(TOM, "alle", narrowed).items}
    ordered = {item.root_key for item in tasks.page(TOM, "alle", narrowed, by="name").items}
    assert tasks.count(TOM, "alle", narrowed) == len(seen)
    assert rows == by_column == seen == ordered
    return rows


@pytest.mark.parametrize("few", [2_000, 0], ids=["few", "many"])
def test_a_list_is_narrowed_by_the_newest_value_of_a_variable(
    town: Platform, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(case_facts, "FEW", few)
    first = town.start("p", {"route": "B1", "snel": True})
    second = town.start("p", {"route": "O", "snel": False, "vrij": "B1"})
    town.start("p")
    assert (found(town, route="B1"), found(town, route="O"), found(town, snel="false")) == ({first}, {second}, {second})
    town.services.processes.set_variables(second, {"route": "B1"})
    assert found(town, route="B1") == {first, second}
    assert found(town, route="B1", snel="true") == {first}
    town.services.processes.set_variables(first, {"route": None})
    assert (found(town, route="B1"), found(town, route="O")) == ({second}, set())
    inside = town.start("deel")
    assert found(town, route="Z") == {inside}


def test_only_those_who_may_read_a_variable_narrow_by_it_and_only_by_its_values(town: Platform) -> None:
    facts = town.services.case_facts
    karin = Actor("karin", ("klantmanager",), table=ROLES)
    assert [(one.name, one.values) for one in facts.offered(TOM)] == [("snel", ()), ("route", ("B1", "O", "Z"))]
    assert [one.name for one in facts.offered(karin)] == ["route"]
    assert facts.offered(CEES) == []
    for actor, chosen in ((karin, {"snel": "true"}), (TOM, {"route": "X"}), (TOM, {"vrij": "B1"}), (TOM, {"snel": "ja"}),
                          (CEES, {"route": "B1"}), (TOM, dict.fromkeys("abcd", "true"))):  # fmt: skip
        with pytest.raises(InvalidInput):
            facts.wanted(actor, chosen)
    assert facts.wanted(TOM, {}) == ()


def test_what_ran_before_is_taken_up_and_what_is_deleted_is_gone(town: Platform) -> None:
    keys = [town.start("p", {"route": "B1"}) for _ in range(3)]
    with town.context.db.write() as unit:
        unit.connection.execute(sql("DELETE FROM case_fact"))
    assert found(town, route="B1") == set()
    register = FactRegister(town.context)
    assert (register.catch_up(), register.catch_up()) == (3, 0)
    assert found(town, route="B1") == set(keys)
    town.cancel(keys[0])
    town.services.deletions.delete(keys[0], SYSTEM)
    with town.context.db.read() as unit:
        assert unit.connection.execute(sql("SELECT count(*) FROM case_fact WHERE root_key = :key"), {"key": keys[0]}).scalar_one() == 0


def test_few_cases_are_a_range_of_an_index(town: Platform) -> None:
    town.start("p", {"route": "B1"})
    with town.context.db.read() as unit:
        if unit.dialect is not SQLITE:
            unit.connection.execute(sql("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        query = case_facts.counted("route", "B1").compile(town.context.db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(sql(explain + str(query))))
    assert "ix_case_fact_name_value_root_key" in plan, plan


def test_a_dictionary_says_what_is_searchable_and_the_rest_is_left_out() -> None:
    def names(**changed: object) -> list[str]:
        entry = {"name": "x", "type": "string", "pattern": "a|b", "category": "none", "searchable": {"title": "X"}, **changed}
        return list(data_searchable(json.dumps([entry]).encode()))

    assert names() == ["x"]
    assert names(type="boolean", pattern=None) == ["x"]
    for wrong in ({"pattern": "a.*"}, {"pattern": "a|"}, {"type": "number"}, {"category": "personal"}, {"searchable": {}},
                  {"searchable": True}, {"searchable": {"title": "X", "more": 1}}, {"name": "n" * 65},
                  {"pattern": "|".join(map(str, range(51)))}):  # fmt: skip
        assert names(**wrong) == [], wrong


def test_the_shipped_lists_offer_them_in_the_page_keep_them_and_show_them_as_chips(law: Platform, as_user: Login) -> None:
    key, other = start_case(law, "D-1"), start_case(law, "D-2")
    law.services.processes.set_variables(key, {"doelgroep": "gezinsmigrant"})
    law.services.processes.set_variables(other, {"doelgroep": "asielstatushouder"})
    tom = as_user("tom")
    page = tom.get("/zaken?g_doelgroep=gezinsmigrant").text
    assert re.findall(r'href="/zaken/(\d+)"', page) == [str(key)]
    assert "Doelgroep: gezinsmigrant" in said(page)
    assert "D-1" in tom.get("/taken?lijst=alle&g_doelgroep=gezinsmigrant").text
    assert "D-2" not in tom.get("/taken?lijst=alle&g_doelgroep=gezinsmigrant").text
    assert b"D-2" not in tom.get("/zaken/bestand.csv?g_doelgroep=gezinsmigrant").data
    assert tom.get("/zaken?g_doelgroep=iets").status_code == 400
    assert tom.get("/zaken?g_onzin=iets").status_code == 200, "what a list does not know is passed over"
    tom.post("/lijsten/cases/bewaren", {"naam": "Gezin", "g_doelgroep": "gezinsmigrant"})
    assert 'href="/zaken?g_doelgroep=gezinsmigrant"' in tom.get("/zaken").text
