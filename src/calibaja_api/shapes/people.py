"""People, in their public professional roles and with their attributed public statements only."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import OrganizationId
from calibaja_api.shapes.parts import Citation, Counted, EntityField, Part, Ref, Time
from calibaja_api.shapes.questions import FORMAT, ItemQuery, ListFormat, NamedQuery
from calibaja_api.shapes.values import Closed, Many, One

PersonSort = Literal["id", "-id", "name", "-name", "relevance", "-relevance"]
PersonFacet = Literal["organization"]
PersonField = Literal[EntityField, "roles"]
PersonInclude = Literal["organization"]


class Role(Part):
    """A public professional role."""

    role: str = Field(description="The role, in the language of the answer.", examples=["Binational senior advisor"])
    organization: Ref | None = Field(description="Where; null when none is named.")
    time: Time | None = Field(description="When; null when unknown.")
    citations: list[Citation] = Field(min_length=1, description="Who says so.")


class Person(Counted):
    """A person in a public professional role."""

    collection: ClassVar = "people"

    type: Literal["person"] = Field(description="Always `person`.", examples=["person"])
    roles: list[Role] = Field(description="Public professional roles, each with who says so.")


class PersonQuery(NamedQuery[Person]):
    """Which people."""

    answer: ClassVar = Person

    format: One[ListFormat] = FORMAT

    organization: Many[OrganizationId] = Field(None, description="Keep the people with a role in any of these.")
    sort: Closed[PersonSort] = None
    facets: Closed[PersonFacet] = None
    fields: Closed[PersonField] = None
    include: Closed[PersonInclude] = None


class PersonItemQuery(ItemQuery):
    """How to show one person."""

    include: Closed[PersonInclude] = None
