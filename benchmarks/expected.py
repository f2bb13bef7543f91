"""What answers ought to be, worked out in plain Python from the facts themselves."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from benchmarks.flat import ALWAYS
from benchmarks.load import Answer, Request, WrongAnswer
from benchmarks.questions import PAGE, ListQuestion

Fact: TypeAlias = dict[str, Any]


def matches(question: ListQuestion, fact: Fact) -> bool:
    """Whether a fact is of the place or the industry and could lie in the years."""
    dimension, time = fact[question.dimension], fact["time"]
    if dimension is None or dimension["id"] != question.value or time is None:
        return False
    first, last = question.days
    return bool((time["earliest"] or ALWAYS[0]) <= last and (time["latest"] or ALWAYS[1]) >= first)


def key(question: ListQuestion, fact: Fact) -> Any:
    """What a fact is sorted by before anything else; nothing where it has no such thing."""
    return fact["value"] if question.sort == "-value" else (fact["time"] or {}).get("earliest")


def in_order(question: ListQuestion, facts: Iterable[Fact]) -> list[Fact]:
    """Facts in the order that a question asks for: the greatest first, those without last, ties by id."""
    ordered = sorted(facts, key=lambda fact: str(fact["id"]))
    if question.sort == "-time":
        ordered = _descending(ordered, lambda fact: (fact["time"] or {}).get("latest"))
    return _descending(ordered, lambda fact: key(question, fact))


def _descending(facts: list[Fact], of: Any) -> list[Fact]:
    there = [fact for fact in facts if of(fact) is not None]
    # A sort that is reversed keeps the order of ties.
    return sorted(there, key=of, reverse=True) + [fact for fact in facts if of(fact) is None]


def page(question: ListQuestion, facts: Iterable[Fact]) -> list[Fact]:
    """The first page of the facts that a question asks for."""
    return in_order(question, (fact for fact in facts if matches(question, fact)))[:PAGE]


def check_page(answer: Answer, wanted: Sequence[Fact]) -> None:
    """Hold that an answer of the service is these facts, whole and in this order."""
    check_status(answer)
    if answer.json()["data"] != list(wanted):
        raise WrongAnswer(f"facts are {_ids(answer.json()['data'])} instead of {_ids(wanted)}")


def check_fits(question: ListQuestion, answer: Answer) -> None:
    """Hold that an answer is a full page of facts that a question asks for, in its order."""
    check_status(answer)
    facts = answer.json()["data"]
    if len(facts) != PAGE or not all(matches(question, fact) for fact in facts):
        raise WrongAnswer(f"{_ids(facts)} are not {PAGE} facts of {question}")
    if facts != in_order(question, facts):
        raise WrongAnswer(f"{_ids(facts)} are not in the order of {question}")


def check_flat(question: ListQuestion, rows: Sequence[dict[str, Any]], wanted: Sequence[Fact]) -> None:
    """Hold that rows of a flat table are the same page.

    Rows that tie may come in any order, and of the last that tie any may be on the page.
    """
    name = {"-value": "value", "-time": "time_earliest"}[question.sort]
    got = [(row[name], row["id"]) for row in rows]
    right = [(key(question, fact), fact["id"]) for fact in wanted]
    if [value for value, _ in got] != [value for value, _ in right] or _whole_groups(got) != _whole_groups(right):
        raise WrongAnswer(f"rows are {got} instead of {right}")


def _whole_groups(keyed: Sequence[tuple[Any, str]]) -> list[set[str]]:
    return [{id_ for _, id_ in group} for _, group in groupby(keyed, key=lambda each: each[0])][:-1]


def check_item(request: Request, answer: Answer) -> None:
    """Hold that an answer is the fact that was asked for."""
    check_status(answer)
    data = answer.json()["data"]
    if data["type"] != "fact" or not request.path.endswith(f"/{data['id']}"):
        raise WrongAnswer(f"{request.path} is answered with {data['id']}")


def check_status(answer: Answer, status: int = 200) -> None:
    """Hold that an answer has a status; one without content has none."""
    if answer.status != status:
        raise WrongAnswer(f"the status is {answer.status} instead of {status}: {answer.body[:500]!r}")
    if (status == 304) != (not answer.body):
        raise WrongAnswer(f"an answer with status {status} has {len(answer.body)} bytes")


def _ids(facts: Iterable[Fact]) -> list[str]:
    return [fact["id"] for fact in facts]
