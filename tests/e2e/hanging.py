"""`roundtable` on an HTTP library with a fault: `python -m tests.e2e.hanging HOW ARGUMENTS…`.

Requests to models hang: `deaf` ones heed no cancellation, `blocking` ones keep the loop from running.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import httpx

from bot.cli import main
from tests.fakes.deaf import wait_on

_SEND = httpx.AsyncClient.send
HANGS = "a request to a model hangs"


async def _send(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
    if request.url.path.endswith("/chat/completions"):
        print(HANGS, flush=True)  # noqa: T201
        if sys.argv[0] == "blocking":
            time.sleep(1e6)  # noqa: ASYNC251  (the fault)
        await wait_on(asyncio.Event())
    return await _SEND(client, request, **options)


if __name__ == "__main__":
    httpx.AsyncClient.send = _send  # type: ignore[method-assign, assignment]
    del sys.argv[0]  # what is left is how to hang, in the place of the program's name, and its arguments
    main()
