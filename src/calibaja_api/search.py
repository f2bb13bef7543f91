"""Search over everything: hits in the order of their tiers, and what was meant where a word is misspelled."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from json import JSONDecoder
from json.encoder import encode_basestring
from typing import Any, Final, NamedTuple

from calibaja_api.datasets import QUESTIONS, OpenDataset
from calibaja_api.matching import Terms, Tier, is_joining, name_keys, ranges, said, terms
from calibaja_api.paging import Pages, Paging
from calibaja_api.parsing import Parser
from calibaja_api.ranks import Search, Types
from calibaja_api.remembering import Remembered
from calibaja_api.resources.searching import NAMING
from calibaja_api.respond import SHORT_TEXT, Content
from calibaja_api.shapes.search import SearchQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang, SearchType
from calibaja_api.text import nearest_words

_STEP: Final = 10_000_000
"""More than any weight, so that every item of a better tier scores higher."""
_LONG_ENOUGH: Final = 6
_TRIED_WORDS: Final = 6
_TRIED_FORMS: Final = 3
"""Other forms of a word that are tried where nothing has all words: so many of each of the first words."""
_TRIED_BEGINNINGS: Final = 12
_KEY_TYPES: Final = (int, int, str, str)
_IN_NAMES: Final = frozenset({Tier.EXACT, Tier.BEGINNING, Tier.NAMES})
_BEST: Final = 1 + int(Tier.NOTED)
_read_json: Final = JSONDecoder().raw_decode


class _Meant(NamedTuple):
    """What a question means, whatever it is answered from and wherever a page begins."""

    paging: Paging
    asked: Terms
    types: Types


class SearchResponder:
    """Answers `/v1/search`."""

    def __init__(self, public_url: str) -> None:
        self.parser: Parser[SearchQuery] = Parser(SearchQuery)
        self.pages = Pages(public_url, "search")
        self._known: Remembered[str, _Meant] = Remembered(QUESTIONS)

    def answer(self, question: SearchQuery, dataset: OpenDataset) -> Content:
        """A page of hits."""
        paging, asked, types = self._meant(question)
        cursor, corrected = paging.cursor(question.cursor), None
        keys = None if cursor is None else cursor.keys
        search = Search(asked, types, dataset)
        rows = search.hits(question.lang, question.limit + 1, keys)
        if not rows and not (keys is not None and search.any()):
            corrected = _corrected(asked, types, dataset)
            if corrected is not None:
                asked = corrected
                search = Search(asked, types, dataset)
                rows = search.hits(question.lang, question.limit + 1, keys)

        def count() -> int:
            if keys is None and len(rows) <= question.limit:
                return len(rows)
            return search.count(paging.counted_to)

        total = paging.total(dataset.version, cursor, count)
        shown = rows[: question.limit]
        behind = tuple(shown[-1][:4]) if len(rows) > len(shown) else None
        page = paging.page(behind, total)
        data = ",".join([hit_json(row, asked, question.lang) for row in shown])
        made_from = dataset.made_from[question.lang].decode()
        searched = "null" if corrected is None else encode_basestring(corrected.key)
        meta = f'{{{total.as_json().decode()},{made_from},"corrected":{searched}}}'
        body = f'{{"data":[{data}],"page":{page.as_json().decode()},"meta":{meta}}}'
        return Content(body.encode(), page.next)

    def _meant(self, question: SearchQuery) -> _Meant:
        """What a question means, on whatever page: remembered where it is short."""
        asked = question.uncut_text
        known: _Meant | None = self._known.get(asked)
        if known is not None:
            return known
        types = tuple(sorted({ItemType(type_) for type_ in question.type or SearchType}))
        meant = _Meant(self.pages.of(question, _KEY_TYPES, nullable=False), terms(question.q), types)
        return self._known.put(asked, meant) if len(asked) <= SHORT_TEXT else meant

    def cursor_behind(self, text: str, id_: str, dataset: OpenDataset) -> str:
        """A cursor of the search for a text, behind an id; no total comes with it."""
        question = SearchQuery(q=text)
        keys = (int(Tier.EXACT), 0, id_, SearchType.FACT)
        return self.pages.of(question, _KEY_TYPES).behind(keys, dataset.version)


def _corrected(asked: Terms, types: Types, dataset: OpenDataset) -> Terms | None:
    """What may have been meant; None where nothing near finds anything.

    First the nearest word for each that nothing has, the last as the beginning of a word. Where every word is
    somewhere but nothing has all of them, one may stand in another form: each is tried with the words near to it, the
    last also with the beginnings near to it.
    """
    if not asked.words:
        return None
    *first, last = asked.words
    known = [word in dataset.words or is_joining(word) for word in first]
    known.append(any(word.startswith(last) for word in dataset.words))
    near = [
        [] if there and index >= _TRIED_WORDS else _near(word, dataset)
        for index, (word, there) in enumerate(zip([*first, last], known, strict=True))
    ]
    spelled = [
        word if there or not others else others[0]
        for word, there, others in zip([*first, last], known, near, strict=True)
    ]
    candidates = [spelled]
    for index, others in enumerate(near[:_TRIED_WORDS]):
        candidates += [[*spelled[:index], other, *spelled[index + 1 :]] for other in others[:_TRIED_FORMS]]
    candidates += [[*spelled[:-1], beginning] for beginning in _beginnings(last, dataset)]
    for meant in map(asked.replaced, candidates):
        if meant != asked and Search(meant, types, dataset).any():
            return meant
    return None


def _near(word: str, dataset: OpenDataset) -> list[str]:
    """The words near to one: the fewest edits first, then words of names, then the commoner.

    So many words are near to a short one that only names are taken for it, and words that join others for none.
    """
    known = dataset.words
    found = sorted(nearest_words(word, known), key=lambda near: (near[1], known[near[0]], near[0]))
    named = len(word) < _LONG_ENOUGH
    return [other for other, edits in found if edits and not (named and known[other][0]) and not is_joining(other)]


def _beginnings(last: str, dataset: OpenDataset) -> list[str]:
    """The beginnings of words near to a last word that is long enough: the fewest edits first."""
    if len(last) < _LONG_ENOUGH:
        return []
    sizes = range(len(last) - 1, len(last) + 2)
    found = nearest_words(last, {word[:size] for word in dataset.words for size in sizes})
    found.sort(key=lambda near: (near[1], near[0]))
    return [beginning for beginning, edits in found if edits][:_TRIED_BEGINNINGS]


def hit_json(row: Any, asked: Terms, lang: Lang) -> str:
    """A `Hit` as JSON, written by hand: to make the model and to write it takes as long as all else about a hit."""
    tier, lightness, id_, type_, name, passages = row
    field, of_lang, text = _match(passages, asked, lang, tier)
    found = ",".join([f"[{start},{end}]" for start, end in ranges(text, asked)])
    in_lang = "null" if of_lang is None else f'"{of_lang}"'
    called = encode_basestring(name)
    match = f'{{"field":"{field}","lang":{in_lang},"text":{called if text == name else encode_basestring(text)},'
    score = (_BEST - tier) * _STEP - lightness
    return f'{{"type":"{type_}","id":"{id_}","name":{called},"score":{score},"match":{match}"ranges":[{found}]}}}}'


def _match(stored: str, asked: Terms, lang: Lang, tier: int) -> list[Any]:
    """The passage that shows why an item was found: in the language of the answer, if one does."""
    passages: Iterable[list[Any]] = _passages(stored, lang)
    if tier in _IN_NAMES:
        passages = (passage for passage in passages if passage[0] in NAMING)
    shows = _SHOWN_BY.get(tier)
    if shows is None:
        return _says_most(passages, asked)
    passages = list(passages)
    return next((passage for passage in passages if shows(passage[2], asked)), None) or _says_most(passages, asked)


def _passages(stored: str, lang: Lang) -> Iterator[list[Any]]:
    """The passages of an item, field, language and text of each: those of a language and of none first.

    They stand in the order of what they say of the item. Mostly one of the first says all, so no more are read than
    are asked for.
    """
    others: list[list[Any]] = []
    end = 0
    while stored[end] != "]":
        passage, end = _read_json(stored, end + 1)
        if passage[1] is None or passage[1] == lang:
            yield passage
        else:
            others.append(passage)
    yield from others


def _says_most(passages: Iterable[list[Any]], asked: Terms) -> list[Any]:
    """The first passage that has all words, or else the most of them."""
    most, shown = -1, []
    for passage in passages:
        count = said(passage[2], asked)
        if count > most:
            most, shown = count, passage
            if most == len(asked.required):
                break
    return shown


def _is_it(text: str, asked: Terms) -> bool:
    return not name_keys(text).isdisjoint({asked.key, asked.squeezed})


def _begins(text: str, asked: Terms) -> bool:
    return any(key.startswith(asked.key) for key in name_keys(text))


_SHOWN_BY: Final[Mapping[int, Callable[[str, Terms], bool]]] = {Tier.EXACT: _is_it, Tier.BEGINNING: _begins}
"""What shows why an item stands in a tier, where that is not the words alone."""
