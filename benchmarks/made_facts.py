"""Made-up facts: template sentences in both languages that say what their values are."""

import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from benchmarks.made_entities import Entry, choices
from benchmarks.made_words import ACTIVITIES, GOODS, REPORTS, SCOPES, TOPICS
from calibaja_api import dates
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.predicates import PredicateRecord
from calibaja_api.shapes.vocabulary import ItemType, Lang, Qualifier, ValueType
from calibaja_api.wording import date_label, quantity_text

_QUALIFIERS: Final = (
    *(("exact",) * 12, ("about",) * 3, ("more-than",) * 3, ("nearly",), ("at-least",), ("less-than",), ("at-most",)),
    ("between",),
)
_QUALIFIED: Final = tuple(itertools.chain.from_iterable(_QUALIFIERS))
_BASES: Final = ("observed",) * 16 + ("estimated",) * 2 + ("forecast", "planned")
_RATED: Final = ("{crossing}", "{vehicle}", "{person}", "USD")
_SEASONS: Final = ("21", "22", "23", "24")
_REMEMBERED: Final = 1 << 16
_ATTEMPTS: Final = 100
CONFLICTS: Final = 0.01
"""So many facts have another beside them that gives another value, with a note on each."""
_NOTES: Final = {
    "derived": ("The year follows from the context.", "El año se deduce del contexto."),
    "disagrees": ("Another source gives another value.", "Otra fuente da otro valor."),
    "remark": ("Made up, as is all that it says.", "Inventado, como todo lo que dice."),
}


@dataclass(frozen=True)
class Named:
    """Something that claims name: its id and its names."""

    id: str
    en: str
    es: str
    type: ItemType
    region: str | None = None


class Facts:
    """Makes facts about things that are named, for a seed always the same."""

    def __init__(
        self, chance: random.Random, base: Catalog, subjects: Sequence[Named], made: dict[str, list[Entry]]
    ) -> None:
        self._chance = chance
        self._base = base
        self._subjects = subjects
        self._sources = [entry["id"] for entry in made["sources"]]
        self._digested = {entry["id"] for entry in made["sources"] if "text_sha256" in entry}
        self._speakers = {entry["id"]: entry["name"] for entry in made["people"]}
        self._sectors = [named(record, ItemType.SECTOR) for record in base.records[ItemType.SECTOR].values()]
        self._predicates = list(base.records[ItemType.PREDICATE].values())
        chance.shuffle(self._predicates)
        self._predicates.sort(key=lambda predicate: predicate.value_type is not ValueType.QUANTITY)
        self._uncited = list(self._sources)
        self._stated: dict[tuple[str, str], set[Any]] = {}
        for fact in base.records[ItemType.FACT].values():
            key = _key(fact.model_dump(), base.records[ItemType.PREDICATE][fact.predicate])
            self._stated.setdefault((fact.subject, fact.predicate), set()).add(key)
        self._by_id = {subject.id: subject for subject in subjects}

    def made(self, count: int) -> Iterator[Entry]:
        """So many facts, roughly in the order of their ids; a few subjects and predicates have most of them."""
        pairs: dict[tuple[str, str], int] = {}
        predicates = {predicate.id: predicate for predicate in self._predicates}
        drawn = zip(
            choices(self._chance, list(self._by_id), count),
            choices(self._chance, list(predicates), count, 1.1),
            strict=True,
        )
        for pair in drawn:
            pairs[pair] = pairs.get(pair, 0) + 1
        for subject, predicate in sorted(pairs, key="-".join):
            yield from self._group(self._by_id[subject], predicates[predicate], pairs[subject, predicate])

    def _group(self, subject: Named, predicate: PredicateRecord, count: int) -> Iterator[Entry]:
        """Facts that say one thing of one subject: no two state it of the same, but for those that disagree."""
        seen: set[Any] = set(self._stated.get((subject.id, predicate.id), ()))
        number = repeated = 0
        while number < count:
            fact = self._fact(subject, predicate)
            key = _key(fact, predicate)
            if key in seen or fact["claim"]["en"] in seen:
                repeated += 1
                if repeated > _ATTEMPTS * count:
                    raise ValueError(f"{count} facts are too many for {subject.id} and {predicate.id}")
                continue
            seen |= {key, fact["claim"]["en"]}
            facts = [fact]
            of_what_is = fact.get("qualifier") == "exact" and fact["basis"] != "opinion"
            if number + 1 < count and of_what_is and self._chance.random() < CONFLICTS:
                facts += self._against(fact, subject, predicate, seen)
            for each in facts:
                yield {"id": f"{subject.id}-{predicate.id}-{number:06}", **each}
                number += 1

    def _against(self, fact: Entry, subject: Named, predicate: PredicateRecord, seen: set[Any]) -> list[Entry]:
        """The same fact from another source with another value; none where the two would sound the same."""
        other = {**fact, "value": fact["value"] + 1}
        source = next(id_ for id_ in self._sources if all(id_ != each["source"] for each in fact["citations"]))
        other["citations"] = [{"source": source, "locator": f"p. {self._chance.randint(1, 300)}"}]
        other["claim"] = self._claim(other, subject, predicate)
        if other["claim"]["en"] in seen:
            return []
        fact["note"] = other["note"] = dict(zip(("en", "es"), _NOTES["disagrees"], strict=True))
        seen.add(other["claim"]["en"])
        return [other]

    def _fact(self, subject: Named, predicate: PredicateRecord) -> Entry:
        chance = self._chance
        fact: Entry = {"subject": subject.id, "predicate": predicate.id, "basis": chance.choice(_BASES)}
        self._dimensions(fact, subject)
        self._value(fact, predicate)
        if predicate.value_type is ValueType.DATE or chance.random() < 0.92:
            fact["time"] = _time(chance)
            fact["time_basis"] = chance.choice(("stated",) * 8 + ("reported", "derived"))
        note = "derived" if fact.get("time_basis") == "derived" else "remark" if chance.random() < 0.1 else None
        if note is not None:
            fact["note"] = dict(zip(("en", "es"), _NOTES[note], strict=True))
        fact["citations"] = self._citations()
        if fact["basis"] == "observed" and chance.random() < 0.02:
            fact["basis"] = "opinion"
            fact["citations"][0]["speaker"] = chance.choice(list(self._speakers))
        fact["claim"] = self._claim(fact, subject, predicate)
        return fact

    def _dimensions(self, fact: Entry, subject: Named) -> None:
        chance = self._chance
        if subject.type is not ItemType.SECTOR and chance.random() < 0.4:
            fact["sector"] = _skewed(chance, self._sectors).id
        if subject.type is not ItemType.REGION and subject.region is not None:
            fact["region"] = subject.region
        if chance.random() < 0.15:
            other = _skewed(chance, self._subjects)
            if other.id != subject.id:
                fact["counterpart"] = other.id
        if chance.random() < 0.25:
            en, es = _skewed(chance, SCOPES)
            fact |= {"scope": {"en": en, "es": es}, "scope_key": en.replace(" ", "-")}

    def _value(self, fact: Entry, predicate: PredicateRecord) -> None:
        chance = self._chance
        match predicate.value_type:
            case ValueType.QUANTITY:
                unit = _skewed(chance, predicate.units)
                rank = unit == "1"
                qualifier = "rank" if rank else chance.choice(_QUALIFIED)
                value = chance.randint(1, 50) if rank else _figure(chance, unit)
                fact |= {"unit": unit, "qualifier": qualifier, "value": value}
                if qualifier == "between":
                    fact["value_upper"] = value + max(1, int(value / 10))
                if unit in _RATED and chance.random() < 0.1:
                    fact["per"] = chance.choice(("P1Y", "P1Y", "P1D", "P1M"))
            case ValueType.TEXT:
                (en, es), (good, bien) = chance.choice(ACTIVITIES), _skewed(chance, GOODS)
                fact["text"] = {"en": en.format(good), "es": es.format(bien)}
            case ValueType.ENTITY:
                fact["object"] = _skewed(chance, self._subjects).id
            case ValueType.DATE:
                pass

    def _citations(self) -> list[Entry]:
        chance = self._chance
        cited = []
        for _ in range(1 if chance.random() < 0.95 else 2):
            # Each source is cited once before any is cited again, as one that nothing cites is refused.
            source = self._uncited.pop() if self._uncited else _skewed(chance, self._sources)
            citation: Entry = {"source": source, "locator": f"p. {chance.randint(1, 300)}"}
            if source in self._digested and chance.random() < 0.5:
                start = chance.randint(0, 9_000)
                digest = hashlib.sha256(f"{source} {start}".encode()).hexdigest()
                citation["selector"] = {"start": start, "end": start + chance.randint(40, 300), "sha256": digest}
            cited.append(citation)
        return cited if len(cited) == 1 or cited[0] != cited[1] else cited[:1]

    def _claim(self, fact: Entry, subject: Named, predicate: PredicateRecord) -> dict[str, str]:
        (topic, tema), (report, informe) = _skewed(self._chance, TOPICS), self._chance.choice(REPORTS)
        speaker = fact["citations"][0].get("speaker")
        claim = {}
        for lang in Lang:
            names = self._names(fact, lang)
            what = predicate.name[lang]
            parts = [f"{what[0].upper()}{what[1:]}, {getattr(subject, lang)}", *names]
            value = self._text(fact, lang)
            said = [value] if value else []
            said += [date_label(dates.parse(fact["time"]), lang)] if "time" in fact else []
            by = f"{topic} {report}" if lang is Lang.EN else f"{informe} de {tema}"
            said.append(f"according to the {by}" if lang is Lang.EN else f"según el documento {by}")
            if speaker is not None:
                said.append(f"{'as told by' if lang is Lang.EN else 'dicho por'} {self._speakers[speaker]}")
            claim[str(lang)] = f"{', '.join(parts)}: {', '.join(said)}."
        return claim

    def _names(self, fact: Entry, lang: Lang) -> list[str]:
        names = []
        if "sector" in fact:
            names.append(str(self._base.records[ItemType.SECTOR][fact["sector"]].name[lang]))
        if "counterpart" in fact:
            names.append(f"{'with' if lang is Lang.EN else 'con'} {getattr(self._by_id[fact['counterpart']], lang)}")
        if "scope" in fact:
            names.append(fact["scope"][lang])
        return names

    def _text(self, fact: Entry, lang: Lang) -> str:
        if "text" in fact:
            return str(fact["text"][lang])
        if "object" in fact:
            return str(getattr(self._by_id[fact["object"]], lang))
        if "value" not in fact:
            return ""
        unit = self._base.units[fact["unit"]]
        words = (unit.one[lang], unit.other[lang])
        return _quantity(fact["value"], fact.get("value_upper"), fact["qualifier"], words, fact.get("per"), lang)


@lru_cache(_REMEMBERED)
def _quantity(
    value: float, upper: float | None, qualifier: str, words: tuple[str, str], per: str | None, lang: Lang
) -> str:
    return quantity_text(value, upper, Qualifier(qualifier), words, per, lang)


def _key(fact: Entry, predicate: PredicateRecord) -> tuple[Any, ...]:
    """What a fact states something of, beside its subject and predicate; real facts are not disagreed with."""
    names = ("sector", "counterpart", "scope_key", "region", "basis", "per", "unit")
    time = None if predicate.value_type is ValueType.DATE else fact.get("time")
    return (*(fact.get(name) for name in names), time)


def _skewed(chance: random.Random, values: Sequence[Any]) -> Any:
    """One of the values; the first is chosen the most often, the tenth a tenth as often."""
    return values[min(int((len(values) + 1) ** chance.random()), len(values)) - 1]


def _figure(chance: random.Random, unit: str) -> float:
    if unit in {"%", "a"}:
        tenths = chance.randint(1, 999)
        return tenths / 10 if unit == "%" and tenths % 10 else tenths // 10 + 1
    size = int(10 ** chance.uniform(1, 11 if unit in {"USD", "MXN"} else 6))
    # Figures of reports have three digits that count, more often than not.
    return size if chance.random() < 0.3 else round(size, 3 - len(str(size)))


def _time(chance: random.Random) -> str:
    """A date from 1950 to 2025, the later the more often, as precisely as sources tell."""
    year = 2025 - int(76 * chance.random() ** 2)
    match chance.choices(range(9), weights=(45, 20, 8, 6, 6, 4, 4, 4, 3))[0]:
        case 0:
            return f"{year}"
        case 1:
            return f"{year}-{chance.randint(1, 12):02}"
        case 2:
            return f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        case 3:
            return f"{year}{chance.choice('~?')}"
        case 4:
            return f"{year}/{year + chance.randint(1, 6)}"
        case 5:
            return f"{year}-{chance.choice(_SEASONS)}"
        case 6:
            return f"{year // 10}X"
        case 7:
            return f"{year}/.."
        case _:
            return f"[{year},{year + 2}]"


def named(record: Any, type_: ItemType) -> Named:
    """A record as claims name it."""
    return Named(record.id, record.name.en, record.name.es, type_, getattr(record, "region", None))
