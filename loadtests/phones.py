"""Phones: a backlog when the program is first opened, then bursts as photos are taken."""

from __future__ import annotations

import random

import requests
from locust import User, task
from storyroll.upload.v1 import upload_pb2

from loadtests.account import Account, header
from loadtests.pace import PACE
from loadtests.roll import Roll

_BACKLOG = 12
_PUT_S = 60.0


class _Phone(User):
    """An owner, a roll, and a rhythm."""

    abstract = True

    def on_start(self) -> None:
        """Open the program for the first time: consent, then the photos that are there already."""
        self.account, self.roll = Account(self.environment), Roll()
        self.account.consents()
        self.sync(self.roll.burst(_BACKLOG))

    def on_stop(self) -> None:
        """Remove it, and the account with it."""
        self.account.close()

    def wait_time(self) -> float:
        """Return the seconds to the next burst: memoryless, 10 on average."""
        return random.expovariate(PACE / 10)

    def sync(self, photos: list[bytes]) -> None:
        """Send what the server has not, the newest first."""
        for photo in reversed(self.account.missing(photos)):
            self.send(photo, self.roll.path())

    def send(self, photo: bytes, path: str) -> None:
        """Send one photo."""
        raise NotImplementedError

    @task
    def takes_photos(self) -> None:
        """Take some, mostly one or two, and sync them."""
        self.sync(self.roll.burst(min(8, int(random.paretovariate(1.2)))))


class Phone(_Phone):
    """Uploads through the server."""

    weight = 6

    def send(self, photo: bytes, path: str) -> None:
        """Write a photo; it is durable when this returns."""
        self.account.write(photo, path)


class DirectPhone(_Phone):
    """Puts the bytes into S3 itself; the server takes them in from there."""

    weight = 2

    def send(self, photo: bytes, path: str) -> None:
        """Announce, put and complete."""
        announced = header(photo, path)
        created = self.account.upload.CreateDirectUpload(
            upload_pb2.CreateDirectUploadRequest(header=announced)
        )
        for part in created.parts:
            self._put(part.url, photo[part.offset : part.offset + part.size])
        self.account.upload.CompleteDirectUpload(upload_pb2.CompleteDirectUploadRequest(header=announced))

    def _put(self, url: str, data: bytes) -> None:
        with self.environment.events.request.measure("s3", "PUT") as measured:
            requests.put(url, data, timeout=_PUT_S).raise_for_status()
            measured["response_length"] = 0
