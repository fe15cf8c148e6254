"""Zaken: searching, one case, starting one, notes, documents, a partner's message."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.services.case_access import ReasonNeeded
from inburgering_flow.web.access import me, needs, services

cases = Blueprint("cases", __name__)
# Messages that the demonstration may send in a partner's name: name → (what it says, field, label).
PARTNER_MESSAGES = {
    "coa.uitstroom": (N_("COA: uit de opvang vertrokken"), "brpDatum", N_("Datum inschrijving BRP")),
    "gemeente.brp-inschrijving": (N_("BRP: ingeschreven"), "brpDatum", N_("Datum inschrijving BRP")),
    "duo.SS131": (
        N_("DUO: uitslag leerbaarheidstoets"),
        "lbtUitslag",
        N_("Uitslag (B1-route haalbaar / B1-route niet haalbaar)"),
    ),
    "duo.SS102": (N_("DUO: termijn begonnen"), "termijnEinde", N_("Einddatum van DUO")),
    "duo.SS103": (N_("DUO: termijn verlengd"), "termijnEinde", N_("Nieuwe einddatum")),
    "duo.SS106": (N_("DUO: diploma behaald"), "", ""),
    "duo.SS107": (N_("DUO: vrijstelling"), "", ""),
    "duo.SS108": (N_("DUO: ontheffing"), "", ""),
    "duo.SS110": (N_("DUO: plicht vervallen"), "", ""),
    "duo.SS111": (N_("DUO: overleden"), "", ""),
    "gemeente.alsnog-nagekomen": (N_("Gemeente: alsnog nagekomen"), "", ""),
    "burger.zienswijze": (N_("Inwoner: zienswijze ontvangen"), "zienswijze", N_("Tekst van de zienswijze")),
}
PERSON_FIELDS = ("voornamen", "tussenvoegsel", "achternaam", "geboortedatum", "bsn", "v_nummer", "straat", "postcode",
                 "woonplaats", "email", "telefoon")  # fmt: skip


@cases.route("/zaken", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """Find cases; a name travels by POST, never in an address."""
    name = request.form.get("naam", "") if request.method == "POST" else ""
    state = request.args.get("toestand", "ACTIVE")
    dossier = request.args.get("dossier", "")
    rows = services().case_lists.search(me(), state=state if state != "alle" else "", dossier=dossier, name=name)
    return render_template("cases.html", rows=rows, state=state, dossier=dossier, name=name)


@cases.route("/zaken/nieuw", methods=["GET", "POST"])
@needs(permissions.CASE_START)
def new() -> ResponseReturnValue:
    """Register a person and start a case."""
    given = request.form
    problems: list[str] = []
    if request.method == "POST":
        needed = {
            "achternaam": _("Vul de achternaam in."), "voornamen": _("Vul de voornamen in."),
            "dossiernummer": _("Vul het dossiernummer in."),
            "kennisgeving": _("Vul de datum van de kennisgeving in."), "doelgroep": _("Vul de doelgroep in."),
        }  # fmt: skip
        problems = [sentence for key, sentence in needed.items() if not given.get(key, "").strip()]
        if not problems:
            try:
                person = services().people.register(
                    {k: given.get(k, "").strip() for k in ("voornamen", "tussenvoegsel", "achternaam", "geboortedatum", "bsn",
                                                          "v_nummer", "straat", "postcode", "woonplaats")},
                    me(),
                )  # fmt: skip
                key = services().processes.start(
                    "inburgering",
                    {
                        "dossiernummer": given["dossiernummer"].strip(),
                        "doelgroep": given["doelgroep"],
                        "kennisgeving": given["kennisgeving"],
                        "brpDatum": given.get("brpDatum") or None,
                        "inCoa": given.get("inCoa") == "ja",
                    },
                    person_key=person,
                    owner=me().username if "klantmanager" in me().roles else None,
                    location=given.get("locatie") or None,
                    actor=me(),
                )
            except (InvalidInput, Conflict) as error:
                problems = [_plain(error.code, error.message)]
            else:
                flash(_("De zaak is gestart."))
                return redirect(url_for("cases.case", key=key))
    return render_template("case_new.html", given=given, problems=problems), 422 if problems else 200


def _plain(code: str, message: str) -> str:
    known = {
        "INVALID_BSN": _("Het BSN klopt niet. Controleer de negen cijfers."),
        "CONFLICT": _("Er is al een persoon met dit BSN. Zoek de bestaande zaak."),
    }
    return known.get(code, message)


@cases.route("/zaken/<int:key>", methods=["GET", "POST"])
def case(key: int) -> ResponseReturnValue:
    """One case; outside the own caseload a reason is asked first."""
    try:
        detail = services().case_file.open(key, me(), request.form.get("reden", ""))
    except ReasonNeeded:
        return render_template("case_reason.html", key=key), 403
    shown = next((i for i in detail.family if str(i.key) == request.args.get("proces")), detail.family[0])
    may_see_bsn = me().may(permissions.BSN)
    shown_person = None
    if detail.case.person_key is not None:
        shown_person = services().people.get(
            detail.case.person_key, root_key=key, reason=request.form.get("bsn_reden", "").strip(), actor=me()
        )
    return render_template(
        "case.html", d=detail, shown=shown, person=shown_person, may_see_bsn=may_see_bsn,
        messages={name: " – ".join(_(text) for text in (says, label) if text)
                  for name, (says, _field, label) in PARTNER_MESSAGES.items()},
        names={e.element_id: e.element_name or e.element_id for found in detail.elements.values() for e in found},
        may_correct=me().may(permissions.CASE_CORRECT),
        may_message=me().may(permissions.CASE_MESSAGE) and services().context.settings.demo,
    )  # fmt: skip


@cases.get("/zaken/diagram/<int:instance_key>")
def marks(instance_key: int) -> Response:
    """The tokens of one instance, for its diagram."""
    return jsonify(services().diagram_marks.of_instance(instance_key, me()))


@cases.get("/zaken/diagram/<int:instance_key>/xml")
def diagram(instance_key: int) -> Response:
    """The diagram of one instance's own version."""
    services().diagram_marks.of_instance(instance_key, me())
    definition = services().processes.get(instance_key).process_definition_key
    return Response(services().deployments.resource_of(definition)[1], mimetype="application/xml")


@cases.post("/zaken/<int:key>/notitie")
def note(key: int) -> ResponseReturnValue:
    """Write a note."""
    services().case_file.add_note(key, request.form.get("tekst", ""), me())
    flash(_("De notitie is bewaard."))
    return redirect(url_for("cases.case", key=key))


@cases.post("/zaken/<int:key>/bericht")
@needs(permissions.CASE_MESSAGE)
def message(key: int) -> ResponseReturnValue:
    """Send a message in a partner's name; only in the demonstration."""
    if not services().context.settings.demo:
        raise InvalidInput(_("Dit kan alleen in de demo."), remedy=_("Berichten komen van de partners zelf."))
    services().case_access.check(key, me())
    name = request.form.get("naam", "")
    if name not in PARTNER_MESSAGES:
        raise InvalidInput(_("Dit bericht bestaat niet."), remedy=_("Kies een bericht uit de lijst."))
    field = PARTNER_MESSAGES[name][1]
    number = services().processes.get(key).business_key
    sent = services().messages.publish(
        name, correlation_key=number, variables={field: request.form.get("waarde", "")} if field else {}, actor=me()
    )
    if sent.instance_keys:
        flash(_("Het bericht is ontvangen door deze zaak."))
    else:
        flash(_("Niemand wacht nu op dit bericht. Het wordt 24 uur bewaard."))
    return redirect(url_for("cases.case", key=key))


@cases.post("/zaken/<int:key>/gegeven")
@needs(permissions.CASE_CORRECT)
def correct(key: int) -> ResponseReturnValue:
    """Mend a wrong fact."""
    instance, _colon, name = request.form.get("gegeven", "").partition(":")
    if not instance.isdecimal():
        raise InvalidInput(_("Kies eerst een gegeven."), remedy=_("Kies het uit de lijst."))
    services().corrections.fact(
        int(instance), name, request.form.get("waarde", ""), reason=request.form.get("reden", ""), actor=me()
    )
    flash(_("Het gegeven is gewijzigd."))
    return redirect(url_for("cases.case", key=key))


@cases.post("/zaken/<int:key>/storing/<int:incident_key>")
@needs(permissions.CASE_CORRECT)
def retry(key: int, incident_key: int) -> ResponseReturnValue:
    """Let a stopped step try again."""
    services().incidents.resolve(incident_key, me())
    flash(_("De stap wordt opnieuw geprobeerd."))
    return redirect(url_for("cases.case", key=key))


@cases.route("/zaken/<int:key>/persoon", methods=["GET", "POST"])
@needs(permissions.CASE_CORRECT)
def person(key: int) -> ResponseReturnValue:
    """Change the data of the person of a case, with a reason."""
    services().case_access.check(key, me())
    person_key = services().processes.get(key).person_key
    if person_key is None:
        raise NotFound(_("Deze zaak heeft geen persoon."), remedy=_("Ga terug naar de zaak."))
    found = services().people.get(person_key, root_key=key, actor=me())
    given = request.form if request.method == "POST" else {f: getattr(found, f) or "" for f in PERSON_FIELDS if f != "bsn"}
    problem = ""
    if request.method == "POST":
        try:
            services().people.correct(
                person_key, {f: given.get(f, "").strip() for f in PERSON_FIELDS}, reason=given.get("reden", ""), root_key=key,
                actor=me(),
            )  # fmt: skip
        except (InvalidInput, Conflict) as error:
            problem = str(error)
        else:
            flash(_("De gegevens van de persoon zijn gewijzigd."))
            return redirect(url_for("cases.case", key=key))
    return render_template("person.html", key=key, given=given, problem=problem), 422 if problem else 200


@cases.get("/documenten/<int:key>")
def document(key: int) -> Response:
    """Download a document of a case that the actor sees."""
    row = services().documents.describe(key)
    services().case_access.check_document(row, me())
    row, content = services().documents.content(key, me())
    return Response(
        content, mimetype=row.media_type, headers={"Content-Disposition": f'attachment; filename="{row.name}"'}
    )
