"""Whether a claim says what its fact says: the figure, the hedge and the year, in a language.

A claim is written by a person and a fact is made of values, so the two can part. What is looked for is made from the
values: `202,400 millones` is a way of writing 202400000000, `seven` of 7, `los años noventa` of 199X.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from calibaja_api.dates import Date, Precision, Span
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.text import fold
from calibaja_api.wording import ordinal_text

_CARDINALS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: (
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
    ),
    Lang.ES: (
        *("cero", "un(?:o|a)?", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once"),
        *("doce", "trece", "catorce", "quince", "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte"),
    ),
}
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
_DECADES: Final = ("veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
_SCALES: Final[Mapping[Lang, tuple[tuple[int, str], ...]]] = {
    Lang.EN: ((10**3, "thousand"), (10**6, "million"), (10**9, "billion"), (10**12, "trillion")),
    Lang.ES: (*((10**3, "mil"), (10**6, "mill(?:on|ones)"), (10**9, "mil millones"), (10**12, "bill(?:on|ones)")),),
}
_OF_A_LOSS: Final = {
    Qualifier.LESS_THAN: Qualifier.MORE_THAN,
    Qualifier.MORE_THAN: Qualifier.LESS_THAN,
    Qualifier.AT_LEAST: Qualifier.AT_MOST,
    Qualifier.AT_MOST: Qualifier.AT_LEAST,
}
_HEDGES: Final[Mapping[Lang, Mapping[Qualifier, str]]] = {
    Lang.EN: {
        Qualifier.ABOUT: "about|around|some|roughly|approximately|estimate[ds]?|or so|an? average|circa",
        Qualifier.NEARLY: "nearly|almost|close to|just under|approach(?:ed|es|ing)",
        Qualifier.MORE_THAN: "more than|over|above|exceed(?:ed|s|ing)?|upwards of|beyond|passed|topped|surpass\\w*",
        Qualifier.AT_LEAST: "at least|or more|no fewer than|not less than",
        Qualifier.LESS_THAN: "less than|fewer than|under|below",
        Qualifier.AT_MOST: "up to|at most|no more than|maximum",
    },
    Lang.ES: {
        Qualifier.ABOUT: "alrededor de|cerca de|un[oa]s|aproximad\\w+|estim\\w+|calcul\\w+|promedio|hacia",
        Qualifier.NEARLY: "casi|cerca de|cercan[oa]s? a|poco menos de|rondaba",
        Qualifier.MORE_THAN: "mas de|supera\\w*|supero|rebas\\w+|excedi\\w+|por encima de|mayor a|superior(?:es)? a",
        Qualifier.AT_LEAST: "al menos|por lo menos|como minimo|o mas|no menos de",
        Qualifier.LESS_THAN: "menos de|por debajo de|inferior(?:es)? a|no llegaba a",
        Qualifier.AT_MOST: "hasta|a lo sumo|como maximo|no mas de|maxim[oa]",
    },
}


def says_figure(claim: str, value: float, lang: Lang) -> bool:
    """Whether a claim names a figure exactly; of a loss it may say how much, without the sign."""
    return _has(claim, (form for form in _figures(abs(Decimal(str(value))), lang)))


def says_rank(claim: str, rank: int, lang: Lang) -> bool:
    """Whether a claim names a place in a ranking, as `fifth`, `5th` or `number 5`."""
    words = _ORDINALS[lang]
    forms = [re.escape(fold(ordinal_text(rank, lang))), *_figures(Decimal(rank), lang)]
    if rank <= len(words):
        forms.append(words[rank - 1])
    if lang is Lang.ES:
        forms.append(rf"{rank}\.?[oa]")
    return _has(claim, forms)


def says_hedge(claim: str, qualifier: Qualifier, lang: Lang, value: float) -> bool:
    """Whether a claim hedges its figure as the qualifier does; true where nothing is hedged.

    Of a loss a claim says how much, so what is less than the negative value is more than what it says.
    """
    hedge = _HEDGES[lang].get(_OF_A_LOSS.get(qualifier, qualifier) if value < 0 else qualifier)
    return hedge is None or _has(claim, [hedge])


def says_year(claim: str, time: Span, lang: Lang) -> bool:
    """Whether a claim names a year of a time, or its decade or century."""
    return _has(claim, (form for part in time.parts if isinstance(part, Date) for form in _years(part, lang)))


def _has(claim: str, forms: Iterator[str] | list[str]) -> bool:
    folded = fold(claim)
    # A figure does not go on with digits: 450 is not in 1,450 nor in 450.5.
    return any(re.search(rf"(?<![\w.,-])(?<!\w,)(?:us)?\$?(?:{form})(?!\w|[.,]\d)", folded) for form in forms)


def _figures(value: Decimal, lang: Lang) -> Iterator[str]:
    """Patterns of a figure: its digits, grouped or not, scaled with a word, or in words."""
    yield from _digits(value)
    for scale, word in _SCALES[lang]:
        scaled = value / scale
        if scaled >= 1:
            yield from (f"{digits} {word}" for digits in _digits(scaled))
            if scaled < len(_CARDINALS[lang]) and scaled == int(scaled):
                yield f"{_CARDINALS[lang][int(scaled)]} {word}"
    if value < len(_CARDINALS[lang]) and value == int(value):
        yield _CARDINALS[lang][int(value)]


def _digits(value: Decimal) -> Iterator[str]:
    for text in (f"{value.normalize():,f}", f"{value.normalize():f}"):
        # What is money or a percentage may be written with more decimals than its value needs: 5.80.
        yield re.escape(text) + ("0*" if "." in text else r"(?:\.0+)?")


def _years(date: Date, lang: Lang) -> Iterator[str]:
    for year in {date.earliest.year, date.latest.year}:
        yield str(year)
    first = date.earliest.year
    if date.precision is Precision.DECADE:
        yield f"{first}s"
        index = first % 100 // 10 - 2
        if lang is Lang.ES and index in range(len(_DECADES)):
            yield _DECADES[index]
