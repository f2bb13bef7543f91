"""Checking the lines of a dataset as seed files are checked, without all of its facts in memory."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from calibaja_api import ndjson
from calibaja_api.canonical import canonical_line
from calibaja_api.disagreements import between, sources_of, statement, uncited
from calibaja_api.mistakes import InvalidSeed, Mistake
from calibaja_api.ndjson import FactLine, FactLines
from calibaja_api.parallel import ALONE, Work
from calibaja_api.resources import RESOURCE_OF
from calibaja_api.resources.catalog import Catalog, Mentioned, Tally, mentioned
from calibaja_api.resources.fact_records import FactRecord
from calibaja_api.seeds import Seed
from calibaja_api.shapes.vocabulary import ItemType, Lang
from calibaja_api.spool import Spool
from calibaja_api.text import fold
from calibaja_api.validation import Checks, of_the_whole, same_claim

AT_ONCE: Final = 500
"""So many lines are checked in one piece."""
MAX_TOLD: Final = 1_000
"""After so many mistakes the others are not looked for."""


class Seen(NamedTuple):
    """What is kept of a fact once it was checked."""

    line_index: int
    id: str
    line: bytes
    """In canonical form."""
    mentioned: Mentioned
    sources: tuple[str, ...]
    statement: int
    """What it states something of, digested; `claims` likewise."""
    claims: tuple[int, ...]


class _Facts:
    """The facts of a file that were checked one by one, and what is needed to hold them against each other."""

    def __init__(self, lines: FactLines) -> None:
        self.records = Spool[FactRecord](FactLine)
        self.tally = Tally()
        self.cited: set[str] = set()
        self._lines = lines
        self._indexes = array("q")
        self._statements = array("q")
        self._claims = {lang: array("q") for lang in Lang}

    def add(self, seen: Seen) -> Iterator[Mistake]:
        if seen.id in self.records:
            first = self._lines.place(self._indexes[self.records.ordinal(seen.id)])
            message = f"{seen.id} is taken: {first.file}:{first.lines[()]}; ids are used once"
            yield self._lines.place(seen.line_index).mistake(("id",), message)
            return
        self.records.add(seen.id, seen.line)
        self.tally.add(seen.mentioned)
        self.cited.update(seen.sources)
        self._indexes.append(seen.line_index)
        self._statements.append(seen.statement)
        for lang, claim in zip(Lang, seen.claims, strict=True):
            self._claims[lang].append(claim)

    def same_claims(self) -> Iterator[Mistake]:
        """No two facts say the same."""
        for lang in Lang:
            for records in self._alike(self._claims[lang]):
                first: dict[str, str] = {}
                for record in records:
                    other = first.setdefault(fold(record.label(lang)), record.id)
                    if other != record.id:
                        yield self._mistake(record.id, "claim", same_claim(other, lang))

    def disagreements(self, catalog: Catalog) -> Iterator[Mistake]:
        """What is wrong between facts."""
        for records in self._alike(self._statements):
            for _, id_, field, message in between(records, catalog):
                yield self._mistake(id_, field, message)

    def _alike(self, keys: Sequence[int]) -> Iterator[list[FactRecord]]:
        """The facts that have the same key, where more than one have."""
        ordinals = sorted(range(len(keys)), key=keys.__getitem__)
        alike = [ordinals[0]] if ordinals else []
        for ordinal in ordinals[1:]:
            if keys[ordinal] != keys[alike[-1]]:
                if len(alike) > 1:
                    yield self._read(alike)
                alike = []
            alike.append(ordinal)
        if len(alike) > 1:
            yield self._read(alike)

    def _read(self, ordinals: Iterable[int]) -> list[FactRecord]:
        return [self.records[self.records.added[ordinal]] for ordinal in ordinals]

    def _mistake(self, id_: str, field: str, message: str) -> Mistake:
        index = self._indexes[self.records.ordinal(id_)]
        return self._lines.place(index).mistake((field,), f"{message} (in {id_})")


def catalog_of_file(file: Path, work: Work = ALONE) -> Catalog:
    """The records of a file of canonical lines, checked; `InvalidSeed` tells all that is wrong with them."""
    seed, lines = ndjson.read(file)
    try:
        return _checked(seed, lines, work)
    finally:
        lines.close()


def _checked(seed: Seed, lines: FactLines, work: Work) -> Catalog:
    if seed.dataset is None:
        raise InvalidSeed(seed.mistakes)
    others = Catalog(seed.dataset, seed.units, seed.labels, seed.records)
    checks = Checks(seed, others)
    mistakes = list(seed.mistakes)
    for type_, records in seed.records.items():
        for record in records:
            place = seed.places[type_, record.id]
            mistakes += [place.mistake(path, f"{told} (in {record.id})") for path, told in checks.of(type_, record)]
    facts = _Facts(lines)
    starts = range(0, len(lines), AT_ONCE)
    pieces = work.done("checking", lambda number: _seen(lines, starts[number], checks, others), len(starts))
    for wrong, seen in pieces:
        mistakes += wrong
        for fact in seen:
            mistakes += facts.add(fact)
        _stop_at_many(mistakes)
    seed.raw_ids[ItemType.FACT] = facts.records.keys()
    mistakes += of_the_whole(seed, others)
    mistakes += facts.same_claims()
    _stop_at_many(mistakes)
    catalog = Catalog(
        others.dataset, seed.units, seed.labels, {**others.records, ItemType.FACT: facts.records}, facts.tally
    )
    if not mistakes:
        mistakes += facts.disagreements(catalog)
        cited = facts.cited.union(*(sources_of(r) for records in seed.records.values() for r in records))
        for type_, id_, field, message in uncited(catalog, cited):
            mistakes.append(seed.places[type_, id_].mistake((field,), f"{message} (in {id_})"))
    if mistakes:
        raise InvalidSeed(mistakes)
    return catalog


def _seen(lines: FactLines, start: int, checks: Checks, others: Catalog) -> tuple[list[Mistake], list[Seen]]:
    """The facts of a piece, checked one by one."""
    mistakes: list[Mistake] = []
    seen = []
    for index in range(start, min(start + AT_ONCE, len(lines))):
        record, given = lines.record(index, mistakes)
        if record is None:
            continue
        line = canonical_line(RESOURCE_OF[ItemType.FACT], record)
        place = lines.place(index)
        if line.encode() != given.rstrip(b"\n"):
            # It says the same in other words, unless it says something twice.
            ndjson.value_of(given, place, mistakes)
        told = list(checks.of(ItemType.FACT, record))
        mistakes += [place.mistake(path, f"{message} (in {record.id})") for path, message in told]
        if not told:
            seen.append(_kept(index, record, line, others))
    return mistakes, seen


def _kept(index: int, record: FactRecord, line: str, others: Catalog) -> Seen:
    return Seen(
        index,
        record.id,
        line.encode(),
        mentioned(record),
        tuple({citation.source for citation in record.citations}),
        hash(statement(record, others)),
        tuple(hash(fold(record.label(lang))) for lang in Lang),
    )


def _stop_at_many(mistakes: list[Mistake]) -> None:
    if len(mistakes) > MAX_TOLD:
        last = max(mistakes)
        more = Mistake(last.file, last.line, "", f"these are {MAX_TOLD:,} mistakes; what else is wrong is not told")
        raise InvalidSeed([*mistakes[:MAX_TOLD], more])
