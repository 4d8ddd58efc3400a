"""What several parts of the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platforms import postgres


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """One PostgreSQL for all tests."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed (on Debian: apt-get install postgresql)")
    with postgres.cluster() as running:
        yield running
