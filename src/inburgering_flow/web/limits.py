"""How much may be sent to each route, so that what is too large is refused before it is read."""

from __future__ import annotations

from inburgering_flow.i18n import N_

LARGE = 12_000_000  # bytes: a file of 10 MB and what is around it
ORDINARY = 2_000_000  # a form with long answers
SMALL = 20_000  # a name, a password, a button; and whatever goes to no route or comes from nobody who is logged in
TOO_LARGE = 413

FILES = {
    "entry.upload", "designer.upload", "projects.upload", "projects.save", "projects.findings", "projects.copy",
    "tasklist.complete", "tasklist.rearrange", "tasklist.attach", "case.add_document",
}  # fmt: skip
BUTTONS = {
    "access.login", "access.logout", "access.password", "access.end_session", "access.end_other_sessions", "language.change",
}  # fmt: skip
SENTENCES = {
    LARGE: N_("Wat u stuurt is te groot. Een bestand mag hoogstens 10 MB zijn."),
    ORDINARY: N_("Wat u stuurt is te groot: hoogstens 2 MB. Maak de teksten korter."),
    SMALL: N_("Wat u stuurt is te groot voor deze bladzijde: hoogstens 20 kB. Log in als u een bestand wilt sturen."),
}


def most_sent(endpoint: str | None) -> int:
    """Return how many bytes may be sent to a route; None stands for no route."""
    if endpoint in FILES:
        return LARGE
    return SMALL if endpoint is None or endpoint in BUTTONS else ORDINARY
