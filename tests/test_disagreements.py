import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from tests.conftest import clean_environment
from tests.made import Change, appended, line_of, write
from tests.waiting import PATIENCE

from calibaja_api.disagreements import Told, disagreements
from calibaja_api.mistakes import InvalidSeed
from calibaja_api.publishing import draft
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.fact_records import FactRecord
from calibaja_api.shapes.vocabulary import ItemType

Json: TypeAlias = dict[str, Any]

MORE: Final = "facts/more.yaml"
UNIT: Final = '"{establishment}"'
TWO_UNITS: Final = Change("predicates.yaml", f"units: [{UNIT}]", f"units: [{UNIT}, km2]")
NOTE: Final = {"en": "Another source counts otherwise.", "es": "Otra fuente cuenta de otra manera."}
HEDGES: Final = {
    "exact": ("{}", "{}"),
    "about": ("about {}", "unas {}"),
    "nearly": ("nearly {}", "casi {}"),
    "more-than": ("more than {}", "más de {}"),
    "at-least": ("at least {}", "al menos {}"),
    "less-than": ("less than {}", "menos de {}"),
    "at-most": ("at most {}", "a lo sumo {}"),
}


def quantity(id_: str, value: float = 10, **fields: Any) -> Json:
    """A fact of how many companies Port Town had in 2010; a field that is None is left out."""
    en, es = HEDGES.get(fields.get("qualifier", "exact"), ("{}", "{}"))
    time = fields.get("time", "2010")
    years = (f" in {time[:4]}", f" en {time[:4]}") if time else ("", "")
    upper = fields.get("value_upper")
    ends = (f" to {upper}", f" a {upper}") if upper else ("", "")
    fact = {
        "id": id_,
        "subject": "port-town",
        "predicate": "establishments",
        "value": value,
        "unit": "{establishment}",
        "qualifier": "exact",
        "time": "2010",
        "time_basis": "stated",
        "basis": "observed",
        "claim": {
            "en": f"The {id_} was {en.format(value)}{ends[0]}{years[0]}.",
            "es": f"El {id_} fue de {es.format(value)}{ends[1]}{years[1]}.",
        },
        "citations": [cited("almanac")],
        **fields,
    }
    return {name: content for name, content in fact.items() if content is not None}


def cited(source: str, **more: Any) -> Json:
    return {"source": source, "locator": "p. 5", **more}


def founding(id_: str, time: str, **fields: Any) -> Json:
    """A fact of when the chamber of trade was founded."""
    claim = {"en": f"The {id_} was in {time[:4]}.", "es": f"La {id_} fue en {time[:4]}."}
    of_a_quantity: Json = {"value": None, "unit": None, "qualifier": None}
    about = {"subject": "trade-chamber", "predicate": "founded", "time": time, "claim": claim}
    return quantity(id_, **{**of_a_quantity, **about, **fields})


def yaml(fact: Json) -> str:
    """A fact as an entry of a seed file, a line for each field."""
    lines = "\n  ".join(f"{name}: {json.dumps(content, ensure_ascii=False)}" for name, content in fact.items())
    return f"- {lines}\n"


def folder_with(folder: Path, *parts: Json | Change) -> Path:
    """The made seed with these facts in a file of their own, and with these changes."""
    facts = [appended(MORE, yaml(part)) for part in parts if isinstance(part, dict)]
    return write(folder, *facts, *(part for part in parts if isinstance(part, Change)))


def told(folder: Path, *parts: Json | Change) -> list[tuple[str, int, str, str]]:
    """What is told of the made seed with these facts and changes, in order; nothing when it is taken."""
    try:
        draft(folder_with(folder, *parts))
    except InvalidSeed as refused:
        return [(str(Path(m.file).relative_to(folder)), m.line, m.field, m.message) for m in refused.mistakes]
    return []


def line(folder: Path, id_: str, field: str) -> int:
    """The line of a field of a fact, or where the fact begins when it has no such field."""
    lines = (folder / MORE).read_text(encoding="utf-8").splitlines()
    begin = lines.index(f'- id: "{id_}"')
    end = next((n for n in range(begin + 1, len(lines)) if lines[n].startswith("- ")), len(lines))
    return next((n for n in range(begin, end) if lines[n][2:].startswith(f"{field}: ")), begin) + 1


def same(first: str, second: str) -> str:
    return f"{first} states the same; one fact can have several citations (in {second})"


def unnoted(one: str, other: str) -> str:
    return f"is missing: {other} disagrees, and readers should know (in {one})"


def itself(first: str, second: str) -> str:
    return f"{first} gives another value from the same source; tell them apart, with a scope for instance (in {second})"


def test_the_made_facts_are_taken(tmp_path: Path) -> None:
    assert told(tmp_path, quantity("count"), founding("founding", "1990")) == []


# The same twice


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"citations": [cited("gazette")]},
        {"citations": [cited("almanac"), cited("gazette")]},
        {"note": NOTE},
        {"time_basis": "reported"},
        {"value": 10.0},
        {"region": "port-town"},
    ],
    ids=lambda more: "-".join(more) or "nothing",
)
def test_a_fact_that_states_what_another_states_is_told_at_the_later_one(tmp_path: Path, more: Json) -> None:
    facts = (quantity("first-count"), quantity("second-count", **more))
    assert told(tmp_path, *facts) == [
        (MORE, line(tmp_path, "second-count", "id"), "id", same("first-count", "second-count"))
    ]


def test_facts_of_two_files_state_the_same_too(tmp_path: Path) -> None:
    facts = quantity("port-town-again", 42, time="2015")
    assert told(tmp_path, facts) == [
        (MORE, line(tmp_path, "port-town-again", "id"), "id", same("port-town-companies-2015", "port-town-again"))
    ]


def test_a_fact_that_stands_three_times_is_told_against_each_earlier_one(tmp_path: Path) -> None:
    ids = ("first-count", "second-count", "third-count")
    messages = [message for *_, message in told(tmp_path, *(quantity(id_) for id_ in ids))]
    assert messages == [same(ids[0], ids[1]), same(ids[0], ids[2]), same(ids[1], ids[2])]


@pytest.mark.parametrize(
    "value",
    [
        {"predicate": "activity", "text": {"en": "trades", "es": "comercia"}},
        {"predicate": "owner", "object": "ana-lopez"},
    ],
    ids=["text", "entity"],
)
def test_texts_and_references_can_be_the_same(tmp_path: Path, value: Json) -> None:
    none: Json = {"value": None, "unit": None, "qualifier": None}
    facts = [quantity(id_, **none, **value) for id_ in ("first-time", "second-time")]
    assert [message for *_, message in told(tmp_path, *facts)] == [same("first-time", "second-time")]


def test_a_date_can_be_the_same(tmp_path: Path) -> None:
    facts = (founding("first-founding", "1990"), founding("second-founding", "1990", citations=[cited("gazette")]))
    assert [message for *_, message in told(tmp_path, *facts)] == [same("first-founding", "second-founding")]


def test_two_speakers_of_one_opinion_are_one_fact(tmp_path: Path) -> None:
    none: Json = {"value": None, "unit": None, "qualifier": None, "predicate": "activity", "basis": "opinion"}
    text = {"en": "trades well", "es": "comercia bien"}
    said = [
        quantity(
            f"{word}-opinion",
            **none,
            text=text,
            claim={"en": f"{name} says so in 2010.", "es": f"{name} lo dice en 2010."},
            citations=[cited("almanac", speaker_name=name)],
        )
        for word, name in (("first", "Jo Doe"), ("second", "Al Roe"))
    ]
    assert [message for *_, message in told(tmp_path, *said)] == [same("first-opinion", "second-opinion")]


# Disagreement


@pytest.mark.parametrize(
    "more",
    [
        {"value": 11},
        {"value": 10.5},
        {"qualifier": "more-than"},
        {"qualifier": "between", "value_upper": 12},
    ],
    ids=["another value", "a finer value", "another qualifier", "an upper end"],
)
def test_facts_that_disagree_are_both_told_when_neither_has_a_note(tmp_path: Path, more: Json) -> None:
    facts = (quantity("first-count"), quantity("second-count", citations=[cited("gazette")], **more))
    assert told(tmp_path, *facts) == [
        (MORE, line(tmp_path, "first-count", "note"), "note", unnoted("first-count", "second-count")),
        (MORE, line(tmp_path, "second-count", "note"), "note", unnoted("second-count", "first-count")),
    ]


def test_upper_ends_disagree(tmp_path: Path) -> None:
    first, second = (
        quantity(f"{id_}-count", 10, qualifier="between", value_upper=upper, citations=[cited(source)])
        for id_, upper, source in (("first", 12, "almanac"), ("second", 13, "gazette"))
    )
    messages = [message for *_, message in told(tmp_path, first, second)]
    assert messages == [unnoted("first-count", "second-count"), unnoted("second-count", "first-count")]


@pytest.mark.parametrize("noted", ["first-count", "second-count"])
def test_the_one_without_a_note_is_told_alone(tmp_path: Path, noted: str) -> None:
    notes: dict[str, Json] = {noted: {"note": NOTE}}
    first = quantity("first-count", **notes.get("first-count", {}))
    second = quantity("second-count", 11, citations=[cited("gazette")], **notes.get("second-count", {}))
    other = {"first-count": "second-count", "second-count": "first-count"}[noted]
    assert told(tmp_path, first, second) == [(MORE, line(tmp_path, other, "note"), "note", unnoted(other, noted))]


def test_facts_that_disagree_and_say_so_are_taken(tmp_path: Path) -> None:
    facts = (
        quantity("first-count", note=NOTE),
        quantity("second-count", 11, note=NOTE, citations=[cited("gazette")]),
    )
    assert told(tmp_path, *facts) == []


def test_of_three_that_disagree_each_is_told_of_both_others(tmp_path: Path) -> None:
    ids = ("first-count", "second-count", "third-count")
    leaflet = appended("sources.yaml", LEAFLET)
    sources = ("almanac", "gazette", "leaflet")
    facts = [quantity(id_, 10 + number, citations=[cited(sources[number])]) for number, id_ in enumerate(ids)]
    messages = {message for *_, message in told(tmp_path, *facts, leaflet)}
    assert messages == {unnoted(one, other) for one in ids for other in ids if one != other}


@pytest.mark.parametrize("sources", [["gazette"], ["almanac", "gazette"], ["gazette", "almanac"]], ids=" and ".join)
@pytest.mark.parametrize("several", ["first-count", "second-count"])
def test_one_source_with_two_values_is_told_at_the_later_one(tmp_path: Path, sources: list[str], several: str) -> None:
    citations = {several: [cited(source) for source in sources]}
    one = [cited("gazette")]
    first = quantity("first-count", note=NOTE, citations=citations.get("first-count", one))
    second = quantity("second-count", 11, note=NOTE, citations=citations.get("second-count", one))
    assert told(tmp_path, first, second) == [
        (MORE, line(tmp_path, "second-count", "id"), "scope", itself("first-count", "second-count"))
    ]


def test_a_scope_that_both_have_does_not_tell_them_apart_and_its_line_is_told(tmp_path: Path) -> None:
    scope: Json = {"scope": {"en": "large ones", "es": "las grandes"}, "scope_key": "large", "note": NOTE}
    facts = (quantity("first-count", **scope), quantity("second-count", 11, **scope))
    assert told(tmp_path, *facts) == [
        (MORE, line(tmp_path, "second-count", "scope"), "scope", itself("first-count", "second-count"))
    ]


def test_a_source_that_disagrees_with_itself_without_notes_is_told_for_both_reasons(tmp_path: Path) -> None:
    facts = (quantity("first-count"), quantity("second-count", 11))
    assert {(field, message) for _, _, field, message in told(tmp_path, *facts)} == {
        ("scope", itself("first-count", "second-count")),
        ("note", unnoted("first-count", "second-count")),
        ("note", unnoted("second-count", "first-count")),
    }


@pytest.mark.parametrize("later", ["1991", "1990-05", "1990~", "[1990,1991]"])
def test_a_thing_is_founded_once(tmp_path: Path, later: str) -> None:
    first = founding("first-founding", "1990")
    second = founding("second-founding", later, citations=[cited("gazette")])
    if later.startswith("["):
        second["claim"] = {"en": "The second one was in 1990 or 1991.", "es": "La segunda fue en 1990 o 1991."}
    assert told(tmp_path, first, second) == [
        (MORE, line(tmp_path, "first-founding", "note"), "note", unnoted("first-founding", "second-founding")),
        (MORE, line(tmp_path, "second-founding", "note"), "note", unnoted("second-founding", "first-founding")),
    ]


def test_a_source_that_dates_one_thing_twice_is_told(tmp_path: Path) -> None:
    facts = (founding("first-founding", "1990", note=NOTE), founding("second-founding", "1991", note=NOTE))
    assert [(field, message) for _, _, field, message in told(tmp_path, *facts)] == [
        ("scope", itself("first-founding", "second-founding"))
    ]


@pytest.mark.parametrize(
    "values",
    [
        [{"predicate": "activity", "text": {"en": word, "es": f"{word} (es)"}} for word in ("trades", "lobbies")],
        [{"predicate": "owner", "object": id_} for id_ in ("ana-lopez", "port-works")],
    ],
    ids=["text", "entity"],
)
def test_several_texts_or_references_are_no_disagreement(tmp_path: Path, values: list[Json]) -> None:
    none: Json = {"value": None, "unit": None, "qualifier": None}
    facts = [quantity(f"{word}-time", **none, **value) for word, value in zip(("first", "second"), values, strict=True)]
    assert told(tmp_path, *facts) == []


# What tells facts apart

OF_A_SECTOR: Final[Json] = {"subject": "electronics"}
APART: Final[list[tuple[Json, Json]]] = [
    ({}, {"subject": "river-city"}),
    ({}, {"predicate": "area", "unit": "km2"}),
    ({"unit": "km2"}, {}),
    ({"unit": "km2"}, {"predicate": "area", "unit": "km2"}),
    ({}, {"sector": "electronics"}),
    ({"sector": "radio"}, {"sector": "electronics"}),
    (OF_A_SECTOR, {**OF_A_SECTOR, "region": "port-town"}),
    ({**OF_A_SECTOR, "region": "river-city"}, {**OF_A_SECTOR, "region": "port-town"}),
    ({}, {"counterpart": "southland"}),
    ({"counterpart": "northland"}, {"counterpart": "southland"}),
    ({}, {"basis": "estimated"}),
    ({"basis": "forecast"}, {"basis": "planned"}),
    ({}, {"per": "P1Y"}),
    ({"per": "P1M"}, {"per": "P1Y"}),
    ({}, {"scope": {"en": "large ones", "es": "las grandes"}, "scope_key": "large"}),
    ({}, {"time": "2011"}),
    ({}, {"time": "2010-05"}),
    ({}, {"time": None, "time_basis": None}),
]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return draft(folder_with(tmp_path_factory.mktemp("made"), TWO_UNITS)).catalog


def between(catalog: Catalog, *facts: Json) -> list[Told]:
    """What is wrong between these facts, beside those of a catalog."""
    records = {type_: list(of_type.values()) for type_, of_type in catalog.records.items()}
    records[ItemType.FACT] += [FactRecord.model_validate_json(json.dumps(fact)) for fact in facts]
    return list(disagreements(Catalog(catalog.dataset, catalog.units.values(), catalog.labels.values(), records)))


@pytest.mark.parametrize(("first", "second"), APART)
@pytest.mark.parametrize("value", [10, 11])
def test_facts_of_something_else_are_neither_the_same_nor_disagree(
    catalog: Catalog, first: Json, second: Json, value: int
) -> None:
    assert between(catalog, quantity("first-count", **first), quantity("second-count", value, **second)) == []


@pytest.mark.parametrize("fields", [first or second for first, second in APART])
def test_what_both_have_does_not_tell_them_apart(catalog: Catalog, fields: Json) -> None:
    first, second = quantity("first-count", **fields), quantity("second-count", **fields)
    message = "first-count states the same; one fact can have several citations"
    assert between(catalog, first, second) == [(ItemType.FACT, "second-count", "id", message)]


def test_two_scopes_are_told_apart_by_their_keys(catalog: Catalog) -> None:
    large: Json = {"scope": {"en": "large ones", "es": "las grandes"}, "scope_key": "large"}
    small: Json = {"scope": {"en": "large ones", "es": "las grandes"}, "scope_key": "small"}
    again: Json = {"scope": {"en": "the large ones", "es": "las que son grandes"}, "scope_key": "large"}
    facts = (quantity("first-count", **large), quantity("second-count", **small), quantity("third-count", **again))
    message = "first-count states the same; one fact can have several citations"
    assert between(catalog, *facts) == [(ItemType.FACT, "third-count", "id", message)]


@pytest.mark.parametrize("fields", [{"basis": "planned"}, {"subject": "port-town"}])
def test_dates_are_told_apart_as_quantities_are(catalog: Catalog, fields: Json) -> None:
    assert between(catalog, founding("first-founding", "1990"), founding("second-founding", "1991", **fields)) == []


# Sources that nothing cites

LEAFLET: Final = "- id: leaflet\n  name: Leaflet\n  publisher: Us\n  language: en\n  kind: news\n  tier: C\n"
OF_LEAFLET: Final = "{source: leaflet, locator: p. 1}"


def test_a_source_that_nothing_cites_is_told_at_its_id(tmp_path: Path) -> None:
    poster = LEAFLET.replace("leaflet", "poster").replace("Leaflet", "Poster")
    mistakes = told(tmp_path, appended("sources.yaml", LEAFLET), appended("sources.yaml", poster))
    assert mistakes == [
        (
            "sources.yaml",
            line_of(tmp_path, "sources.yaml", f"id: {id_}"),
            "id",
            f"nothing cites it; cite it or leave it out (in {id_})",
        )
        for id_ in ("leaflet", "poster")
    ]


@pytest.mark.parametrize(
    "change",
    [
        Change(
            "regions.yaml",
            "    - region: river-city\n      citations: [",
            f"    - region: river-city\n      citations: [{OF_LEAFLET}, ",
        ),
        Change("people.yaml", "citations: [", f"citations: [{OF_LEAFLET}, "),
        Change("events.yaml", "citations: [", f"citations: [{OF_LEAFLET}, "),
        appended(MORE, yaml(quantity("count", citations=[{"source": "leaflet", "locator": "p. 1"}]))),
        appended(MORE, yaml(quantity("count", citations=[cited("almanac"), {"source": "leaflet", "locator": "p. 1"}]))),
    ],
    ids=["by a member", "by a role", "by an event", "by a fact", "by a second citation"],
)
def test_a_source_that_something_cites_is_taken(tmp_path: Path, change: Change) -> None:
    assert told(tmp_path, appended("sources.yaml", LEAFLET), change) == []


# What a claim does not say of its fact

UNSAID: Final[list[tuple[Json, str]]] = [
    ({"value": 12}, "it does not say the figure 12"),
    ({"value": 1_922_523}, "it does not say the figure 1,922,523"),
    ({"value": 4.5}, "it does not say the figure 4.5"),
    ({"value": 1}, "it does not say the figure 1"),
    ({"value": 201}, "it does not say the figure 201"),
    ({"qualifier": "between", "value_upper": 12}, "it does not say the figure 12"),
    ({"value": 3, "qualifier": "between", "value_upper": 10}, "it does not say the figure 3"),
    ({"qualifier": "about"}, "it does not hedge the figure as about"),
    ({"qualifier": "nearly"}, "it does not hedge the figure as nearly"),
    ({"qualifier": "more-than"}, "it does not hedge the figure as more-than"),
    ({"qualifier": "at-least"}, "it does not hedge the figure as at-least"),
    ({"qualifier": "less-than"}, "it does not hedge the figure as less-than"),
    ({"qualifier": "at-most"}, "it does not hedge the figure as at-most"),
    ({"predicate": "rank", "unit": "1", "qualifier": "rank", "value": 4}, "it does not say the figure 4"),
    ({"time": "2011"}, "it names no year of 2011"),
    ({"time": "2011/.."}, "it names no year of 2011/.."),
    ({"time": "[2000~,2002~]"}, "it names no year of [2000~,2002~]"),
    ({"time": "200X"}, "it names no year of 200X"),
]


def word(number: int) -> str:
    """A word for each number, without digits, which claims must not have by chance."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_what_a_claim_leaves_out_is_told_in_each_language_at_the_claim(tmp_path: Path) -> None:
    facts: list[Json] = []
    expected: list[tuple[str, str]] = []
    for number, (fields, message) in enumerate(UNSAID):
        id_ = f"count-{word(number)}"
        claim = {"en": f"The {id_} was 10 in 2010.", "es": f"La {id_} fue de 10 en 2010."}
        facts.append(quantity(id_, **{"claim": claim, **fields}))
        expected += [(id_, f"in {lang} {message} (in {id_})") for lang in ("en", "es")]
    mistakes = told(tmp_path, *facts)
    assert mistakes == [(MORE, line(tmp_path, id_, "claim"), "claim", message) for id_, message in expected]


def claim_of(value: int, qualifier: str, time: str, words: str, *, without: str = "") -> Json:
    """A claim that says all, in each language but one."""
    hedges = dict(zip(("en", "es"), HEDGES[qualifier], strict=True))
    right = {lang: f"{words}: {hedge.format(value)} ({time})." for lang, hedge in hedges.items()}
    return {lang: f"{words}: none." if lang == without else claim for lang, claim in right.items()}


@pytest.mark.parametrize("without", ["", "en", "es"])
def test_only_the_language_that_leaves_it_out_is_told(tmp_path: Path, without: str) -> None:
    # Of a loss the claim says how much was lost: more than 300 lost is less than -300.
    of_a_loss = {"more-than": "less-than", "less-than": "more-than", "at-least": "at-most", "at-most": "at-least"}
    facts, expected = [], []
    for number, (qualifier, sign) in enumerate((qualifier, sign) for qualifier in HEDGES for sign in (1, -1)):
        id_, time = f"count-{word(number)}", str(1950 + number)
        of = of_a_loss.get(qualifier, qualifier) if sign < 0 else qualifier
        claim = claim_of(300, qualifier, time, id_, without=without)
        facts.append(quantity(id_, 300 * sign, qualifier=of, time=time, claim=claim))
        expected.append((id_, f"in {without} it does not say the figure {300 * sign} (in {id_})"))
        expected.append((id_, f"in {without} it names no year of {time} (in {id_})"))
    mistakes = told(tmp_path, *facts)
    # Where there is no figure, that it is not hedged may be told too, or not.
    figures_and_years = [mistake for mistake in mistakes if "does not hedge" not in mistake[3]]
    assert figures_and_years == [
        (MORE, line(tmp_path, id_, "claim"), "claim", message) for id_, message in expected if without
    ]
    assert without or not mistakes


@pytest.mark.parametrize("value", [0, -1, -30, 2.5, -2.5])
def test_what_is_no_rank_is_told_and_no_more(tmp_path: Path, value: float) -> None:
    rank = quantity("count", value, predicate="rank", unit="1", qualifier="rank")
    mistakes = told(tmp_path, rank)
    assert (MORE, line(tmp_path, "count", "value"), "value", "a rank is a whole number from 1 (in count)") in mistakes
    assert {field for _, _, field, _ in mistakes} <= {"value", "claim"}


# Through the command


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "calibaja_api", "publish", "--check", str(folder)],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(COLUMNS="200"),
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.slow
def test_the_command_tells_what_claims_leave_out_with_file_line_and_field(tmp_path: Path) -> None:
    count = quantity(
        "count", 12, qualifier="about", time="2011", claim={"en": "It had about 12 in 2011.", "es": "Tenía 10."}
    )
    done = checked(folder_with(tmp_path, count))
    place = f"{tmp_path / MORE}:{line(tmp_path, 'count', 'claim')}: claim: in es"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"{place} it does not hedge the figure as about (in count)",
        f"{place} it does not say the figure 12 (in count)",
        f"{place} it names no year of 2011 (in count)",
    ]


@pytest.mark.slow
def test_the_command_tells_disagreements_with_file_line_and_field(tmp_path: Path) -> None:
    facts = (quantity("first-count"), quantity("second-count", 11, note=NOTE), quantity("third-count", 11, note=NOTE))
    folder_with(tmp_path, *facts, appended("sources.yaml", LEAFLET))
    done = checked(tmp_path)
    file = tmp_path / MORE
    first, second, third = (line(tmp_path, f"{word}-count", "id") for word in ("first", "second", "third"))
    source = line_of(tmp_path, "sources.yaml", "id: leaflet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"{file}:{first}: note: {unnoted('first-count', 'second-count')}",
        f"{file}:{first}: note: {unnoted('first-count', 'third-count')}",
        f"{file}:{second}: scope: {itself('first-count', 'second-count')}",
        f"{file}:{third}: id: {same('second-count', 'third-count')}",
        f"{file}:{third}: scope: {itself('first-count', 'third-count')}",
        f"{tmp_path / 'sources.yaml'}:{source}: id: nothing cites it; cite it or leave it out (in leaflet)",
    ]
