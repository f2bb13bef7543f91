from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from tests.made import write

from calibaja_api.packaged import folder
from calibaja_api.publishing import draft, migrate, publish
from calibaja_api.resources import RESOURCES
from calibaja_api.resources.bodies import BODIES
from calibaja_api.resources.indexes import with_indexes
from calibaja_api.resources.tables import SCHEMA_REVISION
from calibaja_api.sqlite import SqliteDatabase
from calibaja_api.stamps import stamp

ALEMBIC = "alembic_version"
# SQLite's own kind of table, which no model can declare, and those that it keeps itself in.
INDEX = "table search_index"
KEPT_IN = {f"{INDEX}_{name}" for name in ("config", "data", "docsize", "idx")}


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An empty database."""
    engine = create_engine("sqlite://")
    with engine.begin() as begun:
        yield begun
    engine.dispose()


@pytest.fixture
def other() -> Iterator[Connection]:
    """Another empty database."""
    engine = create_engine("sqlite://")
    with engine.begin() as begun:
        yield begun
    engine.dispose()


def schema(connection: Connection) -> dict[str, frozenset[str]]:
    """Every table and index with what it is made of: columns, keys, checks.

    Their order says nothing, nor that SQLite quotes the name of a table that was made anew.
    """
    found = connection.exec_driver_sql("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {
        name: frozenset(" ".join(line.replace('"', "").split()).removesuffix(",") for line in sql.splitlines())
        for name, sql in found
        if ALEMBIC not in name
    }


def tables(connection: Connection) -> set[str]:
    return {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_migrations_make_the_tables_that_the_models_declare(connection: Connection, other: Connection) -> None:
    migrate(connection)
    with_indexes(RESOURCES).create_all(other)
    migrated, declared = schema(connection), schema(other)
    assert migrated.keys() - declared.keys() == {INDEX, *KEPT_IN}
    assert declared.keys() <= migrated.keys()
    differences = {name: migrated[name] ^ declared[name] for name in declared if migrated[name] != declared[name]}
    assert not differences


def test_the_comparison_sees_all_that_it_is_to_see(connection: Connection) -> None:
    migrate(connection)
    fact = schema(connection)["table fact"]
    assert "value FLOAT" in fact
    assert "basis VARCHAR NOT NULL" in fact
    assert "CONSTRAINT pk_fact PRIMARY KEY (number)" in fact
    assert "CONSTRAINT ck_fact_time CHECK (time_earliest <= time_latest)" in fact
    assert any(line.startswith("CONSTRAINT fk_fact_region_id FOREIGN KEY") for line in fact)
    assert "CONSTRAINT uq_identifier_scheme_value UNIQUE (scheme, value)" in schema(connection)["table identifier"]
    assert schema(connection)["index ix_fact_basis"] == {"CREATE INDEX ix_fact_basis ON fact (basis, number)"}
    down = "CREATE INDEX ix_fact_by_subject_down ON fact (subject_id DESC, number)"
    assert schema(connection)["index ix_fact_by_subject_down"] == {down}


def test_the_index_of_words_has_no_copy_of_the_texts_and_cuts_no_words_itself(connection: Connection) -> None:
    migrate(connection)
    statement = " ".join(schema(connection)[INDEX])
    assert "USING fts5" in statement
    assert "content=''" in statement
    assert "tokenize='ascii'" in statement


def test_bodies_stand_apart_so_that_filters_do_not_read_them(connection: Connection) -> None:
    migrate(connection)
    for resource in RESOURCES:
        described = connection.exec_driver_sql(f"PRAGMA table_info({resource.table.name})")
        assert not [name for _, name, *_ in described if "body" in name], resource.name
    for table in BODIES.values():
        described = connection.exec_driver_sql(f"PRAGMA table_info({table.name})")
        assert [name for _, name, *_ in described] == ["number", "id", "sources", "body"]


def test_going_back_to_the_base_leaves_nothing(connection: Connection) -> None:
    migrate(connection)
    assert len(tables(connection)) > len(RESOURCES)
    migrate(connection, "base")
    assert tables(connection) == {ALEMBIC}
    assert connection.exec_driver_sql(f"SELECT * FROM {ALEMBIC}").fetchall() == []


@pytest.mark.slow
def test_migrations_can_be_run_again_after_going_back(connection: Connection, other: Connection) -> None:
    migrate(connection)
    migrate(connection, "base")
    migrate(connection)
    migrate(other)
    assert schema(connection) == schema(other)


def test_the_last_migration_is_the_one_that_the_tables_name(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_REVISION]
    migrate(connection)
    assert connection.exec_driver_sql(f"SELECT version_num FROM {ALEMBIC}").scalar_one() == SCHEMA_REVISION


@pytest.mark.slow
def test_a_published_dataset_names_the_last_migration(tmp_path: Path) -> None:
    path = tmp_path / "made.sqlite3"
    publish(draft(write(tmp_path / "seed")), SqliteDatabase(path))
    assert stamp(SqliteDatabase(path)).schema_revision == SCHEMA_REVISION
