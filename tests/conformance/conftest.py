"""The suite's command, a service as a real process, and a person in it."""

from pathlib import Path

import pytest

from tests import provision
from tests.conformance.suite import Suite
from tests.interop.conftest import ada, database, service

__all__ = ["ada", "database", "service", "suite"]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """The official suite; without it the test is skipped, and fails with CI=true."""
    return Suite(provision.need(provision.conformance), tmp_path)
