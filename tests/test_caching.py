"""The cache of answers: what is asked again, within its bytes, whatever strangers ask."""

from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.caching import Held, ResponseCache

VERSION = "0123456789abcdef"


def held(tag: bytes, body: bytes | None = b"body") -> Held:
    return Held(tag, b"head", body, b"unchanged", "/v1/facts")


def request(number: int) -> tuple[bytes, bytes, bytes]:
    return b"/v1/facts?limit=%d" % number, b"", b""


def cache_of(size: int) -> ResponseCache:
    cache = ResponseCache(size)
    assert cache.get(request(0), VERSION) is None
    return cache


def test_what_was_put_is_given() -> None:
    cache = cache_of(100_000)
    cache.put(request(1), VERSION, b"", held(b"a"))
    assert cache.get(request(1), VERSION) == held(b"a")
    assert cache.get(request(2), VERSION) is None
    assert (cache.hits, cache.misses) == (1, 2)


def test_requests_that_ask_the_same_share_one_answer() -> None:
    cache = cache_of(10_000_000)
    for number in range(50):
        cache.put(request(number), VERSION, b"", held(b"same", b"x" * 100_000))
    assert cache.size < 200_000
    assert cache.get(request(0), VERSION) is cache.get(request(49), VERSION)


def test_one_answer_in_two_encodings_is_two() -> None:
    cache = cache_of(100_000)
    cache.put(request(1), VERSION, b"", held(b"a", b"plain"))
    cache.put(request(2), VERSION, b"gzip", held(b"a", b"small"))
    assert [cache.get(request(number), VERSION) for number in (1, 2)] == [held(b"a", b"plain"), held(b"a", b"small")]


def test_an_answer_takes_the_place_of_one_without_a_body_and_is_not_lost_to_it() -> None:
    cache = cache_of(100_000)
    for body in (None, b"body", None):
        cache.put(request(1), VERSION, b"", held(b"a", body))
    assert cache.get(request(1), VERSION) == held(b"a")
    assert cache.size < 3_000


def test_another_version_has_nothing_of_the_one_before() -> None:
    cache = cache_of(100_000)
    cache.put(request(1), VERSION, b"", held(b"a"))
    assert cache.get(request(1), "other") is None
    assert cache.size == 0
    # An answer that took until after the publish comes too late.
    cache.put(request(1), VERSION, b"", held(b"a"))
    assert cache.get(request(1), "other") is None


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    cache = cache_of(40_000)
    for number in range(200):
        cache.put(request(number), VERSION, b"", held(b"%d" % number, b"x" * 1_000))
        assert cache.get(request(0), VERSION) is not None
    assert cache.get(request(1), VERSION) is None
    assert cache.get(request(199), VERSION) is not None


def test_an_answer_that_would_take_much_of_the_cache_is_not_kept() -> None:
    cache = cache_of(100_000)
    cache.put(request(1), VERSION, b"", held(b"a", b"x" * 20_000))
    assert cache.get(request(1), VERSION) is None


@given(
    size=st.integers(0, 50_000),
    puts=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 6_000)), max_size=120),
)
def test_whatever_is_asked_the_cache_keeps_within_its_bytes(size: int, puts: list[tuple[int, int]]) -> None:
    cache = cache_of(size)
    for number, length in puts:
        # Several requests have one answer, and in one version each has always the same.
        tag = number // 8
        cache.put(request(number), VERSION, b"", held(b"%d" % tag, b"x" * length))
        assert cache.size <= size
        found = cache.get(request(number), VERSION)
        assert found is None or found.tag == b"%d" % tag
