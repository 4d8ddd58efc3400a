"""Ollama's client as AutoGen has it, except that closing it closes its connections."""

from __future__ import annotations

from autogen_ext.models.ollama import OllamaChatCompletionClient


class OllamaClient(OllamaChatCompletionClient):
    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]
