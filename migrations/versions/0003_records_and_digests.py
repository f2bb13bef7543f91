"""The records that a dataset was made from, and what stands for each item, so that versions can be compared."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_record")),
    )
    op.create_table(
        "digest",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("type", "id", name=op.f("pk_digest")),
    )


def downgrade() -> None:
    op.drop_table("digest")
    op.drop_table("record")
