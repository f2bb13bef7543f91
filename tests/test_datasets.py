from hypothesis import given
from hypothesis import strategies as st

from calibaja_api.datasets import Ids
from calibaja_api.shapes.parts import SLUG_PATTERN

SLUGS = st.from_regex(SLUG_PATTERN, fullmatch=True)


@given(ids=st.sets(SLUGS), others=st.lists(st.one_of(SLUGS, st.text())))
def test_ids_in_one_text_are_the_set_that_they_were(ids: set[str], others: list[str]) -> None:
    found = Ids(ids)
    assert (set(found), len(found)) == (ids, len(ids))
    pieces = {*ids, *others, *(id_[1:] for id_ in ids), *(id_[:-1] for id_ in ids), "\n".join(ids), ""}
    for id_ in pieces:
        assert (id_ in found) is (id_ in ids)
