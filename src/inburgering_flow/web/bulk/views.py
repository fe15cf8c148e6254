"""Bulkbewerkingen: the same change for many cases. First previewed, then started, then followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import batches as kinds
from inburgering_flow.model import permissions
from inburgering_flow.model.batches import BatchOperation, Filter
from inburgering_flow.model.changes import MigrationPlan
from inburgering_flow.model.pages import Page
from inburgering_flow.services.sheets import Cell
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import doer
from inburgering_flow.web.lists.held import held, taken
from inburgering_flow.web.lists.kinds import BATCH_STATES, BATCHES
from inburgering_flow.web.lists.listing import Column, Listing, form_of
from inburgering_flow.web.paging import key_in, start_of
from inburgering_flow.web.table_files import rows_of_page

bulk = Blueprint("bulk", __name__)
MAPPED = "stap_"  # prefix of the name of a field that says which element another becomes

# What may be started here: its name, and its effect. Deleting is left to programs of those who keep the archive rules.
KINDS: Mapping[str, tuple[str, str]] = {
    kinds.SUSPEND: (
        N_("Zaken stilzetten"),
        N_("Er gebeurt niets meer in deze zaken, tot iemand ze laat verdergaan. De termijnen van de wet staan niet stil."),
    ),
    kinds.RESUME: (N_("Zaken laten verdergaan"), N_("Wat intussen aan de beurt was, gebeurt meteen.")),
    kinds.RESOLVE: (N_("Storingen opnieuw proberen"), N_("Elke stap die stilstaat, wordt één keer opnieuw geprobeerd.")),
    kinds.MIGRATE: (
        N_("Zaken naar een andere versie brengen"),
        N_("Open taken en lopende termijnen blijven zoals ze zijn. Een zaak die niet past, houdt haar versie."),
    ),
    kinds.CANCEL: (
        N_("Zaken stoppen"),
        N_("Alle open taken en termijnen van deze zaken vervallen. Dat kan niet worden teruggedraaid."),
    ),
}
STATES: Mapping[str, str | tuple[str, ...]] = {
    kinds.SUSPEND: kinds.ACTIVE, kinds.RESUME: kinds.SUSPENDED, kinds.RESOLVE: kinds.ACTIVE, kinds.MIGRATE: kinds.ACTIVE,
    kinds.CANCEL: (kinds.ACTIVE, kinds.SUSPENDED),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What somebody wants done: what ``Batches.create`` takes."""

    type: str
    filter: Filter | None
    keys: list[int] | None
    migration: MigrationPlan | None

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the arguments of ``Batches.create`` and ``outlook``."""
        return {"filter": self.filter, "keys": self.keys, "migration": self.migration, "actor": me()}


def _number(text: str | None) -> int | None:
    return key_in(text or "")


def _asked(values: Mapping[str, str]) -> Asked:
    """Return what the form asks for; raises InvalidInput, and NotFound for a case that does not exist."""
    type = values.get("soort", "")
    if type not in KINDS:
        raise InvalidInput(_("Kies wat u wilt doen."), remedy="")
    version, named = _number(values.get("versie")), [n for n in re.split(r"\s*[\n,;]\s*", values.get("zaken", "").strip()) if n]
    if (version is None) == (not named):
        raise InvalidInput(_("Kies een versie, of noem zaken; niet allebei."), remedy="")
    migration = None
    if type == kinds.MIGRATE:
        target = _number(values.get("naar"))
        if target is None or version is None:
            raise InvalidInput(_("Kies van welke versie naar welke versie de zaken gaan."), remedy="")
        if target == version:
            raise InvalidInput(_("De zaken hebben deze versie al. Kies een andere."), remedy="")
        mapping = {k.removeprefix(MAPPED): v for k, v in values.items() if k.startswith(MAPPED) and v}
        migration = MigrationPlan(target, mapping, same_ids=True)
    if named:
        return Asked(type, None, services().batches.cases_named(named, me()), migration)
    incident = True if type == kinds.RESOLVE else None
    return Asked(type, Filter(definition_key=version, state=STATES[type], has_incident=incident), None, migration)


@bulk.get("/bulkbewerkingen")
@needs(permissions.PROCESS_MANAGE)
def batches() -> ResponseReturnValue:
    """The operations that run and ran, and the form for a new one."""
    return _form(request.args)


def _form(given: Mapping[str, str], problem: str = "", status: int = 200) -> ResponseReturnValue:
    service = services().batches
    versions, listing = service.versions(me()), BATCHES.read()
    page = render_template(
        "bulk/bulk.html", listing=listing, held=held(listing, _batches, _cell, _fits(listing), 50), versions=versions,
        kinds=KINDS, states=BATCH_STATES, state_titles=[(name, _(title)) for name, title in BATCH_STATES.items()],
        given=given, problem=problem,
    )  # fmt: skip
    return page, status


def _batches(start: int, size: int) -> Page[BatchOperation]:
    return services().batches.search(me(), start=start, size=size)


def _cell(row: BatchOperation, column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "bewerking": _(KINDS[row.type][0]) if row.type in KINDS else row.type, "begonnen": row.start,
        "door": doer(row.created_by), "gedaan": row.completed, "zaken": row.total, "mislukt": row.failed,
        "toestand": _(BATCH_STATES[row.state]), "klaar": row.end,
    }  # fmt: skip
    return cells[column.name]


def _fits(listing: Listing) -> Callable[[BatchOperation], bool]:
    state, who = listing.filters["toestand"], listing.filters["door"]
    return lambda row: state in ("", row.state) and who in ("", row.created_by)


@bulk.get("/bulkbewerkingen/bestand.<form>")
@needs(permissions.PROCESS_MANAGE)
def batches_taken(form: str) -> ResponseReturnValue:
    """The operations that run and ran as a file."""
    listing = BATCHES.read()
    services().audit_log.taken(me(), f"bulkbewerkingen.{form_of(form)}")
    return taken(listing, _("Bulkbewerkingen"), form_of(form), _batches, _cell, _fits(listing))


@bulk.get("/bulkbewerkingen/bekijken")
@needs(permissions.PROCESS_MANAGE)
def outlook() -> ResponseReturnValue:
    """What a bulk operation would do, and the button that starts it."""
    try:
        asked = _asked(request.args)
        suggested = _suggested(asked)
        if suggested:
            seen: dict[str, Any] = {**request.args, **suggested, "bekeken": "1"}
            return redirect(url_for("bulk.outlook", **seen))
        found = services().batches.outlook(asked.type, **asked.arguments)
        gone = _gone(asked)
    except FlowError as error:
        return _form(request.args, str(error), error.status)
    version = {v.key: v for v in services().batches.versions(me())}
    name, consequence = KINDS[asked.type]
    return render_template(
        "bulk/bulk_outlook.html", asked=asked, outlook=found, name=name, consequence=consequence, gone=gone,
        given=request.args,
        version=version.get(_number(request.args.get("versie")) or 0), target=version.get(_number(request.args.get("naar")) or 0),
        mapped=MAPPED, of_cases=asked.type in kinds.OF_CASES,
    )  # fmt: skip


def _suggested(asked: Asked) -> dict[str, str]:
    """Return what the steps that are gone have probably become, as the form names them, the first time that it is looked at."""
    if asked.migration is None or asked.filter is None or asked.filter.definition_key is None or "bekeken" in request.args:
        return {}
    if asked.migration.mapping:
        return {}
    target = asked.migration.target_definition_key
    sources = services().rehearsals.sources(me(), target_key=target)
    plans = [source.plan for source in sources if source.plan.source_key == asked.filter.definition_key]
    return {f"{MAPPED}{before}": after for plan in plans for before, after in plan.mapping.items()}


def _gone(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return (id, name, [(id, name) of what it may become]) of each element that the target does not have."""
    if asked.migration is None or asked.filter is None or asked.filter.definition_key is None:
        return []
    catalog = services().context.catalog
    source, target = catalog.process(asked.filter.definition_key), catalog.process(asked.migration.target_definition_key)
    free = [e for e in target.elements.values() if e.id not in source.elements]
    return [
        (e.id, e.name or e.id, [(other.id, other.name or other.id) for other in free if other.type == e.type])
        for e in source.elements.values() if e.id not in target.elements
    ]  # fmt: skip


@bulk.post("/bulkbewerkingen")
@needs(permissions.PROCESS_MANAGE)
def begin() -> ResponseReturnValue:
    try:
        asked = _asked(request.form)
        key = services().batches.create(asked.type, once=request.form.get("eenmalig", ""), **asked.arguments)
    except FlowError as error:
        return _form(request.form, str(error), error.status)
    flash(_("De bulkbewerking is begonnen. U hoeft er niet op te wachten."))
    return redirect(url_for("bulk.batch", key=key))


@bulk.get("/bulkbewerkingen/<int:key>")
@needs(permissions.PROCESS_MANAGE)
def batch(key: int) -> ResponseReturnValue:
    """How far an operation has come, and what failed, with the reason."""
    found = services().batches.get(key, me())
    failed = services().batches.failed(key, me(), start=start_of(), size=rows_of_page(100))
    return render_template(
        "bulk/bulk_batch.html", batch=found, failed=failed, name=KINDS[found.type][0] if found.type in KINDS else found.type,
        state=BATCH_STATES[found.state],
    )  # fmt: skip


@bulk.post("/bulkbewerkingen/<int:key>/<any(stilzetten, verdergaan, stoppen):move>")
@needs(permissions.PROCESS_MANAGE)
def move(key: int, move: str) -> ResponseReturnValue:
    """Pause an operation, resume it, or stop what is left."""
    service = services().batches
    {"stilzetten": service.suspend, "verdergaan": service.resume, "stoppen": service.cancel}[move](key, me())
    return redirect(url_for("bulk.batch", key=key))
