"""Plays OpenSSH's client for `ssh … -L SOCKET:SOCKET -- [USER@]HOST cat`, with this machine at the far end.

Run as `python ssh.py PIDS ARGUMENTS…`: leaves its process id as a file in the folder PIDS, and refuses `nobody`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


async def play(near: str, far: str, command: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(far)
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))

    await asyncio.start_unix_server(serve, near)
    sys.stdout.write("Welcome to this machine.\n")
    sys.stdout.flush()
    process = await asyncio.create_subprocess_exec(command)
    await process.wait()


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("pids", type=Path)
    parser.add_argument("-T", action="store_true")
    parser.add_argument("-o", action="append")
    parser.add_argument("-p")
    parser.add_argument("-L")
    parser.add_argument("host")
    parser.add_argument("command")
    asked = parser.parse_args([argument for argument in sys.argv[1:] if argument != "--"])
    (asked.pids / str(os.getpid())).touch()
    if asked.host.startswith("nobody@"):
        sys.exit(f"Warning: as you like.\n{asked.host}: Permission denied (publickey).")
    near, _, far = asked.L.partition(":")
    asyncio.run(play(near, far, asked.command))


if __name__ == "__main__":
    main()
