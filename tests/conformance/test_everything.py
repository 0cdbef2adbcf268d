"""Every server scenario of the official suite, at every revision it is for, against a server written with the public
API.
"""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests import provision
from tests.conformance.scenarios import REVISIONS, RUNS, SKIPPED, Run, parse_listing
from tests.conformance.suite import Check, Suite
from tests.ports import free_port
from tests.processes import running, start_conformance_server

Verdicts = Callable[[Run], dict[str, list[Check]]]

# What is said of one run belongs to one worker, so that the suite is started once for it.
GROUPS = {run: pytest.mark.xdist_group(run.name) for run in RUNS}
EACH_RUN = [pytest.param(run, id=run.name, marks=GROUPS[run]) for run in RUNS]
EACH = [
    pytest.param(run, scenario, id=f"{run.name}-{scenario}", marks=GROUPS[run])
    for run in RUNS
    for scenario in run.scenarios
    if scenario not in SKIPPED
]


@pytest.fixture(scope="module")
def everything() -> Iterator[str]:
    """The address of the server that is judged."""
    with running(start_conformance_server(port=free_port())) as program:
        yield program.url


@pytest.fixture(scope="module")
def verdicts(everything: str, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """What the suite says in one of its runs; each is started once, when its first verdict is asked for."""
    command = provision.need(provision.conformance)

    @cache
    def judge(run: Run) -> dict[str, list[Check]]:
        return Suite(command, tmp_path_factory.mktemp(run.name)).judge("--url", f"{everything}/mcp", *run.arguments)

    return judge


def test_suite_has_the_scenarios_that_are_run(suite: Suite) -> None:
    """A new version of the suite brings nothing that nobody looks at."""
    assert parse_listing(suite.list_server_scenarios()) == REVISIONS


@pytest.mark.parametrize("run", EACH_RUN)
def test_run_leaves_no_scenario_out(verdicts: Verdicts, run: Run) -> None:
    """The suite reports on exactly what the run is for."""
    assert set(verdicts(run)) == set(run.scenarios)


@pytest.mark.parametrize(("run", "scenario"), EACH)
def test_scenario_passes(verdicts: Verdicts, run: Run, scenario: str) -> None:
    """MCP at the revision of the run, as the official suite reads it, wire schema included; a warning is not good
    enough.
    """
    checks = verdicts(run)[scenario]
    faults = [str(check) for check in checks if check.status not in {"SUCCESS", "INFO"}]
    assert not faults, "\n".join(faults)
    assert any(check.status == "SUCCESS" for check in checks)


@pytest.mark.xdist_group(RUNS[0].name)
@pytest.mark.parametrize("scenario", sorted(SKIPPED))
def test_suite_still_skips_what_it_cannot_see(verdicts: Verdicts, scenario: str) -> None:
    """The day it looks, so do we."""
    assert {check.status for check in verdicts(RUNS[0])[scenario]} == {"SKIPPED"}


def test_suite_notices_where_no_server_is(suite: Suite, everything: str) -> None:
    """Proof that silence does not pass for success here."""
    assert "FAILURE" in {
        check.status for check in suite.judge("--url", f"{everything}/nothing", "--scenario", "ping")["ping"]
    }
