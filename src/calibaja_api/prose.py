"""What the OpenAPI document says in words: an introduction for developers, and what each group of operations is."""

from typing import Final

PROSE: Final = """\
Facts about the **Cali-Baja mega region**: Tijuana, San Diego, and the two states around them. Every fact says who says
so, when, and how precisely, in English and Spanish.

**Ask.** Each collection is a list with one typed query parameter per field and operator. A bare name means *any of
these values* (repeat it: `region=tijuana&region=san-diego`); `__not`, `__exists`, `__gte`, `__within`, `__during` and
the like say otherwise. Parameters are combined with AND. A parameter that is not in this document is refused, with the
nearest right one.

**Read.** A list is `{"data": […], "page": {…}, "meta": {…}}`; follow `page.next` until it is null. One item is
`{"data": {…}, "meta": {…}}`, the same object as in the list. `include=` adds the items that others refer to, in full.
`lang=es` answers in Spanish. `facets=` counts the values of fields over all that passes; `format=csv` and others give
the whole result as a file. `/v1/search` finds anything by words, `/v1/compare` puts subjects side by side.

**Trust.** Two sources that disagree are two facts. Dates are kept as stated (EDTF, ISO 8601-2) with the days that they
can mean. A citation names its source and the place in it; where the text of the source was digested it points at whole
sentences by position, so that anyone who holds the source can check. `meta.attributions` lists what to name.

**Keep.** Every answer has an `ETag`; ask again with `If-None-Match` and get 304 while nothing changed.
`dataset_version=` pins the version that an answer comes from. `/v1` has the addresses of the whole dataset as a file;
`/v1/changes?since=` tells what became of its items since a version that is kept, so that a copy can follow.

Refusals are problems (RFC 9457) that name each wrong parameter and what would be right.
"""
TAGS: Final = {
    "search": "Questions over everything: search, and subjects side by side.",
    "service": "What is served: the index, the dataset and its versions, and what can be asked of each collection.",
    "health": "Whether the service lives and can answer, and what its problems mean.",
}
