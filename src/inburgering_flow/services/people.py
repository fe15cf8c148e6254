"""Citizens: registered apart from cases, their BSN encrypted, masked unless needed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from inburgering_flow.errors import Conflict, FlowError, Forbidden, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import Person
from inburgering_flow.services.context import Context
from inburgering_flow.store import cases, instances, people
from inburgering_flow.store.database import Unit

CONTACT = ("straat", "postcode", "woonplaats", "email", "telefoon")
FIELDS = frozenset(("voornamen", "tussenvoegsel", "achternaam", "geboortedatum", "bsn", "v_nummer", "taal", *CONTACT))


def valid_bsn(bsn: str) -> bool:
    """Tell whether nine digits pass the elfproef: 9a+8b+7c+6d+5e+4f+3g+2h−i divisible by 11."""
    if not re.fullmatch(r"\d{9}", bsn) or bsn == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, bsn, strict=True)) % 11 == 0


def masked(bsn: str) -> str:
    """Return a BSN of which only the last three digits can be read."""
    return "•" * 6 + bsn[-3:] if bsn else ""


def search_name(text: str) -> str:
    """Return a name in lower case without accents, for searching."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip()


class People:
    """Use cases about citizens."""

    def __init__(self, context: Context) -> None:
        self.context = context
        secret = context.secret.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"bsn-encryption:" + secret).digest()))
        self._hash_key = hashlib.sha256(b"bsn-search:" + secret).digest()

    def register(self, fields: Mapping[str, Any], actor: Actor = SYSTEM) -> int:
        """Store a person and return the key; ``voornamen`` and ``achternaam`` are needed, ``bsn`` is checked.

        Raises InvalidInput naming each unknown or missing field, Conflict where the BSN is registered already.
        """
        actor.require(permissions.CASE_START)
        key, now = self.context.keys.next(), self.context.clock.now()
        row = {"key": key, "created": now, "bsn_encrypted": None, "bsn_hash": None, **self._checked(fields)}
        with self.context.db.write() as unit:
            self._refuse_known(unit, row, key)
            people.add(unit, row)
            self.context.log(unit, actor.username, "person.register", subject_key=key)
        return key

    def correct(
        self, key: int, fields: Mapping[str, Any], *, reason: str, root_key: int | None = None, actor: Actor = SYSTEM
    ) -> None:
        """Replace a person's data, logged with the reason; an empty ``bsn`` leaves the stored one as it is.

        Raises what ``register`` raises, InvalidInput without a reason, and Forbidden for a person of no case that the
        actor sees.
        """
        actor.require(permissions.CASE_CORRECT)
        if len(reason.strip()) < 5:
            raise InvalidInput(_("A correction needs a reason."), remedy=_("Write down why the data change."))
        values = self._checked(fields)
        with self.context.db.write() as unit:
            if not actor.is_system and (root_key is None or not cases.sees(unit, actor, root_key)
                                        or instances.get(unit, root_key).person_key != key):  # fmt: skip
                raise Forbidden(_("This person belongs to no case of yours."), remedy=_("Open the case first."))
            self._refuse_known(unit, values, key)
            people.change(unit, key, values)
            self.context.log(
                unit, actor.username, "person.correct", root_key=root_key, subject_key=key,
                detail={"reason": reason.strip()[:500]},
            )  # fmt: skip

    def _refuse_known(self, unit: Unit, row: Mapping[str, Any], key: int) -> None:
        if row.get("bsn_hash") and people.by_bsn(unit, row["bsn_hash"]) not in (None, key):
            raise Conflict(_("A person with this BSN is registered already."), remedy=_("Open the existing file."))

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of a person's row; without a BSN its columns are left out."""
        values = {("v_nummer" if k == "vNummer" else k): v for k, v in fields.items()}
        unknown = sorted(set(values) - FIELDS)
        if unknown:
            raise InvalidInput(
                _("A person has no field {unknown}.").format(unknown=", ".join(unknown)),
                remedy=_("Use {fields}.").format(fields=", ".join(sorted(FIELDS))),
            )
        if not values.get("achternaam"):
            raise InvalidInput(_("A person needs an achternaam."), remedy=_("Fill it in; use the name in the BRP."))
        bsn = str(values.get("bsn") or "").replace(".", "").replace(" ", "")
        if bsn and not valid_bsn(bsn):
            raise InvalidInput(_("The BSN is not valid."), remedy=_("Check its nine digits."), code="INVALID_BSN")
        born = values.get("geboortedatum")
        if isinstance(born, str) and born:
            try:
                born = date.fromisoformat(born)
            except ValueError:
                raise InvalidInput(_("The geboortedatum is no date."), remedy=_("Write it like 1990-12-31.")) from None
        row = {
            "voornamen": values.get("voornamen", ""),
            "tussenvoegsel": values.get("tussenvoegsel", ""),
            "achternaam": values["achternaam"],
            "zoeknaam": search_name(f"{values['achternaam']} {values.get('voornamen', '')}"),
            "geboortedatum": born or None,
            "v_nummer": values.get("v_nummer") or None,
            "contact": {k: values[k] for k in CONTACT if values.get(k)},
            "taal": values.get("taal") or "nl",
        }
        if bsn:
            row |= {"bsn_encrypted": self._fernet.encrypt(bsn.encode()), "bsn_hash": self._hash(bsn)}
        return row

    def find(self, *, bsn: str = "", v_nummer: str = "") -> int | None:
        """Return the key of the person with this BSN or V-nummer."""
        with self.context.db.read() as unit:
            found = people.by_bsn(unit, self._hash(bsn)) if bsn else None
            return found or (people.by_v_nummer(unit, v_nummer) if v_nummer else None)

    def load(self, unit: Unit, key: int) -> Person:
        """Return a person inside an open unit, BSN included: for letters and messages, not for pages."""
        row = people.get(unit, key)
        bsn = ""
        if row["bsn_encrypted"]:
            try:
                bsn = self._fernet.decrypt(bytes(row["bsn_encrypted"])).decode()
            except InvalidToken:
                raise FlowError(
                    _("A BSN cannot be read with this secret."),
                    remedy=_("Set INBURGERING_FLOW_SECRET to the one it was stored with."),
                ) from None
        return Person(
            key=key, voornamen=row["voornamen"], tussenvoegsel=row["tussenvoegsel"], achternaam=row["achternaam"],
            geboortedatum=row["geboortedatum"], bsn=bsn, v_nummer=row["v_nummer"] or "", taal=row["taal"],
            **{k: row["contact"].get(k, "") for k in CONTACT},
        )  # fmt: skip

    def get(self, key: int, *, root_key: int | None = None, reason: str = "", actor: Actor = SYSTEM) -> Person:
        """Return a person for a page: BSN masked, unless a reason is given by who may see it; the look is logged."""
        show = bool(reason)
        if show:
            actor.require(permissions.BSN)
        with self.context.db.write() as unit:
            self.context.log(
                unit, actor.username, "person.bsn" if show else "person.look", root_key=root_key, subject_key=key,
                detail={"reason": reason} if show else None,
            )  # fmt: skip
            person = self.load(unit, key)
        if show:
            return person
        return Person(**{**{f: getattr(person, f) for f in person.__dataclass_fields__}, "bsn": masked(person.bsn)})

    def _hash(self, bsn: str) -> str:
        return hmac.new(self._hash_key, bsn.encode(), hashlib.sha256).hexdigest()
