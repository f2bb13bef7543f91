"""How dates and quantities read, in each language: labels for people, made from values and never the other way."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from calibaja_api.dates import Bound, Date, Precision, Span
from calibaja_api.shapes.vocabulary import Lang, Qualifier

MONTHS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    Lang.ES: (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}
SEASONS: Final[Mapping[Lang, tuple[str, ...]]] = {
    Lang.EN: ("spring", "summer", "autumn", "winter"),
    Lang.ES: ("primavera", "verano", "otoño", "invierno"),
}


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The phrases of one language that dates and quantities are made of."""

    day: str
    day_within: str
    month: str
    season: str
    decade: str
    years: str
    long_ago: str
    approximate: str
    uncertain: str
    interval: str
    open_end: str
    open_start: str
    unknown_end: str
    unknown_start: str
    either: str
    qualifiers: Mapping[Qualifier, str]
    ordinal: str
    million: tuple[str, str]
    per: str
    every: str


_PHRASES: Final[Mapping[Lang, _Phrases]] = {
    Lang.EN: _Phrases(
        day="{month} {day}, {year}",
        day_within="{}",
        month="{month} {year}",
        season="{season} {year}",
        decade="the {first}s",
        years="the years {first} to {last}",
        long_ago="{year} BCE",
        approximate="around {}",
        uncertain="possibly {}",
        interval="{} to {}",
        open_end="from {} on",
        open_start="up to {}",
        unknown_end="from {} to an unknown date",
        unknown_start="from an unknown date to {}",
        either=" or ",
        qualifiers={
            Qualifier.EXACT: "{}",
            Qualifier.ABOUT: "about {}",
            Qualifier.NEARLY: "nearly {}",
            Qualifier.MORE_THAN: "more than {}",
            Qualifier.AT_LEAST: "at least {}",
            Qualifier.LESS_THAN: "less than {}",
            Qualifier.AT_MOST: "at most {}",
            Qualifier.BETWEEN: "between {} and {}",
            Qualifier.RANK: "{}",
        },
        ordinal="{}{}",
        million=("{} million", "{} million"),
        per="{} per {}",
        every="{} every {} {}",
    ),
    Lang.ES: _Phrases(
        day="{day} de {month} de {year}",
        day_within="el {}",
        month="{month} de {year}",
        season="{season} de {year}",
        decade="la década de {first}",
        years="los años {first} a {last}",
        long_ago="{year} a. C.",
        approximate="hacia {}",
        uncertain="posiblemente {}",
        interval="de {} a {}",
        open_end="de {} en adelante",
        open_start="hasta {}",
        unknown_end="de {} a una fecha desconocida",
        unknown_start="de una fecha desconocida a {}",
        either=" o ",
        qualifiers={
            Qualifier.EXACT: "{}",
            Qualifier.ABOUT: "alrededor de {}",
            Qualifier.NEARLY: "casi {}",
            Qualifier.MORE_THAN: "más de {}",
            Qualifier.AT_LEAST: "al menos {}",
            Qualifier.LESS_THAN: "menos de {}",
            Qualifier.AT_MOST: "a lo sumo {}",
            Qualifier.BETWEEN: "entre {} y {}",
            Qualifier.RANK: "{}",
        },
        ordinal="{}.º",
        million=("{} millón", "{} millones"),
        per="{} por {}",
        every="{} cada {} {}",
    ),
}

_TERMS: Final[Mapping[Lang, Mapping[str, str]]] = {
    Lang.EN: {"en": "English", "es": "Spanish", "de": "German"},
    Lang.ES: {
        "region": "región",
        "sector": "sector",
        "organization": "organización",
        "person": "persona",
        "agreement": "acuerdo",
        "event": "acontecimiento",
        "quantity": "cantidad",
        "text": "texto",
        "date": "fecha",
        "entity": "entidad",
        "exact": "exacto",
        "about": "alrededor de",
        "nearly": "casi",
        "more-than": "más de",
        "rank": "posición",
        "at-least": "al menos",
        "less-than": "menos de",
        "at-most": "a lo sumo",
        "between": "entre",
        "observed": "observado",
        "estimated": "estimado",
        "planned": "planeado",
        "forecast": "pronosticado",
        "opinion": "opinión",
        "en": "inglés",
        "es": "español",
        "de": "alemán",
    },
}

_PERIODS: Final[Mapping[Lang, Mapping[str, tuple[str, str]]]] = {
    Lang.EN: {
        "Y": ("year", "years"),
        "M": ("month", "months"),
        "W": ("week", "weeks"),
        "D": ("day", "days"),
        "TH": ("hour", "hours"),
        "TM": ("minute", "minutes"),
    },
    Lang.ES: {
        "Y": ("año", "años"),
        "M": ("mes", "meses"),
        "W": ("semana", "semanas"),
        "D": ("día", "días"),
        "TH": ("hora", "horas"),
        "TM": ("minuto", "minutos"),
    },
}

_THOUSAND = 1_000
_MILLION = 1_000_000
# More than a double can have before and behind its point.
_DIGITS = 700


def date_label(span: Span, lang: Lang) -> str:
    """A date, interval or set as a person reads it: `around 2000 or 2002`."""
    phrases = _PHRASES[lang]
    dates = [part for part in span.parts if isinstance(part, Date)]
    if span.is_set:
        if len({(date.approximate, date.uncertain) for date in dates}) == 1:
            return _qualified(phrases.either.join(_plain(date, lang) for date in dates), dates[0], lang)
        return phrases.either.join(_one(date, lang) for date in dates)
    match span.parts:
        case (Date() as date,):
            return _one(date, lang)
        case (Date() as first, Date() as last):
            return _phrase(phrases.interval, _within(first, lang), _within(last, lang))
        case (Date() as first, Bound.OPEN):
            return _phrase(phrases.open_end, _within(first, lang))
        case (Date() as first, Bound.UNKNOWN):
            return _phrase(phrases.unknown_end, _within(first, lang))
        case (Bound.OPEN, Date() as last):
            return _phrase(phrases.open_start, _within(last, lang))
        case _:
            return _phrase(phrases.unknown_start, _within(dates[-1], lang))


def term_label(word: str, lang: Lang) -> str:
    """A word of a closed vocabulary, or the code of a language, as a person reads it."""
    return _TERMS[lang].get(word) or (word.replace("-", " ") if lang is Lang.EN else word)


def decade_label(first_year: int, lang: Lang) -> str:
    """A decade by itself: `1990s`, `década de 1990`."""
    return _PHRASES[lang].decade.format(first=first_year).removeprefix("the ").removeprefix("la ")


def _one(date: Date, lang: Lang) -> str:
    return _within(date, lang) if date.approximate or date.uncertain else _plain(date, lang)


def _within(date: Date, lang: Lang) -> str:
    """A date inside a phrase, where Spanish gives a day its article."""
    text = _plain(date, lang)
    if date.precision is Precision.DAY:
        text = _PHRASES[lang].day_within.format(text)
    return _qualified(text, date, lang)


def _qualified(text: str, date: Date, lang: Lang) -> str:
    phrases = _PHRASES[lang]
    if date.approximate:
        text = phrases.approximate.format(text)
    return phrases.uncertain.format(text) if date.uncertain else text


def _phrase(phrase: str, *texts: str) -> str:
    """A phrase about dates, with the contractions of Spanish; English has no `de el` or `a el`."""
    return phrase.format(*texts).replace("de el ", "del ").replace(" a el ", " al ")


def _plain(date: Date, lang: Lang) -> str:
    phrases = _PHRASES[lang]
    first, last = date.earliest, date.latest
    # ISO 8601 counts a year 0, which people call 1 BCE.
    year = str(first.year) if first.year > 0 else phrases.long_ago.format(year=1 - first.year)
    month = MONTHS[lang][first.month - 1]
    match date.precision:
        case Precision.DAY:
            return phrases.day.format(month=month, day=first.day, year=year)
        case Precision.MONTH:
            return phrases.month.format(month=month, year=year)
        case Precision.SEASON:
            return phrases.season.format(season=SEASONS[lang][first.month // 3 - 1], year=year)
        case Precision.YEAR:
            return year
        case Precision.DECADE:
            return phrases.decade.format(first=first.year)
        case Precision.CENTURY:
            return phrases.years.format(first=first.year, last=last.year)


def number_text(value: float, lang: Lang) -> str:
    """A number with its digits grouped; millions in words, and not one digit lost."""
    with localcontext(prec=_DIGITS):
        exact = Decimal(str(value))
        millions = exact / _MILLION
        if abs(millions) < 1 or millions % 1 * 1000 % 1:
            return _grouped(exact)
        # Spanish as used in Mexico counts in millions: 202,400 millones, never 202.4 mil millones.
        if lang is Lang.EN and abs(millions) >= _THOUSAND:
            return f"{_grouped(millions / _THOUSAND)} billion"
        singular, plural = _PHRASES[lang].million
        return (singular if abs(millions) == 1 else plural).format(_grouped(millions))


def _grouped(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def quantity_text(
    value: float,
    upper: float | None,
    qualifier: Qualifier,
    unit: tuple[str, str],
    per: str | None,
    lang: Lang,
) -> str:
    """A quantity as a person reads it: `more than 300 companies`. `unit` is its word for one and for several."""
    phrases = _PHRASES[lang]
    if qualifier is Qualifier.RANK:
        figures = [ordinal_text(int(value), lang)]
    else:
        figures = [number_text(figure, lang) for figure in (value, upper) if figure is not None]
    noun = unit[0] if abs(value) == 1 and upper is None else unit[1]
    if lang is Lang.ES and figures[-1].endswith(("millón", "millones")) and noun not in {"", "%"}:
        noun = f"de {noun}"
    text = phrases.qualifiers[qualifier].format(*figures)
    text += noun if noun == "%" else f" {noun}".rstrip()
    return _rate(text, per, lang) if per else text


def ordinal_text(rank: int, lang: Lang) -> str:
    """A place in a ranking as a person reads it: `5th`."""
    teens = range(11, 14)
    suffix = "th" if rank % 100 in teens else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return _PHRASES[lang].ordinal.format(rank, suffix)


def _rate(text: str, per: str, lang: Lang) -> str:
    digits = "".join(character for character in per if character.isdigit())
    singular, plural = _PERIODS[lang][per.removeprefix("P").replace(digits, "")]
    count = int(digits)
    phrases = _PHRASES[lang]
    return phrases.per.format(text, singular) if count == 1 else phrases.every.format(text, count, plural)
