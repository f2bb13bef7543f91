"""What all tables are made of, and the tables that belong to no one resource."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import ConfigDict
from sqlalchemy import CheckConstraint, MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, ForeignKeyConstraint, SQLModel, UniqueConstraint

from calibaja_api.shapes.vocabulary import Lang, SubjectType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """A row of a table. Rows are written by a publish, checked by the database, and never sent to a client."""

    # No row is made an object, so no model of one is ever built.
    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]


def one_of(column: str, vocabulary: Iterable[StrEnum]) -> CheckConstraint:
    """The column holds a value of a closed vocabulary."""
    values = ", ".join(f"'{member.value}'" for member in vocabulary)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def check(name: str, condition: str) -> CheckConstraint:
    """A condition that holds of every row."""
    return CheckConstraint(condition, name=name)


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


class EntityIdRow(Row, table=True):
    """Every id that a fact can be about, with its type: one space of ids over six tables."""

    __tablename__ = "entity"
    __table_args__ = (
        UniqueConstraint("id", "type"),
        one_of("type", SubjectType),
        check("id", "id = lower(id) AND length(id) BETWEEN 1 AND 96"),
    )

    id: str = Field(primary_key=True)
    type: str


class WithinRow(Row, table=True):
    """An entity lies in another, or is it: by parent or as a member, at any depth."""

    __tablename__ = "within"

    ancestor_id: str = Field(primary_key=True, foreign_key="entity.id")
    descendant_id: str = Field(primary_key=True, foreign_key="entity.id", index=True)


class PartRow(Row):
    """A row that belongs to an item: one of its values in a table of such pairs, or who says something of it."""

    number: int
    """The item's."""


class IdentifierRow(PartRow, table=True):
    """What another registry calls an entity."""

    __tablename__ = "identifier"
    __table_args__ = (UniqueConstraint("scheme", "value"), check("pair", "pair = scheme || ':' || value"))

    number: int = Field(primary_key=True, foreign_key="body_en.number")
    pair: str
    """Scheme and value as one text."""
    entity_id: str = Field(foreign_key="entity.id")
    scheme: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    verified: str


class CitationRow(PartRow):
    """Who says so, and where: whole sentences of a source by position.

    What else of the source is filtered by stands here too, so that one citation is one row.
    """

    source_id: str = Field(foreign_key="source.id")
    source_tier: str
    source_language: str
    speaker_id: str | None = Field(default=None, foreign_key="person.id")
    speaker_name: str | None = None
    locator: str
    selector_start: int | None = None
    selector_end: int | None = None
    selector_sha256: str | None = None


def citation_checks() -> tuple[CheckConstraint, ...]:
    """What holds of every citation."""
    return (
        check("speaker", "speaker_id IS NULL OR speaker_name IS NULL"),
        check(
            "selector",
            "(selector_start IS NULL) = (selector_end IS NULL) AND "
            "(selector_start IS NULL) = (selector_sha256 IS NULL) AND "
            "(selector_start IS NULL OR "
            "(selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
        ),
    )


def entity_of(column: str, type_column: str) -> ForeignKeyConstraint:
    """The column names an entity, and the type column is that entity's type."""
    return ForeignKeyConstraint([column, type_column], ["entity.id", "entity.type"])


class VocabularyRow(Row, table=True):
    """A value that an open vocabulary has in this dataset, by the field that filters look at."""

    __tablename__ = "vocabulary"

    collection: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    value: str = Field(primary_key=True)


class UnitRow(Row, table=True):
    """A unit of figures, with its words."""

    __tablename__ = "unit"

    code: str = Field(primary_key=True)
    words_en: str
    words_es: str


class LabelRow(Row, table=True):
    """What people call a word of an open vocabulary."""

    __tablename__ = "label"

    code: str = Field(primary_key=True)
    label_en: str
    label_es: str


class RenamedRow(Row, table=True):
    """An id that an item had before."""

    __tablename__ = "renamed"
    __table_args__ = (check("ids", "old_id <> new_id"),)

    collection: str = Field(primary_key=True)
    old_id: str = Field(primary_key=True)
    new_id: str


class WithdrawnRow(Row, table=True):
    """The id of an item that was taken back."""

    __tablename__ = "withdrawn"

    collection: str = Field(primary_key=True)
    id: str = Field(primary_key=True)


class SummaryRow(Row, table=True):
    """What a facet has to show, or how many items there are: of all items, or of those with one value of one field.

    `field` and `value` are empty for all items, `facet` is empty for their number alone. `buckets` is JSON: as many
    values as an answer can show, each with its count, in their order.
    """

    __tablename__ = "summary"

    collection: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    facet: str = Field(primary_key=True)
    total: int
    missing: int
    buckets: str = Field(sa_type=Text)


class DigestRow(Row, table=True):
    """What stands for the JSON of an item in all languages, so that two versions can be compared."""

    __tablename__ = "digest"

    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    digest: str


class RecordRow(Row, table=True):
    """A line of the canonical NDJSON that the dataset was made from."""

    __tablename__ = "record"

    ordinal: int = Field(primary_key=True)
    line: str = Field(sa_type=Text)


class DatasetRow(Row, table=True):
    """The one dataset in this database."""

    __tablename__ = "dataset"
    __table_args__ = (
        check("id", "length(id) > 0"),
        check("version", "length(version) = 16"),
        check("release", "release >= 1"),
        check("only", "ordinal = 1"),
    )

    ordinal: int = Field(default=1, primary_key=True)
    id: str
    version: str
    release: int
    content_sha256: str
    automatic: bool
    """Whether `calibaja serve` published it by itself from the packaged files."""
    schema_revision: str
    body_en: str = Field(sa_type=Text)
    body_es: str = Field(sa_type=Text)


ABOUT = {Lang.EN: "body_en", Lang.ES: "body_es"}
"""What the dataset says of itself."""
NAME_KEYS = {Lang.EN: "name_key_en", Lang.ES: "name_key_es"}

SCHEMA_REVISION = "0007"
"""The migration that these tables are the end of."""
