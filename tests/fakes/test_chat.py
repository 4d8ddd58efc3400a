from __future__ import annotations

import pytest

from bot.domain.events import RemoteFile
from bot.domain.participants import ThreadRef
from tests.contracts.chat_adapter import Attach, ChatAdapterContract
from tests.fakes.chat import FakeChat


class TestFakeChat(ChatAdapterContract):
    @pytest.fixture
    def adapter(self) -> FakeChat:
        return FakeChat(files={})

    @pytest.fixture
    def thread(self) -> ThreadRef:
        return ThreadRef("chat", "team", "general", "1")

    @pytest.fixture
    def attach(self, adapter: FakeChat) -> Attach:
        async def attach(data: bytes) -> RemoteFile:
            adapter.files = {"f": data}
            return RemoteFile("file", len(data), "f")

        return attach
