"""What became of the items from one dataset version to the one that is served."""

from typing import Annotated, Literal

from pydantic import Field

from calibaja_api.shapes.answers import Asked, Included, ListMeta, Page, Version
from calibaja_api.shapes.parts import Part, Ref
from calibaja_api.shapes.questions import FORMAT, JsonFormat, PagedQuery
from calibaja_api.shapes.values import VERSION_PATTERN, Closed, One
from calibaja_api.shapes.vocabulary import Change, ItemType

ChangedInclude = Literal["item"]


class ChangesQuery(PagedQuery):
    """Since when, and of what."""

    format: One[JsonFormat] = FORMAT

    since: Annotated[str, Field(pattern=VERSION_PATTERN)] = Field(
        description="The dataset version to compare with: the one that you hold. 409 once it is no longer kept.",
        examples=["0123456789abcdef"],
    )
    type: Closed[ItemType] = Field(
        None, description="Keep changes of items of any of these types.", examples=[["fact"]]
    )
    include: Closed[ChangedInclude] = Field(
        None,
        description="Put the items that were added or changed into `included`, as they are now.",
        examples=[["item"]],
    )


class ChangedItem(Part):
    """An item that differs between two versions: what is sent of it, in either language, is not the same."""

    change: Change = Field(
        description="`added`: it is new; `changed`: it was there and differs; `removed`: it is there no more.",
        examples=["changed"],
    )
    item: Ref = Field(description="The item; of one that was removed, with the name that it had.")


class ChangesMeta(ListMeta):
    """How many items differ, and between which versions."""

    since: Version = Field(description="The dataset version that is compared with.", examples=["fedcba9876543210"])


class Changes(Part):
    """A page of the items that differ, by type and id."""

    data: list[ChangedItem] = Field(description="The items, by type, then by id.")
    included: Asked[Included] = Field(None, description="The items themselves, with `include=item`.")
    page: Page = Field(description="Where the page stands.")
    meta: ChangesMeta = Field(description="How many differ, and between which versions.")
