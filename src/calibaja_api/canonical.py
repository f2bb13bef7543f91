"""The canonical NDJSON of a dataset: one line a record, the same for the same records in whatever files."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, LabelRecord, UnitRecord


def canonical_lines(catalog: Catalog) -> Iterator[str]:
    """The records of a dataset: collections in order, ids in order, keys in order, no blanks."""
    units = [catalog.units[code] for code in sorted(catalog.units)]
    yield _canonical("dataset", catalog.dataset.model_dump(mode="json"))
    yield from (_canonical("units", unit.model_dump(mode="json")) for unit in units)
    yield from (_canonical("labels", label.model_dump(mode="json")) for _, label in sorted(catalog.labels.items()))
    for resource in RESOURCES:
        for _, record in sorted(catalog.records[resource.item_type].items()):
            yield _canonical(resource.name, record.model_dump(mode="json", exclude_none=True))


def _canonical(collection: str, record: Mapping[str, Any]) -> str:
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
