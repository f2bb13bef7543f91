"""Whole results in the formats of other tools, written as they are read: their size takes no memory."""

import contextlib
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Select, select

from calibaja_api import filtering, ordering, query, tabular
from calibaja_api.bibliography import bibtex, csl
from calibaja_api.database import one_by_one
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import InvalidParameters, parameter_error
from calibaja_api.fields import Link
from calibaja_api.filtering import Passing
from calibaja_api.geojson import feature
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.questions import ListQuery, Question
from calibaja_api.shapes.vocabulary import Format, ItemType, Lang

CHUNK_BYTES: Final = 1 << 17
CHUNK_ITEMS: Final = 100
"""So many items are a piece however short their texts are, since each takes its time to make."""

Bodies: TypeAlias = Iterator[bytes]
"""Items as JSON, one after the other."""

_SUFFIXES: Final = {
    Format.NDJSON: "ndjson",
    Format.CSV: "csv",
    Format.GEOJSON: "geojson",
    Format.BIBTEX: "bib",
    Format.CSL_JSON: "json",
}
_OF_SOURCES: Final = frozenset({Format.BIBTEX, Format.CSL_JSON})
# What says how to page, count and widen an answer has no meaning for a file of items.
_OF_PAGES: Final = ("cursor", "count", "facets", "facet_limit", "include")
_OF_COLUMNS: Final = frozenset({Format.NDJSON, Format.CSV})


def refuse_misfits(question: Question, format_: Format) -> None:
    """Refuse parameters that do not go with a format."""
    given = question.model_fields_set
    if format_ is Format.JSON:
        if "fields" not in given:
            return
        wrong = [("fields", "an answer in JSON has all its members; take format=csv or format=ndjson")]
    else:
        wrong = [(name, f"a {format_} answer is the whole result, in one piece") for name in _OF_PAGES]
        if format_ not in _OF_COLUMNS:
            wrong.append(("fields", f"only csv and ndjson have columns to choose, {format_} has none"))
    errors = [
        parameter_error(name, ErrorCode.EXCLUDED_COMBINATION, f"{name} cannot be asked for here: {why}.")
        for name, why in wrong
        if name in given and getattr(question, name, None) is not None
    ]
    if errors:
        raise InvalidParameters(errors)


def file_name(resource: Resource, format_: Format, version: str) -> str:
    """What a client calls the file that it keeps an answer in."""
    return f"calibaja-{resource.name}-{version}.{_SUFFIXES[format_]}"


def chunks(
    resource: Resource,
    question: ListQuery[Any],
    format_: Format,
    shapes: filtering.Filters,
    binds: filtering.Binds,
    dataset: OpenDataset,
) -> Generator[bytes, None, None]:
    """The whole result of a question in a format, or its first items where a limit is given."""
    sort = ordering.order(question)
    limit = question.limit if "limit" in question.model_fields_set else None
    binds = {**binds, "limit": limit} if limit else binds
    named = (resource, shapes, sort, question.lang, limit is not None)
    if format_ in _OF_SOURCES and resource.item_type is not ItemType.SOURCE:
        found = dataset.batches(_sources_select, named, binds)
    else:
        lines = format_ is Format.CSV and _is_whole(question, format_)
        found = dataset.batches(query.all_select, (*named, lines), binds)
    if _is_whole(question, format_):
        return _sent_as_stored(found, resource, format_)
    bodies = (body for (body,) in one_by_one(found))
    return pieces(_WRITERS[format_](bodies, resource, question, dataset))


def _is_whole(question: ListQuery[Any], format_: Format) -> bool:
    """Whether items are sent as they are stored, with all their columns."""
    return format_ in _OF_COLUMNS and getattr(question, "fields", None) is None


def _sent_as_stored(
    found: Generator[list[Any], None, None], resource: Resource, format_: Format
) -> Generator[bytes, None, None]:
    if format_ is Format.CSV:
        yield _heading(resource, None)
    with contextlib.closing(found):
        # Nothing here names a batch, so that its rows are gone while it is sent.
        yield from map(_WHOLE[format_], found)


def _bodies_together(rows: Sequence[tuple[bytes]]) -> bytes:
    return b"\n".join([*(body for (body,) in rows), b""])


def _lines_together(rows: Sequence[tuple[bytes]]) -> bytes:
    return b"".join([line for (line,) in rows])


_WHOLE: Final[Mapping[Format, Callable[[Sequence[tuple[bytes]]], bytes]]] = {
    Format.NDJSON: _bodies_together,
    # A line of CSV has its end, a body has none.
    Format.CSV: _lines_together,
}


def _heading(resource: Resource, fields: Sequence[str] | None) -> bytes:
    return (tabular.BOM + tabular.line(tabular.columns(resource.answer, fields))).encode()


def _sources_select(
    resource: Resource, shapes: filtering.Filters, sort: ordering.Order, lang: Lang, limited: bool
) -> Select[Any]:
    """Bodies of the sources that the result cites, by id."""
    cited = resource.fields["source"]
    assert isinstance(cited, Link)
    owners = query.numbers_select(resource, shapes, sort, lang, limited)
    ids = select(cited.value).where(cited.owner.in_(owners))
    source = RESOURCE_OF[ItemType.SOURCE]
    found = query.with_body(Passing(source, ()), lang, (query.body(lang),))
    return found.where(source.table.c.id.in_(ids)).order_by(source.table.c.id)


def pieces(texts: Iterator[bytes], most: int = CHUNK_ITEMS) -> Generator[bytes, None, None]:
    """Texts in pieces that are worth sending, of so many at most."""
    waiting: list[bytes] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= CHUNK_BYTES or len(waiting) >= most:
            yield _taken(waiting)
            size = 0
    if waiting:
        yield _taken(waiting)


def _taken(waiting: list[bytes]) -> bytes:
    piece = b"".join(waiting)
    waiting.clear()
    return piece


def _ndjson(bodies: Bodies, _resource: Resource, question: ListQuery[Any], _dataset: OpenDataset) -> Iterator[bytes]:
    fields = frozenset(question.fields)  # type: ignore[attr-defined]  # every collection has it
    for body in bodies:
        item = json.loads(body)
        yield b"%s\n" % _compact({name: value for name, value in item.items() if name in fields})


def _csv(bodies: Bodies, resource: Resource, question: ListQuery[Any], _dataset: OpenDataset) -> Iterator[bytes]:
    fields: Sequence[str] = question.fields  # type: ignore[attr-defined]  # every collection has it
    yield _heading(resource, fields)
    for body in bodies:
        yield tabular.line(tabular.row(resource.answer, json.loads(body), fields)).encode()


def _geojson(bodies: Bodies, resource: Resource, _question: ListQuery[Any], dataset: OpenDataset) -> Iterator[bytes]:
    single = resource.item_type is ItemType.REGION
    yield b'{"type":"FeatureCollection","features":['
    for index, body in enumerate(bodies):
        item = json.loads(body)
        ids = [item["id"]] if single else [region["id"] for region in item["regions"]]
        points = [dataset.locations[id_] for id_ in ids if id_ in dataset.locations]
        yield b"%s\n%s" % (b"," if index else b"", _compact(feature(item, points, single=single)))
    yield b"\n]}\n"


def _bibtex(bodies: Bodies, _resource: Resource, _question: ListQuery[Any], _dataset: OpenDataset) -> Iterator[bytes]:
    return (bibtex(json.loads(body)).encode() for body in bodies)


def _csl_json(bodies: Bodies, _resource: Resource, _question: ListQuery[Any], _dataset: OpenDataset) -> Iterator[bytes]:
    yield b"["
    for index, body in enumerate(bodies):
        yield b"%s\n%s" % (b"," if index else b"", _compact(csl(json.loads(body))))
    yield b"\n]\n"


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_WRITERS: Final[Mapping[Format, Callable[[Bodies, Resource, ListQuery[Any], OpenDataset], Iterator[bytes]]]] = {
    Format.NDJSON: _ndjson,
    Format.CSV: _csv,
    Format.GEOJSON: _geojson,
    Format.BIBTEX: _bibtex,
    Format.CSL_JSON: _csl_json,
}
