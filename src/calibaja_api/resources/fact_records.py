"""Facts as seed files say them."""

from typing import Annotated

from pydantic import Field as PydanticField

from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.predicates import PredicateRecord
from calibaja_api.resources.records import Citations, Code, Edtf, Record, Slug, Texts
from calibaja_api.shapes.ids import EntityId, PredicateId, RegionId, SectorId
from calibaja_api.shapes.parts import Number
from calibaja_api.shapes.vocabulary import Basis, ItemType, Lang, Qualifier, TimeBasis


class FactRecord(Record):
    """A fact in a seed file."""

    subject: EntityId
    predicate: PredicateId
    value: Number | None = None
    unit: Code | None = None
    qualifier: Qualifier | None = None
    value_upper: Number | None = None
    object: EntityId | None = None
    text: Texts | None = None
    region: RegionId | None = None
    sector: SectorId | None = None
    counterpart: EntityId | None = None
    basis: Basis
    per: Annotated[str, PydanticField(pattern="^P(?:[1-9][0-9]{0,3}[YMWD]|T[1-9][0-9]{0,3}[HM])$")] | None = None
    scope: Texts | None = None
    scope_key: Slug | None = None
    time: Edtf | None = None
    time_basis: TimeBasis | None = None
    claim: Texts
    note: Texts | None = None
    citations: Citations

    def label(self, lang: Lang) -> str:
        """What a reference to it shows."""
        return self.claim[lang]


def predicate_of(record: FactRecord, catalog: Catalog) -> PredicateRecord:
    """The predicate of a fact."""
    predicate: PredicateRecord = catalog.records[ItemType.PREDICATE][record.predicate]
    return predicate


def dimensions(record: FactRecord, catalog: Catalog) -> tuple[str | None, str | None]:
    """Region and sector of a fact: its subject, where that is one."""
    type_ = catalog.types[record.subject]
    region = record.subject if type_ is ItemType.REGION else record.region
    sector = record.subject if type_ is ItemType.SECTOR else record.sector
    return region, sector
