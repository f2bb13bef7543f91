"""Text as it is compared: folded (no case, no accents), and the nearest right word to a wrong one."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

MAX_EDITS: Final = 2


def fold(text: str) -> str:
    """Fold case, accents, compatibility forms and runs of white space: `São  PAULO` becomes `sao paulo`."""
    # Case is folded before marks are dropped and again after, as either may bring forth what the other folds.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    unmarked = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(unmarked.casefold().split())


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate with the fewest edits from the word: at most two, and fewer than the word has letters."""
    if not word:
        return None
    found = process.extractOne(
        word.casefold(),
        sorted(candidates),
        processor=str.casefold,
        scorer=Levenshtein.distance,
        score_cutoff=min(MAX_EDITS, len(word) - 1),
    )
    return found[0] if found else None
