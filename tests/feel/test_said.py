"""What FEEL, DMN and timers say to people can be said in each language, and costs nothing until somebody reads it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from decisions import decision, literal, model

from inburgering_flow import i18n
from inburgering_flow.dmn import DmnError
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.timers import parse_moment
from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import Context, FeelError, compile, evaluate, explain, storable  # noqa: A004 the public name
from inburgering_flow.feel.values import NAMES_OF_TYPES
from inburgering_flow.feel.words import NOUNS, OTHER
from inburgering_flow.i18n import speaking

SOURCE = Path(i18n.__file__).parent
MODULES = sorted([*(SOURCE / "feel").rglob("*.py"), *(SOURCE / "dmn").rglob("*.py"), SOURCE / "engine" / "timers.py"])
SAYS = frozenset(
    ["DmnError", "DmnFileError", "Fault", "FeelError", "FeelWarning", "InvalidInput", "MismatchError", "NullError", "Refused", "Said", "Trouble", "UndecidedError", "_no_time", "_wrong", "fail", "headed", "warn"]
)  # fmt: skip
MARKS = frozenset(("N_", "_"))
CODE = re.compile(r"[A-Z_]+")


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def unmarked(node: ast.AST) -> Iterator[str]:
    """Yield the words in an argument that are not given to the catalogue: a code and what only holds places are none."""
    if isinstance(node, ast.Call) and name_of(node) in MARKS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not CODE.fullmatch(node.value):
        yield from re.findall(r".*[A-Za-z]{2}.*", re.sub(r"\{[^}]*\}", "", node.value))
    if isinstance(node, ast.Compare):  # what is compared with a code is a code
        return
    for child in ast.iter_child_nodes(node):
        yield from unmarked(child)


def given_unmarked(tree: ast.AST) -> Iterator[str]:
    """Yield what is said without the catalogue: in a call that says something, or in a variable that is called as one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in SAYS:
            for argument in (*node.args, *(k.value for k in node.keywords if k.arg not in ("code", "sign"))):
                yield from unmarked(argument)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("said", "sentence", "remedy"):
            yield from unmarked(node.value)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_module_says_nothing_that_is_not_marked(path: Path) -> None:
    assert list(given_unmarked(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    [
        'raise NullError("the list is empty")',
        'raise FeelError(f"A list grew beyond {most} items.", text=text)',
        'raise FeelError(Said(N_("This is fine.")), remedy="This is not.")',
        'context.warn("A_CODE", Said("the condition is wrong"))',
        'said = f"there is no {name}"',
        'self.fail("the end of the test")',
    ],
)
def test_a_sentence_without_a_mark_is_found(code: str) -> None:
    assert list(given_unmarked(ast.parse(code)))


def test_each_kind_of_value_has_a_noun_in_each_language() -> None:
    assert set(NOUNS) == set(NAMES_OF_TYPES.values())
    with speaking("nl"):
        assert [said.source for said in (*NOUNS.values(), OTHER) if str(said) == said.source] == ["null"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 + \"a\"", "'+' werkt niet met een getal en een tekst"),
        ("max(1, true)", "max: een waarde true of false en een getal hebben geen volgorde"),
        ("(function(a: list<number>) a)(\"x\")", "function: parameter 'a': een tekst past niet in het type number"),
        ("assert(1, false, \"{niet} vertaald\")", "assert: {niet} vertaald"),
        ("matches(\"a\", \"(\")", "matches: het patroon is geen reguliere expressie van XPath: een haakje wordt niet afgesloten"),
    ],
)
def test_a_warning_is_put_into_words_in_the_language_of_who_reads_it(text: str, said: str) -> None:
    context = Context()

    evaluate(text, context=context)

    with speaking("nl"):
        assert context.warnings[0].message == said
    assert context.warnings[0].message == context.warnings[0].said.source != said or "vertaald" in said


def test_a_warning_is_a_whole_sentence_and_the_name_of_a_function_stays_as_it_is_written() -> None:
    context = Context()

    evaluate('[upper case(1), onbekend]', context=context)

    with speaking("nl"):
        assert [warning.sentence for warning in context.warnings] == [
            "upper case: 'string' is een getal, niet een tekst.", "Er is geen variabele 'onbekend'.",
        ]  # fmt: skip


def test_a_warning_that_nobody_reads_is_not_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    plain = i18n._
    monkeypatch.setattr(i18n, "_", lambda sentence: looked_up.append(sentence) or plain(sentence))
    context = Context()

    compile('for x in 1..50 return [x + "a", upper case(x), x.jaar, onbekend, x > "a"]').evaluate({}, context)

    assert len(context.warnings) == 100
    assert looked_up == []
    assert context.warnings[0].message
    assert looked_up


def test_an_error_that_is_kept_is_read_by_each_in_their_language() -> None:
    with speaking("nl"), pytest.raises(FeelError) as caught:
        compile("(1 + 2")
    error = caught.value

    assert str(error) == "Line 1, column 7: expected ')', found the end. The '(' at line 1, column 1 is not closed."
    with speaking("nl"):
        assert error.message == "Regel 1, kolom 7: hier hoort ')', maar de tekst is afgelopen."
        assert error.remedy == "De '(' op regel 1, kolom 1 wordt niet afgesloten."
        assert error.expected == "')'"
        assert "Regel 1" in str(error)


def test_what_compiled_code_says_does_not_keep_the_language_in_which_it_was_compiled() -> None:
    text = '@"2026-02-30"'
    with speaking("nl"):
        in_dutch = explain(text).cause

    assert in_dutch is not None
    assert in_dutch.message == "De tekst na @ is geen datum, tijd of duur."
    assert str(explain(text).cause) == "The text after @ is not a date, time or duration."


def test_a_null_is_followed_to_where_it_began_in_each_language() -> None:
    for language in i18n.LANGUAGES:
        with speaking(language):
            found = explain("bedrag * (leeg + 1)", {"bedrag": 1, "leeg": None}).cause

        assert found is not None
        assert found.text == "leeg"


def test_values_that_cannot_be_stored_and_moments_that_are_none_are_said_in_dutch() -> None:
    deep: list[object] = []
    for _level in range(101):
        deep = [deep]

    with speaking("nl"):
        with pytest.raises(InvalidInput) as stored:
            storable(deep, "kinderen")
        with pytest.raises(Trouble) as moment:
            parse_moment("morgen", UTC)

        assert stored.value.message == "'kinderen' is dieper genest dan 100 niveaus."
        assert moment.value.message == "'morgen' is geen datum en geen datum met tijd in ISO 8601."


def test_a_decision_says_in_dutch_why_it_cannot_be_read_and_why_it_gave_nothing() -> None:
    unreadable = model(decision("Boete", literal("bedrag == 1")))
    circle = model(decision("A", "A", decisions=["A"]))

    with speaking("nl"):
        assert [error.reason for _element, error in unreadable.unreadable()] == [
            "Regel 1, kolom 9: hier hoort een waarde, een naam of een haakje dat opent, maar er staat '='. "
            "Het staat in: bedrag == 1"
        ]
        with pytest.raises(DmnError) as caught:
            circle.evaluate("A")
        assert str(caught.value) == "Beslissing 'A': zij heeft zichzelf nodig. Haal de kring van benodigde beslissingen weg."
