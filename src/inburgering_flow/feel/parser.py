"""From tokens to nodes: a Pratt parser that resolves names with spaces against the names it is given. Two words next to
each other can only be one name, so names of plain words need no declaration. Names that contain keywords or signs
(``a-b``, ``date in office``) are recognised when they are among the known names; the longest wins.

Source: DMN 1.5, 10.3.1.2 (grammar) and 10.3.1.5 (names).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from inburgering_flow.feel import nodes, temporal
from inburgering_flow.feel.errors import FeelError, place
from inburgering_flow.feel.lexer import Token, tokenize, unescape
from inburgering_flow.feel.types import (
    ALIASES,
    ANY,
    NULL,
    SIMPLE,
    ContextType,
    FeelType,
    FunctionType,
    ListType,
    RangeType,
    Simple,
)
from inburgering_flow.feel.values import NUMBERS
from inburgering_flow.i18n import N_, Said

MAX_DEPTH = 100
MAX_RETRIES = 500
"""How often a bracket may be read a second time with another meaning; nested, each level would double the work."""
KEYWORDS = frozenset(
    [
        "for",
        "in",
        "return",
        "if",
        "then",
        "else",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "between",
        "true",
        "false",
        "null",
    ]
)
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _UNARY, _INSTANCE, _POSTFIX = range(1, 10)
_BINARY = {
    "or": _OR,
    "and": _AND,
    "=": _COMPARE,
    "!=": _COMPARE,
    "<": _COMPARE,
    "<=": _COMPARE,
    ">": _COMPARE,
    ">=": _COMPARE,
    "between": _COMPARE,
    "in": _COMPARE,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "**": _POWER,
    "instance": _INSTANCE,
    ".": _POSTFIX,
    "[": _POSTFIX,
    "(": _POSTFIX,
}
_T = TypeVar("_T")


def name_tokens(name: str) -> tuple[str, ...]:
    """Return the words and signs of a name; empty for what cannot be written as one."""
    try:
        return tuple(token.text for token in tokenize(name)[:-1])
    except FeelError:
        return ()


class Names:
    """The names that need more than one token, by their tokens; those of ``outer`` are known as well."""

    def __init__(self, names: Iterable[str] = (), outer: Names | None = None) -> None:
        self.outer = outer
        self.by_first: dict[str, dict[tuple[str, ...], str]] = {}
        self.lengths: dict[str, set[int]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make a name known; one that is a single word needs nothing."""
        if name.isidentifier() and name not in KEYWORDS:
            return
        tokens = name_tokens(name)
        if len(tokens) > 1 or (tokens and tokens[0] in KEYWORDS):
            self.by_first.setdefault(tokens[0], {}).setdefault(tokens, name)
            self.lengths.setdefault(tokens[0], set()).add(len(tokens))

    def match(self, tokens: list[Token], index: int) -> tuple[str, int] | None:
        """Return the longest known name that begins at a token, and how many tokens it has."""
        found = self.outer.match(tokens, index) if self.outer is not None else None
        first = tokens[index].text
        known = self.by_first.get(first)
        if known is None:
            return found
        for length in sorted(self.lengths[first], reverse=True):
            if found is not None and length < found[1]:
                break
            name = known.get(tuple(token.text for token in tokens[index : index + length]))
            if name is not None:
                return name, length
        return found


_TYPE_NAMES = Names([*SIMPLE, *ALIASES])


class Parser:
    """Reads one text. ``functions`` are names that may be called although they contain keywords."""

    def __init__(
        self, text: str, *, names: Names, functions: Names, types: Mapping[str, FeelType] | None = None
    ) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.names = names
        self.functions = functions
        self.types = types or {}
        self.type_names = Names(self.types, outer=_TYPE_NAMES)
        self.depth = 0
        self.retries = 0
        self.ends_interval = 0

    # ─── entry points ───

    def expression(self) -> nodes.Node:
        """Read the whole text as one expression."""
        node = self.parse()
        self.finish()
        return node

    def unary_tests(self) -> nodes.Tests:
        """Read the whole text as unary tests (grammar rule 17)."""
        if self.now.text == "-" and self.tokens[self.index + 1].kind == "end":
            return nodes.Tests(0, (), False)
        if self.now.text == "not" and self.after.text == "(":
            found = self.attempt(self._negated_tests)
            if found is not None:
                return found
        tests = self._test_list()
        self.finish()
        return nodes.Tests(0, tests, False)

    def _negated_tests(self) -> nodes.Tests:
        self.take("not")
        self.take("(")
        tests = self._test_list()
        self.take(")")
        self.finish()
        return nodes.Tests(0, tests, True)

    # ─── tokens ───

    @property
    def now(self) -> Token:
        return self.tokens[self.index]

    @property
    def after(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def is_at(self, text: str) -> bool:
        """Say whether the next token is this word or sign (not a string that reads the same)."""
        token = self.tokens[self.index]
        return token.text == text and token.kind in ("operator", "name")

    def skip(self, text: str) -> bool:
        """Pass the token if it is this one."""
        if self.is_at(text):
            self.index += 1
            return True
        return False

    def take(self, text: str) -> Token:
        """Pass this token or fail."""
        token = self.now
        if not self.skip(text):
            self.fail("{sign!r}", sign=text)
        return token

    def finish(self) -> None:
        """Fail unless everything has been read."""
        if self.now.kind != "end":
            self.fail(N_("an operator or the end"))

    def fail(self, expected: str, **parts: object) -> None:
        """Raise the error that says where, what was expected and what was found."""
        token = self.now
        line, column = place(self.text, token.start)
        wanted = Said(expected, **parts)
        sentence = (
            N_("Line {line}, column {column}: expected {expected}, found the end.")
            if token.kind == "end"
            else N_("Line {line}, column {column}: expected {expected}, found {found!r}.")
        )
        raise FeelError(
            Said(sentence, line=line, column=column, expected=wanted, found=token.text[:40]),
            text=self.text,
            position=token.start,
            expected=wanted,
        )

    def attempt(self, read: Callable[[], _T]) -> _T | None:
        """Try to read something; on failure go back to where it began."""
        index, depth = self.index, self.depth
        try:
            return read()
        except FeelError as error:
            if error.code == "FEEL_LIMIT":
                raise
            self.index, self.depth = index, depth
            self.retries += 1
            if self.retries > MAX_RETRIES:
                error.code = "FEEL_LIMIT"
                raise
            return None

    # ─── expressions ───

    def parse(self, power: int = 0) -> nodes.Node:
        """Read an expression whose operators bind more tightly than ``power``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError(
                Said(N_("The expression is nested deeper than {most} levels."), most=MAX_DEPTH),
                text=self.text,
                position=self.now.start,
                code="FEEL_LIMIT",
                remedy=Said(N_("Split it over several decisions or context entries.")),
            )
        left = self.prefix()
        while True:
            token = self.now
            if token.kind not in ("operator", "name"):
                break
            binding = _BINARY.get(token.text, 0)
            if binding <= power:
                break
            grown = self.infix(left, token, binding)
            if grown is None:
                break
            left = grown
        self.depth -= 1
        return left

    def infix(self, left: nodes.Node, token: Token, binding: int) -> nodes.Node | None:
        """Continue an expression with the operator that follows it; None if that belongs to something else."""
        sign, at = token.text, token.start
        if sign == "[":
            if self.ends_interval:
                return self.attempt(lambda: self._filter(left))
            return self._filter(left)
        if sign == "(":
            return self._call(left)
        if sign == "instance" and self.after.text != "of":
            return None
        self.index += 1
        if sign == ".":
            return nodes.Path(at, left, self.member())
        if sign == "between":
            low = self.parse(_COMPARE)
            self.take("and")
            return nodes.Between(at, left, low, self.parse(_COMPARE))
        if sign == "in":
            return nodes.In(at, left, self._in_tests())
        if sign == "instance":
            self.take("of")
            return nodes.InstanceOf(at, left, self.type())
        return nodes.Binary(at, sign, left, self.parse(binding))

    def _filter(self, source: nodes.Node) -> nodes.Node:
        at = self.take("[").start
        held, self.ends_interval = self.ends_interval, 0
        try:
            condition = self.parse()
            self.take("]")
        finally:
            self.ends_interval = held
        return nodes.Filter(at, source, condition)

    def prefix(self) -> nodes.Node:
        """Read what an expression can begin with."""
        token = self.now
        if token.kind == "number":
            self.index += 1
            return nodes.Literal(token.start, self._number(token))
        if token.kind == "string":
            self.index += 1
            return nodes.Literal(token.start, unescape(token.text))
        if token.kind == "quoted":
            self.index += 1
            return nodes.Name(token.start, token.text[1:-1])
        if token.kind == "name":
            return self._word(token)
        if token.kind == "operator":
            return self._sign(token)
        self.fail(N_("a value, a name or an opening bracket"))
        raise AssertionError

    def _number(self, token: Token) -> Any:
        try:
            return NUMBERS.create_decimal(token.text)
        except ArithmeticError:
            said = Said(N_("The number is larger than FEEL can hold."))
            raise FeelError(said, text=self.text, position=token.start) from None

    def _word(self, token: Token) -> nodes.Node:
        word, at = token.text, token.start
        known = self.names.match(self.tokens, self.index)
        if known is not None and (word not in KEYWORDS or known[1] > 1):
            self.index += known[1]
            return nodes.Name(at, known[0])
        called = self.functions.match(self.tokens, self.index)
        if called is not None and self._text(self.index + called[1]) == "(":
            self.index += called[1]
            return nodes.Name(at, called[0])
        if word in ("true", "false", "null"):
            self.index += 1
            return nodes.Literal(at, {"true": True, "false": False, "null": None}[word])
        if word == "if":
            return self._if()
        if word == "for":
            return self._for()
        if word in ("some", "every"):
            return self._quantified(word)
        if word == "function" and self.after.text == "(":
            return self._lambda()
        if word in KEYWORDS:
            self.fail(N_("a value, a name or an opening bracket"))
        return nodes.Name(at, self.words())

    def _text(self, index: int) -> str:
        return self.tokens[index].text if index < len(self.tokens) else ""

    def words(self) -> str:
        """Read a name of one or several plain words."""
        found = [self.now.text]
        self.index += 1
        while (self.now.kind == "name" and self.now.text not in KEYWORDS and not self._is_instance_of()) or (
            self.now.kind == "number" and self.now.text.isdigit()
        ):
            found.append(self.now.text)
            self.index += 1
        return " ".join(found)

    def _is_instance_of(self) -> bool:
        return self.now.text == "instance" and self.after.text == "of"

    def member(self) -> str:
        """Read the name after a dot; any word is allowed there."""
        token = self.now
        if token.kind == "quoted":
            self.index += 1
            return token.text[1:-1]
        known = self.names.match(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return known[0]
        if token.kind != "name":
            self.fail(N_("a name after the dot"))
        return self.words()

    def _sign(self, token: Token) -> nodes.Node:
        sign, at = token.text, token.start
        if sign == "-":
            self.index += 1
            return nodes.Negate(at, self.parse(_UNARY - 1))
        if sign == "(":
            return self._parenthesis(at)
        if sign == "[":
            return self._bracket(at)
        if sign == "]":
            self.index += 1
            return self._interval(at, included=False)
        if sign == "{":
            return self._context(at)
        if sign == "@":
            return self._temporal(at)
        self.fail(N_("a value, a name or an opening bracket"))
        raise AssertionError

    def _temporal(self, at: int) -> nodes.Node:
        self.index += 1
        if self.now.kind != "string":
            self.fail(N_("a text in quotes after @"))
        token = self.now
        try:
            value = temporal.parse_any(unescape(token.text))
        except ValueError:
            # 10.3.2.3: the literal is null, not a syntax error
            self.index += 1
            return nodes.Refused(at, Said(N_("the text after @ is not a date, time or duration")))
        self.index += 1
        return nodes.Literal(at, value)

    # ─── brackets ───

    def _parenthesis(self, at: int) -> nodes.Node:
        self.index += 1
        held, self.ends_interval = self.ends_interval, 0
        try:
            if self.now.text in COMPARISONS and self.now.kind == "operator":
                operator = self.now.text
                self.index += 1
                operand = self.parse(_COMPARE)
                self.take(")")
                return _half_open(at, operator, operand) or self._no_range(operator)
            inner = self.parse()
            if self.is_at(".."):
                return self._interval(at, included=False, low=inner)
            self.take(")")
            return inner
        finally:
            self.ends_interval = held

    def _no_range(self, operator: str) -> nodes.Node:
        self.fail(N_("a range, which {sign!r} does not make"), sign=operator)
        raise AssertionError

    def _bracket(self, at: int) -> nodes.Node:
        self.index += 1
        held, self.ends_interval = self.ends_interval, 0
        try:
            if self.skip("]"):
                return nodes.ListOf(at, ())
            items = [self._list_item()]
            if self.is_at("..") and len(items) == 1:
                return self._interval(at, included=True, low=items[0])
            while self.skip(","):
                items.append(self._list_item())
            self.take("]")
            return nodes.ListOf(at, tuple(items))
        finally:
            self.ends_interval = held

    def _list_item(self) -> nodes.Node:
        return self.parse()

    def _interval(self, at: int, *, included: bool, low: nodes.Node | None = None) -> nodes.Node:
        if low is None:
            low = self.parse(_COMPARE)
        self.take("..")
        self.ends_interval += 1
        try:
            high = self.parse(_COMPARE)
        finally:
            self.ends_interval -= 1
        closing = self.now
        if closing.kind != "operator" or closing.text not in ("]", ")", "["):
            self.fail(N_("the end of the range: ']', ')' or '['"))
        self.index += 1
        return nodes.Interval(at, low, high, included, closing.text == "]")

    def _context(self, at: int) -> nodes.Node:
        self.index += 1
        held, self.ends_interval = self.ends_interval, 0
        entries: list[tuple[str, nodes.Node]] = []
        known = self.names
        self.names = Names(outer=known)
        try:
            if not self.skip("}"):
                while True:
                    key = self._key()
                    self.names.add(key)
                    entries.append((key, self.parse()))
                    if not self.skip(","):
                        break
                self.take("}")
        finally:
            self.names = known
            self.ends_interval = held
        for key, _ in entries:
            known.add(key)
        return nodes.ContextOf(at, tuple(entries))

    def _key(self) -> str:
        token = self.now
        if token.kind == "string":
            self.index += 1
            self.take(":")
            return unescape(token.text)
        name = self._name_before(":")
        if name is None:
            self.fail(N_("the name of a context entry and ':'"))
        self.take(":")
        return str(name)

    def _name_before(self, *closing: str) -> str | None:
        """Return a name of any words and signs up to a closing sign, which is not consumed; None if there is none."""
        if self.now.kind == "quoted" and self.after.text in closing:
            self.index += 1
            return self.tokens[self.index - 1].text[1:-1]
        if self.now.kind != "name":
            return None
        index = self.index
        while self.tokens[index].kind in ("name", "number") or self.tokens[index].text in (
            "-",
            "+",
            "*",
            "/",
            ".",
            "'",
            "**",
        ):
            index += 1
        if self.tokens[index].text not in closing or self.tokens[index].kind != "operator":
            return None
        raw = self.text[self.now.start : self.tokens[index - 1].end]
        self.index = index
        return " ".join(raw.split())

    # ─── forms with keywords ───

    def _if(self) -> nodes.Node:
        at = self.take("if").start
        condition = self.parse()
        self.take("then")
        then = self.parse()
        self.take("else")
        return nodes.If(at, condition, then, self.parse())

    def _iterators(self) -> tuple[nodes.Iterator, ...]:
        found: list[nodes.Iterator] = []
        while True:
            name = self._iterator_name()
            self.take("in")
            source = self.parse()
            until = self.parse() if self.skip("..") else None
            found.append(nodes.Iterator(name, source, until))
            self.names.add(name)
            if not self.skip(","):
                return tuple(found)

    def _iterator_name(self) -> str:
        if self.now.kind == "quoted":
            self.index += 1
            return self.tokens[self.index - 1].text[1:-1]
        if self.now.kind != "name" or self.now.text in KEYWORDS:
            self.fail(N_("the name of an iterator"))
        index = self.index
        while self.tokens[index].kind != "end" and not (
            self.tokens[index].text == "in" and self.tokens[index].kind == "name"
        ):
            index += 1
        raw = self.text[self.now.start : self.tokens[index - 1].end]
        if self.tokens[index].kind == "end":
            self.index = index
            return raw
        self.index = index
        return " ".join(raw.split())

    def _for(self) -> nodes.Node:
        at = self.take("for").start
        known, self.names = self.names, Names(outer=self.names)
        try:
            iterators = self._iterators()
            self.take("return")
            return nodes.For(at, iterators, self.parse())
        finally:
            self.names = known

    def _quantified(self, word: str) -> nodes.Node:
        at = self.take(word).start
        known, self.names = self.names, Names(outer=self.names)
        try:
            iterators = self._iterators()
            self.take("satisfies")
            return nodes.Quantified(at, word == "every", iterators, self.parse())
        finally:
            self.names = known

    def _lambda(self) -> nodes.Node:
        at = self.take("function").start
        self.take("(")
        parameters: list[tuple[str, FeelType | None]] = []
        known, self.names = self.names, Names(outer=self.names)
        try:
            if not self.skip(")"):
                while True:
                    name = self._name_before(":", ",", ")")
                    if name is None:
                        self.fail(N_("the name of a parameter"))
                    self.names.add(str(name))
                    parameters.append((str(name), self.type() if self.skip(":") else None))
                    if not self.skip(","):
                        break
                self.take(")")
            external = self.skip("external")
            return nodes.Lambda(at, tuple(parameters), self.parse(), external)
        finally:
            self.names = known

    def _call(self, function: nodes.Node) -> nodes.Node:
        at = self.take("(").start
        held, self.ends_interval = self.ends_interval, 0
        arguments: list[nodes.Node] = []
        names: list[str] = []
        try:
            if not self.skip(")"):
                while True:
                    start = self.index
                    name = self._name_before(":")
                    if name is not None:
                        self.take(":")
                        names.append(name)
                    else:
                        self.index = start
                    arguments.append(self.parse())
                    if not self.skip(","):
                        break
                self.take(")")
        finally:
            self.ends_interval = held
        if names and len(names) != len(arguments):
            self.fail(N_("either names for all arguments or for none"))
        if len(set(names)) != len(names):
            self.fail(N_("each argument once"))
        return nodes.Call(at, function, tuple(arguments), tuple(names))

    # ─── unary tests ───

    def _in_tests(self) -> tuple[nodes.Test, ...]:
        if self.is_at("("):
            found = self.attempt(self._test_in_parentheses)
            if found is not None:
                return found
        return (self._test(_COMPARE),)

    def _test_in_parentheses(self) -> tuple[nodes.Test, ...]:
        self.take("(")
        held, self.ends_interval = self.ends_interval, 0
        try:
            tests = self._test_list()
        finally:
            self.ends_interval = held
        self.take(")")
        if self.now.text in (".", "[", "(", "+", "-", "*", "/", "**") and self.now.kind == "operator":
            self.fail(N_("the end of the tests"))
        return tests

    def _test_list(self) -> tuple[nodes.Test, ...]:
        tests = [self._test(0)]
        while self.skip(","):
            tests.append(self._test(0))
        return tuple(tests)

    def _test(self, power: int) -> nodes.Test:
        at = self.now.start
        if self.now.kind == "operator" and self.now.text in COMPARISONS:
            operator = self.now.text
            self.index += 1
            return nodes.Test(at, operator, self.parse(_COMPARE))
        if self.is_at("not") and self.after.text == "(":
            found = self.attempt(lambda: self._negated_test(at))
            if found is not None:
                return found
        return nodes.Test(at, "", self.parse(power))

    def _negated_test(self, at: int) -> nodes.Test:
        self.take("not")
        self.take("(")
        tests = self._test_list()
        self.take(")")
        if self.now.kind != "end" and self.now.text not in (",", ")"):
            self.fail(N_("the end of the test"))
        return nodes.Test(at, "not", nodes.Tests(at, tests, True))

    # ─── types ───

    def type(self) -> FeelType:
        """Read a type (grammar rule 52)."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError(Said(N_("The type is nested too deeply.")), text=self.text, code="FEEL_LIMIT")
        found = self._type()
        self.depth -= 1
        return found

    def _type(self) -> FeelType:
        token = self.now
        if token.kind not in ("name", "quoted"):
            self.fail(N_("the name of a type"))
        if self.after.text == "<" and token.text in ("list", "range", "context", "function"):
            return self._generic(token.text)
        known = self.type_names.match(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            name = known[0]
        else:
            self.index += 1
            name = token.text
            while self.is_at(".") and self.after.kind == "name":
                name += "." + self.after.text
                self.index += 2
        return self._named(name, token)

    def _named(self, name: str, token: Token) -> FeelType:
        if name in self.types:
            return self.types[name]
        if name in ALIASES:
            return Simple(ALIASES[name])
        if name in SIMPLE:
            return Simple(name)
        if name in ("Any", "any"):
            return ANY
        if name in ("Null", "null"):
            return NULL
        line, column = place(self.text, token.start)
        raise FeelError(
            Said(N_("Line {line}, column {column}: there is no type {name!r}."), line=line, column=column, name=name[:60]),
            text=self.text,
            position=token.start,
            expected=Said(N_("the name of a type")),
        )

    def _generic(self, word: str) -> FeelType:
        self.index += 1
        self.take("<")
        if word in ("list", "range"):
            item = self.type()
            self.take(">")
            return ListType(item) if word == "list" else RangeType(item)
        if word == "context":
            fields: dict[str, FeelType] = {}
            while not self.skip(">"):
                name = self._name_before(":")
                if name is None:
                    self.fail(N_("the name of an entry and its type"))
                self.take(":")
                fields[str(name)] = self.type()
                if not self.skip(","):
                    self.take(">")
                    break
            return ContextType(fields)
        parameters: list[FeelType] = []
        while not self.skip(">"):
            parameters.append(self.type())
            if not self.skip(","):
                self.take(">")
                break
        self.take("->")
        return FunctionType(tuple(parameters), self.type())


def _half_open(at: int, operator: str, operand: nodes.Node) -> nodes.Node | None:
    if operator == "<":
        return nodes.Interval(at, None, operand, False, False)
    if operator == "<=":
        return nodes.Interval(at, None, operand, False, True)
    if operator == ">":
        return nodes.Interval(at, operand, None, False, False)
    if operator == ">=":
        return nodes.Interval(at, operand, None, True, False)
    if operator == "=":
        return nodes.Interval(at, operand, operand, True, True)
    return None
