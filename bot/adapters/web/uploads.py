"""Files that people attach, streamed to disk."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from bot.domain.errors import BadInput
from bot.domain.events import RemoteFile
from bot.files import private
from bot.files.local_uploads import new_ref, sync_folder
from bot.text.safe_names import clean_path

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_TEXT = 200_000
MAX_PARTS = 50
_INCOMING = ".incoming-"


class UploadTooLarge(BadInput):
    """More bytes than this server takes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person sent: text fields by name, and files whose bytes are safely on disk."""

    fields: dict[str, object]
    files: tuple[RemoteFile, ...] = ()


class WebUploads:
    """One folder of attached files. `limit` bounds the files of one message together, in bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self.limit = limit

    def sweep(self) -> None:
        """Remove what unfinished uploads of an earlier process have left."""
        for left in self._folder.glob(_INCOMING + "*"):
            shutil.rmtree(left, ignore_errors=True)

    def refuse_declared(self, size: int) -> None:
        """Raise TooLarge when a request declares more bytes than files and text may have together."""
        if size > self.limit + MAX_TEXT:
            raise UploadTooLarge(too_large(self.limit))

    async def receive(self, boundary: bytes, body: AsyncIterator[bytes]) -> Sent:
        """Read a multipart body; raises BadInput or TooLarge, and then nothing of it is left on disk."""
        parts = _Parts(await asyncio.to_thread(self._incoming), self.limit)
        try:
            parser = MultipartParser(boundary, parts.callbacks())
            async for chunk in body:
                await asyncio.to_thread(parser.write, chunk)
            return await asyncio.to_thread(parts.keep, self._folder)
        except FormParserError as error:
            raise BadInput(f"The form could not be read: {error}.") from None
        finally:
            parts.discard()

    def _incoming(self) -> Path:
        private.make_folder(self._folder)
        return Path(mkdtemp(prefix=_INCOMING, dir=self._folder))


def too_large(limit: int) -> str:
    """The sentence for a person who sends too much."""
    return f"The files of one message may have {limit / 1e6:g} MB together; attach less, or a sample of the data."


class _Open:
    """One part under way: a text field in memory, or a file on disk."""

    def __init__(self, name: str, filename: str | None, path: Path) -> None:
        self.name = name
        self.filename = filename
        self.path = path
        self.text = bytearray()
        self.size = 0
        self.file: BinaryIO | None = private.create(path) if filename is not None else None


class _Parts:
    """The parser's callbacks: blocking, so called in a thread."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._header = bytearray(), bytearray()
        self._disposition = b""
        self._parts: list[_Open] = []
        self._text = 0
        self._bytes = 0
        self._ended = False

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    def keep(self, folder: Path) -> Sent:
        """Move the files to their final folder, durably."""
        if not self._ended:
            raise BadInput("The form breaks off before its end; send it again.")
        files = [_kept(part, folder) for part in self._parts if part.filename]
        if files:
            sync_folder(folder)
        texts = [part for part in self._parts if part.filename is None]
        return Sent({part.name: _text(part.text) for part in texts}, tuple(files))

    def discard(self) -> None:
        """Remove the files that were not kept."""
        for part in self._parts:
            if part.file is not None:
                part.file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> None:
        if len(self._parts) >= MAX_PARTS:
            raise BadInput(f"A form may have {MAX_PARTS} fields and files; send fewer.")
        self._disposition = b""

    def _header_end(self) -> None:
        field, value = self._header
        if bytes(field).lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = bytearray(), bytearray()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode(errors="replace")
        raw = options.get(b"filename")
        filename = None if raw is None else raw.decode(errors="replace")
        self._parts.append(_Open(name, filename, self._folder / str(len(self._parts))))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part, chunk = self._parts[-1], memoryview(data)[start:end]
        part.size += len(chunk)
        if part.file is None:
            part.text += chunk
            self._text += len(chunk)
            if self._text > MAX_TEXT:
                raise UploadTooLarge(f"A message may have {MAX_TEXT:,} bytes of text; attach the rest as a file.")
            return
        self._bytes += len(chunk)
        if self._bytes > self._limit:
            raise UploadTooLarge(too_large(self._limit))
        part.file.write(chunk)

    def _close(self) -> None:
        part = self._parts[-1]
        if part.file is not None:
            with part.file as file:
                file.flush()
                os.fsync(file.fileno())

    def _end(self) -> None:
        self._ended = True


def _text(data: bytearray) -> str:
    """A field's text; browsers send every line end of a form as CRLF."""
    return data.decode(errors="replace").replace("\r\n", "\n")


def _kept(part: _Open, folder: Path) -> RemoteFile:
    ref = new_ref()
    part.path.replace(folder / ref)
    return RemoteFile(str(clean_path(part.filename or "")), part.size, ref)
