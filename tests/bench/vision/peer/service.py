"""A model server that works as Immich's machine learning does, over the same ONNX models.

Source: immich-app/immich, machine-learning/immich_ml (main, sessions/ort, models/transforms): each request
brings one image for one task; the image is decoded by Pillow, whole; decoding and models run on a pool of as
many threads as there are cores; sessions have one inter-op and two intra-op threads. What differs is told in
the table; each difference spares this server work.

Run: python -m tests.bench.vision.peer.service; it prints its port, and ends with standard input.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.bench.vision.peer.tasks import TASKS, decode_pil

_THREADS = ThreadPoolExecutor(len(os.sched_getaffinity(0)))


class Predict(BaseHTTPRequestHandler):
    """`POST /<task>` with the file as body; connections are kept."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        image = _THREADS.submit(decode_pil, data).result()
        answer: dict[str, Any] = _THREADS.submit(TASKS[self.path[1:]], image).result()
        body = json.dumps(answer | {"imageWidth": image.width, "imageHeight": image.height}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Lets as many connections wait as uvicorn does."""

    request_queue_size = 2048


def main() -> None:
    """Serve on a free port of this machine until standard input ends."""
    with Server(("127.0.0.1", 0), Predict) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
