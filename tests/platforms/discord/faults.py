"""What goes wrong on purpose between a client and the played Discord."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Status:
    """An answer with this status and nothing done."""

    status: int


@dataclass(frozen=True, slots=True)
class TooMany:
    """429; without `via` as Cloudflare says it, which discord.py does not retry."""

    seconds: float = 0.1
    via: bool = True
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks; `after` the request was acted on, or before."""

    after: bool


@dataclass(slots=True)
class Hold:
    """The request is acted on, but its answer waits for `released`."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


Fault: TypeAlias = Status | TooMany | Cut | Hold


class Faults:
    """Faults that wait for a request they fit, each met once unless it lasts."""

    def __init__(self) -> None:
        self._waiting: list[tuple[re.Pattern[str], Fault]] = []
        self._lasting: list[tuple[re.Pattern[str], Fault]] = []

    def add(self, pattern: str, *faults: Fault) -> None:
        """The next requests "METHOD /path" that fit the pattern meet these faults."""
        self._waiting += [(re.compile(pattern), fault) for fault in faults]

    def always(self, pattern: str, fault: Fault) -> None:
        """Every request that fits the pattern meets this fault, until `clear`."""
        self._lasting.append((re.compile(pattern), fault))

    def clear(self) -> None:
        """No request meets a fault any more."""
        self._waiting.clear()
        self._lasting.clear()

    @property
    def open(self) -> int:
        """How many faults no request has met yet."""
        return len(self._waiting)

    def take(self, method: str, path: str) -> Fault | None:
        for index, (pattern, fault) in enumerate(self._waiting):
            if pattern.search(f"{method} {path}"):
                del self._waiting[index]
                return fault
        lasting = (fault for pattern, fault in self._lasting if pattern.search(f"{method} {path}"))
        return next(lasting, None)


class Limits:
    """Rate limits by route and channel: so many requests in so many seconds."""

    def __init__(self) -> None:
        self.rules: list[tuple[re.Pattern[str], int, float]] = [(re.compile(""), 1000, 1.0)]
        self.exceeded = 0
        self._spent: dict[str, list[float]] = {}

    def set(self, pattern: str, limit: int, seconds: float) -> None:
        self.rules.insert(0, (re.compile(pattern), limit, seconds))

    def headers(self, method: str, path: str) -> tuple[dict[str, str], float]:
        """The headers of an answer, and the seconds to wait when the limit is exceeded, else 0."""
        major = re.search(r"/(?:channels|guilds|webhooks)/\d+", path)
        template = f"{method} {re.sub(r'/[0-9]+', '/N', path)}"
        pattern, limit, seconds = next(rule for rule in self.rules if rule[0].search(template))
        key = f"{pattern.pattern or template} {major[0] if major else ''}"
        now = time.monotonic()
        spent = [at for at in self._spent.get(key, ()) if at > now - seconds]
        reset = (spent[0] + seconds - now) if spent else seconds
        wait = reset if len(spent) >= limit else 0.0
        if not wait:
            spent.append(now)
        self.exceeded += wait > 0
        self._spent[key] = spent
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - len(spent)),
            "X-RateLimit-Reset": str(time.time() + reset),
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash(pattern.pattern or template)):x}",
        }, wait


def too_many(fault: TooMany) -> web.Response:
    """A 429 of Discord's own or of Cloudflare's."""
    if not fault.via:
        return web.Response(
            status=429, body=b"error code: 1015", content_type="text/plain", headers={"Retry-After": "0.2"}
        )
    text = f'{{"message": "You are being rate limited.", "retry_after": {fault.seconds}, '
    body = text + f'"global": {"true" if fault.everywhere else "false"}}}'
    headers = {"Via": "1.1 google", "Retry-After": str(fault.seconds)}
    return web.Response(status=429, body=body.encode(), content_type="application/json", headers=headers)
