"""Search: one text, asked of everything that has a name, happened or was said."""

from typing import Annotated

from pydantic import Field

from calibaja_api.shapes.answers import ListMeta, Page
from calibaja_api.shapes.parts import Id, Part
from calibaja_api.shapes.questions import FORMAT, JsonFormat, PagedQuery
from calibaja_api.shapes.values import Closed, One, Text
from calibaja_api.shapes.vocabulary import Lang, SearchType


class SearchQuery(PagedQuery):
    """What to look for."""

    format: One[JsonFormat] = FORMAT

    q: Text = Field(
        description=(
            "Words in either language, the last as the beginning of a word. Case, accents and punctuation are ignored."
        ),
        examples=["hernandez"],
    )
    type: Closed[SearchType] = Field(None, description="Keep hits of any of these types.", examples=[["person"]])


class Match(Part):
    """Where a hit has what was looked for."""

    field: str = Field(description="The member of the item; `alias` is one of `aliases`.", examples=["name"])
    lang: Lang | None = Field(description="The language of the text; null where it has none.", examples=["es"])
    text: str = Field(description="The text.", examples=["Edna Patricia Hernández"])
    ranges: list[Annotated[list[int], Field(min_length=2, max_length=2)]] = Field(
        description="Where the words stand in it: start and end, in Unicode code points, end exclusive.",
        examples=[[[14, 23]]],
    )


class Hit(Part):
    """An item that was found."""

    type: SearchType = Field(description="Its type.", examples=["person"])
    id: Id = Field(description="Its id.", examples=["edna-patricia-hernandez"])
    name: str = Field(
        description="Its name in the language of the answer; of a fact, its claim.",
        examples=["Edna Patricia Hernández"],
    )
    score: int = Field(ge=1, description="How well it matches; the greater first.", examples=[42_000_012])
    match: Match = Field(description="Where.")


class SearchMeta(ListMeta):
    """How many hits there are, and what was searched."""

    corrected: str | None = Field(
        description="What was searched instead, as nothing has the words that were given; else null.",
        examples=["tijuana"],
    )


class SearchAnswer(Part):
    """A page of hits."""

    data: list[Hit] = Field(description="The hits, the best first.")
    page: Page = Field(description="Where the page stands.")
    meta: SearchMeta = Field(description="How many there are, and what was searched.")
