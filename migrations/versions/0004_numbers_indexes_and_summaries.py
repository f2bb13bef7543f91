"""Items by number, their bodies apart, indexes for every filter and order, and what is counted beforehand.

Every publish fills an empty database, so the tables that change are made anew.
"""

from importlib import util
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHANGED = (
    # Each before what refers to it.
    *("identifier", "agreement", "event", "person", "predicate"),
    *("region", "sector", "source", "agreement_party", "event_agreement"),
    *("event_citation", "event_person", "event_region", "event_sector", "fact"),
    *("organization", "predicate_unit", "region_member", "region_place", "event_organization"),
    *("fact_citation", "organization_sector", "person_role", "region_member_citation", "person_role_citation"),
)
NEW = ("search_item", "summary", "body_es", "body_en")
KEPT = (
    *("digest", "record", "search_index", "label", "unit", "search_name", "search_word", "search_document"),
    *("within", "withdrawn", "vocabulary", "renamed", "entity", "dataset"),
)
BEFORE = ("0001_dataset", "0002_search_places_and_units", "0003_records_and_digests")


def upgrade() -> None:
    for name in reversed(CHANGED):
        op.drop_table(name)
    op.create_table(
        "body_en",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("csv", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_body_en")),
    )
    op.create_table(
        "summary",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("buckets", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "field", "value", "facet", name=op.f("pk_summary")),
    )
    op.create_table(
        "body_es",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("csv", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["body_en.number"], name=op.f("fk_body_es_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_body_es")),
    )
    op.create_table(
        "identifier",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pair", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("verified", sa.String(), nullable=False),
        sa.CheckConstraint("pair = scheme || ':' || value", name=op.f("ck_identifier_pair")),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_identifier_entity_id")),
        sa.ForeignKeyConstraint(["number"], ["body_en.number"], name=op.f("fk_identifier_number")),
        sa.PrimaryKeyConstraint("number", "scheme", "value", name=op.f("pk_identifier")),
        sa.UniqueConstraint("scheme", "value", name=op.f("uq_identifier_scheme_value")),
    )
    op.create_index("ix_identifier_identifier", "identifier", ["pair", "number"])
    op.create_table(
        "search_item",
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lightness", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["body_en.number"], name=op.f("fk_search_item_number")),
        sa.ForeignKeyConstraint(["rank"], ["search_document.rank"], name=op.f("fk_search_item_rank")),
        sa.PrimaryKeyConstraint("rank", name=op.f("pk_search_item")),
        sa.UniqueConstraint("number", name=op.f("uq_search_item_number")),
    )
    op.create_index("ix_search_item_order", "search_item", ["lightness", "id", "type"])
    op.create_table(
        "agreement",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_agreement_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_agreement_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_agreement")),
        sa.UniqueConstraint("id", name=op.f("uq_agreement_id")),
    )
    op.create_index("ix_agreement_by_kind_down", "agreement", [sa.text("kind DESC"), "number"])
    op.create_index("ix_agreement_by_name_down_en", "agreement", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_agreement_by_name_down_es", "agreement", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_agreement_by_name_en", "agreement", ["name_key_en", "number"])
    op.create_index("ix_agreement_by_name_es", "agreement", ["name_key_es", "number"])
    op.create_index("ix_agreement_kind", "agreement", ["kind", "number"])
    op.create_table(
        "event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=True),
        sa.Column("time_earliest", sa.Integer(), nullable=True),
        sa.Column("time_latest", sa.Integer(), nullable=True),
        sa.Column("time_earliest_upward", sa.BigInteger(), nullable=False),
        sa.Column("time_earliest_downward", sa.BigInteger(), nullable=False),
        sa.Column("time_latest_upward", sa.BigInteger(), nullable=False),
        sa.Column("time_latest_downward", sa.BigInteger(), nullable=False),
        sa.Column("sources", sa.String(), nullable=False),
        sa.CheckConstraint("time_earliest <= time_latest", name=op.f("ck_event_time")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_event_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_event_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
    )
    op.create_index("ix_event_by_name_down_en", "event", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_event_by_name_down_es", "event", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_event_by_name_en", "event", ["name_key_en", "number"])
    op.create_index("ix_event_by_name_es", "event", ["name_key_es", "number"])
    op.create_index("ix_event_by_time", "event", ["time_earliest_upward", "time_latest_upward", "number"])
    op.create_index("ix_event_by_time_down", "event", ["time_earliest_downward", "time_latest_downward", "number"])
    op.create_index("ix_event_kind", "event", ["kind", "number"])
    op.create_table(
        "person",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_person_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_person_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_person")),
        sa.UniqueConstraint("id", name=op.f("uq_person_id")),
    )
    op.create_index("ix_person_by_name_down_en", "person", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_person_by_name_down_es", "person", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_person_by_name_en", "person", ["name_key_en", "number"])
    op.create_index("ix_person_by_name_es", "person", ["name_key_es", "number"])
    op.create_table(
        "predicate",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("value_type", sa.String(), nullable=False),
        sa.CheckConstraint(
            "value_type IN ('quantity', 'text', 'date', 'entity')", name=op.f("ck_predicate_value_type")
        ),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_predicate_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_predicate")),
        sa.UniqueConstraint("id", name=op.f("uq_predicate_id")),
    )
    op.create_index("ix_predicate_by_name_down_en", "predicate", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_predicate_by_name_down_es", "predicate", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_predicate_by_name_en", "predicate", ["name_key_en", "number"])
    op.create_index("ix_predicate_by_name_es", "predicate", ["name_key_es", "number"])
    op.create_index("ix_predicate_value_type", "predicate", ["value_type", "number"])
    op.create_table(
        "region",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_region_location")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_region_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_region_lon")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_region_parent")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_region_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_region_number")),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_region")),
        sa.UniqueConstraint("id", name=op.f("uq_region_id")),
    )
    op.create_index("ix_region_by_kind_down", "region", [sa.text("kind DESC"), "number"])
    op.create_index("ix_region_by_name_down_en", "region", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_region_by_name_down_es", "region", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_region_by_name_en", "region", ["name_key_en", "number"])
    op.create_index("ix_region_by_name_es", "region", ["name_key_es", "number"])
    op.create_index("ix_region_kind", "region", ["kind", "number"])
    op.create_index("ix_region_location", "region", ["lat", "number"])
    op.create_index("ix_region_parent", "region", ["parent_id", "number"])
    op.create_table(
        "sector",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_sector_parent")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_sector_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_sector_number")),
        sa.ForeignKeyConstraint(["parent_id"], ["sector.id"], name=op.f("fk_sector_parent_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sector")),
        sa.UniqueConstraint("id", name=op.f("uq_sector_id")),
    )
    op.create_index("ix_sector_by_name_down_en", "sector", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_sector_by_name_down_es", "sector", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_sector_by_name_en", "sector", ["name_key_en", "number"])
    op.create_index("ix_sector_by_name_es", "sector", ["name_key_es", "number"])
    op.create_index("ix_sector_parent", "sector", ["parent_id", "number"])
    op.create_table(
        "source",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(), nullable=True),
        sa.Column("published", sa.String(), nullable=True),
        sa.Column("published_earliest", sa.Integer(), nullable=True),
        sa.Column("published_latest", sa.Integer(), nullable=True),
        sa.Column("published_earliest_upward", sa.BigInteger(), nullable=False),
        sa.Column("published_earliest_downward", sa.BigInteger(), nullable=False),
        sa.Column("published_latest_upward", sa.BigInteger(), nullable=False),
        sa.Column("published_latest_downward", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tier IN ('A', 'B', 'C')", name=op.f("ck_source_tier")),
        sa.CheckConstraint("length(text_sha256) = 64", name=op.f("ck_source_text_sha256")),
        sa.CheckConstraint("published_earliest <= published_latest", name=op.f("ck_source_published")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_source_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_source")),
        sa.UniqueConstraint("id", name=op.f("uq_source_id")),
    )
    op.create_index("ix_source_by_name_down_en", "source", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_source_by_name_down_es", "source", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_source_by_name_en", "source", ["name_key_en", "number"])
    op.create_index("ix_source_by_name_es", "source", ["name_key_es", "number"])
    op.create_index(
        "ix_source_by_published", "source", ["published_earliest_upward", "published_latest_upward", "number"]
    )
    op.create_index(
        "ix_source_by_published_down", "source", ["published_earliest_downward", "published_latest_downward", "number"]
    )
    op.create_index("ix_source_kind", "source", ["kind", "number"])
    op.create_index("ix_source_language", "source", ["language", "number"])
    op.create_index("ix_source_publisher", "source", ["publisher", "number"])
    op.create_index("ix_source_tier", "source", ["tier", "number"])
    op.create_table(
        "agreement_party",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["agreement.number"], name=op.f("fk_agreement_party_number")),
        sa.ForeignKeyConstraint(["party_id"], ["entity.id"], name=op.f("fk_agreement_party_party_id")),
        sa.PrimaryKeyConstraint("number", "party_id", name=op.f("pk_agreement_party")),
    )
    op.create_index("ix_agreement_party_party", "agreement_party", ["party_id", "number"])
    op.create_table(
        "event_agreement",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_event_agreement_agreement_id")),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_agreement_number")),
        sa.PrimaryKeyConstraint("number", "agreement_id", name=op.f("pk_event_agreement")),
    )
    op.create_index("ix_event_agreement_agreement", "event_agreement", ["agreement_id", "number"])
    op.create_table(
        "event_citation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("source_tier", sa.String(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_event_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_event_citation_speaker")),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_citation_number")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_event_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_event_citation_speaker_id")),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("pk_event_citation")),
    )
    op.create_index("ix_event_citation_source", "event_citation", ["source_id", "number"])
    op.create_index("ix_event_citation_source__language", "event_citation", ["source_language", "number"])
    op.create_index("ix_event_citation_source__tier", "event_citation", ["source_tier", "number"])
    op.create_index("ix_event_citation_speaker", "event_citation", ["speaker_id", "number"])
    op.create_table(
        "event_person",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_person_number")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_person_person_id")),
        sa.PrimaryKeyConstraint("number", "person_id", name=op.f("pk_event_person")),
    )
    op.create_index("ix_event_person_person", "event_person", ["person_id", "number"])
    op.create_table(
        "event_region",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_region_number")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_event_region_region_id")),
        sa.PrimaryKeyConstraint("number", "region_id", name=op.f("pk_event_region")),
    )
    op.create_index("ix_event_region_region", "event_region", ["region_id", "number"])
    op.create_table(
        "event_sector",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sector_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_sector_number")),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_event_sector_sector_id")),
        sa.PrimaryKeyConstraint("number", "sector_id", name=op.f("pk_event_sector")),
    )
    op.create_index("ix_event_sector_sector", "event_sector", ["sector_id", "number"])
    op.create_table(
        "fact",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("predicate_id", sa.String(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=True),
        sa.Column("sector_id", sa.String(), nullable=True),
        sa.Column("counterpart_id", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("value_upper", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("qualifier", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("per", sa.String(), nullable=True),
        sa.Column("scope_key", sa.String(), nullable=True),
        sa.Column("time", sa.String(), nullable=True),
        sa.Column("time_earliest", sa.Integer(), nullable=True),
        sa.Column("time_latest", sa.Integer(), nullable=True),
        sa.Column("time_earliest_upward", sa.BigInteger(), nullable=False),
        sa.Column("time_earliest_downward", sa.BigInteger(), nullable=False),
        sa.Column("time_latest_upward", sa.BigInteger(), nullable=False),
        sa.Column("time_latest_downward", sa.BigInteger(), nullable=False),
        sa.Column("value_upward", sa.Float(), nullable=False),
        sa.Column("value_downward", sa.Float(), nullable=False),
        sa.Column("sources", sa.String(), nullable=False),
        sa.Column("time_basis", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(value_upper IS NULL) = (qualifier IS NULL OR qualifier <> 'between')", name=op.f("ck_fact_upper")
        ),
        sa.CheckConstraint(
            "basis IN ('observed', 'estimated', 'planned', 'forecast', 'opinion')", name=op.f("ck_fact_basis")
        ),
        sa.CheckConstraint(
            "qualifier IN ('exact', 'about', 'nearly', 'more-than', 'at-least', 'less-than', 'at-most', 'between', 'rank')",
            name=op.f("ck_fact_qualifier"),
        ),
        sa.CheckConstraint("time_basis IN ('stated', 'reported', 'derived')", name=op.f("ck_fact_time_basis")),
        sa.CheckConstraint("(time IS NULL) = (time_basis IS NULL)", name=op.f("ck_fact_timed")),
        sa.CheckConstraint(
            "(value IS NULL) = (unit IS NULL) AND (value IS NULL) = (qualifier IS NULL)", name=op.f("ck_fact_quantity")
        ),
        sa.CheckConstraint("per IS NULL OR value IS NOT NULL", name=op.f("ck_fact_per")),
        sa.CheckConstraint("time_earliest <= time_latest", name=op.f("ck_fact_time")),
        sa.CheckConstraint("value <= value_upper", name=op.f("ck_fact_ends")),
        sa.CheckConstraint("value IS NULL OR object_id IS NULL", name=op.f("ck_fact_one_value")),
        sa.ForeignKeyConstraint(["counterpart_id"], ["entity.id"], name=op.f("fk_fact_counterpart_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_fact_number")),
        sa.ForeignKeyConstraint(["object_id"], ["entity.id"], name=op.f("fk_fact_object_id")),
        sa.ForeignKeyConstraint(["predicate_id"], ["predicate.id"], name=op.f("fk_fact_predicate_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_fact_region_id")),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_fact_sector_id")),
        sa.ForeignKeyConstraint(
            ["subject_id", "subject_type"], ["entity.id", "entity.type"], name=op.f("fk_fact_subject_id_subject_type")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fact")),
        sa.UniqueConstraint("id", name=op.f("uq_fact_id")),
    )
    op.create_index("ix_fact_basis", "fact", ["basis", "number"])
    op.create_index("ix_fact_by_predicate_down", "fact", [sa.text("predicate_id DESC"), "number"])
    op.create_index("ix_fact_by_subject_down", "fact", [sa.text("subject_id DESC"), "number"])
    op.create_index("ix_fact_by_time", "fact", ["time_earliest_upward", "time_latest_upward", "number"])
    op.create_index("ix_fact_by_time_down", "fact", ["time_earliest_downward", "time_latest_downward", "number"])
    op.create_index("ix_fact_by_value", "fact", ["value_upward", "number"])
    op.create_index("ix_fact_by_value_down", "fact", ["value_downward", "number"])
    op.create_index("ix_fact_counterpart", "fact", ["counterpart_id", "number"])
    op.create_index("ix_fact_object", "fact", ["object_id", "number"])
    op.create_index("ix_fact_per", "fact", ["per", "number"])
    op.create_index("ix_fact_predicate", "fact", ["predicate_id", "number"])
    op.create_index(
        "ix_fact_predicate_by_time", "fact", ["predicate_id", "time_earliest_upward", "time_latest_upward", "number"]
    )
    op.create_index(
        "ix_fact_predicate_by_time_down",
        "fact",
        ["predicate_id", "time_earliest_downward", "time_latest_downward", "number"],
    )
    op.create_index("ix_fact_predicate_by_value", "fact", ["predicate_id", "value_upward", "number"])
    op.create_index("ix_fact_predicate_by_value_down", "fact", ["predicate_id", "value_downward", "number"])
    op.create_index("ix_fact_qualifier", "fact", ["qualifier", "number"])
    op.create_index("ix_fact_region", "fact", ["region_id", "number"])
    op.create_index(
        "ix_fact_region_by_time", "fact", ["region_id", "time_earliest_upward", "time_latest_upward", "number"]
    )
    op.create_index(
        "ix_fact_region_by_time_down", "fact", ["region_id", "time_earliest_downward", "time_latest_downward", "number"]
    )
    op.create_index("ix_fact_region_by_value", "fact", ["region_id", "value_upward", "number"])
    op.create_index("ix_fact_region_by_value_down", "fact", ["region_id", "value_downward", "number"])
    op.create_index("ix_fact_region_predicate", "fact", ["region_id", "predicate_id", "number"])
    op.create_index(
        "ix_fact_region_predicate_by_time",
        "fact",
        ["region_id", "predicate_id", "time_earliest_upward", "time_latest_upward", "number"],
    )
    op.create_index(
        "ix_fact_region_predicate_by_time_down",
        "fact",
        ["region_id", "predicate_id", "time_earliest_downward", "time_latest_downward", "number"],
    )
    op.create_index(
        "ix_fact_region_predicate_by_value", "fact", ["region_id", "predicate_id", "value_upward", "number"]
    )
    op.create_index(
        "ix_fact_region_predicate_by_value_down", "fact", ["region_id", "predicate_id", "value_downward", "number"]
    )
    op.create_index("ix_fact_region_sector", "fact", ["region_id", "sector_id", "number"])
    op.create_index("ix_fact_sector", "fact", ["sector_id", "number"])
    op.create_index(
        "ix_fact_sector_by_time", "fact", ["sector_id", "time_earliest_upward", "time_latest_upward", "number"]
    )
    op.create_index(
        "ix_fact_sector_by_time_down", "fact", ["sector_id", "time_earliest_downward", "time_latest_downward", "number"]
    )
    op.create_index("ix_fact_sector_by_value", "fact", ["sector_id", "value_upward", "number"])
    op.create_index("ix_fact_sector_by_value_down", "fact", ["sector_id", "value_downward", "number"])
    op.create_index("ix_fact_sector_predicate", "fact", ["sector_id", "predicate_id", "number"])
    op.create_index("ix_fact_subject", "fact", ["subject_id", "number"])
    op.create_index("ix_fact_subject__type", "fact", ["subject_type", "number"])
    op.create_index(
        "ix_fact_subject_by_time", "fact", ["subject_id", "time_earliest_upward", "time_latest_upward", "number"]
    )
    op.create_index(
        "ix_fact_subject_by_time_down",
        "fact",
        ["subject_id", "time_earliest_downward", "time_latest_downward", "number"],
    )
    op.create_index("ix_fact_subject_by_value", "fact", ["subject_id", "value_upward", "number"])
    op.create_index("ix_fact_subject_by_value_down", "fact", ["subject_id", "value_downward", "number"])
    op.create_index("ix_fact_subject_predicate", "fact", ["subject_id", "predicate_id", "number"])
    op.create_index(
        "ix_fact_subject_predicate_by_time",
        "fact",
        ["subject_id", "predicate_id", "time_earliest_upward", "time_latest_upward", "number"],
    )
    op.create_index(
        "ix_fact_subject_predicate_by_time_down",
        "fact",
        ["subject_id", "predicate_id", "time_earliest_downward", "time_latest_downward", "number"],
    )
    op.create_index(
        "ix_fact_subject_predicate_by_value", "fact", ["subject_id", "predicate_id", "value_upward", "number"]
    )
    op.create_index(
        "ix_fact_subject_predicate_by_value_down", "fact", ["subject_id", "predicate_id", "value_downward", "number"]
    )
    op.create_index("ix_fact_time_basis", "fact", ["time_basis", "number"])
    op.create_index("ix_fact_unit", "fact", ["unit", "number"])
    op.create_index("ix_fact_value", "fact", ["value", "number"])
    op.create_table(
        "organization",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=True),
        sa.Column("area_id", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_organization_parent")),
        sa.ForeignKeyConstraint(["area_id"], ["region.id"], name=op.f("fk_organization_area_id")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_organization_id")),
        sa.ForeignKeyConstraint(["number"], ["body_es.number"], name=op.f("fk_organization_number")),
        sa.ForeignKeyConstraint(["parent_id"], ["organization.id"], name=op.f("fk_organization_parent_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_organization_region_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_organization")),
        sa.UniqueConstraint("id", name=op.f("uq_organization_id")),
    )
    op.create_index("ix_organization_by_kind_down", "organization", [sa.text("kind DESC"), "number"])
    op.create_index("ix_organization_by_name_down_en", "organization", [sa.text("name_key_en DESC"), "number"])
    op.create_index("ix_organization_by_name_down_es", "organization", [sa.text("name_key_es DESC"), "number"])
    op.create_index("ix_organization_by_name_en", "organization", ["name_key_en", "number"])
    op.create_index("ix_organization_by_name_es", "organization", ["name_key_es", "number"])
    op.create_index("ix_organization_kind", "organization", ["kind", "number"])
    op.create_index("ix_organization_region", "organization", ["region_id", "number"])
    op.create_table(
        "predicate_unit",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["predicate.number"], name=op.f("fk_predicate_unit_number")),
        sa.PrimaryKeyConstraint("number", "unit", name=op.f("pk_predicate_unit")),
    )
    op.create_index("ix_predicate_unit_unit", "predicate_unit", ["unit", "number"])
    op.create_table(
        "region_member",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.CheckConstraint("region_id <> member_id", name=op.f("ck_region_member_self")),
        sa.ForeignKeyConstraint(["member_id"], ["region.id"], name=op.f("fk_region_member_member_id")),
        sa.ForeignKeyConstraint(["number"], ["region.number"], name=op.f("fk_region_member_number")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_region_member_region_id")),
        sa.PrimaryKeyConstraint("number", "member_id", name=op.f("pk_region_member")),
    )
    op.create_index("ix_region_member_member", "region_member", ["member_id", "number"])
    op.create_table(
        "region_place",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("z", sa.Float(), nullable=False),
        sa.CheckConstraint("x * x + y * y + z * z BETWEEN 0.999999 AND 1.000001", name=op.f("ck_region_place_unit")),
        sa.ForeignKeyConstraint(["number"], ["region.number"], name=op.f("fk_region_place_number")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_region_place_region_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_region_place")),
        sa.UniqueConstraint("region_id", name=op.f("uq_region_place_region_id")),
    )
    op.create_table(
        "event_organization",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["event.number"], name=op.f("fk_event_organization_number")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_organization_id")
        ),
        sa.PrimaryKeyConstraint("number", "organization_id", name=op.f("pk_event_organization")),
    )
    op.create_index("ix_event_organization_organization", "event_organization", ["organization_id", "number"])
    op.create_table(
        "fact_citation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("source_tier", sa.String(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_fact_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_fact_citation_speaker")),
        sa.ForeignKeyConstraint(["number"], ["fact.number"], name=op.f("fk_fact_citation_number")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_fact_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_fact_citation_speaker_id")),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("pk_fact_citation")),
    )
    op.create_index("ix_fact_citation_source", "fact_citation", ["source_id", "number"])
    op.create_index("ix_fact_citation_source__language", "fact_citation", ["source_language", "number"])
    op.create_index("ix_fact_citation_source__tier", "fact_citation", ["source_tier", "number"])
    op.create_index("ix_fact_citation_speaker", "fact_citation", ["speaker_id", "number"])
    op.create_table(
        "organization_sector",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sector_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["organization.number"], name=op.f("fk_organization_sector_number")),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_organization_sector_sector_id")),
        sa.PrimaryKeyConstraint("number", "sector_id", name=op.f("pk_organization_sector")),
    )
    op.create_index("ix_organization_sector_sector", "organization_sector", ["sector_id", "number"])
    op.create_table(
        "person_role",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("role_en", sa.String(), nullable=False),
        sa.Column("role_es", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["person.number"], name=op.f("fk_person_role_number")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_person_role_organization_id")),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("pk_person_role")),
    )
    op.create_index("ix_person_role_organization", "person_role", ["organization_id", "number"])
    op.create_table(
        "region_member_citation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("source_tier", sa.String(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_region_member_citation_selector"),
        ),
        sa.CheckConstraint(
            "speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_region_member_citation_speaker")
        ),
        sa.ForeignKeyConstraint(
            ["number", "member_id"],
            ["region_member.number", "region_member.member_id"],
            name=op.f("fk_region_member_citation_number_member_id"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_region_member_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_region_member_citation_speaker_id")),
        sa.PrimaryKeyConstraint("number", "member_id", "position", name=op.f("pk_region_member_citation")),
    )
    op.create_table(
        "person_role_citation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("source_tier", sa.String(), nullable=False),
        sa.Column("source_language", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("role_position", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_person_role_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_person_role_citation_speaker")),
        sa.ForeignKeyConstraint(
            ["number", "role_position"],
            ["person_role.number", "person_role.position"],
            name=op.f("fk_person_role_citation_number_role_position"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_person_role_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_person_role_citation_speaker_id")),
        sa.PrimaryKeyConstraint("number", "role_position", "position", name=op.f("pk_person_role_citation")),
    )


def downgrade() -> None:
    # What stands here refers to items in another way, so all that was there before is made anew too.
    for name in (*NEW[:1], *reversed(CHANGED), *NEW[1:], *KEPT):
        op.drop_table(name)
    for name in BEFORE:
        _migration(name).upgrade()


def _migration(name: str) -> Any:
    spec = util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
