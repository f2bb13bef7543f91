"""What is asked: read from a file, filled in with what a dataset has, and put as each server takes it."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from benchmarks.flat import TABLE
from benchmarks.load import Request

FILE: Final = Path(__file__).with_name("questions.toml")
PAGE: Final = 20

_NAME: Final = re.compile(r"\{([a-z]+)(?:\.([0-9]+))?\}")

Names = Mapping[str, Sequence[str]]
"""What a dataset has, by what stands between braces."""


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A page of facts: one dimension, the years, a sort."""

    dimension: Literal["region", "sector"]
    value: str
    first: int
    last: int
    sort: Literal["-value", "-time"]

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day of the years."""
        return f"{self.first}-01-01", f"{self.last}-12-31"

    def of_service(self, count: str | None = None) -> Request:
        """As the service takes it."""
        asked = f"{self.dimension}={self.value}&time__during={self.first}/{self.last}&sort={self.sort}&limit={PAGE}"
        return Request(f"/v1/facts?{asked}" + (f"&count={count}" if count else ""))

    def of_tutorial(self) -> Request:
        """As the tutorial's service takes it."""
        first, last = self.days
        asked = f"{self.dimension}={self.value}&first={first}&last={last}&sort={self.sort.removeprefix('-')}"
        return Request(f"/facts/?{asked}&limit={PAGE}")

    def of_datasette(self, name: str) -> Request:
        """As Datasette takes it."""
        first, last = self.days
        key = {"-value": "value", "-time": "time_earliest"}[self.sort]
        asked = f"{self.dimension}_id={self.value}&to_day__gte={first}&from_day__lte={last}&_sort_desc={key}"
        return Request(f"/{name}/{TABLE}.json?{asked}&_size={PAGE}&_shape=objects")


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions to a dataset."""

    lists: list[ListQuestion]
    others: dict[str, list[Request]]


def read(dataset: Literal["packaged", "million"], names: Names) -> Questions:
    """The questions to a dataset that has these names."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))[dataset]
    lists = [_list_question(entry, names) for entry in found.pop("lists")]
    others = {
        kind: [Request(path) for template in templates for path in filled(template, names)]
        for kind, templates in found.items()
    }
    return Questions(lists, others)


def filled(template: str, names: Names) -> Iterator[str]:
    """A template with the names that it asks for: once, or once for each where it says not which."""
    whole = _NAME.sub(lambda found: quote(names[found[1]][int(found[2])]) if found[2] else found[0], template)
    each = _NAME.search(whole)
    if each is None:
        yield whole
    else:
        yield from (whole.replace(each[0], quote(name)) for name in names[each[1]])


def _list_question(entry: dict[str, Any], names: Names) -> ListQuestion:
    dimension: Literal["region", "sector"] = "region" if "region" in entry else "sector"
    [value] = filled(entry.pop(dimension), names)
    return ListQuestion(dimension, value, **entry)
