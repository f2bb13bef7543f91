"""What the service says of itself: its collections, its dataset, and what can be asked of each collection."""

from typing import Any, Literal

from pydantic import Field

from calibaja_api.shapes.answers import Version
from calibaja_api.shapes.parts import Day, Part, Sha256
from calibaja_api.shapes.questions import FORMAT, JsonFormat, Question
from calibaja_api.shapes.values import One
from calibaja_api.shapes.vocabulary import Format, Lang


class AboutQuery(Question):
    """How to show what the service says of itself."""

    format: One[JsonFormat] = FORMAT


class CollectionSummary(Part):
    """One collection."""

    name: str = Field(description="Its name.", examples=["facts"])
    description: str = Field(description="What is in it.", examples=["One statement each, with who says so."])
    count: int = Field(ge=0, description="Items in it.", examples=[81])
    url: str = Field(description="Address of the list.", examples=["/v1/facts"])
    meta: str = Field(description="Address of what can be asked of it.", examples=["/v1/meta/facts"])


class Links(Part):
    """Where everything else is."""

    search: str = Field(description="Search; takes `q`.", examples=["/v1/search"])
    compare: str = Field(description="Comparison; takes `subject` and `predicate`.", examples=["/v1/compare"])
    dataset: str = Field(description="The dataset.", examples=["/v1/dataset"])
    ndjson: str = Field(
        description="All records of the dataset, as they were published.",
        examples=["/v1/dataset/0123456789abcdef.ndjson"],
    )
    sqlite3: str = Field(
        description="The dataset as an SQLite file, as it is served.",
        examples=["/v1/dataset/0123456789abcdef.sqlite3"],
    )
    changes: str = Field(
        description="What became of its items since another version; takes `since`.", examples=["/v1/changes"]
    )
    meta: str = Field(description="What can be asked of the collections.", examples=["/v1/meta"])
    openapi: str = Field(description="The OpenAPI document.", examples=["/openapi.json"])
    docs: str = Field(description="The document as a page to try requests on.", examples=["/docs"])
    redoc: str = Field(description="The document as a page to read.", examples=["/redoc"])


class Index(Part):
    """What the service serves."""

    name: str = Field(description="Name of the dataset.", examples=["Cali-Baja facts"])
    description: str = Field(description="What the dataset is.")
    dataset_version: Version = Field(description="The dataset version that is served.", examples=["0123456789abcdef"])
    collections: list[CollectionSummary] = Field(description="The collections.")
    links: Links = Field(description="Where everything else is.")


class Licence(Part):
    """Terms of use."""

    name: str = Field(description="SPDX identifier.", examples=["CC-BY-4.0"])
    url: str = Field(description="Its text.", examples=["https://creativecommons.org/licenses/by/4.0/"])
    covers: str = Field(description="What it is the licence of.", examples=["Our words in the data."])


class Licences(Part):
    """Terms of use of data and code."""

    data: Licence = Field(description="Of the data.")
    code: Licence = Field(description="Of the program.")


class Dataset(Part):
    """The dataset that is served."""

    id: str = Field(description="Its id.", examples=["cali-baja"])
    name: str = Field(description="Its name.", examples=["Cali-Baja facts"])
    description: str = Field(description="What it is.")
    version: Version = Field(
        description="Digest of the records and of how they are rendered: same files, same version, same bytes.",
        examples=["0123456789abcdef"],
    )
    release: int = Field(ge=1, description="Number of the release; a later one is greater.", examples=[1])
    released: Day = Field(description="Day of the release.", examples=["2026-11-23"])
    content_sha256: Sha256 = Field(description="SHA-256 of the canonical NDJSON of all records, in hex.")
    counts: dict[str, int] = Field(description="Items by collection.", examples=[{"regions": 20, "facts": 81}])
    licences: Licences = Field(description="Terms of use.")


class FieldMeta(Part):
    """One field of an item."""

    name: str = Field(description="Its name.", examples=["kind"])
    description: str = Field(description="What it says.", examples=["What sort of place it is."])
    nullable: bool = Field(description="Whether it can be null.", examples=[False])
    json_schema: dict[str, Any] = Field(
        description="Its JSON Schema; `$ref` points into /openapi.json.", examples=[{"type": "string"}]
    )


class FilterMeta(Part):
    """One filter."""

    parameter: str = Field(description="The query parameter.", examples=["region__within"])
    field: str = Field(description="What it looks at.", examples=["region"])
    operator: str = Field(description="How it compares; `eq` is any of the values.", examples=["within"])
    type: Literal["string", "integer", "number", "boolean"] = Field(description="Type of a value.", examples=["string"])
    multiple: bool = Field(description="Whether it may be repeated: any of its values.", examples=[True])
    description: str = Field(description="What it keeps.")
    refers_to: list[str] = Field(
        description="Collections whose ids are its values; empty for others.", examples=[["regions"]]
    )
    allowed: list[str] | None = Field(
        description="All values that it allows, where that is a list; else null.",
        examples=[["city", "state"]],
    )


class CollectionMeta(Part):
    """What can be asked of a collection, as the program executes it."""

    collection: str = Field(description="Its name.", examples=["regions"])
    url: str = Field(description="Address of the list.", examples=["/v1/regions"])
    fields: list[FieldMeta] = Field(description="The fields of an item, in order.")
    filters: list[FilterMeta] = Field(description="The filters.")
    sort: list[str] = Field(description="Values of `sort`.", examples=[["id", "-id"]])
    default_sort: str = Field(description="The order without `sort`; with `q` it is `relevance`.", examples=["id"])
    facets: list[str] = Field(description="Values of `facets`.", examples=[[]])
    include: list[str] = Field(description="Values of `include`.", examples=[["parent"]])
    formats: list[Format] = Field(description="Values of `format` for the list.", examples=[["json"]])


class Meta(Part):
    """What can be asked of every collection."""

    dataset_version: Version = Field(description="The dataset version that is served.", examples=["0123456789abcdef"])
    languages: list[Lang] = Field(description="Values of `lang`.", examples=[["en", "es"]])
    collections: list[CollectionMeta] = Field(description="The collections.")


class Health(Part):
    """Whether the process lives."""

    status: Literal["ok"] = Field(description="Always `ok`.", examples=["ok"])


class Readiness(Part):
    """Whether the service can answer from its data."""

    status: Literal["ready"] = Field(
        description="Always `ready`; otherwise the answer is a problem.", examples=["ready"]
    )
    dataset_version: Version = Field(description="The dataset version that is served.", examples=["0123456789abcdef"])
