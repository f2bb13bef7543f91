"""Where people are stored."""

from collections.abc import Iterator
from typing import Any, Final

from sqlmodel import Column, ForeignKey, ForeignKeyConstraint, Integer, String

from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import EntityRecord, RoleRecord
from calibaja_api.resources.resource import Resource, Rows, linked
from calibaja_api.resources.searching import Passage, texts
from calibaja_api.resources.tables import EntityRow, citations, parts, table
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.people import Person, PersonItemQuery, PersonQuery, Role
from calibaja_api.shapes.vocabulary import ItemType, Lang


class PersonRecord(EntityRecord):
    """A person in a seed file."""

    roles: list[RoleRecord] = []


class PersonRow(EntityRow, table=True):
    """A person."""

    __tablename__ = "person"


PERSON: Final = table(PersonRow)
PERSON_ROLE: Final = parts(
    "person_role",
    "person",
    Column("position", Integer, primary_key=True),
    Column("organization_id", String, ForeignKey("organization.id")),
    Column("role_en", String, nullable=False),
    Column("role_es", String, nullable=False),
    Column("time", String),
)
"""A public professional role of a person."""
PERSON_ROLE_CITATION: Final = citations(
    "person_role_citation",
    Column("number", Integer, primary_key=True),
    Column("role_position", Integer, primary_key=True),
    ForeignKeyConstraint(["number", "role_position"], ["person_role.number", "person_role.position"]),
)
"""Who says that a person has a role."""


def _render(record: PersonRecord, catalog: Catalog, lang: Lang) -> Person:
    roles = [
        Role(
            role=role.role[lang],
            organization=catalog.ref(ItemType.ORGANIZATION, role.organization, lang),
            time=rendering.time(role.time, lang),
            citations=rendering.citations(catalog, role.citations, lang),
        )
        for role in record.roles
    ]
    return Person(
        **rendering.entity_parts(record, lang),
        **rendering.counts(record, catalog),
        type="person",
        roles=roles,
    )


def _columns(_record: PersonRecord, _catalog: Catalog) -> dict[str, Any]:
    return {}


def _links(record: PersonRecord, catalog: Catalog) -> Rows:
    for position, role in enumerate(record.roles):
        yield (
            PERSON_ROLE,
            {
                "position": position,
                "organization_id": role.organization,
                "role_en": role.role.en,
                "role_es": role.role.es,
                "time": role.time,
            },
        )
        for index, citation in enumerate(role.citations):
            key = {"role_position": position, "position": index}
            yield PERSON_ROLE_CITATION, {**key, **rendering.citation_columns(citation, catalog)}


def _passages(record: PersonRecord, catalog: Catalog) -> Iterator[Passage]:
    for role in record.roles:
        yield from texts("roles", role.role)
        if role.organization is not None:
            yield from texts("roles", catalog.records[ItemType.ORGANIZATION][role.organization].name)


PEOPLE = Resource(
    item_type=ItemType.PERSON,
    label=Names(en="people", es="personas"),
    example="limit=1",
    summary=Names(
        en="People in their public professional roles, and as speakers of public statements.",
        es="Personas en sus funciones profesionales públicas y como autoras de declaraciones públicas.",
    ),
    answer=Person,
    question=PersonQuery,
    item_question=PersonItemQuery,
    record=PersonRecord,
    table=PERSON,
    render=_render,
    columns=_columns,
    links=_links,
    passages=_passages,
    fields={"organization": linked(PERSON_ROLE, "organization_id")},
)
