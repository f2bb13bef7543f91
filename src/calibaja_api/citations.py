"""Checking citations: whether a source's text has, at each selector, the sentences that were digested."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.records import CitationRecord
from calibaja_api.shapes.vocabulary import ItemType


@dataclass(slots=True)
class Report:
    """What a check of citations found."""

    checked: int = 0
    failures: list[str] = field(default_factory=list)


def verify(catalog: Catalog, source_id: str, text: bytes) -> Report:
    """Check every selector of a source against its text; the digest of the text comes first."""
    report = Report()
    source = catalog.records[ItemType.SOURCE].get(source_id)
    if source is None:
        report.failures.append(
            f"there is no source {source_id}; there are {', '.join(catalog.records[ItemType.SOURCE])}"
        )
        return report
    digest = hashlib.sha256(text).hexdigest()
    if digest != source.text_sha256:
        report.failures.append(f"the text is another one: its SHA-256 is {digest}, cited is {source.text_sha256}")
    decoded = text.decode(errors="replace")
    for cited_by, citation in _citations(catalog):
        if citation.source == source_id and citation.selector is not None:
            report.checked += 1
            start, end = citation.selector.start, citation.selector.end
            found = hashlib.sha256(decoded[start:end].encode()).hexdigest()
            if end > len(decoded):
                report.failures.append(f"{cited_by}: the text ends at {len(decoded)}, before {end}")
            elif found != citation.selector.sha256:
                report.failures.append(
                    f"{cited_by}: {start} to {end} has SHA-256 {found}, not {citation.selector.sha256}"
                )
    return report


def _citations(catalog: Catalog) -> Iterator[tuple[str, CitationRecord]]:
    """Every citation, with what cites it."""
    for type_, records in catalog.records.items():
        for id_, record in records.items():
            yield from ((f"{type_} {id_}, {path}", citation) for path, citation in cited(record))


def cited(part: BaseModel, path: str = "") -> Iterator[tuple[str, CitationRecord]]:
    """The citations in a part of a record, each with its path."""
    if isinstance(part, CitationRecord):
        yield path, part
        return
    for name in type(part).model_fields:
        value = getattr(part, name)
        for index, element in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(element, BaseModel):
                inside = f"{name}.{index}" if isinstance(value, list) else name
                yield from cited(element, f"{path}.{inside}" if path else inside)
