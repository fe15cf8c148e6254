"""Persons: registered apart from cases as the domain's schema asks, with secret numbers encrypted and masked."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from inburgering_flow.errors import Conflict, FlowError, Forbidden, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import names, permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import IdentifyingNumber, Person, PersonField, PersonSchema
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import shown_person
from inburgering_flow.services.looks import Look
from inburgering_flow.services.ranges import Range
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.store import instances, people
from inburgering_flow.store.database import Unit
from inburgering_flow.store.people import NumberRow
from inburgering_flow.store.searching import Sought

LEAST_SOUGHT, LONGEST_SOUGHT, MOST_WORDS = 2, 255, 8


class NumberTaken(Conflict):
    """Another person has this secret number: ``number`` says of which kind, ``person_key`` who, for the log only."""

    code = "NUMBER_TAKEN"

    def __init__(self, number: IdentifyingNumber, person_key: int) -> None:
        super().__init__(_(number.known), remedy=_("Look both up again where persons are registered."))
        self.number = number
        self.person_key = person_key


class NotSuchNumber(InvalidInput):
    """What was given is not a valid number of this kind."""

    code = "INVALID_NUMBER"

    def __init__(self, number: IdentifyingNumber) -> None:
        super().__init__(_(number.wrong), remedy=_("Check its digits."))
        self.number = number


class People:
    """Use cases about persons."""

    def __init__(self, context: Context, access: CaseAccess) -> None:
        self.context = context
        self.access = access

    @property
    def schema(self) -> PersonSchema:
        """What is asked and kept about a person; raises InvalidInput if this platform has no register of persons."""
        found = self.context.domain.person
        if found is None:
            raise InvalidInput(
                _("This platform has no register of persons."), remedy=_("Start the case without a person.")
            )
        return found

    def register(self, fields: Mapping[str, Any], actor: Actor = SYSTEM) -> int:
        """Store a person and return the key.

        Raises InvalidInput naming each unknown or missing field, Conflict if a secret number is registered already.
        """
        with self.context.db.write() as unit:
            return self.register_in(unit, fields, actor)

    def register_in(self, unit: Unit, fields: Mapping[str, Any], actor: Actor) -> int:
        """Register inside an open unit."""
        actor.require(permissions.CASE_START)
        key, now = self.context.keys.next(), self.context.clock.now()
        row, numbers, words = self._checked(fields)
        self._refuse_known(unit, numbers, key)
        people.add(unit, {"key": key, "created": now, **row}, numbers, words)
        self.context.log(unit, actor.username, "person.register", subject_key=key)
        return key

    def found_or_registered_in(self, unit: Unit, fields: Mapping[str, Any], actor: Actor) -> int:
        """Return the person who has the secret number and the surname that were given, as registered before; else register.

        Whoever asks does not learn which of the two happened: whoever knows both knows whom they mean. The person's data
        stay as they are. Raises what ``register`` raises; NumberTaken where the number is that of somebody with another name.
        """
        actor.require(permissions.CASE_START)
        row, numbers, _words = self._checked(fields)
        for number in numbers:
            known = people.by_number(unit, number.kind, number.found_by) if number.encrypted is not None else None
            if known is not None and self.schema.is_same(row["fields"], people.get(unit, known)[0]["fields"]):
                self.context.log(unit, actor.username, "person.link", subject_key=known)
                return known
        return self.register_in(unit, fields, actor)

    def log_taken(self, taken: NumberTaken, actor: Actor, root_key: int | None = None) -> None:
        """Log that somebody gave the number of somebody with another name: an auditor who asks about that person finds it."""
        detail = {"what": taken.number.name, "code": taken.code}
        self.context.looks.log(Look(actor.username, "refused", root_key, taken.person_key, detail))

    def correct(
        self, key: int, fields: Mapping[str, Any], *, reason: str, root_key: int | None = None, actor: Actor = SYSTEM
    ) -> None:
        """Replace a person's data, logged with the reason; an empty secret number leaves the stored one as it is.

        Raises what ``register`` raises, InvalidInput without a reason, and Forbidden for a person in no case that the
        actor sees.
        """
        actor.require(permissions.CASE_CORRECT)
        why = checked_reason(reason)
        row, numbers, words = self._checked(fields)
        given = {number.kind for number in numbers}
        replaced = [n.name for n in self.schema.numbers if n.name in given or not n.is_secret]
        try:
            with self.context.db.write() as unit:
                self._check_case(unit, key, root_key, actor)
                self._refuse_known(unit, numbers, key)
                people.change(unit, key, row, numbers, replaced, words)
                self.context.log(
                    unit, actor.username, "person.correct", root_key=root_key, subject_key=key,
                    detail={"reason": why},
                )  # fmt: skip
        except NumberTaken as taken:
            self.log_taken(taken, actor, root_key)
            raise

    def _check_case(self, unit: Unit, key: int, root_key: int | None, actor: Actor) -> None:
        """Raise unless the actor sees the case, and the person is whom it is about."""
        if actor.is_system:
            return
        if root_key is not None:
            self.access.check_in(unit, root_key, actor)
        if root_key is None or instances.get(unit, root_key).person_key != key:
            raise Forbidden(_("This person belongs to no case of yours."), remedy=_("Open the case first."))

    def _refuse_known(self, unit: Unit, numbers: list[NumberRow], key: int) -> None:
        for row in numbers:
            other = people.by_number(unit, row.kind, row.found_by) if row.encrypted is not None else None
            if other not in (None, key):
                raise NumberTaken(next(n for n in self.schema.numbers if n.name == row.kind), other)

    def _checked(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[NumberRow], frozenset[str]]:
        """Return the columns of a person's row, the rows of the numbers that were given, and the words of the name."""
        schema = self.schema
        unknown = sorted(set(given) - set(schema.order))
        if unknown:
            raise InvalidInput(
                _("A person has no field {unknown}.").format(unknown=", ".join(unknown)),
                remedy=_("Use {fields}.").format(fields=", ".join(sorted(schema.order))),
            )
        values = {field.name: self._value(field, given.get(field.name)) for field in schema.fields}
        numbers = []
        for number in schema.numbers:
            text = str(given.get(number.name) or "").strip()
            if not text:
                continue
            try:
                numbers.append(self._row_of(number, number.check(text)))
            except ValueError:
                raise NotSuchNumber(number) from None
        row = {
            "name": schema.full_name(values),
            "fields": {name: value for name, value in values.items() if value},
        }
        return row, numbers, names.words(f"{row['name']} {schema.search_name(values)}")

    def _value(self, field: PersonField, given: Any) -> str:
        if isinstance(given, date):
            given = given.isoformat()
        text = str(given or "").strip() or field.default
        if field.is_required and not text:
            raise InvalidInput(_(field.missing), remedy=_("Fill it in."))
        if field.kind == "date" and text:
            try:
                text = date.fromisoformat(text).isoformat()
            except ValueError:
                raise InvalidInput(
                    _("'{field}' is not a date.").format(field=field.name), remedy=_("Write it like 1990-12-31.")
                ) from None
            now, zone = self.context.clock.now(), self.context.env.zone
            said = Range(earliest=field.earliest, latest=field.latest).problem(_(field.label), text, now, zone)
            if said:
                raise InvalidInput(said, remedy=_("Change what is named, and send it again."))
        return text

    # -- secret numbers ------------------------------------------------------------------------------------------------

    def _row_of(self, number: IdentifyingNumber, text: str) -> NumberRow:
        if not number.is_secret:
            return NumberRow(number.name, text)
        return NumberRow(number.name, self._hash(number.name, text), self._cipher(number.name).encrypt(text.encode()))

    def _cipher(self, kind: str) -> Fernet:
        key = hashlib.sha256(f"{kind}-encryption:{self.context.secret}".encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def check_key(self) -> None:
        """Raise InvalidInput if stored numbers were encrypted with another secret, as after a restore without its key."""
        with self.context.db.read() as unit:
            found = people.any_encrypted(unit)
        try:
            if found is not None:
                self._cipher(found[0]).decrypt(found[1])
        except InvalidToken:
            raise InvalidInput(
                _("The secret is not the one with which this database was made: numbers of persons cannot be read."),
                remedy=_("Put the file secret.key of that time beside the database, or set SECRET to what it was."),
                code="WRONG_KEY",
            ) from None

    def _hash(self, kind: str, text: str) -> str:
        key = hashlib.sha256(f"{kind}-search:{self.context.secret}".encode()).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    # -- reading -------------------------------------------------------------------------------------------------------

    def find(self, **numbers: str) -> int | None:
        """Return the key of the person with one of these identifying numbers, given by name; None where nobody has it."""
        with self.context.db.read() as unit:
            for number in self.schema.numbers:
                text = numbers.get(number.name, "")
                if text:
                    found_by = self._hash(number.name, text) if number.is_secret else text
                    found = people.by_number(unit, number.name, found_by)
                    if found is not None:
                        return found
        return None

    def sought(self, text: str) -> Sought:
        """Return what a text may stand for: words of a name, the beginning of a case's name, an identifying number in full.

        Raises InvalidInput for less than two letters or digits: that would find nearly everything.
        """
        case, schema = names.folded(text)[:LONGEST_SOUGHT], self.context.domain.person
        if sum(c.isalnum() for c in case) < LEAST_SOUGHT:
            raise InvalidInput(
                _("This is too little to search for."), remedy=_("Write at least two letters or digits.")
            )
        if schema is None:
            return Sought(case=case)
        words = names.asked_words(case, schema.particles)[:MOST_WORDS]
        return Sought(words, case, tuple((row.kind, row.found_by) for row in self._numbers_in(text)))

    def number_in(self, text: str) -> str:
        """Return the identifying number that a text is, as it is kept; empty if it is none that somebody could have."""
        for number in self.context.domain.person.numbers if self.context.domain.person else ():
            if number.is_secret:
                try:
                    return number.check(text.strip())
                except ValueError:
                    continue
        return ""

    def _numbers_in(self, text: str) -> list[NumberRow]:
        found = []
        for number in self.schema.numbers:
            try:
                checked = number.check(text.strip())
            except ValueError:
                continue
            found_by = self._hash(number.name, checked) if number.is_secret else checked
            found.append(NumberRow(number.name, found_by))
        return found

    def load(self, unit: Unit, key: int) -> Person:
        """Return a person inside an open unit, secret numbers included: for letters and messages, not for pages."""
        row, numbers = people.get(unit, key)
        values = {field.name: self._loaded(field, row["fields"]) for field in self.schema.fields}
        values.update((number.kind, self._read(number)) for number in numbers)
        return Person(key, row["name"], {name: value for name, value in values.items() if value})

    @staticmethod
    def _loaded(field: PersonField, stored: Mapping[str, Any]) -> Any:
        text = stored.get(field.name, "")
        return date.fromisoformat(text) if field.kind == "date" and text else text

    def _read(self, number: NumberRow) -> str:
        if number.encrypted is None:
            return number.found_by
        try:
            return self._cipher(number.kind).decrypt(bytes(number.encrypted)).decode()
        except InvalidToken:
            raise FlowError(
                _("An identifying number cannot be read with this secret."),
                remedy=_("Set INBURGERING_FLOW_SECRET to the one it was stored with."),
            ) from None

    def opened(self, kind: str, encrypted: bytes) -> str:
        """Return a secret number: for an extract of what is held about somebody, never for a page."""
        return self._read(NumberRow(kind, "", encrypted))

    def get(self, key: int, *, root_key: int | None = None, reason: str = "", actor: Actor = SYSTEM) -> Person:
        """Return a person for a page: secret numbers masked, unless somebody who may see them gives a reason; the look
        is logged. Raises InvalidInput where the reason says nothing.
        """
        show = bool(reason.strip())
        if show:
            actor.require(permissions.SECRET)
            reason = checked_reason(reason)
        with self.context.db.write() as unit:
            self._check_case(unit, key, root_key, actor)
            self.context.log(
                unit, actor.username, "person.secret" if show else "person.look", root_key=root_key, subject_key=key,
                detail={"reason": reason} if show else None,
            )  # fmt: skip
            person = self.load(unit, key)
        return shown_person(self.schema, person, in_full=show)
