"""Reading seed files: YAML to checked records, and of every mistake the file, the line, the field and what is right."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from calibaja_api.mistakes import InvalidSeed, Mistake
from calibaja_api.parameters import annotation_nodes
from calibaja_api.resources import RESOURCES
from calibaja_api.resources.records import DatasetRecord, LabelRecord, Record, UnitRecord
from calibaja_api.shapes.vocabulary import ItemType
from calibaja_api.text import nearest

Path_: TypeAlias = tuple[str | int, ...]
R = TypeVar("R", bound=BaseModel)
Coded = TypeVar("Coded", UnitRecord, LabelRecord)

# The same in C, where PyYAML was built with it, is ten times as fast.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# No figure needs more digits, and Python refuses to read some thousands of them.
_MAX_DIGITS: Final = 400
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


@dataclass(slots=True)
class Place:
    """Where a record stands: its file, and the line of each of its fields."""

    file: str
    lines: dict[Path_, int]

    def mistake(self, path: Path_, message: str) -> Mistake:
        """A mistake in the field at a path, at the line of that field or of what it should stand in."""
        nearest_line = next(
            self.lines[path[:length]] for length in range(len(path), -1, -1) if path[:length] in self.lines
        )
        return Mistake(self.file, nearest_line, ".".join(str(part) for part in path), message)


@dataclass(slots=True)
class Seed:
    """What seed files say: valid records with their places, and all mistakes found so far."""

    dataset: DatasetRecord | None = None
    dataset_place: Place = field(default_factory=lambda: Place("dataset.yaml", {(): 1}))
    units: list[UnitRecord] = field(default_factory=list)
    labels: list[LabelRecord] = field(default_factory=list)
    records: dict[ItemType, list[Record]] = field(default_factory=dict)
    places: dict[tuple[ItemType, str], Place] = field(default_factory=dict)
    raw_ids: dict[ItemType, Set[str]] = field(default_factory=dict)
    """Ids of all records, the invalid ones too, so that a mistake is not told again where its record is named."""
    mistakes: list[Mistake] = field(default_factory=list)


def read(folder: Path) -> Seed:
    """Read a seed folder: `dataset`, `units` and `labels`, and of each collection `NAME.yaml` or `NAME/*.yaml`."""
    seed = Seed()
    if not folder.is_dir():
        raise InvalidSeed([Mistake(str(folder), 1, "", "there is no such folder")])
    for value, place in _documents(folder, "dataset", seed.mistakes):
        if seed.dataset is not None:
            seed.mistakes.append(place.mistake((), f"the dataset is told twice; first in {seed.dataset_place.file}"))
        seed.dataset, seed.dataset_place = validated(DatasetRecord, value, place, seed.mistakes), place
    seed.units = list(_coded(UnitRecord, folder, "units", seed.mistakes))
    seed.labels = list(_coded(LabelRecord, folder, "labels", seed.mistakes))
    for resource in RESOURCES:
        seed.records[resource.item_type], seed.raw_ids[resource.item_type] = [], set()
        for value, place in _entries(folder, resource.name, seed.mistakes):
            take(seed, resource.item_type, resource.record, value, place)
    _refuse_strangers(folder, seed.mistakes)
    return seed


def read_dataset(folder: Path) -> DatasetRecord:
    """What a seed folder says of its dataset, without the rest."""
    mistakes: list[Mistake] = []
    for value, place in _documents(folder, "dataset", mistakes):
        record = validated(DatasetRecord, value, place, mistakes)
        if record is not None:
            return record
    raise InvalidSeed(mistakes)


def _coded(model: type[Coded], folder: Path, name: str, mistakes: list[Mistake]) -> Iterator[Coded]:
    """Entries with a code that no other of them has."""
    taken: set[str] = set()
    for value, place in _entries(folder, name, mistakes):
        record = validated(model, value, place, mistakes)
        if record is not None:
            if record.code in taken:
                mistakes.append(place.mistake(("code",), f"{record.code} is there already; codes are used once"))
            taken.add(record.code)
            yield record


def take(seed: Seed, type_: ItemType, model: type[Record], value: Any, place: Place) -> None:
    """Add an item to what seed files say, with whatever is wrong with it."""
    id_ = value.get("id") if isinstance(value, dict) else None
    if isinstance(id_, str):
        if (type_, id_) in seed.places:
            first = seed.places[type_, id_]
            message = f"{id_} is taken: {first.file}:{first.lines[()]}; ids are used once"
            seed.mistakes.append(place.mistake(("id",), message))
            validated(model, value, place, seed.mistakes)
            return
        seed.places[type_, id_] = place
        seed.raw_ids[type_] |= {id_}
    record = validated(model, value, place, seed.mistakes)
    if record is not None:
        seed.records[type_].append(record)


def validated(model: type[R], value: Any, place: Place, mistakes: list[Mistake]) -> R | None:
    """A record of plain data; None where it is none, and why among the mistakes."""
    try:
        # Strict as JSON is: a figure in quotes is no figure, but the word of a vocabulary is that word.
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as invalid:
        # Of a union every arm complains; the last one, the widest, is told.
        told = {_told(error["loc"], value): error for error in invalid.errors(include_url=False)}
        mistakes += [place.mistake(path, _advice(model, path, error)) for path, error in told.items()]
        return None


def _advice(model: type[BaseModel], path: Path_, error: ErrorDetails) -> str:
    """What is wrong with a field, and what would be right."""
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
    if error["type"] == "extra_forbidden":
        return f"there is no such field; {_did_you_mean(str(path[-1]), _fields_at(model, path[:-1]))}"
    if error["type"] == "missing":
        return "is missing"
    return f"{message}, not {error['input']!r}" if isinstance(error["input"], str | int | float) else message


def _told(loc: Path_, value: Any) -> Path_:
    """The part of a mistake's path that stands in the file: without the arms of unions and the last, missing key."""
    path: Path_ = ()
    for part in loc:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if inside or (isinstance(value, dict) and part == loc[-1]):
            path, value = (*path, part), value[part] if inside else None
    return path


def _fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    """The fields of the part of a record that a path leads to."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            nodes = annotation_nodes(model.model_fields[part].rebuild_annotation())
            model = next((node for node in nodes if isinstance(node, type) and issubclass(node, BaseModel)), model)
    return list(model.model_fields)


def _did_you_mean(word: str, fields: list[str]) -> str:
    near = nearest(word, fields)
    if near:
        return f"did you mean {near}?"
    return f"it takes {', '.join(fields)}" if fields else "remove it"


def _files(folder: Path, name: str) -> list[Path]:
    single = folder / f"{name}.yaml"
    return ([single] if single.is_file() else []) + sorted((folder / name).glob("*.yaml"))


def _entries(folder: Path, name: str, mistakes: list[Mistake]) -> Iterator[tuple[Any, Place]]:
    """The entries of the lists in a collection's files, each with the lines of its fields."""
    for value, place in _documents(folder, name, mistakes):
        if not isinstance(value, list):
            mistakes.append(place.mistake((), f"{name} are a list: each entry begins with a dash"))
            continue
        lines: dict[str | int, dict[Path_, int]] = defaultdict(dict)
        for path, line in place.lines.items():
            if path:
                lines[path[0]][path[1:]] = line
        for index, entry in enumerate(value):
            yield entry, Place(place.file, lines[index])


def _documents(folder: Path, name: str, mistakes: list[Mistake]) -> Iterator[tuple[Any, Place]]:
    files = _files(folder, name)
    if not files:
        mistakes.append(Mistake(str(folder / f"{name}.yaml"), 1, "", "is missing"))
    for file in files:
        place = Place(str(file), {(): 1})
        try:
            node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
            value = _value(node, (), place, mistakes) if node else []
        except UnicodeDecodeError as error:
            mistakes.append(Mistake(str(file), 1, "", f"is not UTF-8: {error}"))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            mistakes.append(Mistake(str(file), line, "", f"is not YAML: {error.problem}"))
        except RecursionError:
            mistakes.append(Mistake(str(file), 1, "", "has a part that contains itself, or parts too deep"))
        else:
            yield value, place


def _value(node: yaml.Node, path: Path_, place: Place, mistakes: list[Mistake]) -> Any:
    """A node as plain data. Only true and false are booleans, and a date is the text that it is."""
    place.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            place.lines[*path, key] = key_node.start_mark.line + 1
            if key in mapping:
                mistakes.append(_in_entry(place, (*path, key), "is given twice"))
            if value_node.tag == "tag:yaml.org,2002:null":
                mistakes.append(_in_entry(place, (*path, key), "has no value; leave it out"))
            else:
                mapping[key] = _value(value_node, (*path, key), place, mistakes)
                place.lines[*path, key] = key_node.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*path, index), place, mistakes) for index, each in enumerate(node.value)]
    return _scalar(node)


def _in_entry(place: Place, path: Path_, message: str) -> Mistake:
    """A mistake seen while a file is read: its field is told as it stands in its entry of the file's list."""
    mistake = place.mistake(path, message)
    inside = path[1:] if isinstance(path[0], int) else path
    return Mistake(mistake.file, mistake.line, ".".join(str(part) for part in inside), message)


def _scalar(node: yaml.Node) -> str | int | float | bool:
    text = str(node.value)
    if node.style in {"'", '"', "|", ">"}:  # type: ignore[attr-defined]  # scalars have it
        return text
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > _MAX_DIGITS or not _NUMBER.fullmatch(text):
        return text
    return float(text) if {".", "e", "E"} & set(text) else int(text)


def _refuse_strangers(folder: Path, mistakes: list[Mistake]) -> None:
    """A file that nothing reads is a mistake in its name."""
    names = {"dataset", "units", "labels", *(resource.name for resource in RESOURCES)}
    read_files = {file for name in names for file in _files(folder, name)}
    for file in sorted(folder.rglob("*.y*ml")):
        if file not in read_files:
            near = nearest(file.stem, names)
            message = f"no such file is read; {f'did you mean {near}.yaml?' if near else 'rename or remove it'}"
            mistakes.append(Mistake(str(file), 1, "", message))
