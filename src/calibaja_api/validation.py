"""What must hold between records: references, hierarchy, names. All mistakes are told at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from calibaja_api.disagreements import disagreements
from calibaja_api.mistakes import InvalidSeed, Mistake
from calibaja_api.parameters import annotation_nodes, references_of
from calibaja_api.resources import RESOURCE_NAMED, RESOURCE_OF
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, NamedRecord, Record
from calibaja_api.seeds import Path_, Seed
from calibaja_api.shapes.vocabulary import ItemType, Lang, SubjectType
from calibaja_api.text import fold, nearest, words

MAX_FOLDED_NAME: Final = 1_200

_ENTITY_TYPES = tuple(ItemType(type_) for type_ in SubjectType)


def catalog_of(seed: Seed) -> Catalog:
    """The records of seed files, checked; `InvalidSeed` tells all that is wrong with them."""
    catalog = None if seed.dataset is None else Catalog(seed.dataset, seed.units, seed.labels, seed.records)
    mistakes = [*seed.mistakes, *of_the_whole(seed, catalog), *_same_claims(seed)]
    checks = Checks(seed, catalog)
    for type_, record in _each(seed):
        mistakes += [_mistake(seed, type_, record, path, message) for path, message in checks.of(type_, record)]
    if catalog is None:
        raise InvalidSeed(mistakes)
    if not mistakes:
        for type_, id_, field, message in disagreements(catalog):
            mistakes.append(_mistake(seed, type_, catalog.records[type_][id_], (field,), message))
    if mistakes:
        raise InvalidSeed(mistakes)
    return catalog


def of_the_whole(seed: Seed, catalog: Catalog | None) -> Iterator[Mistake]:
    """What is wrong between records, facts aside."""
    yield from _shared_ids(seed)
    yield from _same_names(seed)
    yield from _shared_identifiers(seed)
    if catalog is not None:
        yield from _cycles(seed, catalog)
        yield from _former_ids(seed, catalog.dataset)


class Checks:
    """What is looked at in each record by itself, among the ids and the records of all but facts."""

    def __init__(self, seed: Seed, catalog: Catalog | None) -> None:
        self._ids = seed.raw_ids
        self._labels = {label.code for label in seed.labels}
        self._catalog = catalog
        self._withdrawn = _withdrawn_names(seed, catalog)

    def of(self, type_: ItemType, record: Record) -> Iterator[tuple[Path_, str]]:
        """What is wrong with a record: pairs of the path of its field and what would be right."""
        named = list(references(record))
        for path, id_, types in named:
            if not any(id_ in self._ids[target] for target in types):
                yield path, self._unknown(id_, types)
        yield from _repeated(record)
        if self._withdrawn:
            yield from self._names_withdrawn(record)
        if type_ is not ItemType.FACT:
            yield from _long_names(record)
            yield from self._unlabeled(record)
        # These checks look other records up; where one is wrong itself, that is told already.
        catalog = self._catalog
        if catalog and all(any(id_ in catalog.records[target] for target in types) for _, id_, types in named):
            yield from (((name,), message) for name, message in RESOURCE_OF[type_].check(record, catalog))

    def _unknown(self, id_: str, types: tuple[ItemType, ...]) -> str:
        near = nearest(id_, {known for target in types for known in self._ids[target]})
        return f"there is no {' or '.join(types)} with the id {id_}{f'; did you mean {near}?' if near else ''}"

    def _names_withdrawn(self, record: Record) -> Iterator[tuple[Path_, str]]:
        """Who was withdrawn is named nowhere."""
        for path, text in _texts(record):
            said = f" {' '.join(words(text))} "
            for id_, name in self._withdrawn.items():
                if name in said:
                    yield path, f"names {id_}, who was withdrawn"

    def _unlabeled(self, record: Record) -> Iterator[tuple[Path_, str]]:
        """Every word of an open vocabulary has words that people read."""
        for name in ("kind", "language"):
            word = getattr(record, name, None)
            if word is not None and word not in self._labels:
                yield (name,), f"{word} is not in labels.yaml, so it has no label"


def _each(seed: Seed) -> Iterator[tuple[ItemType, Any]]:
    for type_, records in seed.records.items():
        yield from ((type_, record) for record in records)


def _mistake(seed: Seed, type_: ItemType, record: Record, path: Path_, message: str) -> Mistake:
    return seed.places[type_, record.id].mistake(path, f"{message} (in {record.id})")


def _shared_ids(seed: Seed) -> Iterator[Mistake]:
    """Regions, sectors, organizations, people, agreements and events share one space of ids."""
    taken: dict[str, ItemType] = {}
    for type_, record in _each(seed):
        if type_ in _ENTITY_TYPES and taken.setdefault(record.id, type_) is not type_:
            message = f"{record.id} is the id of a {taken[record.id]} already; entities and events share their ids"
            yield _mistake(seed, type_, record, ("id",), message)


@cache
def _referring(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that hold ids, or other models that may."""

    def refers(name: str) -> bool:
        nodes = annotation_nodes(model.model_fields[name].rebuild_annotation())
        return name in references_of(model) or any(isinstance(n, type) and issubclass(n, BaseModel) for n in nodes)

    return tuple(name for name in model.model_fields if refers(name))


def references(model: BaseModel, path: Path_ = ()) -> Iterator[tuple[Path_, str, tuple[ItemType, ...]]]:
    """Every id in a record, with its path and the types of items that it can name."""
    types_of = references_of(type(model))
    for name in _referring(type(model)):
        value = getattr(model, name)
        if value is None:
            continue
        elements = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, element in elements:
            here = (*path, name) if index is None else (*path, name, index)
            if isinstance(element, BaseModel):
                yield from references(element, here)
            elif name in types_of:
                yield here, element, types_of[name]


def _shared_identifiers(seed: Seed) -> Iterator[Mistake]:
    """An identifier of another registry names one thing."""
    taken: dict[tuple[str, str], str] = {}
    for type_, record in _each(seed):
        for identifier in getattr(record, "identifiers", ()):
            other = taken.setdefault((identifier.scheme, identifier.value), record.id)
            if other != record.id:
                message = f"{identifier.scheme}:{identifier.value} is the identifier of {other} already"
                yield _mistake(seed, type_, record, ("identifiers",), message)


def _repeated(record: Record) -> Iterator[tuple[Path_, str]]:
    """No list of a record names a thing twice."""
    for name, value in vars(record).items():
        if isinstance(value, list) and len(value) > 1:
            told = [element.model_dump_json() if isinstance(element, BaseModel) else element for element in value]
            if len(told) != len(set(told)):
                yield (name,), "names something twice"


def _long_names(record: Record) -> Iterator[tuple[Path_, str]]:
    """A cursor of a list that is ordered by names holds a folded one, so no name is too long for a cursor."""
    for lang in Lang:
        size = len(json.dumps(fold(record.label(lang)), ensure_ascii=False).encode())
        if size > MAX_FOLDED_NAME:
            yield ("name",), f"is too long: {size:,} bytes when folded; at most {MAX_FOLDED_NAME:,}"


def _same_claims(seed: Seed) -> Iterator[Mistake]:
    """No two facts say the same."""
    claims: dict[tuple[Lang, str], str] = {}
    for fact in seed.records[ItemType.FACT]:
        for lang in Lang:
            other = claims.setdefault((lang, fold(fact.label(lang))), fact.id)
            if other != fact.id:
                yield _mistake(seed, ItemType.FACT, fact, ("claim",), same_claim(other, lang))


def same_claim(other: str, lang: Lang) -> str:
    """What is told of a fact that says what another one says."""
    return f"{other} makes the same claim in {lang}"


def _cycles(seed: Seed, catalog: Catalog) -> Iterator[Mistake]:
    containers = catalog.containers()
    for type_, record in catalog.entities():
        waiting, seen = list(containers.get(record.id, ())), set()
        while waiting:
            id_ = waiting.pop()
            if id_ == record.id:
                yield _mistake(seed, type_, record, ("parent",), "it lies in itself, by parent or members")
                break
            if id_ not in seen:
                seen.add(id_)
                waiting.extend(containers.get(id_, ()))


def _same_names(seed: Seed) -> Iterator[Mistake]:
    """Siblings of one type must be told apart by name, in each language."""
    taken: dict[tuple[object, ...], str] = {}
    for type_, record in _each(seed):
        if isinstance(record, NamedRecord):
            for lang in Lang:
                key = (type_, getattr(record, "parent", None), lang, fold(record.name[lang]))
                other = taken.setdefault(key, record.id)
                if other != record.id:
                    message = f"{other} has the same name in {lang}"
                    yield _mistake(seed, type_, record, ("name",), message)


def _former_ids(seed: Seed, dataset: DatasetRecord) -> Iterator[Mistake]:
    """A renamed id leads to an item; neither it nor a withdrawn one is in use, in its whole space of ids."""
    place = seed.dataset_place
    former: dict[tuple[ItemType, ...], set[str]] = defaultdict(set)
    ids_of: dict[str, Mapping[str, Iterable[str]]] = {"renamed": dataset.renamed, "withdrawn": dataset.withdrawn}
    for field, ids_by_collection in ids_of.items():
        for name, ids in ids_by_collection.items():
            if name not in RESOURCE_NAMED:
                near = nearest(name, RESOURCE_NAMED)
                advice = f"; did you mean {near}?" if near else ""
                yield place.mistake((field, name), f"there is no collection {name}{advice}")
                continue
            type_ = RESOURCE_NAMED[name].item_type
            space = _ENTITY_TYPES if type_ in _ENTITY_TYPES else (type_,)
            used = former[space].union(*(seed.raw_ids[other] for other in space))
            for index, id_ in enumerate(ids):
                path = (field, name, id_ if field == "renamed" else index)
                if id_ in used:
                    yield place.mistake(path, f"{id_} was renamed or withdrawn and is not used again")
                used.add(id_)
                former[space].add(id_)
                new = dataset.renamed[name][id_] if field == "renamed" else None
                if new is not None and new not in seed.raw_ids[type_]:
                    yield place.mistake(path, f"{new} is not there")


def _withdrawn_names(seed: Seed, catalog: Catalog | None) -> dict[str, str]:
    """The names of who was withdrawn, by id. They are known from the ids, as nothing else is left of them."""
    withdrawn = catalog.dataset.withdrawn.get("people", ()) if catalog else ()
    in_use = {id_ for type_ in _ENTITY_TYPES for id_ in seed.raw_ids[type_]} if withdrawn else set()
    names = {id_: words(id_) for id_ in withdrawn if id_ not in in_use}
    return {id_: f" {' '.join(name)} " for id_, name in names.items() if len(name) > 1}


def _texts(model: BaseModel, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        elements = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, element in elements:
            here = (*path, name) if index is None else (*path, name, index)
            if isinstance(element, BaseModel):
                yield from _texts(element, here)
            elif isinstance(element, str):
                yield here, element
