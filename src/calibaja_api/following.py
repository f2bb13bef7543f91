"""The dataset that is served, followed when a publish puts another in its place."""

import asyncio
import logging
import time
from typing import Final

from calibaja_api.database import Database, DatabaseError
from calibaja_api.datasets import OpenDataset
from calibaja_api.errors import Unavailable

LOOK_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


class Datasets:
    """Follows the dataset that is current: looked at twice a second, moved to between two requests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moved = 0.0
        """When the process moved to the dataset that it serves, in seconds since 1970."""
        self.served: OpenDataset | None = None
        """The dataset that was answered from last, without a look for another."""
        self._looked = -LOOK_SECONDS
        self._followed = False
        self._told = ""

    def current(self) -> OpenDataset:
        """The dataset to answer from; `Unavailable` when there is none."""
        now = time.monotonic()
        if not self._followed and now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._move(self._newer())
        if self.served is None:
            raise Unavailable("There is no dataset to answer from; the service's log says why.")
        return self.served

    @property
    def reached(self) -> bool:
        """Whether what is served can be read, as far as the last look knows: of a file it can, once it is open."""
        return not (self._told and self.database.shared)

    async def follow(self) -> None:
        """Look for a new dataset beside the event loop until cancelled, so that nothing waits for it."""
        self._followed = True
        try:
            while True:
                try:
                    self._move(await asyncio.to_thread(self._newer))
                except Exception:  # noqa: BLE001 - whatever one look ends with, the next may find what is right
                    _log.exception("looking for a new dataset failed")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._followed = False

    def _newer(self) -> OpenDataset | None:
        try:
            if self.served is not None and self.database.current() == self.served.identity:
                if self._told:
                    self._told = ""
                    _log.info("dataset %s is current, as before", self.served.version)
                self.served.prepare()
                return None
            return OpenDataset(self.database)
        except DatabaseError as error:
            # What is open goes on answering; why there is no new one is told once.
            if str(error) != self._told:
                self._told = str(error)
                _log.error("no new dataset: %s", error)
            return None

    def _move(self, fresh: OpenDataset | None) -> None:
        if fresh is None:
            if self.served is not None and not self.served.is_whole():
                # A half of one dataset and a half of another would be answered from.
                _log.error("dataset %s was written over in its place and is no longer served", self.served.version)
                self.served.close()
                self.served = None
            return
        self._told = ""
        if self.served is not None:
            _log.info("dataset %s follows %s", fresh.version, self.served.version)
            self.served.close()
        self.served = fresh
        self.moved = time.time()

    def close(self) -> None:
        """Close what is open."""
        self.database.close()
        if self.served is not None:
            self.served.close()
            self.served = None
            self._looked = -LOOK_SECONDS
