"""The lists that there are: their columns, and what they can be narrowed by."""

from __future__ import annotations

from inburgering_flow.i18n import N_, _
from inburgering_flow.model import batches, lists
from inburgering_flow.services.disclosure.incidents import KINDS as CAUSES
from inburgering_flow.web.access import services
from inburgering_flow.web.display import day, roles
from inburgering_flow.web.lists.listing import Column, Filter, Kind, said_yes

VIEWS = {"mijn": N_("Mijn taken"), "rollen": N_("Vrije taken van mijn rol"), "alle": N_("Alle taken die ik mag zien")}
STATES = {
    "ACTIVE": N_("loopt"), "SUSPENDED": N_("staat stil"), "COMPLETED": N_("klaar"), "TERMINATED": N_("gestopt"),
    "alle": N_("alle"),
}  # fmt: skip


def process_titles() -> list[tuple[str, str]]:
    """Return the processes that are deployed: (id, name)."""
    return [(row.id, row.name or row.id) for row in services().deployments.newest("process")]


def role_titles() -> list[tuple[str, str]]:
    """Return the roles that there are, as people call them: (name, title), by title."""
    return sorted(((name, roles([name])) for name in services().context.roles), key=lambda one: one[1])


def _process(value: str) -> str:
    return dict(process_titles()).get(value, value)


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
        Column("fase", N_("Fase"), "phase"), Column("eigenaar", N_("Eigenaar"), "owner"),
        Column("datum", N_("Eerste datum"), "due"),
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
HELD = "held"  # what a list that is arranged as a whole sorts by: what stands in the column


def _columns(*names: tuple[str, str]) -> tuple[Column, ...]:
    """Return columns that are each sorted by; the first leads to a row's page."""
    return tuple(Column(name, title, HELD, is_kept=number == 0) for number, (name, title) in enumerate(names))


def _roles(value: str) -> str:
    return roles([value])


def _day(value: str) -> str:
    return day(value, weekday=False)


OPEN, CLOSED, ASKED = "open", "gesloten", "gevraagd"
ACCOUNT_STATES = {OPEN: N_("open"), CLOSED: N_("gesloten"), ASKED: N_("wacht op goedkeuring")}
ACCOUNTS = Kind(
    lists.ACCOUNTS, "admin.accounts",
    _columns(
        ("account", N_("Account")), ("naam", N_("Naam")), ("rollen", N_("Rollen")), ("locatie", N_("Locatie")),
        ("toestand", N_("Toestand")),
    ),
    ("account", "naam", "rollen", "locatie", "toestand"),
    (
        Filter("zoek", N_("Naam of account")), Filter("rol", N_("Rol"), _roles),
        Filter("toestand", N_("Toestand"), lambda v: _(ACCOUNT_STATES.get(v, v))),
    ),
)  # fmt: skip

INCIDENTS = Kind(
    lists.INCIDENTS, "admin.incident_list",
    _columns(
        ("stap", N_("Stap")), ("proces", N_("Proces")), ("oorzaak", N_("Oorzaak")), ("zaak", N_("Zaak")), ("sinds", N_("Sinds")),
        ("opnieuw", N_("Opnieuw geprobeerd")),
    ),
    ("stap", "proces", "oorzaak", "zaak", "sinds", "opnieuw"),
    (Filter("proces", N_("Proces"), _process), Filter("oorzaak", N_("Oorzaak"), lambda v: _(CAUSES.get(v, v)))),
)  # fmt: skip

LOG_KINDS = {
    "looks": N_("Bekeken"), "searches": N_("Gezocht"), "deeds": N_("Gedaan"), "refusals": N_("Geweigerd"),
    "logins": N_("Inloggen en uitloggen"), "accounts": N_("Accounts"), "log": N_("Het logboek zelf"),
}  # fmt: skip
LOG = Kind(
    lists.LOG, "admin.log",
    _columns(
        ("wanneer", N_("Wanneer")), ("wie", N_("Wie")), ("wat", N_("Wat")), ("zaak", N_("Zaak")),
        ("bijzonderheden", N_("Bijzonderheden")),
    ),
    ("wanneer", "wie", "wat", "zaak", "bijzonderheden"),
    (
        Filter("persoon", N_("Persoon"), lambda _v: _("één persoon"), is_about=True), Filter("zaak", N_("Zaak"), is_about=True),
        Filter("woorden", N_("Gezocht naar"), lambda _v: _("dit woord"), is_about=True), Filter("wie", N_("Wie")),
        Filter("van", N_("Vanaf"), _day), Filter("tot", N_("Tot en met"), _day),
        Filter("soort", N_("Soort"), lambda v: _(LOG_KINDS.get(v, v))),
    ),
)  # fmt: skip

BATCH_STATES = {
    batches.ACTIVE: N_("loopt"), batches.SUSPENDED: N_("staat stil"), batches.COMPLETED: N_("klaar"),
    batches.CANCELED: N_("gestopt"), batches.PARTIALLY_COMPLETED: N_("klaar, niet alles lukte"),
    batches.FAILED: N_("klaar, niets lukte"),
}  # fmt: skip
BATCHES = Kind(
    lists.BATCHES, "bulk.batches",
    _columns(
        ("bewerking", N_("Bewerking")), ("begonnen", N_("Begonnen")), ("door", N_("Door")), ("gedaan", N_("Gedaan")),
        ("zaken", N_("Zaken")), ("mislukt", N_("Mislukt")), ("toestand", N_("Toestand")), ("klaar", N_("Klaar op")),
    ),
    ("bewerking", "begonnen", "door", "gedaan", "mislukt", "toestand"),
    (Filter("toestand", N_("Toestand"), lambda v: _(BATCH_STATES.get(v, v))), Filter("door", N_("Door"))),
)  # fmt: skip

BUDGETS = Kind(
    lists.BUDGETS, "money.lines",
    _columns(
        ("budget", N_("Budget")), ("jaar", N_("Jaar")), ("toegekend", N_("Toegekend")), ("verplicht", N_("Verplicht")),
        ("uitgegeven", N_("Uitgegeven")), ("over", N_("Over")),
    ),
    ("budget", "jaar", "toegekend", "verplicht", "uitgegeven", "over"),
    (Filter("jaar", N_("Jaar")),),
)  # fmt: skip
ENTRIES = Kind(
    lists.ENTRIES, "money.entries",
    _columns(
        ("wat", N_("Wat")), ("datum", N_("Datum")), ("bedrag", N_("Bedrag")), ("waarvoor", N_("Waarvoor")),
        ("kenmerk", N_("Kenmerk")), ("wie", N_("Wie")),
    ),
    ("wat", "datum", "bedrag", "waarvoor", "kenmerk", "wie"),
    (Filter("soort", N_("Soort")),),
)  # fmt: skip
DOCUMENTS = Kind(
    lists.DOCUMENTS, "case.documents",
    _columns(
        ("document", N_("Document")), ("wanneer", N_("Wanneer")), ("door", N_("Door")), ("versie", N_("Versie")),
    ),
    ("document", "wanneer", "versie"),
    (),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (TASKS, CASES, ACCOUNTS, INCIDENTS, LOG, BATCHES, BUDGETS)}
"""Those that can be kept under a name: their address says nothing of one case or budget."""
