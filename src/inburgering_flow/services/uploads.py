"""What is asked of each file that people send, before anything waits for the database: whether the virus scanner lets it in."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from inburgering_flow.channels.virus_scanner import Scanner, ScannerSilent
from inburgering_flow.errors import Busy, InvalidInput
from inburgering_flow.forms import Upload
from inburgering_flow.i18n import _
from inburgering_flow.services.context import Context
from inburgering_flow.settings import Settings

log = logging.getLogger(__name__)


def scanner_of(settings: Settings) -> Scanner | None:
    """Return the scanner of the settings, None where there is none; raises InvalidInput where it cannot be read."""
    try:
        return Scanner.at(settings.virus_scanner) if settings.virus_scanner else None
    except ValueError:
        raise InvalidInput(
            f"VIRUS_SCANNER names no scanner: {settings.virus_scanner!r}.",
            remedy="Write tcp://host:3310, or unix:/run/clamav/clamd.ctl.",
        ) from None


def check_clean(context: Context, files: Iterable[Upload]) -> None:
    """Raise InvalidInput for a file in which the scanner of ``VIRUS_SCANNER`` finds something, and Busy where it does not
    answer: then no file is let in. Without a scanner every file is.
    """
    scanner = scanner_of(context.settings)
    if scanner is None:
        return
    for file in files:
        try:
            found = scanner.found_in(file.content)
        except ScannerSilent as error:
            log.error("the virus scanner gave no answer: %s", error)
            raise Busy(
                _("Files cannot be looked at for viruses now, so none is let in. Nothing was stored."),
                remedy=_("Try again in a few minutes. If it lasts, tell the functioneel beheerder."), code="SCANNER_SILENT",
            ) from None
        if found:
            log.warning("a file was refused: the virus scanner found something in it")
            raise InvalidInput(
                _("The virus scanner found something in “{name}” ({found}). Nothing was stored.").format(
                    name=file.name[:100], found=found[:100]
                ),
                remedy=_("Do not open the file. Tell whoever it came from, and ask for another one."),
            )
