"""What is sent of an item, finished at publish: its JSON and its line of CSV, in each language."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from calibaja_api.resources.tables import METADATA, parts
from calibaja_api.shapes.vocabulary import Lang


def _bodies(lang: Lang, *numbered: ForeignKey) -> Table:
    return Table(
        f"body_{lang}",
        METADATA,
        Column("number", Integer, *numbered, primary_key=True),
        Column("id", String, nullable=False),
        Column("sources", String, nullable=False),
        Column("body", Text, nullable=False),
    )


BODIES: Final = {Lang.EN: _bodies(Lang.EN), Lang.ES: _bodies(Lang.ES, ForeignKey("body_en.number"))}
"""An item as it is sent, by language, and what a list needs of it beside its JSON: `sources` are the ids of the sources
that it cites, with blanks between.
"""

CSV: Final = {lang: parts(f"csv_{lang}", f"body_{lang}", Column("line", Text, nullable=False)) for lang in Lang}
"""An item as a line of CSV, by language: apart, so that who reads bodies does not read it too."""

_ID: Final = len('{"id":"')
"""Where the id begins in the JSON of an item."""


def id_of(body: bytes) -> str:
    """The id of an item, which its JSON begins with."""
    return body[_ID : body.index(b'"', _ID)].decode()
