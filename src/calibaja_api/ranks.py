"""What has words, a tier after the other, in the order of ranks: nothing is read that is not shown.

A hit stands in the best of its tiers, so each tier leaves out what the better ones have.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from sqlalchemy import BindParameter, Integer, Select, bindparam, func, literal_column, or_, select, tuple_

from calibaja_api.database import COLUMNS, INDEX, AllWords, HasWords
from calibaja_api.datasets import OpenDataset
from calibaja_api.fields import Expression
from calibaja_api.matching import Terms, Tier
from calibaja_api.operators import Criterion
from calibaja_api.resources.searching import SEARCH_DOCUMENT, SEARCH_ITEM, SEARCH_NAME, SEARCH_WORD
from calibaja_api.shapes.vocabulary import ItemType, Lang, SearchType

Types: TypeAlias = tuple[ItemType, ...]
"""The types of hits."""

FORMS: Final = 64
"""The last word is looked for as a beginning where more words than these begin so."""
_COLUMNS: Final = {Tier.NAMES: 1, Tier.ANYWHERE: 2, Tier.NOTED: len(COLUMNS)}
_PLACE: Final = tuple(SEARCH_ITEM.c[name] for name in ("lightness", "id", "type"))
_KEY, _RANK = SEARCH_NAME.c.key, SEARCH_NAME.c.rank


class Search:
    """A search for words in a dataset."""

    def __init__(self, asked: Terms, types: Types, dataset: OpenDataset) -> None:
        self._types = types
        self._dataset = dataset
        self._at_least = 0
        """So many hits there are at least, as far as that was counted at publish."""
        self._binds: dict[str, Any] = {"key": asked.key, "squeezed": asked.squeezed, "key_end": asked.key_end}
        self._required = asked.required
        self._forms: tuple[str, ...] | None = None
        """The words that the last one begins, none where they are many; None where nothing has all words."""
        self._named = bool(asked.words) and bool(dataset.rows(_named_select, (), self._binds))
        """Whether a name has the words as a whole or at its beginning."""
        self._tiers = [Tier.EXACT, Tier.BEGINNING] if self._named else []
        if asked.required:
            self._add_words(asked)

    def _add_words(self, asked: Terms) -> None:
        *whole, last = asked.required
        binds = {"last": last, "last_end": Terms((last,)).key_end, "limit": FORMS + 1}
        forms = self._dataset.rows(_forms_select, (), binds)
        named = any(in_names for _, in_names, _ in forms)
        if forms and not whole and ItemType.FACT in self._types:
            others = sum(len(ids) for type_, ids in self._dataset.ids.items() if type_ not in self._types)
            self._at_least = max(items for *_, items in forms) - others
        for word in whole:
            known = self._dataset.rows(_word_select, (), {"word": word})
            forms = forms if known else []
            named = named and bool(known) and known[0][1]
        if not forms:
            return
        few = tuple(word for word, *_ in forms) if len(forms) <= FORMS else ()
        self._forms = few
        # The words of names may be more than those that were looked at.
        self._tiers += [tier for tier in _COLUMNS if tier is not Tier.NAMES or named or not few]

    def hits(self, lang: Lang, limit: int, keys: tuple[Any, ...] | None = None) -> list[Any]:
        """The first hits, or the first behind the keys of one: of each its keys (tier, lightness, id and type), its
        name and its passages.
        """
        rows: list[Any] = []
        first, rank = (keys[0], self._rank(keys[1:])) if keys else (Tier.EXACT, 0)
        for tier in self._tiers:
            if tier >= first and len(rows) < limit:
                after = rank if tier == first else 0
                binds = {**self._binds, "words": self._words(tier), "after": after, "limit": limit - len(rows)}
                rows += self._dataset.rows(_hits_select, (tier, self._types, lang, self._named), binds)
        return rows

    def _words(self, tier: Tier) -> AllWords | None:
        """What a tier looks for in the index of words, and what it leaves to a better one."""
        if self._forms is None or tier not in _COLUMNS:
            return None
        columns = _COLUMNS[tier]
        return AllWords(self._required, columns, self._forms, columns - 1 if tier is not Tier.NAMES else 0)

    def _rank(self, place: tuple[Any, ...]) -> int:
        """The last rank that does not come behind a place in the order of ranks."""
        binds = {f"place_{index}": key for index, key in enumerate(place)}
        found = self._dataset.rows(_rank_select, (), binds)
        return int(found[0][0]) if found else 0

    def any(self) -> bool:
        """Whether there is a hit."""
        return bool(self.hits(Lang.EN, 1))

    def count(self, limit: int | None) -> int:
        """How many hits there are, at most as many as the limit."""
        if not self._tiers:
            return 0
        if limit is not None and self._at_least >= limit:
            return limit
        shape, named = (self._types, limit is not None), 0
        if self._named:
            [(named,)] = self._dataset.rows(_named_count_select, shape, {**self._binds, "limit": limit})
        if self._forms is None or (limit is not None and named >= limit):
            return int(named)
        left = None if limit is None else limit - named
        binds = {**self._binds, "words": AllWords(self._required, len(COLUMNS), self._forms), "limit": left}
        [(others,)] = self._dataset.rows(_indexed_count_select, (*shape, self._named), binds)
        return int(named + others)


def _forms_select() -> Select[Any]:
    begun = SEARCH_WORD.c.word >= bindparam("last"), SEARCH_WORD.c.word < bindparam("last_end")
    found = select(SEARCH_WORD.c.word, SEARCH_WORD.c.in_names, SEARCH_WORD.c["items"])
    return found.where(*begun).limit(bindparam("limit"))


def _word_select() -> Select[Any]:
    return select(SEARCH_WORD.c.word, SEARCH_WORD.c.in_names).where(SEARCH_WORD.c.word == bindparam("word"))


def _rank_select() -> Select[Any]:
    kinds = (Integer(), None, None)
    place: list[BindParameter[Any]] = [bindparam(f"place_{index}", type_=kind) for index, kind in enumerate(kinds)]
    found = select(SEARCH_ITEM.c.rank).where(tuple_(*_PLACE) <= tuple_(*place))
    return found.order_by(*(key.desc() for key in _PLACE)).limit(literal_column("1"))


def _named_select() -> Select[Any]:
    return _ranks(_any_name()).limit(literal_column("1"))


def _hits_select(tier: Tier, types: Types, lang: Lang, named: bool) -> Select[Any]:
    document = SEARCH_DOCUMENT.c
    shown = (-document.weight, document.id, document.type, document[f"name_{lang}"], document.passages)
    columns: tuple[Any, ...] = (literal_column(str(int(tier)), Integer), *shown)
    found: Select[Any]
    if tier in _COLUMNS:
        rank, found = _indexed(columns, named)
        found = found.join(SEARCH_DOCUMENT, SEARCH_DOCUMENT.c.rank == rank)
    else:
        rank = SEARCH_DOCUMENT.c.rank
        found = select(*columns).where(rank.in_(_ranks(_keyed(tier))))
        if tier is Tier.BEGINNING:
            found = found.where(rank.not_in(_ranks(_keyed(Tier.EXACT))))
    found = found.where(rank > bindparam("after", type_=Integer()))
    if len(types) < len(SearchType):
        found = _of_types(found, rank, types)
    else:
        # Hardly a text is read in vain.
        found = found.where(_is_of(SEARCH_DOCUMENT.c.type, types))
    return found.order_by(rank).limit(bindparam("limit"))


def _indexed(columns: Iterable[Expression], named: bool) -> tuple[Expression, Select[Any]]:
    """Ranks that the index of words finds, without those that a name has as a whole or at its beginning."""
    rank = INDEX.c.rowid
    found: Select[Any] = select(*columns).select_from(INDEX).where(HasWords(bindparam("words")))
    return rank, found.where(rank.not_in(_ranks(_any_name()))) if named else found


def _ranks(keyed: Criterion) -> Select[Any]:
    return select(_RANK).where(keyed)


def _any_name() -> Criterion:
    return or_(_keyed(Tier.EXACT), _keyed(Tier.BEGINNING))


def _keyed(tier: Tier) -> Criterion:
    if tier is Tier.EXACT:
        return _KEY.in_([bindparam("key"), bindparam("squeezed")])
    return (bindparam("key") <= _KEY) & (bindparam("key_end") > _KEY)


def _of_types(found: Select[Any], rank: Expression, types: Types) -> Select[Any]:
    """Those of types, told without reading what they say."""
    return found.join(SEARCH_ITEM, SEARCH_ITEM.c.rank == rank).where(_is_of(SEARCH_ITEM.c.type, types))


def _is_of(type_: Expression, types: Types) -> Criterion:
    return type_.in_([literal_column(f"'{each}'") for each in types])


def _named_count_select(types: Types, limited: bool) -> Select[Any]:
    ranks = _of_types(_ranks(_any_name()), _RANK, types).distinct()
    return _counted(ranks, limited)


def _indexed_count_select(types: Types, limited: bool, named: bool) -> Select[Any]:
    rank, found = _indexed((literal_column("1"),), named)
    return _counted(_of_types(found, rank, types), limited)


def _counted(found: Select[Any], limited: bool) -> Select[Any]:
    found = found.limit(bindparam("limit")) if limited else found
    return select(func.count()).select_from(found.subquery())
