"""What a list reads: ids and sources beside bodies, and days in the indexes that have facts in an order."""

from collections.abc import Iterator
from itertools import product

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BODIES = ("body_en", "body_es")
FILTERS = (
    *(("subject",), ("predicate",), ("region",), ("sector",)),
    *(("subject", "predicate"), ("region", "predicate")),
)
ORDERS = {
    "value": ("value_upward",),
    "value_down": ("value_downward",),
    "time": ("time_earliest_upward", "time_latest_upward"),
    "time_down": ("time_earliest_downward", "time_latest_downward"),
}
DAYS = ("time_earliest", "time_latest")


def upgrade() -> None:
    # SQLite adds no column that must not be null, even where there are no rows, but makes a table anew.
    anew = op.get_bind().dialect.name == "sqlite"
    for table in BODIES:
        with op.batch_alter_table(table, recreate="always" if anew else "never") as batch:
            for column in ("id", "sources"):
                batch.add_column(sa.Column(column, sa.String(), nullable=False), insert_before="body" if anew else None)
    for name, columns in _ordered():
        op.drop_index(name, "fact")
        op.create_index(name, "fact", [*columns, "number", *DAYS])
    for names in FILTERS:
        op.create_index(f"ix_fact_{'_'.join(names)}_days", "fact", [*_ids(names), *DAYS, "number"])


def downgrade() -> None:
    for names in FILTERS:
        op.drop_index(f"ix_fact_{'_'.join(names)}_days", "fact")
    for name, columns in _ordered():
        op.drop_index(name, "fact")
        op.create_index(name, "fact", [*columns, "number"])
    for table in BODIES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("sources")
            batch.drop_column("id")


def _ordered() -> Iterator[tuple[str, list[str]]]:
    for names, (order, columns) in product(FILTERS, ORDERS.items()):
        yield f"ix_fact_{'_'.join(names)}_by_{order}", [*_ids(names), *columns]


def _ids(names: tuple[str, ...]) -> list[str]:
    return [f"{name}_id" for name in names]
