"""Comparison: what several subjects have under one predicate, side by side."""

from typing import Annotated

from pydantic import Field

from calibaja_api.shapes.answers import Attribution, ItemMeta
from calibaja_api.shapes.facts import Fact, FactFilters
from calibaja_api.shapes.ids import EntityId, PredicateId
from calibaja_api.shapes.parts import Part, Ref, Time
from calibaja_api.shapes.questions import FORMAT, ItemFilters, JsonFormat, Question
from calibaja_api.shapes.values import One

MIN_SUBJECTS = 2
MAX_SUBJECTS = 20


class CompareQuery(FactFilters, ItemFilters, Question):
    """Which subjects to compare, by what; and other filters on the facts."""

    format: One[JsonFormat] = FORMAT
    subject: Annotated[list[EntityId], Field(min_length=MIN_SUBJECTS, max_length=MAX_SUBJECTS)] = Field(
        description="What to compare; repeat it.", examples=[["tijuana", "mexicali"]]
    )
    predicate: PredicateId = Field(  # type: ignore[assignment]  # here it must be said
        description="What to compare it by.", examples=["population"]
    )


class ComparedRow(Part):
    """The facts of one time, unit and rate, and of one region and sector where these are not what is compared."""

    time: Time | None = Field(description="When they hold.")
    unit: str | None = Field(description="Unit of the figures.", examples=["{person}"])
    per: str | None = Field(description="The period of a rate (ISO 8601 duration).", examples=[None])
    region: Ref | None = Field(description="Where they hold; null where that is the subject itself.")
    sector: Ref | None = Field(description="Of which industry; null where that is the subject itself.")
    cells: dict[str, list[Fact]] = Field(
        description="The facts of each subject, by its id: none, one, or several where sources disagree."
    )


class CompareMeta(ItemMeta):
    """What the answer was made from."""

    attributions: list[Attribution] = Field(description="The sources of the facts, each once.")


class Comparison(Part):
    """Subjects side by side."""

    data: list[ComparedRow] = Field(description="The newest first.")
    meta: CompareMeta = Field(description="What the answer was made from.")
