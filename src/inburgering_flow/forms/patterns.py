"""Regular expressions of forms: JavaScript's, run by RE2, so that no answer can make one run away.

RE2 takes time in proportion to the text. What it cannot read (looking ahead or back, references to groups) is refused
at deployment. Source: ECMAScript 2025, 22.2 with annex B (patterns without the flag ``u``); RE2, doc/syntax.txt.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

from inburgering_flow.i18n import _

MAX_PATTERN = 2_000
MAX_REPEAT = 1_000
_SPACE = r"\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_NO_SPACE = (
    r"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}"
    r"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)
_CONTROL = {"t": r"\t", "n": r"\n", "v": r"\v", "f": r"\f", "r": r"\r"}
_SPECIAL = frozenset("\\^$.*+?()[]{}|/-")
_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)


class UnreadablePattern(ValueError):
    """A pattern that cannot be run; the text says why."""


@lru_cache(maxsize=512)
def pattern(text: str) -> Any:
    """Return a pattern of JavaScript as RE2's, with ``search(text)``; raises UnreadablePattern."""
    if len(text) > MAX_PATTERN:
        raise UnreadablePattern(_("it is longer than {most:,} characters").format(most=MAX_PATTERN))
    options = re2.Options()
    options.log_errors = False
    written = _Writer(text).write()
    try:
        return re2.compile(written, options)
    except (re2.error, OverflowError, UnicodeEncodeError):
        raise UnreadablePattern(_("it is no regular expression, or too large")) from None


class _Writer:
    """Reads a pattern of JavaScript and writes it as RE2 understands it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.named: set[str] = set()

    def write(self) -> str:
        out: list[str] = []
        while self.at < len(self.text):
            repeats = self.text[self.at] in "*+?" or _COUNT.match(self.text, self.at)
            if repeats and out and out[-1] in (r"\A", r"\z", r"\b", r"\B"):
                raise UnreadablePattern(_("it repeats a place, where there is nothing to repeat"))
            out.append(self._next())
        return "".join(out)

    def _next(self) -> str:
        text, sign = self.text, self.text[self.at]
        self.at += 1
        if sign == "\\":
            return self._escape(in_class=False)
        if sign == "[":
            return self._class()
        if sign == "(":
            return self._group()
        if sign == ".":
            return r"[^\n\r\x{2028}\x{2029}]"
        if sign == "$":
            return r"\z"
        if sign == "^":
            return r"\A"
        if sign == "{":
            found = _COUNT.match(text, self.at - 1)
            if found is None:
                return r"\{"
            if max(int(found[1]), int(found[3] or 0)) > MAX_REPEAT:
                raise UnreadablePattern(_("it repeats something more than {most:,} times").format(most=MAX_REPEAT))
            self.at = found.end()
            return found.group()
        if sign in "}]":
            return "\\" + sign
        return sign if sign in "|)*+?" else _literal(sign)

    def _group(self) -> str:
        rest = self.text[self.at : self.at + 3]
        if not rest.startswith("?"):
            return "("
        if rest.startswith("?:"):
            self.at += 2
            return "(?:"
        named = re.match(r"\?<([A-Za-z_]\w*)>", self.text[self.at :], re.ASCII)
        if named is not None:
            if named[1] in self.named:
                raise UnreadablePattern(_("two groups have one name"))
            self.named.add(named[1])
            self.at += named.end()
            return "("
        if rest.startswith(("?=", "?!", "?<")):
            raise UnreadablePattern(_("it looks ahead or back, with (?= (?! (?<= or (?<!"))
        raise UnreadablePattern(_("a group begins with (? and something that is no JavaScript"))

    def _class(self) -> str:
        end = self.text.startswith("^", self.at)
        self.at += end
        out = []
        while self.at < len(self.text) and self.text[self.at] != "]":
            sign = self.text[self.at]
            self.at += 1
            if sign == "\\":
                out.append(self._escape(in_class=True))
            elif sign == "-":
                first, last = not out, self.text.startswith("]", self.at)
                out.append(r"\-" if first or last or self._beside_a_set(out) else "-")
            else:
                out.append(_literal(sign))
        if self.at >= len(self.text):
            raise UnreadablePattern(_("a [ is not closed"))
        self.at += 1
        if not out:
            return r"[\x{0}-\x{10ffff}]" if end else r"[^\x{0}-\x{10ffff}]"
        return f"[{'^' if end else ''}{''.join(out)}]"

    def _beside_a_set(self, out: list[str]) -> bool:
        """Tell whether a hyphen stands beside a set such as ``\\d``, where it is a character."""
        before = out[-1]
        after = self.text[self.at : self.at + 2]
        return before in (r"\d", r"\D", r"\w", r"\W", _SPACE, _NO_SPACE) or re.fullmatch(r"\\[dDwWsS]", after) is not None

    def _escape(self, *, in_class: bool) -> str:
        if self.at >= len(self.text):
            raise UnreadablePattern(_("it ends with a \\"))
        sign = self.text[self.at]
        self.at += 1
        if sign in "dDwW":
            return "\\" + sign
        if sign in "sS":
            inside = _SPACE if sign == "s" else _NO_SPACE
            return inside if in_class else f"[{inside}]"
        if sign in _CONTROL:
            return _CONTROL[sign]
        if sign in "bB":
            return r"\x{8}" if in_class and sign == "b" else "\\" + sign
        if sign == "0":
            return r"\x{0}"
        if sign in "123456789" or sign == "k":
            raise UnreadablePattern(_("it refers to a group, with \\{sign}").format(sign=sign))
        if sign in "xu":
            found = re.compile("[0-9A-Fa-f]{2}" if sign == "x" else "[0-9A-Fa-f]{4}").match(self.text, self.at)
            if found is None:
                return sign
            self.at = found.end()
            return rf"\x{{{found.group()}}}"
        return _literal(sign)


def _literal(sign: str) -> str:
    if sign in _SPECIAL or sign in "&~#":
        return "\\" + sign
    return sign


# -- the kinds of text that form-js knows by name ----------------------------------------------------------------------

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = re2.compile(rf"\A[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*\z")
"""An e-mail address as HTML defines a valid one (4.10.5.1.5)."""
_BEGIN = (
    r"(?:9(?:[976]\d|[8543210])|8(?:[987530]\d|[6421])|6(?:[987]\d|[6543210])|5(?:[90]\d|[87654321])|4(?:2\d|[987654310])"
    r"|3(?:[875]\d|[9643210])|2(?:[98654321]\d|[70])|7|1)"
)
"""The beginning of a number in the countries of E.164, by which form-js also checks what follows the country's code."""
_COUNTRIES = (
    "1 1242 1246 1264 1268 1284 1340 1345 1441 1473 1649 1664 1670 1671 1684 1721 1758 1767 1784 1787 1809 1829 1849 1868 1869 "
    "1876 1939 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 "
    "241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 27 291 297 "
    "298 299 30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 377 378 379 380 381 382 383 "
    "385 386 387 389 39 3906698 40 41 420 421 423 43 44 45 46 47 4779 48 49 500 501 502 503 504 505 506 507 508 509 51 52 "
    "53 54 55 56 57 58 590 591 592 593 594 595 596 597 598 5999 60 61 62 63 64 65 66 670 672 673 674 675 676 677 678 679 680 "
    "681 682 683 685 686 687 688 689 690 691 692 7 76 77 81 82 84 850 852 853 855 856 86 880 886 90 91 92 93 94 95 960 961 "
    "962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 98 992 993 994 995 996 998"
)
PHONE = re2.compile(rf"(?:\+|00)(?:{'|'.join(_COUNTRIES.split())}){_BEGIN}\d{{4,20}}\z")
"""A telephone number with its country: ``+31201234567`` or ``0031201234567``."""
