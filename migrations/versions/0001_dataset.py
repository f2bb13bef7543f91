"""The tables of a dataset. Bodies stand last, so that what filters look at is read without them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset",
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("schema_revision", sa.String(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("length(id) > 0", name=op.f("ck_dataset_id")),
        sa.CheckConstraint("length(version) = 16", name=op.f("ck_dataset_version")),
        sa.CheckConstraint("ordinal = 1", name=op.f("ck_dataset_only")),
        sa.CheckConstraint("release >= 1", name=op.f("ck_dataset_release")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_dataset")),
    )
    op.create_table(
        "entity",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.CheckConstraint(
            "type IN ('region', 'sector', 'organization', 'person', 'agreement', 'event')",
            name=op.f("ck_entity_type"),
        ),
        sa.CheckConstraint("id = lower(id) AND length(id) BETWEEN 1 AND 96", name=op.f("ck_entity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        sa.UniqueConstraint("id", "type", name=op.f("uq_entity_id_type")),
    )
    op.create_table(
        "predicate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("value_type", sa.String(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "value_type IN ('quantity', 'text', 'date', 'entity')", name=op.f("ck_predicate_value_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_predicate")),
    )
    op.create_table(
        "renamed",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("old_id", sa.String(), nullable=False),
        sa.Column("new_id", sa.String(), nullable=False),
        sa.CheckConstraint("old_id <> new_id", name=op.f("ck_renamed_ids")),
        sa.PrimaryKeyConstraint("collection", "old_id", name=op.f("pk_renamed")),
    )
    op.create_table(
        "source",
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
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("tier IN ('A', 'B', 'C')", name=op.f("ck_source_tier")),
        sa.CheckConstraint("length(text_sha256) = 64", name=op.f("ck_source_text_sha256")),
        sa.CheckConstraint("published_earliest <= published_latest", name=op.f("ck_source_published")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_index(op.f("ix_source_kind"), "source", ["kind"])
    op.create_index(op.f("ix_source_language"), "source", ["language"])
    op.create_index(op.f("ix_source_published_earliest"), "source", ["published_earliest"])
    op.create_index(op.f("ix_source_publisher"), "source", ["publisher"])
    op.create_index(op.f("ix_source_tier"), "source", ["tier"])
    op.create_table(
        "vocabulary",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "field", "value", name=op.f("pk_vocabulary")),
    )
    op.create_table(
        "withdrawn",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "id", name=op.f("pk_withdrawn")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_kind"), "agreement", ["kind"])
    op.create_table(
        "event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=True),
        sa.Column("time_earliest", sa.Integer(), nullable=True),
        sa.Column("time_latest", sa.Integer(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("time_earliest <= time_latest", name=op.f("ck_event_time")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_kind"), "event", ["kind"])
    op.create_index(op.f("ix_event_time_earliest"), "event", ["time_earliest"])
    op.create_table(
        "identifier",
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("verified", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name=op.f("fk_identifier_entity_id")),
        sa.PrimaryKeyConstraint("entity_id", "scheme", "value", name=op.f("pk_identifier")),
        sa.UniqueConstraint("scheme", "value", name=op.f("uq_identifier_scheme_value")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "predicate_unit",
        sa.Column("predicate_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["predicate_id"], ["predicate.id"], name=op.f("fk_predicate_unit_predicate_id")),
        sa.PrimaryKeyConstraint("predicate_id", "unit", name=op.f("pk_predicate_unit")),
    )
    op.create_table(
        "region",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_region_location")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_region_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_region_lon")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_region_parent")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_region_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
    )
    op.create_index(op.f("ix_region_kind"), "region", ["kind"])
    op.create_index(op.f("ix_region_parent_id"), "region", ["parent_id"])
    op.create_table(
        "sector",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_sector_parent")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_sector_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["sector.id"], name=op.f("fk_sector_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sector")),
    )
    op.create_index(op.f("ix_sector_parent_id"), "sector", ["parent_id"])
    op.create_table(
        "within",
        sa.Column("ancestor_id", sa.String(), nullable=False),
        sa.Column("descendant_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ancestor_id"], ["entity.id"], name=op.f("fk_within_ancestor_id")),
        sa.ForeignKeyConstraint(["descendant_id"], ["entity.id"], name=op.f("fk_within_descendant_id")),
        sa.PrimaryKeyConstraint("ancestor_id", "descendant_id", name=op.f("pk_within")),
    )
    op.create_index(op.f("ix_within_descendant_id"), "within", ["descendant_id"])
    op.create_table(
        "agreement_party",
        sa.Column("agreement_id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_party_agreement_id")),
        sa.ForeignKeyConstraint(["party_id"], ["entity.id"], name=op.f("fk_agreement_party_party_id")),
        sa.PrimaryKeyConstraint("agreement_id", "party_id", name=op.f("pk_agreement_party")),
    )
    op.create_index(op.f("ix_agreement_party_party_id"), "agreement_party", ["party_id"])
    op.create_table(
        "event_agreement",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("agreement_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_event_agreement_agreement_id")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_agreement_event_id")),
        sa.PrimaryKeyConstraint("event_id", "agreement_id", name=op.f("pk_event_agreement")),
    )
    op.create_index(op.f("ix_event_agreement_agreement_id"), "event_agreement", ["agreement_id"])
    op.create_table(
        "event_citation",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_event_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_event_citation_speaker")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_citation_event_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_event_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_event_citation_speaker_id")),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_event_citation")),
    )
    op.create_index(op.f("ix_event_citation_source_id"), "event_citation", ["source_id"])
    op.create_index(op.f("ix_event_citation_speaker_id"), "event_citation", ["speaker_id"])
    op.create_table(
        "event_person",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_person_event_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_person_person_id")),
        sa.PrimaryKeyConstraint("event_id", "person_id", name=op.f("pk_event_person")),
    )
    op.create_index(op.f("ix_event_person_person_id"), "event_person", ["person_id"])
    op.create_table(
        "event_region",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_region_event_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_event_region_region_id")),
        sa.PrimaryKeyConstraint("event_id", "region_id", name=op.f("pk_event_region")),
    )
    op.create_index(op.f("ix_event_region_region_id"), "event_region", ["region_id"])
    op.create_table(
        "event_sector",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("sector_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_sector_event_id")),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_event_sector_sector_id")),
        sa.PrimaryKeyConstraint("event_id", "sector_id", name=op.f("pk_event_sector")),
    )
    op.create_index(op.f("ix_event_sector_sector_id"), "event_sector", ["sector_id"])
    op.create_table(
        "fact",
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
        sa.Column("time_basis", sa.String(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(value_upper IS NULL) = (qualifier IS NULL OR qualifier <> 'between')",
            name=op.f("ck_fact_upper"),
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
            "(value IS NULL) = (unit IS NULL) AND (value IS NULL) = (qualifier IS NULL)",
            name=op.f("ck_fact_quantity"),
        ),
        sa.CheckConstraint("per IS NULL OR value IS NOT NULL", name=op.f("ck_fact_per")),
        sa.CheckConstraint("time_earliest <= time_latest", name=op.f("ck_fact_time")),
        sa.CheckConstraint("value <= value_upper", name=op.f("ck_fact_ends")),
        sa.CheckConstraint("value IS NULL OR object_id IS NULL", name=op.f("ck_fact_one_value")),
        sa.ForeignKeyConstraint(["counterpart_id"], ["entity.id"], name=op.f("fk_fact_counterpart_id")),
        sa.ForeignKeyConstraint(["object_id"], ["entity.id"], name=op.f("fk_fact_object_id")),
        sa.ForeignKeyConstraint(["predicate_id"], ["predicate.id"], name=op.f("fk_fact_predicate_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_fact_region_id")),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_fact_sector_id")),
        sa.ForeignKeyConstraint(
            ["subject_id", "subject_type"],
            ["entity.id", "entity.type"],
            name=op.f("fk_fact_subject_id_subject_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_index(op.f("ix_fact_basis"), "fact", ["basis"])
    op.create_index(op.f("ix_fact_counterpart_id"), "fact", ["counterpart_id"])
    op.create_index(op.f("ix_fact_object_id"), "fact", ["object_id"])
    op.create_index(op.f("ix_fact_per"), "fact", ["per"])
    op.create_index(op.f("ix_fact_predicate_id"), "fact", ["predicate_id"])
    op.create_index(op.f("ix_fact_qualifier"), "fact", ["qualifier"])
    op.create_index(op.f("ix_fact_region_id"), "fact", ["region_id"])
    op.create_index(op.f("ix_fact_sector_id"), "fact", ["sector_id"])
    op.create_index(op.f("ix_fact_subject_id"), "fact", ["subject_id"])
    op.create_index(op.f("ix_fact_subject_type"), "fact", ["subject_type"])
    op.create_index(op.f("ix_fact_time_basis"), "fact", ["time_basis"])
    op.create_index(op.f("ix_fact_time_earliest"), "fact", ["time_earliest"])
    op.create_index(op.f("ix_fact_unit"), "fact", ["unit"])
    op.create_index(op.f("ix_fact_value"), "fact", ["value"])
    op.create_table(
        "organization",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name_key_en", sa.String(), nullable=False),
        sa.Column("name_key_es", sa.String(), nullable=False),
        sa.Column("names_folded", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=True),
        sa.Column("area_id", sa.String(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_organization_parent")),
        sa.ForeignKeyConstraint(["area_id"], ["region.id"], name=op.f("fk_organization_area_id")),
        sa.ForeignKeyConstraint(["id"], ["entity.id"], name=op.f("fk_organization_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["organization.id"], name=op.f("fk_organization_parent_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_organization_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_index(op.f("ix_organization_kind"), "organization", ["kind"])
    op.create_index(op.f("ix_organization_region_id"), "organization", ["region_id"])
    op.create_table(
        "region_member",
        sa.Column("region_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.CheckConstraint("region_id <> member_id", name=op.f("ck_region_member_self")),
        sa.ForeignKeyConstraint(["member_id"], ["region.id"], name=op.f("fk_region_member_member_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_region_member_region_id")),
        sa.PrimaryKeyConstraint("region_id", "member_id", name=op.f("pk_region_member")),
    )
    op.create_index(op.f("ix_region_member_member_id"), "region_member", ["member_id"])
    op.create_table(
        "event_organization",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_organization_event_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_organization_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "organization_id", name=op.f("pk_event_organization")),
    )
    op.create_index(op.f("ix_event_organization_organization_id"), "event_organization", ["organization_id"])
    op.create_table(
        "fact_citation",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("fact_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_fact_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_fact_citation_speaker")),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_citation_fact_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_fact_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_fact_citation_speaker_id")),
        sa.PrimaryKeyConstraint("fact_id", "position", name=op.f("pk_fact_citation")),
    )
    op.create_index(op.f("ix_fact_citation_source_id"), "fact_citation", ["source_id"])
    op.create_index(op.f("ix_fact_citation_speaker_id"), "fact_citation", ["speaker_id"])
    op.create_table(
        "organization_sector",
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("sector_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_sector_organization_id")
        ),
        sa.ForeignKeyConstraint(["sector_id"], ["sector.id"], name=op.f("fk_organization_sector_sector_id")),
        sa.PrimaryKeyConstraint("organization_id", "sector_id", name=op.f("pk_organization_sector")),
    )
    op.create_index(op.f("ix_organization_sector_sector_id"), "organization_sector", ["sector_id"])
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("role_en", sa.String(), nullable=False),
        sa.Column("role_es", sa.String(), nullable=False),
        sa.Column("time", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_person_role_organization_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person_id")),
        sa.PrimaryKeyConstraint("person_id", "position", name=op.f("pk_person_role")),
    )
    op.create_index(op.f("ix_person_role_organization_id"), "person_role", ["organization_id"])
    op.create_table(
        "region_member_citation",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("region_id", sa.String(), nullable=False),
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
            ["region_id", "member_id"],
            ["region_member.region_id", "region_member.member_id"],
            name=op.f("fk_region_member_citation_region_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_region_member_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_region_member_citation_speaker_id")),
        sa.PrimaryKeyConstraint("region_id", "member_id", "position", name=op.f("pk_region_member_citation")),
    )
    op.create_index(op.f("ix_region_member_citation_source_id"), "region_member_citation", ["source_id"])
    op.create_index(op.f("ix_region_member_citation_speaker_id"), "region_member_citation", ["speaker_id"])
    op.create_table(
        "person_role_citation",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("speaker_id", sa.String(), nullable=True),
        sa.Column("speaker_name", sa.String(), nullable=True),
        sa.Column("locator", sa.String(), nullable=False),
        sa.Column("selector_start", sa.Integer(), nullable=True),
        sa.Column("selector_end", sa.Integer(), nullable=True),
        sa.Column("selector_sha256", sa.String(), nullable=True),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role_position", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(selector_start IS NULL) = (selector_end IS NULL) AND (selector_start IS NULL) = (selector_sha256 IS NULL) AND (selector_start IS NULL OR (selector_start >= 0 AND selector_end > selector_start AND length(selector_sha256) = 64))",
            name=op.f("ck_person_role_citation_selector"),
        ),
        sa.CheckConstraint("speaker_id IS NULL OR speaker_name IS NULL", name=op.f("ck_person_role_citation_speaker")),
        sa.ForeignKeyConstraint(
            ["person_id", "role_position"],
            ["person_role.person_id", "person_role.position"],
            name=op.f("fk_person_role_citation_person_id_role_position"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_person_role_citation_source_id")),
        sa.ForeignKeyConstraint(["speaker_id"], ["person.id"], name=op.f("fk_person_role_citation_speaker_id")),
        sa.PrimaryKeyConstraint("person_id", "role_position", "position", name=op.f("pk_person_role_citation")),
    )
    op.create_index(op.f("ix_person_role_citation_source_id"), "person_role_citation", ["source_id"])
    op.create_index(op.f("ix_person_role_citation_speaker_id"), "person_role_citation", ["speaker_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_person_role_citation_speaker_id"), table_name="person_role_citation")
    op.drop_index(op.f("ix_person_role_citation_source_id"), table_name="person_role_citation")
    op.drop_table("person_role_citation")
    op.drop_index(op.f("ix_region_member_citation_speaker_id"), table_name="region_member_citation")
    op.drop_index(op.f("ix_region_member_citation_source_id"), table_name="region_member_citation")
    op.drop_table("region_member_citation")
    op.drop_index(op.f("ix_person_role_organization_id"), table_name="person_role")
    op.drop_table("person_role")
    op.drop_index(op.f("ix_organization_sector_sector_id"), table_name="organization_sector")
    op.drop_table("organization_sector")
    op.drop_index(op.f("ix_fact_citation_speaker_id"), table_name="fact_citation")
    op.drop_index(op.f("ix_fact_citation_source_id"), table_name="fact_citation")
    op.drop_table("fact_citation")
    op.drop_index(op.f("ix_event_organization_organization_id"), table_name="event_organization")
    op.drop_table("event_organization")
    op.drop_index(op.f("ix_region_member_member_id"), table_name="region_member")
    op.drop_table("region_member")
    op.drop_index(op.f("ix_organization_region_id"), table_name="organization")
    op.drop_index(op.f("ix_organization_kind"), table_name="organization")
    op.drop_table("organization")
    op.drop_index(op.f("ix_fact_value"), table_name="fact")
    op.drop_index(op.f("ix_fact_unit"), table_name="fact")
    op.drop_index(op.f("ix_fact_time_earliest"), table_name="fact")
    op.drop_index(op.f("ix_fact_time_basis"), table_name="fact")
    op.drop_index(op.f("ix_fact_subject_type"), table_name="fact")
    op.drop_index(op.f("ix_fact_subject_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_sector_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_region_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_qualifier"), table_name="fact")
    op.drop_index(op.f("ix_fact_predicate_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_per"), table_name="fact")
    op.drop_index(op.f("ix_fact_object_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_counterpart_id"), table_name="fact")
    op.drop_index(op.f("ix_fact_basis"), table_name="fact")
    op.drop_table("fact")
    op.drop_index(op.f("ix_event_sector_sector_id"), table_name="event_sector")
    op.drop_table("event_sector")
    op.drop_index(op.f("ix_event_region_region_id"), table_name="event_region")
    op.drop_table("event_region")
    op.drop_index(op.f("ix_event_person_person_id"), table_name="event_person")
    op.drop_table("event_person")
    op.drop_index(op.f("ix_event_citation_speaker_id"), table_name="event_citation")
    op.drop_index(op.f("ix_event_citation_source_id"), table_name="event_citation")
    op.drop_table("event_citation")
    op.drop_index(op.f("ix_event_agreement_agreement_id"), table_name="event_agreement")
    op.drop_table("event_agreement")
    op.drop_index(op.f("ix_agreement_party_party_id"), table_name="agreement_party")
    op.drop_table("agreement_party")
    op.drop_index(op.f("ix_within_descendant_id"), table_name="within")
    op.drop_table("within")
    op.drop_index(op.f("ix_sector_parent_id"), table_name="sector")
    op.drop_table("sector")
    op.drop_index(op.f("ix_region_parent_id"), table_name="region")
    op.drop_index(op.f("ix_region_kind"), table_name="region")
    op.drop_table("region")
    op.drop_table("predicate_unit")
    op.drop_table("person")
    op.drop_table("identifier")
    op.drop_index(op.f("ix_event_time_earliest"), table_name="event")
    op.drop_index(op.f("ix_event_kind"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_agreement_kind"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_table("withdrawn")
    op.drop_table("vocabulary")
    op.drop_index(op.f("ix_source_tier"), table_name="source")
    op.drop_index(op.f("ix_source_publisher"), table_name="source")
    op.drop_index(op.f("ix_source_published_earliest"), table_name="source")
    op.drop_index(op.f("ix_source_language"), table_name="source")
    op.drop_index(op.f("ix_source_kind"), table_name="source")
    op.drop_table("source")
    op.drop_table("renamed")
    op.drop_table("predicate")
    op.drop_table("entity")
    op.drop_table("dataset")
