"""Lines of CSV in tables of their own, so that who reads bodies does not read them too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LANGS = ("en", "es")


def upgrade() -> None:
    for lang in LANGS:
        op.drop_column(f"body_{lang}", "csv")
        op.create_table(
            f"csv_{lang}",
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("line", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["number"], [f"body_{lang}.number"], name=f"fk_csv_{lang}_number"),
            sa.PrimaryKeyConstraint("number", name=f"pk_csv_{lang}"),
        )


def downgrade() -> None:
    for lang in LANGS:
        op.drop_table(f"csv_{lang}")
        with op.batch_alter_table(f"body_{lang}") as batch:
            batch.add_column(sa.Column("csv", sa.Text(), nullable=False))
