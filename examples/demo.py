"""`python -m examples.demo`: from a folder of photos to a gallery, by the commands that anyone would type.

Without --photos it assembles the demo album first, and names the one person whom the album is about.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from examples.demo_album.assemble import CREDITS, assemble
from examples.demo_album.credits import STATEMENT
from examples.demo_album.plan import Album, FaceOf
from inference_core.models.errors import ModelError
from services.cli.failures import ExitCode

SCOPES = ("cloud_processing", "location", "faces", "content")
START_TIMEOUT = 60.0
INSTALL_TIMEOUT = 1800.0
"""Seconds; the second where servers of our own may have to be fetched first."""
PLAN_TIMEOUT = 60.0
"""Seconds."""


class Storyroll:
    """The `storyroll` command, talking to one server."""

    def __init__(self, data: Path) -> None:
        self._environment = {**os.environ, "STORYROLL_DATA": str(data)}
        self._command = str(Path(sys.executable).with_name("storyroll"))

    def say(self, *arguments: str) -> None:
        """Run a command as a person would see it; a failure ends the demo, a refused file does not."""
        print(f"\n$ storyroll {' '.join(arguments)}", flush=True)
        ended = subprocess.run([self._command, *arguments], env=self._environment, check=False)
        if ended.returncode not in (0, ExitCode.INCOMPLETE):
            sys.exit(f"the demo ends here: storyroll {arguments[0]} failed")

    def ask(self, *arguments: str) -> Any:
        """Run a command and return the JSON that it prints."""
        asked = [self._command, *arguments, "--json"]
        return json.loads(subprocess.check_output(asked, env=self._environment))

    @contextmanager
    def up(self, today: str | None, options: Sequence[str]) -> Iterator[None]:
        """Run the server while the block runs."""
        arguments = ["up", "--listen", "127.0.0.1:0", *options]
        arguments += ["--today", today] if today else []
        print(f"$ storyroll {' '.join(arguments)} &", flush=True)
        server = subprocess.Popen([self._command, *arguments], env=self._environment)
        try:
            self._wait_until_it_answers(server, INSTALL_TIMEOUT if options else START_TIMEOUT)
            yield
        finally:
            server.terminate()
            server.wait()

    def _wait_until_it_answers(self, server: subprocess.Popen[bytes], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        asked = [self._command, "consent", "show"]
        while subprocess.run(asked, env=self._environment, capture_output=True, check=False).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("the demo ends here: the server did not start")
            time.sleep(0.3)


def main(
    out: Annotated[Path, typer.Option(help="Where the gallery goes.")] = Path("demo-out"),
    photos: Annotated[Path | None, typer.Option(help="Your own folder instead of the demo album.")] = None,
    vision: Annotated[str, typer.Option(help="Where the models run: see `storyroll up --help`.")] = "",
    stack: Annotated[bool, typer.Option("--stack", help="Each service as a process of its own.")] = False,
) -> None:
    """Make Stories from a folder of photos and write a gallery."""
    started = time.monotonic()
    options = [*(["--vision", vision] if vision else []), *(["--stack"] if stack else [])]
    gallery = out / "gallery"
    album = None if photos else _demo_album(out / "album")
    with tempfile.TemporaryDirectory(prefix="storyroll-demo-") as data:
        storyroll = Storyroll(Path(data))
        with storyroll.up(album.today.isoformat() if album else None, options):
            storyroll.say("consent", "grant", *SCOPES)
            storyroll.say("sync", str(photos or out / "album"), "--wait")
            if album:
                _name_person(storyroll, album)
            storyroll.say("stories")
            shutil.rmtree(gallery, ignore_errors=True)
            said = ["--note", STATEMENT, "--credits", str(out / "album" / CREDITS)] if album else []
            storyroll.say("gallery", str(gallery), *said)
    print(f"\nDone in {time.monotonic() - started:.0f} s. Open {(gallery / 'index.html').resolve()}")


def _demo_album(folder: Path) -> Album:
    print("Assembling the demo album ...", flush=True)
    try:
        return assemble(folder, lambda line: print(f"  {line}", flush=True))
    except ModelError as error:
        sys.exit(str(error))


def _name_person(storyroll: Storyroll, album: Album) -> None:
    """Name the person of the album, as its owner would after looking at the faces; wait for the birthday."""
    assets = {asset["path"]: asset for asset in storyroll.ask("assets")}
    person = next(filter(None, (person_at(assets, face) for face in album.person.faces)), None)
    if person is None:
        print(f"{album.person.name} was not recognised in this run; there will be no birthday.")
        return
    birthday = album.person.birthday.isoformat()
    storyroll.say("people", "name", person, album.person.name, "--birthday", birthday)
    deadline = time.monotonic() + PLAN_TIMEOUT
    while not any(story["kind"] == "birthday" for story in storyroll.ask("stories")):
        if time.monotonic() > deadline:
            print("no birthday story came of it")
            return
        time.sleep(0.5)


def person_at(assets: Mapping[str, Any], face: FaceOf) -> str | None:
    """Return the person whose face the centre of the album's box falls on."""
    asset = assets[face.file]
    left, top, right, bottom = face.box
    x, y = (left + right) / 2 / asset["width"], (top + bottom) / 2 / asset["height"]
    for seen in asset["faces"]:
        box = seen["box"]
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
            return str(seen["person_id"]) if seen["person_id"] else None
    return None


if __name__ == "__main__":
    typer.run(main)
