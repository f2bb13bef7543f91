"""What a search text asks for, and where a text says it.

A text is cut into words in Python, so every database finds the same. All words must be there, the last as the
beginning of one; words that only join others (`of`, `de la`) need not be, unless there is nothing else.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from calibaja_api.text import plain_text, tokens, words

# Words that only join others or ask, in either language. Nobody means the `s` of `Tijuana's`; the thousands of
# `22 thousand` and `22 mil` are digits in texts.
_JOINING_WORDS: Final = """
a an and are as at be between by did do does for from had has how in is its many much of on or s the thousand to was
were what when where which who with
al como con cual cuales cuando cuanta cuantas cuanto cuantos de del desde donde e el en entre es fue hasta hay la las lo
los mil o para por que quien se son su sus tiene un una y
"""
_JOINING: Final = frozenset(_JOINING_WORDS.split())
_DOTTED: Final = re.compile(r"\b[^\W\d_](?:\.[^\W\d_])+\b")
_REMEMBERED: Final = 4_096
"""Names, and the words of dates and units, are said of many items."""
_DIVIDED: Final = re.compile(r"[^\W_](?:[^\w\s]|_)+[^\W_]")
"""Pieces of a word that hyphens or points divide."""
_DIVIDED_CHUNK: Final = re.compile(rf"(?<!\S)\S*?{_DIVIDED.pattern}\S*")
_DIVIDERS: Final = re.compile(r"(?:[^\w\s]|_)+")
_HIGHEST: Final = "\U0010ffff"
_FEW: Final = 4
"""So many words are each looked for by a pattern of its own; to make patterns of more takes longer than they save."""


class Tier(IntEnum):
    """How well an item matches; a lower one ranks before a higher."""

    EXACT = 1
    """A name, an alias or an acronym is the text."""
    BEGINNING = 2
    """A name or alias begins with it."""
    NAMES = 3
    """All words are in names and aliases."""
    ANYWHERE = 4
    """All words are somewhere, its note aside."""
    NOTED = 5
    """Some are in its note only, which may be about something else."""


@dataclass(frozen=True)
class Terms:
    """The words of a search text."""

    words: tuple[str, ...]

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The words that must be there; the last one as the beginning of a word."""
        *first, last = self.words or ("",)
        kept = tuple(dict.fromkeys(word for word in first if word not in _JOINING))
        return (*kept, last) if last else ()

    @property
    def key(self) -> str:
        """What an equal name has as its key."""
        return " ".join(self.words)

    @property
    def joined(self) -> str:
        """Its words in one piece."""
        return "".join(self.words)

    @property
    def squeezed(self) -> str:
        """The key of a name that is the same but for blanks and hyphens: of `TMEC` and of `T-MEC`.

        The blank before it keeps it apart from keys that names begin with: `sand` does not begin San Diego.
        """
        return f" {self.joined}" if self.words else ""

    @property
    def key_end(self) -> str:
        """Before this and from `key` on stand the keys that begin with it."""
        return self.key + _HIGHEST if self.words else ""

    @property
    def _looked_for(self) -> list[str]:
        *whole, last = map(re.escape, self.required)
        # What stands before a word is looked at behind it, as letters to begin with are found faster than none.
        return [f"{last}(?<![^\\W_]{last})[^\\W_]*", *(f"{word}(?<![^\\W_]{word})(?![^\\W_])" for word in whole)]

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """What finds each of the required words in a plain text, the last one by a beginning: it comes first."""
        return tuple(map(re.compile, self._looked_for))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds any of them."""
        return re.compile("|".join(self._looked_for))

    def replaced(self, words_: Iterable[str]) -> "Terms":
        """Other words in their place."""
        return Terms(tuple(words_))


def terms(text: str) -> Terms:
    """The words that a text asks for; an acronym with points is one: `U.S.` asks for `us`."""
    return Terms(tuple(words(_DOTTED.sub(lambda acronym: acronym[0].replace(".", ""), text))))


def is_joining(word: str) -> bool:
    """Whether a word only joins others, so that nothing is found by it beside them."""
    return word in _JOINING


def name_keys(name: str) -> frozenset[str]:
    """The keys by which a name is found as a whole: its words, and these without blanks between."""
    asked = terms(name)
    return frozenset({asked.key, asked.squeezed}) if asked.words else frozenset()


@lru_cache(_REMEMBERED)
def indexed_words(text: str) -> tuple[str, ...]:
    """The words that a text is found by: its own, and those that hyphens or points divide also in one piece."""
    found = words(text)
    for _, chunk in _chunks(text):
        pieces = words(chunk)
        if len(pieces) > 1:
            found.append("".join(pieces))
    return tuple(found)


def ranges(text: str, asked: Terms) -> list[tuple[int, int]]:
    """Where a text has words that are asked for: start and end in code points, in order."""
    plain, squeezed = _readings(text)
    if plain is not None and asked.required:
        found = [match.span() for match in asked.pattern.finditer(plain)]
        if found and not squeezed:
            return found
    else:
        found = [(token.start, token.end) for token in tokens(text) if _is_asked(token.text, asked.required)]
    for divided in _divided(text):
        # What begins with its first piece only is found by that piece.
        if _is_asked(divided.text, [word for word in asked.required if len(word) > divided.first]):
            found.append((divided.start, divided.end))
    if not found:
        all_tokens = list(tokens(text))
        if all_tokens and asked.joined == "".join(token.text for token in all_tokens):
            found = [(all_tokens[0].start, all_tokens[-1].end)]
    return _merged(found)


class _Divided(NamedTuple):
    """Words that something divides, in one piece: how long the first is, and where they stand."""

    text: str
    first: int
    start: int
    end: int


@lru_cache(_REMEMBERED)
def _divided(text: str) -> tuple[_Divided, ...]:
    found = []
    for start, chunk in _chunks(text):
        pieces = list(tokens(chunk))
        if len(pieces) > 1:
            squeezed = "".join(piece.text for piece in pieces)
            found.append(_Divided(squeezed, len(pieces[0].text), start + pieces[0].start, start + pieces[-1].end))
    return tuple(found)


@lru_cache(_REMEMBERED)
def _readings(text: str) -> tuple[str | None, str]:
    """A text as `plain_text`, and that without what divides words, where something does: as most are names of what
    many items are about, they are remembered.
    """
    plain = plain_text(text)
    return plain, _DIVIDERS.sub("", plain) if plain is not None and _DIVIDED.search(plain) else ""


def said(text: str, asked: Terms) -> int:
    """How many of the words that are asked for a text has."""
    if not asked.required:
        return 0
    plain, squeezed = _readings(text)
    if plain is not None and len(asked.required) <= _FEW:
        there_are = 0
        for has in asked.patterns:
            if has.search(plain) or (squeezed and has.search(squeezed)):
                there_are += 1
        return there_are
    there = indexed_words(text)
    *whole, last = asked.required
    return sum([word in there for word in whole]) + any(word.startswith(last) for word in there)


def _is_asked(word: str, required: Sequence[str]) -> bool:
    return bool(required) and (word in required or word.startswith(required[-1]))


def _chunks(text: str) -> Iterable[tuple[int, str]]:
    """What stands between blanks and may have several words, and where it begins."""
    plain = plain_text(text)
    if plain is not None:
        yield from ((found.start(), text[found.start() : found.end()]) for found in _DIVIDED_CHUNK.finditer(plain))
        return
    start = 0
    for chunk in text.split():
        start = text.index(chunk, start)
        yield start, chunk
        start += len(chunk)


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
