import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import permutations
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from calibaja_api.shapes import Agreement, Event, Fact, Organization, Person, Predicate, Region, Sector, Source
from calibaja_api.shapes.parts import Identifier, Location, Ref
from calibaja_api.tabular import BOM, _plan, columns, line, row

Json = dict[str, Any]

SHAPES = [Agreement, Event, Fact, Organization, Person, Predicate, Region, Sector, Source]
FORMULA = tuple("=+-@\t\r")

each_shape = pytest.mark.parametrize("shape", SHAPES)


def texts(without: str = "") -> st.SearchStrategy[str]:
    """Texts of all sorts, and many that could be taken for something else."""
    hard = st.sampled_from(["", "=1+1", "+52 664", "-5", "@a", "\tb", "\rc", '"', "a,b", "a\r\nb", "'=1", "; ", " | "])
    free = st.text(max_size=8)
    return (hard | free).filter(lambda text: not any(character in text for character in without))


def made(annotation: Any, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """The parsed JSON of any value of a type, whatever the checks of its fields say."""
    origin, members = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return st.one_of([made(member, text) for member in members])
    if origin is Annotated:
        return made(members[0], text)
    if origin is list:
        return st.lists(made(members[0], text), max_size=3)
    if origin is Literal:
        return st.sampled_from(members)
    if issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return st.fixed_dictionaries({name: made(field.annotation, text) for name, field in fields})
    if issubclass(annotation, str):
        return text
    scalars: Mapping[type, Callable[[], st.SearchStrategy[Any]]] = {
        NoneType: st.none,
        bool: st.booleans,
        int: st.integers,
        float: lambda: st.floats(allow_nan=False, allow_infinity=False),
    }
    return scalars[annotation]()


@cache
def items(shape: type[BaseModel], without: str = "") -> st.SearchStrategy[Json]:
    return made(shape, texts(without))


def blank(annotation: Any) -> Any:
    """The emptiest parsed JSON of a type."""
    origin, members = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return None if NoneType in members else 0
    if origin is list:
        return []
    if origin is Literal:
        return members[0]
    if issubclass(annotation, BaseModel):
        return {name: blank(field.annotation) for name, field in annotation.model_fields.items()}
    return "" if issubclass(annotation, str) else annotation()


def item(shape: type[BaseModel], **values: Any) -> Json:
    assert values.keys() <= shape.model_fields.keys()
    return {**blank(shape), **values}


def cells(shape: type[BaseModel], item: Json) -> dict[str, str]:
    return dict(zip(columns(shape), row(shape, item), strict=True))


def ref(name: str) -> Json:
    return {"type": "region", "id": name.lower(), "name": name}


def citation(source: str, speaker: Json | None = None, speaker_name: str | None = None, locator: str = "p. 1") -> Json:
    return {
        "source": ref(source),
        "locator": locator,
        "selector": None,
        "speaker": speaker,
        "speaker_name": speaker_name,
    }


def read(lines: Iterable[str]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines), newline=""), strict=True))


TIME = [
    *("time_edtf", "time_earliest", "time_latest", "time_precision"),
    *("time_approximate", "time_uncertain", "time_label"),
]
CITATIONS = [
    *("citations_source_id", "citations_source_name", "citations_locator"),
    *("citations_selector_start", "citations_selector_end", "citations_selector_sha256"),
    *("citations_speaker_id", "citations_speaker_name"),
]
NAMED = ["id", "type", "name", "names_en", "names_es"]
ENTITY = [*NAMED, "description", "aliases"]
COUNTED = [*ENTITY, "facts_count", "events_count"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            Fact,
            [
                *("id", "type", "subject_id", "subject_name", "predicate_id", "predicate_name", "value", "unit"),
                *("qualifier", "value_upper", "object_id", "object_name", "text", "region_id", "region_name"),
                *("sector_id", "sector_name", "counterpart_id", "counterpart_name", "basis", "per", "scope"),
                *("scope_key", *TIME, "time_basis", "claim", "claims_en", "claims_es", "note", *CITATIONS),
            ],
        ),
        (
            Region,
            [
                *(*COUNTED, "kind", "parent_id", "parent_name", "members_region_id", "members_region_name"),
                *(f"members_{name}" for name in CITATIONS),
                *("identifiers_scheme", "identifiers_value", "identifiers_verified", "location_lat", "location_lon"),
            ],
        ),
        (
            Event,
            [
                *(*ENTITY, "kind", *TIME, "regions_id", "regions_name", "sectors_id", "sectors_name"),
                *("organizations_id", "organizations_name", "people_id", "people_name"),
                *("agreements_id", "agreements_name", *CITATIONS),
            ],
        ),
        (
            Person,
            [
                *(*COUNTED, "roles_role", "roles_organization_id", "roles_organization_name"),
                *(f"roles_{name}" for name in (*TIME, *CITATIONS)),
            ],
        ),
        (
            Source,
            [
                *(*NAMED, "publisher", "authors", "url"),
                *(name.replace("time", "published") for name in TIME),
                *("language", "kind", "tier", "text_sha256"),
            ],
        ),
    ],
)
def test_the_columns_of_a_shape(shape: type[BaseModel], expected: list[str]) -> None:
    assert list(columns(shape)) == expected


@each_shape
def test_every_member_has_a_column(shape: type[BaseModel]) -> None:
    for name in shape.model_fields:
        chosen = columns(shape, [name])
        assert chosen
        assert all(column == name or column.startswith(f"{name}_") for column in chosen)


@pytest.mark.slow
@each_shape
@given(data=st.data())
def test_chosen_members_are_some_of_all_columns_in_declared_order(shape: type[BaseModel], data: st.DataObject) -> None:
    fields = data.draw(st.lists(st.sampled_from(sorted(shape.model_fields))))
    whole = data.draw(items(shape))
    chosen = columns(shape, fields)
    single = {column for field in fields for column in columns(shape, [field])}
    assert chosen == tuple(column for column in columns(shape) if column in single)
    everything = cells(shape, whole)
    picked = {field: whole[field] for field in fields}
    assert row(shape, picked, fields) == [everything[column] for column in chosen]


def test_the_order_of_chosen_members_takes_no_memory() -> None:
    names = ["id", "claim", "value", "unit", "note"]
    row(Fact, item(Fact), names)
    before = _plan.cache_info().currsize
    for order in permutations(names):
        row(Fact, item(Fact), [*order, *order])
    assert _plan.cache_info().currsize == before


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (0, "0"),
        (300, "300"),
        (-300, "-300"),
        (300.0, "300"),
        (-117.5, "-117.5"),
        (0.1, "0.1"),
        (1e-7, "1e-07"),
        (1e22, "1e+22"),
        (True, "true"),
        (False, "false"),
        ("", ""),
        ("300.0", "300.0"),
        ("Más de 300", "Más de 300"),
        ("=1+1", "'=1+1"),
        ("+52 664 123", "'+52 664 123"),
        ("-5", "'-5"),
        ("@work", "'@work"),
        ("\tb", "'\tb"),
        ("\rc", "'\rc"),
        ("\nd", "\nd"),
        (" =1", " =1"),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
    ],
)
def test_a_value_as_a_cell(value: Any, cell: str) -> None:
    assert cells(Fact, item(Fact, value=value))["value"] == cell


@given(value=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_json_writes_it(value: float) -> None:
    (cell,) = row(Fact, {"value": value}, ["value"])
    assert json.loads(cell) == value
    assert cell == json.dumps(value).removesuffix(".0")


def test_a_reference_that_is_not_there_leaves_its_cells_empty() -> None:
    made = cells(Fact, item(Fact, subject=ref("Tijuana"), region=None, time=None))
    assert (made["subject_id"], made["subject_name"]) == ("tijuana", "Tijuana")
    assert (made["region_id"], made["region_name"]) == ("", "")
    assert {made[name] for name in TIME} == {""}


def test_parts_of_parts_have_their_cells() -> None:
    made = cells(Region, item(Region, names={"en": "Mexico", "es": "México"}, location={"lat": 32.5, "lon": -117}))
    assert (made["names_en"], made["names_es"]) == ("Mexico", "México")
    assert (made["location_lat"], made["location_lon"]) == ("32.5", "-117")


def test_lists_are_joined() -> None:
    identifiers = [
        {"scheme": "iso3166-2", "value": "MX-BCN", "verified": "one"},
        {"scheme": "wikidata", "value": "Q58731", "verified": "two"},
    ]
    made = cells(Region, item(Region, aliases=["B.C.", "BC"], identifiers=identifiers))
    assert made["aliases"] == "B.C.; BC"
    assert made["identifiers_scheme"] == "iso3166-2; wikidata"
    assert made["identifiers_value"] == "MX-BCN; Q58731"
    assert cells(Region, item(Region))["aliases"] == ""


def test_pieces_that_are_not_there_keep_their_places() -> None:
    roles = [
        {"role": "Mayor", "organization": None, "time": None, "citations": [citation("A")]},
        {"role": "Advisor", "organization": ref("Council"), "time": None, "citations": [citation("B")]},
        {"role": "Author", "organization": None, "time": None, "citations": [citation("C")]},
    ]
    made = cells(Person, item(Person, roles=roles))
    assert made["roles_role"] == "Mayor; Advisor; Author"
    assert made["roles_organization_id"] == "; council; "
    assert made["roles_time_edtf"] == ""
    assert made["roles_citations_speaker_id"] == ""


def test_a_list_within_a_list_has_its_own_separator() -> None:
    members = [
        {"region": ref("Tijuana"), "citations": [citation("A"), citation("B")]},
        {"region": ref("Tecate"), "citations": [citation("C")]},
    ]
    made = cells(Region, item(Region, members=members))
    assert made["members_region_id"] == "tijuana; tecate"
    assert made["members_citations_source_id"] == "a | b; c"
    assert made["members_citations_locator"] == "p. 1 | p. 1; p. 1"
    assert made["members_citations_speaker_name"] == ""


def test_a_speaker_has_one_name_wherever_it_comes_from() -> None:
    citations = [citation("A", speaker=ref("Ana")), citation("B", speaker_name="Luis"), citation("C")]
    made = cells(Fact, item(Fact, citations=citations))
    assert made["citations_speaker_id"] == "ana; ; "
    assert made["citations_speaker_name"] == "Ana; Luis; "


def test_a_joined_cell_is_no_formula_either() -> None:
    assert cells(Region, item(Region, aliases=["=1", "=2"]))["aliases"] == "'=1; =2"
    citations = [citation("A", locator="-1"), citation("B", locator="+2")]
    assert cells(Fact, item(Fact, citations=citations))["citations_locator"] == "'-1; +2"


@pytest.mark.slow
@each_shape
@given(data=st.data())
def test_a_reader_of_csv_reads_what_was_written_and_no_formula(shape: type[BaseModel], data: st.DataObject) -> None:
    rows = [row(shape, made) for made in data.draw(st.lists(items(shape), max_size=2))]
    table = [list(columns(shape)), *rows]
    assert read(line(cells) for cells in table) == table
    assert all(len(cells) == len(table[0]) for cells in rows)
    for cell in (cell for cells in rows for cell in cells):
        assert not cell.startswith(FORMULA) or isinstance(json.loads(cell), int | float)


@given(table=st.lists(st.lists(texts(), min_size=1)))
def test_any_cells_are_read_as_written(table: list[list[str]]) -> None:
    assert read(map(line, table)) == table


@pytest.mark.parametrize(("shape", "member"), [(Fact, "citations"), (Event, "regions"), (Person, "roles")])
@given(data=st.data())
def test_the_pieces_of_a_list_stand_in_the_same_places(
    shape: type[BaseModel], member: str, data: st.DataObject
) -> None:
    elements = data.draw(made(shape.model_fields[member].annotation, texts(without=";|")))
    for cell in row(shape, {member: elements}, [member]):
        assert cell == "" or len(cell.split("; ")) == len(elements)


@given(data=st.data())
def test_the_cells_of_a_list_tell_all_its_elements(data: st.DataObject) -> None:
    names = st.text(st.characters(exclude_characters=";|=+-@\t\r", exclude_categories=["Cs"]), min_size=1)
    elements = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(Identifier.model_fields, names)), min_size=1))
    joined = row(Region, {"identifiers": elements}, ["identifiers"])
    pieces = zip(*(cell.split("; ") for cell in joined), strict=True)
    assert [dict(zip(Identifier.model_fields, values, strict=True)) for values in pieces] == elements


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["a", "b"], "a,b\r\n"),
        (["", ""], ",\r\n"),
        ([""], '""\r\n'),
        (["a b", "1"], "a b,1\r\n"),
        (["a,b", "c"], '"a,b",c\r\n'),
        (['say "x"'], '"say ""x"""\r\n'),
        (["a\nb", "a\rb", "a\r\nb"], '"a\nb","a\rb","a\r\nb"\r\n'),
        (["é; ñ"], "é; ñ\r\n"),
    ],
)
def test_a_line_of_csv(cells: list[str], expected: str) -> None:
    assert line(cells) == expected


def test_the_byte_order_mark_is_that_of_utf_8() -> None:
    assert BOM.encode() == b"\xef\xbb\xbf"
    assert (BOM + line(["año"])).encode().decode("utf-8-sig") == "año\r\n"


@given(point=made(Location, st.just("")), reference=made(Ref, texts()))
def test_a_part_of_an_item_can_be_a_table_of_its_own(point: Json, reference: Json) -> None:
    assert columns(Location) == ("lat", "lon")
    assert [json.loads(cell) for cell in row(Location, point)] == [point["lat"], point["lon"]]
    assert columns(Ref) == ("type", "id", "name")
    assert len(row(Ref, reference)) == len(columns(Ref))


@each_shape
def test_items_as_served_are_rows(shape: Any, http: httpx.Client) -> None:
    served = http.get(f"/v1/{shape.collection}", params={"limit": 200}).json()["data"]
    assert served
    table = [row(shape, made) for made in served]
    assert read(map(line, table)) == table
    position = columns(shape).index("id")
    assert [cells[position] for cells in table] == [made["id"] for made in served]
