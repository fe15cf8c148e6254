"""A platform with the shipped processes and an account for each role, as the tests of pages begin."""

from __future__ import annotations

from pathlib import Path

from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.demo import ACCOUNTS, LOCATION, PASSWORD
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

START = "2026-03-02T09:00:00+01:00"


def open_platform(folder: Path, url: str = "") -> Platform:
    """Open the database of a folder, or another one, on a clock that the test moves."""
    chosen = Settings(secret="test", demo=True, password_memory=64, synchronous="OFF")
    return Platform.open(url or f"sqlite:///{folder}/flow.db", clock=ManualClock(START), settings_=chosen)


def prepare(folder: Path) -> None:
    """Deploy the shipped processes and make the accounts; the tests work on copies of the folder."""
    with open_platform(folder) as platform:
        platform.deploy(resource_folder("processes"), resource_folder("forms"))
        make_accounts(platform)


def make_accounts(platform: Platform) -> None:
    """Make the accounts of the demonstration."""
    for username, (name, role) in ACCOUNTS.items():
        platform.services.accounts.save(
            username, display_name=name, password=PASSWORD, roles=(role,),
            location=LOCATION if role == "coa-medewerker" else None,
        )  # fmt: skip
    platform.services.accounts.save("kees", display_name="Kees", password=PASSWORD, roles=("klantmanager",))
