"""From a request to its answer: what is asked, whether the client holds it, and what becomes of what is found.

One `Answerer` answers an operation whichever way a request came: by a route of FastAPI or by the door.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from typing import Any, Final, NamedTuple, TypeAlias, get_type_hints

from calibaja_api import __version__
from calibaja_api.answer import Answer, RawHeader, RawHeaders
from calibaja_api.database import at_most
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import VersionGone
from calibaja_api.exports import refuse_misfits
from calibaja_api.negotiation import MEDIA_TYPES, entity_tag, holds_any, media_format
from calibaja_api.parsing import Parser, check_length
from calibaja_api.remembering import Remembered
from calibaja_api.respond import Content, Export
from calibaja_api.settings import Settings
from calibaja_api.shapes.questions import Question
from calibaja_api.shapes.vocabulary import Format, ItemType

LOOP_SECONDS: Final = 0.005
"""A read that takes longer is begun again in a thread, so that others are answered meanwhile."""

REMEMBERED: Final = 1_000
"""Questions that are remembered of each operation, as they were asked."""
SHORT: Final = 500
"""Characters of a question, with its `Accept`, that is remembered."""

_NEGOTIATED: Final = (b"vary", b"Accept-Encoding, Accept")
_ASKED_FOR: Final = (b"vary", b"Accept-Encoding")

Endpoint: TypeAlias = Callable[..., Content | Export]


class Asking(NamedTuple):
    """What of a request says what is asked."""

    path: str
    raw_path: bytes
    query_string: bytes
    accept: str


class _Meant(NamedTuple):
    """What a query string asks under an `Accept`, of whatever item and dataset."""

    question: Question
    format: Format
    media_type: str
    text: str
    """The question in the form that is the same for the same question."""


class Asked(NamedTuple):
    """A question to a dataset that was understood, and what is known of its answer before it is made."""

    make: Callable[[], Content | Export]
    format: Format
    lang: str
    dataset: OpenDataset
    tag: str
    headers: tuple[RawHeader, ...]

    def at_once(self) -> Content | Export:
        """What answers it, if that is a matter of moments: else `TookTooLong`."""
        return at_most(LOOP_SECONDS, self._whole)

    def _whole(self) -> Content | Export:
        made = self.make()
        return (made.short() or made) if isinstance(made, Export) else made

    def answer(self, content: Content, if_none_match: str) -> Answer:
        """The answer that is made of what was found."""
        status, beside, body = self.reply(content, if_none_match)
        return Answer(status, body, [*self.headers, *beside])

    def reply(self, content: Content, if_none_match: str) -> tuple[int, RawHeaders, bytes]:
        """Its status, the headers that are known only now, and its body."""
        if if_none_match and holds_any(if_none_match):
            return 304, [], b""
        beside = [(b"content-language", (content.lang or self.lang).encode())]
        if content.next is not None:
            beside.append((b"link", f'<{content.next}>; rel="next"'.encode("latin-1")))
        if content.file_name is not None:
            beside.append(disposition(content.file_name))
        return 200, beside, content.body

    def moved(self, address: str) -> Answer:
        """The answer to who asks under a former id."""
        caching = [header for header in self.headers if header[0] == b"cache-control"]
        return Answer(308, b"", [(b"location", address.encode("latin-1")), *caching])


def disposition(file_name: str) -> RawHeader:
    """What tells a browser to keep an answer as a file."""
    return b"content-disposition", f'attachment; filename="{file_name}"'.encode()


class CacheHeaders:
    """What caches are told of answers."""

    def __init__(self, settings: Settings) -> None:
        self.public_url = settings.public_url
        stale = settings.cache_stale_while_revalidate
        self.control = f"public, max-age={settings.cache_max_age}, stale-while-revalidate={stale}"
        self._control = (b"cache-control", self.control.encode())
        self._types = {media_type: (b"content-type", media_type.encode()) for media_type in MEDIA_TYPES.values()}

    def of(
        self, media_type: str, version: str, asked: str, *, negotiated: bool = True
    ) -> tuple[str, tuple[RawHeader, ...]]:
        """The tag of the answer to what is asked of a dataset version, and the headers known before it is made."""
        tag = entity_tag(version, __version__, f"{asked} {media_type} {self.public_url}")
        of_type = self._types.get(media_type) or (b"content-type", media_type.encode())
        return tag, (of_type, (b"etag", tag.encode()), self._control, _NEGOTIATED if negotiated else _ASKED_FOR)


class Answerer:
    """Answers the requests of one operation."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.parser: Parser[Any] = Parser(get_type_hints(endpoint)["question"])
        self.formats = [Format(choice) for choice in self.parser.parameters["format"].choices or ()]
        self._meant: Remembered[tuple[bytes, str], _Meant] = Remembered(REMEMBERED)

    def understand(
        self,
        asking: Asking,
        path_parameters: Mapping[str, str],
        chosen: Callable[[], OpenDataset],
        cache_headers: CacheHeaders,
    ) -> Asked:
        """The question of a request.

        `chosen` gives the dataset to answer from, if the form of the question is right or a suggestion needs it.
        """
        meant = self._meant.get((asking.query_string, asking.accept)) or self._read(asking, chosen)
        check_length(asking.raw_path, asking.query_string)
        question, format_, media_type, text = meant
        dataset = chosen()
        version = dataset.version
        if question.dataset_version is not None and question.dataset_version != version:
            raise VersionGone(f"Version {question.dataset_version} is not served; the one that is: {version}.")
        negotiated = question.format is None
        tag, headers = cache_headers.of(media_type, version, f"{asking.path}?{text}", negotiated=negotiated)
        if format_ is not Format.JSON:
            # Its text stays that of what was asked.
            question = question.model_copy(update={"format": format_})
        make = partial(self.endpoint, question=question, dataset=dataset, **path_parameters)
        return Asked(make, format_, question.lang, dataset, tag, headers)

    def _read(self, asking: Asking, chosen: Callable[[], OpenDataset]) -> _Meant:
        """What is asked, remembered where it is short."""

        def known(types: Collection[ItemType], id_: str) -> bool:
            return chosen().knows(types, id_)

        question = self.parser.parse_url(asking.raw_path, asking.query_string, known)
        format_ = media_format(question.format, asking.accept, self.formats)
        refuse_misfits(question, format_)
        meant = _Meant(question, format_, MEDIA_TYPES[format_], question.text)
        if len(asking.query_string) + len(asking.accept) <= SHORT:
            self._meant.put((asking.query_string, asking.accept), meant)
        return meant


@cache
def answerer(endpoint: Endpoint) -> Answerer:
    """The one that answers with an endpoint."""
    return Answerer(endpoint)
