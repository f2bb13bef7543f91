"""What is found in a large dataset before it is measured: names by frequency, pages anywhere, facts, frequent words.

Walking over a list takes a while, so what was found is kept in a file beside the database.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx

from benchmarks.load import WrongAnswer
from benchmarks.questions import read
from calibaja_api.text import fold

STEP: Final = 200
"""Facts on each page that is walked over."""
PLACES: Final = 20
"""Pages anywhere that are asked for again, of each list."""
FACTS: Final = 4
"""Facts that are asked for one by one, of each of these pages."""
WORDS: Final = 10
TRIED_WORDS: Final = 300

_FACETS: Final = ("region", "sector", "predicate")
_NEXT: Final = re.compile(rb'"next_cursor":"([\w-]+)"')
_LIMIT: Final = re.compile(r"(?<=[?&]limit=)[0-9]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A page somewhere in a list: its cursor, and the first fact on it."""

    cursor: str
    first: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found in a version of a dataset."""

    version: str
    names: dict[str, list[str]]
    """Regions, sectors and predicates, those with the most facts first; facts; words."""
    places: dict[str, list[Place]]
    """Pages from the second to the last, by the list that they are of."""


def survey(client: httpx.Client, file: Path, hits: int, chance: random.Random, told: Callable[[str], None]) -> Survey:
    """Look around in the dataset that is served, or take what was found before."""
    version = str(get(client, "/v1/dataset").json()["version"])
    found = _kept(client, file, version)
    if found is None:
        found = _look(client, version, hits, chance, told)
        file.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def _kept(client: httpx.Client, file: Path, version: str) -> Survey | None:
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    places = {path: [Place(**place) for place in each] for path, each in kept["places"].items()}
    asked = {request.path for request in read("million", {**kept["names"]}).others["pages"]}
    # A cursor may mean nothing to a program that has changed.
    usable = asked == set(places) and all(
        client.get(f"{path}&cursor={each[0].cursor}").status_code == httpx.codes.OK for path, each in places.items()
    )
    return Survey(version, kept["names"], places) if kept["version"] == version and usable else None


def _look(client: httpx.Client, version: str, hits: int, chance: random.Random, told: Callable[[str], None]) -> Survey:
    told("counting names")
    answer = get(client, f"/v1/facts?{'&'.join(f'facets={name}' for name in _FACETS)}&facet_limit=200&limit=1").json()
    names = {name: [str(bucket["value"]) for bucket in answer["facets"][name]["buckets"]] for name in _FACETS}
    names |= {"fact": [], "word": []}
    places = {}
    for request in read("million", names).others["pages"]:
        told(f"walking over {request.path}")
        places[request.path] = spread_over(list(walk(client, request.path)))
    told("choosing facts and words")
    facts = list(_facts(client, places, chance))
    names["fact"] = [id_ for id_, _ in facts]
    names["word"] = _words(client, [claim for _, claim in facts], hits)
    return Survey(version, names, places)


def walk(client: httpx.Client, path: str) -> Iterator[Place]:
    """All pages of a list but the first, in order."""
    stepped = _LIMIT.sub(str(STEP), path)
    cursor = None
    while True:
        body = get(client, f"{stepped}&cursor={cursor}" if cursor else stepped).content
        if cursor:
            start = body.index(b'"id":"') + len(b'"id":"')
            yield Place(cursor, body[start : body.index(b'"', start)].decode())
        # The cursor is behind the facts, which need not be read.
        found = _NEXT.search(body, body.rindex(b'"page":'))
        if found is None:
            return
        cursor = found[1].decode()


def spread_over(places: Sequence[Place], count: int = PLACES) -> list[Place]:
    """Some places of a list, from its second page to its last."""
    if len(places) <= count:
        return list(places)
    return [places[round(number * (len(places) - 1) / (count - 1))] for number in range(count)]


def _facts(client: httpx.Client, places: dict[str, list[Place]], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Ids and claims of facts from anywhere in the first list."""
    path, listed = next(iter(places.items()))
    for place in listed:
        facts = get(client, f"{path}&cursor={place.cursor}").json()["data"]
        for fact in chance.sample(facts, min(FACTS, len(facts))):
            yield fact["id"], fact["claim"]


def _words(client: httpx.Client, claims: Sequence[str], hits: int) -> list[str]:
    """Words of claims that about so many items have: from half to half as many again."""
    words = dict.fromkeys(fold(word) for claim in claims for word in re.findall(r"[^\W\d_]{4,}", claim))
    found: list[str] = []
    for word in list(words)[:TRIED_WORDS]:
        total = get(client, f"/v1/search?q={word}&count=exact&limit=1").json()["meta"]["total"]
        if hits / 2 <= total <= hits * 3 / 2:
            found.append(word)
        if len(found) == WORDS:
            break
    return found


def get(client: httpx.Client, path: str) -> httpx.Response:
    """An answer with status 200."""
    answer = client.get(path)
    if answer.status_code != httpx.codes.OK:
        raise WrongAnswer(f"{path} is answered with {answer.status_code}: {answer.text[:300]}")
    return answer


def total(client: httpx.Client, path: str) -> int:
    """How many facts the filters of a question keep, counted in an export of them."""
    filters = re.sub(r"(?<=[?&])(?:count|limit|facets|sort)=[^&]*&?", "", path).rstrip("&")
    with client.stream("GET", f"{filters}&format=ndjson&fields=id") as answer:
        answer.raise_for_status()
        return sum(piece.count(b"\n") for piece in answer.iter_raw())
