import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plain import RANGES, Question
from tests.plain_counts import Asker, Counts
from tests.rich import Served

from calibaja_api import filtering, tallies
from calibaja_api.datasets import OpenDataset
from calibaja_api.dates import FIRST_DAY, LAST_DAY, Day, whole_years, year_of
from calibaja_api.packaged import folder
from calibaja_api.parameters import Operator
from calibaja_api.parsing import Parser
from calibaja_api.publishing import draft, publish
from calibaja_api.query import count_select
from calibaja_api.resources import RESOURCE_NAMED, RESOURCES
from calibaja_api.sqlite import SqliteDatabase
from calibaja_api.tallies import MOST_YEARS, of_years, summarized, years_counted
from calibaja_api.totals import counting

pytest_plugins = ["tests.rich"]

FACTS = RESOURCE_NAMED["facts"]
TIMED = [resource for resource in RESOURCES if years_counted(resource)]
UNDER = [
    pytest.param(resource.name, field, id=f"{resource.name}-{field or 'all'}")
    for resource in TIMED
    for field in ("", *summarized(resource))
]
VALUES = 4
"""Values of a field that are asked for."""


@pytest.fixture(scope="module")
def opened(database: Path) -> Iterator[OpenDataset]:
    with closing(OpenDataset(SqliteDatabase(database))) as dataset:
        yield dataset


def total(rich: Served, collection: str, question: Question) -> int:
    response = rich.http.get(f"/v1/{collection}", params={**question, "count": "exact", "limit": 1})
    assert response.status_code == 200, response.text
    meta = response.json()["meta"]
    assert meta["total_relation"] == "eq"
    found: int = meta["total"]
    return found


def filtered(query: str) -> tuple[filtering.Filters, filtering.Binds]:
    """The filters of a question for facts."""
    return filtering.filters(FACTS.parameters, Parser(FACTS.question).parse(query.encode()), {})


def counter(dataset: OpenDataset, query: str) -> Callable[[], int]:
    """What counts the facts of a question in a dataset that counts nothing itself."""

    def refused(*_: Any) -> NoReturn:
        raise AssertionError("it is counted when it is asked for")

    stored: Any = SimpleNamespace(summaries=dataset.summaries, rows=dataset.rows, ready=refused)
    return counting(FACTS, *filtered(query), stored, bounded=False)


@pytest.mark.parametrize(("collection", "field"), UNDER)
def test_what_has_a_value_and_overlaps_a_time_is_counted_as_in_plain_python(
    rich: Served, counts: Counts, collection: str, field: str
) -> None:
    resource = RESOURCE_NAMED[collection]
    [during] = [name for name, parameter in resource.parameters.items() if parameter.operator is Operator.DURING]
    asker = Asker(counts, f"{collection} {field}")
    values = asker.candidates(collection, field) if field else [""]
    told_apart = set()
    for value in asker.random.sample(values, min(len(values), VALUES)):
        for time in RANGES:
            question = {during: [time]}
            if "time_match" in resource.parameters:
                question["time_match"] = [asker.random.choice(["possible", "possible", "certain"])]
            question |= {field: [value]} if field else {}
            kept = len(counts.kept(collection, question))
            assert total(rich, collection, question) == kept, question
            told_apart.add(kept)
    assert len(told_apart) > 1


@pytest.mark.parametrize("asked", ["", "region=tijuana&", "predicate=population&", "source__tier=A&"])
@pytest.mark.parametrize(
    "time", ["2010", "199X", "19XX", "1990/2005", "../2000", "2010/..", "1990/2009-12", "-0100/0000"]
)
def test_what_overlaps_whole_years_is_known_from_publishing(opened: OpenDataset, asked: str, time: str) -> None:
    question = f"{asked}time__during={time}"
    shapes, binds = filtered(question)
    [(items,)] = opened.rows(count_select, (FACTS, shapes, False), binds)
    assert counter(opened, question)() == items


@pytest.mark.parametrize(
    "asked",
    [
        *("time__during=2010-05/2012", "time__during=2010/2012-06", "time__during=2010-05-06"),
        *("time__during=2010/2012&time_match=certain", "region=tijuana&region=tecate&time__during=2010"),
        *("region=tijuana&predicate=population&time__during=2010", "region__within=tijuana&time__during=2010"),
    ],
)
def test_what_publishing_did_not_count_is_counted_when_it_is_asked_for(opened: OpenDataset, asked: str) -> None:
    with pytest.raises(AssertionError, match="when it is asked for"):
        counter(opened, asked)


@given(
    st.dictionaries(st.one_of(st.none(), st.integers(-(10**8), 10**8)), st.integers(1, 9), max_size=30),
    st.integers(-(10**4), 10**4),
)
def test_what_lies_up_to_a_year_is_counted_as_one_by_one(days: dict[int | None, int], year: int) -> None:
    years = of_years(days.items())
    assert years.up_to(year) == sum(count for day, count in days.items() if day is not None and year_of(day) <= year)
    assert (years.total, years.missing) == (sum(days.values()) - days.get(None, 0), days.get(None, 0))


def test_no_more_years_are_told_than_are_kept_at_hand() -> None:
    days = [(Day(year, 1, 1).key, 1) for year in range(MOST_YEARS + 1)]
    assert of_years(days[1:]).up_to(MOST_YEARS) == MOST_YEARS
    assert of_years(days).up_to(MOST_YEARS) is None


def test_where_years_are_not_told_what_overlaps_them_is_counted(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_YEARS", 2)
    path = tmp_path / "few-years.sqlite3"
    publish(draft(folder("seed")), SqliteDatabase(path))
    with closing(OpenDataset(SqliteDatabase(path))) as few, closing(OpenDataset(SqliteDatabase(database))) as all_:
        for query in ("time__during=1990/2005", "region=tijuana&time__during=2010/2020"):
            with pytest.raises(AssertionError, match="when it is asked for"):
                counter(few, query)
            found = counting(FACTS, *filtered(query), few, bounded=False)()
            assert found == counter(all_, query)() > 0


def test_whole_years_begin_and_end_with_a_year_or_are_open() -> None:
    chosen = random.Random(1)
    for _ in range(500):
        first, last = sorted(chosen.sample(range(-9_999, 9_999), 2))
        begin, end = Day(first, 1, 1).key, Day(last, 12, 31).key
        assert whole_years(begin, end) == (first, last)
        assert whole_years(FIRST_DAY, end) == (year_of(FIRST_DAY), last)
        assert whole_years(begin, LAST_DAY) == (first, year_of(LAST_DAY))
        month, day = chosen.randint(1, 12), chosen.randint(2, 28)
        assert whole_years(Day(first, month, day).key, end) is None
        assert whole_years(begin, Day(last, month, day).key) is None
