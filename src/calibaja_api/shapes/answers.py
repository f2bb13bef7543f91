"""The envelopes: a list, one item, and what stands beside them."""

from functools import cache
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from pydantic import Field, create_model
from pydantic.json_schema import SkipJsonSchema

from calibaja_api.shapes.agreements import Agreement
from calibaja_api.shapes.events import Event
from calibaja_api.shapes.facts import Fact
from calibaja_api.shapes.organizations import Organization
from calibaja_api.shapes.parts import Item, Part, Ref, Time
from calibaja_api.shapes.people import Person
from calibaja_api.shapes.predicates import Predicate
from calibaja_api.shapes.regions import Region
from calibaja_api.shapes.sectors import Sector
from calibaja_api.shapes.sources import Source
from calibaja_api.shapes.values import CURSOR_PATTERN, MAX_LIMIT, VERSION_PATTERN
from calibaja_api.shapes.vocabulary import Lang, Tier, TotalRelation

A = TypeVar("A", bound=Item)
T = TypeVar("T")

Version = Annotated[str, Field(pattern=VERSION_PATTERN)]
Asked: TypeAlias = T | SkipJsonSchema[None]
"""A member that is there only when it was asked for, and then never null."""


class Included(Part):
    """The items that `include` asked for, each once, by collection and id."""

    regions: Asked[dict[str, Region]] = Field(None, description="Regions by id.")
    sectors: Asked[dict[str, Sector]] = Field(None, description="Sectors by id.")
    organizations: Asked[dict[str, Organization]] = Field(None, description="Organizations by id.")
    people: Asked[dict[str, Person]] = Field(None, description="People by id.")
    agreements: Asked[dict[str, Agreement]] = Field(None, description="Agreements by id.")
    events: Asked[dict[str, Event]] = Field(None, description="Events by id.")
    facts: Asked[dict[str, Fact]] = Field(None, description="Facts by id.")
    predicates: Asked[dict[str, Predicate]] = Field(None, description="Predicates by id.")
    sources: Asked[dict[str, Source]] = Field(None, description="Sources by id.")


class Bucket(Part):
    """A value of a field, and how many items have it."""

    value: str = Field(description="The value, as a filter takes it; of decades `1990s`.", examples=["baja-california"])
    label: str = Field(description="As a person reads it, in the language of the answer.", examples=["Baja California"])
    count: int = Field(ge=1, description="Items that have it.", examples=[42])


class Facet(Part):
    """How many of the items that pass have each value, by count, then by value."""

    buckets: list[Bucket] = Field(description="The values that most items have.")
    missing: int = Field(ge=0, description="Items that have no value.", examples=[0])
    other: int = Field(ge=0, description="Sum of the counts of all values that are not shown.", examples=[12])


class Page(Part):
    """Where the page stands in the whole result."""

    limit: int = Field(ge=1, le=MAX_LIMIT, description="Items asked for.", examples=[25])
    next_cursor: Annotated[str, Field(pattern=CURSOR_PATTERN)] | None = Field(
        description="The `cursor` of the next page; null on the last."
    )
    next: str | None = Field(description="The address of the next page; null on the last.")


class Attribution(Part):
    """A source of what is returned: what to name beside it."""

    source: Ref = Field(description="The source.")
    publisher: str = Field(description="Who published it.", examples=["Nearshore Americas"])
    url: str | None = Field(description="Where it was published.", examples=["https://example.org/report"])
    published: Time | None = Field(description="When it was published; null when it does not say.")
    tier: Tier = Field(
        description="A official or academic; B press and reports; C encyclopedia, mirror, sponsored.", examples=["B"]
    )


class ItemMeta(Part):
    """What the answer was made from."""

    dataset_version: Version = Field(description="The dataset version that answered.", examples=["0123456789abcdef"])
    lang: Lang = Field(description="The language of the answer.", examples=["en"])


class ListMeta(Part):
    """How many items there are, and what the answer was made from."""

    total: int | None = Field(ge=0, description="Items that pass every filter; null with `count=none`.", examples=[81])
    total_relation: TotalRelation | None = Field(
        description="`eq`: there are exactly that many; `gte`: at least; null with `count=none`.",
        examples=["eq"],
    )
    dataset_version: Version = Field(description="The dataset version that answered.", examples=["0123456789abcdef"])
    lang: Lang = Field(description="The language of the answer.", examples=["en"])
    attributions: Asked[list[Attribution]] = Field(
        None, description="The sources of the facts or events on this page, each once; not with other items."
    )


class ListAnswer(Part, Generic[A]):
    """A page of items."""

    data: list[A] = Field(description="The items, in the asked order.")
    included: Asked[Included] = Field(None, description="The items that `include` asked for.")
    facets: Asked[dict[str, Facet]] = Field(None, description="The facets that `facets` asked for, by name.")
    page: Page = Field(description="Where the page stands.")
    meta: ListMeta = Field(description="How many there are, and what the answer was made from.")


class ItemAnswer(Part, Generic[A]):
    """One item."""

    data: A = Field(description="The item.")
    included: Asked[Included] = Field(None, description="The items that `include` asked for.")
    meta: ItemMeta = Field(description="What the answer was made from.")


def list_answer(item: type[A]) -> type[ListAnswer[A]]:
    """The page of items of one type: `RegionList`."""
    made: type[ListAnswer[A]] = _of_item(ListAnswer, f"{item.__name__}List", list[item])  # type: ignore[valid-type]
    return made


def item_answer(item: type[A]) -> type[ItemAnswer[A]]:
    """The answer with an item of one type: `RegionAnswer`."""
    made: type[ItemAnswer[A]] = _of_item(ItemAnswer, f"{item.__name__}Answer", item)
    return made


@cache
def _of_item(envelope: type[Part], name: str, data: Any) -> Any:
    # Of `envelope[item]` Pydantic would build the envelope of no item first, with all that it can hold.
    return create_model(name, __base__=envelope, __doc__=envelope.__doc__, data=(data, envelope.model_fields["data"]))
