"""Where agreements are stored."""

from typing import Any, Final

from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord, Slug
from calibaja_api.resources.resource import Resource, Rows, linked
from calibaja_api.resources.tables import EntityRow, pairs, table
from calibaja_api.shapes.agreements import Agreement, AgreementItemQuery, AgreementQuery
from calibaja_api.shapes.ids import EntityId
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.vocabulary import ItemType, Lang


class AgreementRecord(EntityRecord):
    """An agreement in a seed file."""

    kind: Slug
    parties: list[EntityId] = []


class AgreementRow(EntityRow, table=True):
    """An agreement."""

    __tablename__ = "agreement"

    kind: str


AGREEMENT: Final = table(AgreementRow)
AGREEMENT_PARTY: Final = pairs("agreement_party", "agreement", "party_id", "entity")
"""An entity is a party to an agreement."""


def _render(record: AgreementRecord, catalog: Catalog, lang: Lang) -> Agreement:
    return Agreement(
        **rendering.entity_parts(record, lang),
        **rendering.counts(record, catalog),
        type="agreement",
        kind=record.kind,
        parties=[catalog.entity_ref(id_, lang) for id_ in record.parties],
    )


def _columns(record: AgreementRecord, _catalog: Catalog) -> dict[str, Any]:
    return {"kind": record.kind}


def _links(record: AgreementRecord, _catalog: Catalog) -> Rows:
    for party in record.parties:
        yield AGREEMENT_PARTY, {"party_id": party}


AGREEMENTS = Resource(
    item_type=ItemType.AGREEMENT,
    label=Names(en="agreements", es="acuerdos"),
    example="party=mexico&limit=1",
    summary=Names(
        en="Trade agreements, treaties and programmes that shape the region.",
        es="Acuerdos comerciales, tratados y programas que dan forma a la región.",
    ),
    answer=Agreement,
    question=AgreementQuery,
    item_question=AgreementItemQuery,
    record=AgreementRecord,
    table=AGREEMENT,
    render=_render,
    columns=_columns,
    links=_links,
    fields={"party": linked(AGREEMENT_PARTY, "party_id")},
    includes={"parties": "party"},
)
