"""What of HTTP decides an answer: `Accept`, `If-None-Match`, and the headers of answers (RFC 9110)."""

import hashlib
from collections.abc import Sequence
from typing import Final

from calibaja_api.errors import NotAcceptable
from calibaja_api.shapes.vocabulary import Format, Lang

MEDIA_TYPES: Final = {
    Format.JSON: "application/json",
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.GEOJSON: "application/geo+json",
    Format.BIBTEX: "application/x-bibtex; charset=utf-8",
    Format.CSL_JSON: "application/vnd.citationstyles.csl+json",
}
_ANYTHING: Final = frozenset({"", "*/*", "application/json"})


def media_format(asked: Format | None, accept: str, served: Sequence[Format]) -> Format:
    """The format to answer in: the one asked for, else what `Accept` likes best of those that are served;
    `NotAcceptable` when it admits none.
    """
    if asked is not None:
        return asked
    if accept in _ANYTHING or not accept.strip(" ,"):
        return Format.JSON
    weights = {format_: _weight(MEDIA_TYPES[format_].partition(";")[0], accept) for format_ in served}
    best = max(weights, key=lambda format_: weights[format_])
    if weights[best] > 0:
        return best
    raise NotAcceptable(f"Accept admits none of {', '.join(MEDIA_TYPES[format_] for format_ in served)}.")


def first_admitted(media_types: Sequence[str], accept: str) -> str:
    """The first of some media types for the same bytes that `Accept` admits; `NotAcceptable` when it admits none."""
    for media_type in media_types:
        if not accept.strip(" ,") or _weight(media_type, accept) > 0:
            return media_type
    raise NotAcceptable(f"Accept admits none of {', '.join(media_types)}.")


def prefers_html(accept: str) -> bool:
    """Whether a browser asks: HTML is named, and liked no less than JSON."""
    html = _weight("text/html", accept)
    return "text/html" in accept.lower() and html > 0 and html >= _weight("application/json", accept)


def _weight(media_type: str, accept: str) -> float:
    """How much `Accept` likes a media type: the weight of the most specific range that covers it, 0 for none."""
    main = media_type.partition("/")[0]
    ranges = {"*/*": 0, f"{main}/*": 1, media_type: 2}
    found: tuple[int, float] = (-1, 0.0)
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in ranges:
            found = max(found, (ranges[name], _quality(parameters)))
    return found[1]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def digest(text: str) -> str:
    """16 hex digits that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def entity_tag(dataset_version: str, program_version: str, question: str) -> str:
    """The weak tag of an answer: known before any query runs."""
    return f'W/"{dataset_version}.{program_version}.{digest(question)}"'


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Whether the client holds this answer; `*` is decided by whoever knows that there is one."""
    if not if_none_match:
        return False
    wanted = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") == wanted for each in if_none_match.split(","))


def holds_any(if_none_match: str | None) -> bool:
    """Whether the client holds any answer to this question (`*`), and wants none if there is one."""
    return bool(if_none_match) and "*" in {each.strip() for each in str(if_none_match).split(",")}


def preferred_language(accept_language: str) -> Lang:
    """The language of the dataset that a browser likes best; English where it names none."""
    weights = dict.fromkeys(Lang, (-1, 0.0))
    for part in accept_language.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        for lang in Lang:
            specificity = {lang.value: 1, "*": 0}.get(name.partition("-")[0])
            if specificity is not None:
                weights[lang] = max(weights[lang], (specificity, _quality(parameters)))
    return max(Lang, key=lambda lang: weights[lang][1])
