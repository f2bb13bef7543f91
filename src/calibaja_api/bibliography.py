"""Sources as reference managers take them: items of CSL-JSON (schema 1.0.2) and entries of BibTeX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from calibaja_api.dates import Date, Day, Precision, Span, parse


@dataclass(frozen=True, slots=True)
class _Style:
    """What a kind of source is to each format, and where its publisher goes."""

    csl: str
    csl_publisher: str
    bibtex: str
    bibtex_publisher: str
    genre: str | None = None


_WEB_PAGE: Final = _Style("webpage", "container-title", "misc", "howpublished")
_STYLES: Final[Mapping[str, _Style]] = {
    "news": _Style("article-newspaper", "container-title", "article", "journal"),
    "official": _WEB_PAGE,
    "report": _Style("report", "publisher", "techreport", "institution"),
    "encyclopedia": _Style("entry-encyclopedia", "container-title", "misc", "howpublished"),
    "academic": _Style("article-journal", "container-title", "article", "journal"),
    "dataset": _Style("dataset", "publisher", "misc", "howpublished"),
    # The authors of a CSL interview are those who were asked; ours are those who signed the article.
    "interview": _Style("article-magazine", "container-title", "article", "journal", "interview"),
}

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS_OF_A_SEASON: Final = 3
# No replacement has a brace without its pair, since BibTeX counts braces and knows no escape for them.
_LATEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "#$%&_"},
    }
)
# None of these may stand in an address as it is, and a brace or a backslash would end the field or begin a command.
_NOT_OF_ADDRESSES: Final = re.compile(r"[\s\x00-\x1f\x7f\\{}]")


def csl(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source as an item of CSL-JSON; what is not known is absent."""
    style = _style(source)
    known = {
        "id": source["id"],
        "type": style.csl,
        "title": source["name"],
        "author": [{"literal": author} for author in source["authors"]],
        style.csl_publisher: source["publisher"],
        "issued": _issued(source["published"]),
        "URL": source["url"],
        "language": source["language"],
        "genre": style.genre,
    }
    return {name: value for name, value in known.items() if value}


def bibtex(source: Mapping[str, Any]) -> str:
    """A source as an entry of BibTeX, with a blank line behind it; what is not known is absent."""
    year, month = _year_and_month(source["published"])
    style = _style(source)
    # Styles refuse an article or report without an author or a year; `misc` needs neither.
    if not (source["authors"] and year):
        style = replace(style, bibtex=_WEB_PAGE.bibtex, bibtex_publisher=_WEB_PAGE.bibtex_publisher)
    known = {
        "author": " and ".join(f"{{{_latex(author)}}}" for author in source["authors"]),
        # In braces of its own, so that styles leave its capital letters alone.
        "title": f"{{{_latex(source['name'])}}}",
        style.bibtex_publisher: _latex(source["publisher"]),
        "year": year,
        "month": month,
        "url": _address(source["url"] or ""),
        "language": _latex(source["language"]),
        "note": _latex((style.genre or "").capitalize()),
    }
    # The name of a month is a macro; in braces it would be a text.
    fields = [
        f"  {name} = {value}" if name == "month" else f"  {name} = {{{value}}}"
        for name, value in known.items()
        if value
    ]
    content = ",\n".join((source["id"], *fields))
    return f"@{style.bibtex}{{{content}\n}}\n\n"


def _style(source: Mapping[str, Any]) -> _Style:
    kind: str = source["kind"]
    return _STYLES.get(kind) or replace(_WEB_PAGE, genre=kind.replace("-", " "))


def _issued(published: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if published is None:
        return None
    span = parse(published["edtf"])
    parts = _date_parts(span)
    if not parts:
        return {"literal": published["label"]}
    issued: dict[str, Any] = {"date-parts": parts}
    match span.parts:
        case (Date(precision=Precision.SEASON) as date,):
            issued["season"] = date.earliest.month // _MONTHS_OF_A_SEASON
    # Styles test `circa` as "is this date uncertain".
    if span.approximate or span.uncertain:
        issued["circa"] = True
    return issued


def _year_and_month(published: Mapping[str, Any] | None) -> tuple[str, str]:
    if published is None:
        return "", ""
    span = parse(published["edtf"])
    parts = _date_parts(span)
    if not parts:
        return _latex(published["label"]), ""
    years = "--".join(dict.fromkeys(str(year) for year, *_ in parts))
    year = f"{'ca. ' if span.approximate else ''}{years}{'?' if span.uncertain else ''}"
    match parts:
        case [[_, month, *_]]:
            return year, _MONTHS[month - 1]
    return year, ""


def _date_parts(span: Span) -> list[list[int]]:
    """The date, or the first and the last, no finer than stated; nothing where only words can tell."""
    dates = [part for part in span.parts if isinstance(part, Date)]
    # Neither format can say one of several dates, an open end, or a year before the first.
    if span.is_set or len(dates) < len(span.parts) or dates[0].earliest.year < 1:
        return []
    first, last = dates[0], dates[-1]
    # A winter ends in the year after the one that it is called by.
    end = last.earliest if last.precision is Precision.SEASON else last.latest
    parts = [_as_stated(first.earliest, first.precision), _as_stated(end, last.precision)]
    return parts[:1] if parts[0] == parts[1] else parts


def _as_stated(day: Day, precision: Precision) -> list[int]:
    return list(day[: {Precision.DAY: 3, Precision.MONTH: 2}.get(precision, 1)])


def _latex(text: str) -> str:
    return " ".join(text.split()).translate(_LATEX)


def _address(url: str) -> str:
    return _NOT_OF_ADDRESSES.sub(lambda found: quote(found[0]), url)
