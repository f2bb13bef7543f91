"""What is asked and what is answered: plain Pydantic models that know no table and no server."""

from calibaja_api.shapes.agreements import Agreement, AgreementItemQuery, AgreementQuery
from calibaja_api.shapes.answers import (
    Attribution,
    Bucket,
    Facet,
    Included,
    ItemAnswer,
    ItemMeta,
    ListAnswer,
    ListMeta,
    Page,
)
from calibaja_api.shapes.changes import ChangedItem, Changes, ChangesMeta, ChangesQuery
from calibaja_api.shapes.comparison import ComparedRow, CompareMeta, CompareQuery, Comparison
from calibaja_api.shapes.dataset import CollectionMeta, Dataset, Index, Meta
from calibaja_api.shapes.events import Event, EventItemQuery, EventQuery
from calibaja_api.shapes.facts import Fact, FactItemQuery, FactQuery
from calibaja_api.shapes.organizations import Organization, OrganizationItemQuery, OrganizationQuery
from calibaja_api.shapes.parts import Citation, Identifier, Item, Location, Names, Ref, Selector, Time
from calibaja_api.shapes.people import Person, PersonItemQuery, PersonQuery, Role
from calibaja_api.shapes.predicates import Predicate, PredicateItemQuery, PredicateQuery
from calibaja_api.shapes.problems import ErrorCode, ParameterError, Problem, ProblemCode
from calibaja_api.shapes.questions import ItemQuery, ListQuery, Question
from calibaja_api.shapes.regions import Member, Region, RegionItemQuery, RegionQuery
from calibaja_api.shapes.search import Hit, Match, SearchAnswer, SearchMeta, SearchQuery
from calibaja_api.shapes.sectors import Sector, SectorItemQuery, SectorQuery
from calibaja_api.shapes.sources import Source, SourceItemQuery, SourceQuery

__all__ = [
    "Agreement",
    "AgreementItemQuery",
    "AgreementQuery",
    "Attribution",
    "Bucket",
    "ChangedItem",
    "Changes",
    "ChangesMeta",
    "ChangesQuery",
    "Citation",
    "CollectionMeta",
    "CompareMeta",
    "CompareQuery",
    "ComparedRow",
    "Comparison",
    "Dataset",
    "ErrorCode",
    "Event",
    "EventItemQuery",
    "EventQuery",
    "Facet",
    "Fact",
    "FactItemQuery",
    "FactQuery",
    "Hit",
    "Identifier",
    "Included",
    "Index",
    "Item",
    "ItemAnswer",
    "ItemMeta",
    "ItemQuery",
    "ListAnswer",
    "ListMeta",
    "ListQuery",
    "Location",
    "Match",
    "Member",
    "Meta",
    "Names",
    "Organization",
    "OrganizationItemQuery",
    "OrganizationQuery",
    "Page",
    "ParameterError",
    "Person",
    "PersonItemQuery",
    "PersonQuery",
    "Predicate",
    "PredicateItemQuery",
    "PredicateQuery",
    "Problem",
    "ProblemCode",
    "Question",
    "Ref",
    "Region",
    "RegionItemQuery",
    "RegionQuery",
    "Role",
    "SearchAnswer",
    "SearchMeta",
    "SearchQuery",
    "Sector",
    "SectorItemQuery",
    "SectorQuery",
    "Selector",
    "Source",
    "SourceItemQuery",
    "SourceQuery",
    "Time",
]
