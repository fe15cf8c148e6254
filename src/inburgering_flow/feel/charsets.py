"""Sets of characters for regular expressions: Unicode categories, blocks, XML names, and case variants.

A set is a tuple of pairs (first, last) of code points, in order and not adjacent.

Source: XML Schema 1.1 part 2, appendix G; XPath functions 3.1, 5.6.1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

CharSet = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
NOTHING: CharSet = ()
EVERYTHING: CharSet = ((0, LAST),)
SPACES: CharSet = ((9, 10), (13, 13), (32, 32))
NAME_START: CharSet = (
    (0x3A, 0x3A),
    (0x41, 0x5A),
    (0x5F, 0x5F),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2FF),
    (0x370, 0x37D),
    (0x37F, 0x1FFF),
    (0x200C, 0x200D),
    (0x2070, 0x218F),
    (0x2C00, 0x2FEF),
    (0x3001, 0xD7FF),
    (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD),
    (0x10000, 0xEFFFF),
)
_NAME_MORE: CharSet = ((0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))


def union(sets: Iterable[CharSet]) -> CharSet:
    """Return the characters of any of the sets."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(pair for one in sets for pair in one):
        if found and first <= found[-1][1] + 1:
            if last > found[-1][1]:
                found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def complement(chars: CharSet) -> CharSet:
    """Return all other characters."""
    found: list[tuple[int, int]] = []
    begin = 0
    for first, last in chars:
        if first > begin:
            found.append((begin, first - 1))
        begin = last + 1
    if begin <= LAST:
        found.append((begin, LAST))
    return tuple(found)


def without(chars: CharSet, others: CharSet) -> CharSet:
    """Return the characters of the first set that are not in the second."""
    return complement(union((complement(chars), others)))


NAME_PART: CharSet = union((NAME_START, _NAME_MORE))

_ASSIGNED = ((0, 0x3FFFF), (0xE0000, 0xE0FFF))
"""Where characters have been assigned; the private use planes are added by hand, the rest is unassigned."""


@lru_cache(maxsize=1)
def _categories() -> dict[str, CharSet]:
    found: dict[str, list[tuple[int, int]]] = {}
    end = -1
    for begin, last in _ASSIGNED:
        if begin > end + 1:
            found.setdefault("Cn", []).append((end + 1, begin - 1))
        start, current = begin, unicodedata.category(chr(begin))
        for code in range(begin + 1, last + 1):
            kind = unicodedata.category(chr(code))
            if kind != current:
                found.setdefault(current, []).append((start, code - 1))
                start, current = code, kind
        found.setdefault(current, []).append((start, last))
        end = last
    found.setdefault("Cn", []).append((end + 1, 0xEFFFF))
    found["Co"] += [(0xF0000, 0xFFFFD), (0x100000, 0x10FFFD)]
    found["Cn"] += [(0xFFFFE, 0xFFFFF), (0x10FFFE, 0x10FFFF)]
    return {name: union([tuple(pairs)]) for name, pairs in found.items()}


@lru_cache(maxsize=64)
def category(name: str) -> CharSet | None:
    """Return the characters of a category (``Lu``) or group of categories (``L``); None if it does not exist."""
    if len(name) == 2:
        return _categories().get(name)
    if name in ("L", "M", "N", "P", "S", "Z", "C"):
        return union(chars for key, chars in _categories().items() if key[0] == name)
    return None


@lru_cache(maxsize=1)
def word() -> CharSet:
    r"""Return what ``\w`` stands for: all but punctuation, separators and other characters."""
    return complement(union(category(name) or NOTHING for name in "PZC"))


@lru_cache(maxsize=1)
def _variants() -> dict[int, tuple[int, ...]]:
    groups: dict[str, set[int]] = {}
    for code in range(0x1F000):
        char = chr(code)
        for other in {char.lower(), char.upper()} - {char}:
            groups.setdefault(other, set()).update((code, *([ord(other)] if len(other) == 1 else [])))
    found: dict[int, set[int]] = {}
    for group in groups.values():
        for code in group:
            found.setdefault(code, set()).update(group - {code})
    return {code: tuple(sorted(others)) for code, others in found.items() if others}


def variants(first: int, last: int) -> CharSet:
    """Return a range with every character that differs from one of its own only in case (flag ``i``)."""
    table = _variants()
    extra: set[int] = set()
    if last - first < len(table):
        for code in range(first, last + 1):
            extra.update(table.get(code, ()))
    else:
        for code, others in table.items():
            if first <= code <= last:
                extra.update(others)
    return union((((first, last),), tuple((code, code) for code in sorted(extra))))


def block(name: str) -> CharSet | None:
    """Return the characters of a Unicode block such as ``IsBasicLatin``; None if there is no such block."""
    found = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    return None if found is None else (found,)


_BLOCKS: dict[str, tuple[int, int]] = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "CyrillicSupplement": (0x0500, 0x052F),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Syriac": (0x0700, 0x074F),
    "ArabicSupplement": (0x0750, 0x077F),
    "Thaana": (0x0780, 0x07BF),
    "NKo": (0x07C0, 0x07FF),
    "Samaritan": (0x0800, 0x083F),
    "Mandaic": (0x0840, 0x085F),
    "ArabicExtended-A": (0x08A0, 0x08FF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Gurmukhi": (0x0A00, 0x0A7F),
    "Gujarati": (0x0A80, 0x0AFF),
    "Oriya": (0x0B00, 0x0B7F),
    "Tamil": (0x0B80, 0x0BFF),
    "Telugu": (0x0C00, 0x0C7F),
    "Kannada": (0x0C80, 0x0CFF),
    "Malayalam": (0x0D00, 0x0D7F),
    "Sinhala": (0x0D80, 0x0DFF),
    "Thai": (0x0E00, 0x0E7F),
    "Lao": (0x0E80, 0x0EFF),
    "Tibetan": (0x0F00, 0x0FFF),
    "Myanmar": (0x1000, 0x109F),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "Ethiopic": (0x1200, 0x137F),
    "EthiopicSupplement": (0x1380, 0x139F),
    "Cherokee": (0x13A0, 0x13FF),
    "UnifiedCanadianAboriginalSyllabics": (0x1400, 0x167F),
    "Ogham": (0x1680, 0x169F),
    "Runic": (0x16A0, 0x16FF),
    "Tagalog": (0x1700, 0x171F),
    "Hanunoo": (0x1720, 0x173F),
    "Buhid": (0x1740, 0x175F),
    "Tagbanwa": (0x1760, 0x177F),
    "Khmer": (0x1780, 0x17FF),
    "Mongolian": (0x1800, 0x18AF),
    "Limbu": (0x1900, 0x194F),
    "TaiLe": (0x1950, 0x197F),
    "NewTaiLue": (0x1980, 0x19DF),
    "KhmerSymbols": (0x19E0, 0x19FF),
    "Buginese": (0x1A00, 0x1A1F),
    "Balinese": (0x1B00, 0x1B7F),
    "Sundanese": (0x1B80, 0x1BBF),
    "Lepcha": (0x1C00, 0x1C4F),
    "OlChiki": (0x1C50, 0x1C7F),
    "VedicExtensions": (0x1CD0, 0x1CFF),
    "PhoneticExtensions": (0x1D00, 0x1D7F),
    "PhoneticExtensionsSupplement": (0x1D80, 0x1DBF),
    "CombiningDiacriticalMarksSupplement": (0x1DC0, 0x1DFF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "CombiningMarksforSymbols": (0x20D0, 0x20FF),
    "CombiningDiacriticalMarksforSymbols": (0x20D0, 0x20FF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "MiscellaneousTechnical": (0x2300, 0x23FF),
    "ControlPictures": (0x2400, 0x243F),
    "OpticalCharacterRecognition": (0x2440, 0x245F),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "BlockElements": (0x2580, 0x259F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF),
    "MiscellaneousMathematicalSymbols-A": (0x27C0, 0x27EF),
    "SupplementalArrows-A": (0x27F0, 0x27FF),
    "BraillePatterns": (0x2800, 0x28FF),
    "SupplementalArrows-B": (0x2900, 0x297F),
    "MiscellaneousMathematicalSymbols-B": (0x2980, 0x29FF),
    "SupplementalMathematicalOperators": (0x2A00, 0x2AFF),
    "MiscellaneousSymbolsandArrows": (0x2B00, 0x2BFF),
    "Glagolitic": (0x2C00, 0x2C5F),
    "LatinExtended-C": (0x2C60, 0x2C7F),
    "Coptic": (0x2C80, 0x2CFF),
    "GeorgianSupplement": (0x2D00, 0x2D2F),
    "Tifinagh": (0x2D30, 0x2D7F),
    "EthiopicExtended": (0x2D80, 0x2DDF),
    "CyrillicExtended-A": (0x2DE0, 0x2DFF),
    "SupplementalPunctuation": (0x2E00, 0x2E7F),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "KangxiRadicals": (0x2F00, 0x2FDF),
    "IdeographicDescriptionCharacters": (0x2FF0, 0x2FFF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "HangulCompatibilityJamo": (0x3130, 0x318F),
    "Kanbun": (0x3190, 0x319F),
    "BopomofoExtended": (0x31A0, 0x31BF),
    "CJKStrokes": (0x31C0, 0x31EF),
    "KatakanaPhoneticExtensions": (0x31F0, 0x31FF),
    "EnclosedCJKLettersandMonths": (0x3200, 0x32FF),
    "CJKCompatibility": (0x3300, 0x33FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "YijingHexagramSymbols": (0x4DC0, 0x4DFF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "YiSyllables": (0xA000, 0xA48F),
    "YiRadicals": (0xA490, 0xA4CF),
    "Lisu": (0xA4D0, 0xA4FF),
    "Vai": (0xA500, 0xA63F),
    "CyrillicExtended-B": (0xA640, 0xA69F),
    "ModifierToneLetters": (0xA700, 0xA71F),
    "LatinExtended-D": (0xA720, 0xA7FF),
    "SylotiNagri": (0xA800, 0xA82F),
    "Phags-pa": (0xA840, 0xA87F),
    "Saurashtra": (0xA880, 0xA8DF),
    "DevanagariExtended": (0xA8E0, 0xA8FF),
    "KayahLi": (0xA900, 0xA92F),
    "Rejang": (0xA930, 0xA95F),
    "HangulJamoExtended-A": (0xA960, 0xA97F),
    "Javanese": (0xA980, 0xA9DF),
    "Cham": (0xAA00, 0xAA5F),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "PrivateUseArea": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "AlphabeticPresentationForms": (0xFB00, 0xFB4F),
    "ArabicPresentationForms-A": (0xFB50, 0xFDFF),
    "VariationSelectors": (0xFE00, 0xFE0F),
    "VerticalForms": (0xFE10, 0xFE1F),
    "CombiningHalfMarks": (0xFE20, 0xFE2F),
    "CJKCompatibilityForms": (0xFE30, 0xFE4F),
    "SmallFormVariants": (0xFE50, 0xFE6F),
    "ArabicPresentationForms-B": (0xFE70, 0xFEFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
    "Specials": (0xFFF0, 0xFFFF),
    "LinearBSyllabary": (0x10000, 0x1007F),
    "LinearBIdeograms": (0x10080, 0x100FF),
    "AegeanNumbers": (0x10100, 0x1013F),
    "AncientGreekNumbers": (0x10140, 0x1018F),
    "OldItalic": (0x10300, 0x1032F),
    "Gothic": (0x10330, 0x1034F),
    "Ugaritic": (0x10380, 0x1039F),
    "OldPersian": (0x103A0, 0x103DF),
    "Deseret": (0x10400, 0x1044F),
    "Shavian": (0x10450, 0x1047F),
    "Osmanya": (0x10480, 0x104AF),
    "CypriotSyllabary": (0x10800, 0x1083F),
    "EgyptianHieroglyphs": (0x13000, 0x1342F),
    "ByzantineMusicalSymbols": (0x1D000, 0x1D0FF),
    "MusicalSymbols": (0x1D100, 0x1D1FF),
    "AncientGreekMusicalNotation": (0x1D200, 0x1D24F),
    "TaiXuanJingSymbols": (0x1D300, 0x1D35F),
    "MathematicalAlphanumericSymbols": (0x1D400, 0x1D7FF),
    "MahjongTiles": (0x1F000, 0x1F02F),
    "DominoTiles": (0x1F030, 0x1F09F),
    "PlayingCards": (0x1F0A0, 0x1F0FF),
    "EnclosedAlphanumericSupplement": (0x1F100, 0x1F1FF),
    "EnclosedIdeographicSupplement": (0x1F200, 0x1F2FF),
    "MiscellaneousSymbolsandPictographs": (0x1F300, 0x1F5FF),
    "Emoticons": (0x1F600, 0x1F64F),
    "TransportandMapSymbols": (0x1F680, 0x1F6FF),
    "CJKUnifiedIdeographsExtensionB": (0x20000, 0x2A6DF),
    "CJKCompatibilityIdeographsSupplement": (0x2F800, 0x2FA1F),
    "Tags": (0xE0000, 0xE007F),
    "VariationSelectorsSupplement": (0xE0100, 0xE01EF),
    "SupplementaryPrivateUseArea-A": (0xF0000, 0xFFFFF),
    "SupplementaryPrivateUseArea-B": (0x100000, 0x10FFFF),
}
"""The blocks by their name without spaces."""
