"""All records of a dataset by id, and what follows from them: names, types, hierarchy, counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, overload

from calibaja_api.resources.records import DatasetRecord, EntityRecord, LabelRecord, Record, UnitRecord
from calibaja_api.shapes.parts import Ref
from calibaja_api.shapes.vocabulary import ItemType, Lang, SubjectType

EVENT_LINKS = ("regions", "sectors", "organizations", "people", "agreements")


class Catalog:
    """The records of a dataset. References are looked up here, so all of them must have been checked first."""

    def __init__(
        self,
        dataset: DatasetRecord,
        units: Iterable[UnitRecord],
        labels: Iterable[LabelRecord],
        records: Mapping[ItemType, Iterable[Record]],
    ) -> None:
        self.dataset = dataset
        self.units = {unit.code: unit for unit in units}
        self.labels = {label.code: label for label in labels}
        self.records: dict[ItemType, dict[str, Any]] = {
            type_: {record.id: record for record in of_type} for type_, of_type in records.items()
        }
        self.types = {id_: ItemType(type_) for type_ in SubjectType for id_ in self.records[ItemType(type_)]}
        self.facts_count = Counter(fact.subject for fact in self.records[ItemType.FACT].values())
        self.events_count = Counter(
            id_
            for event in self.records[ItemType.EVENT].values()
            for id_ in {id_ for link in EVENT_LINKS for id_ in getattr(event, link)}
        )

    @cached_property
    def mentions(self) -> Counter[str]:
        """How many facts and events have to do with each entity, in whatever role."""
        roles = ("subject", "region", "sector", "object", "counterpart")
        counted = Counter(self.events_count)
        for fact in self.records[ItemType.FACT].values():
            counted.update({getattr(fact, role) for role in roles} - {None})
        return counted

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
        return None if id_ is None else Ref(type=type_, id=id_, name=self.records[type_][id_].label(lang))

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
