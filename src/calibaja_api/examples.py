"""Examples for the OpenAPI document, asked of the data and refused by the program itself: none is written by hand."""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final
from urllib.parse import urlencode

from calibaja_api.changes import ChangesResponder
from calibaja_api.comparison import CompareResponder
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import (
    InternalError,
    InvalidParameters,
    MethodNotAllowed,
    NotFound,
    Refusal,
    Unavailable,
    UriTooLong,
    VersionGone,
    Withdrawn,
)
from calibaja_api.negotiation import media_format
from calibaja_api.parameters import Operator, Parameter
from calibaja_api.problems import problem_answer
from calibaja_api.resources import RESOURCE_NAMED, RESOURCE_OF, RESOURCES, Resource
from calibaja_api.resources.facts import FACTS
from calibaja_api.resources.predicates import PREDICATES
from calibaja_api.resources.regions import REGIONS
from calibaja_api.respond import ItemResponder, ListResponder
from calibaja_api.search import SearchResponder
from calibaja_api.shapes.answers import Page
from calibaja_api.shapes.changes import ChangedItem, Changes, ChangesMeta, ChangesQuery
from calibaja_api.shapes.comparison import CompareQuery
from calibaja_api.shapes.dataset import AboutQuery, Health, Readiness
from calibaja_api.shapes.parts import Part, Ref
from calibaja_api.shapes.questions import Question
from calibaja_api.shapes.search import SearchQuery
from calibaja_api.shapes.values import DEFAULT_LIMIT
from calibaja_api.shapes.vocabulary import Change, ItemType, Lang, SubjectType, TotalRelation
from calibaja_api.special import index_of, meta_of, problem_description

Json = dict[str, Any]

ENTITY_TYPES: Final = tuple(ItemType(type_) for type_ in SubjectType)
REQUEST_ID: Final = "5f0c7b1e9d2a4c38b6e1f07a9c3d5e21"
GONE: Final = "0123456789abcdef"
NO_ID: Final = "an-id"
FIRST: Final = "limit=1"
SEARCHED: Final = "hernandez"


def answers(dataset: OpenDataset, public_url: str) -> dict[str, Json]:
    """An answer from the data for each list and each item, by operation id."""
    shown: dict[str, Json] = {}
    for resource in RESOURCES:
        responder, item_responder = ListResponder(resource, public_url), ItemResponder(resource, public_url)
        page = _page(responder, resource.example, dataset)
        shown[f"list_{resource.name}"] = page
        if page["data"]:
            item = item_responder.answer(page["data"][0]["id"], item_responder.parser.parse(b""), dataset)
            shown[f"get_{resource.answer.__name__.lower()}"] = json.loads(item.body)
    searching, comparing = SearchResponder(public_url), CompareResponder()
    shown["search"] = json.loads(
        searching.answer(searching.parser.parse(f"q={SEARCHED}&limit=1".encode()), dataset).body
    )
    subjects, predicate = _comparable(dataset)
    if len(subjects) > 1 and predicate:
        pairs = [*(("subject", id_) for id_ in subjects), ("predicate", predicate)]
        shown["compare"] = json.loads(comparing.answer(comparing.parser.parse(urlencode(pairs).encode()), dataset).body)
    return shown | {"list_changes": _changes(dataset)}


def _changes(dataset: OpenDataset) -> Json:
    """A change of an item that this dataset has; what differs from other versions is not its own."""
    type_ = next(type_ for type_ in ItemType if dataset.ids.get(type_))
    id_ = min(dataset.ids[type_])
    responder = ItemResponder(RESOURCE_OF[type_], "")
    item = json.loads(responder.answer(id_, responder.parser.parse(b""), dataset).body)["data"]
    changes = Changes(
        data=[ChangedItem(change=Change.CHANGED, item=Ref(type=type_, id=id_, name=item["name"]))],
        page=Page(limit=DEFAULT_LIMIT, next_cursor=None, next=None),
        meta=ChangesMeta(
            total=1, total_relation=TotalRelation.EQ, dataset_version=dataset.version, lang=Lang.EN, since=GONE
        ),
    )
    shown: Json = changes.model_dump(mode="json", exclude_unset=True)
    return shown


def asked(operation_id: str) -> tuple[Resource | None, type[Question] | None]:
    """What an operation is asked with, and the resource that its parameters are of."""
    verb, _, name = operation_id.partition("_")
    if verb == "list" and name in RESOURCE_NAMED:
        return RESOURCE_NAMED[name], RESOURCE_NAMED[name].question
    if operation_id == "compare":
        return FACTS, CompareQuery
    others: dict[str, type[Question]] = {"search": SearchQuery, "list_changes": ChangesQuery}
    return None, others.get(operation_id)


def _comparable(dataset: OpenDataset) -> tuple[list[str], str | None]:
    """Two subjects and a predicate to compare them by: the declared ones, or others where the data has not these."""
    subjects, predicate = (CompareQuery.model_fields[name].examples or [] for name in ("subject", "predicate"))
    known = dataset.known(ENTITY_TYPES)
    predicates = sorted(dataset.known([ItemType.PREDICATE]))
    shown = subjects[0] if set(subjects[0]) <= known else sorted(known)[:2]
    return shown, predicate[0] if predicate[0] in predicates else next(iter(predicates), None)


def _page(responder: ListResponder, asked: str, dataset: OpenDataset) -> Json:
    """The answer to a question, or the first item where this dataset has not what is asked for."""
    try:
        page: Json = json.loads(responder.answer(responder.parser.parse(asked.encode()), dataset).body)
    except InvalidParameters:
        page = {"data": []}
    if page["data"] or asked == FIRST:
        return page
    return _page(responder, FIRST, dataset)


def about(dataset: OpenDataset, public_url: str) -> dict[str, Json]:
    """An answer of each operation that is not of a resource, by operation id; of the collections one is shown."""
    asked = AboutQuery()
    meta = meta_of([PREDICATES], asked, dataset, public_url)
    shown: dict[str, Part] = {
        "get_index": index_of(asked, dataset, public_url),
        "get_dataset": dataset.about[asked.lang],
        "get_meta": meta,
        "get_collection_meta": meta.collections[0],
        "get_health": Health(status="ok"),
        "get_readiness": Readiness(status="ready", dataset_version=dataset.version),
        "get_problem": problem_description(NotFound, public_url),
    }
    return {operation_id: part.model_dump(mode="json") for operation_id, part in shown.items()}


def problems(dataset: OpenDataset, public_url: str) -> Iterator[tuple[type[Refusal], Json]]:
    """A problem of each code that this program sends, as it sends it."""
    facts, regions = ListResponder(FACTS, public_url), ItemResponder(REGIONS, public_url)
    cases: list[tuple[str, Callable[[], object]]] = [
        ("/v1/facts?regoin=tijuana&limit=0", lambda: facts.parser.parse(b"regoin=tijuana&limit=0")),
        ("/v1/regions/tijuna", lambda: regions.answer("tijuna", regions.parser.parse(b""), dataset)),
        ("/v1/facts", _raise(MethodNotAllowed("POST is not answered; the service is read-only."))),
        ("/v1/facts", lambda: media_format(None, "text/html", RESOURCE_NAMED["facts"].formats)),
        (
            f"/v1/facts?dataset_version={GONE}",
            _raise(VersionGone(f"Version {GONE} is not served; the one that is: {dataset.version}.")),
        ),
        ("/v1/people/somebody", _raise(Withdrawn("people/somebody was withdrawn."))),
        ("/v1/facts", _raise(UriTooLong("Path and query have more than 8,000 characters."))),
        (
            "/v1/facts",
            _raise(InternalError("The service made a mistake; the request id finds it in the log.")),
        ),
        ("/v1/facts", _raise(Unavailable("There is no dataset to answer from; the service's log says why."))),
    ]
    for address, ask in cases:
        try:
            ask()
        except Refusal as refusal:
            path, _, query = address.partition("?")
            scope = {"path": path, "query_string": query.encode(), "state": {"request_id": REQUEST_ID}}
            yield type(refusal), json.loads(bytes(problem_answer(refusal, scope, public_url).body))


def of_parameter(resource: Resource, parameter: Parameter, shown: list[Any], dataset: OpenDataset) -> list[Any]:
    """The declared example of a list's parameter, or one that the dataset has where it does not have that."""
    known: Collection[str] = ()
    one = isinstance(shown[0], str)
    values = shown if one else shown[0]
    if parameter.refers_to:
        known = dataset.known(parameter.refers_to)
    elif parameter.vocabulary and parameter.vocabulary.separator is None:
        known = dataset.vocabularies.get((resource.name, parameter.field), ())
    if known and not set(values) <= set(known):
        # What is wanted and what is not must differ, as they may be asked together.
        excluded = parameter.operator is Operator.NOT
        others = sorted(known, reverse=excluded)[: len(values)]
        return others if one else [others]
    return shown


def from_data(operation_id: str, shown: Json | None, dataset: OpenDataset, public_url: str) -> Json:
    """Examples of the parameters of an operation that only the data has."""
    found: Json = dict.fromkeys(("dataset_version", "version", "since"), dataset.version)
    verb, _, name = operation_id.partition("_")
    if operation_id == "list_changes":
        found["cursor"] = ChangesResponder(public_url).cursor_behind(NO_ID, dataset)
    elif verb == "list":
        responder = ListResponder(RESOURCE_NAMED[name], public_url)
        ids = [item["id"] for item in _page(responder, FIRST, dataset)["data"]] or [NO_ID]
        found |= {"id": ids, "cursor": responder.cursor_behind(ids[-1], dataset)}
    elif operation_id == "search":
        found["cursor"] = SearchResponder(public_url).cursor_behind(SEARCHED, NO_ID, dataset)
    elif operation_id.startswith("get_") and (shown is None or "data" in shown):
        found["id"] = NO_ID if shown is None else shown["data"]["id"]
    return found


def _raise(refusal: Refusal) -> Callable[[], object]:
    def ask() -> object:
        raise refusal

    return ask
