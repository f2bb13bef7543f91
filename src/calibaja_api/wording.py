"""How dates and quantities read, in each language: labels for people, made from values and never the other way."""

from decimal import Decimal, localcontext

from calibaja_api.dates import Bound, Date, Precision, Span
from calibaja_api.phrases import MONTHS, PERIODS, PHRASES, SEASONS, TERMS
from calibaja_api.shapes.vocabulary import Lang, Qualifier

_THOUSAND = 1_000
_MILLION = 1_000_000
# More than a double can have before and behind its point.
_DIGITS = 700


def date_label(span: Span, lang: Lang) -> str:
    """A date, interval or set as a person reads it: `around 2000 or 2002`."""
    phrases = PHRASES[lang]
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
    """A word of a closed vocabulary as a person reads it."""
    return word.replace("-", " ") if lang is Lang.EN else TERMS.get(word, word)


def decade_label(first_year: int, lang: Lang) -> str:
    """A decade by itself: `1990s`, `década de 1990`."""
    return PHRASES[lang].decade.format(first=first_year).removeprefix("the ").removeprefix("la ")


def _one(date: Date, lang: Lang) -> str:
    return _within(date, lang) if date.approximate or date.uncertain else _plain(date, lang)


def _within(date: Date, lang: Lang) -> str:
    """A date inside a phrase, where Spanish gives a day its article."""
    text = _plain(date, lang)
    if date.precision is Precision.DAY:
        text = PHRASES[lang].day_within.format(text)
    return _qualified(text, date, lang)


def _qualified(text: str, date: Date, lang: Lang) -> str:
    phrases = PHRASES[lang]
    if date.approximate:
        text = phrases.approximate.format(text)
    return phrases.uncertain.format(text) if date.uncertain else text


def _phrase(phrase: str, *texts: str) -> str:
    """A phrase about dates, with the contractions of Spanish; English has no `de el` or `a el`."""
    return phrase.format(*texts).replace("de el ", "del ").replace(" a el ", " al ")


def _plain(date: Date, lang: Lang) -> str:
    phrases = PHRASES[lang]
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
    if isinstance(value, int) and (abs(value) < _MILLION or value % _THOUSAND):
        return f"{value:,}"
    with localcontext(prec=_DIGITS):
        exact = Decimal(str(value)) + 0  # no -0
        millions = exact / _MILLION
        if abs(millions) < 1 or millions % 1 * 1000 % 1:
            return _grouped(exact)
        if abs(millions) >= _MILLION:
            singular, plural = PHRASES[lang].trillion
            return (singular if abs(millions) == _MILLION else plural).format(_grouped(millions / _MILLION))
        # Spanish as used in Mexico counts in millions: 202,400 millones, never 202.4 mil millones.
        if lang is Lang.EN and abs(millions) >= _THOUSAND:
            return f"{_grouped(millions / _THOUSAND)} billion"
        singular, plural = PHRASES[lang].million
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
    phrases = PHRASES[lang]
    if qualifier is Qualifier.RANK:
        figures = [ordinal_text(int(value), lang)]
    else:
        figures = [number_text(figure, lang) for figure in (value, upper) if figure is not None]
    # Whoever is fifth is in fifth place, not in five.
    one = qualifier is Qualifier.RANK or (abs(value) == 1 and upper is None)
    noun = unit[0] if one else unit[1]
    if lang is Lang.ES and figures[-1].endswith(("illón", "illones")) and noun not in {"", "%"}:
        noun = f"de {noun}"
    text = phrases.qualifiers[qualifier].format(*figures)
    text += noun if noun == "%" else f" {noun}".rstrip()
    return _rate(text, per, lang) if per else text


def ordinal_text(rank: int, lang: Lang) -> str:
    """A place in a ranking as a person reads it: `5th`."""
    teens = range(11, 14)
    suffix = "th" if rank % 100 in teens else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return PHRASES[lang].ordinal.format(rank, suffix)


def _rate(text: str, per: str, lang: Lang) -> str:
    digits = "".join(character for character in per if character.isdigit())
    singular, plural = PERIODS[lang][per.removeprefix("P").replace(digits, "")]
    count = int(digits)
    phrases = PHRASES[lang]
    return phrases.per.format(text, singular) if count == 1 else phrases.every.format(text, count, plural)
