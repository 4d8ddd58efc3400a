"""Which models can see; an unknown one cannot. Pure."""

from __future__ import annotations

import re

from agents.models.choice import ModelChoice
from bot.settings import Vision

_FAMILIES = (
    # OpenAI: platform.openai.com/docs/models, each model's page.
    r"gpt-4o(?!.*(audio|realtime|transcribe|tts))|gpt-4\.1|gpt-4\.5|gpt-4-turbo|gpt-([5-9]|\d\d)|chatgpt-4o|chat-latest",
    r"o1(?!-(mini|preview))|o3(?!-mini)|o4-mini",
    # Anthropic: docs.claude.com, "Vision": all models since Claude 3.
    r"([a-z.-]*anthropic\.)?claude-(3|[4-9]|opus|sonnet|haiku|fable|mythos)",
    # Google: ai.google.dev, "Image understanding": all since 1.5.
    r"gemini-(1\.5|[2-9]|flash|pro)|(google\.)?gemma-?3(?!.*\b(1b|270m))",
    # Amazon Bedrock: "Supported foundation models", those with images as input.
    r"([a-z]+\.)?amazon\.nova-(2-)?(lite|pro|premier)",
    # Open models: their cards at huggingface.co and ollama.com.
    r"llava|bakllava|moondream|minicpm-v|internvl|pixtral|(mistral\.)?pixtral|granite3\.2-vision",
    r"(meta[./-])?llama-?3[.-]2-?(vision|11b|90b)|(meta[./-])?llama-?4",
    r"(qwen\.)?qwen[\d.]*-?vl|mistral-small-?3\.[12]",
)
"""Families that take pictures, as their makers documented them in November 2026."""
_SEES = re.compile(rf"(.*/)?({'|'.join(_FAMILIES)})", re.IGNORECASE)


def sees(choice: ModelChoice, setting: Vision) -> bool:
    """Whether pictures are sent to this model: as the setting says, else when its family is known to take them."""
    if choice.provider == "demo" or setting == "false":
        return False
    return setting == "true" or _SEES.match(choice.name) is not None
