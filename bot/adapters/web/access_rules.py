"""Who may talk to the web server: decisions about one request, with no I/O.

Roundtable's page starts paid work and runs code, so any site that a visitor has open must be kept from using it
through the visitor's browser. A foreign `Origin` is refused, and on the loopback address a foreign `Host` too,
which closes DNS rebinding. Where a token is set, REST wants it as a Bearer token and the page wants the login's
cookie; bound to anything but the loopback address, a token must be set.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from bot.domain.errors import OperatorError

COOKIE = "roundtable"
OPEN = frozenset({"/healthz", "/readyz", "/login", "/logout"})
MIN_TOKEN = 16
LOGIN_LASTS = 14 * 24 * 3600
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What this server lets in: `hosts` are the Host headers it answers to (None: any), `token` is "" for none."""

    hosts: frozenset[str] | None
    token: str


@dataclass(frozen=True, slots=True)
class HttpRequestFacts:
    """What the decision looks at of one request; `host` is None unless there is exactly one such header."""

    kind: Literal["http", "websocket"]
    method: str
    path: str
    host: str | None
    origin: str | None = None
    site: str | None = None
    bearer: str | None = None
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """Let it in."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse it, with a sentence."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """Show the login form, then return to `path`."""

    path: str


AccessDecision: TypeAlias = Pass | Refuse | LogIn


def rules(host: str, port: int, token: str) -> AccessRules:
    """The rules for a bound address; raises OperatorError when it needs a token that is missing or too short."""
    if token:
        if len(token) < MIN_TOKEN:
            raise OperatorError(
                f"ROUNDTABLE_API_TOKEN is too short to be safe: use {MIN_TOKEN} characters or more."
            )
        return AccessRules(None, token)
    if not is_loopback(host):
        raise OperatorError(
            f"ROUNDTABLE_WEB_HOST={host} lets other machines in: set ROUNDTABLE_API_TOKEN to a long random text, "
            "or leave ROUNDTABLE_WEB_HOST at 127.0.0.1."
        )
    names = {"localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host.lower()}
    hosts = {f"{name}:{port}" for name in names}
    return AccessRules(frozenset(hosts | names if port == 80 else hosts), "")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def asked(
    kind: Literal["http", "websocket"], method: str, path: str, headers: Iterable[tuple[bytes, bytes]]
) -> HttpRequestFacts:
    """What matters of a request, from its raw headers."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    hosts = found.get("host", [])
    scheme, _, credentials = found.get("authorization", [""])[0].partition(" ")
    return HttpRequestFacts(
        kind,
        method,
        path,
        host=hosts[0].lower() if len(hosts) == 1 else None,
        origin=", ".join(found["origin"]) if "origin" in found else None,
        site=found.get("sec-fetch-site", [None])[0],
        bearer=credentials.strip() if scheme.lower() == "bearer" else None,
        cookie=_cookie(found.get("cookie", [])),
    )


def verdict(rules: AccessRules, asked: HttpRequestFacts, now: float) -> AccessDecision:
    """What to do with a request; `now` is in epoch seconds."""
    if asked.host is None or (rules.hosts is not None and asked.host not in rules.hosts):
        return Refuse(
            403, "This address is not served under that name; use the one Roundtable printed at its start."
        )
    if asked.origin is not None and not _same(asked.origin, asked.host):
        return Refuse(403, "Requests from other sites are not taken.")
    changes = asked.kind == "http" and asked.method not in _SAFE
    if changes and asked.site in ("cross-site", "same-site"):
        return Refuse(403, "Requests from other sites are not taken.")
    if not rules.token or asked.path in OPEN or _known(rules.token, asked, now):
        return Pass()
    if asked.kind == "http" and asked.method == "GET" and _is_page(asked.path):
        return LogIn(asked.path)
    return Refuse(401, "Send `Authorization: Bearer TOKEN` with this server's ROUNDTABLE_API_TOKEN, or log in.")


def ticket(token: str, expires: int) -> str:
    """The cookie's value: proof of knowing the token, valid until `expires` (epoch seconds)."""
    proof = hmac.new(token.encode(), f"roundtable login {expires}".encode(), hashlib.sha256).hexdigest()
    return f"{expires}.{proof}"


def same_token(given: str, token: str) -> bool:
    """Compare in a time that does not depend on how much is right."""
    return hmac.compare_digest(given.encode(), token.encode())


def _known(token: str, asked: HttpRequestFacts, now: float) -> bool:
    if asked.bearer is not None:
        return same_token(asked.bearer, token)
    expires = (asked.cookie or "").partition(".")[0]
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 16) or int(expires) <= now:
        return False
    return hmac.compare_digest((asked.cookie or "").encode(), ticket(token, int(expires)).encode())


def _same(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    default = ":443" if parts.scheme == "https" else ":80"
    return parts.netloc.removesuffix(default) == host.removesuffix(default)


def _is_page(path: str) -> bool:
    return path == "/" or path.startswith("/s/")


def _cookie(headers: list[str]) -> str | None:
    for header in headers:
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value
    return None
