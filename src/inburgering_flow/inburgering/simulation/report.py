"""What a manager would want to know of a simulation, counted in its database, as figures and as Dutch text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from inburgering_flow.inburgering.simulation.rows import Rows, day_of, kept
from inburgering_flow.inburgering.simulation.run import Simulation

PHASES: Mapping[str, str] = {
    "voorinburgering": "Voorinburgering", "brede-intake": "Brede intake", "pip-vaststellen": "PIP vaststellen",
    "leerroute": "Leerroute", "handhaving": "Handhaving", "inning": "Inning", "bezwaar-en-beroep": "Bezwaar en beroep",
}  # fmt: skip


def figures(simulation: Simulation) -> dict[str, Any]:
    """Return every figure by its Dutch name; amounts are in euros, times in days."""
    rows, now = simulation.rows, simulation.platform.clock.now()
    cases = rows.cases()
    running = [case for case in cases if case.state == "ACTIVE"]
    weeks = max(1, math.ceil((now - simulation.began).days / 7))
    return {
        "seed": simulation.seed,
        "dagen": simulation.played,
        "zaken begonnen": len(cases),
        "zaken lopend": len(running),
        "lopende zaken per fase": _phases(rows),
        "zaken geëindigd": _ends(rows),
        "PIP": _plans(rows),
        "wachttijd per fase": _waiting(rows),
        "boetes": _fines(rows),
        "termijnen": _terms(rows, kept(now)),
        "taken per rol": {
            role: {"gedaan": done, "per week": round(done / weeks, 1), "open": _open(rows, role)}
            for role, done in sorted(simulation.staff.done.items())
        },
        "geweigerd door het platform": dict(sorted(simulation.staff.refused.items())),
        "berichten": dict(sorted(simulation.outside.outcomes.items())),
        "berichten die geen zaak hoorde": {
            "afgehandeld door de regievoerder": simulation.handled,
            "wachten nog": rows.number("SELECT count(*) FROM message WHERE state = 'BUFFERED' AND expires > ?", kept(now)),
        },
        "storingen": {
            "nu": rows.number("SELECT count(*) FROM incident WHERE state = 'ACTIVE'"),
            "ooit": rows.number("SELECT count(*) FROM incident"),
        },
    }


def _phases(rows: Rows) -> dict[str, int]:
    query = (
        "SELECT process_id, count(DISTINCT root_key) n FROM process_instance WHERE state = 'ACTIVE' AND key != root_key"
        " GROUP BY process_id"
    )
    found = {row["process_id"]: row["n"] for row in rows.all(query)}
    return {title: found[process] for process, title in PHASES.items() if process in found}


def _ends(rows: Rows) -> dict[str, int]:
    """Count ended cases by the end that was reached in the root, of several the one that says why."""
    query = (
        "SELECT e.instance_key, e.element_id FROM element_instance e JOIN process_instance i ON i.key = e.instance_key"
        " WHERE i.key = i.root_key AND i.state = 'COMPLETED' AND e.element_type = 'END_EVENT' AND e.element_id IN"
        " ('einde_ingeburgerd', 'einde_plicht_vervallen', 'einde_vrijgesteld', 'einde_ontheven', 'einde_overgedragen',"
        " 'einde_overleden') ORDER BY e.key"
    )
    last = {row["instance_key"]: row["element_id"] for row in rows.all(query)}
    return dict(sorted(Counter(end.removeprefix("einde_").replace("_", " ") for end in last.values()).items()))


def _plans(rows: Rows) -> dict[str, Any]:
    signed = rows.values("pipDagtekening", "pip-vaststellen")
    due = rows.values("pipUiterlijk", "pip-vaststellen")
    late, free = [], 0
    for key, value in signed.items():
        if value and due.get(key):
            late.append((_date(value) - _date(due[key])).days)
        elif value:
            free += 1  # not registered in the municipality yet: the ten weeks have not begun
    over = sorted(days for days in late if days > 0)
    return {
        "vastgesteld": len(late) + free, "voor de termijn begon": free,
        "op tijd": sum(1 for days in late if days <= 0), "te laat": len(over),
        "dagen te laat, mediaan": _part(over, 0.5), "dagen te laat, meest": max(over, default=0),
    }  # fmt: skip


def _waiting(rows: Rows) -> dict[str, Any]:
    query = 'SELECT process_id, start, "end" FROM process_instance WHERE state = \'COMPLETED\' AND key != root_key'
    took: dict[str, list[int]] = {}
    for row in rows.all(query):
        if row["process_id"] in PHASES:
            took.setdefault(row["process_id"], []).append((day_of(row["end"]) - day_of(row["start"])).days)
    return {
        PHASES[process]: {"klaar": len(days), "mediaan": _part(sorted(days), 0.5), "p90": _part(sorted(days), 0.9)}
        for process, days in sorted(took.items(), key=lambda one: list(PHASES).index(one[0]))
    }


def _fines(rows: Rows) -> dict[str, Any]:
    found: dict[str, Any] = {"voornemens": rows.number("SELECT count(*) FROM document WHERE name LIKE 'voornemen%'")}
    imposed: dict[str, list[Decimal]] = {"22": [], "23": []}
    annulled = 0
    kinds: dict[str, Decimal] = {}
    for claims in rows.values("boeteStanden", "inburgering").values():
        for claim in claims or ():
            for entry in claim["boekingen"]:
                kinds[entry["soort"]] = kinds.get(entry["soort"], Decimal(0)) + Decimal(str(entry["bedrag"]))
    for fines in rows.values("eerdereBoetes", "inburgering").values():
        for fine in fines or ():
            if fine.get("besluit") == "boete":
                imposed[str(fine["artikel"])].append(Decimal(str(fine.get("bedrag") or 0)))
            if fine.get("vernietigd"):
                annulled += 1
    for article, amounts in imposed.items():
        found[f"artikel {article}"] = {"aantal": len(amounts), "bedrag": float(sum(amounts, Decimal(0)))}
    found["vernietigd"] = annulled
    found["geld"] = {kind: float(Decimal(str(total))) for kind, total in sorted(kinds.items())}
    return found


def _terms(rows: Rows, now: str) -> dict[str, Any]:
    late = rows.all(
        "SELECT name, count(*) n FROM term WHERE (state = 'OURS' AND due <= ?) OR (state = 'KEPT' AND \"over\" > due)"
        " GROUP BY name", now,
    )  # fmt: skip
    return {
        "gehaald": rows.number("SELECT count(*) FROM term WHERE state = 'KEPT' AND \"over\" <= due"),
        "te laat": {row["name"]: row["n"] for row in late},
    }


def _open(rows: Rows, role: str) -> int:
    return rows.number("SELECT count(*) FROM user_task WHERE state = 'CREATED' AND candidate_group = ?", role)


def _part(values: Sequence[int], part: float) -> int | None:
    return values[min(len(values) - 1, int(len(values) * part))] if values else None


def _date(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def as_text(found: Mapping[str, Any]) -> str:
    """Return the figures as Dutch text: a line for each, its names below each other and its numbers to the right."""
    lines: list[str] = []
    for name, value in found.items():
        if isinstance(value, Mapping):
            lines += ["", name[:1].upper() + name[1:]]
            lines += _table(value) if value else ["  geen"]
        else:
            lines.append(f"{name[:1].upper() + name[1:]:<44}{_said(value):>12}")
    return "\n".join(lines)


def _table(value: Mapping[str, Any]) -> Iterable[str]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            parts = ", ".join(f"{key} {_said(one)}" for key, one in inner.items())
            yield f"  {name:<42}{parts or 'geen'}"
        else:
            yield f"  {name:<42}{_said(inner):>12}"


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return "–" if value is None else str(value)
