"""The scenarios and the models that are deployed here, for pages: what a designer plays without having the files at hand."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from inburgering_flow.errors import Busy, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.services import Services
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import definitions
from inburgering_flow.workbench.gathering import Gathered
from inburgering_flow.workbench.scenarios import Scenario, find, load, read

SECONDS = 20.0
"""What one press of a button may take."""
LARGEST = 200_000
MOST_FILES = 200
_playing = threading.Lock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Play nothing else meanwhile: it costs what everybody's pages need. Raises Busy where somebody is playing."""
    if not _playing.acquire(blocking=False):
        raise Busy(_("Somebody is playing scenarios now."), remedy=_("Try again in half a minute."))
    try:
        yield
    finally:
        _playing.release()


def scenarios(services: Services, process_id: str | None = None) -> list[Scenario]:
    """Return the scenarios that ship with the plug-ins; those of one process if it is named."""
    folders = [folder for plugin in services.context.domain.plugins for folder in plugin.resources]
    found = [load(path) for folder in folders for path in find(folder)]
    return [one for one in found if process_id in (None, one.content["proces"])]


def callers(services: Services, processes: Collection[str], decisions: Collection[str]) -> set[str]:
    """Return these processes and the deployed ones that call one of them, take one of the decisions, or call one that does."""
    with services.context.db.read() as unit:
        rows = definitions.newest(unit, "process")
    uses: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        elements = services.context.catalog.process(row.key).elements.values()
        calls = [("process", e.called_process) for e in elements] + [("decision", e.called_decision) for e in elements]
        uses[row.id] = {(kind, text.source) for kind, text in calls if text is not None and not text.is_expression}
    found = set(processes)
    found |= {id for id, used in uses.items() if any(("decision", one) in used for one in decisions)}
    grown = True
    while grown:
        more = {id for id, used in uses.items() if any(("process", one) in used for one in found)} - found
        found, grown = found | more, bool(more)
    return found


def models(services: Services) -> list[Resource]:
    """Return the files of the newest version of everything deployed."""
    return [Resource(name, content) for name, content in services.deployments.newest_files()]


def with_files(deployed: Sequence[Resource], given: Sequence[Resource]) -> list[Resource]:
    """Return the deployed files with some replaced, by their name in whatever folder, and others added."""
    named = {PurePosixPath(one.name).name: one for one in given}
    found = [
        Resource(one.name, named.pop(PurePosixPath(one.name).name).content) if PurePosixPath(one.name).name in named else one
        for one in deployed
    ]  # fmt: skip
    return [*found, *named.values()]


def around(own: Sequence[Resource], deployed: Sequence[Resource]) -> list[Resource]:
    """Return the files of a project, and what is deployed besides: the files that it has none of the same name of."""
    paths, names = {one.name for one in own}, {PurePosixPath(one.name).name for one in own if not one.is_data}
    return [*own, *(d for d in deployed if d.name not in paths and (d.is_data or PurePosixPath(d.name).name not in names))]


def sent(files: Sequence[tuple[str, bytes]]) -> list[Scenario]:
    """Return the scenarios in files that were sent; raises InvalidInput with the lines that say what no scenario can."""
    if len(files) > MOST_FILES:
        raise InvalidInput(
            _("These are more than {most} scenarios.").format(most=MOST_FILES), remedy=_("Send fewer at once.")
        )
    found = []
    for name, content in files:
        if len(content) > LARGEST:
            raise InvalidInput(
                _("{name} is larger than a scenario can be.").format(name=name), remedy=_("Send a smaller file.")
            )
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidInput(
                _("{name} cannot be read: {reason}.").format(name=name, reason=error), remedy=_("Save it as UTF-8 text.")
            ) from None
        found.append(read(text, Path(name)))
    return found


def of_process(services: Services, process_id: str) -> Gathered:
    """Return a deployed process with its scenarios; ``own`` is the file that it is in."""
    with services.context.db.read() as unit:
        row = definitions.latest(unit, "process", process_id)
        name = "" if row is None else definitions.content(unit, row.resource_key)[0]
    return Gathered(scenarios(services, process_id), models(services), frozenset((name,)) if name else frozenset())
