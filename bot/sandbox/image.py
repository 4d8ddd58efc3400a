"""Builds the image that sandboxes start from, and tells when it is no longer the right one."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import APIError, ImageNotFound
from requests.exceptions import RequestException

from bot.domain.errors import OperatorError
from bot.sandbox import base, identity, inputs, wheels
from bot.sandbox.engine_connection import connected
from bot.settings import Settings

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")

Say = Callable[[str], None]


def outdated(settings: Settings) -> bool:
    """Whether the image is missing or not the right one; raises SandboxUnavailable."""
    with connected(settings) as client:
        try:
            image = client.images.get(settings.roundtable_sandbox_image)
        except ImageNotFound:
            return True
        name, work_dir = settings.roundtable_sandbox_image, settings.roundtable_work_dir
        digest = inputs.digest(settings.roundtable_sandbox_packages)
        return bool(identity.refusal(work_dir, name, str(image.id), image.labels, digest))


def build(settings: Settings, say: Say, *, only_if_outdated: bool = False) -> None:
    """Build the image; raises OperatorError or SandboxUnavailable."""
    if only_if_outdated and not outdated(settings):
        return
    with connected(settings) as client:
        parent = _parent(client, say)
        architecture = str(client.version()["Arch"])
        packages = settings.roundtable_sandbox_packages
        folder = wheels.download(inputs.lock(packages), architecture, say)
        say(f"Building {settings.roundtable_sandbox_image} …")
        with tempfile.TemporaryFile() as context:
            _pack(context, inputs.files(packages), folder)
            labels = {inputs.LABEL: inputs.digest(packages), inputs.PACKAGES_LABEL: packages}
            _build(client, settings.roundtable_sandbox_image, parent, labels, context)
        image = client.images.get(settings.roundtable_sandbox_image)
        identity.remember(settings.roundtable_work_dir, settings.roundtable_sandbox_image, str(image.id))
        say(f"Built {settings.roundtable_sandbox_image}, which is {image.short_id}.")


def _parent(client: docker.DockerClient, say: Say) -> str:
    """The official base image or, where it cannot be pulled, one that is made here."""
    for image in (base.OFFICIAL, base.own_tag()):
        with contextlib.suppress(ImageNotFound):
            client.images.get(image)
            return image
    say(f"Pulling {base.OFFICIAL} …")
    try:
        client.images.pull(base.OFFICIAL)
    except (APIError, RequestException):
        say("No registry answers, so a Debian 12 base is made here from Debian's own packages.")
        base.make(client, say)
        return base.own_tag()
    return base.OFFICIAL


def _pack(context: IO[bytes], files: Mapping[str, bytes], wheel_folder: Path) -> None:
    """The build context as a tar, the same bytes for the same files, so that the builder's cache holds."""
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in sorted(files.items()):
            _add(tar, name, len(content), io.BytesIO(content))
        for wheel in sorted(wheel_folder.glob("*.whl")):
            with wheel.open("rb") as source:
                _add(tar, f"wheels/{wheel.name}", wheel.stat().st_size, source)
    context.seek(0)


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = size
    tar.addfile(entry, content)


def _build(
    client: docker.DockerClient, tag: str, parent: str, labels: Mapping[str, str], context: IO[bytes]
) -> None:
    proxies = {name: os.environ[name] for name in _PROXIES if name in os.environ}
    lines = client.api.build(
        fileobj=context,
        custom_context=True,
        target="sandbox",
        tag=tag,
        labels=dict(labels),
        buildargs={"BASE": parent, **proxies},
        network_mode="host",
        rm=True,
        forcerm=True,
        decode=True,
        timeout=1800,
    )
    _raise_on_error(lines)


def _raise_on_error(lines: Iterator[Mapping[str, Any]]) -> None:
    said: list[str] = []
    for line in lines:
        said.append(str(line.get("stream", "")))
        if "error" in line:
            last = "".join(said).strip().splitlines()[-15:]
            raise OperatorError("\n".join(["The sandbox image could not be built:", *last, str(line["error"])]))
