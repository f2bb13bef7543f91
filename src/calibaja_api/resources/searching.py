"""What search knows of an item: the texts that it is found by, and how much it weighs among equals."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import Index, Text
from sqlmodel import Field, UniqueConstraint

from calibaja_api.database import COLUMNS
from calibaja_api.fields import column
from calibaja_api.matching import indexed_words, name_keys
from calibaja_api.resources.records import Texts
from calibaja_api.resources.tables import Row
from calibaja_api.shapes.vocabulary import Lang

NAMING: Final = frozenset({"name", "alias"})
"""The fields of passages that name an item; all others only speak of it."""


class Passage(NamedTuple):
    """A text that an item is found by; its language, where it has one."""

    field: str
    lang: Lang | None
    text: str


class SearchDocumentRow(Row, table=True):
    """An item as search shows it. `rank` orders all items: the heavier first, then by id."""

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("type", "id"),)

    rank: int = Field(primary_key=True)
    type: str
    id: str
    weight: int
    name_en: str = Field(sa_type=Text)
    name_es: str = Field(sa_type=Text)
    passages: str = Field(sa_type=Text)


class SearchItemRow(Row, table=True):
    """Which item a rank is, and what its rank comes from, beside its texts, so that these are not read for it."""

    __tablename__ = "search_item"

    rank: int = Field(primary_key=True, foreign_key="search_document.rank")
    type: str
    number: int = Field(unique=True, foreign_key="body_en.number")
    lightness: int
    """The negated weight."""
    id: str


Index("ix_search_item_order", *(column(getattr(SearchItemRow, name)) for name in ("lightness", "id", "type")))


class SearchNameRow(Row, table=True):
    """A key of a name: its words, with and without blanks between."""

    __tablename__ = "search_name"

    key: str = Field(primary_key=True)
    rank: int = Field(primary_key=True, foreign_key="search_document.rank")


class SearchWordRow(Row, table=True):
    """A word that search knows: how many items have it, and whether in a name."""

    __tablename__ = "search_word"

    word: str = Field(primary_key=True)
    items: int
    in_names: bool


def texts(field: str, both: Texts | None) -> Iterator[Passage]:
    """A text in both languages as passages."""
    if both is not None:
        yield Passage(field, Lang.EN, both.en)
        yield Passage(field, Lang.ES, both.es)


_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _column(field: str) -> str:
    return "names" if field in NAMING else "notes" if field == "note" else "others"


@dataclass(frozen=True)
class Document:
    """An item for the index of search."""

    type: str
    id: str
    weight: int
    name_en: str
    name_es: str
    passages: tuple[Passage, ...]

    @cached_property
    def words(self) -> dict[str, list[str]]:
        """Its words, by column of the index."""
        found: dict[str, list[str]] = {name: [] for name in COLUMNS}
        for field, _, text in self.passages:
            found[_column(field)] += indexed_words(text)
        return {name: list(dict.fromkeys(words)) for name, words in found.items()}

    def keys(self) -> frozenset[str]:
        """The keys of its names."""
        return frozenset(key for p in self.passages if p.field in NAMING for key in name_keys(p.text))

    def values(self, rank: int) -> tuple[Any, ...]:
        """Its row, in the order of the columns of its table."""
        passages = _JSON.encode(self.passages)
        return rank, self.type, self.id, self.weight, self.name_en, self.name_es, passages


DOCUMENT: Final = {name: column(getattr(SearchDocumentRow, name)) for name in SearchDocumentRow.model_fields}
"""The columns of documents."""
