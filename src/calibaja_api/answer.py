"""An answer: finished bytes with finished headers."""

from collections.abc import Mapping

from starlette.responses import Response

WITHOUT_CONTENT = frozenset({204, 304})


class Answer(Response):
    """A response whose bytes and headers are sent as they are."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        if status not in WITHOUT_CONTENT:
            self.raw_headers.append((b"content-length", str(len(body)).encode()))
