"""A tour of every page as every role that may see it: what axe finds, how wide it is, what it weighs, a screenshot."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from diagrams import Diagram

from browser.steps import log_in, picture, settle
from inburgering_flow.inburgering.demo import ACCOUNTS, load
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.batches import CANCEL, MIGRATE
from inburgering_flow.model.permissions import ALL, SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.new_files import ENDINGS
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench.deployed import models
from inburgering_flow.workbench.needed import needed
from inburgering_flow.workbench.trial import packed

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]  # all that a colour scheme can change
WIDTHS = (320, 768, 1280)
ENOUGH = {"work": 2, "tasks": 2, "case": 2, "board": 1, "justification": 1}
"""As how many roles a page of one kind is opened, unless it is the whole tour: more than one where it shows each role other things."""
BUSY = ("karin", "piet", "rita", "tom")
"""Whose pages show most: they are opened first, and so are the ones of which a picture is made at each width."""
ALIKE = {"editor-data", "editor-letter", "editor-template", "case-taken", "case-documenten", "case-betalingen", "case-bekeken",
         "board-cases", "incident-list", "absence-of", "figures-cohorts", "figures-diagram", "figures-effect", "figures-risk",
        "figures-mining", "figures-steps", "absences", "extract", "words", "tables", "topic", "unsure", "own-figures-choice",
        "report-new", "kept-held", "tasks-chosen", "alert-choices", "rehearse", "definition-change", "notices", "notice", "person",
        "reassess", "rule", "definition-review", "kept-one", "bulk-outlook", "change-version", "unheard", "lost", "assured", "grant",
        "money-book", "proving-cases", "try-decision", "case-start", "tasks-mine", "reports", "cohorts"}
"""Kinds of pages that only the whole tour opens: another, the editor of texts or the timeline, shows all that they do but for a
kind of thing or two."""
MANY = 3
"""So many kinds of things must be new on a page for axe to be asked, unless it is the whole tour."""
# What is drawn by others and cannot be fixed here: bpmn-js paints its canvas as one picture that the keyboard reaches
# through the diagram's own keys, and the list next to or below it says the same.
THEIRS = [".djs-container"]
DRAWS = {"case", "definition", "editor", "task", "trial"}  # pages with a diagram or a form may weigh more


@dataclass
class Visit:
    """What was seen on one page; ``wide`` is by how many pixels it is too wide, per viewport, ``cut`` the labels cut off."""

    name: str
    username: str
    path: str
    found: list[str] = field(default_factory=list)
    wide: dict[int, int] = field(default_factory=dict)
    weight: int = 0
    cut: list[str] = field(default_factory=list)
    white: list[str] = field(default_factory=list)
    """What is large and light in the dark scheme."""
    bursts: int = 0
    """By how many pixels it is too wide for a phone with words that are longer than a line."""

    def __str__(self) -> str:
        return f"{self.name} as {self.username} ({self.path})"


def town(law: Platform) -> None:
    """Fill a platform with the demonstration's cases, and what is no case of it."""
    two_versions(law)  # first, so that its cases, whose diagram is not laid out, come last in every list
    load(law)
    law.services.retentions.judge()
    project = law.services.projects.create("Voorbeeldproject", SYSTEM)
    for kind in ENDINGS:
        law.services.project_files.add(project, kind, "Nieuw bestand", SYSTEM)
    law.services.project_files.delete(project, law.services.project_files.add(project, "bpmn", "Weggegooid", SYSTEM), SYSTEM)
    shipped = next(d for d in law.services.deployments.newest("process") if d.id == "brede-intake")
    law.services.proposals.propose([Resource(*law.services.deployments.resource_of(shipped.key))], Actor("paula", ("procesontwerper",), table=ROLES))


NOBODY = '<zeebe:assignmentDefinition candidateGroups="niemand"/>'


def two_versions(law: Platform) -> None:
    """Leave cases of a version whose successor has another task, a bulk operation of which half failed, and a message that no
    case has heard.
    """
    law.publish("coa.uitstroom", correlation_key="PROEF-9")
    for task in ("Aanvraag_bekijken", "Aanvraag_beoordelen"):
        diagram = Diagram("proefproces").start().user(task, NOBODY).user("Brief_sturen", NOBODY).end()
        law.deploy_content("proefproces.bpmn", diagram.path("start", task, "Brief_sturen", "end").xml())
        if task == "Aanvraag_bekijken":
            keys = [law.start("proefproces", business_key=f"PROEF-{n}") for n in range(4)]
    for _ in range(2):
        law.complete(law.tasks(state="CREATED", instance=keys[0])[0].key, user="karin")
    rows = b"dossiernummer;instroomFase;achternaam;voornamen;overgenomenUit;doelgroep;kennisgeving;bsn\n"
    rows += b"T-1;pip;Rij;V;Oud;gezinsmigrant;2025-07-15;\nT-2;pip;Rij;V;Oud;gezinsmigrant;onzin;123456789\n"
    law.services.entry_files.upload("inburgering", rows, Actor("karin", ("klantmanager",), table=ROLES))
    law.services.batches.create(CANCEL, keys=keys[:2], actor=Actor("bram", ("functioneel-beheerder",), table=ROLES))
    law.run_due()


def trial_run(law: Platform, key: int, actor: Actor) -> int:
    """Begin a trial run of a deployed process, in which time has passed, and return its key."""
    name, _content = law.services.deployments.resource_of(key)
    story = {
        "naam": "Proef", "klok": "2026-03-02T09:00:00+01:00", "proces": law.context.catalog.process(key).process_id,
        "gegevens": {"dossiernummer": "PROEF-1"}, "stappen": [{"tot": "2026-03-03T09:00:00+01:00"}],
    }  # fmt: skip
    return law.services.trial_runs.begin(packed(needed(name, models(law.services))), story, actor, once="tour")


def forecast(law: Platform, actor: Actor) -> int:
    """Return the key of a forecast that is done."""
    key, is_new = law.services.forecasts.begin("inburgering", "Zoals het nu gaat", {"weeks": 3}, 40, actor, once="tour")
    if is_new:
        band, of_role = [1.0, 4.5, 9.0], {"done": 12, "open": 8, "wait": 3, "late": 1, "load": 1}
        figures = {f"{figure}:jurist": [[n, n + 1.5, n + 4.0]] * 3 for figure, n in of_role.items()}
        figures |= {figure: [band] * 3 for figure in ("begun", "finished", "running", "missed")}
        law.services.forecasts.end(key, {
            "begin": "2026-03-02T00:00:00+01:00", "weeks": 3, "futures": 40, "roles": ["jurist"], "figures": figures,
            "totals": {name: bands[0] for name, bands in figures.items()}, "shares": {}, "left": {"leerroute/taak": 2},
            "played": 90, "running": 80,
        })  # fmt: skip
    return key


def pages(law: Platform, username: str) -> Iterator[tuple[str, str]]:
    """Yield (name, address) of every page that an account may see."""
    role = ROLES[ACCOUNTS[username][1]]
    yield from (("work", "/"), ("tasks", "/taken"), ("tasks-mine", "/taken?lijst=mijn"), ("tasks-chosen", "/taken?lijst=alle&prioriteit=10&kolommen=prioriteit,vraag,opvolgen,sinds&volgorde=-dossier"), ("cases", "/zaken"))
    yield from (("alerts", "/meldingen"), ("alert-choices", "/voorkeuren"), ("agenda", f"/agenda?van={'team' if role.cases == ALL else 'mij'}"))
    yield from (("absence", "/afwezigheid"), ("reports", "/vaste-overzichten"))
    if "case.assign" in role.may:
        yield from (("absences", "/regie/afwezigheid"), ("absence-of", "/regie/afwezigheid?wie=karin"))
    yield from (("help", "/uitleg?datum=2026-10-10"), ("failure", "/bestaat-niet"))
    yield from (("words", "/uitleg/begrippen"), ("manual", "/uitleg/handleiding"), ("tables", "/uitleg/regels"), ("topic", "/uitleg/regels/boeteBasis"), ("unsure", "/pagina/te-controleren"))
    yield from (("rules", "/hulp/regels"), ("rule", "/hulp/regels/input-collection"))
    for name, path, permission in (
        ("board", "/regie", "board.read"), ("board-cases", "/regie/zaken", "board.read"), ("incidents", "/storingen", "incident.manage"), ("incident-list", "/storingen/lijst", "incident.manage"),
        ("figures", "/inzicht", "figures.read"), ("figures-steps", "/inzicht/duur", "figures.read"), ("own-figures-choice", "/mijn-cijfers/kiezen", "figures.read"), ("report-new", "/vaste-overzichten/nieuw?deel=nu&tabel=fasen", "figures.read"), ("figures-cohorts", "/inzicht/cohorten", "figures.read"), ("figures-diagram", "/inzicht/diagram", "figures.read"), ("figures-effect", "/inzicht/vergelijken", "figures.read"), ("figures-risk", "/inzicht/dreigt", "board.read"), ("figures-mining", "/inzicht/procesanalyse", "board.read"), ("operations", "/beheer", "job.manage"), ("bulk", "/bulkbewerkingen", "process.manage"),
        ("accounts", "/accounts", "account.manage"), ("log", "/logboek", "audit.read"),
        ("unheard", "/regie/berichten", "board.read"), ("lost", "/regie/kwijt", "board.read"), ("lost", "/regie/kwijt", "incident.manage"), ("assured", "/regie/waarborgen", "board.read"), ("case-new", "/zaken/nieuw", "case.start"), ("justification", "/pagina/verantwoording", "law.read"), ("money", "/middelen", "money.read"), ("money-book", "/middelen/spuk/2026", "money.read"), ("grant", "/pagina/spuk", "money.read"), ("cohorts", "/pagina/cijfers", "figures.read"), ("projects", "/ontwerpen", "definition.deploy"), ("entry", "/zaken/overnemen?instroomFase=leerroute", "case.start"), ("entry-file", "/zaken/overnemen/bestand", "case.start"), ("kept", "/bewaren", "case.destroy"), ("kept-held", "/bewaren?lijst=held", "case.destroy"),
        ("try", "/uitproberen", "definition.simulate"), ("try-decision", "/uitproberen/beslissing", "definition.simulate"),
        ("proving", "/ontwerpen/bewijzen", "definition.simulate"), ("forecasts", "/ontwerpen/vooruitblik", "definition.simulate"),
        ("forecast-new", "/ontwerpen/vooruitblik/nieuw?proces=inburgering", "definition.simulate"),
    ):  # fmt: skip
        if permission in role.may:
            yield name, path
    actor = Actor(username, (ACCOUNTS[username][1],), table=ROLES)
    if {"figures.read", "board.read"} & role.may:
        for chosen in law.services.own_figures.offered(actor):
            if chosen.is_one:
                law.services.own_figures.add(chosen.id, "", actor, once=chosen.id)
        yield "own-figures", "/mijn-cijfers"
    if "case.assign" in role.may:
        some = [task.key for task in law.tasks(state="CREATED")][:2]
        yield "list-done", f"/lijsten/gedaan/{law.services.list_deeds.do('priority', [*some, 1], 60, actor)}"
    if "definition.simulate" in role.may:
        yield "forecast", f"/ontwerpen/vooruitblik/{forecast(law, actor)}"
    for sent in law.services.entry_files.files(actor) if "case.start" in role.may else ():
        yield "entry-rows", f"/zaken/overnemen/bestand/{sent.key}"
    for kept in law.services.retentions.find(actor, "later").rows[:1] if "case.destroy" in role.may else ():
        yield "kept-one", f"/bewaren/{kept.row.root_key}"
    if "process.manage" in role.may:
        new, old = [v.key for v in law.services.batches.versions() if v.process_id == "proefproces"]
        changed = next(i.key for i in law.instances("proefproces", "ACTIVE"))
        yield from (("definition-change", f"/processen/zaak/{changed}"), ("change-version", f"/processen/zaak/{changed}/versie/{new}"))
        plans = [source.plan for source in law.services.rehearsals.sources(actor, target_key=new)]
        yield "rehearsed", f"/processen/proeven/{law.services.rehearsals.begin(plans, actor, once='tour')}"
        yield "bulk-outlook", f"/bulkbewerkingen/bekijken?soort={MIGRATE}&versie={old}&naar={new}"
        yield "bulk-batch", f"/bulkbewerkingen/{law.services.batches.search().rows[0].key}"
    if {"board.read", "definition.read"} & role.may:
        process = next(d for d in law.services.deployments.newest("process") if d.id == "brede-intake")
        yield from (("definitions", "/processen"), ("definition", f"/processen/{process.key}"), ("description", f"/processen/{process.key}/beschrijving"))
        newest, older = [v.key for v in law.services.batches.versions() if v.process_id == "proefproces"]
        yield from (("versions", f"/processen/{newest}/versies"), ("definition-compared", f"/processen/vergelijken?oud={older}&nieuw={newest}"))
        if "case.start" in role.may:
            yield "case-start", f"/processen/{newest}/starten"
        if "definition.deploy" in role.may:
            yield "trial", f"/ontwerpen/proef/{trial_run(law, process.key, actor)}"
            yield "trial-start", f"/processen/{process.key}/proefdraaien"
            for project, _count in law.services.projects.every(actor):
                yield "project", f"/ontwerpen/{project.key}"
                for file in law.services.projects.view(project.key, actor).files:
                    yield f"editor-{file.kind}", f"/ontwerpen/{project.key}/bestand/{file.path}"
            yield "proving-cases", f"/ontwerpen/bewijzen/zaken/{process.key}"
            proposal = law.services.proposals.waiting(actor)[0].key
            yield from (("definition-review", f"/processen/voorstel/{proposal}"), ("rehearse", f"/processen/{newest}/proef"))


def weigh(page: Any, known: dict[str, int]) -> int:
    """Return how many bytes the page and everything it loaded take when compressed."""
    urls = page.evaluate("[location.href, ...performance.getEntriesByType('resource').map((e) => e.name)]")
    total = 0
    for url in {u for u in urls if u.startswith("http")}:
        if url not in known:
            size = len(gzip.compress(page.context.request.get(url).body()))
            if "/static/" not in url:
                total += size
                continue
            known[url] = size
        total += known[url]
    return total


def look(page: Any, axe: str, scheme: str) -> list[str]:
    """Let axe look at the page in one colour scheme; each finding is one line with rule, element and reason."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("(text) => { if (!window.axe) (0, eval)(text); }", axe)
    found = page.evaluate(
        "([rules, theirs]) => axe.run({exclude: theirs}, {runOnly: rules, resultTypes: ['violations']})",
        [TAGS if scheme == "light" else COLOURS, THEIRS],
    )
    return [
        f"{scheme}: {v['id']}: {n['target'][0]}: {n['failureSummary'].splitlines()[-1].strip()}"
        for v in found["violations"]
        for n in v["nodes"]
    ]


def sheet(pictures: Path) -> Path:
    """Write a page with every picture of the tour, one row for each kind of page: to be looked at."""
    rows: dict[str, list[Path]] = {}
    for path in sorted(pictures.glob("*.png")):
        name, _dash, rest = path.stem.rpartition("-")
        rows.setdefault(name.rpartition("-")[0] or rest, []).append(path)
    shown = "".join(
        f"<h2>{escape(name)}</h2><p>" + "".join(
            f'<a href="{path.name}"><img src="{path.name}" alt="{path.stem}" title="{path.stem}" width="240" loading="lazy"></a> '
            for path in paths
        ) + "</p>"
        for name, paths in rows.items()
    )  # fmt: skip
    found = pictures / "index.html"
    found.write_text(f"<!doctype html><meta charset='utf-8'><title>Contact sheet</title>{shown}", encoding="utf-8")
    return found


# The kinds of things on a page, whatever they say: what axe, a width or a label can find wrong depends on these.
THINGS = """() => [...new Set([...document.querySelectorAll('*')].map((e) =>
    [e.tagName, e.className.baseVal ?? e.className, ...e.getAttributeNames(), e.innerText ? 'text' : ''].join(' ')))]"""


# A word longer than a line of a phone, wherever a page shows what somebody wrote or a model calls something; what is in a table
# moves under its own bar, and what others draw is theirs.
LONG_WORD = """() => {
    const said = [...document.querySelectorAll('main :is(h1, h2, h3, p, li, dt, dd, b, summary, legend, label, td)')].flatMap((e) =>
        e.closest('.scroll, .button, .djs-container, .flow-form, #editor, #modeler') ? []
        : [...e.childNodes, ...[...e.querySelectorAll(':scope > a:not(.button)')].flatMap((a) => [...a.childNodes])]
            .filter((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()));
    const before = said.map((n) => n.data);
    said.forEach((n) => { n.data = `${n.data} ${'overeenkomst'.repeat(5)} `; });
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    said.forEach((n, place) => { n.data = before[place]; });
    return wide;
}"""


# Light areas of a size that dazzles; what is drawn by others is turned by a filter.
WHITE = """() => [...document.querySelectorAll('body *')].filter((e) => {
    const {width, height} = e.getBoundingClientRect(), [r, g, b, a = 1] = (getComputedStyle(e).backgroundColor.match(/[\\d.]+/g) ?? []).map(Number);
    if (width * height < 20000 || !(a > 0.5) || Math.min(r, g, b) < 200) return false;
    for (let up = e; up; up = up.parentElement) if (getComputedStyle(up).filter !== 'none') return false;
    return true;
}).map((e) => `${e.tagName} ${e.id} ${e.className}`)"""


def walk(law: Platform, browser: Any, address: str, modules: Path, *, whole: bool) -> list[Visit]:
    """Open every page as every role; the same markup seen by two roles is checked once. Unless it is the ``whole``
    tour, each kind of page is opened as few roles (``ENOUGH``; a task as each), axe checks a page only if it contains a few
    kinds of things (``MANY``) that no page before it did, in the dark scheme only the first page of one kind in three, and no screenshots are kept.
    """
    axe = (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    visits: list[Visit] = []
    seen: dict[str, Visit] = {}
    sizes: dict[str, int] = {}
    pictured: set[str] = set()
    things: set[str] = set()

    opened: Counter[str] = Counter()

    def visit(page: Any, name: str, username: str, path: str) -> None:
        opened[name] += 1
        if not whole and name != "task" and opened[name] > ENOUGH.get(name, 1):
            return
        if not whole and name in ALIKE:
            return
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address + path)
        settle(page)
        one = Visit(name, username, path)
        visits.append(one)
        if name.partition("-")[0] not in DRAWS:
            one.weight = weigh(page, sizes)
        markup = re.sub(r'name="csrf[_-]token" (value|content)="[^"]+"', "", page.content()).replace(username, "")
        if markup in seen:
            same = seen[markup]
            one.found, one.wide, one.cut = same.found, same.wide, same.cut
            return
        seen[markup] = one
        new = set(page.evaluate(THINGS)) - things
        is_looked_at = whole or len(new) >= MANY  # else they are new on the next page too
        if whole or (is_looked_at and name not in pictured and len(pictured) % 3 == 0):
            one.found = look(page, axe, "dark")
            one.white = page.evaluate(WHITE)
        if is_looked_at:
            things.update(new)
            one.found = one.found + look(page, axe, "light")
        elif name in pictured:
            return
        for width in WIDTHS if whole else (WIDTHS[0], WIDTHS[-1]):
            page.set_viewport_size({"width": width, "height": 900})
            one.wide[width] = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if width == WIDTHS[0]:
                one.bursts = page.evaluate(LONG_WORD)
            one.cut += page.evaluate(
                "[...document.querySelectorAll('label, legend, .fjs-form-field-label')]"
                ".filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1"
                " && getComputedStyle(e).overflowX !== 'visible').map((e) => e.innerText)"
            )
            if whole and (width == WIDTHS[-1] or name not in pictured):  # each role's at one width, each kind at all
                picture(page, f"{name}-{username}-{width}")
        if whole and name not in pictured:
            page.emulate_media(color_scheme="dark")
            picture(page, f"{name}-{username}-dark")
            page.emulate_media(color_scheme="light")
        pictured.add(name)

    def context() -> Any:
        # The pages' own policy forbids foreign scripts, axe among them; only this tour bypasses it.
        return browser.new_context(bypass_csp=True, locale="nl-NL")

    nobody = context()
    visit(nobody.new_page(), "login", "nobody", "/inloggen")
    nobody.close()
    for username in sorted(ACCOUNTS, key=lambda name: (name not in BUSY, name)):
        own = context()
        page = own.new_page()
        log_in(page, address, username)
        for name, path in pages(law, username):
            visit(page, name, username, path)
        for name, path in _opened(law, page, address, username):
            visit(page, name, username, path)
        own.close()
    return visits


def _opened(law: Platform, page: Any, address: str, username: str) -> Iterator[tuple[str, str]]:
    """Yield the first case, a task that the role has taken up, and a task to look at, as the role's own lists show them."""
    page.goto(f"{address}/zaken")
    first = page.locator("tr[data-row] a").first
    if first.count():
        path = first.get_attribute("href")
        yield from (("case", path), ("notices", f"{path}/melden"))
        for tab in ("taken", "tijdlijn", "documenten", "gegevens", "diagram", "bekeken", *(["betalingen"] if "money.read" in ROLES[ACCOUNTS[username][1]].may else [])):
            yield f"case-{tab}", f"{path}/{tab}"
        page.goto(f"{address}{path}/melden")
        if page.locator("main li a").count():
            yield "notice", page.locator("main li a").first.get_attribute("href")
    if "case.correct" in ROLES[ACCOUNTS[username][1]].may:
        stuck = next(x.root_key for x in law.services.incidents.page().rows)
        yield from (("case-stuck", f"/zaken/{stuck}"), ("person", f"/zaken/{stuck}/persoon"), ("reassess", f"/zaken/{stuck}/opnieuw"))
        if "person.extract" in ROLES[ACCOUNTS[username][1]].may:
            yield "extract", f"/zaken/{stuck}/inzage"
    page.goto(f"{address}/taken?lijst=rollen")
    first = page.locator("tr[data-row] a").first
    if first.count():
        path = first.get_attribute("href")
        yield "task-free", path
        law.claim(int(path.rsplit("/", 1)[1]), user=username)
        yield "task", path
    page.goto(f"{address}/taken?lijst=alle")
    first = page.locator("tr[data-row] a").first
    if first.count():
        yield "task-look", first.get_attribute("href")
