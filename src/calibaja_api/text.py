"""Text as it is compared: folded (no case, no accents), as words, and the nearest right word to a wrong one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import filterfalse
from typing import Final, NamedTuple

MAX_EDITS: Final = 2
_FOLDED: Final = 16
"""A text that is folded is soon folded again, for another question about it."""
_SHORT: Final = 3
_LONG: Final = 7


@lru_cache(_FOLDED)
def fold(text: str) -> str:
    """Fold case, accents, compatibility forms and runs of white space: `São  PAULO` becomes `sao paulo`."""
    if text.isascii():
        return " ".join(text.lower().split())
    # Case is folded before marks are dropped and again after, as either may bring forth what the other folds.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(filterfalse(unicodedata.combining, decomposed)).casefold().split())


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate with the fewest edits from the word: at most two, and fewer than the word has letters."""
    if not word:
        return None
    # Loaded when something is misspelled: a start has no need of it.
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    found = process.extractOne(
        word.casefold(),
        sorted(candidates),
        processor=str.casefold,
        scorer=Levenshtein.distance,
        score_cutoff=min(MAX_EDITS, len(word) - 1),
    )
    return found[0] if found else None


class Token(NamedTuple):
    """A word of a text: letters and digits without marks, in lower case, and where it stands in code points."""

    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, as search sees them: `Hernández, T-MEC` has `hernandez`, `t` and `mec`."""
    plain = plain_text(text)
    if plain is not None:
        yield from (Token(found[0], found.start(), found.end()) for found in _WORD.finditer(plain))
        return
    # Some character may stand for none or for several, so places are counted one by one.
    word, start, end = "", 0, 0
    for index, character in enumerate(text):
        pieces = _PLAIN[ord(character)]
        if word and not pieces:
            end = index + 1  # a mark belongs to the letter before it
        for piece in pieces:
            if piece.isalnum():
                start = start if word else index
                word, end = word + piece, index + 1
            elif word:
                yield Token(word, start, end)
                word = ""
    if word:
        yield Token(word, start, end)


def plain_text(text: str) -> str | None:
    """A text in lower case and without marks, each character in its place; None where one stands for more or none."""
    if text.isascii():
        return text.lower()
    return text.translate(_PLAIN) if _SIMPLE.issuperset(text) else None


_REMEMBERED: Final = 0x3000


class _Plain(dict[int, str]):
    """Characters in lower case and without marks (NFKD); those of alphabets are looked up once."""

    def __missing__(self, code: int) -> str:
        pieces = unicodedata.normalize("NFKD", chr(code).lower())
        plain = "".join(piece.lower() for piece in pieces if not unicodedata.category(piece).startswith("M"))
        if code < _REMEMBERED:
            self[code] = plain
        return plain


_PLAIN: Final = _Plain()
_SIMPLE: Final = frozenset(chr(code) for code in (*range(0x250), *range(0x2010, 0x2020)) if len(_PLAIN[code]) == 1)
_WORD: Final = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text without their places."""
    plain = plain_text(text)
    if plain is not None:
        return _WORD.findall(plain)
    return [token.text for token in tokens(text)]


def nearest_words(word: str, candidates: Iterable[str]) -> list[tuple[str, int]]:
    """The candidates that a word may be a misspelling of, each with the number of edits, a swap of neighbors being one:
    one edit, of a word of seven letters and more two, of a word of one or two letters none. A number is not another one
    misspelled.
    """
    allowed = MAX_EDITS if len(word) >= _LONG else 1 if len(word) >= _SHORT else 0
    allowed = 0 if any(character.isdigit() for character in word) else allowed
    if not allowed:
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(word, list(candidates), scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return [(candidate, int(edits)) for candidate, edits, _ in found]
