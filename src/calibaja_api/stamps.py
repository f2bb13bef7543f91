"""What tells one published dataset from another, without opening all of it."""

from dataclasses import dataclass

from sqlalchemy import select

from calibaja_api.database import Database, DatabaseError, Reader, TookTooLong
from calibaja_api.resources.tables import DATASET, SCHEMA_REVISION


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a dataset is."""

    id: str
    version: str
    release: int
    automatic: bool
    schema_revision: str


class OtherSchema(DatabaseError):
    """A dataset was published by another release of this program."""


def stamp(database: Database) -> Stamp:
    """The stamp of the current dataset of a database; `DatabaseError` when it holds none."""
    reader = database.open()
    try:
        return stamp_of(reader, database)
    finally:
        reader.close()


def stamp_of(reader: Reader, database: Database) -> Stamp:
    """The stamp of a dataset that is open; `DatabaseError` when it is none."""
    names = ("id", "version", "release", "automatic", "schema_revision")
    try:
        found = [*reader.select(select(*(DATASET.c[name] for name in names)))]
    except TookTooLong:
        raise
    except DatabaseError as error:
        raise DatabaseError(f"{database} holds no dataset: {error}") from error
    if not found:
        raise DatabaseError(f"{database} holds no dataset")
    id_, version, release, automatic, revision = found[0]
    return Stamp(id_, version, release, bool(automatic), revision)


def refuse_other_schema(found: Stamp, database: Database) -> None:
    """Refuse a dataset that this release of the program cannot read: `OtherSchema`."""
    if found.schema_revision != SCHEMA_REVISION:
        raise OtherSchema(
            f"{database} has schema {found.schema_revision}, this program reads {SCHEMA_REVISION}; "
            "run `calibaja publish` to write it anew"
        )
