"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("long", max_examples=3_000, deadline=None)
