"""The oracle of search: what the contract says of words and tiers, computed from plain JSON items, without any of our
code; only which words need not be there, as they join others or ask, is the program's to say.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from calibaja_api.matching import _JOINING as JOINING

Json = dict[str, Any]
Items = Mapping[str, Mapping[str, Json]]
Index = Mapping[str, set[str]]
"""The ids of items, by what they are found by."""

# The types of items that search finds, by collection; predicates and sources are found by `q` of their lists alone.
TYPES: Final = {
    "regions": "region",
    "sectors": "sector",
    "organizations": "organization",
    "people": "person",
    "agreements": "agreement",
    "events": "event",
    "facts": "fact",
}
COLLECTIONS: Final = {type_: name for name, type_ in TYPES.items()}
EXACT, BEGINNING, NAMES, ANYWHERE = 1, 2, 3, 4
NOTED: Final = 5
"""Of the fourth tier as well, but behind all others of it: some words are in the note only."""


@cache
def words(text: str) -> list[str]:
    """Letters and digits without marks, in lower case."""
    decomposed = unicodedata.normalize("NFKD", text)
    unmarked = "".join(letter.lower() for letter in decomposed if not unicodedata.category(letter).startswith("M"))
    return "".join(letter if letter.isalnum() else " " for letter in unmarked).split()


@cache
def indexed(text: str) -> frozenset[str]:
    """The words that a text is found by: its own, and what stands between two blanks in one piece."""
    return frozenset({*words(text), *("".join(words(chunk)) for chunk in re.split(r"\s+", text))} - {""})


def asked(text: str) -> list[str]:
    """The words of a query, or of a name that is asked for as a whole; an acronym with points is one."""
    letter = r"[^\W\d_]"
    return words(re.sub(rf"\b{letter}(?:\.{letter})+\b", lambda found: found[0].replace(".", ""), text))


def keys(name: str) -> set[str]:
    """A name as words, and the same without blanks between."""
    return {" ".join(asked(name)), "".join(asked(name))} - {""}


def required(query: str) -> tuple[list[str], str]:
    """The words of a query that must be there, and the one that a word must begin with; empty when there is none."""
    *first, last = asked(query) or [""]
    return [word for word in first if word not in JOINING], last


def having(index: Index, query: str) -> set[str]:
    """The ids of the items with all words of a query, the last as the beginning of one."""
    whole, last = required(query)
    found = set[str]().union(*(ids for word, ids in index.items() if last and word.startswith(last)))
    return found.intersection(*(index.get(word, set()) for word in whole))


def indexed_by(texts: Mapping[str, Iterable[str]]) -> Index:
    """An index of all words of the texts of items."""
    index = defaultdict[str, set[str]](set)
    for id_, of_item in texts.items():
        for text in of_item:
            for word in indexed(text):
                index[word].add(id_)
    return index


class SearchOracle:
    """Searches all items of all collections, as they are in both languages."""

    def __init__(self, items: Items, items_es: Items, labels: Mapping[str, Iterable[str]]) -> None:
        self.labels = labels
        self.languages = (items, items_es)
        self.names = {name: {id_: self.names_of(name, id_) for id_ in found} for name, found in items.items()}
        self.texts: dict[str, dict[str, list[str]]] = {}
        """All texts of each item."""
        self.keys: dict[str, Index] = {}
        self.indexes: dict[str, dict[int, Index]] = {}
        for name, named in self.names.items():
            others = {id_: [*named[id_], *filter(None, self.others_of(name, id_))] for id_ in named}
            self.texts[name] = {id_: [*others[id_], *self.notes_of(name, id_)] for id_ in named}
            self.keys[name] = defaultdict(set)
            for id_, of_item in named.items():
                for key in set[str]().union(*map(keys, of_item)):
                    self.keys[name][key].add(id_)
            self.indexes[name] = {
                NAMES: indexed_by(named),
                ANYWHERE: indexed_by(others),
                NOTED: indexed_by(self.texts[name]),
            }

    def tiers(self, collection: str, query: str) -> dict[str, int]:
        """The items of a collection that a query finds, with how well each matches."""
        key = " ".join(asked(query))
        if not key:
            return {}
        found = {
            id_: tier for tier in (NOTED, ANYWHERE, NAMES) for id_ in having(self.indexes[collection][tier], query)
        }
        by_key = self.keys[collection]
        found |= {id_: BEGINNING for name, ids in by_key.items() if name.startswith(key) for id_ in ids}
        return found | {id_: EXACT for name in {key, key.replace(" ", "")} for id_ in by_key.get(name, ())}

    def hits(self, query: str, types: Iterable[str] = tuple(COLLECTIONS)) -> dict[tuple[str, str], int]:
        """What a query finds over all, by type and id, with how well each matches."""
        return {(type_, id_): tier for type_ in types for id_, tier in self.tiers(COLLECTIONS[type_], query).items()}

    def vocabulary(self) -> list[str]:
        """All words."""
        return sorted(set[str]().union(*(indexes[NOTED] for indexes in self.indexes.values())))

    def names_of(self, collection: str, id_: str) -> list[str]:
        """Names and aliases of an item; a fact has none."""
        if collection == "facts":
            return []
        item = self.languages[0][collection][id_]
        return [*item["names"].values(), *item.get("aliases", ())]

    def notes_of(self, collection: str, id_: str) -> list[str]:
        """The notes of an item; only facts have some."""
        notes = (items[collection][id_].get("note") for items in self.languages)
        return [note for note in notes if note]

    def others_of(self, collection: str, id_: str) -> Iterator[str | None]:
        """All other texts of an item, in both languages."""
        for items in self.languages:
            item = items[collection][id_]
            yield item.get("description")
            yield from self.labels[item["kind"]] if "kind" in item else ()
            yield from (identifier["value"] for identifier in item.get("identifiers", ()))
            match collection:
                case "people":
                    for role in item["roles"]:
                        yield from (role["role"], role["organization"] and role["organization"]["name"])
                case "sources":
                    yield from (item["publisher"], *item["authors"])
                case "events":
                    yield item["time"] and item["time"]["label"]
                    for name in ("regions", "sectors", "organizations", "people", "agreements"):
                        for ref in item[name]:
                            yield from self.referred(ref)
                case "facts":
                    yield from self.of_fact(item)

    def of_fact(self, fact: Json) -> Iterator[str | None]:
        """The texts of a fact in one language but its note: what it says, and the names of what it is about."""
        yield from (fact["claim"], fact["text"], fact["scope"], fact["unit"], fact["predicate"]["name"])
        yield fact["time"] and fact["time"]["label"]
        yield None if fact["value"] is None else str(fact["value"])
        for name in ("subject", "region", "sector", "object", "counterpart"):
            if fact[name] is not None:
                yield from self.referred(fact[name])
        for citation in fact["citations"]:
            yield citation["speaker"]["name"] if citation["speaker"] else citation["speaker_name"]

    def referred(self, ref: Json) -> list[str]:
        """Names and aliases of what a reference names."""
        return self.names_of(COLLECTIONS[ref["type"]], ref["id"])
