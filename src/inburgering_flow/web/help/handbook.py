"""Begrippen and Handleiding: what words mean, and what each role does from day to day."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _, language
from inburgering_flow.web.access import me, services
from inburgering_flow.web.table_files import sent_as

handbook = Blueprint("handbook", __name__)


@handbook.get("/uitleg/begrippen")
def words() -> ResponseReturnValue:
    """The words that pages use, or those in which something stands that is looked for."""
    text = request.args.get("zoek", "").strip()[:100]
    every = services().context.domain.glossary
    found = [one for one in every if one.fits(text)]
    found.sort(key=lambda one: text.lower() not in one.forms)  # the word itself before those that mention it
    heads = [_("Begrip"), _("Betekenis"), _("Bron")]
    rows = [[one.name, one.said(language())[1], one.source] for one in found]
    if file := sent_as("begrippen", heads, rows):
        return file
    return render_template("help/words.html", found=found, every=len(every), text=text, speaks=language())


@handbook.get("/uitleg/handleiding")
@handbook.get("/uitleg/handleiding/<role>")
def manual(role: str = "") -> ResponseReturnValue:
    """What somebody with a role does, step by step: at first the reader's own."""
    manuals = services().context.domain.manuals
    own = [name for name in me().roles if name in manuals]
    chosen = role or (own or list(manuals) or [""])[0]
    if chosen not in manuals:
        raise NotFound(_("Voor deze rol is er geen handleiding."), remedy=_("Kies een rol uit de lijst."))
    order = [*own, *(name for name in manuals if name not in own)]
    return render_template(
        "help/manual.html", chosen=chosen, steps=manuals[chosen], order=order, own=own, speaks=language(), pictures=_pictures()
    )


@handbook.get("/uitleg/beeld/<name>.webp")
def picture(name: str) -> ResponseReturnValue:
    """A picture of a page, from an example case."""
    path = _pictures().get(name)
    if path is None:
        raise NotFound(_("Dit beeld bestaat niet."), remedy=_("Kies een stap uit de handleiding."))
    return Response(path.read_bytes(), mimetype="image/webp", headers={"Cache-Control": "private, max-age=86400"})


def _pictures() -> dict[str, Path]:
    """Return the pictures that there are: a name that somebody sends is looked up, never made part of a path."""
    return {path.stem: path for folder in services().context.domain.pictures for path in folder.glob("*.webp")}
