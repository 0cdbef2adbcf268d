"""One round of each fault; ``python -m tests.faults`` runs more."""

from pathlib import Path

import pytest

from .scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_fault_loses_nothing_that_was_acknowledged(scenario: str, tmp_path: Path) -> None:
    outcome = await SCENARIOS[scenario](tmp_path, 1)
    assert outcome.rounds == 1
