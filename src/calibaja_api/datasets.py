"""A dataset that is open for reading, with what requests are checked against at hand."""

import json
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Table, select

from calibaja_api.database import Database, DatabaseError, Reader
from calibaja_api.remembering import Remembered
from calibaja_api.resources import RESOURCES
from calibaja_api.resources.bodies import BODIES
from calibaja_api.resources.regions import REGION
from calibaja_api.resources.searching import SEARCH_WORD
from calibaja_api.resources.sources import SOURCE
from calibaja_api.resources.tables import ABOUT, DATASET, LABEL, RENAMED, UNIT, VOCABULARY, WITHDRAWN
from calibaja_api.shapes.answers import Attribution
from calibaja_api.shapes.dataset import Dataset
from calibaja_api.shapes.parts import Ref
from calibaja_api.shapes.vocabulary import ItemType, Lang
from calibaja_api.stamps import refuse_other_schema, stamp_of

SUMMARIES: Final = 1_000
NAMES: Final = 4_000
QUESTIONS: Final = 2_000


class Ids(Collection[str]):
    """Ids in one text: apart they take six times the memory, and they are looked for once for each new question."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._text = "\n".join(("", *ids, ""))
        self._len = self._text.count("\n") - 1

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, str) and "\n" not in id_ and f"\n{id_}\n" in self._text

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.split())

    def __len__(self) -> int:
        return self._len


class OpenDataset:
    """One dataset version, open for reading. A request stays in one from its beginning to its end."""

    def __init__(self, database: Database, version: str | None = None) -> None:
        self.database = database
        self._reader = database.open(version)
        self.ready = self._reader.ready
        self.rows = self._reader.rows
        self.batches = self._reader.batches
        self.waits = self._reader.waits
        self.is_whole = self._reader.is_whole
        self.summaries: Remembered[Hashable, Any] = Remembered(SUMMARIES)
        """What was read of what was counted at publish."""
        self.names: Remembered[Hashable, str] = Remembered(NAMES)
        """Names of items that others are counted by, or stand in a table by."""
        self.questions: Remembered[Hashable, Any] = Remembered(QUESTIONS)
        """What was understood of requests."""
        self.listings: Remembered[Hashable, Any] = Remembered(QUESTIONS)
        """What questions for lists read of it."""
        self._users = 0
        self._retired = False
        try:
            self._load(database)
        except ValidationError as error:
            self.close()
            wrong = error.errors(include_url=False)[0]["msg"]
            raise DatabaseError(f"{database} was not written by this program: {wrong}") from error
        except DatabaseError:
            self.close()
            raise

    def _load(self, database: Database) -> None:
        self._reader.check()
        self.stamp = stamp_of(self._reader, database)
        refuse_other_schema(self.stamp, database)
        self.about: Mapping[Lang, Dataset] = {lang: self._about(lang) for lang in Lang}
        """What the dataset says of itself, in each language."""
        self.made_from = {lang: f'"dataset_version":"{self.version}","lang":"{lang}"'.encode() for lang in Lang}
        """The members of every `meta` that tell what an answer was made from, in each language."""
        self.ids = self._ids()
        """The ids of all items but facts, by type: what parameters can name."""
        self.vocabularies = self._vocabularies()
        """The values of open vocabularies, by collection and field."""
        renamed = self._columns(RENAMED, "collection", "old_id", "new_id")
        self.renamed: Mapping[tuple[str, str], str] = {(name, old): new for name, old, new in renamed}
        """New ids, by collection and old id."""
        self.withdrawn = frozenset(self._columns(WITHDRAWN, "collection", "id"))
        """Items that were taken back, by collection and id."""

    def close(self) -> None:
        """Close the file, or let the last answer that is still being sent do it."""
        self._retired = True
        if not self._users:
            self._reader.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the file open, whatever is published meanwhile."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._retired and not self._users:
                self._reader.close()

    @cached_property
    def words(self) -> Mapping[str, tuple[bool, int]]:
        """The words that search knows, each with what orders it among those as near to a misspelled one: whether it
        is in no name, and how rare it is.
        """
        found = self._columns(SEARCH_WORD, "word", "items", "in_names")
        return {word: (not in_names, -items) for word, items, in_names in found}

    @cached_property
    def units(self) -> Mapping[Lang, dict[str, str]]:
        """The words of units, by code, in each language."""
        return {lang: dict(self._columns(UNIT, "code", f"words_{lang}")) for lang in Lang}

    @cached_property
    def labels(self) -> Mapping[Lang, dict[str, str]]:
        """What people call the words of open vocabularies, in each language."""
        return {lang: dict(self._columns(LABEL, "code", f"label_{lang}")) for lang in Lang}

    @cached_property
    def locations(self) -> Mapping[str, tuple[float, float]]:
        """Latitude and longitude of the regions that have a location, by id."""
        found = self._columns(REGION, "id", "lat", "lon")
        return {id_: (_whole(lat), _whole(lon)) for id_, lat, lon in found if lat is not None}

    @cached_property
    def attributions(self) -> Mapping[Lang, Mapping[str, bytes]]:
        """How each source is named beside what is taken from it, as JSON, by id, in each language."""
        return {lang: self._attributions(lang) for lang in Lang}

    def _attributions(self, lang: Lang) -> dict[str, bytes]:
        told: dict[str, bytes] = {}
        of_lang = BODIES[lang].c
        bodies = select(of_lang.body).where(of_lang.number == SOURCE.c.number)
        for (body,) in self._reader.select(bodies):
            source = json.loads(body)
            ref = {name: source[name] for name in Ref.model_fields}
            attribution = {"source": ref, **{name: source[name] for name in Attribution.model_fields if name in source}}
            told[source["id"]] = json.dumps(attribution, ensure_ascii=False, separators=(",", ":")).encode()
        return told

    def prepare(self) -> None:
        """Have at hand what the first lists would wait for."""
        _ = self.attributions

    def kept(self) -> list[str]:
        """The versions that are kept beside it and it, the oldest first."""
        return list(dict.fromkeys([*self.database.kept(), self.version]))

    @contextmanager
    def opened(self, version: str) -> Iterator[Reader]:
        """A version that is kept, open for reading; `DatabaseError` when it is not, `OtherSchema` when it cannot be."""
        if version == self.version:
            yield self._reader
            return
        reader = self.database.open(version)
        try:
            refuse_other_schema(stamp_of(reader, self.database), self.database)
            yield reader
        finally:
            reader.close()

    @property
    def version(self) -> str:
        """The dataset version."""
        return self.stamp.version

    @property
    def identity(self) -> Hashable:
        """What tells it from others that were or will be current."""
        return self._reader.identity

    def _columns(self, table: Table, *names: str) -> Iterator[Any]:
        return self._reader.select(select(*(table.c[name] for name in names)))

    def _about(self, lang: Lang) -> Dataset:
        [(body,)] = self._columns(DATASET, ABOUT[lang])
        return Dataset.model_validate_json(body)

    def _ids(self) -> Mapping[ItemType, Ids]:
        # Facts are named by no parameter, and there may be many.
        named = [resource for resource in RESOURCES if resource.item_type is not ItemType.FACT]
        return {resource.item_type: Ids(id_ for (id_,) in self._columns(resource.table, "id")) for resource in named}

    def _vocabularies(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        listed: dict[tuple[str, str], tuple[str, ...]] = {}
        for collection, field, value in sorted(self._columns(VOCABULARY, "collection", "field", "value")):
            listed[collection, field] = (*listed.get((collection, field), ()), value)
        return listed

    def knows(self, types: Iterable[ItemType], id_: str) -> bool:
        """Whether there is an item of one of these types with this id."""
        return any(id_ in self.ids.get(type_, ()) for type_ in types)

    def known(self, types: Iterable[ItemType]) -> frozenset[str]:
        """The ids of all items of these types."""
        return frozenset(id_ for type_ in types for id_ in self.ids.get(type_, ()))


def _whole(degrees: float) -> float:
    """Whole degrees without `.0`, as items write them."""
    return int(degrees) if degrees.is_integer() else degrees
