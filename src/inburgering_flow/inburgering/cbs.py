"""The delivery for statistics (N-DAT-11): a file with a record for each case, and its layout.

Wet inburgering 2021, art. 39, and Regeling, art. 9.1: free of charge, in the way and as often as the director-general of the CBS
sets. What the CBS wants in a record was not read, so each column is to be checked. Nothing of health or religion is in it (W 37),
and no name, case number or burgerservicenummer: whether the CBS needs one to join records has to be asked first. A record has a
pseudonym, the same in each delivery, that nobody can make without the secret of this installation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.i18n import N_
from inburgering_flow.inburgering.cijfers import FACTS as COUNTED
from inburgering_flow.inburgering.cijfers import Case
from inburgering_flow.inburgering.spuk import PROCESS, table
from inburgering_flow.model.audit import derived_key

FACTS = (*COUNTED, "niveau", "brpDatum", "verhuisdOp")
PARTS: Mapping[str, tuple[str, ...]] = {
    "brede-intake": (), "participatieverklaring": ("datumOndertekening",), "map": ("datumEindgesprek",),
}  # fmt: skip


def _fact(name: str) -> Callable[[Case], Any]:
    return lambda case: case.facts.get(name)


COLUMNS: tuple[tuple[str, str, Callable[[Case], Any]], ...] = (
    ("doelgroep", N_("asielstatushouder of gezinsmigrant"), _fact("doelgroep")),
    ("kennisgeving", N_("dag van de kennisgeving"), _fact("kennisgeving")),
    ("brp_inschrijving", N_("inschrijving in de gemeente"), _fact("brpDatum")),
    ("gehuisvest", N_("dag van de verhuizing uit de opvang"), _fact("verhuisDatum")),
    ("vestiging", N_("inschrijving na een verhuizing uit een andere gemeente"), _fact("vestigingDatum")),
    ("intake", N_("dag waarop de brede intake was afgerond"), lambda case: case.intake),
    ("leerbaarheidstoets", N_("uitslag van de leerbaarheidstoets"), _fact("lbtUitslag")),
    ("pip", N_("dag van het PIP"), _fact("pipDagtekening")),
    ("leerroute", N_("B1, O of Z"), _fact("leerroute")),
    ("niveau", N_("taalniveau in het PIP"), _fact("niveau")),
    ("pvt", N_("participatieverklaring getekend op"), lambda case: case.part_day("participatieverklaring", "datumOndertekening")),
    ("map", N_("eindgesprek van de MAP"), lambda case: case.part_day("map", "datumEindgesprek")),
    ("termijn_einde", N_("eerste dag na de inburgeringstermijn"), _fact("termijnEinde")),
    ("diploma", N_("diploma of certificaat behaald op"), _fact("diplomaDatum")),
    ("vertrokken", N_("verhuisd naar een andere gemeente op"), _fact("verhuisdOp")),
)
"""The record: name of the column, what stands in it, and where it comes from. ``FIRST`` stands before it."""
FIRST = (
    ("pseudoniem", N_("hetzelfde in elke levering; niet terug te rekenen naar een zaak")),
    ("peildatum", N_("dag waarop het bestand is gemaakt")),
)  # fmt: skip


def layout() -> list[tuple[str, str]]:
    """Return the record layout: column and meaning."""
    return [*FIRST, *((name, meaning) for name, meaning, _value in COLUMNS)]


def pseudonym(secret: str, key: int) -> str:
    """Return what a record is called instead of its case."""
    return hashlib.blake2b(str(key).encode(), key=derived_key(secret, "cbs"), digest_size=10).hexdigest()


def delivery(services: Any, _actor: Any) -> bytes:
    """Return the file: a record for each case, running or ended."""
    today = legal_day(services.context.clock.now())
    parts: dict[int, dict[str, list[Any]]] = {}
    for process, names in PARTS.items():
        for one in services.reports.instances(process, names):
            parts.setdefault(one.root_key, {}).setdefault(process, []).append(one)
    rows = []
    for found in services.reports.instances(PROCESS, FACTS):
        case = Case(found.values, today, parts.pop(found.key, {}))
        rows.append((pseudonym(services.context.secret, found.key), today, *(value(case) for _name, _meaning, value in COLUMNS)))
    return table([name for name, _meaning in layout()], rows)
