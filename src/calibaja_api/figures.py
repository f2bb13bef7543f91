"""The figures that a text says, in digits or in words, in English or in Spanish: `202.4 billion`, `treinta y siete`."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.text import fold

_SMALL: Final[Mapping[Lang, str]] = {
    Lang.EN: (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    ),
    Lang.ES: (
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
        "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
        "veintiocho veintinueve"
    ),
}
TENS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    Lang.ES: ("veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"),
}
_HUNDREDS: Final = "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient"
_ONES: Final = ("a", "an", "un", "una")
_NUMBERS: Final[Mapping[str, int]] = {
    **{word: value for words in _SMALL.values() for value, word in enumerate(words.split())},
    **{word: value * 10 for words in TENS.values() for value, word in enumerate(words, 2)},
    **{f"{stem}{end}s": value * 100 for value, stem in enumerate(_HUNDREDS.split(), 2) for end in "oa"},
    **dict.fromkeys(_ONES, 1),
    **dict.fromkeys(("veintiun", "veintiuna"), 21),
    **dict.fromkeys(("cien", "ciento"), 100),
}
_SCALES: Final[Mapping[str, int]] = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "mil": 10**3,
    **dict.fromkeys(("millon", "millones"), 10**6),
    **dict.fromkeys(("billon", "billones"), 10**12),
}


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


_DIGITS: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_BEGINS: Final = r"(?<![\w.,])(?:(?<![a-z]-)|(?<=mid-))"
_ENDS: Final = r"(?!\w|[.,][0-9])"


def _begins(*words: str) -> str:
    """Looks whether a figure can begin here at all, which few words do."""
    seconds: dict[str, set[str]] = {}
    for word in words:
        # `a` is followed by a blank or a hyphen where it begins a figure.
        seconds.setdefault(word[0], set()).update(word[1] if len(word) > 1 else " -")
    first = "|".join(f"{letter}[{''.join(sorted(seconds[letter]))}]" for letter in seconds)
    return f"{_BEGINS}(?=[0-9]|{first})"


def _english() -> str:
    small = _any(*_SMALL[Lang.EN].split())
    below_100 = rf"(?:{_any(*TENS[Lang.EN])}(?:[ -]{small})?|{small})"
    hundreds = rf"(?:{_DIGITS}|{below_100}|an?) hundred(?:(?: and)? {below_100})?"
    below_1000 = rf"(?:{hundreds}|{below_100}|{_DIGITS})"
    begins = _begins(*_SMALL[Lang.EN].split(), *TENS[Lang.EN], "a", "an")
    return rf"{begins}(?:(?:{below_1000}|an?)[ -](?:thousand|million|billion|trillion)|{below_1000}){_ENDS}"


def _spanish() -> str:
    small = _any(*_SMALL[Lang.ES].split(), "un", "una", "veintiun", "veintiuna")
    below_100 = rf"(?:{_any(*TENS[Lang.ES])}(?: y {small})?|{small})"
    # `por ciento` is no figure.
    hundreds = rf"(?:cien|ciento {below_100}|{_any(*_HUNDREDS.split())}[oa]s(?: {below_100})?)"
    below_1000 = rf"(?:{hundreds}|{below_100}|{_DIGITS})"
    thousands = rf"(?:(?:{below_1000} )?mil(?: {below_1000})?|{below_1000})"
    # `450.º` is a place, no figure.
    begins = _begins(*_SMALL[Lang.ES].split(), *TENS[Lang.ES], *_HUNDREDS.split(), "un", "veintiun", "cien", "mil")
    return rf"{begins}{thousands}(?: mill(?:on|ones)| bill(?:on|ones))?{_ENDS}(?!\.[oa]\b)"


@cache
def _figure(lang: Lang) -> re.Pattern[str]:
    """What a figure looks like. Only who checks seed files needs it, and it takes its time to compile."""
    return re.compile({Lang.EN: _english, Lang.ES: _spanish}[lang]())


_ROUND: Final = re.compile(r"\.[0-9]{2,}0(?![0-9])")
_PARTS: Final = re.compile(rf"{_DIGITS}|[a-z]+")
_THOUSANDS: Final = re.compile("(?<=[0-9])[\u00a0\u202f](?=[0-9]{3})")
_HALF: Final = re.compile(r"\b(?:half|medio|media) $")
_HALVES: Final = ("half ", "medio ", "media ")


_REMEMBERED: Final = 8
"""What is asked of a claim is asked several times, one right after the other."""


class Figure(NamedTuple):
    """A figure without its sign, and where it stands."""

    value: Decimal
    start: int
    end: int


@lru_cache(_REMEMBERED)
def folded(text: str) -> str:
    """A text as its figures are read; thousands may be told apart by a blank that is not broken."""
    return fold(_THOUSANDS.sub(",", text))


@lru_cache(_REMEMBERED)
def figures(folded: str, lang: Lang) -> tuple[Figure, ...]:
    """The figures of a folded text, each as far as it goes: `450 million` has no 450."""
    return tuple(_figures(folded, lang))


def _figures(folded: str, lang: Lang) -> Iterator[Figure]:
    found = list(_figure(lang).finditer(folded))
    # `two thousand five hundred` is one figure that is not read here, so it is not two either.
    joined = [_goes_on(first, second, folded) for first, second in pairwise(found)]
    for match, after, before in zip(found, [*joined, False], [False, *joined], strict=False):
        # `5.000` is five thousand to some and five to others, so it is neither; `half a million` is no million.
        unclear = _ROUND.search(match[0]) or _after_half(folded, match.start())
        if not (after or before or unclear):
            yield Figure(_number(match[0]), *match.span())


def _after_half(folded: str, start: int) -> bool:
    return folded.endswith(_HALVES, 0, start) and _HALF.search(folded, 0, start) is not None


def _goes_on(first: re.Match[str], second: re.Match[str], folded: str) -> bool:
    if folded[first.end() : second.start()] not in {" ", "-"} or second[0] in _ONES:
        return False
    *_, last = re.split("[ -]", first[0])
    return last in _SCALES


def _number(text: str) -> Decimal:
    number = Decimal(0)
    for word in _PARTS.findall(text):
        if word in _SCALES:
            number = (number or Decimal(1)) * _SCALES[word]
        else:
            number += Decimal(word.replace(",", "")) if word[0].isdecimal() else _NUMBERS.get(word, 0)
    return number
