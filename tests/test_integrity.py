import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.made import write

from calibaja_api.publishing import draft, publish
from calibaja_api.sqlite import SqliteDatabase

FOREIGN_KEY = "FOREIGN KEY constraint failed"
DIGEST = "0" * 64
FACT = "UPDATE fact SET {} WHERE id = 'port-town-companies-2015'"
AREA = "UPDATE fact SET {} WHERE id = 'two-rivers-area'"
OWNER = "UPDATE fact SET {} WHERE id = 'port-works-owner'"
CITATION = "UPDATE fact_citation SET {} WHERE number = (SELECT number FROM fact WHERE id = 'two-rivers-area')"
IDENTIFIER = "INSERT INTO identifier (number, entity_id, scheme, value, pair, verified) SELECT number, {} FROM region"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("integrity")
    publish(draft(write(folder / "seed")), SqliteDatabase(folder / "made.sqlite3"))
    return folder / "made.sqlite3"


@pytest.fixture
def connection(published: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy that can be written to, as no program of ours would."""
    copied = tmp_path / "copy.sqlite3"
    shutil.copyfile(published, copied)
    with closing(sqlite3.connect(copied)) as opened:
        opened.execute("PRAGMA foreign_keys=ON")
        yield opened


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        # References
        (FACT.format("subject_id = 'nowhere'"), FOREIGN_KEY),
        (FACT.format("subject_type = 'sector'"), FOREIGN_KEY),
        (FACT.format("subject_id = 'electronics'"), FOREIGN_KEY),
        (FACT.format("predicate_id = 'nothing'"), FOREIGN_KEY),
        (FACT.format("region_id = 'nowhere'"), FOREIGN_KEY),
        (FACT.format("region_id = 'electronics'"), FOREIGN_KEY),
        (FACT.format("sector_id = 'port-town'"), FOREIGN_KEY),
        (FACT.format("counterpart_id = 'nowhere'"), FOREIGN_KEY),
        (OWNER.format("object_id = 'nobody'"), FOREIGN_KEY),
        (OWNER.format("object_id = 'two-rivers-area'"), FOREIGN_KEY),
        (CITATION.format("source_id = 'nobody'"), FOREIGN_KEY),
        (CITATION.format("speaker_id = 'nobody'"), FOREIGN_KEY),
        (CITATION.format("speaker_id = 'port-works'"), FOREIGN_KEY),
        (CITATION.format("number = 0"), FOREIGN_KEY),
        ("UPDATE region SET parent_id = 'nowhere' WHERE id = 'port-town'", FOREIGN_KEY),
        ("UPDATE organization SET area_id = 'electronics' WHERE id = 'trade-chamber'", FOREIGN_KEY),
        ("UPDATE person_role SET organization_id = 'nobody'", FOREIGN_KEY),
        ("INSERT INTO within VALUES ('nowhere', 'port-town')", FOREIGN_KEY),
        ("INSERT INTO event_person SELECT number, 'port-works' FROM event", FOREIGN_KEY),
        ("INSERT INTO agreement_party SELECT number, 'nobody' FROM agreement", FOREIGN_KEY),
        ("DELETE FROM body_en", FOREIGN_KEY),
        ("UPDATE body_es SET number = number + 100000", FOREIGN_KEY),
        ("DELETE FROM entity WHERE id = 'electronics'", FOREIGN_KEY),
        ("DELETE FROM predicate WHERE id = 'area'", FOREIGN_KEY),
        ("DELETE FROM source WHERE id = 'almanac'", FOREIGN_KEY),
        ("UPDATE entity SET type = 'sector' WHERE id = 'port-town'", FOREIGN_KEY),
        # Closed vocabularies
        (FACT.format("basis = 'guess'"), "ck_fact_basis"),
        (FACT.format("basis = NULL"), "NOT NULL constraint failed: fact.basis"),
        (FACT.format("qualifier = 'over'"), "ck_fact_qualifier"),
        (FACT.format("time_basis = 'told'"), "ck_fact_time_basis"),
        ("UPDATE source SET tier = 'D' WHERE id = 'almanac'", "ck_source_tier"),
        ("UPDATE predicate SET value_type = 'number' WHERE id = 'area'", "ck_predicate_value_type"),
        ("INSERT INTO entity VALUES ('thing', 'thing')", "ck_entity_type"),
        ("INSERT INTO entity VALUES ('Thing', 'region')", "ck_entity_id"),
        (f"INSERT INTO entity VALUES ('{'t' * 97}', 'region')", "ck_entity_id"),
        # Values
        (FACT.format("unit = NULL"), "ck_fact_quantity"),
        (FACT.format("qualifier = NULL"), "ck_fact_quantity"),
        (FACT.format("value = NULL"), "ck_fact_quantity"),
        (FACT.format("value_upper = 43"), "ck_fact_upper"),
        (AREA.format("value_upper = NULL"), "ck_fact_upper"),
        (AREA.format("qualifier = 'about'"), "ck_fact_upper"),
        (AREA.format("value_upper = 1"), "ck_fact_ends"),
        (FACT.format("object_id = 'ana-lopez'"), "ck_fact_one_value"),
        (OWNER.format("per = 'P1Y'"), "ck_fact_per"),
        ("UPDATE body_es SET body = NULL", "NOT NULL constraint failed: body_es.body"),
        # Times
        (FACT.format("time_earliest = 20160101"), "ck_fact_time"),
        (FACT.format("time = NULL"), "ck_fact_timed"),
        (FACT.format("time_basis = NULL"), "ck_fact_timed"),
        ("UPDATE event SET time_latest = 19970101", "ck_event_time"),
        ("UPDATE source SET published_earliest = 20170101 WHERE id = 'gazette'", "ck_source_published"),
        # Identifiers
        (IDENTIFIER.format("'river-city', 'geonames', '1001', 'geonames:1001', 'made 1.0'"), "identifier.scheme"),
        (IDENTIFIER.format("'river-city', 'geonames', '1003', 'geonames:1004', 'made 1.0'"), "ck_identifier_pair"),
        (IDENTIFIER.format("'port-town', 'geonames', '1001', 'geonames:1001', 'made 2.0'"), "UNIQUE constraint failed"),
        (IDENTIFIER.format("'nowhere', 'geonames', '1002', 'geonames:1002', 'made 1.0'") + " LIMIT 1", FOREIGN_KEY),
        # Citations
        (CITATION.format("selector_start = 5"), "ck_fact_citation_selector"),
        (CITATION.format("selector_end = 5"), "ck_fact_citation_selector"),
        (CITATION.format(f"selector_sha256 = '{DIGEST}'"), "ck_fact_citation_selector"),
        (CITATION.format("selector_start = 5, selector_end = 9"), "ck_fact_citation_selector"),
        (CITATION.format(f"selector_start = 5, selector_sha256 = '{DIGEST}'"), "ck_fact_citation_selector"),
        (
            CITATION.format(f"selector_start = 5, selector_end = 5, selector_sha256 = '{DIGEST}'"),
            "ck_fact_citation_selector",
        ),
        (
            CITATION.format(f"selector_start = -1, selector_end = 5, selector_sha256 = '{DIGEST}'"),
            "ck_fact_citation_selector",
        ),
        (
            CITATION.format("selector_start = 5, selector_end = 9, selector_sha256 = '00'"),
            "ck_fact_citation_selector",
        ),
        (CITATION.format("speaker_id = 'ana-lopez', speaker_name = 'Ana'"), "ck_fact_citation_speaker"),
        ("UPDATE event_citation SET selector_end = NULL", "ck_event_citation_selector"),
        ("UPDATE person_role_citation SET selector_sha256 = NULL", "ck_person_role_citation_selector"),
        ("UPDATE region_member_citation SET selector_start = NULL", "ck_region_member_citation_selector"),
        ("UPDATE source SET text_sha256 = '00' WHERE id = 'gazette'", "ck_source_text_sha256"),
        # Places
        ("UPDATE region SET parent_id = id WHERE id = 'port-town'", "ck_region_parent"),
        ("UPDATE sector SET parent_id = id WHERE id = 'radio'", "ck_sector_parent"),
        ("UPDATE organization SET parent_id = id WHERE id = 'port-works'", "ck_organization_parent"),
        ("UPDATE region SET lat = 91 WHERE id = 'port-town'", "ck_region_lat"),
        ("UPDATE region SET lon = -181 WHERE id = 'port-town'", "ck_region_lon"),
        ("UPDATE region SET lat = NULL WHERE id = 'port-town'", "ck_region_location"),
        ("INSERT INTO region_member SELECT number, 'port-town', 'port-town' FROM region", "ck_region_member_self"),
        ("INSERT INTO region_member SELECT * FROM region_member", "UNIQUE constraint failed: region_member"),
        ("UPDATE region_place SET x = 2", "ck_region_place_unit"),
        ("UPDATE region_place SET x = 0, y = 0, z = 0", "ck_region_place_unit"),
        ("UPDATE region_place SET region_id = 'electronics'", FOREIGN_KEY),
        # Search
        ("UPDATE search_name SET rank = 1000000 WHERE key = 'radio'", FOREIGN_KEY),
        ("DELETE FROM search_document WHERE id = 'radio'", FOREIGN_KEY),
        ("UPDATE search_document SET type = 'region', id = 'northland' WHERE id = 'radio'", "UNIQUE constraint failed"),
        ("UPDATE search_document SET rank = 1 WHERE rank = 2", "UNIQUE constraint failed"),
        ("UPDATE search_document SET passages = NULL", "NOT NULL constraint failed"),
        ("UPDATE search_word SET word = 'radio'", "UNIQUE constraint failed"),
        # The dataset
        ("INSERT INTO dataset SELECT * FROM dataset", "UNIQUE constraint failed: dataset.ordinal"),
        ("UPDATE dataset SET ordinal = 2", "ck_dataset_only"),
        ("UPDATE dataset SET version = 'v2'", "ck_dataset_version"),
        ("UPDATE dataset SET release = 0", "ck_dataset_release"),
        ("UPDATE dataset SET id = ''", "ck_dataset_id"),
        ("INSERT INTO renamed VALUES ('regions', 'port-town', 'port-town')", "ck_renamed_ids"),
        ("INSERT INTO renamed VALUES ('regions', 'harbor-town', 'river-city')", "UNIQUE constraint failed: renamed"),
        ("INSERT INTO withdrawn VALUES ('people', 'john-doe')", "UNIQUE constraint failed: withdrawn"),
    ],
)
def test_the_database_itself_refuses(connection: sqlite3.Connection, statement: str, refused: str) -> None:
    with pytest.raises(sqlite3.IntegrityError) as error:
        connection.execute(statement)
    assert refused in str(error.value)


@pytest.mark.parametrize(
    "statement",
    [
        FACT.format("subject_id = 'electronics', subject_type = 'sector', counterpart_id = 'ana-lopez'"),
        FACT.format("value = NULL, unit = NULL, qualifier = NULL, object_id = 'ana-lopez'"),
        FACT.format("basis = 'planned', qualifier = 'rank', per = 'P1Y', value = 1"),
        FACT.format("time = NULL, time_earliest = NULL, time_latest = NULL, time_basis = NULL"),
        FACT.format("time_latest = NULL"),
        AREA.format("value_upper = 1200.5"),
        CITATION.format(f"selector_start = 0, selector_end = 1, selector_sha256 = '{DIGEST}', speaker_name = 'Ana'"),
        "UPDATE source SET tier = 'C', text_sha256 = NULL WHERE id = 'gazette'",
        "UPDATE region SET lat = NULL, lon = NULL, parent_id = NULL WHERE id = 'port-town'",
        IDENTIFIER.format("id, 'geonames', '1002', 'geonames:1002', 'made 1.0'") + " WHERE id = 'river-city'",
        "UPDATE region_place SET x = -0.6, y = 0, z = 0.8",
    ],
)
def test_the_database_takes_what_is_right(connection: sqlite3.Connection, statement: str) -> None:
    assert connection.execute(statement).rowcount == 1
