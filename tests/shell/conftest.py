"""Fixtures of the service's tests."""

from __future__ import annotations

import pytest

from gateway.shell import sqlite
from tests.shell import stores

ON_APSW = ("test_again", "test_intake", "test_ledger", "test_together")
"""Where tests for each store run on SQLite twice: on Python's own, and on that of `apsw`."""


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


def pytest_generate_tests(metafunc):
    """Say on which stores a test runs that is for each."""
    if "each_store" in metafunc.fixturenames:
        more = ["apsw"] if metafunc.module.__name__.rpartition(".")[2] in ON_APSW else []
        metafunc.parametrize("each_store", ["sqlite", *more, "postgresql"], indirect=True)


@pytest.fixture
def each_store(request, monkeypatch):
    """Have a test run with its ledger in a file, and in a database of its own."""
    if request.param == "postgresql":
        request.getfixturevalue("shared")
    if request.param == "apsw":
        monkeypatch.setattr(sqlite, "suits", lambda: sqlite.library("apsw"))
    return request.param
