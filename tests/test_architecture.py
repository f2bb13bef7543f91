"""What the modules of the package may know of each other, read from their imports."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import calibaja_api
from calibaja_api.resources import RESOURCES
from calibaja_api.shapes import Included

PACKAGE = "calibaja_api"
FOLDER = Path(calibaja_api.__file__).parent

# From the bottom to the top: a module imports only what stands before it. A package stands as one.
LAYERS = [
    # Dates, text, places and tables, each by itself.
    *(
        "dates",
        "text",
        "matching",
        "globe",
        "geojson",
        "bibliography",
        "packaged",
        "mistakes",
        "findings",
        "remembering",
    ),
    "parallel",
    *("fields", "answer"),
    *("database", "sqlite", "postgresql", "databases", "settings", "prose"),
    # What is asked and what is answered: all that the client knows.
    *("shapes", "client"),
    # What words, parameters and refusals mean.
    *("phrases", "wording", "figures", "claims", "tabular", "errors", "parameters", "cursors", "negotiation"),
    *("contradictions", "parsing", "operators"),
    # Where items are stored, and how they get there.
    *(
        "resources",
        "stamps",
        "datasets",
        "following",
        "citations",
        "seeds",
        "spool",
        "canonical",
        "disagreements",
        "validation",
    ),
    *("ndjson", "checking", "indexing", "rows", "tallies", "summaries"),
    "publishing",
    # From a question to the bytes of an answer.
    *("filtering", "ordering", "query", "ranks", "lookups", "paging"),
    *("stored_tallies", "facets", "totals", "listing", "exports", "respond"),
    *("search", "comparison", "changes"),
    *("downloads", "describing"),
    # HTTP.
    *(
        "answering",
        "caching",
        "metrics",
        "exposition",
        "absent",
        "logs",
        "outbox",
        "heads",
        "connections",
        "protocol",
        "workers",
        "problems",
        "compression",
        "edge",
    ),
    *("routes", "special", "door", "examples", "openapi", "pages", "app", "serving", "doctor"),
    # The command.
    *("progress", "cli", "__main__"),
]


def name_of(path: Path) -> str:
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return ".".join((PACKAGE, *parts)).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(FOLDER.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

each_module = pytest.mark.parametrize("module", MODULES)


def imports(module: str) -> Iterator[tuple[str, str]]:
    """What a module imports anywhere in its code: the module, and the name in it or nothing."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative name"
            assert node.module is not None
            yield from ((node.module, alias.name) for alias in node.names)


def own_imports(module: str) -> set[str]:
    """The modules of the package that a module imports."""
    found = set()
    for imported, name in imports(module):
        if imported.partition(".")[0] == PACKAGE:
            inner = f"{imported}.{name}"
            found.add(inner if inner in MODULES else imported)
    return found


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_module_has_a_layer() -> None:
    assert len(set(LAYERS)) == len(LAYERS)
    assert {layer(module) for module in MODULES} - {""} == set(LAYERS)


@each_module
def test_a_module_imports_only_from_the_layers_below(module: str) -> None:
    # The package itself holds its version, and imports nothing.
    order = {"": -1, **{name: position for position, name in enumerate(LAYERS)}}
    upward = {
        imported
        for imported in own_imports(module)
        if layer(imported) != layer(module) and order[layer(imported)] > order[layer(module)]
    }
    assert upward == set()


def test_no_modules_import_each_other() -> None:
    graph = {module: own_imports(module) - {module} for module in MODULES}
    assert len(tuple(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)
    assert any(graph.values())


TABLES = {"sqlalchemy", "sqlmodel", "alembic", "sqlite3"}
SERVERS = {"fastapi", "starlette", "uvicorn"}


def of_layers(*layers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", [module for module in MODULES if layer(module) in layers])


@of_layers("dates", "text", "matching", "globe", "geojson", "bibliography", "wording", "figures", "claims", "tabular")
def test_what_words_and_formats_mean_knows_no_table_and_no_server(module: str) -> None:
    assert {name.partition(".")[0] for name, _ in imports(module)}.isdisjoint(TABLES | SERVERS)


@of_layers("shapes", "client")
def test_shapes_know_no_table_and_no_server(module: str) -> None:
    assert {name.partition(".")[0] for name, _ in imports(module)}.isdisjoint(TABLES | SERVERS)


@of_layers(
    *(
        "fields",
        "operators",
        "parameters",
        "parsing",
        "cursors",
        "resources",
        "datasets",
        "following",
        "disagreements",
        "indexing",
    ),
    *("filtering", "query", "lookups", "paging", "facets", "exports", "respond", "search", "comparison"),
)
def test_what_makes_and_answers_questions_knows_no_server(module: str) -> None:
    assert {name.partition(".")[0] for name, _ in imports(module)}.isdisjoint(SERVERS | {"sqlite3"})


@pytest.mark.parametrize("module", ["client", "shapes"])
def test_importing_the_client_loads_no_table_and_no_server(module: str) -> None:
    code = f"import sys, {PACKAGE}.{module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(printed.split())
    assert {PACKAGE, "pydantic"} <= loaded
    assert loaded.isdisjoint(TABLES | SERVERS)


def test_to_make_the_application_loads_nothing_that_only_some_ask_for() -> None:
    # In an event loop, as the server makes it.
    code = (
        "import asyncio, sys; from calibaja_api.app import create_app; from calibaja_api.settings import Settings\n"
        "async def make(): create_app(Settings(database_url='sqlite:////nowhere.sqlite3'))\n"
        "asyncio.run(make()); print(*sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(printed.split())
    assert {PACKAGE, "fastapi", "sqlmodel"} <= loaded
    asked_for = {
        "prometheus_client",
        "alembic",
        "psycopg",
        "yaml",
        "httpx",
        "rich",
        "platformdirs",
        "anyio._backends._asyncio",
        "pydantic.v1",
        *(f"{PACKAGE}.{name}" for name in ("openapi", "examples", "canonical", "publishing", "claims")),
    }
    assert loaded.isdisjoint(asked_for)


def identifiers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield from (name, other or "")
            case ast.keyword(arg=str() as name):
                yield name
            case ast.Constant(value=str() as text) if " " not in text and "/" not in text and "." not in text:
                # A word, as a dialect is named; neither prose nor the name of a file nor an address to show.
                yield text


@each_module
def test_only_what_is_for_a_database_names_it(module: str) -> None:
    words = ("sqlite", "pragma", "postgres", "psycopg")
    named = {name for name in identifiers(TREES[module]) if any(word in name.lower() for word in words)}
    if "sqlite3" not in {name for name, _ in imports(module)}:
        # Whatever database answers, an SQLite file can be had: this is how its name ends.
        named.discard("sqlite3")
    assert bool(named) is (layer(module) in {"sqlite", "postgresql", "databases"}), named


@each_module
def test_a_module_has_at_most_300_lines(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 300


def definitions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@each_module
def test_a_function_has_at_most_60_lines(module: str) -> None:
    long = {
        node.name: lines
        for node in definitions(module)
        if not isinstance(node, ast.ClassDef) and (lines := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert long == {}


@each_module
def test_the_name_of_a_module_says_what_it_knows(module: str) -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "manager"}
    assert vague.isdisjoint(module.split("."))


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Classes and functions of a module or of a public class; not those within functions, nor the language's own."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def overloaded(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


@each_module
def test_what_is_public_has_a_docstring(module: str) -> None:
    assert ast.get_docstring(TREES[module])
    without = [node.name for node in public(TREES[module].body) if not overloaded(node) and not ast.get_docstring(node)]
    assert without == []


@each_module
def test_nothing_private_of_the_frameworks_is_used(module: str) -> None:
    taken = [
        f"{imported}.{name}".strip(".") for imported, name in imports(module) if imported.partition(".")[0] in SERVERS
    ]
    private = [name for name in taken if any(part.startswith("_") for part in name.split("."))]
    local = {name.rpartition(".")[2] for name in taken} | SERVERS
    private += [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in local
        and node.attr.startswith("_")
    ]
    assert private == []


def test_every_collection_can_be_included() -> None:
    assert list(Included.model_fields) == [resource.name for resource in RESOURCES]
