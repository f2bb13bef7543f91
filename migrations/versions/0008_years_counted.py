"""The years in which items begin and end are counted at publish, as rows of what was there: a dataset without them must
not be taken for one in which nothing has a date.
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
