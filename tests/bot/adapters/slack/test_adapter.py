"""The contract of chat adapters, kept in front of a played Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.slack import parse
from bot.domain.events import RemoteFile
from bot.domain.participants import ThreadRef
from bot.ports import ChatAdapter
from bot.store.database import Database
from tests.bot.adapters.slack import harness
from tests.contracts.chat_adapter import Attach, ChatAdapterContract
from tests.platforms.slack import Workspace


class TestSlackAdapter(ChatAdapterContract):
    @pytest.fixture
    async def workspace(self) -> AsyncIterator[Workspace]:
        async with harness.played() as workspace:
            yield workspace

    @pytest.fixture
    async def adapter(self, workspace: Workspace, tmp_path: Path) -> AsyncIterator[ChatAdapter]:
        (tmp_path / ("ab" * 32)).write_bytes(b"\x89PNG")
        async with Database(f"sqlite:///{tmp_path / 'contract.sqlite'}") as database:
            yield harness.adapter(workspace, tmp_path, database)

    @pytest.fixture
    async def thread(self, workspace: Workspace) -> ThreadRef:
        root = await workspace.says("U1", "hello")
        return ThreadRef("slack", "T0TEAM", "C1", root.ts)

    @pytest.fixture
    def attach(self, workspace: Workspace) -> Attach:
        async def attach(data: bytes) -> RemoteFile:
            (file,) = parse.files([workspace.file("data.csv", data).shown(workspace.state.url)])
            return file

        return attach
