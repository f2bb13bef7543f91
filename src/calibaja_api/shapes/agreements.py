"""Agreements: treaties, trade agreements, programmes."""

from typing import ClassVar, Literal

from pydantic import Field

from calibaja_api.shapes.ids import EntityId
from calibaja_api.shapes.parts import Counted, EntityField, Ref, Slug
from calibaja_api.shapes.questions import FORMAT, ItemQuery, ListFormat, NamedQuery
from calibaja_api.shapes.values import Closed, Kind, Many, One

AgreementSort = Literal["id", "-id", "name", "-name", "kind", "-kind", "relevance", "-relevance"]
AgreementFacet = Literal["kind", "party"]
AgreementField = Literal[EntityField, "kind", "parties"]
AgreementInclude = Literal["parties"]


class Agreement(Counted):
    """A treaty, trade agreement, programme or memorandum."""

    collection: ClassVar = "agreements"

    type: Literal["agreement"] = Field(description="Always `agreement`.", examples=["agreement"])
    kind: Slug = Field(description="What sort of agreement it is.", examples=["trade-agreement"])
    parties: list[Ref] = Field(description="Who agreed.")


class AgreementQuery(NamedQuery[Agreement]):
    """Which agreements."""

    answer: ClassVar = Agreement

    format: One[ListFormat] = FORMAT

    kind: Many[Kind] = Field(None, examples=[["trade-agreement"]])
    kind__not: Many[Kind] = Field(None, examples=[["trade-agreement"]])
    party: Many[EntityId] = Field(
        None, description="Keep the agreements with any of these as a party.", examples=[["mexico"]]
    )
    sort: Closed[AgreementSort] = None
    facets: Closed[AgreementFacet] = None
    fields: Closed[AgreementField] = None
    include: Closed[AgreementInclude] = None


class AgreementItemQuery(ItemQuery):
    """How to show one agreement."""

    include: Closed[AgreementInclude] = None
