"""Publishing: from seed files to a dataset that is served. The only writer.

Everything that can be done once is done here: records are checked, every item is rendered through its answer's model in
each language, what filters look at is written beside it, and the whole takes the place of what was served in one step.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Table, select

from calibaja_api import indexing, ndjson, rows, seeds, summaries
from calibaja_api.canonical import canonical_lines
from calibaja_api.checking import catalog_of_file
from calibaja_api.database import Database, DatabaseError
from calibaja_api.datasets import OpenDataset
from calibaja_api.fields import Column, Link
from calibaja_api.indexing import Indexed, Standing
from calibaja_api.packaged import folder
from calibaja_api.parallel import ALONE, Work
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.resource import Resource
from calibaja_api.resources.searching import SEARCH_DOCUMENT, SEARCH_NAME, SEARCH_WORD
from calibaja_api.resources.tables import ABOUT, DATASET, SCHEMA_REVISION, VOCABULARY
from calibaja_api.rows import Values, values_of
from calibaja_api.shapes.dataset import Dataset, Licence, Licences
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.stamps import stamp
from calibaja_api.validation import catalog_of

RENDERING: Final = "3"
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

    @property
    def counts(self) -> dict[str, int]:
        """Items by collection."""
        return {resource.name: len(self.catalog.records[resource.item_type]) for resource in RESOURCES}


def draft(source: Path, work: Work = ALONE) -> Draft:
    """Read and check a folder of seed files or the NDJSON of a dataset; `InvalidSeed` tells all that is wrong."""
    of_lines = source.suffix == ndjson.SUFFIX and not source.is_dir()
    return draft_of(catalog_of_file(source, work) if of_lines else catalog_of(seeds.read(source)))


def draft_of(catalog: Catalog) -> Draft:
    """Records that were checked, ready to be published."""
    content = hashlib.sha256()
    for line in canonical_lines(catalog):
        content.update(line.encode() + b"\n")
    version = hashlib.sha256(f"{content.hexdigest()}\n{RENDERING}".encode()).hexdigest()[:16]
    return Draft(catalog, content.hexdigest(), version)


def publish(ready: Draft, database: Database, *, automatic: bool = False, work: Work = ALONE) -> None:
    """Put a dataset in the place of the one that is current: atomically, under a lock.

    `DatabaseError` when something else is there; nothing has happened then.
    """
    with database.locked():
        if database.exists():
            try:
                stamp(database)
            except DatabaseError as error:
                raise DatabaseError(f"{error}; it is left as it is: name another file or remove it") from error
        write(ready, database, automatic=automatic, work=work)


def write(ready: Draft, database: Database, *, automatic: bool, work: Work = ALONE) -> None:
    """Publish where the lock is held already."""
    with database.replaced(ready.version) as connection:
        migrate(connection)
        with database.filled(connection):
            _insert(connection, DATASET, [values_of(DATASET, _dataset_row(ready, automatic=automatic))])
            for table, values in rows.of_the_whole(ready.catalog):
                _insert(connection, table, values)
            _index(connection, database, ready.catalog, _write_items(connection, ready.catalog, work), work)
        summaries.complete(connection)
        _insert(connection, VOCABULARY, list(_vocabulary(connection)))
    _forget(database, ready)


def _write_items(connection: Connection, catalog: Catalog, work: Work) -> list[Standing]:
    """Write all items; where search puts them is returned."""
    standings: list[Standing] = []
    shares = rows.shares(catalog)
    for made in work.done("rendering", lambda number: rows.made(shares[number], catalog), len(shares)):
        for table, values in made.rows.items():
            _insert(connection, table, values)
        standings += made.standings
    return standings


def _index(connection: Connection, database: Database, catalog: Catalog, standings: list[Standing], work: Work) -> None:
    """Write what search finds items by, in the order that ties in relevance have."""
    standings.sort()
    starts = range(0, len(standings), rows.AT_ONCE)
    known: Counter[str] = Counter()
    naming: set[str] = set()

    def indexed(number: int) -> Indexed:
        start = starts[number]
        return indexing.indexed(standings[start : start + rows.AT_ONCE], start + 1, catalog)

    for made in work.done("indexing", indexed, len(starts)):
        _insert(connection, SEARCH_DOCUMENT, made.documents)
        _insert(connection, SEARCH_NAME, made.names)
        database.index_words(connection, made.entries)
        known.update(made.known)
        naming |= made.naming
    _insert(connection, SEARCH_WORD, [(word, items, word in naming) for word, items in sorted(known.items())])


def _insert(connection: Connection, table: Table, values: list[Values]) -> None:
    """Write rows that are values in the order of the columns."""
    if values:
        names = rows.columns_of(table)
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        into = f"{table.name} ({', '.join(names)})"
        marks = ", ".join(mark for _ in names)
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - all names are those of our tables
        connection.exec_driver_sql(statement, values)


def _forget(database: Database, ready: Draft) -> None:
    """Keep no version that holds what was withdrawn since."""
    withdrawn = [(RESOURCE_NAMED[name].table, ids) for name, ids in ready.catalog.dataset.withdrawn.items() if ids]
    for version in database.kept()[:-1] if withdrawn else ():
        if _holds(database, version, withdrawn):
            database.drop(version)


def _holds(database: Database, version: str, withdrawn: Iterable[tuple[Table, list[str]]]) -> bool:
    """Whether a version that is kept has any of these items; one that cannot be read may."""
    try:
        reader = database.open(version)
    except DatabaseError:
        return True
    try:
        having = (select(table.c.id).where(table.c.id.in_(ids)) for table, ids in withdrawn)
        return any(True for statement in having for _ in reader.select(statement))
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


def _dataset_row(ready: Draft, *, automatic: bool) -> dict[str, Any]:
    record = ready.catalog.dataset
    bodies = {
        ABOUT[lang]: Dataset(
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
        "ordinal": 1,
        "id": record.id,
        "version": ready.version,
        "release": record.release,
        "content_sha256": ready.content_sha256,
        "automatic": automatic,
        "schema_revision": SCHEMA_REVISION,
        **bodies,
    }


def _vocabulary(connection: Connection) -> Iterator[Values]:
    """The values that open vocabularies have, as the filters will find them."""
    for resource in RESOURCES:
        vocabularies = {p.field: p.vocabulary for p in resource.parameters.values() if p.vocabulary}
        for field, vocabulary in vocabularies.items():
            values = _distinct(connection, resource, field)
            words = {value.partition(vocabulary.separator)[0] if vocabulary.separator else value for value in values}
            for word in sorted(words):
                yield resource.name, field, word


def _distinct(connection: Connection, resource: Resource, field: str) -> Iterable[str]:
    match resource.fields[field]:
        case Link(value=value):
            statement = select(value).distinct()
        case Column(value=value):
            statement = select(value).distinct().where(value.is_not(None))
        case other:
            raise TypeError(f"{resource.name}: {other} has no vocabulary")
    return [value for (value,) in connection.execute(statement)]
