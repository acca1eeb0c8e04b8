"""The layer that turns exceptions into statuses: the only one, so servicers need no try."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from services.rpc.interceptors.layered import Call
from services.rpc.status import status_of

_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def translate_errors(call: Call) -> AsyncIterator[None]:
    """End the call with the status of whatever it raises.

    What a fault of ours says goes to the log under the incident id that the caller is given, never to the
    caller; the traceback is logged without values of variables.
    """
    try:
        yield
    except grpc.aio.AbortError:
        raise
    except Exception as error:
        status = status_of(error)
        call.code = status.code
        if status.incident:
            _LOG.exception("incident %s in %s", status.incident, call.method)
        await call.context.abort(status.code, status.message, status.trailers)
