"""Predicates: what can be said of a subject."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.parts import Named
from calibaja_api.shapes.questions import FORMAT, ItemQuery, ListFormat, NamedQuery
from calibaja_api.shapes.values import Closed, Many, One, Unit
from calibaja_api.shapes.vocabulary import ValueType

PredicateSort = Literal["id", "-id", "name", "-name", "relevance", "-relevance"]
PredicateFacet = Literal["value_type"]
PredicateField = Literal["id", "type", "name", "names", "description", "value_type", "units"]


class Predicate(Named):
    """What can be said of a subject, and what its value is."""

    collection: ClassVar = "predicates"

    type: Literal["predicate"] = Field(description="Always `predicate`.", examples=["predicate"])
    description: str = Field(description="What it says of its subject.", examples=["Companies, plants or workplaces."])
    value_type: ValueType = Field(description="What its value is.", examples=["quantity"])
    units: list[str] = Field(description="Units of its figures (UCUM, ISO 4217).", examples=[["{establishment}"]])


class PredicateQuery(NamedQuery[Predicate]):
    """Which predicates."""

    answer: ClassVar = Predicate

    format: One[ListFormat] = FORMAT

    value_type: Many[ValueType] = Field(None, examples=[["quantity"]])
    unit: Many[Unit] = Field(None, description="Keep the predicates whose figures have any of these units.")
    sort: Closed[PredicateSort] = None
    facets: Closed[PredicateFacet] = None
    fields: Closed[PredicateField] = None


class PredicateItemQuery(ItemQuery):
    """How to show one predicate."""
