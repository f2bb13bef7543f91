"""Whether a claim says what its fact says: the figure, the hedge and the year, in a language.

A claim is written by a person and a fact is made of values, so the two can part.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from calibaja_api.dates import Date, Precision, Span
from calibaja_api.figures import TENS, Figure, figures, folded
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.text import fold
from calibaja_api.wording import ordinal_text

_ORDINALS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: (
        *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
        *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
        *("nineteenth", "twentieth"),
    ),
    Lang.ES: (
        *("primer[oa]?", "segund[oa]", "tercer[oa]?", "cuart[oa]", "quint[oa]", "sext[oa]", "septim[oa]", "octav[oa]"),
        *("noven[oa]", "decim[oa]", "undecim[oa]", "duodecim[oa]"),
    ),
}
_PLACES: Final[Mapping[Lang, str]] = {
    Lang.EN: r"(?:number |no\. ?|#|place )",
    Lang.ES: r"(?:numero |n\.o |no\. ?|#|lugar |puesto |posicion )",
}
_OF_A_LOSS: Final = {
    Qualifier.LESS_THAN: Qualifier.MORE_THAN,
    Qualifier.MORE_THAN: Qualifier.LESS_THAN,
    Qualifier.AT_LEAST: Qualifier.AT_MOST,
    Qualifier.AT_MOST: Qualifier.AT_LEAST,
}
_HEDGES: Final[Mapping[Lang, Mapping[Qualifier, str]]] = {
    Lang.EN: {
        Qualifier.ABOUT: "about|around|some|roughly|approximately|circa",
        Qualifier.NEARLY: "nearly|almost|close to|just under|approach(?:ed|es|ing)",
        Qualifier.MORE_THAN: (
            r"(?:more|greater|higher) than|over|above|exceed(?:ed|s|ing)?|in excess of|upwards of|beyond|passed|topped"
            r"|surpass\w*"
        ),
        Qualifier.AT_LEAST: "at least|no (?:fewer|less) than|not less than|minimum of",
        Qualifier.LESS_THAN: "(?:less|fewer|lower) than|under|below",
        Qualifier.AT_MOST: "up to|at most|no more than|maximum of|as (?:many|much) as",
    },
    Lang.ES: {
        Qualifier.ABOUT: r"alrededor de|cerca de|un[oa]s|aproximad\w+|en torno a|hacia",
        Qualifier.NEARLY: "casi|cerca de|cercan[oa]s? a|poco menos de|rondaba",
        Qualifier.MORE_THAN: (
            r"mas de|supera\w*|supero|rebas\w+|exced\w+|por (?:encima|arriba) de|mayor(?:es)? (?:a|que)"
            "|superior(?:es)? a"
        ),
        Qualifier.AT_LEAST: "(?:al|por lo|cuando) menos|(?:como|un) minimo(?: de)?|no menos de",
        Qualifier.LESS_THAN: "menos de|por debajo de|(?:inferior|menor)(?:es)? (?:a|que)|no llegaban? a",
        Qualifier.AT_MOST: "hasta|a lo sumo|como maximo|no mas de|maximo de",
    },
}
_HEDGES_AFTER: Final[Mapping[Lang, Mapping[Qualifier, str]]] = {
    Lang.EN: {Qualifier.ABOUT: "or so", Qualifier.AT_LEAST: "or more"},
    Lang.ES: {Qualifier.AT_LEAST: "o mas"},
}
_ESTIMATES: Final = {Lang.EN: "estimate[ds]?|average", Lang.ES: r"estim\w+|calcul\w+|promedio"}
_REMEMBERED: Final = 1 << 12
"""Many facts have the same years."""
_NO_MORE: Final = "(?! y (?:un|dos|tres|cua|cin|s|och|n))"
_DECADE: Final = rf"(?:{'|'.join(TENS[Lang.ES])})\b{_NO_MORE}"
_DECADES: Final = re.compile(rf"\b(?:(?:los|anos) {_DECADE}|decadas? de [0-9]+)\b")
_SIGNED: Final = re.compile(r"(?<!\w)[-\u2212\u2013]\$?$")
_ROMAN: Final = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def says_figure(claim: str, value: float, lang: Lang) -> bool:
    """Whether a claim names a figure exactly; of a loss it may say how much, without the sign."""
    return bool(_said(folded(claim), value, lang))


def says_rank(claim: str, rank: int, lang: Lang) -> bool:
    """Whether a claim names a place in a ranking, as `fifth`, `5th` or `number 5`."""
    text = folded(claim)
    places = {place.end() for place in re.finditer(rf"(?<!\w){_PLACES[lang]}", text)}
    forms = "|".join(_ordinals(rank, lang))
    # `vigésima quinta` is not the fifth.
    ordinal = re.search(rf"(?<![\w.,-])(?<!(?:dec|ges)im[oa] )(?:{forms})(?!\w)", text)
    return ordinal is not None or any(figure.start in places for figure in _said(text, rank, lang))


def says_hedge(claim: str, qualifier: Qualifier, lang: Lang, value: float) -> bool:
    """Whether a claim hedges its figure as the qualifier does; true where nothing is hedged.

    Of a loss a claim says how much, so what is less than the negative value is more than what it says.
    """
    if qualifier not in _HEDGES[lang]:
        return True
    text = folded(claim)
    return any(_hedged(text, figure, _of(text, figure, qualifier, value), lang) for figure in _said(text, value, lang))


def says_year(claim: str, time: Span, lang: Lang) -> bool:
    """Whether a claim names a year of a time, or its decade or century."""
    return _year_pattern(time, lang).search(fold(claim)) is not None


@lru_cache(_REMEMBERED)
def _year_pattern(time: Span, lang: Lang) -> re.Pattern[str]:
    forms = "|".join(form for part in time.parts if isinstance(part, Date) for form in _years(part, lang))
    return re.compile(rf"(?<![\w.,])(?:{forms})(?!\w|[.,][0-9])")


def figures_of(claim: str, lang: Lang) -> set[Decimal]:
    """The figures that a claim says, as they can be compared between languages: without decades and without one, which
    is an article too.
    """
    text = _DECADES.sub("", folded(claim))
    return {figure.value for figure in figures(text, lang)} - {Decimal(1)}


def _said(text: str, value: float, lang: Lang) -> list[Figure]:
    size = abs(Decimal(str(value)))
    return [figure for figure in figures(text, lang) if figure.value == size]


def _of(text: str, figure: Figure, qualifier: Qualifier, value: float) -> Qualifier:
    """What the hedge is of the figure as it is said: of a loss without its sign, the other way round."""
    signed = value < 0 and _SIGNED.search(text[: figure.start])
    return _OF_A_LOSS.get(qualifier, qualifier) if value < 0 and not signed else qualifier


def _hedged(text: str, figure: Figure, qualifier: Qualifier, lang: Lang) -> bool:
    """Whether a hedge stands beside a figure, with no other figure between; an estimate is of all that follows."""
    before, after = text[: figure.start], text[figure.end :]
    # `no more than` is no `more than`.
    patterns = [rf"(?<!\w)(?<!no )(?<!not )(?:{_HEDGES[lang][qualifier]})(?!\w)[^0-9]{{0,30}}$"]
    if qualifier is Qualifier.ABOUT:
        patterns.append(rf"(?<!\w)(?:{_ESTIMATES[lang]})(?!\w)[^0-9]*$")
    if any(re.search(pattern, before) for pattern in patterns):
        return True
    later = _HEDGES_AFTER[lang].get(qualifier)
    return later is not None and re.match(rf"[^0-9]{{0,30}}?(?<!\w)(?:{later})(?!\w)", after) is not None


def _ordinals(rank: int, lang: Lang) -> Iterator[str]:
    """Patterns of a place in a ranking."""
    yield re.escape(fold(ordinal_text(rank, lang)))
    words = _ORDINALS[lang]
    tens, ones = divmod(rank, 10)
    if lang is Lang.ES:
        yield rf"{rank}\.?(?:[oa]|er|[rdtmvn][oa])"
        if tens in {1, 2}:
            stem = ("decim", "vigesim")[tens - 1]
            yield f"{stem}[oa]? ?{words[ones - 1]}" if ones else f"{stem}[oa](?! (?:{'|'.join(words)}))"
    elif ones and tens in range(2, 10):
        yield f"{TENS[lang][tens - 2]}-{words[ones - 1]}"
    if rank in range(1, len(words) + 1) and not (lang is Lang.ES and rank == 10):
        yield words[rank - 1]


def _years(date: Date, lang: Lang) -> Iterator[str]:
    """Patterns of the years of a date, its decade or its century."""
    first = date.earliest.year
    for year in {first, date.latest.year}:
        # ISO 8601 counts a year 0, which people call 1 BCE.
        yield str(year) if year > 0 else rf"{1 - year} (?:b\.?c|a\. ?c)\.?(?:e\.?)?"
    if date.precision is Precision.DECADE:
        yield f"{first}s"
        index = first % 100 // 10 - 2
        if index >= 0:
            word = TENS[lang][index]
            yield (f"{word[:-1]}ies" if lang is Lang.EN else f"(?:los|anos|decada de) {word}{_NO_MORE}")
    if date.precision is Precision.CENTURY:
        number = first // 100 + 1
        yield f"(?:{'|'.join(_ordinals(number, lang))}) century" if lang is Lang.EN else f"siglo {_roman(number)}"


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text
