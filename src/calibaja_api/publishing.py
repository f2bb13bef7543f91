"""Publishing: from seed files to a dataset that is served. The only writer.

Everything that can be done once is done here: records are checked, every item is rendered through its answer's model in
each language, what filters look at is written beside it, and the whole takes the place of what was served in one step.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, select

from calibaja_api import indexing, ndjson, seeds
from calibaja_api.canonical import canonical_lines
from calibaja_api.database import Database, DatabaseError
from calibaja_api.datasets import OpenDataset
from calibaja_api.fields import Column, Link, column
from calibaja_api.packaged import folder
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import NamedRecord, Record
from calibaja_api.resources.rendering import name_columns
from calibaja_api.resources.resource import Resource
from calibaja_api.resources.searching import Document
from calibaja_api.resources.tables import (
    BODIES,
    SCHEMA_REVISION,
    DatasetRow,
    DigestRow,
    EntityIdRow,
    ItemRow,
    LabelRow,
    RecordRow,
    RenamedRow,
    Row,
    UnitRow,
    VocabularyRow,
    WithdrawnRow,
    WithinRow,
)
from calibaja_api.shapes.dataset import Dataset, Licence, Licences
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.stamps import stamp
from calibaja_api.validation import catalog_of

RENDERING: Final = "2"
"""Goes up when the same records are rendered to other bytes."""

LICENCES: Final = Licences(
    data=Licence(
        name="CC-BY-4.0",
        url="https://creativecommons.org/licenses/by/4.0/",
        covers="Our words in the data: claims, descriptions, notes, names that are ours.",
    ),
    code=Licence(name="MIT", url="https://opensource.org/license/mit", covers="The program."),
)


@dataclass(frozen=True)
class Draft:
    """A dataset that is ready to be published."""

    catalog: Catalog
    content_sha256: str
    version: str

    @cached_property
    def documents(self) -> list[Document]:
        """All items as search finds them, ranked."""
        return indexing.documents(self.catalog)

    @property
    def counts(self) -> dict[str, int]:
        """Items by collection."""
        return {resource.name: len(self.catalog.records[resource.item_type]) for resource in RESOURCES}


def draft(source: Path) -> Draft:
    """Read and check a folder of seed files or the NDJSON of a dataset; `InvalidSeed` tells all that is wrong."""
    return draft_of(catalog_of(ndjson.read(source) if source.is_file() else seeds.read(source)))


def draft_of(catalog: Catalog) -> Draft:
    """Records that were checked, ready to be published."""
    content = hashlib.sha256()
    for line in canonical_lines(catalog):
        content.update(line.encode() + b"\n")
    version = hashlib.sha256(f"{content.hexdigest()}\n{RENDERING}".encode()).hexdigest()[:16]
    return Draft(catalog, content.hexdigest(), version)


def publish(ready: Draft, database: Database, *, automatic: bool = False) -> None:
    """Put a dataset in the place of the one that is current: atomically, under a lock.

    `DatabaseError` when something else is there; nothing has happened then.
    """
    with database.locked():
        if database.exists():
            try:
                stamp(database)
            except DatabaseError as error:
                raise DatabaseError(f"{error}; it is left as it is: name another file or remove it") from error
        write(ready, database, automatic=automatic)


def write(ready: Draft, database: Database, *, automatic: bool) -> None:
    """Publish where the lock is held already."""
    with database.replaced(ready.version) as connection:
        migrate(connection)
        for row, values in _rows(ready, automatic=automatic).items():
            connection.execute(insert(row), values)
        database.index_words(connection, indexing.entries(ready.documents))
        vocabulary = list(_vocabulary(connection))
        if vocabulary:
            connection.execute(insert(VocabularyRow), vocabulary)
    _forget(database, ready)


def _forget(database: Database, ready: Draft) -> None:
    """Keep no version that holds what was withdrawn since."""
    withdrawn = [(RESOURCE_NAMED[name].row, ids) for name, ids in ready.catalog.dataset.withdrawn.items() if ids]
    for version in database.kept()[:-1] if withdrawn else ():
        if _holds(database, version, withdrawn):
            database.drop(version)


def _holds(database: Database, version: str, withdrawn: Iterable[tuple[type[ItemRow], list[str]]]) -> bool:
    """Whether a version that is kept has any of these items; one that cannot be read may."""
    try:
        reader = database.open(version)
    except DatabaseError:
        return True
    try:
        return any(reader.select(select(column(row.id)).where(column(row.id).in_(ids))) for row, ids in withdrawn)
    except DatabaseError:
        return True
    finally:
        reader.close()


def roll_back(database: Database) -> str:
    """Make the version before the current one the current one again, and return it.

    `DatabaseError` when none is kept or this program cannot read it.
    """
    with database.locked():
        current, kept = stamp(database).version, database.kept()
        before = kept[: kept.index(current)] if current in kept else []
        if not before:
            raise DatabaseError(f"{database}: there is no version to go back to; {current} is the oldest that is kept")
        OpenDataset(database, before[-1]).close()
        database.go_back(before[-1])
        return before[-1]


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema of a database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _rows(ready: Draft, *, automatic: bool) -> dict[type[Row], list[Mapping[str, Any]]]:
    """All rows, by table."""
    catalog = ready.catalog
    rows: dict[type[Row], list[Mapping[str, Any]]] = defaultdict(list)
    rows[EntityIdRow] = [{"id": record.id, "type": type_} for type_, record in catalog.entities()]
    rows[WithinRow] = [
        {"ancestor_id": ancestor, "descendant_id": descendant} for ancestor, descendant in catalog.within()
    ]
    rows[UnitRow] = [
        {"code": unit.code, "words_en": unit.other.en, "words_es": unit.other.es} for unit in catalog.units.values()
    ]
    rows[LabelRow] = [
        {"code": each.code, "label_en": each.label.en, "label_es": each.label.es} for each in catalog.labels.values()
    ]
    for resource in RESOURCES:
        for record in catalog.records[resource.item_type].values():
            rows[resource.row].append(_row(resource, record, catalog))
            for row, values in resource.links(record, catalog):
                rows[row].append(values)
    rows[DigestRow] = list(_digest_rows(rows))
    for row, values in indexing.rows(ready.documents):
        rows[row].append(values)
    former = catalog.dataset
    for name, pairs in former.renamed.items():
        rows[RenamedRow] += [{"collection": name, "old_id": old, "new_id": new} for old, new in pairs.items()]
    for name, ids in former.withdrawn.items():
        rows[WithdrawnRow] += [{"collection": name, "id": id_} for id_ in ids]
    rows[RecordRow] = [
        {"ordinal": ordinal, "line": line} for ordinal, line in enumerate(canonical_lines(catalog), start=1)
    ]
    rows[DatasetRow] = [_dataset_row(ready, automatic=automatic)]
    return {row: values for row, values in rows.items() if values}


def _row(resource: Resource, record: Record, catalog: Catalog) -> dict[str, Any]:
    bodies = {BODIES[lang]: resource.render(record, catalog, lang).model_dump_json() for lang in Lang}
    return {"id": record.id, **resource.columns(record, catalog), **_names(record), **bodies}


def _digest_rows(rows: Mapping[type[Row], list[Mapping[str, Any]]]) -> Iterator[dict[str, str]]:
    """A digest of every item, in the order in which versions are compared."""
    for resource in sorted(RESOURCES, key=lambda resource: resource.item_type):
        for row in sorted(rows[resource.row], key=lambda row: row["id"]):
            rendered = "\n".join(row[body] for body in BODIES.values())
            digest = hashlib.sha256(rendered.encode()).hexdigest()[:16]
            yield {"type": resource.item_type, "id": row["id"], "digest": digest}


def _names(record: Record) -> dict[str, str]:
    if isinstance(record, NamedRecord):
        return name_columns(record.name.en, record.name.es, getattr(record, "aliases", ()))
    name = getattr(record, "name", None)
    return {} if name is None else name_columns(name, name)


def _dataset_row(ready: Draft, *, automatic: bool) -> dict[str, Any]:
    record = ready.catalog.dataset
    bodies = {
        BODIES[lang]: Dataset(
            id=record.id,
            name=record.name[lang],
            description=record.description[lang],
            version=ready.version,
            release=record.release,
            released=record.released,
            content_sha256=ready.content_sha256,
            counts=ready.counts,
            licences=LICENCES,
        ).model_dump_json()
        for lang in Lang
    }
    return {
        "id": record.id,
        "version": ready.version,
        "release": record.release,
        "content_sha256": ready.content_sha256,
        "automatic": automatic,
        "schema_revision": SCHEMA_REVISION,
        **bodies,
    }


def _vocabulary(connection: Connection) -> Iterator[dict[str, str]]:
    """The values that open vocabularies have, as the filters will find them."""
    for resource in RESOURCES:
        vocabularies = {p.field: p.vocabulary for p in resource.parameters.values() if p.vocabulary}
        for field, vocabulary in vocabularies.items():
            values = _distinct(connection, resource, field)
            words = {value.partition(vocabulary.separator)[0] if vocabulary.separator else value for value in values}
            for word in sorted(words):
                yield {"collection": resource.name, "field": field, "value": word}


def _distinct(connection: Connection, resource: Resource, field: str) -> Iterable[str]:
    match resource.fields[field]:
        case Link(value=value, source=source):
            statement = select(value).distinct()
            statement = statement if source is None else statement.select_from(source)
        case Column(value=value):
            statement = select(value).distinct().where(value.is_not(None))
        case other:
            raise TypeError(f"{resource.name}: {other} has no vocabulary")
    return [value for (value,) in connection.execute(statement)]
