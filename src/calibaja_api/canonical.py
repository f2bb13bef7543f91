"""The canonical NDJSON of a dataset: one line a record, the same for the same records in whatever files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, LabelRecord, Record, UnitRecord


def canonical_lines(catalog: Catalog) -> Iterator[str]:
    """The records of a dataset: collections in order, ids in order, keys in order, no blanks."""
    yield canonical("dataset", catalog.dataset.model_dump(mode="json"))
    yield from vocabulary_lines(catalog)
    for resource in RESOURCES:
        for _, record in sorted(catalog.records[resource.item_type].items()):
            yield canonical_line(resource, record)


def vocabulary_lines(catalog: Catalog) -> Iterator[str]:
    """The units of a dataset and the labels of its words."""
    units, labels = sorted(catalog.units.items()), sorted(catalog.labels.items())
    yield from (canonical("units", unit.model_dump(mode="json")) for _, unit in units)
    yield from (canonical("labels", label.model_dump(mode="json")) for _, label in labels)


def canonical_line(resource: Resource, record: Record) -> str:
    """The line of an item."""
    return canonical(resource.name, record.model_dump(mode="json", exclude_none=True))


def canonical(collection: str, record: Mapping[str, Any]) -> str:
    """The line of a record that is plain data."""
    content = {"collection": collection, **record}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def catalog_of_lines(lines: Iterable[str]) -> Catalog:
    """The records of canonical lines; they were checked when they were published."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        record = json.loads(line)
        found[record.pop("collection")].append(record)
    [dataset] = found["dataset"]
    items = {
        resource.item_type: [resource.record.model_validate(record) for record in found[name]]
        for name, resource in RESOURCE_NAMED.items()
    }
    return Catalog(
        DatasetRecord.model_validate(dataset),
        [UnitRecord.model_validate(unit) for unit in found["units"]],
        [LabelRecord.model_validate(label) for label in found["labels"]],
        items,
    )
