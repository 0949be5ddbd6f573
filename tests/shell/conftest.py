"""Fixtures of the service's tests."""

from __future__ import annotations

import pytest

from tests.shell import stores


@pytest.fixture
def shared(tmp_path):
    """Have a test's ledger in a database of its own; gives its address."""
    from tests.shell.postgresql import server

    made = stores.ADDRESSES[str(tmp_path)] = server().database()
    try:
        yield made
    finally:
        del stores.ADDRESSES[str(tmp_path)]
        server().drop(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_store(request):
    """Have a test run twice: with its ledger in a file, and in a database of its own."""
    if request.param == "postgresql":
        request.getfixturevalue("shared")
    return request.param
