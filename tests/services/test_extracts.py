"""What is held about somebody: each column of each table is declared, and what is held is in the extract."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram
from somebody import PEOPLE
from sqlalchemy import Boolean, Date, Integer, LargeBinary, insert

from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import extracts as service
from inburgering_flow.store import extracts
from inburgering_flow.store import tables as t
from inburgering_flow.store.extracts import DECLARED
from inburgering_flow.store.types import Json, Moment, Names
from inburgering_flow.store.types import Path as Keys
from inburgering_flow.values import dump_value

DOCS = Path(__file__).parents[2] / "docs"
RITA = Actor("rita", ("regievoerder",), table=ROLES)
WHY = "verzoek om inzage van 3 maart"


def test_each_column_of_each_table_is_declared_once() -> None:
    assert set(DECLARED) == set(t.metadata.tables), "say in store/extracts.py what a new table holds"
    for name, table in t.metadata.tables.items():
        found = DECLARED[name]
        said = [*found.held, *found.staff, *found.sealed, *found.keys, *found.apart]
        assert sorted(said) == sorted(c.name for c in table.columns), f"say in store/extracts.py what {name}'s columns hold"
        assert bool(found.part) == bool(found.names)
    parts = [found.part for found in DECLARED.values() if found.part]
    assert len(set(parts)) == len(parts)


def test_the_documented_schema_is_that_of_the_file() -> None:
    """``python -c`` of the message writes it anew."""
    written = json.dumps(service.schema(), ensure_ascii=False, indent=1) + "\n"
    path = DOCS / "inzage.schema.json"
    assert path.read_text(encoding="utf-8") == written, "write json.dumps(services.extracts.schema(), ...) into docs/inzage.schema.json"


class Planter:
    """Fills a row of each table that hangs on a person, with a marker of its own in each column that is held."""

    def __init__(self, platform: Platform, person: int, root: int) -> None:
        self.platform, self.person, self.root = platform, person, root
        self.markers: dict[tuple[str, str], Any] = {}
        self.number = 0

    def value(self, table: Any, column: Any) -> Any:
        self.number += 1
        marker = f"merk{self.number:04}"
        known = DECLARED[table.name]
        if isinstance(column.type, Moment):
            found: Any = datetime(1950, 1, 1, 0, 0, tzinfo=UTC).replace(year=1900 + self.number % 90, minute=self.number % 60)
        elif isinstance(column.type, Date):
            found = date(1900 + self.number % 90, 1 + self.number % 12, 1)
        elif isinstance(column.type, Boolean):
            found = True
        elif isinstance(column.type, Json):
            found = {marker: [1, Decimal("2.5")]}
        elif isinstance(column.type, Names):
            found = (marker,)
        elif isinstance(column.type, LargeBinary):
            found = marker.encode()
        elif isinstance(column.type, Integer):
            found = 700_000 + self.number
        else:
            found = marker[: getattr(column.type, "length", None) or None]
        if column.name in known.names:
            self.markers[table.name, column.name] = found
        return found

    def row(self, name: str, **given: Any) -> dict[str, Any]:
        table = t.metadata.tables[name]
        values: dict[str, Any] = {}
        for column in table.columns:
            if column.name in given:
                values[column.name] = given[column.name]
                if column.name in DECLARED[name].names:
                    self.markers.setdefault((name, column.name), given[column.name])
            elif column.name in DECLARED[name].names:
                values[column.name] = self.value(table, column)
            elif column.name == "tenant_id":
                values[column.name] = "<default>"
            elif column.nullable:
                values[column.name] = None
            elif isinstance(column.type, Keys):
                values[column.name] = ()
            elif isinstance(column.type, Moment):
                values[column.name] = datetime(2026, 1, 1, tzinfo=UTC)
            elif isinstance(column.type, Boolean):
                values[column.name] = False
            elif isinstance(column.type, Names):
                values[column.name] = ()
            elif column.name in DECLARED[name].keys and isinstance(column.type, Integer):
                values[column.name] = self.platform.context.keys.next()
            elif isinstance(column.type, Integer):
                values[column.name] = 1
            else:
                values[column.name] = "x"
        return values

    def plant(self, name: str, **given: Any) -> dict[str, Any]:
        row = self.row(name, **given)
        with self.platform.context.db.write() as unit:
            unit.connection.execute(insert(t.metadata.tables[name]), row)
        return row


def planted(platform: Platform) -> tuple[Planter, int]:
    """Return a planter that has filled every table with a part, and the case of the person."""
    next_key = platform.context.keys.next
    person, root = next_key(), next_key()
    p = Planter(platform, person, root)
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    definition = platform.services.deployments.newest("process")[0].key
    p.plant("person", key=person, fields={"straat": "merkstraat"})
    p.markers["person", "fields"] = "merkstraat"
    p.plant("process_instance", key=root, root_key=root, person_key=person, definition_key=definition, state="COMPLETED",
            business_key="merkzaak", process_id="p")  # fmt: skip
    p.markers |= {("process_instance", "business_key"): "merkzaak", ("process_instance", "state"): "COMPLETED"}
    here = {"root_key": root}
    inside = {**here, "instance_key": root, "definition_key": definition}
    number = platform.services.people._row_of(platform.services.people.schema.numbers[0], "999990019")
    p.plant("person_number", person_key=person, kind=number.kind, found_by=number.found_by, encrypted=number.encrypted)
    p.markers |= {("person_number", "kind"): number.kind, ("person_number", "encrypted"): "999990019"}
    p.plant("search_word", key=person, kind="person")
    p.plant("variable", instance_key=root, scope_key=root, value=dump_value("merkwaarde"))
    p.markers["variable", "value"] = "merkwaarde"
    task = next_key()
    for name in ("decision_instance", "term", "appointment", "element_instance", "job", "job_history", "subscription", "incident"):
        p.plant(name, **inside)
    p.plant("user_task", key=task, **inside)
    for name in ("note", "alert", "case_fact"):
        p.plant(name, **here)
    p.plant("user_task_candidate", task_key=task)
    p.plant("draft", task_key=task)
    checksum = "merkcontrole"
    p.plant("document_content", checksum=checksum)
    p.plant("document", checksum=checksum, **{k: v for k, v in inside.items() if k != "definition_key"})
    p.markers |= {("document", "checksum"): checksum, ("document_content", "checksum"): checksum}
    entry = next_key()
    p.plant("ledger_entry", key=entry, **here)
    p.plant("ledger_posting", entry_key=entry)
    message = next_key()
    p.plant("message", key=message)
    p.plant("message_correlation", message_key=message, instance_key=root)
    p.plant("retention", root_key=root, person_key=person)
    p.plant("compensation", instance_key=root)
    batch = p.row("batch_operation", key=next_key(), plan={})
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.batch_operation), batch)
    p.plant("batch_item", batch_key=batch["key"], instance_key=root)
    file = p.row("entry_file", key=next_key(), header=[])
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.entry_file), file)
    locked = platform.services.entry_files._locked
    p.plant("entry_row", file_key=file["key"], case_key=root, content=locked({"a": "merkrij"}), found=locked({"b": "merkvondst"}))
    p.markers |= {("entry_row", "content"): "merkrij", ("entry_row", "found"): "merkvondst"}
    p.plant("audit", root_key=root, detail={"reason": "merkreden"})
    p.markers["audit", "detail"] = "merkreden"
    return p, root


def spoken(value: Any) -> str:
    """Return how a planted value reads in the file."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return str(next(iter(value)))
    if isinstance(value, tuple):
        return str(value[0])
    return "true" if value is True else str(value)


def test_a_marker_in_every_column_that_is_held_is_in_the_file(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(plugins=[PEOPLE])
    p, root = planted(platform)

    content = platform.services.extracts.make(root, WHY, RITA).content

    wanted = {
        (name, column) for name, found in DECLARED.items() for column in found.names
        if (name, column) not in {("person_number", "found_by")}  # of a secret number a hash under the organisation's key
    }  # fmt: skip
    assert set(p.markers) >= wanted, f"plant {sorted(wanted - set(p.markers))}"
    for (name, column), value in p.markers.items():
        if (name, column) not in wanted:
            continue
        rows = content["delen"][DECLARED[name].part]
        shown = [json.dumps(row[DECLARED[name].names[column]], ensure_ascii=False, default=str) for row in rows]
        assert any(spoken(value) in one for one in shown), f"{name}.{column} is not in the file"
    assert fits(content, service.schema())
    assert not fits({**content, "delen": {}}, service.schema())


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Tell whether a value is what a schema says, by the words that ours uses."""
    if "const" in schema:
        return bool(value == schema["const"])
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    kinds = schema.get("type", ())
    types = {"object": dict, "array": list, "string": str, "null": type(None)}
    if kinds and not isinstance(value, tuple(types[k] for k in ([kinds] if isinstance(kinds, str) else kinds))):
        return False
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        if not set(schema["required"]) <= set(value) or not (schema.get("additionalProperties", True) or set(value) <= set(known)):
            return False
        return all(fits(one, known.get(name, {})) for name, one in value.items())
    return all(fits(one, schema.get("items", {})) for one in value) if isinstance(value, list) else True


def test_nothing_of_another_person_is_in_it(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(plugins=[PEOPLE])
    _mine, root = planted(platform)
    other = platform.register_person({"voornamen": "Ander", "achternaam": "Mens", "bsn": "999990020"})
    theirs = platform.start("p", {"dossiernummer": "ANDER-1", "geheim": "vanander"}, person=other)
    platform.services.case_file.add_note(theirs, "notitie van ander", SYSTEM)
    whole = json.dumps(platform.services.extracts.make(root, WHY, RITA).content, default=str)
    for word in ("Ander", "Mens", "ANDER-1", "vanander", "notitie van ander", "999990020", str(theirs), str(other)):
        assert word not in whole, word
    assert "999990019" in whole


def test_it_is_made_with_a_reason_by_who_may_and_the_log_says_so(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(plugins=[PEOPLE])
    _mine, root = planted(platform)
    with pytest.raises(InvalidInput):
        platform.services.extracts.make(root, "", RITA)
    with pytest.raises(Forbidden):
        platform.services.extracts.make(root, WHY, Actor("karin", ("klantmanager",), table=ROLES))
    assert [x for x in ROLES.values() if "person.extract" in x.may and (x.hides or x.cases != "all")] == []
    content = platform.services.extracts.make(root, WHY, RITA, "pdf").content
    newest = content["delen"]["logboek"][0]
    assert (newest["wat"], newest["bijzonderheden"]) == ("person.extract", {"reason": WHY, "what": "pdf"})
    assert newest["wie"] == {"naam": "rita", "rollen": []}
    assert extracts.DECLARED["account"].part == ""
