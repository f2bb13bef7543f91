"""The oracle for facets, for what is the latest or near, and for comparison: plain Python beside that for filters."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import httpx
from tests.plain import CITED, ENTITIES, FIELDS, OPERATORS, RANGES, Json, Oracle, Question, day, fold, split

Point = tuple[float, float]
Words = Callable[[str, str], frozenset[str]]
"""The ids of the items of a collection that have all words of a text."""

FACETS: Final[dict[str, tuple[str, ...]]] = {
    "regions": ("kind", "parent"),
    "sectors": ("parent",),
    "organizations": ("kind", "region", "sector"),
    "people": ("organization",),
    "agreements": ("kind", "party"),
    "events": (
        *("kind", "region", "sector", "organization", "source__tier", "source__language"),
        *("time__decade", "time__year"),
    ),
    "facts": (
        *("subject__type", "subject", "region", "sector", "predicate", "unit", "qualifier", "basis"),
        *("source", "source__tier", "source__language", "time__decade", "time__year"),
    ),
    "predicates": ("value_type",),
    "sources": ("kind", "tier", "language", "publisher"),
}
COLLECTIONS: Final = tuple(FACETS)
DECADE, YEAR = "time__decade", "time__year"

REFERENCES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("subject", "object", "counterpart", "party"), ENTITIES),
    **dict.fromkeys(("region", "member"), ("regions",)),
    **dict.fromkeys(("person", "speaker"), ("people",)),
    "sector": ("sectors",),
    "organization": ("organizations",),
    "agreement": ("agreements",),
    "predicate": ("predicates",),
    "source": ("sources",),
}
SERIES: Final = (
    *("subject", "predicate", "region", "sector", "counterpart"),
    *("basis", "per", "unit", "scope_key"),
)
"""What facts share of which some are the latest."""
OF_WHAT_IS: Final = ("observed", "estimated")
IN_WORDS: Final = frozenset(
    ("subject__type", "unit", "qualifier", "basis", "value_type", "source__language", "language", "kind")
)
"""Facets of codes that are not shown to people as they stand."""

EARTH_KM: Final = 6371.0088
DEFAULT_RADIUS_KM: Final = 50.0


def refers_to(collection: str, field: str) -> tuple[str, ...]:
    """The collections whose ids a field holds."""
    return (collection,) if field in {"id", "parent"} else REFERENCES.get(field, ())


def ids_in(value: Any) -> Any:
    """A reference by its id alone, for comparing."""
    return value["id"] if isinstance(value, dict) else value


def distance_km(one: Point, other: Point) -> float:
    """The length of the great circle between two points in degrees, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = ((math.radians(lat), math.radians(lon)) for lat, lon in (one, other))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))


def years(time: Json | None) -> range:
    """The years that a time could overlap; an end that is open or unknown reaches no further than the known one."""
    ends = [] if time is None else [day(time[end]) for end in ("earliest", "latest")]
    known = [end[0] for end in ends if end is not None]
    return range(known[0], known[-1] + 1) if known else range(0)


def year_text(year: int) -> str:
    """A year as a filter takes it."""
    if 0 <= year <= 9999:
        return f"{year:04d}"
    return f"-{-year:04d}" if -9999 <= year < 0 else f"Y{year}"


def is_own(facet: str, parameter: str) -> bool:
    """Whether a filter is on the field of a facet."""
    return parameter == "time__during" if facet in {DECADE, YEAR} else split(parameter)[0] == facet


class Counts(Oracle):
    """Counts, ranks and compares items of both languages."""

    def __init__(
        self,
        items: Mapping[str, Mapping[str, Json]],
        items_es: Mapping[str, Mapping[str, Json]],
        renamed: Mapping[str, Mapping[str, str]],
        words: Words,
    ) -> None:
        super().__init__(items, renamed)
        self.in_lang = {"en": items, "es": items_es}
        self.words = words
        self.answers: dict[str, frozenset[str]] = {}

    def kept(self, collection: str, question: Question) -> frozenset[str]:
        """The ids of the items that pass all filters."""
        key = f"{collection} {sorted(question.items())}"
        if key not in self.answers:
            self.answers[key] = frozenset(self._kept(collection, question))
        return self.answers[key]

    def _kept(self, collection: str, question: Question) -> set[str]:
        others = {name: values for name, values in question.items() if name not in {"q", "near", "radius_km", "latest"}}
        found = self.ids(collection, others, {name: refers_to(collection, split(name)[0]) for name in others})
        if "q" in question:
            found &= self.words(collection, question["q"][0])
        if "near" in question:
            radius = float(question.get("radius_km", [str(DEFAULT_RADIUS_KM)])[0])
            found &= self.near(collection, question["near"][0], radius)
        return self.latest(found) if list(question.get("latest", ())) == ["true"] else found

    def points(self, collection: str, item: Json) -> list[Point]:
        """Where a region is, or the regions of an event."""
        ids = [item["id"]] if collection == "regions" else [region["id"] for region in item["regions"]]
        places = [self.items["regions"][id_]["location"] for id_ in ids]
        return [(place["lat"], place["lon"]) for place in places if place is not None]

    def near(self, collection: str, asked: str, radius: float) -> set[str]:
        """The ids of the items with a point no further away than that."""
        lat, lon = asked.split(",")
        here = float(lat), float(lon)
        return {
            id_
            for id_, item in self.items[collection].items()
            if any(distance_km(here, point) <= radius for point in self.points(collection, item))
        }

    def latest(self, ids: Iterable[str]) -> set[str]:
        """The latest of each series among these facts; what has no last day goes on."""
        series: dict[tuple[Any, ...], list[Json]] = defaultdict(list)
        for fact in (self.items["facts"][id_] for id_ in ids):
            if fact["time"] is not None and fact["basis"] in OF_WHAT_IS:
                series[tuple(ids_in(fact[name]) for name in SERIES)].append(fact)
        kept = set()
        for facts in series.values():
            last = max(last_day(fact["time"]) for fact in facts)
            kept |= {fact["id"] for fact in facts if last_day(fact["time"]) == last}
        return kept

    def values(self, collection: str, facet: str, item: Json) -> set[Any]:
        """The values of an item that a facet counts; years and decades as numbers."""
        if facet in {DECADE, YEAR}:
            return {year - year % (10 if facet == DECADE else 1) for year in years(item["time"])}
        if facet not in CITED:
            return set(FIELDS[collection][facet](item))
        sources = [self.items["sources"][citation["source"]["id"]] for citation in item["citations"]]
        return {source[facet.partition("__")[2] or "id"] for source in sources}

    def facet(self, collection: str, facet: str, question: Question, limit: int = 20, lang: str = "en") -> Json:
        """A facet of the items that pass all filters but those on its own field."""
        others = {name: values for name, values in question.items() if not is_own(facet, name)}
        counted: Counter[Any] = Counter()
        missing = 0
        for id_ in self.kept(collection, others):
            values = self.values(collection, facet, self.items[collection][id_])
            missing += not values
            counted.update(values)
        # Texts order bytewise, years as time does.
        ordered = sorted(counted, key=lambda value: value if isinstance(value, int) else value.encode())
        found = sorted(ordered, key=lambda value: -counted[value])
        buckets = [self.bucket(collection, facet, value, counted[value], lang) for value in found[:limit]]
        return {"buckets": buckets, "missing": missing, "other": sum(counted[value] for value in found[limit:])}

    def bucket(self, collection: str, facet: str, value: Any, count: int, lang: str) -> Json:
        """A bucket of a facet; None is what there is more than one way to say."""
        if facet == YEAR:
            return {"value": year_text(value), "label": str(value) if 1000 <= value <= 9999 else None, "count": count}
        if facet == DECADE:
            text = f"{value}s" if 1000 <= value <= 9999 else None
            return {"value": text, "label": f"década de {value}" if text and lang == "es" else text, "count": count}
        names = [self.in_lang[lang][name] for name in refers_to(collection, facet)]
        label = next((named[value]["name"] for named in names if value in named), None if facet in IN_WORDS else value)
        return {"value": value, "label": label, "count": count}

    def compared(self, question: Question, lang: str = "en") -> list[Json]:
        """The rows of a comparison."""
        subjects = list(dict.fromkeys(self.now(subject, ENTITIES) for subject in question["subject"]))
        rows: dict[tuple[Any, ...], Json] = {}
        for id_ in sorted(self.kept("facts", question)):
            fact = self.in_lang[lang]["facts"][id_]
            subject = fact["subject"]["id"]
            region, sector = (None if ids_in(fact[name]) == subject else fact[name] for name in ("region", "sector"))
            time = fact["time"] and fact["time"]["edtf"]
            key = (time, fact["unit"], fact["per"], ids_in(region), ids_in(sector))
            empty = {"time": fact["time"], "unit": fact["unit"], "per": fact["per"], "region": region, "sector": sector}
            row = rows.setdefault(key, {**empty, "cells": {each: [] for each in subjects}})
            row["cells"][subject].append(fact)
        return in_order(rows.values())


def last_day(time: Json) -> tuple[Any, ...]:
    """The last day of a time, as something that orders; what goes on comes after all days."""
    last = day(time["latest"])
    return (1,) if last is None else (0, *last)


def in_order(rows: Iterable[Json]) -> list[Json]:
    """Rows of a comparison: the newest first, without time last; then by unit, rate, region and sector, nulls last."""
    found = sorted(rows, key=lambda row: row["time"]["edtf"] if row["time"] else "")
    for name in ("sector", "region", "per", "unit"):
        found.sort(key=lambda row: (row[name] is None, ids_in(row[name]) or ""))
    timed = [row for row in found if row["time"]]
    timed.sort(key=lambda row: day(row["time"]["earliest"]) or (-math.inf,), reverse=True)
    timed.sort(key=lambda row: last_day(row["time"]), reverse=True)
    return timed + [row for row in found if not row["time"]]


def finding(http: httpx.Client) -> Words:
    """Asks the service which items have some words, and for nothing else; what words find is tested by itself."""

    @cache
    def words(collection: str, text: str) -> frozenset[str]:
        found: set[str] = set()
        address = str(httpx.URL(f"/v1/{collection}", params={"q": text, "limit": 200, "count": "none"}))
        while address:
            page = http.get(address).raise_for_status().json()
            found |= {item["id"] for item in page["data"]}
            address = page["page"]["next"]
        return frozenset(found)

    return words


def words_of(counts: Counts, collection: str) -> Iterable[str]:
    """Words of names and claims."""
    names = [item["claim" if collection == "facts" else "name"] for item in counts.items[collection].values()]
    return {word for name in names for word in name.split() if word.isalnum()}


def points_of(counts: Counts, _collection: str) -> Iterable[str]:
    """Where regions are, as a filter takes it."""
    regions = counts.items["regions"].values()
    return {f"{lat},{lon}" for region in regions for lat, lon in counts.points("regions", region)}


def speakers_of(counts: Counts, collection: str) -> Iterable[str]:
    """Who says what the items say."""
    spoken = [citation["speaker"] for item in counts.items[collection].values() for citation in item["citations"]]
    return {speaker["id"] for speaker in spoken if speaker}


OF_NO_FIELD: Final[dict[str, Callable[[Counts, str], Iterable[str]]]] = {
    "q": words_of,
    "near": points_of,
    "speaker": speakers_of,
    "latest": lambda _counts, _collection: ["true"],
}
"""Values for the filters that look at more than one field."""


class Asker:
    """Thinks of questions whose answers say something."""

    def __init__(self, counts: Counts, seed: str) -> None:
        self.counts = counts
        self.random = random.Random(seed)
        self.known: dict[tuple[str, str], list[str]] = {}

    def candidates(self, collection: str, name: str) -> list[str]:
        """Values that a filter could be asked with; filters on what the data does not have get none."""
        if (collection, name) not in self.known:
            self.known[collection, name] = self._candidates(collection, name)
        return self.known[collection, name]

    def _candidates(self, collection: str, name: str) -> list[str]:
        field, operator = split(name)
        items = self.counts.items[collection].values()
        if operator == "exists":
            return ["true", "false"]
        if operator == "during":
            return sorted(RANGES)
        if operator in {"contains", "prefix"}:
            return sorted({fold(item["name"])[:3] for item in items})
        if name in OF_NO_FIELD:
            return sorted(OF_NO_FIELD[name](self.counts, collection))
        if field == "id":
            return sorted(self.counts.items[collection])
        if field in CITED:
            return sorted({value for item in items for value in self.counts.values(collection, field, item)})
        found = {str(value) for item in items for value in FIELDS[collection][field](item)}
        if operator == "within":
            # What a value lies in is asked for, too.
            of = [self.counts.items[other] for other in refers_to(collection, field)]
            return sorted({id_ for named in of for id_ in named if found & self.counts.within(id_)})
        return sorted(found)

    def values(self, collection: str, name: str, most: int = 3) -> list[str]:
        """Some values for a filter, or none where there are none."""
        candidates = self.candidates(collection, name)
        single = name in {"q", "near", "latest"} or split(name)[1] in set(OPERATORS) - {"not", "within"}
        # All values of a field together would keep what has any.
        most = 1 if single else min(most, max(1, len(candidates) - 1))
        return self.random.sample(candidates, min(len(candidates), self.random.randint(1, most)))

    def question(self, collection: str, names: Sequence[str]) -> dict[str, list[str]]:
        """A question with these filters; several on one field do not exclude each other."""
        question: dict[str, list[str]] = {}
        for name in names:
            values = self.values(collection, name)
            field, operator = split(name)
            beside = [other for other in question if split(other)[0] == field]
            if operator == "exists" and beside:
                values = ["true"]
            if operator == "not":
                values = [value for value in values if value not in question.get(field, ())]
            if operator == "eq":
                values = [value for value in values if value not in question.get(f"{field}__not", ())]
            if values and not any(question[other] == ["false"] for other in beside):
                question[name] = values
        if "time__during" in question:
            question["time_match"] = [self.random.choice(["possible", "certain"])]
        if "near" in question:
            question["radius_km"] = [self.random.choice(["1", "75", "9000", "20000"])]
        return question

    def best(self, collection: str, names: Callable[[], Sequence[str]], tries: int = 2) -> dict[str, list[str]]:
        """Of some questions, the one that keeps the most but not all."""
        asked = [self.question(collection, names()) for _ in range(tries)]
        everything = len(self.counts.items[collection])
        return max(asked, key=lambda question: len(self.counts.kept(collection, question)) % everything)
