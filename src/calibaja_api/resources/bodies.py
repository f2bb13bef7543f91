"""What is sent of an item, finished at publish: its JSON and its line of CSV, in each language."""

from typing import Final, TypeAlias

from sqlalchemy import Text
from sqlmodel import Field

from calibaja_api.resources.tables import Row
from calibaja_api.shapes.vocabulary import Lang


class BodyEnRow(Row, table=True):
    """An item as it is sent in English, and what a list needs of it beside its JSON."""

    __tablename__ = "body_en"

    number: int = Field(primary_key=True)
    id: str
    sources: str
    """The ids of the sources that it cites, with blanks between."""
    body: str = Field(sa_type=Text)


class BodyEsRow(Row, table=True):
    """An item as it is sent in Spanish."""

    __tablename__ = "body_es"

    number: int = Field(primary_key=True, foreign_key="body_en.number")
    id: str
    sources: str
    body: str = Field(sa_type=Text)


class CsvEnRow(Row, table=True):
    """An item as a line of CSV in English: apart, so that who reads bodies does not read it too."""

    __tablename__ = "csv_en"

    number: int = Field(primary_key=True, foreign_key="body_en.number")
    line: str = Field(sa_type=Text)


class CsvEsRow(Row, table=True):
    """An item as a line of CSV in Spanish."""

    __tablename__ = "csv_es"

    number: int = Field(primary_key=True, foreign_key="body_es.number")
    line: str = Field(sa_type=Text)


Finished: TypeAlias = BodyEnRow | BodyEsRow | CsvEnRow | CsvEsRow
"""A row of one of these tables, each of which has one for each item."""

BODIES: Final[dict[Lang, type[BodyEnRow] | type[BodyEsRow]]] = {Lang.EN: BodyEnRow, Lang.ES: BodyEsRow}
CSV: Final[dict[Lang, type[CsvEnRow] | type[CsvEsRow]]] = {Lang.EN: CsvEnRow, Lang.ES: CsvEsRow}
