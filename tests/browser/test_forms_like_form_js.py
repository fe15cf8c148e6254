"""The oracle: the same forms and answers through form-js itself and through the server give the same data and errors.

Where the two are meant to differ (``docs/forms.md`` has the reasons), the corpus does not go:

- form-js submits nothing of a list that became empty, and an empty item for one that was taken out of a list in a list;
- the choice of files empties the answer of a form that already has documents;
- answers computed in a circle depend in form-js on how often somebody typed.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from forms_corpus import FORMS, OURS, edits, variables
from variants import examples

from inburgering_flow import forms
from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.feel import Context
from inburgering_flow.forms import patterns as forms_patterns
from inburgering_flow.forms import tree
from inburgering_flow.values import load_value

DIST = Path(forms.__file__).parents[1] / "web" / "static" / "dist"
TIMES = examples(1, 60)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

PLAY = """
async ({ cases, patience }) => {
  window.requestAnimationFrame = (work) => setTimeout(work, 0);  // nothing is looked at here
  const { Form, answersOf, newForm } = await import("/form.js");
  const channel = new MessageChannel();
  const tick = () => new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
  const round = async () => { await tick(); await new Promise((done) => setTimeout(done, 0)); };
  const settle = async (form) => {  // until nothing has changed for a while: effects follow from effects
    let before = "";
    for (let same = 0; same < 8; ) {
      await round();
      if (patience) await new Promise((done) => setTimeout(done, patience));
      const now = JSON.stringify([form._getState().data, form.get("formFieldInstanceRegistry").getAll().length]);
      same = now === before ? same + 1 : 0;
      before = now;
    }
  };
  const at = (data, path) => path.reduce((found, part) => found?.[part], data);
  const found = [];
  let broken = [];
  window.addEventListener("error", (event) => broken.push(event.message));
  window.addEventListener("unhandledrejection", (event) => broken.push(String(event.reason)));
  for (const { schema, data, changes, ours } of cases) {
    const box = document.createElement("div");
    document.body.append(box);
    const form = ours ? newForm(box, "/documenten/") : new Form({ container: box, debounce: false });
    const registry = form.get("formFieldRegistry");
    const shown = () => form.get("formFieldInstanceRegistry").getAll();
    try {
      await form.importSchema(schema, data);
      await round();
      await round();
      for (const [name, value] of changes) {
        const instance = shown().find((one) => one.valuePath?.join(".") === name);
        const field = instance && registry.get(instance.id);
        if (!field || field.disabled) continue;
        const checker = form.get("expressionLanguage");
        const readonly = checker.isExpression(field.readonly)
          ? checker.evaluateUnaryTest(field.readonly, { ...instance.expressionContextInfo, ...instance.expressionContextInfo.data })
          : field.readonly;
        if (readonly) continue;
        if (field.type === "dynamiclist") {
          const items = at(form._getState().data, instance.valuePath).slice();
          if (value < 0) items.splice(0, -value);
          else items.push(form._getInitializedFieldData(form._getState().data,
            { container: field, indexes: { ...instance.indexes, [field.id]: items.length } }));
          form._update({ fieldInstance: instance, value: items, field, indexes: instance.indexes });
        } else {
          form._update({ fieldInstance: instance, value, field, indexes: instance.indexes });
        }
        await round();
      }
      await settle(form);
      if (broken.length) throw new Error(broken.join("; "));
      const sent = JSON.parse(JSON.stringify(answersOf(form)));
      const { data: submitted, errors } = form.submit();
      const wrong = shown().filter((one) => Array.isArray(at(errors, [one.id, ...Object.values(one.indexes ?? {})])))
        .filter((one) => at(errors, [one.id, ...Object.values(one.indexes ?? {})]).some((text) => typeof text === "string"))
        .map((one) => one.valuePath.join("."));
      found.push({ submitted: JSON.parse(JSON.stringify(submitted)), wrong, sent });
    } catch (error) {
      found.push({ problem: String(error) });
    }
    broken = [];
    form.destroy();
    box.remove();
  }
  return JSON.stringify(found);
}
"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """A page that has nothing but form-js as our pages load it."""

    def serve(route: Any) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "form.js":
            route.fulfill(path=DIST / "form.js", content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><html lang='en'><title>forms</title><body></body></html>", content_type="text/html")

    context = browser.new_context(timezone_id="Europe/Amsterdam", locale="nl-NL")
    opened = context.new_page()
    opened.clock.set_fixed_time(NOW)
    opened.route("**/*", serve)
    opened.goto("http://forms.invalid/")
    yield opened
    context.close()


def plain(value: Any) -> Any:
    """Return data with numbers as one type, and without what form-js leaves out: lists that are empty."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return Decimal(str(value)).normalize() if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def without_empty_lists(form: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    """form-js submits nothing of a list that has no items; the server says that it is empty."""
    lists = {str(one.full_path) for one in tree.tree({"components": form}).all() if one.is_repeating}

    def walk(value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            kept = {key: walk(item, (*path, key)) for key, item in value.items()}
            return {key: item for key, item in kept.items() if not (item == [] and str((*path, key)) in lists)}
        return [walk(item, path) for item in value] if isinstance(value, list) else value

    return {key: item for key, item in walk(data, ()).items() if item != {}}


def cases(name: str) -> list[dict[str, Any]]:
    found = []
    for seed in range(TIMES):
        chance = random.Random(f"{name} {seed}")
        known = {} if seed == 1 else variables(FORMS[name], chance)
        schema = {"type": "default", "id": "form", "schemaVersion": 19, "components": FORMS[name]}
        found.append({"schema": schema, "data": known, "changes": edits(FORMS[name], known, chance), "ours": name in OURS})
    return found


def of_server(case: dict[str, Any], sent: dict[str, Any]) -> tuple[Any, set[str]]:
    context = Context(NOW)
    given = {key: load_value(json.dumps(case[key])) for key in ("schema", "data")}
    try:
        return forms.submit(given["schema"], load_value(json.dumps(sent)), given["data"], context=context).submitted, set()
    except InvalidSubmission as error:
        return None, {problem.field for problem in error.problems}


Named = tuple[str, dict[str, Any]]  # a form, and data with changes


def played(page: Any, given: list[Named], patience: int = 0) -> list[dict[str, Any]]:
    """Return what form-js says of cases; it is waited for until nothing has changed in eight pauses of so many milliseconds."""
    results = []
    for _name, own in groupby(given, key=lambda one: one[0]):
        page.goto("http://forms.invalid/")  # a form that form-js cannot draw would take the next ones with it
        results += json.loads(page.evaluate(PLAY, {"cases": [case for _, case in own], "patience": patience}))
    return results


def differences(given: list[Named], results: list[dict[str, Any]]) -> list[tuple[Named, dict[str, Any], Any]]:
    """Return the cases of which form-js and the server say something else, with what each says."""
    found: list[tuple[Named, dict[str, Any], Any]] = []
    for (name, case), theirs in zip(given, results, strict=True):
        if "problem" in theirs:
            found.append(((name, case), theirs, None))
            continue
        submitted, wrong = of_server(case, theirs["sent"])
        same_fields = wrong == set(theirs["wrong"])
        same_data = bool(wrong) or plain(without_empty_lists(FORMS[name], submitted)) == plain(
            without_empty_lists(FORMS[name], theirs["submitted"])
        )
        if not (same_fields and same_data):
            found.append(((name, case), theirs, (submitted, wrong)))
    return found


def test_the_corpus_is_large() -> None:
    kinds = {one.type for components in FORMS.values() for one in tree.tree({"components": components}).all()}

    assert len(FORMS) >= 60
    assert kinds >= tree.KNOWN


@pytest.mark.parametrize("group", range(6))
def test_form_js_and_the_server_submit_the_same_and_refuse_the_same(page: Any, group: int) -> None:
    given = [(name, case) for name in sorted(FORMS)[group::6] for case in cases(name)]
    results = played(page, given)
    found = differences(given, results)
    # what form-js had not finished when nothing had changed for a moment is played again with time for it
    again = [case for case, *_said in found]
    different = differences(again, played(page, again, patience=30))
    assert sum(bool(theirs.get("wrong")) for theirs in results) > len(results) // 20  # some of them are wrong
    assert not different, "\n\n".join(
        f"{name}\n  {case['data']} {case['changes']}\n  form-js {theirs}\n  server  {ours}"
        for (name, case), theirs, ours in different[:12]
    )


TEXTS = ["", "a", "ab", "a1 b2", "1234 AB", "é", "a\nb", "a\u2028b", "\u00a0", "]", "a-b", "{1}", "aaa", "_", "A.b", "a/b", "$", "x^y"]
PARTS = [
    "a", "b", ".", "\\d", "\\w", "\\s", "\\S", "\\D", "\\W", "\\b", "[a-c]", "[^a]", "[\\s\\d]", "[^\\S]", "[]", "[^]", "[a-]", "[\\w-]",
    "[\\]]", "[[]", "^", "$", "(a)", "(?:ab|b)", "(?<n>a)", "|", "{", "{1}", "a{1,2}", "a{2,}", "\\.", "\\/", "\\-", "\\u0061", "\\x61",
    "\\n", "\\t", "\\0", "\\_", "é", "]", "}", "a*", "b+?", "\\cA", "\\e",
]  # fmt: skip


def test_patterns_find_what_the_browsers_own_find(page: Any) -> None:
    chance = random.Random(1)
    patterns = [*PARTS, *("".join(chance.choices(PARTS, k=chance.randrange(2, 6))) for _ in range(examples(500, 20_000)))]
    theirs = page.evaluate(
        """([patterns, texts]) => patterns.map((one) => { try { const found = new RegExp(one); return texts.map((t) => found.test(t)); }
        catch { return null; } })""",
        [patterns, TEXTS],
    )  # fmt: skip
    compared = 0
    for pattern, right in zip(patterns, theirs, strict=True):
        try:
            compiled = forms_patterns.pattern(pattern)
        except forms_patterns.UnreadablePattern:
            continue
        assert right is not None, f"{pattern!r} is no pattern in the browser"
        assert [compiled.search(text) is not None for text in TEXTS] == right, pattern
        compared += 1
    assert compared > len(patterns) * 0.6
