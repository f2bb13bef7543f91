"""Ids of items, each marked with the types of items that it names."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from calibaja_api.shapes.parts import Id
from calibaja_api.shapes.vocabulary import ItemType, SubjectType


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Marks a parameter, or a field of a record, whose values are ids of items of these types."""

    types: tuple[ItemType, ...]


SUBJECT_TYPES: Final = tuple(ItemType(subject) for subject in SubjectType)

RegionId = Annotated[Id, RefersTo((ItemType.REGION,)), Field(examples=["tijuana"])]
SectorId = Annotated[Id, RefersTo((ItemType.SECTOR,)), Field(examples=["it-software"])]
OrganizationId = Annotated[Id, RefersTo((ItemType.ORGANIZATION,)), Field(examples=["itj"])]
PersonId = Annotated[Id, RefersTo((ItemType.PERSON,)), Field(examples=["edna-patricia-hernandez"])]
AgreementId = Annotated[Id, RefersTo((ItemType.AGREEMENT,)), Field(examples=["usmca"])]
PredicateId = Annotated[Id, RefersTo((ItemType.PREDICATE,)), Field(examples=["establishments"])]
SourceId = Annotated[Id, RefersTo((ItemType.SOURCE,)), Field(examples=["nearshore-americas-cali-baja"])]
EntityId = Annotated[Id, RefersTo(SUBJECT_TYPES), Field(examples=["baja-california"])]
