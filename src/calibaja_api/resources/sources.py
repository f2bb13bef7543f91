"""Where sources are stored, and how what cites them is found by them."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import Field as PydanticField
from sqlalchemy import BigInteger, Table
from sqlmodel import Field

from calibaja_api.fields import Link
from calibaja_api.resources import rendering
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import Edtf, Record, Sha256, Slug, Words
from calibaja_api.resources.resource import Resource, linked, period
from calibaja_api.resources.searching import Passage
from calibaja_api.resources.tables import NamedRow, check, one_of, table
from calibaja_api.shapes.parts import Names
from calibaja_api.shapes.sources import Source, SourceItemQuery, SourceQuery
from calibaja_api.shapes.vocabulary import ItemType, Lang, Tier


class SourceRecord(Record):
    """A source in a seed file; its name is the title as published, in its own language."""

    name: Annotated[Words, PydanticField(max_length=300)]
    publisher: Words
    authors: list[Words] = []
    url: Annotated[str, PydanticField(pattern="^https?://[!-~]+$", max_length=1000)] | None = None
    published: Edtf | None = None
    language: Annotated[str, PydanticField(pattern="^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]
    kind: Slug
    tier: Tier
    text_sha256: Sha256 | None = None

    def label(self, lang: Lang) -> str:  # noqa: ARG002 - a source has one name
        """What a reference to it shows."""
        return self.name


class SourceRow(NamedRow, table=True):
    """A source; its days as whole numbers, 20151231."""

    __tablename__ = "source"
    __table_args__ = (
        one_of("tier", Tier),
        check("published", "published_earliest <= published_latest"),
        check("text_sha256", "length(text_sha256) = 64"),
    )

    publisher: str
    language: str
    kind: str
    tier: str
    text_sha256: str | None = None
    published: str | None = None
    published_earliest: int | None = None
    published_latest: int | None = None
    published_earliest_upward: int = Field(sa_type=BigInteger)
    published_earliest_downward: int = Field(sa_type=BigInteger)
    published_latest_upward: int = Field(sa_type=BigInteger)
    published_latest_downward: int = Field(sa_type=BigInteger)


SOURCE: Final = table(SourceRow)


def cited(citations: Table) -> dict[str, Link]:
    """What items are found by when they cite sources: filters on these must hold of one citation."""
    columns = {"source": "source_id", "source__tier": "source_tier", "source__language": "source_language"}
    columns |= {"speaker": "speaker_id"}
    return {name: linked(citations, column, together=citations.name) for name, column in columns.items()}


def _render(record: SourceRecord, _catalog: Catalog, lang: Lang) -> Source:
    return Source(
        id=record.id,
        name=record.name,
        names=Names(en=record.name, es=record.name),
        type="source",
        publisher=record.publisher,
        authors=record.authors,
        url=record.url,
        published=rendering.time(record.published, lang),
        language=record.language,
        kind=record.kind,
        tier=record.tier,
        text_sha256=record.text_sha256,
    )


def _columns(record: SourceRecord, _catalog: Catalog) -> dict[str, Any]:
    return {
        "publisher": record.publisher,
        "language": record.language,
        "kind": record.kind,
        "tier": record.tier,
        "text_sha256": record.text_sha256,
        **rendering.period("published", record.published),
    }


def _passages(record: SourceRecord, _catalog: Catalog) -> Iterator[Passage]:
    yield Passage("publisher", None, record.publisher)
    yield from (Passage("authors", None, author) for author in record.authors)


def _weight(record: SourceRecord, _catalog: Catalog) -> int:
    return 2 - list(Tier).index(record.tier)


SOURCES = Resource(
    item_type=ItemType.SOURCE,
    label=Names(en="sources", es="fuentes"),
    example="limit=1",
    summary=Names(
        en="The published texts that say what the facts say.",
        es="Los textos publicados que dicen lo que dicen los hechos.",
    ),
    answer=Source,
    question=SourceQuery,
    item_question=SourceItemQuery,
    record=SourceRecord,
    table=SOURCE,
    render=_render,
    columns=_columns,
    passages=_passages,
    weight=_weight,
    fields={
        "published": period(SOURCE, "published"),
    },
)
