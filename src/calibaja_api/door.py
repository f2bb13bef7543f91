"""The door: what can be answered at once is answered where its request was read.

To hand a request to the application, the server makes a task of it and checks each header that comes back, which costs
as much as a short answer. What the cache holds, and what an `Answerer` reads in moments, needs none of that. All else
is left to the application: refusals, files, what goes out in pieces, what takes long.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from fastapi import APIRouter

from calibaja_api.answer import RawHeader, RawHeaders
from calibaja_api.answering import LOOP_SECONDS, SHORT, Answerer, Asked, Asking, CacheHeaders, answerer
from calibaja_api.caching import Held, RequestKey, ResponseCache
from calibaja_api.compression import compressed
from calibaja_api.database import DatabaseError, TookTooLong
from calibaja_api.datasets import OpenDataset
from calibaja_api.edge import ANY_HOST, HOLD, completed, each_once, is_allowed, request_id, timing
from calibaja_api.errors import Refusal
from calibaja_api.following import Datasets
from calibaja_api.metrics import Metrics, Phases
from calibaja_api.negotiation import is_fresh
from calibaja_api.outbox import Outbox
from calibaja_api.respond import Content, Moved
from calibaja_api.routes import GIVEN_UP, QuestionRoute
from calibaja_api.settings import Settings
from calibaja_api.shapes.vocabulary import Format

_HEEDED: Final = frozenset({b"accept", b"accept-encoding", b"host", b"if-none-match", b"x-request-id"})
_DECLINED: Final = frozenset({b"content-length", b"expect", b"transfer-encoding", b"upgrade"})
"""Headers of requests that are more than a question."""
_FOUND: Final = 200
_STATUS: Final = {_FOUND: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}
_OF_UNCHANGED: Final = frozenset({b"content-type", b"etag", b"cache-control", b"vary"})
_EVERY: Final = b"".join(b"%s: %s\r\n" % header for header in completed([]))
"""The headers that every answer has, as they are sent."""
_UNCHANGED: Final[tuple[int, RawHeaders, bytes]] = (304, [], b"")
_FROM_CACHE: Final = b'cache;desc="hit"'
_ITEM: Final = b"/{id}"
_PLAIN: Final = re.compile(rb"[a-z0-9-]+")


class _Way(NamedTuple):
    """Where a path leads: the template of its route, and what answers."""

    route: str
    answerer: Answerer


@dataclass(slots=True)
class _Question:
    """A question that was understood, with the template of its route and what was made of it before."""

    route: str
    asked: Asked
    heads: dict[int, bytes] = field(default_factory=dict)
    """What is known of the head of its answer beforehand, by status."""
    seconds: float = LOOP_SECONDS
    """How long its answer took the last time; the most that it may where there was none."""

    def head(self, status: int) -> bytes:
        """What is known of the head of an answer beforehand."""
        known = self.heads.get(status)
        if known is None:
            known = self.heads[status] = _head(status, self.asked.headers)
        return known


class Door:
    """Answers requests of an application before it sees them."""

    def __init__(
        self,
        routers: Iterable[APIRouter],
        datasets: Datasets,
        cache_headers: CacheHeaders,
        metrics: Metrics,
        settings: Settings,
        outbox: Outbox,
    ) -> None:
        self.outbox = outbox
        self.datasets = datasets
        self.cache_headers = cache_headers
        self.metrics = metrics
        self.cache = ResponseCache(settings.cache_bytes) if settings.cache_bytes else None
        self.allowed_hosts = tuple(settings.allowed_hosts.split(","))
        routes = [route for router in routers for route in router.routes if isinstance(route, QuestionRoute)]
        self._ways = {route.path.encode(): _Way(route.path, answerer(route.endpoint)) for route in routes}
        metrics.cache = self.cache

    def __call__(
        self, target: bytes, headers: RawHeaders, state: dict[str, Any], date: bytes
    ) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to GET of a target, or None where the application is to answer.

        `state` is what the application will know of the request then; `date` is the line of a head that says it.
        """
        phases = Phases()
        heeded = _heeded(headers)
        dataset = self.datasets.served
        if heeded is None or dataset is None:
            return None
        if self.allowed_hosts != ANY_HOST and not is_allowed(heeded.get(b"host", b""), self.allowed_hosts):
            return None
        key = (target, heeded.get(b"accept", b""), heeded.get(b"accept-encoding", b""))
        if_none_match = heeded.get(b"if-none-match", b"")
        held = self.cache.get(key, dataset.version) if self.cache else None
        if held is not None and if_none_match == held.tag:
            self.metrics.answered("GET", held.route, 304, phases)
            head, body, told = held.unchanged, b"", _FROM_CACHE
        elif held is not None and held.body is not None and not if_none_match:
            self.metrics.answered("GET", held.route, 200, phases)
            head, body, told = held.head, held.body, _FROM_CACHE
        else:
            read = self._read(key, if_none_match, dataset, state, phases)
            if read is None:
                return None
            head, body = read
            told = timing(phases)
        id_ = request_id(heeded.get(b"x-request-id"))
        return b"".join((head, date, b"x-request-id: ", id_, b"\r\nserver-timing: ", told, b"\r\n")), body

    def _read(
        self, key: RequestKey, if_none_match: bytes, dataset: OpenDataset, state: dict[str, Any], phases: Phases
    ) -> tuple[bytes, bytes] | None:
        """Head and body of an answer that is made at once; where it is not, the application is told what is known."""
        target, accept, encodings = key
        try:
            question: _Question | None = dataset.questions.get((target, accept))
            self.outbox.make_way(LOOP_SECONDS if question is None else question.seconds)
            question = question or self._question(target, accept, dataset)
            if question is None:
                return None
            route, asked = question.route, question.asked
            phases.parsed = time.perf_counter()
            if self.cache is not None:
                state[HOLD] = partial(self._hold, key, dataset, route)
            question.seconds = LOOP_SECONDS
            answer = _answer(asked, encodings, if_none_match)
        except TookTooLong:
            state[GIVEN_UP] = True
            return None
        except (Refusal, Moved, DatabaseError):
            return None
        if answer is None:
            return None
        status, beside, body = answer
        if status == _FOUND:
            beside.append((b"content-length", b"%d" % len(body)))
        headers = [*asked.headers, *beside]
        if encodings and status == _FOUND:
            compressed_ = compressed(encodings, headers, body)
            if compressed_ is None:
                return None
            headers, body = compressed_
            head = _head(status, headers)
        else:
            head = _lines(question.head(status), beside)
        phases.start()
        question.seconds = phases.started - phases.parsed
        if self.cache is not None:
            self._hold(key, dataset, route, status, headers, body)
        self.metrics.answered("GET", route, status, phases)
        return head, body

    def _question(self, target: bytes, accept: bytes, dataset: OpenDataset) -> _Question | None:
        """What a target asks; None where it is not that of a question."""
        path, _, query_string = target.partition(b"?")
        way, parameters = self._ways.get(path), {}
        if way is None:
            collection, _, id_ = path.rpartition(b"/")
            way = self._ways.get(collection + _ITEM)
            if way is None or not _PLAIN.fullmatch(id_):
                return None
            parameters = {"id": id_.decode()}
        if not target.isascii() or b"#" in target:
            return None
        asking = Asking(path.decode(), path, query_string, accept.decode("latin-1"))
        asked = way.answerer.understand(asking, parameters, lambda: dataset, self.cache_headers)
        question = _Question(way.route, asked)
        if len(target) + len(accept) <= SHORT:
            dataset.questions.put((target, accept), question)
        return question

    def _hold(
        self, key: RequestKey, dataset: OpenDataset, route: str, status: int, headers: RawHeaders, body: bytes
    ) -> None:
        """Keep an answer in the cache."""
        if self.cache is None:
            return
        named = dict(headers)
        tag = named.get(b"etag", b"")
        if status not in _STATUS or not tag.startswith(b'W/"%s.' % dataset.version.encode()):
            return
        if status == _FOUND and b"content-length" not in named:
            # What is compressed while it is sent says by its chunks where it ends.
            return
        unchanged = _head(304, [header for header in headers if header[0] in _OF_UNCHANGED])
        held = Held(tag, _head(_FOUND, headers), body if status == _FOUND else None, unchanged, route)
        # What was not sent has no encoding yet, and is of no use to who takes others.
        encoding = named.get(b"content-encoding", b"") if status == _FOUND else key[2]
        self.cache.put(key, dataset.version, encoding, held)


def _answer(asked: Asked, encodings: bytes, if_none_match: bytes) -> tuple[int, RawHeaders, bytes] | None:
    """Status, headers that were not known before, and body; None where it does not go out in one piece from here, and
    `TookTooLong` where it is no matter of moments.
    """
    if asked.dataset.waits or (encodings and asked.format is not Format.JSON):
        return None
    holds = if_none_match.decode("latin-1") if if_none_match else ""
    if holds and is_fresh(holds, asked.tag):
        return _UNCHANGED
    content = asked.at_once()
    if not isinstance(content, Content):
        raise TookTooLong("a long export is made while it is sent")
    return asked.reply(content, holds)


def _heeded(headers: RawHeaders) -> dict[bytes, bytes] | None:
    """The headers that decide an answer; None where the request is more than a question, or says one of them twice."""
    heeded: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _HEEDED:
            if name in heeded:
                return None
            heeded[name] = value
        elif name in _DECLINED:
            return None
    return heeded


def _head(status: int, headers: Iterable[RawHeader]) -> bytes:
    """The head of an answer as it is sent, but for its end."""
    told = ((name, each_once(value) if name == b"vary" else value) for name, value in headers)
    return _lines(_STATUS[status], told) + _EVERY


def _lines(before: bytes, headers: Iterable[RawHeader]) -> bytes:
    """Headers as the lines of a head, behind others."""
    parts = [before]
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    return b"".join(parts)
