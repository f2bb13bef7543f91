"""The oracle: what the contract says of filters and orders, computed from plain JSON items, without any of our code."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]
Question = Mapping[str, Sequence[str]]
"""The parameters of a question, as they are sent; a filter that takes one value has a list of one."""
Values = Callable[[Json], list[Any]]

OPERATORS: Final = ("not", "exists", "gte", "gt", "lte", "lt", "within", "during", "contains", "prefix")
ENTITIES: Final = ("regions", "sectors", "organizations", "people", "agreements", "events")

# EDTF dates and intervals, with the first and the last day that they mean; None has no end.
RANGES: Final[dict[str, tuple[str | None, str | None]]] = {
    "2015": ("2015-01-01", "2015-12-31"),
    "2015-06": ("2015-06-01", "2015-06-30"),
    "2015-06-15": ("2015-06-15", "2015-06-15"),
    "2008-02-29": ("2008-02-29", "2008-02-29"),
    "2004-02": ("2004-02-01", "2004-02-29"),
    "2015-22": ("2015-06-01", "2015-08-31"),
    "2015-24": ("2015-12-01", "2016-02-29"),
    "199X": ("1990-01-01", "1999-12-31"),
    "20XX": ("2000-01-01", "2099-12-31"),
    "2010~": ("2010-01-01", "2010-12-31"),
    "1994/1999": ("1994-01-01", "1999-12-31"),
    "1995-03/2001-XX": ("1995-03-01", "2001-12-31"),
    "1994/..": ("1994-01-01", None),
    "2016/": ("2016-01-01", None),
    "../2000": (None, "2000-12-31"),
    "/1999": (None, "1999-12-31"),
    "-0100/0000": ("-000100-01-01", "0000-12-31"),
    "Y12345": ("+012345-01-01", "+012345-12-31"),
}


def fold(text: str) -> str:
    """Text without case, accents and needless white space."""
    for _ in range(2):
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
    return " ".join(text.split())


def day(text: str | None) -> tuple[int, int, int] | None:
    """A day of an answer as numbers that order as days do."""
    if text is None:
        return None
    year, month, number = re.fullmatch(r"([+-]?[0-9]+)-([0-9]{2})-([0-9]{2})", text).groups()  # type: ignore[union-attr]
    return int(year), int(month), int(number)


def during(time: Json | None, asked: str, *, certain: bool) -> bool:
    """Whether a time could overlap the asked one, or surely lies inside."""
    if time is None:
        return False
    first, last = (day(end) for end in RANGES[asked])
    earliest, latest = day(time["earliest"]), day(time["latest"])
    if certain:
        # An end that is open or unknown is only surely inside where what was asked has no end there.
        begins = first is None or (earliest is not None and earliest >= first)
        ends = last is None or (latest is not None and latest <= last)
        return begins and ends
    too_late = last is not None and earliest is not None and earliest > last
    too_early = first is not None and latest is not None and latest < first
    return not too_late and not too_early


def plain(name: str) -> Values:
    """The value of a field, if there is one."""
    return lambda item: [] if item[name] is None else [item[name]]


def ref(name: str) -> Values:
    """The id that a field refers to, if there is one."""
    return lambda item: [] if item[name] is None else [item[name]["id"]]


def refs(name: str) -> Values:
    """The ids that a field refers to."""
    return lambda item: [each["id"] for each in item[name]]


def identifiers(item: Json) -> list[str]:
    """Identifiers as they are asked for."""
    return [f"{each['scheme']}:{each['value']}" for each in item["identifiers"]]


KIND: Final = {"kind": plain("kind")}
PARENT: Final = {"parent": ref("parent")}
TIME: Final = {"time": plain("time")}
FIELDS: Final[dict[str, dict[str, Values]]] = {
    "regions": {
        **KIND,
        **PARENT,
        "member": lambda item: [member["region"]["id"] for member in item["members"]],
        "identifier": identifiers,
        "location": plain("location"),
    },
    "sectors": PARENT,
    "organizations": {**KIND, "region": ref("region"), "sector": refs("sectors"), "identifier": identifiers},
    "people": {
        "organization": lambda item: [role["organization"]["id"] for role in item["roles"] if role["organization"]]
    },
    "agreements": {**KIND, "party": refs("parties")},
    "events": {
        **KIND,
        **TIME,
        "region": refs("regions"),
        "sector": refs("sectors"),
        "organization": refs("organizations"),
        "person": refs("people"),
        "agreement": refs("agreements"),
    },
    "facts": {
        **TIME,
        **{name: ref(name) for name in ("subject", "predicate", "region", "sector", "counterpart", "object")},
        **{name: plain(name) for name in ("value", "unit", "qualifier", "basis", "per", "time_basis")},
        "subject__type": lambda item: [item["subject"]["type"]],
    },
    "predicates": {"value_type": plain("value_type"), "unit": lambda item: item["units"]},
    "sources": {name: plain(name) for name in ("kind", "tier", "language", "publisher", "published")},
}
CITED: Final = ("source", "source__tier", "source__language", "speaker")


def split(parameter: str) -> tuple[str, str]:
    """Field and operator of a parameter; without operator it is any of its values, without field the item itself."""
    if parameter in OPERATORS:
        return "id", parameter
    field, _, operator = parameter.rpartition("__")
    return (field, operator) if field and operator in OPERATORS else (parameter, "eq")


class Oracle:
    """Answers questions from all items of all collections, and the ids that some of them had before."""

    def __init__(self, items: Mapping[str, Mapping[str, Json]], renamed: Mapping[str, Mapping[str, str]]) -> None:
        self.items = items
        self.renamed = renamed
        self.parts: dict[str, set[str]] = defaultdict(set)
        """What lies in each entity directly."""
        for name in ENTITIES:
            for id_, item in items[name].items():
                if item.get("parent"):
                    self.parts[item["parent"]["id"]].add(id_)
                self.parts[id_] |= {member["region"]["id"] for member in item.get("members", ())}

    def ids(self, collection: str, question: Question, refers_to: Mapping[str, Sequence[str]]) -> set[str]:
        """The ids of the items that pass every filter. `refers_to` tells the collections whose ids a filter takes."""
        asked = {
            name: [self.now(value, refers_to.get(name, ())) for value in values] for name, values in question.items()
        }
        return {id_ for id_, item in self.items[collection].items() if self.keeps(collection, item, asked)}

    def now(self, value: str, collections: Iterable[str]) -> str:
        """The id that an item has now."""
        return next((self.renamed[name][value] for name in collections if value in self.renamed[name]), value)

    def keeps(self, collection: str, item: Json, question: Question) -> bool:
        """Whether an item passes every filter."""
        cited = {name: values for name, values in question.items() if name in CITED}
        if cited and not any(self.says(citation, cited) for citation in item["citations"]):
            return False
        match = {"certain": question.get("time_match") == ["certain"]}
        return all(
            self.passes(collection, item, name, values, **match)
            for name, values in question.items()
            if name not in cited and name != "time_match"
        )

    def says(self, citation: Json, asked: Question) -> bool:
        """Whether one citation is by all that is asked for."""
        source = self.items["sources"][citation["source"]["id"]]
        speaker = citation["speaker"]
        found = {
            "source": source["id"],
            "source__tier": source["tier"],
            "source__language": source["language"],
            "speaker": speaker and speaker["id"],
        }
        return all(found[name] in values for name, values in asked.items())

    def passes(self, collection: str, item: Json, name: str, asked: Sequence[str], *, certain: bool) -> bool:
        """Whether an item passes one filter that is not on its citations."""
        field, operator = split(name)
        if operator in {"contains", "prefix"}:
            return self.named(item, asked[0], operator)
        values = [item["id"]] if field == "id" else FIELDS[collection][field](item)
        match operator:
            case "eq":
                return any(equal(value, each) for value in values for each in asked)
            case "not":
                return not any(equal(value, each) for value in values for each in asked)
            case "exists":
                return bool(values) is (asked[0] == "true")
            case "within":
                return any(value in self.within(each) for value in values for each in asked)
            case "during":
                return any(during(value, asked[0], certain=certain) for value in values)
            case _:
                return any(compared(value, operator, float(asked[0])) for value in values)

    def named(self, item: Json, text: str, operator: str) -> bool:
        """Whether a name or alias contains a text or begins with it; a text of accents alone is in none."""
        names = [fold(name) for name in (*item["names"].values(), *item.get("aliases", ()))]
        wanted = fold(text)
        return bool(wanted) and any(
            name.startswith(wanted) if operator == "prefix" else wanted in name for name in names
        )

    def within(self, id_: str) -> set[str]:
        """An entity and all below it, by parent or members."""
        found, waiting = set(), [id_]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting.extend(self.parts.get(here, ()))
        return found


def equal(value: Any, asked: str) -> bool:
    """Whether a value is the asked one; numbers by size, not by how they are written."""
    return value == float(asked) if isinstance(value, int | float) else value == asked


def compared(value: float, operator: str, bound: float) -> bool:
    """How a number stands to a bound."""
    return {"gte": value >= bound, "gt": value > bound, "lte": value <= bound, "lt": value < bound}[operator]


def sort_keys(value: str) -> list[Values]:
    """What a sort value orders by, first to last; no value comes last in both directions."""
    match value:
        case "name":
            return [lambda item: [fold(item["name"]).encode()]]
        case "time" | "published":
            return [
                lambda item: [day(item[value]["earliest"])] if item[value] and item[value]["earliest"] else [],
                lambda item: [day(item[value]["latest"])] if item[value] and item[value]["latest"] else [],
            ]
        case "subject" | "predicate":
            return [lambda item: [item[value]["id"]]]
        case _:
            return [plain(value)]


def ordered(items: Iterable[Json], sort: Sequence[str]) -> list[str]:
    """The ids of items in the order of the sort values; ids break ties. Items are in the answer's language."""
    found = sorted(items, key=lambda item: item["id"])
    for value in reversed(sort):
        for key in reversed(sort_keys(value.removeprefix("-"))):
            there = [item for item in found if key(item)]
            missing = [item for item in found if not key(item)]
            there.sort(key=key, reverse=value.startswith("-"))
            found = there + missing
    return [item["id"] for item in found]
