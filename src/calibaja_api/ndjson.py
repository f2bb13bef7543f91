"""Reading the canonical NDJSON of a dataset: lines to checked records, and of every mistake the line and the field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from calibaja_api.mistakes import Mistake
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.records import DatasetRecord, LabelRecord, UnitRecord
from calibaja_api.seeds import Place, Seed, take, validated
from calibaja_api.text import nearest

MAX_LINE: Final = 1 << 20
"""No record is longer, so what is longer is no line of records."""

_COLLECTIONS: Final = ("dataset", "units", "labels", *RESOURCE_NAMED)


def read(file: Path) -> Seed:
    """Read the lines of a dataset."""
    seed = Seed(dataset_place=Place(str(file), {(): 1}))
    for resource in RESOURCES:
        seed.records[resource.item_type], seed.raw_ids[resource.item_type] = [], set()
    for value, place in _values(file, seed.mistakes):
        _take(seed, value, place)
    if seed.dataset is None and not seed.mistakes:
        seed.mistakes.append(Mistake(str(file), 1, "", "has no line of the collection dataset"))
    return seed


def _take(seed: Seed, value: dict[str, Any], place: Place) -> None:
    collection = value.pop("collection", None)
    if collection in RESOURCE_NAMED:
        resource = RESOURCE_NAMED[collection]
        take(seed, resource.item_type, resource.record, value, place)
    elif collection == "dataset":
        if seed.dataset is not None:
            seed.mistakes.append(place.mistake((), f"the dataset is told twice; first in line {seed.dataset_place}"))
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


def _values(file: Path, mistakes: list[Mistake]) -> Iterator[tuple[dict[str, Any], Place]]:
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(MAX_LINE + 1):
            number += 1
            place = Place(str(file), {(): number})
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                mistakes.append(place.mistake((), f"is not JSON: {error}"))
                continue
            if isinstance(value, dict):
                yield value, place
            else:
                mistakes.append(place.mistake((), "is no record: a record is an object"))
