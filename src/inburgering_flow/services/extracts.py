"""Everything that is held about one person, for that person (AVG, article 15): also who looked at it, and why.

What it holds follows from what each column of each table is declared to be (``store/extracts.py``). Names of other citizens are
not in it; staff are told by name and role. Only who may give it (``person.extract``) makes one, with a reason, and the log says
so before anything is read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.entry_files import EntryFiles
from inburgering_flow.services.list_looks import hashed_words
from inburgering_flow.services.people import People
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.store import accounts, audit, cases, extracts, instances, tables
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.audit import Wanted
from inburgering_flow.store.database import Unit
from inburgering_flow.store.extracts import DECLARED
from inburgering_flow.values import load_value

VERSION = 1
"""Of the shape of the file; ``docs/inzage.md`` describes it."""
ACTION = "person.extract"
MOST_LINES = 1_000_000
FORMATS = ("pdf", "json")


@dataclass(frozen=True)
class Extract:
    """What is held about somebody: each part of the file, and what the file says about itself."""

    organisation: str
    made: datetime
    name: str
    parts: Mapping[str, list[dict[str, Any]]]

    @property
    def content(self) -> dict[str, Any]:
        """Return it as the file for programs has it."""
        return {
            "versie": VERSION, "organisatie": self.organisation, "gemaaktOp": _text(self.made), "over": self.name,
            "delen": dict(self.parts),
        }  # fmt: skip


class Extracts:
    """Use cases about what is held about somebody."""

    def __init__(self, context: Context, access: CaseAccess, people: People, entry_files: EntryFiles) -> None:
        self.context = context
        self.access = access
        self.people = people
        self.entry_files = entry_files

    def person_of(self, root_key: int, actor: Actor) -> int:
        """Return whom a case is about; raises NotFound where it is about nobody, Forbidden for who may give no extract."""
        actor.require(permissions.EXTRACT)
        self.access.check(root_key, actor)
        with self.context.db.read() as unit:
            case = cases.get(unit, root_key)
        if case is None or case.person_key is None:
            raise NotFound(_("This case is about nobody."), remedy=_("Choose a case of the person."))
        return case.person_key

    def make(self, root_key: int, reason: str, actor: Actor, what: str = "json") -> Extract:
        """Return everything that is held about the person of a case; that it is asked for, as what and why is logged first.

        Raises InvalidInput for a reason that says nothing, NotFound or Forbidden.
        """
        person_key = self.person_of(root_key, actor)
        why = checked_reason(reason)
        with self.context.db.write() as unit:
            self.context.log(
                unit, actor.username, ACTION, root_key=root_key, subject_key=person_key,
                detail={"reason": why, "what": what if what in FORMATS else FORMATS[0]},
            )  # fmt: skip
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            staff = {account.username: account for account in accounts.all_accounts(unit)}
            parts = {}
            for name, declared in DECLARED.items():
                if declared.part and name != "audit":
                    parts[declared.part] = list(self._rows(unit, name, person_key, staff))
            parts[DECLARED["audit"].part] = list(self._log(unit, person_key, staff))
        name = next((str(one["naam"]) for one in parts["persoon"]), "")
        return Extract(self.context.organisation, self.context.clock.now(), name, parts)

    def _rows(
        self, unit: Unit, table: str, person_key: int, staff: Mapping[str, AccountRow]
    ) -> Iterator[dict[str, Any]]:
        declared = DECLARED[table]
        for row in extracts.rows(unit, tables.metadata.tables[table], person_key):
            shown = {name: _text(row[column]) for column, name in declared.held.items()}
            shown |= {name: self._staff(row[column], staff) for column, name in declared.staff.items()}
            shown |= {name: self._unsealed(table, row, column) for column, name in declared.sealed.items()}
            if table == "variable":
                shown |= self._meaning(unit, row)
                shown["waarde"] = load_value(row["value"])
            if table == "person_number" and row["encrypted"] is not None:
                shown["gezochtMet"] = None  # a hash under a key of the organisation: it says nothing
            yield shown

    def _unsealed(self, table: str, row: Mapping[str, Any], column: str) -> Any:
        if table == "person_number":
            return self.people.opened(row["kind"], row["encrypted"]) if row["encrypted"] is not None else row["found_by"]
        return self.entry_files.opened(row[column])

    def _meaning(self, unit: Unit, row: Mapping[str, Any]) -> dict[str, str]:
        """Return what a fact means and where it comes from, as the data dictionary of its process says."""
        definition = instances.get(unit, row["instance_key"]).definition_key
        meaning, source = self.context.catalog.meanings_of(definition).get(row["name"], ("", ""))
        return {"betekenis": meaning, "bron": source}

    @staticmethod
    def _staff(value: Any, staff: Mapping[str, AccountRow]) -> Any:
        """Return who of the staff somebody is: by name, with roles."""

        def told(username: str) -> dict[str, Any]:
            account = staff.get(username)
            named = account.display_name or account.username if account is not None else username
            return {"naam": named, "rollen": list(account.roles) if account is not None else []}

        if value is None or value == "":
            return None
        return [told(one) for one in value] if isinstance(value, tuple) else told(str(value))

    def _log(self, unit: Unit, person_key: int, staff: Mapping[str, AccountRow]) -> Iterator[dict[str, Any]]:
        """Yield the lines of the log about a person, the newest first: also lists and searches in which they were found. Of those
        only which list it was is told, for the rest is about others.
        """
        person = self.people.load(unit, person_key)
        numbers = [str(found) for one in self.people.schema.numbers if (found := person.get(one.name))]
        words = [word for number in numbers for word in hashed_words(self.context, number)]
        roots = extracts.root_keys(unit, person_key)
        declared = DECLARED["audit"]
        for line in audit.found(unit, Wanted(person=person_key, words=tuple(words)), MOST_LINES):
            is_theirs = line["root_key"] in roots or line["subject_key"] == person_key
            detail = line["detail"] or {}
            shown = {name: _text(line[column]) for column, name in declared.held.items()}
            shown["bijzonderheden"] = detail if is_theirs else {k: v for k, v in detail.items() if k in ("list", "reason")}
            yield shown | {"wie": self._staff(line["actor"], staff)}


def _text(value: Any) -> Any:
    """Return a value as JSON has it: moments in UTC, days, and content as base64."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return list(value) if isinstance(value, tuple) else value


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the file for programs; ``docs/inzage.schema.json`` holds it."""
    text = {"type": "string"}
    person = {
        "type": ["object", "null"], "properties": {"naam": text, "rollen": {"type": "array", "items": text}},
        "required": ["naam", "rollen"],
    }  # fmt: skip
    people = {"anyOf": [person, {"type": "array", "items": person}]}
    parts: dict[str, Any] = {}
    for table, declared in DECLARED.items():
        if not declared.part:
            continue
        fields: dict[str, Any] = {}
        for column, name in declared.names.items():
            fields[name] = people if column in declared.staff else {}
        if table == "variable":
            fields |= {"betekenis": {"type": "string"}, "bron": {"type": "string"}}
        parts[declared.part] = {
            "title": declared.title, "type": "array",
            "items": {"type": "object", "properties": fields, "required": sorted(fields), "additionalProperties": False},
        }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Inzage (AVG, artikel 15)", "type": "object",
        "properties": {
            "versie": {"const": VERSION}, "organisatie": text, "gemaaktOp": text, "over": text,
            "delen": {"type": "object", "properties": parts, "required": sorted(parts), "additionalProperties": False},
        },
        "required": ["delen", "gemaaktOp", "organisatie", "over", "versie"], "additionalProperties": False,
    }  # fmt: skip
