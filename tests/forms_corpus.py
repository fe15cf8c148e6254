"""Forms of every component and property of form-js 1.23, alone and inside each other, and random answers to them."""

from __future__ import annotations

import random
import zlib
from typing import Any

Schema = dict[str, Any]


def c(kind: str, key: str = "", **attrs: Any) -> Schema:
    """A component; what has no key gets an id of its own from its type and attributes."""
    name = key or attrs.pop("id", "") or f"{kind}_{zlib.crc32(str(sorted(attrs.items(), key=str)).encode())}"
    own = {"key": key} if key else {}
    return {"type": kind, "id": f"id_{name.replace('.', '_')}", **own, **attrs}


def answers(*values: Any) -> list[Schema]:
    return [{"label": f"antwoord {value}", "value": value} for value in values]


def hidden(text: str) -> Schema:
    return {"conditional": {"hide": text}}


NAAM = c("textfield", "naam", label="Naam")
LEEFTIJD = c("number", "leeftijd", label="Leeftijd")
AKKOORD = c("checkbox", "akkoord", label="Akkoord")
SOORT = c("select", "soort", label="Soort", values=answers("kort", "lang", "kort en lang"))

FORMS: dict[str, list[Schema]] = {
    # each component by itself
    "textfield": [NAAM],
    "textarea": [c("textarea", "tekst", label="Tekst")],
    "number": [LEEFTIJD],
    "number as text": [c("number", "bedrag", serializeToString=True)],
    "checkbox": [AKKOORD],
    "radio": [c("radio", "keuze", values=answers("A", "a", "1"))],
    "radio of numbers and booleans": [c("radio", "keuze", values=answers(1, "1", True, False, 0))],
    "select": [SOORT],
    "select of contexts": [c("select", "land", values=[{"label": "NL", "value": {"code": "NL", "eu": True}},
                                                      {"label": "MA", "value": {"code": "MA", "eu": False}}])],
    "searchable select": [c("select", "soort", searchable=True, values=answers("kort", "lang"))],
    "checklist": [c("checklist", "talen", values=answers("nl", "en", "fr"))],
    "taglist": [c("taglist", "merken", values=answers("a", "b", 3))],
    "date": [c("datetime", "dag", subtype="date", dateLabel="Dag")],
    "date without a subtype": [c("datetime", "dag", dateLabel="Dag")],
    "expression": [LEEFTIJD, c("expression", "dubbel", expression="=leeftijd * 2")],
    "expression when submitting": [LEEFTIJD, c("expression", "dubbel", expression="=leeftijd + 1", computeOn="presubmit")],
    "expression of a constant": [c("expression", "vast", expression="vijf"), NAAM],
    "what only decorates": [
        NAAM, c("text", text="# Dag {{naam}}"), c("html", content="<b>{{naam}}</b>"), c("separator"), c("spacer", height=20),
        c("image", source="data:image/gif;base64,R0lGODlhAQABAAAAACw=", alt="=naam"), c("button", label="Klaar", action="reset"),
        c("iframe", url="https://voorbeeld.invalid/", label="Elders"),
        c("table", dataSource="=rijen", columns=[{"label": "A", "key": "a"}], rowCount=2),
        c("documentPreview", dataSource="=stukken", label="Stukken"),
    ],
    "filepicker that is left alone": [c("filepicker", "bijlage", label="Bijlage"), NAAM],
    # each property of an answer
    "required": [c("textfield", "naam", validate={"required": True}), c("number", "n", validate={"required": True}),
                 c("checkbox", "v", validate={"required": True}), c("checklist", "t", values=answers(1, 2), validate={"required": True}),
                 c("radio", "r", values=answers(1, 2), validate={"required": True}),
                 c("datetime", "d", subtype="date", validate={"required": True})],
    "required as text": [c("textfield", "naam", validate={"required": "=leeg"}), c("textfield", "b", validate={"required": "false"})],
    "min and max": [c("number", "n", validate={"min": 3, "max": 8})],
    "min and max as text": [c("number", "n", validate={"min": "3", "max": "8"})],
    "min and max in FEEL": [c("number", "n", validate={"min": "=laagste", "max": "=laagste + 4"})],
    "min and max of another answer": [c("number", "laagste"), c("number", "n", validate={"min": "=laagste"})],
    "min of numbers kept as text": [c("number", "n", serializeToString=True, validate={"min": 3, "max": 8})],
    "lengths": [c("textfield", "t", validate={"minLength": 2, "maxLength": 5})],
    "lengths in FEEL": [c("textfield", "t", validate={"minLength": "=laagste", "maxLength": "=laagste + 3"})],
    "lengths as text": [c("textarea", "t", validate={"minLength": "2", "maxLength": "5"})],
    "pattern": [c("textfield", "t", validate={"pattern": "[0-9]{2}"})],
    "pattern with anchors": [c("textfield", "t", validate={"pattern": "^[0-9]{4} ?[A-Z]{2}$"})],
    "pattern that can run away": [c("textfield", "t", validate={"pattern": r"^(\w+\s?)*$"})],
    "pattern with sets and groups": [c("textfield", "t", validate={"pattern": r"^(?:a|b)+[^\s\d-]*\.?$", "patternErrorMessage": "a of b"})],
    "pattern with classes": [c("textfield", "t", validate={"pattern": r"^[\w\-. ]+$"})],
    "email": [c("textfield", "t", validate={"validationType": "email"})],
    "phone": [c("textfield", "t", validate={"validationType": "phone"})],
    "decimal digits": [c("number", "n", decimalDigits=2), c("number", "m", decimalDigits=0)],
    "increment": [c("number", "n", increment=5), c("number", "m", increment="0.25")],
    "negative increments": [c("number", "n", increment=3, validate={"min": -9})],
    "everything of a number": [c("number", "n", decimalDigits=1, increment=0.5, validate={"required": True, "min": 1, "max": 9})],
    "default values": [c("textfield", "t", defaultValue="begin"), c("number", "n", defaultValue=4), c("checkbox", "v", defaultValue=True),
                       c("checklist", "l", values=answers("a", "b"), defaultValue=["a"]), c("radio", "r", values=answers(1, 2), defaultValue=2)],
    "disabled": [c("number", "n", disabled=True, validate={"required": True}), NAAM],
    "readonly": [c("number", "n", readonly=True), c("textfield", "t", readonly=True, validate={"minLength": 3})],
    "readonly in FEEL": [c("number", "n", readonly="=laagste > 3"), NAAM],
    "readonly by another answer": [AKKOORD, c("number", "n", readonly="=laagste > 3 and akkoord")],
    "adorners and descriptions": [c("textfield", "t", label="=naam", description="{{naam}} zegt", appearance={"prefixAdorner": "=naam",
                                                                                                           "suffixAdorner": "km"})],
    "layout": [c("textfield", "t", layout={"row": "r1", "columns": 8}), c("number", "n", layout={"row": "r1", "columns": 8})],
    # where the choices come from
    "values key": [c("select", "k", valuesKey="keuzes"), c("radio", "r", valuesKey="keuzes"), c("checklist", "l", valuesKey="keuzes"),
                   c("taglist", "t", valuesKey="keuzes")],
    "values expression": [c("select", "k", valuesExpression="=for x in keuzes return x")],
    "values expression of contexts": [c("radio", "k", valuesExpression='=for x in [1, 2, 3] return {label: "nummer " + string(x), value: x}')],
    "values expression of another answer": [c("checklist", "l", values=answers("a", "b", "c")), c("select", "k", valuesExpression="=l")],
    "values expression for several": [c("number", "n"), c("checklist", "l", valuesExpression="=[n, 2, 3]")],
    "values that are plain": [{**c("select", "k"), "values": ["a", 2, "", None, {"value": "z"}, {"label": "leeg", "value": ""}]}],
    # conditions
    "hidden by a field above": [AKKOORD, c("textfield", "reden", validate={"required": True}, **hidden("=akkoord = true"))],
    "hidden by a field below": [c("textfield", "reden", validate={"required": True}, **hidden("=akkoord")), AKKOORD],
    "hidden by a variable": [c("textfield", "reden", validate={"required": True}, **hidden("=laagste > 3"))],
    "a condition that is null": [c("textfield", "reden", **hidden("=onbekend > 3")), NAAM],
    "conditions as unary tests": [LEEFTIJD, c("textfield", "a", **hidden("=leeftijd = 1, leeftijd = 2")),
                                  c("textfield", "b", **hidden("=not(leeftijd > 5)")), c("textfield", "d", **hidden("=-"))],
    "a condition that is no boolean": [c("textfield", "a", **hidden('="ja"')), c("textfield", "b", **hidden("=[false, true]")),
                                       c("textfield", "d", **hidden("=null"))],
    "a chain of conditions": [AKKOORD, c("textfield", "a", **hidden("=akkoord")), c("textfield", "b", **hidden('=a = "x"')),
                              c("number", "n", **hidden('=b = "x"'), validate={"min": 3})],
    "hidden text and group": [AKKOORD, c("text", text="=akkoord", **hidden("=akkoord")),
                              c("group", id="g", components=[NAAM, c("number", "n", validate={"required": True})], **hidden("=akkoord"))],
    "groups inside groups": [SOORT, c("group", id="g", **hidden('=soort = "kort"'), components=[
        c("group", id="h", **hidden('=soort = "lang"'), components=[NAAM]), c("textfield", "b", validate={"required": True})])],
    "an expression that hides": [LEEFTIJD, c("expression", "oud", expression="=leeftijd >= 18"),
                                 c("textfield", "ouder", validate={"required": True}, **hidden("=oud"))],
    "a hidden expression": [AKKOORD, c("expression", "som", expression="=1 + 1", **hidden("=akkoord"))],
    "expressions in a chain": [LEEFTIJD, c("expression", "a", expression="=leeftijd + 1"), c("expression", "b", expression="=a + 1")],
    "expressions in a chain, the last first": [c("expression", "b", expression="=a + 1"), c("expression", "a", expression="=leeftijd + 1"), LEEFTIJD],
    # paths
    "dotted keys": [c("textfield", "adres.straat"), c("number", "adres.nummer", validate={"min": 1})],
    "group with a path": [c("group", id="g", path="adres", components=[c("textfield", "straat", validate={"required": True}), c("number", "nummer")])],
    "groups with paths inside groups": [c("group", id="g", path="persoon.adres", components=[
        c("textfield", "straat"), c("group", id="h", path="land", components=[c("textfield", "code", validate={"maxLength": 2})])])],
    "hidden parts of a variable": [AKKOORD, c("group", id="g", path="adres", **hidden("=akkoord"), components=[c("textfield", "straat")]),
                                   c("textfield", "adres.plaats", **hidden("=not(akkoord)"))],
    # lists
    "list": [c("dynamiclist", id="l", path="gezin", components=[c("textfield", "naam", validate={"required": True}), c("number", "leeftijd")])],
    "list that cannot grow": [c("dynamiclist", id="l", path="gezin", allowAddRemove=False, defaultRepetitions=2,
                                components=[c("textfield", "naam")])],
    "list that begins empty": [c("dynamiclist", id="l", path="gezin", defaultRepetitions=0, components=[c("textfield", "naam")]), LEEFTIJD],
    "list that does not repeat": [c("dynamiclist", id="l", path="adres", isRepeating=False, components=[c("textfield", "straat")])],
    "list that is folded": [c("dynamiclist", id="l", path="gezin", defaultRepetitions=3, nonCollapsedItems=1, disableCollapse=False,
                              showOutline=False, verticalAlignment="end", components=[c("textfield", "naam", validate={"minLength": 2})])],
    "list with conditions": [c("number", "grens"), c("dynamiclist", id="l", path="gezin", components=[
        c("number", "leeftijd"), c("textfield", "school", validate={"required": True}, **hidden("=this.leeftijd > grens"))])],
    "list with its number": [c("dynamiclist", id="l", path="gezin", components=[
        c("textfield", "naam", **hidden("=i[1] = 2")), c("number", "leeftijd", validate={"min": "=i[1]"})])],
    "list inside a list": [c("dynamiclist", id="l", path="gezin", components=[
        c("textfield", "naam"), c("dynamiclist", id="m", path="talen", components=[
            c("select", "taal", values=answers("nl", "en")), c("number", "niveau", **hidden('=parent.this.naam = "x"'))])])],
    "list in a group with a path": [c("group", id="g", path="thuis", components=[
        c("dynamiclist", id="l", path="kamers", components=[c("textfield", "naam"), c("checkbox", "licht")])])],
    "hidden list": [AKKOORD, c("dynamiclist", id="l", path="gezin", **hidden("=akkoord"), components=[c("textfield", "naam")])],
    "list with expressions and choices": [c("dynamiclist", id="l", path="gezin", components=[
        c("number", "a"), c("expression", "b", expression="=this.a * 2"), c("checklist", "k", values=answers(1, 2))])],
    "list with what cannot be changed": [c("dynamiclist", id="l", path="gezin", components=[
        c("textfield", "naam", disabled=True), c("number", "leeftijd", readonly=True), c("textfield", "school")])],
    # one key in two places (the questions are never shown together)
    "one key under opposite conditions": [AKKOORD, c("textfield", "antwoord", **hidden("=akkoord")),
                                          {**c("select", "antwoord", values=answers("x", "abc"), **hidden("=not(akkoord)")), "id": "anders"}],
    "one key that others depend on": [
        AKKOORD, c("textfield", "antwoord", **hidden("=akkoord")),
        {**c("textarea", "antwoord", **hidden("=akkoord != true")), "id": "anders"},
        c("textfield", "meer", validate={"required": True}, **hidden('=antwoord = "abc"'))],
    # times
    "times with a zone": [c("datetime", "tijd", subtype="time", timeSerializingFormat="utc_offset", use24h=True),
                          c("datetime", "moment", subtype="datetime", timeSerializingFormat="utc_normalized", timeInterval=5)],
    "time": [c("datetime", "tijd", subtype="time", timeLabel="Tijd", timeInterval=15)],
    "date and time": [c("datetime", "moment", subtype="datetime", dateLabel="Dag", timeLabel="Tijd", timeInterval=1)],
    "dates that may not be past": [c("datetime", "dag", subtype="date", disallowPassedDates=True)],
}  # fmt: skip
"""Name → components."""

OURS = {"one key under opposite conditions", "one key that others depend on", "time", "date and time", "times with a zone", "dates that may not be past"}
"""Forms that our page shows with its own parts: form-js refuses one key in two places, and its fields for a time write
again what was there."""

TEXTS = ("", "x", "abc", "Ja", "een twee drie", "a" * 60, "12", "1234 AB", "é", "\u00a0 ", "a.b@c.nl", "a@b", "+31201234567",
         "+4930664040900", "0031612345678", "12345", "a1", "ab.", "b-", "x\ty", "\U0001f600", "  ab  ")  # fmt: skip
NUMBERS = (None, 0, 1, 2, 3, 5, 7.5, 8, 8.25, 10, -3, -4, 100, 0.1, 0.125, 1e6, 17, 18, 20)
DAYS = (None, "2026-03-02", "2024-02-29", "1999-12-31", "2030-01-01")
TIMES = (None, "09:00", "14:30", "23:45")
VARIABLES: dict[str, tuple[Any, ...]] = {
    "laagste": (None, 0, 2, 4, 9), "keuzes": (["a", "b"], [1, 2, "a"], [{"label": "A", "value": "a"}], None, "geen"),
    "rijen": ([{"a": 1}, {"a": 2}], None), "stukken": (None, []), "grens": (None, 3, 10), "onbekend": (None,),
}  # fmt: skip


def variables(components: list[Schema], chance: random.Random) -> Schema:
    """Random variables that a form is opened with: none, right ones and wrong ones."""
    found: Schema = {name: chance.choice(values) for name, values in VARIABLES.items() if chance.random() < 0.7}
    _fill(components, found, chance)
    return found


def _fill(components: list[Schema], into: Schema, chance: random.Random) -> None:
    for item in components:
        if item["type"] == "group" or item.get("isRepeating") is False:  # form-js loses answers inside a wrong kind of variable
            _fill(item["components"], _inside(into, item.get("path", "")), chance)
        elif item["type"] == "dynamiclist":
            if chance.random() < 0.7:
                *around, last = item["path"].split(".")
                items: list[Schema] = [{"extra": n} for n in range(chance.randrange(4))]
                for one in items:
                    _fill(item["components"], one, chance)
                _inside(into, ".".join(around))[last] = items
        elif item.get("key") and item["type"] not in ("filepicker", "expression") and chance.random() < 0.5:
            *around, last = item["key"].split(".")
            wrong = chance.random() < 0.2
            several = item["type"] in ("checklist", "taglist") and "valuesExpression" in item  # form-js draws nothing else
            value = chance.choice(([], ["a"]) if several else (None, 3, "abc", True, [], ["a"])) if wrong else answer(item, into, chance)
            _inside(into, ".".join(around))[last] = value


def _inside(into: Schema, path: str) -> Schema:
    for part in path.split(".") if path else ():
        into = into.setdefault(part, {})
    return into


def answer(item: Schema, known: Schema, chance: random.Random) -> Any:
    """A random answer that somebody could give in the browser."""
    kind = item["type"]
    if kind in ("textfield", "textarea"):
        return chance.choice(TEXTS)
    if kind == "number":
        value = chance.choice(NUMBERS)
        return None if value is None else f"{value:g}" if item.get("serializeToString") else value
    if kind == "checkbox":
        return chance.random() < 0.5
    if kind == "datetime":
        subtype = item.get("subtype", "date")
        day, time = chance.choice(DAYS), chance.choice(TIMES)
        return day if subtype == "date" else time if subtype == "time" else f"{day}T{time}" if day and time else None
    values = [v["value"] if isinstance(v, dict) and "value" in v else v for v in item.get("values") or known.get(item.get("valuesKey")) or [1, 2, 3, "a"]]
    values = [v for v in values if v not in (None, "")] if isinstance(values, list) else []
    if kind in ("checklist", "taglist"):
        return [v for v in values if chance.random() < 0.4]
    return chance.choice([*values, None])


def edits(components: list[Schema], known: Schema, chance: random.Random) -> list[tuple[str, Any]]:
    """Random answers in random order, as (name, value); a number for a list adds or takes out that many items."""
    found: list[tuple[str, Any]] = []

    def walk(items: list[Schema], before: str, *, nested: bool = False) -> None:
        for item in items:
            if item["type"] == "group" or item.get("isRepeating") is False:
                walk(item["components"], f"{before}{item['path']}." if item.get("path") else before, nested=nested)
            elif item["type"] == "dynamiclist":
                name = f"{before}{item['path']}"
                if item.get("allowAddRemove", True) and chance.random() < 0.5:
                    lists = nested or any(inner["type"] == "dynamiclist" for inner in item["components"])
                    found.append((name, chance.choice((1, 1) if lists else (-1, 1, 1, -2))))
                for index in range(3):
                    walk(item["components"], f"{name}.{index}.", nested=True)
            elif item.get("key") and item["type"] not in ("expression", "filepicker") and chance.random() < 0.7:
                found.append((f"{before}{item['key']}", answer(item, known, chance)))

    walk(components, "")
    structural = [one for one in found if isinstance(one[1], int) and one[0] and _is_list(components, one[0])]
    others = [one for one in found if one not in structural]
    chance.shuffle(others)
    return structural + others


def _is_list(components: list[Schema], name: str) -> bool:
    def names(items: list[Schema], before: str) -> set[str]:
        found: set[str] = set()
        for item in items:
            path = f"{before}{item['path']}." if item.get("path") else before
            if item["type"] == "dynamiclist":
                found.add(f"{before}{item['path']}")
                for index in range(3):
                    found |= names(item["components"], f"{path}{index}.")
            elif item["type"] == "group":
                found |= names(item["components"], path)
        return found

    return name in names(components, "")
