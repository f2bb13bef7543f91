"""Makes a dataset of any size for benchmarks: the packaged one, and beside it as many facts as are asked for.

All that it adds is made up: places, organizations, people, sources, and what is said of them, in template sentences. No
real source or person is cited for it. Its shape is that of real facts: both languages, dates as mixed as those of
sources, figures with hedges, some notes, some that disagree; a few subjects, predicates and words have most of the
facts, many have few. The same seed and number give the same dataset.

    python -m benchmarks.synthesize --facts 1000000 --seed 1 --out million.ndjson
    python -m benchmarks.synthesize --facts 1000000 --seed 1 --database sqlite:///var/million.sqlite3
"""

import heapq
import random
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import track

from benchmarks import made_entities
from benchmarks.made_entities import Entry
from benchmarks.made_facts import Facts, Named, named
from calibaja_api.canonical import canonical, canonical_line, heading_lines
from calibaja_api.databases import database_of
from calibaja_api.packaged import folder
from calibaja_api.publishing import draft, publish
from calibaja_api.resources import RESOURCES
from calibaja_api.resources.catalog import Catalog
from calibaja_api.shapes.vocabulary import ItemType

_SUBJECTS: Final = {"regions": 6_000, "organizations": 3_900, "people": 100}
"""So many are made for a million facts; for fewer facts fewer."""
_SOURCES: Final = 700
_LEAST: Final = 10
_MILLION: Final = 1_000_000


def lines(facts: int, seed: int) -> Iterator[str]:
    """The canonical lines of a made-up dataset with so many facts; with all of the packaged one, if these are more."""
    chance = random.Random(f"{seed} {facts}")
    base = draft(folder("seed")).catalog
    made = _entities(chance, base, facts)
    yield canonical("dataset", _dataset(base, facts, seed))
    yield from islice(heading_lines(base), 1, None)
    for resource in RESOURCES:
        records = [resource.record.model_validate(entry) for entry in made.get(resource.name, ())]
        records += base.records[resource.item_type].values()
        ordered = (
            (record.id, canonical_line(resource, record)) for record in sorted(records, key=lambda record: record.id)
        )
        if resource.item_type is ItemType.FACT:
            count = facts - len(records)
            added = Facts(chance, base, _subjects(chance, base, made), made).made(max(0, count))
            ordered = heapq.merge(ordered, ((fact["id"], canonical("facts", fact)) for fact in added))
        yield from (line for _, line in ordered)


def _entities(chance: random.Random, base: Catalog, facts: int) -> dict[str, list[Entry]]:
    """What is made beside facts, by collection."""

    def share(whole: int) -> int:
        return max(_LEAST, whole * facts // _MILLION)

    regions = made_entities.regions(chance, base, share(_SUBJECTS["regions"]))
    organizations = made_entities.organizations(chance, base, regions, share(_SUBJECTS["organizations"]))
    people = made_entities.people(chance, organizations, share(_SUBJECTS["people"]))
    sources = made_entities.sources(chance, share(_SOURCES))
    return {"regions": regions, "organizations": organizations, "people": people, "sources": sources}


def _subjects(chance: random.Random, base: Catalog, made: dict[str, list[Entry]]) -> list[Named]:
    """What made-up facts are about, from what has the most of them to what has the fewest: real things first."""
    subjects = []
    for type_ in (ItemType.REGION, ItemType.SECTOR, ItemType.ORGANIZATION):
        subjects += [named(record, type_) for record in base.records[type_].values()]
    chance.shuffle(subjects)
    added = [
        named(resource.record.model_validate(entry), resource.item_type)
        for resource in RESOURCES
        if resource.name in {"regions", "organizations"}
        for entry in made[resource.name]
    ]
    chance.shuffle(added)
    return subjects + added


def _dataset(base: Catalog, facts: int, seed: int) -> dict[str, Any]:
    name = {"en": "Cali-Baja facts and made-up ones", "es": "Datos de Cali-Baja y otros inventados"}
    description = {
        "en": f"Real facts and, up to {facts:,} of them, made-up ones for benchmarks (seed {seed}).",
        "es": f"Datos reales y, hasta {facts:,}, otros inventados para pruebas de rendimiento (semilla {seed}).",
    }
    told = {"id": "cali-baja-made-up", "name": name, "description": description}
    return {**base.dataset.model_dump(mode="json"), **told}


def write(facts: int, seed: int, out: Path) -> None:
    """Write a made-up dataset as NDJSON."""
    with out.open("w", encoding="utf-8", newline="\n") as file:
        told = track(lines(facts, seed), "making facts", total=facts, console=Console(stderr=True))
        file.writelines(f"{line}\n" for line in told)


@click.command()
@click.option("--facts", metavar="N", type=click.IntRange(0), required=True, help="Facts in all, real ones too.")
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="The same gives the same.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write NDJSON here.")
@click.option("--database", metavar="URL", help="Publish it here.")
def main(facts: int, seed: int, out: Path | None, database: str | None) -> None:
    """Make a dataset for benchmarks: real facts, and made-up ones beside them."""
    if (out is None) is (database is None):
        raise click.UsageError("name a file with --out or a database with --database")
    if out is not None:
        write(facts, seed, out)
        return
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "made.ndjson"
        write(facts, seed, file)
        publish(draft(file), database_of(str(database)))


if __name__ == "__main__":
    main()
