import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pybtex  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import Entry, parse_string  # type: ignore[import-untyped]

from calibaja_api.bibliography import bibtex, csl
from calibaja_api.dates import parse
from calibaja_api.shapes.vocabulary import Lang
from calibaja_api.wording import date_label

Json = dict[str, Any]

KINDS = ["news", "official", "report", "encyclopedia", "academic", "dataset", "interview"]
TEXT_FIELDS = {"id", "title", "publisher", "container-title", "URL", "language", "genre"}
"""Of CSL-JSON 1.0.2, whose schema allows no field that it does not name, those that are written as text."""
CSL_TYPES = {
    *("article-journal", "article-magazine", "article-newspaper"),
    *("dataset", "entry-encyclopedia", "report", "webpage"),
}
LATEX = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    **{f"\\{character}": character for character in "#$%&_"},
}
DATES = [
    *("2015-06-15", "2015-06", "2015-06-XX", "2015", "2015-XX-XX", "0215", "2015-21", "2015-24", "199X", "19XX"),
    *("2015~", "2015-06?", "2015-06-15%", "1994/1999", "1994-03/1994-11", "198X/199X", "2014/2015-24", "1994~/1999?"),
    *("1994/..", "../1999", "1994/", "/1999?", "[2000,2002]", "[2000~,2002~]", "0000", "-0044", "Y-12345", "Y12345"),
]

each_kind = pytest.mark.parametrize("kind", [*KINDS, "press-release"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
hard_texts = texts | st.text("\\{}%$#&_~^@,=\"' \n\tandé", max_size=12)


def time(edtf: str) -> Json:
    """A date of an answer, in English."""
    span = parse(edtf)
    return {
        "edtf": edtf,
        "earliest": span.earliest and str(span.earliest),
        "latest": span.latest and str(span.latest),
        "precision": span.precision.value,
        "approximate": span.approximate,
        "uncertain": span.uncertain,
        "label": date_label(span, Lang.EN),
    }


def source(**values: Any) -> Json:
    """The parsed JSON of a source, with these values."""
    return {
        "id": "border-report",
        "type": "source",
        "name": "Trade at the Border",
        "names": {"en": "Trade at the Border", "es": "Trade at the Border"},
        "publisher": "Border Institute",
        "authors": ["Ana López", "Luis Mora"],
        "url": "https://example.org/report",
        "published": time("2015-06-15"),
        "language": "en",
        "kind": "report",
        "tier": "B",
        "text_sha256": None,
        **values,
    }


sources = st.builds(
    source,
    name=hard_texts,
    publisher=hard_texts,
    authors=st.lists(hard_texts, max_size=3),
    url=st.none() | hard_texts.map("https://example.org/{}".format),
    published=st.none() | st.sampled_from(DATES).map(time),
    language=st.sampled_from(["en", "es", "zh-Hant"]),
    kind=st.sampled_from([*KINDS, "press-release", "thesis"]),
)


def entry(made: Json) -> Entry:
    """What BibTeX reads in the entry of a source; there is that one entry, and nothing beside it."""
    text = bibtex(made)
    read = parse_string(text, "bibtex")
    assert list(read.entries) == [made["id"]]
    assert read.preamble == ""
    return read.entries[made["id"]]


def plain(latex: str) -> str:
    """What LaTeX prints."""
    return re.sub(r"\\(?:[a-z]+\{\}|[^a-z])", lambda found: LATEX[found[0]], latex)


def one_line(text: str) -> str:
    return " ".join(text.split())


def depths(text: str) -> Iterator[int]:
    """How many braces are open after each character, counted as BibTeX does: it knows no escape."""
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        yield depth


def test_a_report_in_csl() -> None:
    assert csl(source()) == {
        "id": "border-report",
        "type": "report",
        "title": "Trade at the Border",
        "author": [{"literal": "Ana López"}, {"literal": "Luis Mora"}],
        "publisher": "Border Institute",
        "issued": {"date-parts": [[2015, 6, 15]]},
        "URL": "https://example.org/report",
        "language": "en",
    }


def test_a_report_in_bibtex() -> None:
    expected = """\
@techreport{border-report,
  author = {{Ana López} and {Luis Mora}},
  title = {{Trade at the Border}},
  institution = {Border Institute},
  year = {2015},
  month = jun,
  url = {https://example.org/report},
  language = {en}
}

"""
    assert bibtex(source()) == expected


@pytest.mark.parametrize(
    ("kind", "csl_type", "csl_publisher", "bibtex_type", "bibtex_publisher", "genre"),
    [
        ("news", "article-newspaper", "container-title", "article", "journal", None),
        ("official", "webpage", "container-title", "misc", "howpublished", None),
        ("report", "report", "publisher", "techreport", "institution", None),
        ("encyclopedia", "entry-encyclopedia", "container-title", "misc", "howpublished", None),
        ("academic", "article-journal", "container-title", "article", "journal", None),
        ("dataset", "dataset", "publisher", "misc", "howpublished", None),
        ("interview", "article-magazine", "container-title", "article", "journal", "interview"),
        ("press-release", "webpage", "container-title", "misc", "howpublished", "press release"),
    ],
)
def test_each_kind_has_its_types(
    kind: str, csl_type: str, csl_publisher: str, bibtex_type: str, bibtex_publisher: str, genre: str | None
) -> None:
    made = source(kind=kind)
    item, read = csl(made), entry(made)
    assert item["type"] == csl_type
    assert {name: item[name] for name in ("publisher", "container-title") if name in item} == {
        csl_publisher: "Border Institute"
    }
    assert item.get("genre") == genre
    assert read.type == bibtex_type
    assert read.fields[bibtex_publisher] == "Border Institute"
    assert read.fields.get("note") == (genre and genre.capitalize())


@pytest.mark.parametrize(
    ("edtf", "issued", "year", "month"),
    [
        ("2015-06-15", {"date-parts": [[2015, 6, 15]]}, "2015", "June"),
        ("2015-06", {"date-parts": [[2015, 6]]}, "2015", "June"),
        ("2015-06-XX", {"date-parts": [[2015, 6]]}, "2015", "June"),
        ("2015", {"date-parts": [[2015]]}, "2015", None),
        ("2015-XX-XX", {"date-parts": [[2015]]}, "2015", None),
        ("0215", {"date-parts": [[215]]}, "215", None),
        ("Y12345", {"date-parts": [[12345]]}, "12345", None),
        ("2015-21", {"date-parts": [[2015]], "season": 1}, "2015", None),
        ("2015-22", {"date-parts": [[2015]], "season": 2}, "2015", None),
        ("2015-23", {"date-parts": [[2015]], "season": 3}, "2015", None),
        ("2015-24", {"date-parts": [[2015]], "season": 4}, "2015", None),
        ("199X", {"date-parts": [[1990], [1999]]}, "1990--1999", None),
        ("19XX", {"date-parts": [[1900], [1999]]}, "1900--1999", None),
        ("2015~", {"date-parts": [[2015]], "circa": True}, "ca. 2015", None),
        ("2015-06~", {"date-parts": [[2015, 6]], "circa": True}, "ca. 2015", "June"),
        ("2015?", {"date-parts": [[2015]], "circa": True}, "2015?", None),
        ("2015%", {"date-parts": [[2015]], "circa": True}, "ca. 2015?", None),
        ("1994/1999", {"date-parts": [[1994], [1999]]}, "1994--1999", None),
        ("1994-03/1994-11", {"date-parts": [[1994, 3], [1994, 11]]}, "1994", None),
        ("1994/1994", {"date-parts": [[1994]]}, "1994", None),
        ("1994/1994-11", {"date-parts": [[1994], [1994, 11]]}, "1994", None),
        ("198X/199X", {"date-parts": [[1980], [1999]]}, "1980--1999", None),
        ("2014/2015-24", {"date-parts": [[2014], [2015]]}, "2014--2015", None),
        ("1994~/1999?", {"date-parts": [[1994], [1999]], "circa": True}, "ca. 1994--1999?", None),
        ("1994/..", {"literal": "from 1994 on"}, "from 1994 on", None),
        ("../1999", {"literal": "up to 1999"}, "up to 1999", None),
        ("1994/", {"literal": "from 1994 to an unknown date"}, "from 1994 to an unknown date", None),
        ("[2000~,2002~]", {"literal": "around 2000 or 2002"}, "around 2000 or 2002", None),
        ("-0044", {"literal": "45 BCE"}, "45 BCE", None),
        ("0000", {"literal": "1 BCE"}, "1 BCE", None),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(edtf: str, issued: Json, year: str, month: str | None) -> None:
    made = source(published=time(edtf))
    fields = entry(made).fields
    assert csl(made)["issued"] == issued
    assert (fields["year"], fields.get("month")) == (year, month)


def test_a_month_is_the_macro_that_every_style_defines() -> None:
    entries = [bibtex(source(published=time(f"2015-{month:02d}"))) for month in range(1, 13)]
    written = " ".join(found[1] for text in entries if (found := re.search(r"\n  month = (.*),\n", text)))
    assert written == "jan feb mar apr may jun jul aug sep oct nov dec"


@each_kind
def test_what_is_not_known_is_absent(kind: str) -> None:
    made = source(kind=kind, authors=[], url=None, published=None)
    assert {"author", "URL", "issued"}.isdisjoint(csl(made))
    read = entry(made)
    assert {"year", "month", "url"}.isdisjoint(read.fields)
    assert not read.persons


@given(made=sources)
def test_csl_has_only_what_its_schema_allows(made: Json) -> None:
    item = csl(made)
    assert {"id", "type"} <= item.keys() <= {"type", "author", "issued"} | TEXT_FIELDS
    assert item["type"] in CSL_TYPES
    assert all(isinstance(item[name], str) for name in TEXT_FIELDS & item.keys())
    assert [author.keys() for author in item.get("author", [])] == [{"literal"}] * len(made["authors"])
    issued = item.get("issued", {"literal": ""})
    assert issued.keys() in ({"literal"}, *({"date-parts", *more} for more in ((), ("circa",), ("season",))))
    assert all(1 <= len(parts) <= 3 for parts in issued.get("date-parts", []))
    assert all(type(number) is int and number > 0 for parts in issued.get("date-parts", []) for number in parts)
    assert len(issued.get("date-parts", [[]])) in {1, 2}
    assert issued.get("season", 1) in range(1, 5)
    assert issued.get("circa", True) is True


@given(made=sources)
def test_csl_keeps_texts_as_they_are(made: Json) -> None:
    item = csl(made)
    assert item.get("title", "") == made["name"]
    assert item.get("publisher", item.get("container-title", "")) == made["publisher"]
    assert [author["literal"] for author in item.get("author", [])] == made["authors"]
    assert item.get("URL") == made["url"]


@given(made=sources)
def test_braces_are_balanced_and_close_only_at_the_end(made: Json) -> None:
    text = bibtex(made)
    assert text.endswith("\n}\n\n")
    entry_text = text.removesuffix("\n\n")
    after = list(depths(entry_text[entry_text.index("{") :]))
    assert all(depth > 0 for depth in after[:-1])
    assert after[-1] == 0
    lines = entry_text.splitlines()[1:-1]
    assert all(re.match(r"  [a-z]+ = (?:\{.*\}|[a-z]{3}),?$", line) for line in lines)


@given(made=sources)
def test_no_text_breaks_out_of_its_field(made: Json) -> None:
    read = entry(made)
    assert set(read.fields) <= {
        *("title", "journal", "institution", "howpublished", "year", "month", "url", "language", "note")
    }
    title = read.fields["title"]
    assert title.startswith("{")
    assert title.endswith("}")
    assert plain(title[1:-1]) == one_line(made["name"])
    publisher = [read.fields[name] for name in ("journal", "institution", "howpublished") if name in read.fields]
    assert [plain(text) for text in publisher] == [one_line(made["publisher"])] * bool(one_line(made["publisher"]))
    assert read.fields["language"] == made["language"]


@given(made=sources)
def test_authors_are_whole_names(made: Json) -> None:
    persons = entry(made).persons.get("author", [])
    assert [plain(str(person)[1:-1]) for person in persons] == [one_line(author) for author in made["authors"]]
    assert all(str(person).startswith("{") and str(person).endswith("}") for person in persons)


@given(url=st.text(st.characters(codec="ascii"), max_size=20).map("https://example.org/{}".format))
def test_an_address_is_as_it_is_but_for_what_no_address_may_hold(url: str) -> None:
    read = entry(source(url=url)).fields["url"]
    assert not re.search(r"[\s\\{}]", read)
    assert unquote(read) == unquote(url)


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("https://example.org/a_b%20c#d~e?f=1&g=$2^", "https://example.org/a_b%20c#d~e?f=1&g=$2^"),
        ("https://example.org/año", "https://example.org/año"),
        ("https://example.org/}a{b\\c d", "https://example.org/%7Da%7Bb%5Cc%20d"),
    ],
)
def test_an_address_in_bibtex(url: str, field: str) -> None:
    assert entry(source(url=url)).fields["url"] == field


def test_special_characters_of_latex() -> None:
    made = source(name=r"R&D: 50% of $1_000 #1 {a} ~b^c\d “México”")
    expected = (
        r"{R\&D: 50\% of \$1\_000 \#1 \textbraceleft{}a\textbraceright{} \textasciitilde{}b\textasciicircum{}c"
        r"\textbackslash{}d “México”}"
    )
    assert entry(made).fields["title"] == expected


def test_entries_one_after_another_are_a_bibliography() -> None:
    made = [source(id=f"source-{number}", kind=kind) for number, kind in enumerate(KINDS)]
    read = parse_string("".join(map(bibtex, made)), "bibtex")
    assert list(read.entries) == [one["id"] for one in made]


@pytest.mark.slow
def test_the_sources_as_served_are_a_bibliography(http: httpx.Client) -> None:
    served: list[Json] = []
    page: str | None = "/v1/sources?limit=200"
    while page:
        answer = http.get(page).json()
        served += answer["data"]
        page = answer["page"]["next"]
    read = parse_string("".join(map(bibtex, served)), "bibtex")
    assert list(read.entries) == [one["id"] for one in served]
    assert {one["kind"] for one in served} >= {"news", "official", "report", "academic", "interview"}
    # What styles miss they refuse.
    made = pybtex.format_from_string("".join(map(bibtex, served)), "plain", output_backend="plaintext")
    assert made.count("\n") == len(served)
    for one in served:
        assert plain(read.entries[one["id"]].fields["title"][1:-1]) == one["name"]
        assert csl(one)["title"] == one["name"]
