"""What search finds items by, where regions are, and what units and kinds are called.

Each database has its own kind of index for words.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("passages", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rank", name=op.f("pk_search_document")),
        sa.UniqueConstraint("type", "id", name=op.f("uq_search_document_type_id")),
    )
    op.create_table(
        "search_word",
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("in_names", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_word")),
    )
    op.create_table(
        "search_name",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rank"], ["search_document.rank"], name=op.f("fk_search_name_rank")),
        sa.PrimaryKeyConstraint("key", "rank", name=op.f("pk_search_name")),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("words_en", sa.String(), nullable=False),
        sa.Column("words_es", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    op.create_table(
        "label",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("label_es", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_label")),
    )
    op.create_table(
        "region_place",
        sa.Column("region_id", sa.String(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("z", sa.Float(), nullable=False),
        sa.CheckConstraint("x * x + y * y + z * z BETWEEN 0.999999 AND 1.000001", name=op.f("ck_region_place_unit")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_region_place_region_id")),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_region_place")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "names, others, notes, content='', detail=column, tokenize='ascii')"
        )
    else:
        op.execute("CREATE TABLE search_index (rowid bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_index_words ON search_index USING gin (words)")


def downgrade() -> None:
    op.drop_table("search_index")
    for name in ("region_place", "label", "unit", "search_name", "search_word", "search_document"):
        op.drop_table(name)
