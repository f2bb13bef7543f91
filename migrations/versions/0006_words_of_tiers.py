"""An index of words that finds each tier of hits by a word of its own, instead of by looking at each entry's columns."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index_of_words("words, content='', detail=none")


def downgrade() -> None:
    _index_of_words("names, others, notes, content='', detail=column")


def _index_of_words(columns: str) -> None:
    # PostgreSQL has columns as weights of the words of a document.
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("search_index")
        op.execute(f"CREATE VIRTUAL TABLE search_index USING fts5({columns}, tokenize='ascii')")
