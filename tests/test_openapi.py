import asyncio
import copy
import gc
import json
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.conftest import ROOT, running_server
from tests.rich import Json, Served, write_small_seed
from tests.waiting import eventually

from calibaja_api.app import create_app
from calibaja_api.datasets import OpenDataset
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCES
from calibaja_api.settings import Settings
from calibaja_api.sqlite import SqliteDatabase, url_of

pytest_plugins = ["tests.rich"]

COMMITTED: Json = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    "get_index",
    "get_dataset",
    "get_meta",
    "get_collection_meta",
    "get_health",
    "get_metrics",
    "get_readiness",
    "get_problem",
    "search",
    "compare",
    "list_changes",
    "get_dataset_records",
    "get_dataset_file",
]
OPERATIONS += [f"list_{resource.name}" for resource in RESOURCES]
OPERATIONS += [f"get_{resource.item_type}" for resource in RESOURCES]
REQUIRED = {"/v1/search": {"q"}, "/v1/compare": {"subject", "predicate"}, "/v1/changes": {"since"}}
"""Query parameters without which there is no answer."""
FILES = {
    "/v1/dataset/{version}.ndjson": "application/x-ndjson",
    "/v1/dataset/{version}.sqlite3": "application/vnd.sqlite3",
}
"""Media types of what is a file and nothing else."""


@pytest.fixture(scope="session")
def document(http: httpx.Client) -> Json:
    response = http.get("/openapi.json")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    served: Json = response.json()
    return served


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        assert list(methods) == ["get"]
        yield path, methods["get"]


def in_json(document: Json) -> Iterator[tuple[str, Json]]:
    """The operations that are answered in JSON: not what Prometheus asks, and no files."""
    others = {"/metrics", *FILES}
    return ((path, operation) for path, operation in operations(document) if path not in others)


def resolved(document: Json, node: Json) -> Json:
    """What a `$ref` leads to, with what stands beside it."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
    return node


def answer_schema(operation: Json) -> Json:
    schema: Json = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


def nodes(node: Any) -> Iterator[Json]:
    """Every object of a document but those of examples."""
    if isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name not in {"example", "examples"}:
                yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def check(document: Json, schema: Json, value: Any) -> None:
    """The value is of the schema, and has no member that the schema does not name."""
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)
    unnamed(document, schema, value)


def unnamed(document: Json, schema: Json, value: Any) -> None:
    schema = resolved(document, schema)
    if isinstance(value, list):
        for element in value:
            unnamed(document, schema.get("items", {}), element)
    elif isinstance(value, dict):
        for alternative in schema.get("anyOf", [schema]):
            declared = resolved(document, alternative)
            if "properties" in declared:
                assert set(value) <= set(declared["properties"])
                for name, member in value.items():
                    unnamed(document, declared["properties"][name], member)
            elif isinstance(declared.get("additionalProperties"), dict):
                for member in value.values():
                    unnamed(document, declared["additionalProperties"], member)


def test_it_is_valid(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_operations_have_the_declared_ids(document: Json) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(ids) == sorted(OPERATIONS)


def test_tags_stand_in_the_order_of_the_resources(document: Json) -> None:
    names = [tag["name"] for tag in document["tags"]]
    assert names == [*(resource.name for resource in RESOURCES), "search", "service", "health"]
    assert all(tag["description"] for tag in document["tags"])
    assert list(dict.fromkeys(operation["tags"][0] for _, operation in operations(document))) == names
    assert all(len(operation["tags"]) == 1 for _, operation in operations(document))


def test_operations_are_described(document: Json) -> None:
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path


def test_every_parameter_is_described_typed_exampled_and_never_null(document: Json) -> None:
    for path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            about = f"{path} {parameter['name']}"
            schema = resolved(document, parameter["schema"])
            assert parameter["description"], about
            assert isinstance(schema["type"], str), about
            assert schema["type"] != "array" or isinstance(resolved(document, schema["items"])["type"], str), about
            assert schema["examples"], about
            assert "anyOf" not in schema, about
            assert "null" not in json.dumps(schema), about
            in_query = parameter["name"] in REQUIRED.get(path, ())
            assert parameter["required"] is (parameter["in"] == "path" or in_query), about
            check(document, schema, schema["examples"][0])


def test_lists_have_every_parameter_that_is_executed(document: Json) -> None:
    for resource in RESOURCES:
        declared = document["paths"][f"/v1/{resource.name}"]["get"]["parameters"]
        assert {parameter["name"] for parameter in declared} == set(resource.parameters)


def asked(parameter: Json) -> dict[str, Any]:
    [example, *_] = parameter["schema"]["examples"]
    return {parameter["name"]: json.loads(json.dumps(example), parse_constant=str)}


def addresses(document: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every example as a request: each operation with what it must have, then with each other parameter."""
    for path, operation in operations(document):
        parameters = operation.get("parameters", ())
        in_path = [asked(parameter) for parameter in parameters if parameter["in"] == "path"]
        filled = path.format_map({name: value for each in in_path for name, value in each.items()})
        query = [parameter for parameter in parameters if parameter["in"] == "query"]
        needed = {name: value for p in query if p["required"] for name, value in asked(p).items()}
        yield filled, needed
        for parameter in query:
            # An answer in JSON has all its members.
            table = {"format": "csv"} if parameter["name"] == "fields" else {}
            yield filled, {**needed, **table, **asked(parameter)}


def test_every_example_of_a_parameter_is_answered(http: httpx.Client, document: Json) -> None:
    for path, query in addresses(document):
        response = http.get(path, params=query)
        assert response.status_code == 200, (path, query, response.text[:300])


def test_every_example_of_an_answer_is_of_its_schema(document: Json) -> None:
    for path, operation in in_json(document):
        content = operation["responses"]["200"]["content"]["application/json"]
        assert content["example"], path
        check(document, content["schema"], content["example"])


def test_every_example_of_a_problem_is_of_its_schema(document: Json) -> None:
    seen = set()
    for name, response in document["components"]["responses"].items():
        [media_type] = response["content"]
        assert media_type == "application/problem+json"
        content = response["content"][media_type]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        if name != "Problem":
            check(document, content["schema"], content["example"])
            seen.add(content["example"]["code"])
    assert seen <= set(document["components"]["schemas"]["ProblemCode"]["enum"])


def test_every_example_of_a_field_is_of_its_schema(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            for example in declared.get("examples", ()):
                assert Draft202012Validator({**declared, "components": document["components"]}).is_valid(example), (
                    name,
                    field,
                )


@pytest.mark.parametrize("lang", ["en", "es"])
def test_answers_are_of_their_schema(http: httpx.Client, document: Json, lang: str) -> None:
    for path, operation in in_json(document):
        parameters = operation.get("parameters", ())
        names = {parameter["name"]: parameter for parameter in parameters}
        filled = path.format_map({name: asked(p)[name] for name, p in names.items() if p["in"] == "path"})
        query: dict[str, Any] = {"lang": lang, "limit": 200}
        query |= {name: asked(p)[name] for name, p in names.items() if p["in"] == "query" and p["required"]}
        for name in {"include", "facets"} & set(names):
            query[name] = names[name]["schema"]["items"]["enum"]
        response = http.get(filled, params={name: value for name, value in query.items() if name in names})
        assert response.status_code == 200
        check(document, answer_schema(operation), response.json())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_made_up_answers_are_of_their_schema(rich: Served, document: Json, lang: str) -> None:
    for resource in RESOURCES:
        schema = answer_schema(document["paths"][f"/v1/{resource.name}"]["get"])
        query: Json = {"limit": 200, "lang": lang, "include": resource.include_values, "facets": resource.facet_values}
        answer = rich.http.get(f"/v1/{resource.name}", params={k: v for k, v in query.items() if v}).json()
        check(document, schema, answer)


def test_problems_are_of_their_schema(http: httpx.Client, document: Json) -> None:
    schema = {"$ref": "#/components/schemas/Problem"}
    for address in (
        "/nothing",
        "/v1/facts?regoin=a&limit=0",
        "/v1/regions/tijuna",
        "/v1/facts?dataset_version=" + "0" * 16,
    ):
        check(document, schema, http.get(address).json())
    check(document, schema, http.post("/v1/facts").json())


def test_every_field_is_described(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            assert resolved(document, declared)["description"], f"{name}.{field}"


CLOSED = {
    "ItemType": "region sector organization person agreement event fact predicate source",
    "SubjectType": "region sector organization person agreement event",
    "Qualifier": "exact about nearly more-than at-least less-than at-most between rank",
    "Basis": "observed estimated planned forecast opinion",
    "TimeBasis": "stated reported derived",
    "Precision": "day month season year decade century",
    "Tier": "A B C",
    "ValueType": "quantity text date entity",
    "Lang": "en es",
    "Count": "auto exact none",
    "TotalRelation": "eq gte",
    "TimeMatch": "possible certain",
    "SearchType": "region sector organization person agreement event fact",
    "ProblemCode": (
        "invalid-parameters not-found method-not-allowed not-acceptable version-gone withdrawn uri-too-long "
        "too-many-requests internal-error unavailable"
    ),
    "ErrorCode": (
        "unknown-parameter repeated empty wrong-form out-of-bounds not-allowed unknown-id unknown-value "
        "foreign-cursor needs-q reversed-interval excluded-combination"
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_vocabularies_are_enums(document: Json, name: str) -> None:
    assert set(document["components"]["schemas"][name]["enum"]) == set(CLOSED[name].split())


def test_fields_and_parameters_of_closed_vocabularies_are_enums(document: Json) -> None:
    vocabularies = {
        "qualifier": "Qualifier",
        "basis": "Basis",
        "time_basis": "TimeBasis",
        "precision": "Precision",
        "tier": "Tier",
        "value_type": "ValueType",
        "lang": "Lang",
    }
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for field, declared in schema.get("properties", {}).items():
            if field in vocabularies:
                assert f"#/components/schemas/{vocabularies[field]}" in json.dumps(declared)
            if field == "type" and "const" not in declared and schema["title"] not in {"Problem", "ProblemDescription"}:
                assert resolved(document, declared)["enum"]
    closed = {*vocabularies, "source__tier", "subject__type", "format", "count", "time_match", "sort", "include"}
    closed |= {"facets", "fields", "type"}
    for _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"].removesuffix("__not") in closed:
                schema = resolved(document, parameter["schema"])
                assert resolved(document, schema.get("items", schema))["enum"], parameter["name"]


def test_the_bounds_of_the_contract_are_in_the_document(document: Json) -> None:
    facts = {each["name"]: each["schema"] for each in document["paths"]["/v1/facts"]["get"]["parameters"]}
    regions = {each["name"]: each["schema"] for each in document["paths"]["/v1/regions"]["get"]["parameters"]}
    assert (facts["limit"]["minimum"], facts["limit"]["maximum"], facts["limit"]["default"]) == (1, 200, 25)
    assert facts["cursor"]["maxLength"] == 2_000
    assert {facts[name]["maxItems"] for name in ("region", "id", "sort", "include", "value", "basis")} == {100}
    assert (facts["facet_limit"]["minimum"], facts["facet_limit"]["maximum"]) == (1, 200)
    assert facts["facet_limit"]["default"] == 20
    assert regions["name__contains"]["maxLength"] == facts["q"]["maxLength"] == 200
    assert (regions["radius_km"]["exclusiveMinimum"], regions["radius_km"]["default"]) == (0, 50)
    assert facts["region"]["items"]["maxLength"] == 96
    compared = {each["name"]: each["schema"] for each in document["paths"]["/v1/compare"]["get"]["parameters"]}
    assert (compared["subject"]["minItems"], compared["subject"]["maxItems"]) == (2, 20)


def test_lists_name_the_media_types_that_they_are_answered_in(http: httpx.Client, document: Json) -> None:
    for path, operation in operations(document):
        content = operation["responses"]["200"]["content"]
        parameters = operation.get("parameters", ())
        formats = [resolved(document, p["schema"])["enum"] for p in parameters if p["name"] == "format"]
        if path.removeprefix("/v1/") in {resource.name for resource in RESOURCES}:
            answers = [http.get(path, params={"format": format_, "limit": 1}) for format_ in formats[0]]
            told = [answer.headers["content-type"].partition(";")[0] for answer in answers]
            assert list(content) == told, path
        else:
            plain = "text/plain" if path == "/metrics" else "application/json"
            assert list(content) == ([FILES[path], "application/octet-stream"] if path in FILES else [plain]), path
            assert formats in ([], [["json"]]), path


def test_nothing_of_another_frameworks_refusals_is_left(document: Json) -> None:
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    assert all("422" not in operation["responses"] for _, operation in operations(document))


def test_every_operation_names_its_problems(document: Json) -> None:
    for path, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"200", "405", "414", "500", "default"} <= statuses
        if path.startswith("/v1"):
            assert {"304", "400", "406", "409", "503"} <= statuses
        if path.startswith("/v1/") and path.endswith("{id}"):
            assert {"308", "404", "410"} <= statuses


def test_every_reference_leads_somewhere_and_every_component_is_used(document: Json) -> None:
    used = {node["$ref"] for node in nodes(document) if "$ref" in node}
    assert all(resolved(document, {"$ref": ref}) for ref in used)
    there = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named}
    assert used == there


def without_examples(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: without_examples(value) for name, value in node.items() if name not in {"example", "examples"}}
    return [without_examples(value) for value in node] if isinstance(node, list) else node


def test_the_committed_document_is_the_served_one_up_to_examples(document: Json) -> None:
    assert without_examples(document) == without_examples(COMMITTED)


def test_the_document_of_another_dataset_differs_only_in_examples(rich: Served, document: Json) -> None:
    response = rich.http.get("/openapi.json")
    assert response.status_code == 200
    assert without_examples(response.json()) == without_examples(document)


def test_the_examples_of_another_dataset_are_answered_by_it(rich: Served) -> None:
    for path, query in addresses(rich.http.get("/openapi.json").raise_for_status().json()):
        response = rich.http.get(path, params=query)
        assert response.status_code == 200, (path, query, response.text[:300])


@pytest.mark.slow
def test_there_is_a_document_where_collections_are_empty(tmp_path: Path, document: Json) -> None:
    path = tmp_path / "small.sqlite3"
    publish(draft(write_small_seed(tmp_path / "seed", 1)), SqliteDatabase(path))
    with running_server(path) as address:
        served = httpx.get(f"{address}/openapi.json")
        assert served.status_code == 200
        assert without_examples(served.json()) == without_examples(document)


def test_a_dataset_whose_document_was_asked_for_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "small.sqlite3"

    def published(items: int) -> None:
        publish(draft(write_small_seed(tmp_path / f"seed-{items}", items)), SqliteDatabase(path))

    async def asked() -> weakref.ref[OpenDataset]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://made") as http:
            assert (await http.get("/openapi.json")).status_code == 200
        return weakref.ref(app.state.datasets.current())

    published(1)
    app = create_app(Settings(database_url=url_of(path)))
    first = asyncio.run(asked())
    published(2)
    assert eventually(lambda: app.state.datasets.current() is not first())
    second = asyncio.run(asked())
    gc.collect()
    assert first() is None
    assert second() is not None
    app.state.workers.close()
    app.state.datasets.close()


# What a client of one document can rely on in another.

Breaks = Iterator[str]


def classify(old: Json, new: Json) -> str:
    """Whether a document is equal to an older one up to examples, adds to it, or breaks what clients rely on."""
    if without_examples(old) == without_examples(new):
        return "equal"
    return "breaking" if any(breaks(old, new)) else "additive"


def breaks(old: Json, new: Json) -> Breaks:
    """What a client of the old document cannot do with the new one any more."""
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            now = new["paths"].get(path, {}).get(method)
            about = f"{method} {path}"
            if now is None:
                yield f"{about} is gone"
            else:
                yield from broken_operation(about, old, operation, new, now)


def broken_operation(about: str, old: Json, operation: Json, new: Json, now: Json) -> Breaks:
    if operation["operationId"] != now["operationId"]:
        yield f"{about} is called {now['operationId']}"
    before = {(each["in"], each["name"]): each for each in operation.get("parameters", ())}
    after = {(each["in"], each["name"]): each for each in now.get("parameters", ())}
    for key, parameter in before.items():
        if key not in after:
            yield f"{about}: parameter {key} is gone"
        else:
            if after[key]["required"] and not parameter["required"]:
                yield f"{about}: parameter {key} is required"
            yield from narrowed(f"{about} {key}", old, parameter["schema"], new, after[key]["schema"])
    yield from (
        f"{about}: parameter {key} is new and required" for key in after.keys() - before if after[key]["required"]
    )
    for status, response in operation["responses"].items():
        if status not in now["responses"]:
            yield f"{about}: {status} is gone"
        else:
            there = resolved(new, now["responses"][status]).get("content", {})
            for media_type, content in resolved(old, response).get("content", {}).items():
                if media_type not in there:
                    yield f"{about}: {status} is no {media_type}"
                else:
                    yield from changed(f"{about} {status}", old, content["schema"], new, there[media_type]["schema"])


def alternatives(document: Json, schema: Json) -> dict[str, Json]:
    """A schema as one schema for each type of value that it allows; `any` allows all."""
    schema = resolved(document, schema)
    found: dict[str, Json] = {}
    for each in schema.get("anyOf", [schema]):
        alternative = resolved(document, each)
        types = alternative.get("type", "any")
        found |= dict.fromkeys([types] if isinstance(types, str) else types, alternative)
    return found


def allowed(schema: Json) -> set[Any] | None:
    return {schema["const"]} if "const" in schema else set(schema["enum"]) if "enum" in schema else None


LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def narrowed(about: str, old: Json, before: Json, new: Json, after: Json) -> Breaks:
    """What a parameter took and takes no more."""
    was, now = alternatives(old, before), alternatives(new, after)
    for type_, schema in was.items():
        wider = now.get(type_) or now.get("any") or (now.get("number") if type_ == "integer" else None)
        if wider is None:
            yield f"{about} takes no {type_}"
            continue
        values = allowed(wider)
        if values is not None and not (allowed(schema) or {...}) <= values:
            yield f"{about} takes only {sorted(values)}"
        if any(wider.get(name, schema.get(name)) != schema.get(name) for name in ("pattern", "format")):
            yield f"{about} takes another form"
        for name in LOWER:
            if name in wider and wider[name] > schema.get(name, float("-inf")):
                yield f"{about}: {name} is {wider[name]}"
        for name in UPPER:
            if name in wider and wider[name] < schema.get(name, float("inf")):
                yield f"{about}: {name} is {wider[name]}"
        if "items" in wider:
            yield from narrowed(f"{about}[]", old, schema.get("items", {}), new, wider["items"])


def changed(about: str, old: Json, before: Json, new: Json, after: Json) -> Breaks:
    """What an answer had and has no more, or has now and no client expects."""
    was, now = alternatives(old, before), alternatives(new, after)
    for type_, schema in now.items():
        known = was.get(type_) or was.get("any") or (was.get("number") if type_ == "integer" else None)
        if known is None:
            yield f"{about} can be {type_}"
            continue
        if "const" in known and allowed(schema) != allowed(known):
            yield f"{about} is not always {known['const']}"
        for name, declared in known.get("properties", {}).items():
            if name not in schema.get("properties", {}):
                yield f"{about}.{name} is gone"
            elif name in known.get("required", ()) and name not in schema.get("required", ()):
                yield f"{about}.{name} is not always there"
            else:
                yield from changed(f"{about}.{name}", old, declared, new, schema["properties"][name])
        for name in ("items", "additionalProperties"):
            if isinstance(known.get(name), dict):
                yield from changed(f"{about}.{name}", old, known[name], new, schema.get(name, {}))


def facts_list(document: Json) -> Json:
    operation: Json = document["paths"]["/v1/facts"]["get"]
    return operation


def parameter_of(document: Json, name: str) -> Json:
    return next(each for each in facts_list(document)["parameters"] if each["name"] == name)


def without_parameter(document: Json, name: str) -> None:
    facts_list(document)["parameters"].remove(parameter_of(document, name))


def fact_of(document: Json) -> Json:
    schema: Json = document["components"]["schemas"]["Fact"]
    return schema


def new_parameter(required: bool) -> Json:
    return {"name": "shape", "in": "query", "required": required, "schema": {"type": "string"}, "description": "New."}


CHANGES: dict[str, tuple[str, Callable[[Json], Any]]] = {
    "nothing": ("equal", lambda _: None),
    "an example": ("equal", lambda d: facts_list(d)["responses"]["200"]["content"]["application/json"].pop("example")),
    "an example of a parameter": ("equal", lambda d: parameter_of(d, "limit")["schema"].update(examples=[11])),
    "other words": ("additive", lambda d: facts_list(d).update(summary="Other words")),
    "a new path": ("additive", lambda d: d["paths"].update({"/v1/more": d["paths"]["/v1/facts"]})),
    "a path gone": ("breaking", lambda d: d["paths"].pop("/v1/facts")),
    "an operation gone": ("breaking", lambda d: d["paths"]["/v1/facts"].pop("get")),
    "an operation renamed": ("breaking", lambda d: facts_list(d).update(operationId="facts")),
    "a new parameter": ("additive", lambda d: facts_list(d)["parameters"].append(new_parameter(required=False))),
    "a new required parameter": (
        "breaking",
        lambda d: facts_list(d)["parameters"].append(new_parameter(required=True)),
    ),
    "a parameter required": ("breaking", lambda d: parameter_of(d, "limit").update(required=True)),
    "a parameter gone": ("breaking", lambda d: without_parameter(d, "region")),
    "a value of a parameter gone": ("breaking", lambda d: parameter_of(d, "sort")["schema"]["items"]["enum"].pop()),
    "a new value of a parameter": (
        "additive",
        lambda d: parameter_of(d, "sort")["schema"]["items"]["enum"].append("claim"),
    ),
    "a parameter closed": (
        "breaking",
        lambda d: parameter_of(d, "region")["schema"]["items"].update(enum=["tijuana"]),
    ),
    "a value of a shared vocabulary gone": ("breaking", lambda d: d["components"]["schemas"]["Basis"]["enum"].pop()),
    "a new value of a shared vocabulary": (
        "additive",
        lambda d: d["components"]["schemas"]["Basis"]["enum"].append("guessed"),
    ),
    "a parameter of one value only": (
        "breaking",
        lambda d: parameter_of(d, "region").update(schema={"type": "string"}),
    ),
    "a number that must be whole": (
        "breaking",
        lambda d: parameter_of(d, "value__gte")["schema"].update(type="integer"),
    ),
    "a whole number that need not be": ("additive", lambda d: parameter_of(d, "limit")["schema"].update(type="number")),
    "a lower bound": ("breaking", lambda d: parameter_of(d, "limit")["schema"].update(maximum=100)),
    "a higher bound": ("additive", lambda d: parameter_of(d, "limit")["schema"].update(maximum=500)),
    "a bound where there was none": ("breaking", lambda d: parameter_of(d, "cursor")["schema"].update(minLength=9)),
    "fewer values": ("breaking", lambda d: parameter_of(d, "region")["schema"].update(maxItems=10)),
    "another form": ("breaking", lambda d: parameter_of(d, "region")["schema"]["items"].update(pattern="^[a-z]+$")),
    "any form": ("additive", lambda d: parameter_of(d, "region")["schema"]["items"].pop("pattern")),
    "a field gone": ("breaking", lambda d: fact_of(d)["properties"].pop("note")),
    "a new field": ("additive", lambda d: fact_of(d)["properties"].update(colour={"type": "string"})),
    "a field not always there": ("breaking", lambda d: fact_of(d)["required"].remove("note")),
    "a field of another type": ("breaking", lambda d: fact_of(d)["properties"].update(value={"type": "string"})),
    "a field that can be null": (
        "breaking",
        lambda d: fact_of(d)["properties"].update(claim={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ),
    "a field that is never null": ("additive", lambda d: fact_of(d)["properties"].update(note={"type": "string"})),
    "a field of a part gone": ("breaking", lambda d: d["components"]["schemas"]["Ref"]["properties"].pop("name")),
    "another type of a list": (
        "breaking",
        lambda d: fact_of(d)["properties"]["citations"].update(items={"type": "string"}),
    ),
    "an answer gone": ("breaking", lambda d: facts_list(d)["responses"].pop("304")),
    "a new answer": ("additive", lambda d: facts_list(d)["responses"].update({"429": {"description": "New."}})),
    "another media type": (
        "breaking",
        lambda d: facts_list(d)["responses"]["200"].update(content={"text/csv": {"schema": {"type": "string"}}}),
    ),
    "a media type more": (
        "additive",
        lambda d: facts_list(d)["responses"]["200"]["content"].update({"text/plain": {"schema": {"type": "string"}}}),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_document_is_told_from_a_breaking_one(change: str) -> None:
    kind, apply = CHANGES[change]
    new = copy.deepcopy(COMMITTED)
    apply(new)
    assert classify(COMMITTED, new) == kind, list(breaks(COMMITTED, new))


def test_the_served_document_breaks_nothing_of_the_committed_one(document: Json) -> None:
    assert list(breaks(COMMITTED, document)) == []
    assert classify(COMMITTED, document) in {"equal", "additive"}
