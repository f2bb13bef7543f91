"""Made-up regions, organizations, people and sources, beside those of a real dataset."""

import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from benchmarks.made_words import FIRST, REPORTS, SECOND, THIRD, TOPICS
from calibaja_api.resources.catalog import Catalog
from calibaja_api.shapes.vocabulary import ItemType

Entry = dict[str, Any]

_REGION_KINDS: Final = ("municipality", "municipality", "municipality", "city", "city", "community")
_ORGANIZATION_KINDS: Final = ("company", "company", "company", "cluster", "research-center", "university", "facility")
_PARENT_KINDS: Final = ("state", "county", "municipality")
_FIRMS: Final = (("Works", "Talleres"), ("Group", "Grupo"), ("Laboratory", "Laboratorio"), ("Institute", "Instituto"))
_ROLES: Final = (("Director", "Directora"), ("Spokesperson", "Vocera"), ("Researcher", "Investigadora"))


def choices(chance: random.Random, values: Sequence[Any], count: int, power: float = 1.0) -> list[Any]:
    """Values at random, each as often as its place in the sequence allows: the second half as often as the first."""
    weights = list(itertools.accumulate(1 / (rank + 1) ** power for rank in range(len(values))))
    return chance.choices(values, cum_weights=weights, k=count)


def _names(chance: random.Random) -> Iterator[str]:
    """Names of places, each once."""
    names = [" ".join(words) for words in itertools.product(FIRST, SECOND, THIRD)]
    chance.shuffle(names)
    yield from names
    raise ValueError(f"there are {len(names)} names of places and no more")


def regions(chance: random.Random, base: Catalog, count: int) -> list[Entry]:
    """Places below real states, counties and municipalities."""
    parents = [record for record in base.records[ItemType.REGION].values() if record.kind in _PARENT_KINDS]
    made = []
    for number, (name, parent) in enumerate(zip(_names(chance), choices(chance, parents, count), strict=False)):
        lat, lon = round(chance.uniform(28, 34), 5), round(chance.uniform(-118, -112), 5)
        made.append(
            {
                "id": f"made-region-{number:05}",
                "kind": chance.choice(_REGION_KINDS),
                "parent": parent.id,
                "name": name,
                "identifiers": [{"scheme": "made", "value": f"R{number:05}", "verified": "benchmarks.synthesize"}],
                "location": {"lat": lat, "lon": lon},
            }
        )
    return made


def organizations(chance: random.Random, base: Catalog, places: Sequence[Entry], count: int) -> list[Entry]:
    """Firms and institutes in made-up places."""
    sectors = list(base.records[ItemType.SECTOR])
    firms = itertools.product(_FIRMS, TOPICS, places)
    made = []
    for number, ((en, es), (topic, tema), place) in enumerate(_spread(chance, firms, count)):
        made.append(
            {
                "id": f"made-organization-{number:05}",
                "kind": chance.choice(_ORGANIZATION_KINDS),
                "region": place["id"],
                "sectors": sorted(chance.sample(sectors, chance.randint(0, 2))),
                "name": {
                    "en": f"{place['name']} {topic.capitalize()} {en}",
                    "es": f"{es} de {tema} {place['name']}",
                },
                "description": {"en": "A made-up organization.", "es": "Una organización inventada."},
                "aliases": [f"MO {_letters(number)}"],
            }
        )
    return made


def people(chance: random.Random, organizations: Sequence[Entry], count: int) -> list[Entry]:
    """Made-up people with a role in a made-up organization."""
    names = list(itertools.product(SECOND, (name.split()[-1] for name in THIRD), (name.split()[-1] for name in THIRD)))
    made = []
    for number, (first, second, last) in enumerate(chance.sample(names, count)):
        role, papel = chance.choice(_ROLES)
        cited = {"source": f"made-source-{number % 10:05}", "locator": "p. 1"}
        made.append(
            {
                "id": f"made-person-{number:05}",
                "name": f"{first} {second} {last}",
                "roles": [
                    {
                        "role": {"en": role, "es": papel},
                        "organization": chance.choice(organizations)["id"],
                        "time": f"{chance.randint(1990, 2020)}/..",
                        "citations": [cited],
                    }
                ],
            }
        )
    return made


def sources(chance: random.Random, count: int) -> list[Entry]:
    """Made-up reports, every other with the digest of a text that is not there."""
    made = []
    for number, ((topic, tema), (report, informe)) in enumerate(
        _spread(chance, itertools.product(TOPICS, REPORTS), count)
    ):
        language = chance.choice(("en", "en", "es"))
        title = f"Made-up {topic} {report}" if language == "en" else f"Inventado: {informe} de {tema}"
        entry: Entry = {
            "id": f"made-source-{number:05}",
            "name": title,
            "publisher": f"Made-up office {_letters(number % 40)}",
            "authors": [],
            "url": f"https://made.example/{number:05}",
            "published": f"{chance.randint(1990, 2025)}",
            "language": language,
            "kind": chance.choice(("report", "study", "news")),
            "tier": chance.choice("AABBBC"),
        }
        if number % 2 == 0:
            entry["text_sha256"] = hashlib.sha256(title.encode()).hexdigest()
        made.append(entry)
    return made


def _spread(chance: random.Random, combinations: Iterator[Any], count: int) -> list[Any]:
    """So many of these combinations, in any order."""
    found = list(itertools.islice(combinations, 200_000))
    return chance.sample(found, count)


def _letters(number: int) -> str:
    """A number in letters, so that no claim that names it says a figure."""
    letters = ""
    while True:
        number, letter = divmod(number, 26)
        letters = chr(ord("A") + letter) + letters
        if not number:
            return letters
