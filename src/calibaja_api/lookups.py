"""What a question names, in the dataset: whether ids and open vocabularies have it, and what it is called."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, literal_column, select

from calibaja_api import query
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import InvalidParameters, parameter_error
from calibaja_api.parameters import Parameter
from calibaja_api.resources import RESOURCE_OF, Resource
from calibaja_api.resources.searching import SEARCH_DOCUMENT
from calibaja_api.shapes.problems import ErrorCode, ParameterError
from calibaja_api.shapes.questions import Question
from calibaja_api.shapes.vocabulary import ItemType, Lang
from calibaja_api.text import nearest


def resolve(
    resource: Resource, parameters: Mapping[str, Parameter], question: Question, dataset: OpenDataset
) -> dict[str, list[str]]:
    """The values of parameters that name ids, renamed ones replaced; `InvalidParameters` for what is not there."""
    resolved: dict[str, list[str]] = {}
    errors: list[ParameterError] = []
    for name in question.model_fields_set:
        parameter, values = parameters[name], getattr(question, name)
        if values is None:
            continue
        if not parameter.many:
            values = [values]
        if parameter.refers_to:
            collections = [RESOURCE_OF[type_].name for type_ in parameter.refers_to]
            resolved[name] = [_renamed(collections, value, dataset) for value in values]
            errors += _unknown_ids(parameter, resolved[name], dataset)
        elif name == "id":
            resolved[name] = [_renamed([resource.name], value, dataset) for value in values]
        elif parameter.vocabulary is not None:
            errors += _unknown_words(parameter, values, dataset.vocabularies.get((resource.name, parameter.field), ()))
    if errors:
        raise InvalidParameters(sorted(errors, key=lambda error: error.parameter))
    return resolved


def _renamed(collections: list[str], id_: str, dataset: OpenDataset) -> str:
    return next((new for name in collections if (new := dataset.renamed.get((name, id_)))), id_)


def _unknown_ids(parameter: Parameter, values: list[str], dataset: OpenDataset) -> Iterator[ParameterError]:
    unknown = [value for value in values if not dataset.knows(parameter.refers_to, value)]
    known = sorted(dataset.known(parameter.refers_to)) if unknown else []
    for value in unknown:
        kinds = " or ".join(parameter.refers_to)
        detail = f"{parameter.name}: there is no {kinds} with the id {value!r}."
        yield parameter_error(parameter.name, ErrorCode.UNKNOWN_ID, detail, nearest(value, known), known)


def _unknown_words(parameter: Parameter, values: list[str], words: tuple[str, ...]) -> Iterator[ParameterError]:
    assert parameter.vocabulary is not None
    separator = parameter.vocabulary.separator
    for value in values:
        word = value.partition(separator)[0] if separator else value
        if word not in words:
            detail = f"{parameter.name}: nothing here has {word!r}."
            yield parameter_error(parameter.name, ErrorCode.UNKNOWN_VALUE, detail, nearest(word, words), words)


def names_of(ids: Sequence[str], types: tuple[ItemType, ...], dataset: OpenDataset, lang: Lang) -> dict[str, str]:
    """The names of items of some types, by id."""
    names: dict[str, str] = {}
    unknown = []
    for id_ in ids:
        name: str | None = dataset.names.get((types, id_, lang))
        if name is None:
            unknown.append(id_)
        else:
            names[id_] = name
    if types and unknown:
        binds = query.id_binds(unknown)
        for id_, name in dataset.rows(_names_select, (lang, types, len(binds)), binds):
            names[id_] = dataset.names.put((types, id_, lang), name)
    return names


def _names_select(lang: Lang, types: tuple[ItemType, ...], items: int) -> Select[Any]:
    ids: list[BindParameter[Any]] = [bindparam(f"id_{index}") for index in range(items)]
    document = SEARCH_DOCUMENT.c
    of_types = document.type.in_([literal_column(f"'{type_}'") for type_ in types])
    return select(document.id, document[f"name_{lang}"]).where(of_types, document.id.in_(ids))
