"""What makes a fact of a seed file well-formed."""

from collections.abc import Iterator

from calibaja_api import claims, dates
from calibaja_api.resources.catalog import Catalog
from calibaja_api.resources.fact_records import FactRecord, predicate_of
from calibaja_api.resources.predicates import PredicateRecord
from calibaja_api.resources.resource import Mistakes
from calibaja_api.shapes.vocabulary import Basis, ItemType, Lang, Qualifier, TimeBasis, ValueType
from calibaja_api.text import fold


def mistakes(record: FactRecord, catalog: Catalog) -> Mistakes:
    """What is wrong with a fact among the other records: pairs of its field and what would be right."""
    yield from _check_value(record, predicate_of(record, catalog))
    type_ = catalog.types[record.subject]
    if type_ is ItemType.REGION and record.region not in {None, record.subject}:
        yield "region", "leave it out: the subject is the region"
    if type_ is ItemType.SECTOR and record.sector not in {None, record.subject}:
        yield "sector", "leave it out: the subject is the sector"
    if (record.scope is None) is not (record.scope_key is None):
        yield "scope_key", "scope and scope_key come together"
    if (record.time is None) is not (record.time_basis is None):
        yield "time_basis", "time and time_basis come together"
    if record.time_basis is TimeBasis.DERIVED and record.note is None:
        yield "note", "a derived time needs a note that says from what"
    if record.basis is Basis.OPINION:
        yield from _check_opinion(record, catalog)
    unsaid = [f"in {lang} {message}" for lang in Lang for message in _unsaid(record, lang)]
    english, spanish = (claims.figures_of(record.claim[lang], lang) for lang in Lang)
    if not unsaid and english != spanish:
        unsaid = [f"only one language says {', '.join(f'{figure:,f}' for figure in sorted(english ^ spanish))}"]
    yield from (("claim", message) for message in unsaid)


def _unsaid(record: FactRecord, lang: Lang) -> Iterator[str]:
    """What a claim does not say of what its fact has."""
    claim = record.claim[lang]
    for figure in (record.value, record.value_upper):
        if figure is not None:
            rank = record.qualifier is Qualifier.RANK
            said = claims.says_rank(claim, int(figure), lang) if rank else claims.says_figure(claim, figure, lang)
            if not said:
                yield f"it does not say the figure {figure:,}"
    if record.qualifier is not None and not claims.says_hedge(claim, record.qualifier, lang, record.value or 0):
        yield f"it does not hedge the figure as {record.qualifier}"
    if record.time is not None and not claims.says_year(claim, dates.parse(record.time), lang):
        yield f"it names no year of {record.time}"


def _check_opinion(record: FactRecord, catalog: Catalog) -> Iterator[tuple[str, str]]:
    people = [catalog.records[ItemType.PERSON][c.speaker].name.en for c in record.citations if c.speaker]
    names = people + [citation.speaker_name for citation in record.citations if citation.speaker_name]
    last_words = [fold(name).rpartition(" ")[2] for name in names]
    if not any(last_words):
        yield "citations", "an opinion needs a speaker"
        return
    for lang in Lang:
        if not any(word and word in fold(record.claim[lang]) for word in last_words):
            yield "claim", f"the claim of an opinion names who holds it; in {lang} it does not name {names[0]}"


def _check_value(record: FactRecord, predicate: PredicateRecord) -> Iterator[tuple[str, str]]:
    wanted = {
        ValueType.QUANTITY: {"value", "unit", "qualifier"},
        ValueType.TEXT: {"text"},
        ValueType.ENTITY: {"object"},
        ValueType.DATE: {"time"},
    }[predicate.value_type]
    for name in ("value", "unit", "qualifier", "text", "object"):
        given = getattr(record, name) is not None
        if given is not (name in wanted):
            verb = "is missing" if name in wanted else "does not belong here"
            yield name, f"{verb}: the value of predicate {predicate.id} is a {predicate.value_type}"
    if predicate.value_type is ValueType.DATE and record.time is None:
        yield "time", f"is missing: the value of predicate {predicate.id} is a date"
    if record.unit is not None and record.unit not in predicate.units:
        yield "unit", f"predicate {predicate.id} takes {', '.join(predicate.units) or 'no unit'}"
    if (record.value_upper is None) is (record.qualifier is Qualifier.BETWEEN):
        yield "value_upper", "comes with the qualifier between, and only with it"
    elif record.value is not None and record.value_upper is not None and record.value_upper < record.value:
        yield "value_upper", "is less than value"
    if record.qualifier is Qualifier.RANK and not (isinstance(record.value, int) and record.value >= 1):
        yield "value", "a rank is a whole number from 1"
    if record.per is not None and record.value is None:
        yield "per", "only a quantity has a rate"
