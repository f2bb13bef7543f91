import string
import sys
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests import plain_search

from calibaja_api.matching import Terms, indexed_words, name_keys, ranges, said, terms
from calibaja_api.text import nearest_words, tokens, words

# The letters of English and Spanish, and some of their neighbors.
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789áéíóúüñçãõâêôàèìòùäëïöåø"
PUNCTUATION = string.punctuation + "¿¡\u2013\u2014«»\u201c\u201d\u2018\u2019•·"
WORD = st.text(LETTERS, min_size=1, max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=5)
SEPARATOR = st.text(PUNCTUATION + " \t\n\u00a0\u3000", min_size=1, max_size=3)
# Texts with words that repeat, are joined in several ways and stand behind what takes more than one UTF-16 unit.
TEXT = st.lists(st.one_of(WORD, SEPARATOR, st.sampled_from(["🙂", "T-MEC", "Cali-Baja", "de la", "IT"])), max_size=12)
JOINED = TEXT.map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hernández, T-MEC", ["hernandez", "t", "mec"]),
        ("HERNÁNDEZ", ["hernandez"]),
        ("Herna\u0301ndez", ["hernandez"]),
        ("Peñasco", ["penasco"]),
        ("  San \t Diego\n", ["san", "diego"]),
        ("United States\u2013Mexico\u2013Canada", ["united", "states", "mexico", "canada"]),
        ("O'Brien\u2019s", ["o", "brien", "s"]),
        ("Under_score", ["under", "score"]),
        ("1,500.5 km²", ["1", "500", "5", "km2"]),
        ("½", ["1", "2"]),
        ("№5", ["no5"]),
        ("100 %", ["100"]),
        ("\ufb01eld Ⓤnicode \uff34\uff2a", ["field", "unicode", "tj"]),
        ("\u0130stanbul", ["istanbul"]),
        ("東京 Quarter", ["東京", "quarter"]),
        ("AND OR NOT NEAR(x y)", ["and", "or", "not", "near", "x", "y"]),
        ('"x"*^-:()', ["x"]),
        ("", []),
        (" \n ", []),
        ("—¿?…%_*\"'", []),
        ("🙂", []),
        ("\u0301", []),
        ("\x00", []),
    ],
)
def test_words_are_letters_and_digits_without_marks_in_lower_case(text: str, expected: list[str]) -> None:
    assert words(text) == expected == [token.text for token in tokens(text)]


@given(st.text())
def test_words_are_those_of_the_oracle(text: str) -> None:
    # Marks that combine with nothing have a test of their own.
    assume(all(unicodedata.combining(each) for each in text if unicodedata.category(each).startswith("M")))
    assert words(text) == [token.text for token in tokens(text)] == plain_search.words(text)


@given(st.text())
def test_words_of_words_are_the_same_words(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


@pytest.mark.parametrize("plane", range(0, 0x30000, 0x10000))
def test_words_of_every_character_are_the_same_words_again(plane: int) -> None:
    characters = [chr(point) for point in range(plane, min(plane + 0x10000, sys.maxunicode + 1))]
    assert [character for character in characters if words(" ".join(words(character))) != words(character)] == []


@given(WORDS, SEPARATOR)
def test_case_and_form_do_not_matter(parts: list[str], separator: str) -> None:
    text = separator.join(parts)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        for variant in (text, text.upper(), text.title(), text.swapcase()):
            assert words(unicodedata.normalize(form, variant)) == words(text)


@given(WORDS, SEPARATOR, SEPARATOR)
def test_punctuation_and_blanks_do_not_matter(parts: list[str], one: str, other: str) -> None:
    plain = [word for part in parts for word in words(part)]
    assert words(one.join(parts)) == words(other + other.join(parts) + one) == plain


@given(WORD, st.lists(st.characters(categories=["Mn"]), max_size=3))
def test_accents_do_not_matter(word: str, marks: list[str]) -> None:
    accents = "".join(mark for mark in marks if unicodedata.combining(mark))
    assert words("".join(letter + accents for letter in word)) == words(word)


@pytest.mark.parametrize("mark", ["\u034f", "\u20dd", "\ufe0f"], ids=["joiner", "circle", "variation"])
def test_marks_of_no_class_are_dropped_as_well(mark: str) -> None:
    assert words(f"Tij{mark}uana{mark}") == ["tijuana"]


@given(st.text())
def test_no_word_is_outside_of_its_place(text: str) -> None:
    last = 0
    rest = list(text)
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.start >= last
        assert token.text in words(text[token.start : token.end])
        # Of a character that stands for several words each has the place.
        last = token.end - 1
        rest[token.start : token.end] = " " * (token.end - token.start)
    assert words("".join(rest)) == []


@given(JOINED)
def test_a_place_holds_its_word_and_nothing_else(text: str) -> None:
    last = 0
    for token in tokens(text):
        assert words(text[token.start : token.end]) == [token.text]
        assert token.start >= last
        last = token.end


@pytest.mark.parametrize("text", ["Cafe\u0301 de Olla", "Cafe\u0301", "e\u0301 e"])
def test_the_place_of_a_word_takes_its_last_accent_along(text: str) -> None:
    first, *_ = tokens(text)
    assert text[first.end - 1] == "\u0301"


@pytest.mark.parametrize(
    ("text", "asked", "key", "squeezed"),
    [
        ("T-MEC", ("t", "mec"), "t mec", "tmec"),
        ("TMEC", ("tmec",), "tmec", "tmec"),
        ("Cali-Baja", ("cali", "baja"), "cali baja", "calibaja"),
        ("IT in Baja California", ("it", "baja", "california"), "it in baja california", None),
        ("Cámara de la Industria", ("camara", "industria"), "camara de la industria", None),
        ("de la", ("la",), "de la", "dela"),
        ("of", ("of",), "of", "of"),
        ("clúster de", ("cluster", "de"), "cluster de", None),
        ("san san san diego", ("san", "diego"), "san san san diego", None),
        ("Tijuana's population", ("tijuana", "population"), "tijuana s population", None),
        ("22 mil habitantes", ("22", "habitantes"), "22 mil habitantes", None),
        ("22 thousand people", ("22", "people"), "22 thousand people", None),
        ("54 mil", ("54", "mil"), "54 mil", None),
        ("", (), "", ""),
        ("—", (), "", ""),
    ],
)
def test_all_words_are_asked_for_but_those_that_join_others(
    text: str, asked: tuple[str, ...], key: str, squeezed: str | None
) -> None:
    found = terms(text)
    assert found.required == asked
    assert found.key == key
    joined = key.replace(" ", "") if squeezed is None else squeezed
    assert found.joined == joined
    # The blank before it keeps it from being what some name begins with.
    assert found.squeezed == (f" {joined}" if joined else "")


@given(JOINED)
def test_required_words_are_those_of_the_oracle(text: str) -> None:
    whole, last = plain_search.required(text)
    assert terms(text).required == ((*dict.fromkeys(whole), last) if last else ())


@given(JOINED)
def test_the_same_words_ask_for_the_same(text: str) -> None:
    assert terms(text.upper()) == terms(terms(text).key) == terms(f"  ¿{text}?") == Terms(tuple(words(text)))


@given(st.text(PUNCTUATION + " \n🙂\u0301"))
def test_text_without_letter_or_digit_asks_for_nothing(text: str) -> None:
    asked = terms(text)
    assert (asked.words, asked.required, asked.key, asked.squeezed, asked.key_end) == ((), (), "", "", "")
    assert name_keys(text) == frozenset()
    assert indexed_words(text) == ()
    assert ranges("Tijuana, T-MEC", asked) == []
    assert said("Tijuana, T-MEC", asked) == 0


@given(WORDS, WORDS)
@example(["a"], ["azz"])
@example(["a"], ["a\u6771\u4eac"])
@example(["a"], ["b"])
def test_keys_that_begin_with_a_key_stand_between_it_and_its_end(asked: list[str], name: list[str]) -> None:
    found, key = terms(" ".join(asked)), terms(" ".join(name)).key
    assert (found.key <= key < found.key_end) is key.startswith(found.key)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("T-MEC", {"t mec", "tmec"}),
        ("TMEC", {"tmec"}),
        ("Cali-Baja", {"cali baja", "calibaja"}),
        ("CaliBaja", {"calibaja"}),
        ("San Diego", {"san diego", "sandiego"}),
        ("—", set()),
    ],
)
def test_a_name_is_found_with_and_without_what_divides_it(name: str, keys: set[str]) -> None:
    assert {key.strip() for key in name_keys(name)} == keys
    assert sum(key.startswith(" ") for key in name_keys(name)) == bool(keys)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("T-MEC", ["t", "mec", "tmec"]),
        ("(T-MEC), TMEC", ["t", "mec", "tmec", "tmec"]),
        ("Cali-Baja region", ["cali", "baja", "region", "calibaja"]),
        ("E.U.A.", ["e", "u", "a", "eua"]),
        ("170,000 jobs", ["170", "000", "jobs", "170000"]),
        ("San Diego", ["san", "diego"]),
        ("San\u00a0Diego", ["san", "diego"]),
        ("—", []),
    ],
)
def test_what_hyphens_and_points_divide_is_found_in_one_piece(text: str, found: list[str]) -> None:
    assert sorted(indexed_words(text)) == sorted(found)


@given(JOINED)
def test_indexed_words_are_those_of_the_oracle(text: str) -> None:
    assert set(indexed_words(text)) == plain_search.indexed(text)


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Edna Patricia Hernández", "hernandez", [(14, 23)]),
        ("Edna Patricia Hernández", "her", [(14, 23)]),
        ("Edna Patricia Hernández", "pat hernandez", [(14, 23)]),
        ("Edna Patricia Hernández", "patricia her", [(5, 13), (14, 23)]),
        ("🙂🙂 Tijuana", "TIJUANA", [(3, 10)]),
        ("T-MEC", "tmec", [(0, 5)]),
        ("(T-MEC), TMEC.", "tmec", [(1, 6), (9, 13)]),
        ("T-MEC", "T-MEC", [(0, 1), (2, 5)]),
        ("Cali-Baja mega region", "calibaja", [(0, 9)]),
        ("Cámara de Comercio", "cámara de comercio", [(0, 6), (10, 18)]),
        ("de la Cámara", "de", [(0, 2)]),
        ("Tijuana, Tijuana", "tijuana", [(0, 7), (9, 16)]),
        ("100% of 100", "100", [(0, 3), (8, 11)]),
        ("Tijuana", "mexicali", []),
        ("", "tijuana", []),
    ],
)
def test_ranges_are_where_the_words_stand(text: str, asked: str, expected: list[tuple[int, int]]) -> None:
    assert ranges(text, terms(asked)) == expected


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Mexico\u2013United States border", "mexico", [(0, 6)]),
        ("San Diego\u2013Tijuana area", "diego", [(4, 9)]),
    ],
)
def test_a_range_is_no_wider_than_the_word(text: str, asked: str, expected: list[tuple[int, int]]) -> None:
    assert ranges(text, terms(asked)) == expected


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("San Diego", "sandiego", [(0, 9)]),
        ("blue tech", "BlueTech", [(0, 9)]),
        ("ArkusNexus", "arkus nexus", [(0, 10)]),
        ("TMEC", "T-MEC", [(0, 4)]),
    ],
)
def test_a_name_that_is_the_text_but_for_blanks_is_shown(
    text: str, asked: str, expected: list[tuple[int, int]]
) -> None:
    assert not name_keys(text).isdisjoint({terms(asked).key, terms(asked).squeezed})
    assert ranges(text, terms(asked)) == expected


@given(JOINED, JOINED)
def test_ranges_hold_what_is_asked_for_in_order(text: str, asked: str) -> None:
    whole, last = plain_search.required(asked)
    end = 0
    for start, stop in ranges(text, terms(asked)):
        assert end <= start < stop <= len(text)
        assert plain_search.indexed(text[start:stop]) & {*whole, last} or any(
            word.startswith(last) for word in plain_search.indexed(text[start:stop])
        )
        end = stop


@given(JOINED, st.data())
def test_every_word_of_a_text_is_found_where_it_stands(text: str, data: st.DataObject) -> None:
    places = list(tokens(text))
    assume(places)
    token = data.draw(st.sampled_from(places))
    begun = token.text[: data.draw(st.integers(1, len(token.text)))]
    for asked in (token.text, begun, begun.upper()):
        assert any(start <= token.start and token.end <= end for start, end in ranges(text, terms(asked)))


@given(JOINED, JOINED)
def test_a_text_says_as_many_words_as_the_oracle_finds(text: str, asked: str) -> None:
    whole, last = plain_search.required(asked)
    there = plain_search.indexed(text)
    count = len(set(whole) & there) + (bool(last) and any(word.startswith(last) for word in there))
    assert said(text, terms(asked)) == count
    assert (count == len(terms(asked).required)) is (
        bool(plain_search.having({w: {""} for w in there}, asked)) or not last
    )


def edits(one: str, other: str) -> int:
    """How many letters to put in, take out, change or swap with a neighbor, each place once."""
    rows = [[max(i, j) if not i or not j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            changed = rows[i - 1][j - 1] + (one[i - 1] != other[j - 1])
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, changed)
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("word", "candidates", "near"),
    [
        ("tijauna", ["tijuana"], [("tijuana", 1)]),
        ("tijuna", ["tijuana", "tijuanas"], [("tijuana", 1)]),
        ("hernandes", ["hernandez", "fernandez", "jiminez"], [("hernandez", 1), ("fernandez", 2)]),
        ("nfta", ["nafta", "nata"], [("nafta", 1), ("nata", 1)]),
        ("ijt", ["itj", "it"], [("itj", 1), ("it", 1)]),
        ("it", ["itj", "is"], []),
        ("x", ["y"], []),
        ("", ["a"], []),
        ("2031", ["2001", "2030"], []),
        ("a320neo", ["a321neo"], []),
        ("tijuana", [], []),
    ],
)
def test_the_nearest_words(word: str, candidates: list[str], near: list[tuple[str, int]]) -> None:
    assert sorted(nearest_words(word, candidates)) == sorted(near)


@given(st.text("abc", max_size=9), st.lists(st.text("abc", max_size=9), max_size=6, unique=True))
def test_near_words_are_few_edits_away_and_none_is_left_out(word: str, candidates: Sequence[str]) -> None:
    allowed = 2 if len(word) >= 7 else 1 if len(word) >= 3 else -1
    near = {candidate: edits(word, candidate) for candidate in candidates}
    assert dict(nearest_words(word, candidates)) == {each: count for each, count in near.items() if count <= allowed}
