"""How many hits a search has: counted no further than is asked for, and not at all where publishing told enough."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from calibaja_api.datasets import OpenDataset
from calibaja_api.matching import terms
from calibaja_api.ranks import Search
from calibaja_api.shapes.vocabulary import ItemType, SearchType
from calibaja_api.sqlite import SqliteDatabase

FOUND = tuple(sorted(ItemType(type_) for type_ in SearchType))
ALL = tuple(sorted(ItemType))
"""With the types that search does not show, all that a word was counted of."""
TYPES = (FOUND, ALL, (ItemType.FACT,), (ItemType.FACT, ItemType.REGION), (ItemType.REGION, ItemType.EVENT))


@pytest.fixture(scope="module")
def dataset(database: Path) -> Iterator[OpenDataset]:
    with closing(OpenDataset(SqliteDatabase(database))) as opened:
        yield opened


@pytest.mark.parametrize("text", ["tijuana", "tij", "exports", "california", "t", "san diego", "nothingatall"])
@pytest.mark.parametrize("types", TYPES, ids="+".join)
def test_a_bounded_count_is_the_whole_count_or_the_bound(
    dataset: OpenDataset, types: tuple[ItemType, ...], text: str
) -> None:
    whole = Search(terms(text), types, dataset).count(None)
    for bound in (1, 5, 50, 200, 10_000):
        assert Search(terms(text), types, dataset).count(bound) == min(whole, bound)


def test_a_word_that_many_facts_have_is_not_counted(dataset: OpenDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search(terms("tijuana"), ALL, dataset)
    monkeypatch.setattr(dataset, "rows", None)
    assert search.count(20) == 20
