import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.made import FILES, OPENING, Change, appended, line_of, write

from calibaja_api.mistakes import InvalidSeed, Mistake
from calibaja_api.publishing import draft, publish
from calibaja_api.shapes.vocabulary import ItemType
from calibaja_api.sqlite import SqliteDatabase

ALMANAC, GAZETTE = "facts/almanac.yaml", "facts/gazette.yaml"
DATASET, PREDICATES, REGIONS, SECTORS = "dataset.yaml", "predicates.yaml", "regions.yaml", "sectors.yaml"
ACCORD = "agreements.yaml"
CLAIM = "claim:\n    en: Port Town had 42 companies in 2015.\n"
CLAIM_ES = "    es: Villapuerto tenía 42 empresas en 2015.\n"
UNDATED_ES = "    es: Villapuerto tenía 42 empresas.\n"
AREA = """\
  claim:
    en: Two Rivers had an area of 1200.5 to 1300 km² around 2000 or 2002.
    es: Dos Ríos tenía de 1200.5 a 1300 km² hacia 2000 o 2002.
"""
BEST = "  claim:\n    en: Ana López says Port Works builds the best radios.\n"
RANK = "  claim: {en: Two Rivers will be third., es: Dos Ríos será tercera.}\n"
UPPER = "  value: 1200.5\n  value_upper: 1300\n"
OBSERVED_1998 = '  time: "1998"\n  time_basis: stated\n  basis: observed\n'
KM2 = "- one: {en: x, es: x}\n  other: {en: x, es: x}\n  code: km2\n"
AGAIN = "- {code: city, label: {en: town, es: pueblo}}\n"
SELECTOR = "selector: {start: 5, end: 5, sha256: " + '"' + "0" * 64 + '"}'


def mistakes_of(folder: Path) -> list[Mistake]:
    with pytest.raises(InvalidSeed) as refused:
        draft(folder)
    return refused.value.mistakes


class Wrong(NamedTuple):
    """One mistake: in which field it is told, what the message says of right, and how it is made."""

    what: str
    field: str
    right: str
    file: str
    old: str
    new: str
    at: str = ""
    """Words of the line in which it is told, where that is not the one in which the change begins."""


IN_A_RECORD = [
    Wrong("unknown key", "aliasses", "did you mean aliases?", REGIONS, "aliases:", "aliasses:"),
    Wrong("unknown key, none near", "motto", "it takes id, name, desc", REGIONS, "aliases:", "motto:"),
    Wrong("unknown key in a part", "location.long", "did you mean lon?", REGIONS, "-117}", "-117, long: 5}"),
    Wrong("unknown key in a list", "citations.0.loc", "it takes source", ALMANAC, "p. 3}", "p. 3, loc: x}"),
    Wrong("missing", "kind", "is missing", REGIONS, "  kind: city\n  parent: n", "  parent: n", "id: port-town"),
    Wrong("missing in a part", "location.lon", "is missing", REGIONS, "32.5, lon: -117}", "32.5}"),
    Wrong("figure in quotes", "value", "valid number", GAZETTE, "value: 42", 'value: "42"'),
    Wrong("word for a figure", "value", "valid number", GAZETTE, "value: 42", "value: many"),
    Wrong("truth for a figure", "value", "valid number", GAZETTE, "value: 42", "value: true"),
    Wrong("endless figure", "value", "finite", GAZETTE, "value: 42", "value: 1e999"),
    Wrong("text for a list", "aliases", "valid array", REGIONS, "[PT]", "PT"),
    Wrong("figure for a text", "aliases.1", "valid string", REGIONS, "[PT]", "[PT, 5]"),
    Wrong("text for a part", "location", "object", REGIONS, "{lat: 32.5, lon: -117}", "here"),
    Wrong("key without a value", "parent", "leave it out", REGIONS, "parent: northland", "parent:"),
    Wrong("latitude", "location.lat", "less than or equal to 90", REGIONS, "lat: 32.5", "lat: 91"),
    Wrong("unknown basis", "basis", "'observed', 'estimated'", GAZETTE, "basis: estimated", "basis: guess"),
    Wrong("unknown tier", "tier", "'A', 'B' or 'C'", "sources.yaml", "tier: A", "tier: D"),
    Wrong("unknown qualifier", "qualifier", "'at-least'", GAZETTE, "more-than", "over"),
    Wrong("unknown time_basis", "time_basis", "'reported' or 'derived'", ALMANAC, "reported", "told"),
    Wrong("unknown value_type", "value_type", "'date' or 'entity'", PREDICATES, "type: date", "type: day"),
    Wrong("no Spanish", "claim.es", "is missing", GAZETTE, f"{CLAIM}{CLAIM_ES}", CLAIM),
    Wrong("no English", "name.en", "is missing", REGIONS, "{en: Two Rivers, es", "{es"),
    Wrong("no words", "name.en", "at least 1 character", REGIONS, "en: Two Rivers,", 'en: "",'),
    Wrong("white space", "name.en", "more than one blank", REGIONS, "Two Rivers,", "Two  Rivers,"),
    Wrong("bad id", "id", "should match pattern", ACCORD, "id: river-accord", "id: River_Accord"),
    Wrong("long id", "id", "at most 96", ACCORD, "id: river-accord", f"id: {'river' * 20}"),
    Wrong("reversed EDTF", "time", "ends before it begins", GAZETTE, '"2015"', '"2015/2014"'),
    Wrong("invalid EDTF", "time", "such as 2015, 2015-06", GAZETTE, '"2015"', '"2015-13"'),
    Wrong("EDTF without quotes", "time", "valid string", GAZETTE, '"2015"', "2015"),
    Wrong("no duration", "per", "pattern", GAZETTE, "per: P1Y", "per: yearly"),
    Wrong("no time at all", "per", "pattern", GAZETTE, "per: P1Y", "per: P0Y"),
    Wrong("no day", "released", "EDTF", DATASET, '"2026-01-31"', '"2026-02-30"'),
    Wrong("no release", "release", "greater than or equal to 1", DATASET, "release: 2", "release: 0"),
    Wrong("two speakers", "citations.0", "speaker", ALMANAC, "p. 4,", "p. 4, speaker: ana-lopez,"),
    Wrong("reversed selector", "citations.0.selector", "end", ALMANAC, "p. 3}", f"p. 3, {SELECTOR}}}"),
]
BETWEEN_RECORDS = [
    Wrong(
        "id again", "id", "used once", SECTORS, ": Radio\n", ": Radio\n- name: X\n  id: industry\n", "  id: industry"
    ),
    Wrong("reference", "region", "did you mean port-town?", GAZETTE, "region: port-town", "region: port-tow"),
    Wrong(
        "source", "citations.0.source", "did you mean almanac?", ALMANAC, "almanac, locator: p. 3", "almanc, locator: x"
    ),
    Wrong("speaker", "citations.0.speaker", "no person", ALMANAC, "p. 3}", "p. 3, speaker: jo}"),
    Wrong("subject", "subject", "did you mean electronics?", GAZETTE, "subject: electronics", "subject: electronic"),
    Wrong("reference of another type", "region", "there is no region", GAZETTE, "region: port-town", "region: radio"),
    Wrong("party that is a fact", "parties.1", "no region or sector", ACCORD, "southland", "two-rivers-area"),
    Wrong("member", "members.1.region", "did you mean river-city?", REGIONS, "region: river-city", "region: river-cit"),
    Wrong("parent of itself", "parent", "lies in itself", SECTORS, "parent: industry", "parent: electronics"),
    Wrong("siblings of one name", "name", "northland", REGIONS, "name: {en: Southland", "name: {en: NORTHLAND"),
    Wrong(
        "claim again",
        "claim",
        "port-works-owner makes the same claim in es",
        GAZETTE,
        f"{BEST}    es: Ana López dice que Port Works hace las mejores radios.\n",
        f"{BEST.replace('.', ' in 2016.')}    es: ANA LOPEZ era dueña de Port Works en 2016.\n",
    ),
    Wrong("twice in a list", "parties", "twice", ACCORD, "parties: [northland,", "parties: [southland,"),
    Wrong(
        "identifier again",
        "identifiers",
        "port-town",
        "organizations.yaml",
        'register, value: "77"',
        'geonames, value: "1001"',
        "identifiers:",
    ),
    Wrong("unit again", "code", "used once", "units.yaml", '- code: "1"', f'{KM2}- code: "1"', "  code: km2"),
]
IN_A_FACT = [
    Wrong("no object", "object", "is missing", GAZETTE, "  object: ana-lopez\n", "", "id: port-works-owner"),
    Wrong(
        "text of a quantity",
        "text",
        "does not belong here",
        GAZETTE,
        "per: P1Y",
        "per: P1Y\n  text: {en: x, es: y}",
        "text: {en: x",
    ),
    Wrong(
        "object of a text",
        "object",
        "does not belong here",
        GAZETTE,
        "sector: radio",
        "sector: radio\n  object: radio",
        "object: radio",
    ),
    Wrong("object of a date", "object", "does not belong", GAZETTE, OBSERVED_1998, f"  object: radio\n{OBSERVED_1998}"),
    Wrong(
        "no time",
        "time",
        "is missing",
        GAZETTE,
        f"founded\n{OBSERVED_1998}",
        "founded\n  basis: observed\n",
        "id: port-works-founded",
    ),
    Wrong("no unit", "unit", "is missing", ALMANAC, '  unit: "1"\n', "", "id: two-rivers-rank"),
    Wrong("unit of another", "unit", "predicate area takes km2", ALMANAC, "unit: km2", 'unit: "{establishment}"'),
    Wrong("unit without words", "units", "ha is not in units.yaml", PREDICATES, "units: [km2]", "units: [km2, ha]"),
    Wrong("kind without a label", "kind", "pact is not in labels.yaml", ACCORD, "kind: treaty", "kind: pact"),
    Wrong(
        "label again", "code", "used once", "labels.yaml", "- {code: treaty,", f"{AGAIN}- {{code: treaty,", "en: town"
    ),
    Wrong(
        "units of a date", "units", "is quantity", PREDICATES, "type: date", 'type: date\n  units: [km2, "1"]', "km2, "
    ),
    Wrong("no upper end", "value_upper", "between", ALMANAC, UPPER, "  value: 1200.5\n", "id: two-rivers-area"),
    Wrong(
        "upper end alone", "value_upper", "between", GAZETTE, "value: 42", "value: 42\n  value_upper: 42", "value_upper"
    ),
    # The claim has this figure too, as its year.
    Wrong("reversed ends", "value_upper", "less than value", ALMANAC, "value: 1200.5", "value: 2000", "value_upper"),
    Wrong("half a rank", "value", "whole number from 1", ALMANAC, "value: 3\n", "value: 3.5\n"),
    Wrong("rate of a text", "per", "only a quantity", GAZETTE, "sector: radio", "per: P1M"),
    Wrong(
        "opinion of nobody",
        "citations",
        "a speaker",
        ALMANAC,
        "reported\n  basis: observed",
        "reported\n  basis: opinion",
        "p. 3",
    ),
    Wrong(
        "derived from nothing",
        "note",
        "says from what",
        GAZETTE,
        "stated\n  basis: observed\n  claim: {",
        "derived\n  basis: observed\n  claim: {",
        "id: port-works-founded",
    ),
    Wrong("scope alone", "scope_key", "come together", GAZETTE, "  scope_key: portable\n", "", "id: port-works-best"),
    Wrong("scope_key alone", "scope_key", "come together", GAZETTE, "per: P1Y", "scope_key: small"),
    Wrong("time_basis alone", "time_basis", "come together", GAZETTE, "per: P1Y", "time_basis: reported"),
    Wrong(
        "another region",
        "region",
        "the subject is the region",
        GAZETTE,
        "qualifier: exact",
        "qualifier: exact\n  region: northland",
        "region: northland",
    ),
    Wrong("another sector", "sector", "the subject is the sector", GAZETTE, "per: P1Y", "sector: radio"),
]

UNSAID = [
    Wrong(
        "figure in English", "claim", "in en it does not say the figure 42", GAZETTE, CLAIM, CLAIM.replace("42", "43")
    ),
    Wrong(
        "figure in Spanish",
        "claim",
        "in es it does not say the figure 42",
        GAZETTE,
        f"{CLAIM}{CLAIM_ES}",
        f"{CLAIM}{CLAIM_ES}".replace("tenía 42", "tenía 420"),
    ),
    Wrong(
        "upper end in Spanish",
        "claim",
        "in es it does not say the figure 1,300",
        ALMANAC,
        AREA,
        AREA.replace("a 1300", "a más"),
    ),
    Wrong("rank in English", "claim", "in en it does not say the figure 3", ALMANAC, RANK, RANK.replace("ird", "ere")),
    Wrong(
        "rank in Spanish", "claim", "in es it does not say the figure 3", ALMANAC, RANK, RANK.replace("terc", "prim")
    ),
    Wrong(
        "hedge in English",
        "claim",
        "in en it does not hedge the figure as more-than",
        GAZETTE,
        "claim: {en: More than 40",
        "claim: {en: Exactly 40",
    ),
    Wrong(
        "hedge of another kind",
        "claim",
        "in en it does not hedge the figure as more-than",
        GAZETTE,
        "claim: {en: More than 40",
        "claim: {en: At least 40",
    ),
    Wrong(
        "year in English",
        "claim",
        "in en it names no year of 1998",
        GAZETTE,
        "claim: {en: Port Works was founded in 1998.",
        "claim: {en: Port Works was founded in 1989.",
    ),
    Wrong(
        "year in Spanish",
        "claim",
        "in es it names no year of 2015",
        GAZETTE,
        f"{CLAIM}{CLAIM_ES}",
        f"{CLAIM}{UNDATED_ES}",
    ),
]


@pytest.mark.parametrize("wrong", [*IN_A_RECORD, *BETWEEN_RECORDS, *IN_A_FACT, *UNSAID], ids=lambda wrong: wrong.what)
def test_a_mistake_is_told_once_with_its_file_its_line_its_field_and_what_is_right(
    tmp_path: Path, wrong: Wrong
) -> None:
    folder = write(tmp_path, Change(wrong.file, wrong.old, wrong.new))
    begins = FILES[wrong.file][: FILES[wrong.file].index(wrong.old)].count("\n") + 1
    line = line_of(folder, wrong.file, wrong.at) if wrong.at else begins
    (mistake,) = mistakes_of(folder)
    assert (mistake.file, mistake.line, mistake.field) == (str(folder / wrong.file), line, wrong.field)
    assert wrong.right in mistake.message


def told(folder: Path) -> list[tuple[str, int, str, str]]:
    """The mistakes, with file names as in the folder."""
    return [(str(Path(m.file).relative_to(folder)), m.line, m.field, m.message) for m in mistakes_of(folder)]


def test_all_mistakes_of_all_files_are_told_at_once_in_order(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        Change(GAZETTE, "value: 42", "value: many"),
        Change(GAZETTE, "region: port-town", "region: port-tow"),
        Change(REGIONS, "aliases:", "aliasses:"),
        Change(DATASET, "release: 2", "release: 0"),
        Change("sources.yaml", "tier: A", "tier: D"),
    )
    assert [(file, line, field) for file, line, field, _ in told(folder)] == [
        (DATASET, 2, "release"),
        (GAZETTE, 4, "value"),
        (GAZETTE, 20, "region"),
        (REGIONS, 12, "aliasses"),
        ("sources.yaml", 16, "tier"),
    ]


def test_what_records_say_of_each_other_is_told_with_the_rest(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        Change(SECTORS, "parent: industry", "parent: radio"),
        Change(REGIONS, "{en: Southland,", "{en: Northland,"),
        Change(GAZETTE, "region: port-town", "region: port-tow"),
        Change(ALMANAC, "value: 1200.5", "value: 2000"),
        Change(ALMANAC, "value: 3\n", "value: third\n"),
        Change(DATASET, "[john-doe]", "[ana-lopez]"),
    )
    assert [(file, line) for file, line, *_ in told(folder)] == [
        (DATASET, 9),
        (ALMANAC, 5),
        (ALMANAC, 19),
        (GAZETTE, 20),
        (REGIONS, 6),
        (SECTORS, 4),
        (SECTORS, 7),
    ]


def test_the_text_of_a_refusal_has_a_line_for_each_mistake(tmp_path: Path) -> None:
    folder = write(tmp_path, Change(ACCORD, "southland", "eastland"), Change(SECTORS, "name: Radio", "names: Radio"))
    with pytest.raises(InvalidSeed) as refused:
        draft(folder)
    first, *others = str(refused.value).splitlines()
    assert first.startswith(f"{folder / ACCORD}:3: parties.1: there is no region or sector")
    assert others == [
        f"{folder / SECTORS}:6: name: is missing",
        f"{folder / SECTORS}:8: names: there is no such field; did you mean name?",
    ]


def test_an_id_used_in_two_files_names_the_other_place(tmp_path: Path) -> None:
    folder = write(tmp_path, appended("sectors/more.yaml", "# More sectors.\n- id: radio\n  name: Wireless\n"))
    expected = f"radio is taken: {folder / SECTORS}:6; ids are used once"
    assert told(folder) == [("sectors/more.yaml", 2, "id", expected)]


@pytest.mark.parametrize("file", ["regions.yaml", "sectors.yaml", "organizations.yaml", "people.yaml", "events.yaml"])
def test_entities_and_events_share_their_ids(tmp_path: Path, file: str) -> None:
    extra = {"regions.yaml": "  kind: city\n", "organizations.yaml": "  kind: company\n"}
    extra["events.yaml"] = f"  kind: opening\n  citations: [{OPENING}]\n"
    entry = f"- name: Something Else\n  id: river-accord\n{extra.get(file, '')}"
    folder = write(tmp_path, appended(file, entry))
    (mistake,) = mistakes_of(folder)
    # It is told at the second in the order of the collections: agreements come before events, after all others.
    assert Path(mistake.file).name == (file if file == "events.yaml" else ACCORD)
    assert mistake.line == line_of(folder, Path(mistake.file).name, "id: river-accord")
    assert mistake.field == "id"
    assert "entities and events share their ids" in mistake.message


def test_facts_predicates_and_sources_have_ids_of_their_own(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        Change(GAZETTE, "- id: port-works-best", "- id: port-works"),
        Change(PREDICATES, "- id: activity", "- id: radio"),
        Change(GAZETTE, "predicate: activity", "predicate: radio"),
    )
    catalog = draft(folder).catalog
    for type_, id_ in (
        (ItemType.FACT, "port-works"),
        (ItemType.ORGANIZATION, "port-works"),
        (ItemType.PREDICATE, "radio"),
    ):
        assert id_ in catalog.records[type_]


def test_parents_in_a_circle_are_told_at_each_of_them(tmp_path: Path) -> None:
    folder = write(tmp_path, Change(SECTORS, "- id: industry\n", "- id: industry\n  parent: radio\n"))
    assert [(file, line, field) for file, line, field, _ in told(folder)] == [
        (SECTORS, 2, "parent"),
        (SECTORS, 5, "parent"),
        (SECTORS, 8, "parent"),
    ]


def test_members_in_a_circle_are_told_at_each_of_them(tmp_path: Path) -> None:
    member = "  members:\n    - {region: two-rivers, citations: [{source: almanac, locator: p. 1}]}\n"
    folder = write(tmp_path, Change(REGIONS, "parent: southland\n", f"parent: southland\n{member}"))
    mistakes = told(folder)
    # Which lies in which is told by the message; what leads there is the parent or the members of each.
    assert [(file, "lies in itself" in message) for file, _, _, message in mistakes] == [(REGIONS, True)] * 2
    assert ["river-city" in mistakes[0][3], "two-rivers" in mistakes[1][3]] == [True, True]


def test_a_circle_of_a_parent_and_a_member_is_found(tmp_path: Path) -> None:
    folder = write(tmp_path, Change(REGIONS, "kind: cross-border-region\n", "kind: x\n  parent: port-town\n"))
    assert {message.rpartition("(")[2] for *_, message in told(folder)} == {"in port-town)", "in two-rivers)"}


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("{harbor-town: port-town}", "{river-city: port-town}", "river-city was renamed or withdrawn"),
        (
            "{harbor-town: port-town}",
            "{harbor-town: porttown}",
            "porttown is not there",
        ),
        ("{harbor-town: port-town}", "{radio: port-town}", "radio was renamed or withdrawn"),
        ("regions: {harbor", "region: {harbor", "there is no collection region"),
        ("[john-doe]", "[ana-lopez]", "ana-lopez was renamed or withdrawn"),
        ("[john-doe]", "[river-accord]", "river-accord was renamed or withdrawn"),
        ("[john-doe]", "[harbor-town]", "harbor-town was renamed or withdrawn"),
        ("[john-doe]", "[john-doe, john-doe]", "john-doe was renamed or withdrawn"),
    ],
)
def test_ids_that_were_renamed_or_withdrawn_are_not_used_again(tmp_path: Path, old: str, new: str, right: str) -> None:
    folder = write(tmp_path, Change(DATASET, old, new))
    (mistake,) = told(folder)
    assert mistake[:2] == (DATASET, line_of(folder, DATASET, new))
    assert right in mistake[3]


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        (PREDICATES, "en: What it does.", "en: What John Doe does.", "description.en"),
        (PREDICATES, "es: Lo que hace.", "es: 'Lo que hace JÓHN-DOE, dice.'", "description.es"),
        ("sources.yaml", "authors: [Jo Writer]", "authors: [Jo Writer, 'Doe, R.', John Doe]", "authors.2"),
        (GAZETTE, "speaker: ana-lopez", "speaker_name: John Doe", "citations.0.speaker_name"),
    ],
)
def test_who_was_withdrawn_is_named_nowhere(tmp_path: Path, file: str, old: str, new: str, field: str) -> None:
    folder = write(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    named = [(mistake[0], mistake[2]) for mistake in told(folder) if "names john-doe, who was withdrawn" in mistake[3]]
    assert named == [(file, field)]


def test_others_who_have_a_part_of_the_name_are_named(tmp_path: Path) -> None:
    changes = [
        Change(PREDICATES, "en: What it does.", "en: 'What John does, and Doe; what Long John Doebler does.'"),
        Change("sources.yaml", "authors: [Jo Writer]", "authors: ['Doe, John']"),
    ]
    assert draft(write(tmp_path, *changes)).counts["people"] == 1


def test_a_withdrawn_id_in_use_is_told_at_its_own_line(tmp_path: Path) -> None:
    folder = write(tmp_path, Change(DATASET, "[john-doe]", "\n    - john-doe\n    - ana-lopez\n    - jane-doe"))
    (mistake,) = told(folder)
    assert mistake[:2] == (DATASET, line_of(folder, DATASET, "- ana-lopez"))


@pytest.mark.parametrize(
    ("file", "content", "line", "right"),
    [
        (GAZETTE, "- id: a\n  value: [1, 2\n- id: b\n", 3, "is not YAML"),
        (REGIONS, "- id: a\n\tkind: b\n", 2, "is not YAML"),
        (REGIONS, '- id: "a\n', 2, "is not YAML"),
        (REGIONS, "- id: a\n  name: b: c\n", 2, "is not YAML"),
        (REGIONS, "- id: a\n---\n- id: b\n", 2, "is not YAML"),
        (REGIONS, "- id: *a\n", 1, "is not YAML"),
        (REGIONS, "- &a\n  id: x\n  members: *a\n", 1, "itself"),
        (REGIONS, "id: a\nkind: b\n", 1, "regions are a list: each entry begins with a dash"),
        (GAZETTE, "fact\n", 1, "facts are a list: each entry begins with a dash"),
        (REGIONS, "- id\n- 5\n", 1, "object"),
        ("units.yaml", "code: x\n", 1, "units are a list"),
        (DATASET, "- id: x\n", 1, "object"),
        (DATASET, "", 1, "object"),
    ],
)
def test_what_is_no_yaml_or_has_another_form_is_told_at_its_line(
    tmp_path: Path, file: str, content: str, line: int, right: str
) -> None:
    (write(tmp_path) / file).write_text(content, encoding="utf-8")
    mistakes = [(told_line, message) for told_file, told_line, _, message in told(tmp_path) if told_file == file]
    assert mistakes[0][0] == line
    assert right in mistakes[0][1]


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (write(tmp_path) / SECTORS).write_bytes(FILES[SECTORS].encode("latin-1"))
    assert any(mistake[0] == SECTORS and "is not UTF-8" in mistake[3] for mistake in told(tmp_path))


@pytest.mark.parametrize(
    ("file", "key", "old", "new"),
    [
        (GAZETTE, "value", "value: 42", "value: 42\n  value: 42.0"),
        (REGIONS, "location.lat", "{lat: 32.5,", "{lat: 32.5,\n    lat: 32.6,"),
        (DATASET, "release", "release: 2", "release: 2\nrelease: 3"),
    ],
)
def test_a_key_given_twice_is_told_at_the_second(tmp_path: Path, file: str, key: str, old: str, new: str) -> None:
    folder = write(tmp_path, Change(file, old, new))
    second = new.splitlines()[1].strip()
    assert told(folder) == [(file, line_of(folder, file, second), key, "is given twice")]


def test_a_dataset_given_twice_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, appended("dataset/more.yaml", FILES[DATASET].replace("release: 2", "release: 3")))
    assert mistakes_of(folder)


@pytest.mark.parametrize(
    ("file", "right"),
    [
        ("agreement.yaml", "did you mean agreements.yaml?"),
        ("notes.yaml", "rename or remove it"),
        ("sectors.yml", "did you mean sectors.yaml?"),
        ("facts/more.yml", "rename or remove it"),
        ("facts/deeper/more.yaml", "rename or remove it"),
    ],
)
def test_a_file_that_nothing_reads_is_told(tmp_path: Path, file: str, right: str) -> None:
    folder = write(tmp_path, appended(file, "[]\n"))
    ((told_file, line, field, message),) = told(folder)
    assert (told_file, line, field) == (file, 1, "")
    assert right in message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    (write(tmp_path) / ACCORD).unlink()
    assert told(tmp_path) == [(ACCORD, 1, "", "is missing")]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    (mistake,) = mistakes_of(tmp_path / "seeds")
    assert (mistake.file, mistake.message) == (str(tmp_path / "seeds"), "there is no such folder")


def test_a_collection_can_be_empty(tmp_path: Path) -> None:
    (write(tmp_path) / ACCORD).write_text("# None yet.\n", encoding="utf-8")
    assert draft(tmp_path).counts["agreements"] == 0


WORDS = (
    "no",
    "yes",
    "on",
    "Off",
    "2015-06-01",
    "02",
    "-02",
    "012",
    "0x1f",
    "0o7",
    "1_000",
    "12:30:00",
    "nan",
    ".inf",
    "Inf",
    "1e",
    "=",
)
NAMES = ("NO", "YES", "ÑU", "True", "TRUE")


def test_only_true_and_false_are_truths_and_what_looks_like_a_date_or_has_a_leading_zero_is_text(
    tmp_path: Path,
) -> None:
    folder = write(tmp_path, Change(REGIONS, "[PT]", f"[{', '.join(WORDS + NAMES)}]"))
    aliases = draft(folder).catalog.records[ItemType.REGION]["port-town"].aliases
    assert aliases == [*WORDS, *NAMES]


def test_numbers_are_as_written(tmp_path: Path) -> None:
    written = {"0": 0, "-5": -5, "7": 7, "0.25": 0.25, "-0.5": -0.5, "1e3": 1000, "12.0": 12}
    for number, (text, value) in enumerate(written.items()):
        claims = [
            Change(GAZETTE, f"{words} 42 ", f"{words} {abs(value)} ")
            for words in ("Port Town had", "Villapuerto tenía")
        ]
        folder = write(tmp_path / str(number), Change(GAZETTE, "value: 42", f"value: {text}"), *claims)
        found = draft(folder).catalog.records[ItemType.FACT]["port-town-companies-2015"].value
        assert (found, type(found)) == (value, type(value)), text


def test_facts_can_stand_in_one_file_or_in_several(tmp_path: Path) -> None:
    several = draft(write(tmp_path / "several"))
    folder = write(tmp_path / "one")
    shutil.rmtree(folder / "facts")
    (folder / "facts.yaml").write_text(FILES[GAZETTE] + FILES[ALMANAC], encoding="utf-8")
    assert draft(folder).version == several.version


def test_what_is_drafted_without_mistakes_is_published(tmp_path: Path) -> None:
    publish(draft(write(tmp_path / "seed")), SqliteDatabase(tmp_path / "made.sqlite3"))
    assert (tmp_path / "made.sqlite3").exists()


def fact_beside(value: str, source: str, more: str = "", id_: str = "another-count") -> Change:
    """A second fact of what one fact states."""
    return appended(
        GAZETTE,
        f"""\
- id: {id_}
  subject: port-town
  predicate: establishments
  value: {value}
  unit: "{{establishment}}"
  qualifier: exact
  time: "2015"
  time_basis: stated
  basis: observed
{more}  claim: {{en: {id_} has {value} in 2015., es: {id_} dice {value} en 2015.}}
  citations: [{{source: {source}, locator: p. 5}}]
""",
    )


NOTE = "  note: {en: Another one disagrees., es: Otro no coincide.}\n"
NOTED = Change(GAZETTE, f"{CLAIM}{CLAIM_ES}", f"{CLAIM}{CLAIM_ES}{NOTE}")
SCOPE = "  scope: {en: large ones, es: grandes}\n  scope_key: large\n"


def test_two_facts_that_state_the_same_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path, fact_beside("42", "almanac"))
    ((file, line, field, message),) = told(folder)
    assert (file, line, field) == (GAZETTE, line_of(folder, GAZETTE, "id: another-count"), "id")
    assert message.startswith("port-town-companies-2015 states the same; one fact can have several citations")


def test_facts_that_disagree_are_told_at_each_of_them_until_both_have_a_note(tmp_path: Path) -> None:
    folder = write(tmp_path / "none", fact_beside("45", "almanac"))
    first, second = (message for _, _, field, message in told(folder) if field == "note")
    assert first.startswith("is missing: another-count disagrees")
    assert second.startswith("is missing: port-town-companies-2015 disagrees")
    ((_, line, _, message),) = told(write(tmp_path / "one", fact_beside("45", "almanac", NOTE)))
    assert message == first
    assert line == line_of(tmp_path / "one", GAZETTE, "id: port-town-companies-2015")
    assert draft(write(tmp_path / "both", NOTED, fact_beside("45", "almanac", NOTE))).counts["facts"] == 8


def test_a_source_that_disagrees_with_itself_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "same", NOTED, fact_beside("45", "gazette", NOTE))
    ((_, _, field, message),) = told(folder)
    assert field == "scope"
    assert message.startswith("port-town-companies-2015 gives another value from the same source")
    assert draft(write(tmp_path / "scope", fact_beside("45", "gazette", SCOPE))).counts["facts"] == 8


def test_dates_disagree_too(tmp_path: Path) -> None:
    again = """\
- id: founded-again
  subject: port-works
  predicate: founded
  time: "1999"
  time_basis: stated
  basis: observed
  claim: {en: Port Works began in 1999., es: Port Works comenzó en 1999.}
  citations: [{source: almanac, locator: p. 6}]
"""
    messages = [message for *_, message in told(write(tmp_path, appended(GAZETTE, again)))]
    assert [message.partition(";")[0].partition(" disagrees")[0] for message in messages] == [
        "is missing: founded-again",
        "is missing: port-works-founded",
    ]


def test_texts_and_references_may_be_several(tmp_path: Path) -> None:
    again = """\
- id: port-works-second-owner
  subject: port-works
  predicate: owner
  object: trade-chamber
  time: "2016"
  time_basis: stated
  basis: observed
  claim: {en: A chamber owned Port Works in 2016., es: Una cámara era dueña de Port Works en 2016.}
  citations: [{source: gazette, locator: p. 6}]
"""
    assert draft(write(tmp_path, appended(GAZETTE, again))).counts["facts"] == 8


LEAFLET = appended(
    "sources.yaml", "- id: leaflet\n  name: Leaflet\n  publisher: Us\n  language: en\n  kind: news\n  tier: C\n"
)


def test_a_source_that_nothing_cites_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, LEAFLET)
    line = line_of(folder, "sources.yaml", "id: leaflet")
    assert told(folder) == [
        ("sources.yaml", line, "id", "nothing cites it; cite it or leave it out (in leaflet)"),
    ]


@pytest.mark.parametrize(
    ("file", "before"),
    [
        (REGIONS, "- region: river-city\n      citations: ["),
        ("people.yaml", "citations: ["),
        ("events.yaml", "citations: ["),
        (ALMANAC, "citations: [{source: almanac, locator: p. 3}"),
    ],
)
def test_one_citation_of_a_source_is_enough_wherever_it_stands(tmp_path: Path, file: str, before: str) -> None:
    citation = "{source: leaflet, locator: p. 1}"
    cited = f"{before}{citation}, " if before.endswith("[") else f"{before}, {citation}"
    assert draft(write(tmp_path, LEAFLET, Change(file, before, cited))).counts["sources"] == 3
