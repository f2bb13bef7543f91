"""Comparison: the facts of several subjects under one predicate, in rows that share time, unit and rate."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam

from calibaja_api import filtering, query
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import InvalidParameters, parameter_error
from calibaja_api.lookups import names_of, resolve
from calibaja_api.parsing import Parser
from calibaja_api.resources import rendering
from calibaja_api.resources.facts import FACT, FACTS
from calibaja_api.respond import Content, as_json, attributions, envelope
from calibaja_api.shapes.comparison import MIN_SUBJECTS, CompareQuery
from calibaja_api.shapes.parts import Part, Ref
from calibaja_api.shapes.problems import ErrorCode
from calibaja_api.shapes.vocabulary import ItemType, Lang

MAX_FACTS: Final = 2_000


class _Row(NamedTuple):
    """What the facts of a row have in common."""

    time: str | None
    earliest: int | None
    latest: int | None
    unit: str | None
    per: str | None
    region: str | None
    sector: str | None

    @property
    def order(self) -> tuple[Any, ...]:
        """The newest first: what goes on is later than what ended, and what has no time comes last."""
        when = (True, 0, 0) if self.earliest is None or self.latest is None else (False, -self.latest, -self.earliest)
        parts = (self.unit, self.per, self.region, self.sector, self.time)
        return (*when, *((part is None, part or "") for part in parts))


class CompareResponder:
    """Answers `/v1/compare`."""

    def __init__(self) -> None:
        self.parser: Parser[CompareQuery] = Parser(CompareQuery)

    def answer(self, question: CompareQuery, dataset: OpenDataset) -> Content:
        """The rows; refuses fewer than two subjects and more facts than a table can show."""
        resolved = resolve(FACTS, self.parser.parameters, question, dataset)
        # In the order of their ids, as one question has one answer however it is put.
        subjects = sorted(set(resolved["subject"]))
        if len(subjects) < MIN_SUBJECTS:
            detail = f"subject names one thing, and a comparison takes at least {MIN_SUBJECTS}."
            raise InvalidParameters([parameter_error("subject", ErrorCode.OUT_OF_BOUNDS, detail)])
        shapes, binds = filtering.filters(self.parser.parameters, question, resolved)
        facts = dataset.rows(_facts_select, (shapes, question.lang), {**binds, "limit": MAX_FACTS + 1})
        if len(facts) > MAX_FACTS:
            detail = f"More than {MAX_FACTS:,} facts compare; narrow them, with time__during for instance."
            raise InvalidParameters([parameter_error("subject", ErrorCode.OUT_OF_BOUNDS, detail)])
        lang = question.lang
        data = _table(facts, subjects, dataset, lang)
        sources = attributions((fact[-1] for fact in facts), dataset.attributions[lang])
        meta = (dataset.made_from[lang], b',"attributions":', sources)
        return Content(b"".join((b'{"data":', data, b',"meta":{', *meta, b"}}")))


def _facts_select(shapes: filtering.Filters, lang: Lang) -> Select[Any]:
    names = ("subject_id", "time", "time_earliest", "time_latest", "unit", "per", "region_id", "sector_id")
    columns = (query.body(lang), *(FACT.c[name] for name in names), query.sources(lang))
    found = filtering.passing(FACTS, shapes)
    return query.with_body(found, lang, columns).order_by(found.number).limit(bindparam("limit"))


def _table(facts: Sequence[Any], subjects: Sequence[str], dataset: OpenDataset, lang: Lang) -> bytes:
    cells: dict[_Row, dict[str, list[bytes]]] = defaultdict(lambda: {subject: [] for subject in subjects})
    for body, subject, time, earliest, latest, unit, per, *dimensions, _ in facts:
        # Subjects of one kind meet in one row, so what is the subject itself is not of the row.
        region, sector = (None if dimension == subject else dimension for dimension in dimensions)
        row = _Row(time, earliest, latest, unit, per, region, sector)
        cells[row][subject].append(body)
    ids = sorted({id_ for row in cells for id_ in (row.region, row.sector) if id_ is not None})
    names = names_of(ids, (ItemType.REGION, ItemType.SECTOR), dataset, lang)
    rows = (_row(row, cells[row], names, lang) for row in sorted(cells, key=lambda row: row.order))
    return b"[%s]" % b",".join(rows)


def _row(row: _Row, cells: dict[str, list[bytes]], names: dict[str, str], lang: Lang) -> bytes:
    region = None if row.region is None else Ref(type=ItemType.REGION, id=row.region, name=names[row.region])
    sector = None if row.sector is None else Ref(type=ItemType.SECTOR, id=row.sector, name=names[row.sector])
    time = rendering.time(row.time, lang)
    return envelope(
        {
            "time": _or_null(time),
            "unit": json.dumps(row.unit).encode(),
            "per": json.dumps(row.per).encode(),
            "region": _or_null(region),
            "sector": _or_null(sector),
            "cells": envelope({id_: b"[%s]" % b",".join(bodies) for id_, bodies in cells.items()}),
        }
    )


def _or_null(part: Part | None) -> bytes:
    return b"null" if part is None else as_json(part)
