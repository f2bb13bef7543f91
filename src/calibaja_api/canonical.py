"""The canonical NDJSON of a dataset: one line a record, the same for the same records in whatever files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from calibaja_api.resources import RESOURCE_NAMED, RESOURCES, Resource
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, LabelRecord, Record, UnitRecord
from calibaja_api.spool import Spool

_JSON: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_lines(catalog: Catalog) -> Iterator[str]:
    """The records of a dataset: collections in order, ids in order, keys in order, no blanks."""
    yield from heading_lines(catalog)
    for resource in RESOURCES:
        records = catalog.records[resource.item_type]
        yield from (line_of(resource, records, id_) for id_ in sorted(records))


def heading_lines(catalog: Catalog) -> Iterator[str]:
    """The lines before those of items: the dataset, its units and the labels of its words."""
    yield canonical("dataset", catalog.dataset.model_dump(mode="json"))
    units, labels = sorted(catalog.units.items()), sorted(catalog.labels.items())
    yield from (canonical("units", unit.model_dump(mode="json")) for _, unit in units)
    yield from (canonical("labels", label.model_dump(mode="json")) for _, label in labels)


def line_of(resource: Resource, records: Mapping[str, Any], id_: str) -> str:
    """The line of one of the items of a dataset, which may be at hand."""
    return records.line(id_).decode() if isinstance(records, Spool) else canonical_line(resource, records[id_])


def canonical_line(resource: Resource, record: Record) -> str:
    """The line of an item."""
    return canonical(resource.name, record.model_dump(mode="json", exclude_none=True))


def canonical(collection: str, record: Mapping[str, Any]) -> str:
    """The line of a record that is plain data."""
    content = {"collection": collection, **record}
    return _JSON.encode(content)


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
