"""How long the file of an inburgeraar is kept: D21 is asked, with what the case knows about how it ended.

Source: Besluit inburgering 2021, article 9.9 (N-DAT-09, N-DAT-10).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from inburgering_flow.model.plugin import Kept, Retention

Decide = Callable[[str, Mapping[str, Any]], Any]
WHOLE, SHORT = "zaak", "bsn"  # kinds of data: the file, and what is on the closed list of the second paragraph
SURE = "vast"


def judge(variables: Mapping[str, Any], decide: Decide) -> Kept:
    """Return until when a closed file is kept, and until when the closed list of data of the person is."""
    lengths = decide("bewaarTermijnen", {})
    facts = {
        "overledenOp": variables.get("datumOverlijden"), "plichtGeeindigdOp": variables.get("plichtGeeindigdOp"),
        "verhuisd": variables.get("verhuisd") is True, "openVordering": has_open_claim(variables.get("boeteStanden")),
        "bewaarTermijn": lengths["dossier"], "langeTermijn": lengths["korteLijst"],
    }  # fmt: skip
    whole, short = (decide("bewaren", {**facts, "soort": kind}) for kind in (WHOLE, SHORT))
    remains = {name: facts[name] for name in ("plichtGeeindigdOp",) if facts[name]}
    return Kept(_day(whole["tot"]), whole["reden"], whole["zekerheid"] == SURE, _day(short["tot"]), remains)


def has_open_claim(standings: Any) -> bool:
    """Tell whether a fine is still to be paid, or argued about (``boeteStanden``: what Inning last said of each)."""
    if not isinstance(standings, list):
        return False
    return any(
        one.get("bezwaarLoopt") is True or (one.get("afgesloten") is not True and (one.get("saldo") or 0) > 0)
        for one in standings if isinstance(one, Mapping)
    )  # fmt: skip


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) or value is None else date.fromisoformat(str(value))


RETENTION = Retention(frozenset({"inburgering", "ondertussengroep"}), judge)
