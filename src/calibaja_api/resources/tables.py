"""What all tables are made of, and the tables that belong to no one resource.

Items stand in tables that are declared as classes of SQLModel, one beside each resource. What stands around them,
values, citations, what was counted or is written down once, are plain tables of the same metadata: no row is ever made
an object, and to map a class takes eight times as long as to declare a table.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, cast

from pydantic import ConfigDict
from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData, Table, Text
from sqlalchemy.orm import registry
from sqlalchemy.schema import SchemaItem
from sqlmodel import Boolean, Field, ForeignKeyConstraint, Integer, SQLModel, String, UniqueConstraint

from calibaja_api.shapes.vocabulary import Lang, SubjectType

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: Final = MetaData(naming_convention=NAMING)
"""All tables."""


def one_of(column: str, vocabulary: Iterable[StrEnum]) -> CheckConstraint:
    """The column holds a value of a closed vocabulary."""
    values = ", ".join(f"'{member.value}'" for member in vocabulary)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    """A condition that holds of every row."""
    return CheckConstraint(condition, name=name)


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """A row of a table. Rows are written by a publish, checked by the database, and never sent to a client."""

    # No row is made an object, so no model of one is ever built.
    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]  # SQLModel has more that may be told


class ItemRow(Row):
    """An item: its id, and what filters and orders look at.

    `number` counts items in the order of collections and ids: to order by it is to order by id. Bodies stand apart, so
    that what filters look at is read without them.
    """

    number: int = Field(primary_key=True, foreign_key="body_es.number")
    id: str = Field(unique=True)


class NamedRow(ItemRow):
    """An item with names: what they sort by, and all of them folded, each between line feeds."""

    name_key_en: str
    name_key_es: str
    names_folded: str = Field(sa_type=Text)


class EntityRow(NamedRow):
    """An item that a fact can be about."""

    id: str = Field(unique=True, foreign_key="entity.id")


def table(row: type[Row]) -> Table:
    """The table of a row class."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]  # SQLModel makes it, and does not say so


ENTITY: Final = Table(
    "entity",
    METADATA,
    Column("id", String, primary_key=True),
    Column("type", String, nullable=False),
    UniqueConstraint("id", "type"),
    one_of("type", SubjectType),
    check("id", "id = lower(id) AND length(id) BETWEEN 1 AND 96"),
)
"""Every id that a fact can be about, with its type: one space of ids over six tables."""

WITHIN: Final = Table(
    "within",
    METADATA,
    Column("ancestor_id", String, ForeignKey("entity.id"), primary_key=True),
    Column("descendant_id", String, ForeignKey("entity.id"), primary_key=True, index=True),
)
"""An entity lies in another, or is it: by parent or as a member, at any depth."""


def entity_of(column: str, type_column: str) -> ForeignKeyConstraint:
    """The column names an entity, and the type column is that entity's type."""
    return ForeignKeyConstraint([column, type_column], ["entity.id", "entity.type"])


def parts(name: str, items: str, *columns: SchemaItem) -> Table:
    """A table of rows that belong to items: what an item has many of. `number` is the item's."""
    return Table(name, METADATA, Column("number", Integer, ForeignKey(f"{items}.number"), primary_key=True), *columns)


def pairs(name: str, items: str, column: str, referred: str | None = None) -> Table:
    """Pairs of an item and one of its values, which may be the id of another item."""
    refers = [ForeignKey(f"{referred}.id")] if referred else []
    return parts(name, items, Column(column, String, *refers, primary_key=True))


def citations(name: str, *cited: SchemaItem) -> Table:
    """Who says so, and where: whole sentences of a source by position. `cited` is what tells what is said.

    What else of the source is filtered by stands here too, so that one citation is one row.
    """
    return Table(
        name,
        METADATA,
        *cited,
        Column("position", Integer, primary_key=True),
        Column("source_id", String, ForeignKey("source.id"), nullable=False),
        Column("source_tier", String, nullable=False),
        Column("source_language", String, nullable=False),
        Column("speaker_id", String, ForeignKey("person.id")),
        Column("speaker_name", String),
        Column("locator", String, nullable=False),
        Column("selector_start", Integer),
        Column("selector_end", Integer),
        Column("selector_sha256", String),
        check("speaker", "speaker_id IS NULL OR speaker_name IS NULL"),
        check(
            "selector",
            "(selector_start IS NULL) = (selector_end IS NULL) AND "
            "(selector_start IS NULL) = (selector_sha256 IS NULL) AND "
            "(selector_start IS NULL OR "
            "(selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
        ),
    )


def citations_of(items: str) -> Table:
    """Who says what an item says."""
    return citations(f"{items}_citation", Column("number", Integer, ForeignKey(f"{items}.number"), primary_key=True))


IDENTIFIER: Final = parts(
    "identifier",
    "body_en",
    Column("pair", String, nullable=False),
    Column("entity_id", String, ForeignKey("entity.id"), nullable=False),
    Column("scheme", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("verified", String, nullable=False),
    UniqueConstraint("scheme", "value"),
    check("pair", "pair = scheme || ':' || value"),
)
"""What another registry calls an entity; `pair` is scheme and value as one text."""

VOCABULARY: Final = Table(
    "vocabulary",
    METADATA,
    Column("collection", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("value", String, primary_key=True),
)
"""A value that an open vocabulary has in this dataset, by the field that filters look at."""

UNIT: Final = Table(
    "unit",
    METADATA,
    Column("code", String, primary_key=True),
    Column("words_en", String, nullable=False),
    Column("words_es", String, nullable=False),
)
"""A unit of figures, with its words."""

LABEL: Final = Table(
    "label",
    METADATA,
    Column("code", String, primary_key=True),
    Column("label_en", String, nullable=False),
    Column("label_es", String, nullable=False),
)
"""What people call a word of an open vocabulary."""

RENAMED: Final = Table(
    "renamed",
    METADATA,
    Column("collection", String, primary_key=True),
    Column("old_id", String, primary_key=True),
    Column("new_id", String, nullable=False),
    check("ids", "old_id <> new_id"),
)
"""An id that an item had before."""

WITHDRAWN: Final = Table(
    "withdrawn",
    METADATA,
    Column("collection", String, primary_key=True),
    Column("id", String, primary_key=True),
)
"""The id of an item that was taken back."""

SUMMARY: Final = Table(
    "summary",
    METADATA,
    Column("collection", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("facet", String, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("buckets", Text, nullable=False),
)
"""What a facet has to show, how many items there are, or in which years they begin or end: of all items, or of those
with one value of one field.

`field` and `value` are empty for all items, `facet` is empty for their number alone. `buckets` is JSON: as many values
as an answer can show, each with its count, in their order. Under the name of a column of days stand all years in which
these lie, each with how many lie in it or before, or none where there are too many.
"""

DIGEST: Final = Table(
    "digest",
    METADATA,
    Column("type", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
)
"""What stands for the JSON of an item in all languages, so that two versions can be compared."""

RECORD: Final = Table(
    "record", METADATA, Column("ordinal", Integer, primary_key=True), Column("line", Text, nullable=False)
)
"""A line of the canonical NDJSON that the dataset was made from."""

DATASET: Final = Table(
    "dataset",
    METADATA,
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("version", String, nullable=False),
    Column("release", Integer, nullable=False),
    Column("content_sha256", String, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("schema_revision", String, nullable=False),
    Column("body_en", Text, nullable=False),
    Column("body_es", Text, nullable=False),
    check("id", "length(id) > 0"),
    check("version", "length(version) = 16"),
    check("release", "release >= 1"),
    check("only", "ordinal = 1"),
)
"""The one dataset in this database; `automatic` is whether `calibaja serve` published it by itself."""

ABOUT: Final = {Lang.EN: "body_en", Lang.ES: "body_es"}
"""What the dataset says of itself."""
NAME_KEYS: Final = {Lang.EN: "name_key_en", Lang.ES: "name_key_es"}

SCHEMA_REVISION: Final = "0008"
"""The migration that these tables are the end of."""
