"""The lists that there are: their columns, and what they can be narrowed by."""

from __future__ import annotations

from inburgering_flow.i18n import N_, _
from inburgering_flow.model import lists
from inburgering_flow.web.access import services
from inburgering_flow.web.display import day, roles
from inburgering_flow.web.lists.listing import Column, Filter, Kind, said_yes

VIEWS = {"mijn": N_("Mijn taken"), "rollen": N_("Vrije taken van mijn rol"), "alle": N_("Alle taken die ik mag zien")}
STATES = {
    "ACTIVE": N_("loopt"), "SUSPENDED": N_("staat stil"), "COMPLETED": N_("klaar"), "TERMINATED": N_("gestopt"),
    "alle": N_("alle"),
}  # fmt: skip


def _process(value: str) -> str:
    found = next((p for p in services().deployments.newest("process") if p.id == value), None)
    return found.name if found is not None and found.name else value


TASKS = Kind(
    lists.TASKS, "tasklist.tasks",
    (
        Column("vraag", N_("Vraag"), "name", is_kept=True), Column("persoon", N_("Persoon"), "person"),
        Column("dossier", N_("Dossier"), "case"), Column("uiterlijk", N_("Uiterlijk"), "due"),
        Column("voor", N_("Voor"), "assignee"), Column("prioriteit", N_("Prioriteit"), "priority"),
        Column("opvolgen", N_("Opvolgen op"), "follow_up"), Column("eigenaar", N_("Eigenaar"), "owner"),
        Column("proces", N_("Proces"), "process"), Column("sinds", N_("Open sinds"), "created"),
    ),
    ("vraag", "persoon", "dossier", "uiterlijk", "voor"),
    (
        Filter("lijst", N_("Lijst"), is_place=True), Filter("process_id", N_("Proces"), _process),
        Filter("late", N_("Te laat"), said_yes), Filter("vraag", N_("Vraag")), Filter("rol", N_("Rol"), lambda v: roles([v])),
        Filter("wie", N_("Opgepakt door")), Filter("vrij", N_("Van niemand"), said_yes), Filter("eigenaar", N_("Eigenaar")),
        Filter("tot", N_("Uiterlijk tot en met"), lambda v: day(v, weekday=False)),
        Filter("prioriteit", N_("Prioriteit vanaf")),
        Filter("nu", N_("Zonder wat later moet"), said_yes),
    ),
)  # fmt: skip

CASES = Kind(
    lists.CASES, "cases.search",
    (
        Column("dossier", N_("Dossier"), "case", is_kept=True), Column("persoon", N_("Persoon"), "person"),
        Column("fase", N_("Fase"), "phase"), Column("eigenaar", N_("Eigenaar"), "owner"), Column("datum", N_("Eerste datum"), "due"),
        Column("locatie", N_("Locatie"), "location"), Column("proces", N_("Proces"), "process"),
        Column("begonnen", N_("Begonnen"), "start"), Column("geëindigd", N_("Geëindigd"), "end"),
    ),
    ("dossier", "persoon", "fase", "eigenaar", "datum"),
    (
        Filter("toestand", N_("Toestand"), lambda v: _(STATES.get(v, v)), is_place=True),
        Filter("proces", N_("Proces"), _process), Filter("eigenaar", N_("Eigenaar")),
        Filter("zonder", N_("Zonder eigenaar"), said_yes), Filter("locatie", N_("Locatie")),
        Filter("vanaf_dag", N_("Begonnen vanaf"), lambda v: day(v, weekday=False)),
        Filter("tot_dag", N_("Begonnen tot en met"), lambda v: day(v, weekday=False)),
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (TASKS, CASES)}
