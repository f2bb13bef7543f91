"""What search knows of an item: the texts that it is found by, and how much it weighs among equals."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from calibaja_api.database import COLUMNS
from calibaja_api.matching import indexed_words, name_keys
from calibaja_api.resources.records import Texts
from calibaja_api.resources.tables import METADATA
from calibaja_api.shapes.vocabulary import Lang

NAMING: Final = frozenset({"name", "alias"})
"""The fields of passages that name an item; all others only speak of it."""


class Passage(NamedTuple):
    """A text that an item is found by; its language, where it has one."""

    field: str
    lang: Lang | None
    text: str


SEARCH_DOCUMENT: Final = Table(
    "search_document",
    METADATA,
    Column("rank", Integer, primary_key=True),
    Column("type", String, nullable=False),
    Column("id", String, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_es", Text, nullable=False),
    Column("passages", Text, nullable=False),
    UniqueConstraint("type", "id"),
)
"""An item as search shows it. `rank` orders all items: the heavier first, then by id."""

SEARCH_ITEM: Final = Table(
    "search_item",
    METADATA,
    Column("rank", Integer, ForeignKey("search_document.rank"), primary_key=True),
    Column("type", String, nullable=False),
    Column("number", Integer, ForeignKey("body_en.number"), nullable=False, unique=True),
    Column("lightness", Integer, nullable=False),
    Column("id", String, nullable=False),
    Index("ix_search_item_order", "lightness", "id", "type"),
)
"""Which item a rank is, and what its rank comes from, beside its texts, so that these are not read for it.

`lightness` is the negated weight.
"""

SEARCH_NAME: Final = Table(
    "search_name",
    METADATA,
    Column("key", String, primary_key=True),
    Column("rank", Integer, ForeignKey("search_document.rank"), primary_key=True),
)
"""A key of a name: its words, with and without blanks between."""

SEARCH_WORD: Final = Table(
    "search_word",
    METADATA,
    Column("word", String, primary_key=True),
    Column("items", Integer, nullable=False),
    Column("in_names", Boolean, nullable=False),
)
"""A word that search knows: how many items have it, and whether in a name."""


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
