"""A made-up dataset with all that the format can say, and the server of it.

A test module asks for the fixture with `pytest_plugins = ["tests.rich"]`; that others import from here too is what the
word PYTEST_DONT_REWRITE allows.
"""

import hashlib
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.conftest import running_server
from tests.plain_counts import Counts, finding

from calibaja_api.client import Client
from calibaja_api.databases import database_of
from calibaja_api.dates import parse
from calibaja_api.publishing import draft, publish
from calibaja_api.shapes.vocabulary import Lang, Qualifier
from calibaja_api.sqlite import url_of
from calibaja_api.wording import date_label, quantity_text

Json = dict[str, Any]
Records = dict[str, list[Json]]

# Every form of date that the format has; None is a fact or event without one.
TIMES: Final = (
    *(None, "2015", "2015-06", "2015-06-15", "2008-02-29", "2015-21", "2015-24", "199X", "19XX"),
    *("1994/1999", "1994/..", "1994/", "../1999", "/1999", "1994-05~/1999-07-04?", "[2000~,2002~]"),
    *("[1998,2004-05,2011-12-24]", "2010~", "2010?", "2010%", "2016-XX", "2016-02-XX", "2016-XX-XX"),
    *("-0050", "0000", "Y12345", "Y-54321", "2015-06/2015-06", "2001-01-01/2001-12-31"),
)
VALUES: Final = (0, 1, 2, 25, 300, 300, -4, 0.5, -0.25, 2.75, 1e6, 1_500_000, 12_345.678, 10**12, 1e-3)
PERIODS: Final = (None, None, "P1Y", "P1M", "P10Y", "PT1H", "P2W", "P1D", "PT30M")
QUALIFIERS: Final = (*("exact", "about", "nearly", "more-than", "at-least", "less-than", "at-most", "between", "rank"),)
BASES: Final = ("observed", "estimated", "planned", "forecast", "opinion")
# Of a loss a claim says how much, so what bounds it from below bounds the loss from above.
OF_A_LOSS: Final[Mapping[str, str]] = {
    "more-than": "less-than",
    "less-than": "more-than",
    "at-least": "at-most",
    "at-most": "at-least",
}
# Latitudes and longitudes: where equator and meridian meet, at a pole, and on both sides of the date line.
PLACES: Final = (
    *((0, 0), (32.5, -117), (0.0, 179.9), (32.54, -117.03), (-12.25, 0), (90, 0)),
    *((0, -179.9), (32.5, -116.5), (-90, 45), (32.5001, -117)),
)
# What follows each other: ties, what goes on, what has no beginning, no end or no time at all.
HISTORIES: Final = (
    ("2010", "2015", "2015", "2015-12-31", "../2015"),
    ("2010", "2012/..", "2016/", "2016", None),
    (None, "199X", "1999~", "1998"),
    (None, None),
)
# What folding, LIKE, SQL, JSON and HTML could stumble over.
WORDS: Final = (
    *(("Ñandú Bay", "Bahía Ñandú"), ("100% Valley", "Valle 100 %"), ("Under_score", "Guion_bajo")),
    *(('"Quoted" Hills', 'Cerros "Citados"'), ("O'Brien's Creek", "Arroyo O'Brien"), ("東京 Quarter", "Barrio 東京")),
    *(("Ångström Straße", "Calle Ångström"), ("Back\\slash", "Barra\\inversa"), ("Semi;colon --", "Punto; y coma --")),
    *(
        ("<b>Bold</b> & Co", "<b>Negrita</b> y Cía"),
        ("İstanbul ﬁeld", "Campo İstanbul"),
        ("Zürich €uro", "Zúrich €uro"),
    ),
    *(("a_c", "a%c"), ("abc", "ABC d"), ("São João — Ⓤnicode", "San Juan — Ⓤnicode")),
)


def write_seed(folder: Path, records: Records, dataset: Json, units: list[Json]) -> Path:
    """Write records as seed files. JSON is YAML, and all its texts are quoted."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"dataset": dataset, "units": units, "labels": labels_of(records), **records}.items():
        (folder / f"{name}.yaml").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def labels_of(records: Records) -> list[Json]:
    """Labels of all kinds and languages of records."""
    listed = [record for of_one in records.values() for record in of_one]
    codes = {record[name] for record in listed for name in ("kind", "language") if name in record}
    return [
        {
            "code": code,
            "label": both(f"{code} label", f"rótulo {code}"),
            "plural": both(f"{code} kinds", f"{code} varios"),
        }
        for code in sorted(codes)
    ]


def both(en: str, es: str | None = None) -> Json:
    """A text in both languages."""
    return {"en": en, "es": es or f"{en} (es)"}


def cite(source: str, locator: str, **more: Any) -> Json:
    """A citation."""
    return {"source": source, "locator": locator, **more}


def without_nulls(node: Any) -> Any:
    """Records leave out what they do not say."""
    if isinstance(node, dict):
        return {name: without_nulls(value) for name, value in node.items() if value is not None}
    return [without_nulls(value) for value in node] if isinstance(node, list) else node


class Rich:
    """The records of the made-up dataset: always the same ones."""

    def __init__(self) -> None:
        self.random = random.Random(20261123)
        self.numbers = itertools.count(1)
        self.words = itertools.cycle(WORDS)
        self.places = itertools.cycle(PLACES)
        self.sources = [self._source(number) for number in range(20)]
        self.source_ids = [source["id"] for source in self.sources]
        self.cited = itertools.cycle(self.source_ids)
        self.organization_ids = [f"org-{number:02d}" for number in range(24)]
        self.person_ids = [f"person-{number:02d}" for number in range(12)]
        self.regions = list(self._regions())
        self.region_ids = [region["id"] for region in self.regions]
        self.sectors = list(self._sectors())
        self.sector_ids = [sector["id"] for sector in self.sectors]
        self.organizations = [self._organization(number) for number in range(24)]
        self.people = [self._person(number) for number in range(12)]
        self.agreements = [self._agreement(number) for number in range(8)]
        self.agreement_ids = [agreement["id"] for agreement in self.agreements]
        self.events = [self._event(number) for number in range(60)]
        self.event_ids = [event["id"] for event in self.events]
        self.predicates = list(self._predicates())
        self.facts = [*(self._fact(number) for number in range(300)), *self._histories()]
        self._add_claims()
        self._add_notes()

    def records(self) -> Records:
        """All records by collection."""
        names = ("regions", "sectors", "organizations", "people", "agreements", "events", "facts", "predicates")
        return {name: without_nulls(getattr(self, name)) for name in (*names, "sources")}

    def some(self, ids: list[str], most: int) -> list[str]:
        """Some ids, none twice."""
        return self.random.sample(ids, self.random.randint(0, most))

    def name(self) -> Json:
        """A name that nothing else has, with words that need care."""
        en, es = next(self.words)
        number = next(self.numbers)
        return both(f"{en} {number}", f"{es} {number}")

    def citations(self, most: int = 3) -> list[Json]:
        """One to three citations; source and speaker differ from one to the next."""
        found = []
        for source in self.random.sample(self.source_ids, self.random.randint(1, most)):
            citation = cite(source, f"p. {next(self.numbers)}")
            kind = self.random.randrange(4)
            if kind == 0:
                citation["speaker"] = self.random.choice(self.person_ids)
            elif kind == 1:
                citation["speaker_name"] = "Somebody — Ñ"
            if self.random.random() < 0.3:
                start = self.random.randrange(1000)
                digest = hashlib.sha256(str(start).encode()).hexdigest()
                citation["selector"] = {"start": start, "end": start + 40, "sha256": digest}
            found.append(citation)
        return found

    def _regions(self) -> Iterator[Json]:
        for land in range(3):
            country = f"land-{land}"
            yield {"id": country, "kind": "country", **self._place(land)}
            for state in range(3):
                parent = f"{country}--state-{state}"
                yield {"id": parent, "kind": "state", "parent": country, **self._place(state + 1)}
                for town in range(3):
                    kind = "municipality" if town else "city"
                    yield {"id": f"{parent}-town-{town}", "kind": kind, "parent": parent, **self._place(town)}
        across = {
            "across-east": ["land-0--state-0", "land-1--state-0-town-1", "land-1--state-2"],
            "across-west": ["land-1--state-1", "land-2--state-1-town-0"],
            # A cross-border region can have another one as a part.
            "across-all": ["across-east", "land-2"],
        }
        for id_, members in across.items():
            told = [{"region": member, "citations": self.citations(2)} for member in members]
            yield {"id": id_, "kind": "cross-border-region", "members": told, **self._place(2)}

    def _place(self, number: int) -> Json:
        place: Json = {"name": self.name()}
        if number != 1:
            lat, lon = next(self.places)
            place["location"] = {"lat": lat, "lon": lon}
        if number == 2:
            place |= {"aliases": [f"Alias Ó {next(self.numbers)}", f"AL{next(self.numbers)}"]}
            place |= {"description": both(f"Made up, number {next(self.numbers)}.")}
        if number in {0, 2}:
            place["identifiers"] = [
                {"scheme": "geonames", "value": str(3_000_000 + next(self.numbers)), "verified": "made up"},
                {"scheme": "iso3166-2", "value": f"XX:{next(self.numbers)}", "verified": "made up"},
            ]
        return place

    def _sectors(self) -> Iterator[Json]:
        for top in range(3):
            yield {"id": f"sector-{top}", "name": self.name()}
            for middle in range(2):
                yield {"id": f"sector-{top}-{middle}", "parent": f"sector-{top}", "name": self.name()}
            # Names of siblings differ, those of cousins need not: here only the id tells them apart.
            yield {"id": f"sector-{top}-0-0", "parent": f"sector-{top}-0", "name": both("Ties", "Empates")}

    def _organization(self, number: int) -> Json:
        record: Json = {
            "id": self.organization_ids[number],
            "name": self.name(),
            "kind": ("company", "industry-chamber", "university")[number % 3],
            "sectors": self.some(self.sector_ids, 3),
            "aliases": [f"ACRÓNIMO{number}"] if number % 4 == 0 else [],
        }
        if number % 3:
            record["region"] = self.random.choice(self.region_ids)
        if number % 5 == 0:
            record["area"] = self.random.choice(self.region_ids)
            record["identifiers"] = [{"scheme": "wikidata", "value": f"Q{number}", "verified": "made up"}]
        if number >= 12 and number % 2:
            record["parent"] = self.organization_ids[number - 12]
        return record

    def _person(self, number: int) -> Json:
        roles = [
            {
                "role": both(f"Role {position} of {number}", f"Cargo {position} de {number}"),
                **({"organization": self.random.choice(self.organization_ids)} if position % 2 == 0 else {}),
                **({"time": "2010/.."} if position else {}),
                "citations": self.citations(2),
            }
            for position in range(number % 4)
        ]
        return {"id": self.person_ids[number], "name": f"{next(self.words)[1]} Pérez {number}", "roles": roles}

    def _agreement(self, number: int) -> Json:
        parties = [*self.some(self.region_ids, 2), *self.some(self.organization_ids, 1)]
        kind = ("treaty", "trade-agreement")[number % 2]
        return {"id": f"agreement-{number}", "name": self.name(), "kind": kind, "parties": parties}

    def _event(self, number: int) -> Json:
        return {
            "id": f"event-{number:02d}",
            "name": self.name(),
            "kind": ("founding", "opening", "signing")[number % 3],
            "time": TIMES[number % len(TIMES)],
            "regions": self.some(self.region_ids, 3),
            "sectors": self.some(self.sector_ids, 2),
            "organizations": self.some(self.organization_ids, 2),
            "people": self.some(self.person_ids, 1),
            "agreements": self.some(self.agreement_ids, 1),
            "citations": self.citations(),
        }

    def _predicates(self) -> Iterator[Json]:
        quantities = {"count": ["{establishment}", "{person}"], "money": ["USD", "MXN"], "share": ["%"], "place": ["1"]}
        for id_, units in quantities.items():
            yield self._predicate(id_, "quantity", units)
        for id_, value_type in {"says": "text", "since": "date", "part-of": "entity", "makes": "text"}.items():
            yield self._predicate(id_, value_type, [])

    def _predicate(self, id_: str, value_type: str, units: list[str]) -> Json:
        description = both(f"What {id_} says.", f"Lo que dice {id_}.")
        name = self.name()
        return {"id": id_, "name": name, "description": description, "value_type": value_type, "units": units}

    def _source(self, number: int) -> Json:
        return {
            "id": f"source-{number:02d}",
            "name": f"{next(self.words)[number % 2]}: título {number}",
            "publisher": ("El Diario — Ñ", 'The "Paper" 100%', "University & Sons")[number % 3],
            "authors": ["Zoë O'Neil"] if number % 3 else [],
            "url": f"https://example.org/{number}?a=b&c=d" if number % 4 else None,
            "published": (None, "2015-06-15", "2012", "2019~", "201X")[number % 5],
            "language": ("en", "es")[number % 2],
            "kind": ("interview", "report", "statistics")[number % 3],
            "tier": "ABC"[number // 2 % 3],
            "text_sha256": hashlib.sha256(str(number).encode()).hexdigest() if number % 2 else None,
        }

    def _fact(self, number: int) -> Json:
        predicate = self.predicates[number % len(self.predicates)]
        subjects = (self.region_ids, self.sector_ids, self.organization_ids, self.person_ids, self.agreement_ids)
        subject = self.random.choice((*subjects, self.event_ids)[number % 6])
        fact: Json = {
            "id": f"fact-{number:03d}",
            "subject": subject,
            "predicate": predicate["id"],
            "basis": BASES[number // 3 % len(BASES)],
            "citations": self.citations(),
        }
        fact |= self._value(number, predicate, subject) | self._when(number, predicate)
        if subject not in self.region_ids and number % 3 == 0:
            fact["region"] = self.random.choice(self.region_ids)
        if subject not in self.sector_ids and number % 4 == 0:
            fact["sector"] = self.random.choice(self.sector_ids)
        if number % 5 == 0:
            fact["counterpart"] = self.random.choice(self.region_ids + self.organization_ids)
        if number % 7 == 0:
            fact |= {"scope": both(f"only {number}", f"sólo {number}"), "scope_key": f"only-{number}"}
        if fact["basis"] == "opinion":
            speaker = self.random.choice(self.people)
            fact["citations"][0] |= {"speaker": speaker["id"], "speaker_name": None}
        return fact

    def _histories(self) -> Iterator[Json]:
        """Facts that follow each other, of subjects that can be compared; each with a forecast, which is no latest."""
        number = itertools.count()
        subjects = ("land-0--state-0", "land-0--state-1", "sector-0", "sector-1")
        for subject, (per, history) in itertools.product(subjects, enumerate(HISTORIES, 1)):
            for basis, time in (*(("observed", time) for time in history), ("forecast", "2030")):
                fact: Json = {
                    "id": f"history-{next(number):02d}",
                    "subject": subject,
                    "predicate": "count",
                    "value": 100 + next(self.numbers),
                    "qualifier": "exact",
                    "unit": "{establishment}",
                    "per": f"P{per}Y",
                    "basis": basis,
                    "citations": [cite(next(self.cited), "p. 1")],
                }
                fact |= {"region": "land-1"} if subject in self.sector_ids else {}
                yield fact | ({"time": time, "time_basis": "stated"} if time else {})

    def _add_claims(self) -> None:
        """Claims that say what their facts have, after words that need care."""
        units = {unit["code"]: unit for unit in UNITS}
        names = {person["id"]: person["name"] for person in self.people}
        for number, fact in enumerate(self.facts):
            words = next(self.words)
            speaker = f"{names[fact['citations'][0]['speaker']]}: " if fact["basis"] == "opinion" else ""
            begins = both(f"{speaker}Claim {number}: {words[0]}", f"{speaker}Afirmación {number}: {words[1]}")
            fact["claim"] = {lang: ", ".join((begins[lang], *told(fact, units, lang))) + "." for lang in Lang}

    def _add_notes(self) -> None:
        """Notes on all facts that could disagree."""
        facts_about: dict[tuple[Any, ...], list[Json]] = defaultdict(list)
        for fact in self.facts:
            facts_about[fact["subject"], fact["predicate"], fact.get("time")].append(fact)
        for facts in facts_about.values():
            for fact in facts if len(facts) > 1 else ():
                fact.setdefault("note", both("Others count otherwise.", "Otros cuentan de otra manera."))

    def _value(self, number: int, predicate: Json, subject: str) -> Json:
        match predicate["value_type"]:
            case "quantity":
                return self._quantity(number, predicate)
            case "text":
                return {"text": both(f"text {number}", f"texto {number}")}
            case "entity":
                return {"object": self.random.choice([id_ for id_ in self.region_ids if id_ != subject])}
            case _:
                return {}

    def _quantity(self, number: int, predicate: Json) -> Json:
        qualifier = "rank" if predicate["id"] == "place" else QUALIFIERS[number % (len(QUALIFIERS) - 1)]
        value = self.random.choice(VALUES)
        quantity: Json = {"value": value, "qualifier": qualifier, "unit": self.random.choice(predicate["units"])}
        if qualifier == "rank":
            quantity["value"] = number % 30 + 1
        elif qualifier == "between":
            quantity["value_upper"] = value + 10
        period = self.random.choice(PERIODS)
        return {**quantity, **({"per": period} if period and qualifier != "rank" else {})}

    def _when(self, number: int, predicate: Json) -> Json:
        time = TIMES[number // 2 % len(TIMES)]
        if predicate["value_type"] == "date" and time is None:
            time = "1999-12-31"
        if time is None:
            return {}
        basis = ("stated", "reported", "derived")[number % 3]
        note = {"note": both("From the report's day.", "Según el día del informe.")} if basis == "derived" else {}
        return {"time": time, "time_basis": basis, **note}


def told(fact: Json, units: Mapping[str, Json], lang: Lang) -> Iterator[str]:
    """What the claim of a fact must say: its figure with its hedge, and a year of its time."""
    value = fact.get("value")
    if value is not None:
        qualifier: str = fact["qualifier"]
        qualifier = OF_A_LOSS.get(qualifier, qualifier) if value < 0 else qualifier
        unit = units[fact["unit"]]
        nouns = (unit["one"][lang], unit["other"][lang])
        yield quantity_text(abs(value), fact.get("value_upper"), Qualifier(qualifier), nouns, fact.get("per"), lang)
    if fact.get("time"):
        time = parse(fact["time"])
        yield date_label(time, lang)
        if time.earliest and time.earliest.year < 1:
            # People count years before the first otherwise than dates do.
            yield str(time.earliest.year)


RENAMED: Final[dict[str, dict[str, str]]] = {
    "regions": {"old-land": "land-0", "older-land": "land-0"},
    "sectors": {"old-sector": "sector-1"},
    "organizations": {"old-org": "org-01"},
    "people": {"old-person": "person-01"},
    "agreements": {"old-agreement": "agreement-1"},
    "events": {"old-event": "event-01"},
    "facts": {"old-fact": "fact-001"},
    "predicates": {"old-predicate": "count"},
    "sources": {"old-source": "source-01"},
}
WITHDRAWN: Final = {"people": ["person-gone"], "facts": ["fact-gone"]}
UNITS: Final[list[Json]] = [
    {"code": code, "one": both(one), "other": both(other)}
    for code, one, other in (
        *(("1", "place", "place"), ("{establishment}", "company", "companies"), ("{person}", "person", "people")),
        *(("USD", "dollar", "dollars"), ("MXN", "peso", "pesos"), ("%", "%", "%")),
    )
]


def dataset_of(id_: str, release: int = 1, **more: Any) -> Json:
    """What a seed folder says of its dataset."""
    name, description = both("Made-up facts", "Datos inventados"), both("All made up.", "Todo es inventado.")
    told = {"id": id_, "release": release, "released": "2026-11-23", "name": name, "description": description}
    return {**told, **more}


def write_rich_seed(folder: Path) -> Records:
    """Write the made-up dataset as a seed folder; its records."""
    records = Rich().records()
    write_seed(folder, records, dataset_of("rich", renamed=RENAMED, withdrawn=WITHDRAWN), UNITS)
    return records


def write_small_seed(folder: Path, facts: int, release: int = 1, years: int = 0) -> Path:
    """Write a seed folder of one region and so many facts of a line; each is of one of so many years, if told."""
    records: Records = {name: [] for name in Rich().records()}
    records["regions"] = [{"id": "here", "kind": "city", "name": "Here"}]
    source = {"id": "page", "name": "Page", "publisher": "Us", "language": "en", "kind": "page", "tier": "C"}
    records["sources"] = [source]
    records["predicates"] = [
        {"id": "says", "name": both("says"), "description": both("Words."), "value_type": "text", "units": []}
    ]
    records["facts"] = [
        {
            "id": f"f{number}",
            "subject": "here",
            "predicate": "says",
            "text": both(f"x {number}"),
            "basis": "observed",
            "claim": both(f"Claim {number}"),
            "citations": [cite("page", "p. 1")],
        }
        for number in range(facts)
    ]
    for number, fact in enumerate(records["facts"] if years else ()):
        year = str(2000 + number % years)
        fact.update(time=year, time_basis="stated", claim=both(f"Claim {number} of {year}"))
    return write_seed(folder, records, dataset_of("small", release), UNITS)


@dataclass(frozen=True, slots=True)
class Served:
    """The made-up dataset, served: its records as written, and all items as the lists show them."""

    address: str
    url: str
    """Of its database."""
    client: Client
    http: httpx.Client
    records: Records
    items: dict[str, dict[str, Json]]
    items_es: dict[str, dict[str, Json]]

    @property
    def labels(self) -> dict[str, list[str]]:
        """The labels of kinds and languages, of one and of several, in both languages, by code."""
        return {each["code"]: [*each["label"].values(), *each["plural"].values()] for each in labels_of(self.records)}


def all_items(http: httpx.Client, collection: str, lang: str) -> dict[str, Json]:
    """All items of a collection by id, in the order in which the list has them, as plain JSON."""
    items: dict[str, Json] = {}
    address = f"/v1/{collection}?limit=200&lang={lang}"
    while address:
        page = http.get(address).raise_for_status().json()
        items |= {item["id"]: item for item in page["data"]}
        address = page["page"]["next"]
    return items


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def rich(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The made-up dataset, published once in each kind of database and served."""
    folder = tmp_path_factory.mktemp("rich")
    records = write_rich_seed(folder / "seed")
    of_file = request.param == "sqlite"
    url = url_of(folder / "rich.sqlite3") if of_file else request.getfixturevalue("postgres").url()
    publish(draft(folder / "seed"), database_of(url))
    with (
        running_server(url) as address,
        Client(address) as client,
        httpx.Client(base_url=address, timeout=10) as http,
    ):
        items, items_es = ({name: all_items(http, name, lang) for name in records} for lang in ("en", "es"))
        yield Served(address, url, client, http, records, items, items_es)


@pytest.fixture(scope="session")
def counts(rich: Served) -> Counts:
    """What it ought to count."""
    return Counts(rich.items, rich.items_es, RENAMED, finding(rich.http))
