"""Who inburgering is about: the newcomer, as the BRP knows them, and the numbers by which they are found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from inburgering_flow.i18n import N_
from inburgering_flow.model import names
from inburgering_flow.model.plugin import IdentifyingNumber, PersonField, PersonSchema


def valid_bsn(bsn: str) -> bool:
    """Tell whether nine digits pass the elfproef: 9a+8b+7c+6d+5e+4f+3g+2h−i divisible by 11."""
    if not re.fullmatch(r"\d{9}", bsn) or bsn == "000000000":
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, bsn, strict=True)) % 11 == 0


def checked_bsn(text: str) -> str:
    """Return the nine digits of a BSN, however they were typed; raises ValueError if they do not pass the elfproef."""
    bsn = text.replace(".", "").replace(" ", "")
    if not valid_bsn(bsn):
        raise ValueError(text)
    return bsn


def full_name(values: Mapping[str, Any]) -> str:
    """Return the name as it is written in a letter."""
    return " ".join(part for name in ("voornamen", "tussenvoegsel", "achternaam") if (part := values.get(name)))


def same_surname(given: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Tell whether two people have the same surname, however it is written: with or without accents, signs and prefixes."""
    asked, known = (names.asked_words(str(fields.get("achternaam", "")), PARTICLES) for fields in (given, kept))
    return asked == known != ()


# Prefixes of Dutch, Arabic, Spanish, Portuguese and German surnames.
PARTICLES = frozenset((
    "van", "von", "de", "der", "den", "het", "t", "ten", "ter", "te", "op", "in", "aan", "bij", "onder", "over", "uit", "d", "la",
    "le", "les", "du", "des", "di", "da", "do", "dos", "das", "el", "al", "ad", "an", "ar", "as", "at", "az", "bin", "ibn",
    "bint", "ben", "ould", "abu", "abou",
))  # fmt: skip

PERSON = PersonSchema(
    fields=(
        PersonField("voornamen", N_("Voornamen"), missing_on_page=N_("Vul de voornamen in.")),
        PersonField("tussenvoegsel", N_("Tussenvoegsel (niet verplicht)")),
        PersonField("achternaam", N_("Achternaam"), missing=N_("Vul de achternaam in.")),
        PersonField("geboortedatum", N_("Geboortedatum (niet verplicht)"), "date", earliest="today - P130Y", latest="today"),
        PersonField("straat", N_("Straat en huisnummer")),
        PersonField("postcode", N_("Postcode")),
        PersonField("woonplaats", N_("Woonplaats")),
        PersonField("email", N_("E-mailadres (niet verplicht)"), "email", at_start=False),
        PersonField("telefoon", N_("Telefoonnummer (niet verplicht)"), "tel", at_start=False),
        PersonField("taal", N_("Taal"), is_asked=False, default="nl"),
    ),
    numbers=(
        IdentifyingNumber(
            "bsn", N_("BSN (niet verplicht)"), is_secret=True, check=checked_bsn,
            wrong=N_("Het BSN klopt niet. Controleer de negen cijfers."),
            known=N_("Dit BSN en deze achternaam passen niet bij elkaar."),
            again=N_("Nieuw BSN (leeg: blijft zoals het is)"), why=N_("Waarom heeft u het BSN nodig?"),
            show=N_("BSN tonen"),
        ),
        IdentifyingNumber("v_nummer", N_("V-nummer (niet verplicht)")),
    ),
    order=("voornamen", "tussenvoegsel", "achternaam", "geboortedatum", "bsn", "v_nummer", "straat", "postcode", "woonplaats",
           "email", "telefoon", "taal"),
    full_name=full_name,
    search_name=lambda values: f"{values.get('achternaam', '')} {values.get('voornamen', '')}",
    is_same=same_surname,
    particles=PARTICLES,
    hint=N_("Neem over wat in de BRP staat. De wijziging komt met uw reden in het logboek."),
    shown=(
        (N_("Geboren"), ("geboortedatum",)), (N_("BSN"), ("bsn",)), (N_("V-nummer"), ("v_nummer",)),
        (N_("Adres"), ("straat", "postcode", "woonplaats")),
    ),
    always_shown=("bsn", "v_nummer", "straat"),
)  # fmt: skip
