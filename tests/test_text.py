import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from calibaja_api.text import MAX_EDITS, fold, nearest


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tijuana", "tijuana"),
        ("TIJUANA", "tijuana"),
        ("México", "mexico"),
        ("Me\u0301xico", "mexico"),
        ("Peñasco", "penasco"),
        ("São  PAULO", "sao paulo"),
        ("Ångström", "angstrom"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("\u0130zmir", "izmir"),
        ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3"),
        ("\u03bf\u03b4\u03bf\u03c2", "\u03bf\u03b4\u03bf\u03c3"),
        ("\ufb01nance", "finance"),
        ("\uff34\uff2a", "tj"),
        ("m\u00b2", "m2"),
        ("\u2116 5", "no 5"),
        ("  San \t Diego\n", "san diego"),
        ("San\u00a0Diego", "san diego"),
        ("San\u3000Diego", "san diego"),
        ("San\u2028Diego", "san diego"),
        ("", ""),
        (" \n ", ""),
        ("\u0301", ""),
        ("\u00a8", ""),
        ("100% _a_/b", "100% _a_/b"),
        ("東京", "東京"),
    ],
)
def test_folding_leaves_out_case_accents_and_white_space(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("plane", range(0, 0x30000, 0x10000))
def test_every_character_folds_once(plane: int) -> None:
    # The planes with letters in use; what follows them is empty or private.
    characters = [chr(point) for point in range(plane, min(plane + 0x10000, sys.maxunicode + 1))]
    assert [character for character in characters if fold(fold(character)) != fold(character)] == []


@given(st.text(), st.text())
def test_words_fold_one_by_one(one: str, other: str) -> None:
    assert fold(f"{one} {other}") == f"{fold(one)} {fold(other)}".strip()


@given(st.text(st.characters(codec="latin-1")))
def test_case_and_form_do_not_matter(text: str) -> None:
    # Beyond Latin-1 two letters may share an upper case, as the dotless i and the dotted one do.
    for variant in (text.upper(), text.lower(), *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))):
        assert fold(variant) == fold(text)


@given(st.text())
def test_folded_text_has_no_white_space_but_single_blanks(text: str) -> None:
    assert fold(text) == " ".join(fold(text).split())
    assert "\n" not in fold(text)


REGIONS = ["baja-california", "ensenada", "mexicali", "rosarito", "san-diego", "tecate", "tijuana"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("tijuana", "tijuana"),
        ("tijuna", "tijuana"),
        ("tijuanaa", "tijuana"),
        ("tiuana", "tijuana"),
        ("tijunaa", "tijuana"),
        ("tjuna", "tijuana"),
        ("TIJUANA", "tijuana"),
        ("Tijuna", "tijuana"),
        ("tjun", None),
        ("san_diego", "san-diego"),
        ("sandiego", "san-diego"),
        ("sendiago", None),
        ("", None),
        (" ", None),
        ("x", None),
        ("berlin", None),
    ],
)
def test_the_nearest_is_at_most_two_edits_away(word: str, found: str | None) -> None:
    assert nearest(word, REGIONS) == found


@pytest.mark.parametrize(
    ("word", "candidates", "found"),
    [
        ("a", ["b"], None),
        ("a", ["ab"], None),
        ("a", ["A"], "A"),
        ("ab", ["ac"], "ac"),
        ("ab", ["cd"], None),
        ("ab", ["a"], "a"),
        ("abc", ["ade"], "ade"),
        ("abc", ["def"], None),
        ("q", [""], None),
        ("", ["", "a"], None),
        ("a", [], None),
    ],
)
def test_edits_are_fewer_than_the_word_has_letters(word: str, candidates: list[str], found: str | None) -> None:
    assert nearest(word, candidates) == found


@pytest.mark.parametrize("candidates", [["kinb", "kina"], ["kina", "kinb"], {"kinb", "kina"}])
def test_of_equally_near_ones_the_first_by_name_is_taken(candidates) -> None:
    assert nearest("kind", candidates) == "kina"


def test_a_nearer_one_goes_before_an_earlier_one() -> None:
    assert nearest("sort", ["for", "soft"]) == "soft"


def test_candidates_are_given_back_as_they_are_written() -> None:
    assert nearest("calibaja_cache_byts", ["CALIBAJA_CACHE_BYTES"]) == "CALIBAJA_CACHE_BYTES"


@pytest.mark.parametrize("word", ["tijuana" + "x" * 5_000, "tijuana" * 1_000, "a" * 500])
def test_a_long_word_is_near_nothing_short(word: str) -> None:
    assert nearest(word, [*REGIONS, "a" * 96]) is None


def test_a_long_word_is_not_near_to_how_it_begins() -> None:
    assert nearest("a" * 500, ["a" * 100]) is None


WORDS = st.text("abc-", max_size=6)


@given(WORDS, st.lists(WORDS, max_size=6))
def test_what_is_found_is_near_and_nothing_else_is_nearer(word: str, candidates: list[str]) -> None:
    found = nearest(word, candidates)
    distances = {candidate: Levenshtein.distance(word, candidate) for candidate in candidates}
    near = {candidate: edits for candidate, edits in distances.items() if edits <= MAX_EDITS and edits < len(word)}
    if found is None:
        assert not near
    else:
        assert near[found] == min(near.values())
        assert found == min(candidate for candidate, edits in near.items() if edits == near[found])
