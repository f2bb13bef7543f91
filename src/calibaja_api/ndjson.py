"""Reading the canonical NDJSON of a dataset: of every mistake the line, the field and what is right."""

import json
import os
from array import array
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from calibaja_api.mistakes import Mistake
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.fact_records import FactRecord
from calibaja_api.resources.records import DatasetRecord, LabelRecord, UnitRecord
from calibaja_api.seeds import Place, Seed, take, validated
from calibaja_api.text import nearest

SUFFIX: Final = ".ndjson"
MAX_LINE: Final = 1 << 20
"""No record is longer, so what is longer is no line of records."""

_COLLECTIONS: Final = ("dataset", "units", "labels", *RESOURCE_NAMED)
# Quotes in texts have a backslash before them, so this stands in no text.
_OF_A_FACT: Final = b'"collection":"facts"'


class FactLine(FactRecord):
    """A fact as its line says it, with the name of its collection."""

    collection: Literal["facts"]


class FactLines:
    """Where in a file the lines of facts are; there may be more than memory has room for."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._opened = file.open("rb")
        self._starts, self._sizes, self._numbers = array("q"), array("i"), array("q")

    def __len__(self) -> int:
        return len(self._starts)

    def append(self, start: int, size: int, number: int) -> None:
        """Another line."""
        self._starts.append(start)
        self._sizes.append(size)
        self._numbers.append(number)

    def place(self, index: int) -> Place:
        """Where a line stands, as mistakes tell it."""
        return Place(str(self.file), {(): self._numbers[index]})

    def record(self, index: int, mistakes: list[Mistake]) -> tuple[FactRecord | None, bytes]:
        """The fact of a line, and the line; None where it is none, and why among the mistakes."""
        line = os.pread(self._opened.fileno(), self._sizes[index], self._starts[index])
        try:
            return FactLine.model_validate_json(line, strict=True), line
        except ValidationError:
            value = value_of(line, self.place(index), mistakes)
            if value is None:
                return None, line
            if value.pop("collection", None) != "facts":
                mistakes.append(self.place(index).mistake(("collection",), "stands inside another field"))
            return validated(FactRecord, value, self.place(index), mistakes), line

    def close(self) -> None:
        """Close the file."""
        self._opened.close()


def read(file: Path) -> tuple[Seed, FactLines]:
    """Read the lines of a dataset: all records but facts, and where the facts are."""
    seed = Seed(dataset_place=Place(str(file), {(): 1}))
    for resource in RESOURCES:
        seed.records[resource.item_type], seed.raw_ids[resource.item_type] = [], set()
    facts = FactLines(file)
    start = 0
    with file.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE + 1), b""), 1):
            if _OF_A_FACT in line:
                facts.append(start, len(line), number)
            else:
                _take(seed, facts, line, start, number)
            start += len(line)
    if seed.dataset is None and not seed.mistakes:
        seed.mistakes.append(Mistake(str(file), 1, "", "has no line of the collection dataset"))
    return seed, facts


def _take(seed: Seed, facts: FactLines, line: bytes, start: int, number: int) -> None:
    place = Place(str(facts.file), {(): number})
    value = value_of(line, place, seed.mistakes)
    if value is None:
        return
    collection = value.pop("collection", None)
    if collection == "facts":
        facts.append(start, len(line), number)
    elif collection in RESOURCE_NAMED:
        resource = RESOURCE_NAMED[collection]
        take(seed, resource.item_type, resource.record, value, place)
    elif collection == "dataset":
        if seed.dataset is not None:
            seed.mistakes.append(place.mistake((), "the dataset is told twice"))
        seed.dataset, seed.dataset_place = validated(DatasetRecord, value, place, seed.mistakes), place
    elif collection == "units":
        unit = validated(UnitRecord, value, place, seed.mistakes)
        seed.units += [] if unit is None else [unit]
    elif collection == "labels":
        label = validated(LabelRecord, value, place, seed.mistakes)
        seed.labels += [] if label is None else [label]
    else:
        near = nearest(collection, _COLLECTIONS) if isinstance(collection, str) else None
        advice = f"did you mean {near}?" if near else f"it is one of {', '.join(_COLLECTIONS)}"
        seed.mistakes.append(place.mistake(("collection",), f"there is no such collection; {advice}"))


def value_of(line: bytes, place: Place, mistakes: list[Mistake]) -> dict[str, Any] | None:
    """The object in a line; None where there is none, and why among the mistakes."""
    if len(line) > MAX_LINE:
        mistakes.append(place.mistake((), f"is longer than {MAX_LINE:,} bytes; a line is one record"))
        return None
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        twice.extend(key for key in found if [key for key, _ in pairs].count(key) > 1)
        return found

    try:
        value = json.loads(line, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        mistakes.append(place.mistake((), f"is not JSON: {error}"))
        return None
    mistakes += [place.mistake((key,), "is given twice") for key in twice]
    if not isinstance(value, dict):
        mistakes.append(place.mistake((), "is no record; a record is an object in one line"))
        return None
    return value
