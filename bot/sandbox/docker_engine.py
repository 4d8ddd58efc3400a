"""The Docker engine: the few calls that sandboxes need, in threads of their own."""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound
from docker.models.containers import Container

from bot.domain.errors import SandboxUnavailable
from bot.sandbox import identity, inputs, profile
from bot.sandbox.attach_stream import RawSocket
from bot.sandbox.engine_connection import EngineConnection, explained
from bot.settings import Settings

logger = logging.getLogger(__name__)

_THREADS = 16
_GONE = (404, 409)


class Attached:
    """docker-py's attach stream as a plain socket."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._socket = getattr(stream, "_sock", stream)
        self.recv = self._socket.recv
        self.sendall = self._socket.sendall
        self.settimeout = self._socket.settimeout
        self.shutdown = self._socket.shutdown

    def close(self) -> None:
        self._stream._response.close()
        self._socket.close()


class DockerEngine:
    """Makes and removes containers of one installation. Connects when first asked to."""

    def __init__(self, settings: Settings, work_dir: Path, installation: str) -> None:
        self._settings = settings
        self._work_dir = work_dir
        self._installation = installation
        self._process = uuid.uuid4().hex
        self.asked = profile.create_arguments(settings, installation, self._process)
        self._image = ""
        self._stuck: set[str] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="docker")
        self._connecting = threading.Lock()
        self._choosing = threading.Lock()
        self._connected: EngineConnection | None = None

    async def start(self) -> tuple[Container, RawSocket]:
        """A started container with an open attach stream; raises SandboxUnavailable.

        When this is cancelled, the container that is being made is removed.
        """
        future = self._threads.submit(self._start)
        try:
            return await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            future.add_done_callback(self._remove_unwanted)
            raise

    def discard(self, container_id: str) -> None:
        """Remove a container in the background, whatever its state."""
        self._threads.submit(self._remove, container_id)

    async def facts(self) -> dict[str, str]:
        """Which engine, image and profile sandboxes are made with; raises SandboxUnavailable."""
        return await asyncio.wrap_future(self._threads.submit(self._facts))

    async def reap(self) -> None:
        """Remove the containers that other processes of this installation left; raises SandboxUnavailable."""
        await asyncio.wrap_future(self._threads.submit(self._reap))

    async def close(self) -> None:
        """Returns when every removal is done."""
        await asyncio.to_thread(self._threads.shutdown)
        if self._connected:
            self._connected.close()

    def _facts(self) -> dict[str, str]:
        client = self._client()
        image = self._checked_image(client)
        with explained(self._settings):
            version = client.version()
        engine = " ".join(str(version.get(part, "")) for part in ("Version", "KernelVersion", "Arch"))
        return {"engine": engine, "image": image, "profile": profile.digest(self.asked)}

    def _client(self) -> docker.DockerClient:
        with self._connecting, explained(self._settings):
            if self._connected is None:
                self._connected = EngineConnection(self._settings)
            else:
                self._connected.probe()
            return self._connected.client

    def _start(self) -> tuple[Container, RawSocket]:
        client = self._client()
        container = self._create(client)
        with explained(self._settings):
            try:
                return container, self._attach_and_start(client, container)
            except BaseException:
                self._remove(str(container.id))
                raise

    def _create(self, client: docker.DockerClient) -> Container:
        """Made from the image's id, so that what was checked is what runs, whatever becomes of its name."""
        with self._choosing:
            self._image = self._image or self._checked_image(client)
        with explained(self._settings):
            try:
                return client.containers.create(**(self.asked | {"image": self._image}))
            except ImageNotFound:
                self._image = ""  # it was built again and the old one is gone; the next call takes the new one
                raise

    def _checked_image(self, client: docker.DockerClient) -> str:
        name = self._settings.roundtable_sandbox_image
        with explained(self._settings):
            image = client.images.get(name)
        digest = inputs.digest(self._settings.roundtable_sandbox_packages)
        if why := identity.refusal(self._work_dir, name, str(image.id), image.labels, digest):
            raise SandboxUnavailable(why)
        identity.admit(self._work_dir, name, str(image.id))
        return str(image.id)

    def _attach_and_start(self, client: docker.DockerClient, container: Container) -> RawSocket:
        """Attached before the start, so that not a byte is missed; afterwards `attrs` are of the started one."""
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        attached = Attached(client.api.attach_socket(str(container.id), streams))
        try:
            container.start()
            container.reload()
        except BaseException:
            attached.close()
            raise
        return attached

    def _remove(self, container_id: str) -> None:
        try:
            with explained(self._settings):
                self._client().api.remove_container(container_id, force=True)
        except SandboxUnavailable as error:
            gone = isinstance(error.__cause__, APIError) and error.__cause__.status_code in _GONE
            if not gone:
                logger.warning("container %s could not be removed: %s", container_id, error)
                self._stuck.add(container_id)
                return
        self._stuck.discard(container_id)

    def _remove_unwanted(self, future: Future[tuple[Container, RawSocket]]) -> None:
        if future.cancelled() or future.exception():
            return
        container, attached = future.result()
        attached.close()
        self._remove(str(container.id))

    def _reap(self) -> None:
        mine = f"{profile.INSTALLATION_LABEL}={self._installation}"
        with explained(self._settings):
            found = self._client().containers.list(all=True, ignore_removed=True, filters={"label": mine})
        for container in found:
            if container.labels.get(profile.PROCESS_LABEL) != self._process or container.id in self._stuck:
                self._remove(str(container.id))
