"""Runs migrations on the connection that the caller hands over; `calibaja publish` always has one."""

import sqlalchemy as sa
from alembic import context


def as_sqlite_does(bind: sa.Connection) -> None:
    """In PostgreSQL, texts compare byte by byte, whole numbers have 64 bits, and references are checked at the end."""
    found = bind.exec_driver_sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name <> 'alembic_version'"
    )
    types = {"character varying": 'varchar COLLATE "C"', "text": 'text COLLATE "C"', "integer": "bigint"}
    changes: dict[str, list[str]] = {}
    for table, column, type_ in found:
        if type_ in types:
            changes.setdefault(table, []).append(f"ALTER COLUMN {column} TYPE {types[type_]}")
    for table, of_table in changes.items():
        bind.exec_driver_sql(f"ALTER TABLE {table} {', '.join(of_table)}")
    references = bind.exec_driver_sql(
        "SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
        "WHERE contype = 'f' AND connamespace = to_regnamespace(current_schema())"
    )
    for table, name in references.fetchall():
        bind.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")


connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
    if connection.dialect.name != "sqlite":
        as_sqlite_does(connection)
