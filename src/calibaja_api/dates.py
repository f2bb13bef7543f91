"""Dates as sources state them: the Extended Date/Time Format (EDTF, ISO 8601-2:2019), levels 0 and 1, and one-of-a-set.

A date is kept as written and read as a span of days: `2015` is 365 of them, `1994/..` has no last one, `[2000~,2002~]`
is one of two years and spans both. Seasons are those of the northern hemisphere by meteorological count: spring is
March to May, winter is December and the two months after it. Qualifiers (`~`, `?`, `%`) widen nothing.
"""

import calendar
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

MAX_LENGTH: Final = 64
# Before and after every day that can be written.
FIRST_DAY: Final = -(10**14)
LAST_DAY: Final = 10**14

_YEAR = "(?:[0-9]{4}|-(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9]))"
_MONTH = "(?:0[1-9]|1[0-2])"
_LEAP_YEAR = "(?:-?[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|-?(?:0[48]|[2468][048]|[13579][26])00|0000)"
_DAY = (
    f"{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP_YEAR}-02-29"
)
_UNSPECIFIED = f"[0-9]{{3}}X|[0-9]{{2}}XX|{_YEAR}-XX-XX|{_YEAR}-XX|{_YEAR}-{_MONTH}-XX"
_DATE = f"(?:{_DAY}|{_UNSPECIFIED}|{_YEAR}-{_MONTH}|{_YEAR}-2[1-4]|{_YEAR}|Y-?[1-9][0-9]{{4,8}})[?~%]?"

RANGE_PATTERN: Final = rf"^(?:{_DATE}(?:/(?:{_DATE}|\.\.)?)?|(?:\.\.)?/{_DATE})$"
"""A date or an interval, as a filter takes it."""

_SET_PATTERN: Final = rf"^\[{_DATE}(?:,{_DATE}){{1,5}}\]$"

_SPRING, _WINTER = 21, 24
_FEBRUARY = 2
_NEW_YEAR, _NEW_YEARS_EVE = 101, 1231
_MONTH_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@cache
def _form(pattern: str) -> re.Pattern[str]:
    """A form of dates, compiled when it is first looked for: it takes longer than all else of this module."""
    return re.compile(pattern)


class Precision(StrEnum):
    """How finely a date is stated; of an interval or a set, the coarsest of its parts."""

    DAY = "day"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    CENTURY = "century"


_COARSENESS = {precision: rank for rank, precision in enumerate(Precision)}


class WrongDate(ValueError):
    """The text is not a date that this service reads."""


class ReversedInterval(WrongDate):
    """An interval ends before it begins."""


class Day(NamedTuple):
    """One day of the proleptic Gregorian calendar; any year."""

    year: int
    month: int
    day: int

    @property
    def key(self) -> int:
        """A whole number that orders as days do: 2015-12-31 is 20151231."""
        return self.year * 10_000 + self.month * 100 + self.day

    def __str__(self) -> str:
        year = f"{self.year:04d}" if 0 <= self.year <= 9999 else f"{self.year:+07d}"
        return f"{year}-{self.month:02d}-{self.day:02d}"


def year_text(year: int) -> str:
    """A year in EDTF: `0999`, `-0050`, `Y12345`."""
    if abs(year) > 9999:
        return f"Y{year}"
    return f"{year:04d}" if year >= 0 else f"-{-year:04d}"


def year_of(key: int) -> int:
    """The year of the day with this key."""
    # Months and days are added to the year, so they bring a year before 0 nearer to 0.
    return key // 10_000


def whole_years(first: int, last: int) -> tuple[int, int] | None:
    """The first and the last year between two days with these keys, either of which may be open; None where a year is
    not there from its first day to its last.
    """
    begins = first == FIRST_DAY or first % 10_000 == _NEW_YEAR
    ends = last == LAST_DAY or last % 10_000 == _NEW_YEARS_EVE
    return (year_of(first), year_of(last)) if begins and ends else None


@dataclass(frozen=True, slots=True)
class Date:
    """A single date: its first and last possible day, and how it was stated."""

    edtf: str
    earliest: Day
    latest: Day
    precision: Precision
    approximate: bool
    uncertain: bool


class Bound(StrEnum):
    """An end of an interval that is not a date."""

    OPEN = ".."
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A date, an interval or a one-of-a-set, as days; an end that is open or unknown is None."""

    edtf: str
    earliest: Day | None
    latest: Day | None
    precision: Precision
    approximate: bool
    uncertain: bool
    parts: tuple[Date | Bound, ...]
    is_set: bool


@lru_cache(maxsize=4096)
def parse(text: str) -> Span:
    """Read a date, an interval or a one-of-a-set; `WrongDate` says what would be right."""
    if len(text) <= MAX_LENGTH and _form(_SET_PATTERN).fullmatch(text):
        return _span(text, tuple(_date(part) for part in text[1:-1].split(",")), is_set=True)
    return parse_range(text)


@lru_cache(maxsize=4096)
def parse_range(text: str) -> Span:
    """Read a date or an interval, as filters take it; `WrongDate` says what would be right."""
    if len(text) > MAX_LENGTH or not _form(RANGE_PATTERN).fullmatch(text):
        raise WrongDate("not an EDTF date or interval such as 2015, 2015-06, 1994/1999 or 1994/..")
    return _span(text, tuple(_end(part) for part in text.split("/")), is_set=False)


def _end(text: str) -> Date | Bound:
    return Bound(text) if text in {"", ".."} else _date(text)


def _span(text: str, parts: tuple[Date | Bound, ...], *, is_set: bool) -> Span:
    dates = [part for part in parts if isinstance(part, Date)]
    first, last = parts[0], parts[-1]
    if is_set:
        earliest: Day | None = min(date.earliest for date in dates)
        latest: Day | None = max(date.latest for date in dates)
    else:
        earliest = first.earliest if isinstance(first, Date) else None
        latest = last.latest if isinstance(last, Date) else None
    if earliest is not None and latest is not None and earliest > latest:
        raise ReversedInterval("an interval that ends before it begins")
    return Span(
        edtf=text,
        earliest=earliest,
        latest=latest,
        precision=max((date.precision for date in dates), key=_COARSENESS.__getitem__),
        approximate=any(date.approximate for date in dates),
        uncertain=any(date.uncertain for date in dates),
        parts=parts,
        is_set=is_set,
    )


def _date(text: str) -> Date:
    bare = text.rstrip("?~%")
    qualifier = text[len(bare) :]
    earliest, latest, precision = _days(bare)
    return Date(bare, earliest, latest, precision, qualifier in {"~", "%"}, qualifier in {"?", "%"})


def _days(text: str) -> tuple[Day, Day, Precision]:
    """First day, last day and precision of an unqualified date that matches the pattern."""
    year_text, month_text, day_text = _fields(text)
    if "X" in year_text:
        precision = Precision.CENTURY if year_text.endswith("XX") else Precision.DECADE
        first, last = int(year_text.replace("X", "0")), int(year_text.replace("X", "9"))
        return Day(first, 1, 1), Day(last, 12, 31), precision
    year = int(year_text)
    if month_text in {"", "XX"}:
        return Day(year, 1, 1), Day(year, 12, 31), Precision.YEAR
    month = int(month_text)
    if month >= _SPRING:
        return *_season(year, month), Precision.SEASON
    if day_text in {"", "XX"}:
        return Day(year, month, 1), Day(year, month, _month_length(year, month)), Precision.MONTH
    day = Day(year, month, int(day_text))
    return day, day, Precision.DAY


def _fields(text: str) -> tuple[str, str, str]:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if digits.startswith("Y"):
        return digits[1:], "", ""
    year, month, day, *_ = [*digits.split("-"), "", ""]
    return sign + year, month, day


def _season(year: int, season: int) -> tuple[Day, Day]:
    first_month = (season - _SPRING + 1) * 3
    if season == _WINTER:
        return Day(year, first_month, 1), Day(year + 1, _FEBRUARY, _month_length(year + 1, _FEBRUARY))
    return Day(year, first_month, 1), Day(year, first_month + 2, _month_length(year, first_month + 2))


def _month_length(year: int, month: int) -> int:
    return 29 if month == _FEBRUARY and calendar.isleap(year) else _MONTH_LENGTHS[month]
