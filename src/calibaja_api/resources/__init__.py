"""The resources: one declaration each, and the list of them that everything else walks."""

from typing import Final

from calibaja_api.resources.agreements import AGREEMENTS
from calibaja_api.resources.events import EVENTS
from calibaja_api.resources.facts import FACTS
from calibaja_api.resources.organizations import ORGANIZATIONS
from calibaja_api.resources.people import PEOPLE
from calibaja_api.resources.predicates import PREDICATES
from calibaja_api.resources.regions import REGIONS
from calibaja_api.resources.resource import Resource
from calibaja_api.resources.sectors import SECTORS
from calibaja_api.resources.sources import SOURCES

__all__ = ["RESOURCES", "RESOURCE_NAMED", "RESOURCE_OF", "Resource"]

RESOURCES: Final[tuple[Resource, ...]] = (
    REGIONS,
    SECTORS,
    ORGANIZATIONS,
    PEOPLE,
    AGREEMENTS,
    EVENTS,
    FACTS,
    PREDICATES,
    SOURCES,
)
"""In the order in which they are shown and published."""

RESOURCE_OF: Final = {resource.item_type: resource for resource in RESOURCES}
RESOURCE_NAMED: Final = {resource.name: resource for resource in RESOURCES}
