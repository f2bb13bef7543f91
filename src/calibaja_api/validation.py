"""What must hold between records: references, hierarchy, names. All mistakes are told at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from calibaja_api.disagreements import disagreements
from calibaja_api.mistakes import InvalidSeed, Mistake
from calibaja_api.parameters import references_of
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import DatasetRecord, NamedRecord, Record
from calibaja_api.seeds import Path_, Seed
from calibaja_api.shapes.vocabulary import ItemType, Lang, SubjectType
from calibaja_api.text import fold, nearest, words

MAX_FOLDED_NAME: Final = 1_200

_ENTITY_TYPES = tuple(ItemType(type_) for type_ in SubjectType)


def catalog_of(seed: Seed) -> Catalog:
    """The records of seed files, checked; `InvalidSeed` tells all that is wrong with them."""
    mistakes = [*seed.mistakes, *_shared_ids(seed), *_wrong_references(seed), *_same_names(seed), *_repeated(seed)]
    mistakes += [*_shared_identifiers(seed), *_long_names(seed), *_unlabeled(seed)]
    if seed.dataset is None:
        raise InvalidSeed(mistakes)
    catalog = Catalog(seed.dataset, seed.units, seed.labels, seed.records)
    mistakes += [*_own_checks(seed, catalog), *_cycles(seed, catalog), *_former_ids(seed, seed.dataset)]
    mistakes += _withdrawn_names(seed, seed.dataset)
    if not mistakes:
        for type_, id_, field, message in disagreements(catalog):
            mistakes.append(_mistake(seed, type_, catalog.records[type_][id_], (field,), message))
    if mistakes:
        raise InvalidSeed(mistakes)
    return catalog


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


def _wrong_references(seed: Seed) -> Iterator[Mistake]:
    for type_, record in _each(seed):
        for path, id_, types in references(record):
            if not any(id_ in seed.raw_ids[target] for target in types):
                known = {known for target in types for known in seed.raw_ids[target]}
                near = nearest(id_, known)
                advice = f"; did you mean {near}?" if near else ""
                kinds = " or ".join(types)
                yield _mistake(seed, type_, record, path, f"there is no {kinds} with the id {id_}{advice}")


def references(model: BaseModel, path: Path_ = ()) -> Iterator[tuple[Path_, str, tuple[ItemType, ...]]]:
    """Every id in a record, with its path and the types of items that it can name."""
    types_of = references_of(type(model))
    for name in type(model).model_fields:
        value = getattr(model, name)
        elements = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, element in elements:
            here = (*path, name) if index is None else (*path, name, index)
            if isinstance(element, BaseModel):
                yield from references(element, here)
            elif name in types_of and element is not None:
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


def _own_checks(seed: Seed, catalog: Catalog) -> Iterator[Mistake]:
    for resource in RESOURCES:
        for record in seed.records[resource.item_type]:
            # These checks look other records up; where one is wrong itself, that is told already.
            if all(any(id_ in catalog.records[type_] for type_ in types) for _, id_, types in references(record)):
                for name, message in resource.check(record, catalog):
                    yield _mistake(seed, resource.item_type, record, (name,), message)


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


def _long_names(seed: Seed) -> Iterator[Mistake]:
    """A cursor of a list that is ordered by names holds a folded one, so no name is too long for a cursor."""
    for type_, record in _each(seed):
        for lang in Lang if type_ is not ItemType.FACT else ():
            size = len(json.dumps(fold(record.label(lang)), ensure_ascii=False).encode())
            if size > MAX_FOLDED_NAME:
                message = f"is too long: {size:,} bytes when folded; at most {MAX_FOLDED_NAME:,}"
                yield _mistake(seed, type_, record, ("name",), message)


def _unlabeled(seed: Seed) -> Iterator[Mistake]:
    """Every word of an open vocabulary has words that people read."""
    known = {label.code for label in seed.labels}
    for type_, record in _each(seed):
        for name in ("kind", "language"):
            word = getattr(record, name, None)
            if word is not None and word not in known:
                yield _mistake(seed, type_, record, (name,), f"{word} is not in labels.yaml, so it has no label")


def _repeated(seed: Seed) -> Iterator[Mistake]:
    """No list of a record names a thing twice, and no two facts say the same."""
    claims: dict[tuple[Lang, str], str] = {}
    for type_, record in _each(seed):
        for name in type(record).model_fields:
            value = getattr(record, name)
            if isinstance(value, list):
                told = [element.model_dump_json() if isinstance(element, BaseModel) else element for element in value]
                if len(told) != len(set(told)):
                    yield _mistake(seed, type_, record, (name,), "names something twice")
        if type_ is ItemType.FACT:
            for lang in Lang:
                other = claims.setdefault((lang, fold(record.claim[lang])), record.id)
                if other != record.id:
                    yield _mistake(seed, type_, record, ("claim",), f"{other} makes the same claim in {lang}")


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


def _withdrawn_names(seed: Seed, dataset: DatasetRecord) -> Iterator[Mistake]:
    """Who was withdrawn is named nowhere. The name is known from the id, as nothing else is left of them."""
    in_use = {id_ for type_ in _ENTITY_TYPES for id_ in seed.raw_ids[type_]}
    names = {id_: words(id_) for id_ in dataset.withdrawn.get("people", ()) if id_ not in in_use}
    told = {id_: f" {' '.join(name)} " for id_, name in names.items() if len(name) > 1}
    for type_, record in _each(seed) if told else ():
        for path, text in _texts(record):
            said = f" {' '.join(words(text))} "
            for id_, name in told.items():
                if name in said:
                    yield _mistake(seed, type_, record, path, f"names {id_}, who was withdrawn")


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
