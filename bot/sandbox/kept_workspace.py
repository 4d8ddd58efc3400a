"""The files of a session's workspace as they are kept: what fills the next container."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.domain.errors import SandboxUnavailable
from bot.domain.workspace_files import Artifact, WorkspaceChanges
from bot.sandbox.attach_stream import Lost
from bot.sandbox.container import Container, Listing
from bot.sandbox.disk_names import DiskNames, raw_path
from bot.sandbox.file_notes import FileNews, file_note
from bot.sandbox.frames import FilesReply, WhyLeftOut
from bot.sandbox.limits import Limits
from bot.sandbox.workspace import Blobs, artifact


class KeptWorkspace:
    """`files` by path, their bytes among `blobs`. A container that cannot be believed raises Lost."""

    def __init__(self, blobs: Blobs, limits: Limits, files: Sequence[Artifact]) -> None:
        self.files = {file.path: file for file in files}
        self._blobs = blobs
        self._limits = limits
        self._names = DiskNames()
        self._stored: int | None = None

    def is_part_of(self, files: Sequence[Artifact]) -> bool:
        """Whether it has none but these files, whatever their bytes."""
        return self.files.keys() <= {file.path for file in files}

    async def fill(self, container: Container) -> None:
        """Put all files into a fresh container; raises SandboxUnavailable when one cannot be."""
        self._names = DiskNames()
        for file in self.files.values():
            await self._put_kept(container, file)

    async def complete(self, container: Container, files: Sequence[Artifact]) -> None:
        """Put those files into the container that it lacks or has with other bytes, as `fill` does."""
        for file in files:
            if self.files.get(file.path) != file:
                await self._put_kept(container, file)
                self._names.forget(file.path)
                self.files[file.path] = file

    async def add(self, container: Container, path: str, data: bytes) -> bool:
        """Keep a file and put it into the container; false when there is no room for it, here or there."""
        if not await asyncio.to_thread(self._blobs.has_room, data, self._limits.disk):
            return False
        file = artifact(path, await asyncio.to_thread(self._blobs.write, data), len(data))
        self._stored = None
        if await self._put(container, file):
            return False
        self._names.forget(path)
        self.files[path] = file
        return True

    async def update(self, container: Container) -> WorkspaceChanges:
        """Bring out of the container what has changed; what cannot be kept stays as it was."""
        if self._stored is None:
            self._stored = await asyncio.to_thread(self._blobs.stored)
        limits = self._limits.to_keep(self._stored)
        listing = await container.changed(limits)
        if listing.found:
            self._stored = None
        if sum(file.size for file in listing.found if file.sha256 not in self._blobs) > limits["disk"]:
            raise Lost("more new bytes than there is room for")
        return await self._take_over(container, listing)

    async def _put_kept(self, container: Container, file: Artifact) -> None:
        if why := await self._put(container, file):
            raise SandboxUnavailable(f"{file.path} could not be put into a sandbox: {why}.")

    async def _put(self, container: Container, file: Artifact) -> str:
        """Put stored bytes into the container; why that failed, or empty."""
        if file.digest not in self._blobs:
            raise SandboxUnavailable(f"The bytes of {file.path} are no longer in the work directory.")
        return await container.put(file.path, file.size, self._blobs.chunks(file.digest))

    async def _take_over(self, container: Container, listing: Listing) -> WorkspaceChanges:
        removed = [path for file in listing.gone if (path := self._path(file.path))]
        files = {path: file for path, file in self.files.items() if path not in removed}
        left_out: list[tuple[str, WhyLeftOut | None]] = [(file.path, file.why) for file in listing.left_out]
        new, self._names.renamed = {file.path for file in listing.found}, []
        changed: dict[str, Artifact] = {}
        for path in removed:
            self._names.forget(path)
        for file in listing.found:
            await self._store(container, file)
            if name := await self._names.settle(file.path, files, new, container.rename):
                files[name] = changed[name] = artifact(name, file.sha256, file.size)
            else:
                left_out.append((file.path, None))
        self._check_size(files)
        self.files = files
        news = FileNews(
            left_out,
            listing.more_left_out,
            self._names.renamed,
            [file.path for file in listing.strays],
            listing.more_strays,
            listing.emptied,
            files,
        )
        in_order = tuple(changed[path] for path in sorted(changed))
        return WorkspaceChanges(in_order, tuple(removed), file_note(news, self._limits))

    def _path(self, raw: str) -> str:
        """The path of a file that is kept, from that which the driver writes; empty when there is none."""
        path = raw.encode("latin-1").decode("utf-8", "replace")
        return path if path in self.files and raw_path(path) == raw else ""

    def _check_size(self, files: Mapping[str, Artifact]) -> None:
        """Raises Lost when files have become more, or larger, than the next workspace can hold."""
        now, before = (sum(file.size for file in each.values()) for each in (files, self.files))
        if len(files) > max(self._limits.files, len(self.files)) or now > max(self._limits.total, before):
            raise Lost("more files than a workspace can hold")

    async def _store(self, container: Container, file: FilesReply) -> None:
        """Bring a file out of the container, unless its bytes are here already."""
        if file.sha256 in self._blobs:
            if file.size != self._blobs.size(file.sha256):
                raise Lost("another size than these bytes have")
            return
        writer = await asyncio.to_thread(self._blobs.writer)
        try:
            await container.get(file, writer)
            await asyncio.to_thread(writer.finish)
        except BaseException:
            writer.discard()
            raise
