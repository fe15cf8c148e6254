"""The demonstration: what the plug-ins deploy and show, in a database of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inburgering_flow.clock import ManualClock, ShiftedClock
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.project import kind_of
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store.dialects import file_of, url_of

PROJECT = "Voorbeeldproject"
PASSWORD = "demo"  # noqa: S105  # shown on the login page of the demonstration only


def _open_project(platform: Platform) -> None:
    """Put the files of the plug-ins into a project, for a designer to look at and to change."""
    roots = [Path(path) for plugin in platform.context.domain.plugins for path in plugin.resources]
    found = {
        file.relative_to(root).as_posix(): file.read_bytes()
        for root in roots for file in sorted(root.rglob("*")) if file.is_file() and kind_of(file.name)
    }  # fmt: skip
    if found:
        key = platform.services.projects.create(PROJECT, SYSTEM)
        platform.services.projects.take_in(key, list(found.items()), SYSTEM)


def clock_of(settings: Settings) -> ShiftedClock:
    """Return the clock of the demonstration; how far it was moved is kept beside its database."""
    file = file_of(settings.database_url)
    return ShiftedClock(None if file is None else Path(f"{file}.klok"))


def prepare(settings: Settings) -> Settings:
    """Load the demonstration into its own database (once) and return the settings to serve it with."""
    url = settings.database_url if settings.database_url != Settings.database_url else url_of("var/demo.db")
    chosen = replace(settings, database_url=url, demo=True)
    file = file_of(url)
    fresh = file is None or not file.exists()
    clock = ManualClock(clock_of(chosen).now())
    with Platform.open(settings_=chosen, clock=clock) as platform:
        plugins = platform.context.domain.plugins
        platform.deploy(*(path for plugin in plugins for path in plugin.resources))
        if fresh or not platform.instances():
            for plugin in plugins:
                if plugin.demo is not None:
                    plugin.demo(platform)
        if not platform.services.projects.every(SYSTEM):
            _open_project(platform)
    print(f"Demo-accounts (wachtwoord: {PASSWORD}):")
    for username, (name, role) in ((u, a) for plugin in plugins for u, a in plugin.accounts.items()):
        print(f"  {username:8} {role:24} {name}")
    print(f"Open http://{chosen.host}:{chosen.port}", flush=True)
    return chosen
