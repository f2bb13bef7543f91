"""All records of a dataset by id, and what follows from them: names, types, hierarchy, counts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast, overload

from calibaja_api.resources.records import DatasetRecord, EntityRecord, LabelRecord, Record, UnitRecord
from calibaja_api.shapes.parts import Ref
from calibaja_api.shapes.vocabulary import ItemType, Lang, SubjectType

EVENT_LINKS = ("regions", "sectors", "organizations", "people", "agreements")
_ROLES: Final = ("subject", "region", "sector", "object", "counterpart")

R = TypeVar("R")
Mentioned = tuple[str, tuple[str, ...]]
"""The subject of a fact, and all that it has to do with."""


def mentioned(fact: Any) -> Mentioned:
    """What a fact has to do with, in whatever role."""
    return fact.subject, tuple({getattr(fact, role) for role in _ROLES} - {None})


@dataclass(slots=True)
class Tally:
    """How many facts have to do with each entity."""

    subjects: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)

    def add(self, mentioned: Mentioned) -> None:
        """Count a fact."""
        subject, all_ = mentioned
        self.subjects[subject] += 1
        for id_ in all_:
            self.mentions[id_] += 1


class Catalog:
    """The records of a dataset. References are looked up here, so all of them must have been checked first."""

    def __init__(
        self,
        dataset: DatasetRecord,
        units: Iterable[UnitRecord],
        labels: Iterable[LabelRecord],
        records: Mapping[ItemType, Iterable[Record] | Mapping[str, Record]],
        tally: Tally | None = None,
    ) -> None:
        self.dataset = dataset
        self.units = {unit.code: unit for unit in units}
        self.labels = {label.code: label for label in labels}
        self.records: dict[ItemType, Mapping[str, Any]] = {
            type_: of_type if isinstance(of_type, Mapping) else {record.id: record for record in of_type}
            for type_, of_type in records.items()
        }
        self.types = {id_: ItemType(type_) for type_ in SubjectType for id_ in self.records[ItemType(type_)]}
        if tally is None:
            tally = Tally()
            for fact in self.records[ItemType.FACT].values():
                tally.add(mentioned(fact))
        self.facts_count = tally.subjects
        self.events_count = Counter(
            id_
            for event in self.records[ItemType.EVENT].values()
            for id_ in {id_ for link in EVENT_LINKS for id_ in getattr(event, link)}
        )
        self.mentions = self.events_count + tally.mentions
        """How many facts and events have to do with each entity, in whatever role."""
        self._remembered: dict[tuple[str, str], Any] = {}
        self._refs: dict[tuple[ItemType, str, Lang], Ref] = {}

    def remembered(self, key: tuple[str, str], make: Callable[["Catalog", str, str], R]) -> R:
        """What is made of a field and an id, once for all records that name it there."""
        found = self._remembered.get(key)
        if found is None:
            found = self._remembered[key] = make(self, *key)
        return cast("R", found)

    def entities(self) -> Iterator[tuple[ItemType, EntityRecord]]:
        """Everything that a fact can be about, with its type."""
        for type_ in SubjectType:
            for record in self.records[ItemType(type_)].values():
                yield ItemType(type_), record

    @overload
    def ref(self, type_: ItemType, id_: str, lang: Lang) -> Ref: ...

    @overload
    def ref(self, type_: ItemType, id_: str | None, lang: Lang) -> Ref | None: ...

    def ref(self, type_: ItemType, id_: str | None, lang: Lang) -> Ref | None:
        """A reference to an item of a type; None stays None."""
        if id_ is None:
            return None
        found = self._refs.get((type_, id_, lang))
        if found is None:
            found = Ref(type=type_, id=id_, name=self.records[type_][id_].label(lang))
            self._refs[type_, id_, lang] = found
        return found

    @overload
    def entity_ref(self, id_: str, lang: Lang) -> Ref: ...

    @overload
    def entity_ref(self, id_: str | None, lang: Lang) -> Ref | None: ...

    def entity_ref(self, id_: str | None, lang: Lang) -> Ref | None:
        """A reference to an item of whatever type that a fact can be about; None stays None."""
        return None if id_ is None else self.ref(self.types[id_], id_, lang)

    def containers(self) -> dict[str, set[str]]:
        """What each entity lies in directly: its parent, and the cross-border regions that have it as a member."""
        containers: dict[str, set[str]] = defaultdict(set)
        for _, record in self.entities():
            parent = getattr(record, "parent", None)
            if parent is not None:
                containers[record.id].add(parent)
            for member in getattr(record, "members", []):
                containers[member.region].add(record.id)
        return containers

    def within(self) -> Iterator[tuple[str, str]]:
        """Pairs of an entity that contains and one that lies in it at any depth, each entity in itself too."""
        containers = self.containers()
        for _, record in self.entities():
            seen: set[str] = set()
            waiting = [record.id]
            while waiting:
                id_ = waiting.pop()
                if id_ not in seen:
                    seen.add(id_)
                    waiting.extend(containers.get(id_, ()))
            yield from ((ancestor, record.id) for ancestor in sorted(seen))
