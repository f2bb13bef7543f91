import asyncio
from collections.abc import Iterable
from contextlib import ExitStack

from starlette.types import Message

from calibaja_api.answer import StreamedAnswer

PIECES = 5


class Client:
    """A client who takes some pieces and then hangs up, if ever; and what is read for it."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.sent: list[Message] = []
        self.read = 1
        self.closed = False
        self.gone = asyncio.Event()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if len(self.bodies()) == self.takes:
            self.gone.set()
            # Whoever waits for it is told.
            await asyncio.sleep(0.01)

    async def piece(self) -> bytes:
        self.read += 1
        return b"piece" if self.read <= PIECES else b""

    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.sent if message["type"] == "http.response.body"]

    def close(self) -> None:
        self.closed = True


def sent_to(client: Client, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    async def send() -> None:
        open_ = ExitStack()
        open_.callback(client.close)
        await StreamedAnswer(b"piece", client.piece, open_, [*headers])({}, client.receive, client.send)

    asyncio.run(send())


def test_all_pieces_are_sent_and_what_they_are_made_from_is_closed_before_the_client_knows_the_end() -> None:
    class Watching(Client):
        async def send(self, message: Message) -> None:
            assert self.closed is (message.get("more_body") is False)
            await super().send(message)

    client = Watching(PIECES + 2)
    sent_to(client, [(b"a", b"b")])
    assert client.sent[0] == {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]}
    assert client.bodies() == [b"piece"] * PIECES + [b""]


def test_when_the_client_has_hung_up_no_more_is_made() -> None:
    client = Client(2)
    sent_to(client)
    assert (client.read, client.bodies(), client.closed) == (2, [b"piece"] * 2, True)


def test_who_cannot_be_heard_has_not_hung_up() -> None:
    class Broken(Client):
        async def receive(self) -> Message:
            raise ConnectionError

    client = Broken(PIECES + 2)
    sent_to(client)
    assert client.bodies() == [b"piece"] * PIECES + [b""]
