"""What is remembered: so many results and no more, whichever thread asks."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.answering import SHORT, Answerer, Asking, CacheHeaders
from calibaja_api.parsing import Known, Parser
from calibaja_api.remembering import Remembered
from calibaja_api.settings import Settings
from calibaja_api.shapes import FactQuery


@given(most=st.integers(1, 5), keys=st.lists(st.integers(0, 8)))
def test_the_last_results_are_kept_and_no_more(most: int, keys: list[int]) -> None:
    remembered: Remembered[int, int] = Remembered(most)
    for key in keys:
        assert remembered.get(key) in {None, -key}
        assert remembered.put(key, -key) == -key
        assert remembered.get(key) == -key
        assert len(remembered) <= most


def test_threads_can_put_at_once() -> None:
    remembered: Remembered[int, int] = Remembered(10)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda key: remembered.put(key % 50, key), range(4_000)))
    assert len(remembered) == 10


def test_a_question_is_read_once_and_a_long_one_each_time() -> None:
    read: list[bytes] = []

    class Counted(Parser[FactQuery]):
        def parse(self, query_string: bytes, known: Known = lambda _types, _id: True) -> FactQuery:
            read.append(query_string)
            return super().parse(query_string, known)

    def endpoint(question: FactQuery, dataset: Any) -> Any:
        raise NotImplementedError

    answerer = Answerer(endpoint)
    answerer.parser = Counted(FactQuery)
    dataset: Any = SimpleNamespace(version="0123456789abcdef")
    long = b"q=" + b"+".join([b"a"] * 100)
    wide = b"&".join([b"subject=tijuana"] * 40)
    assert len(long) <= SHORT < len(wide)
    for query in (b"limit=3", long, wide) * 3:
        for path in ("/v1/facts", "/v1/other"):
            asking = Asking(path, path.encode(), query, "")
            answerer.understand(asking, {}, lambda: dataset, CacheHeaders(Settings()))
    assert sorted(read) == sorted([b"limit=3", long, *[wide] * 6])
