"""Where a page stands: what is written by hand is what its model says."""

from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.cursors import Total
from calibaja_api.paging import Pages
from calibaja_api.shapes import FactQuery
from calibaja_api.shapes.answers import Page
from calibaja_api.shapes.vocabulary import Count, TotalRelation


@given(text=st.text(min_size=1, max_size=40), limit=st.integers(1, 200), last=st.booleans())
def test_a_page_is_written_as_its_model_would_be(text: str, limit: int, last: bool) -> None:
    pages = Pages("https://facts.example.org/a%20b", "facts")
    question = FactQuery.model_construct({"q", "limit"}, q=text, limit=limit)
    total = Total(3, TotalRelation.EQ, "0123456789abcdef", Count.AUTO)
    turn = pages.of(question, (str, str)).page(None if last else (text, "an-id"), total)
    page = Page(limit=turn.limit, next_cursor=turn.next_cursor, next=turn.next)
    assert turn.as_json() == page.model_dump_json().encode()
    assert (turn.next is None) is last
