"""The official suite against a service of two hosts with two processes each, on PostgreSQL, behind nginx, which sends
each request to the next of them: nothing may depend on which process answers.
"""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import provision
from tests.conformance.bearer import standing
from tests.conformance.scenarios import RUNS, SKIPPED, Run
from tests.conformance.suite import Suite
from tests.interop.browser import Person
from tests.interop.callback import listening
from tests.interop.sdk import Application
from tests.interop.stranger import Window
from tests.ports import free_port
from tests.postgresql import Server, wait_for_port
from tests.processes import STOP_DEADLINE, add_user, running, start_service

PASSWORD = "correct horse battery staple"
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream hosts {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://hosts;
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_read_timeout 1h;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
        }}
    }}
}}
"""
RESUMED = {"server-sse-polling"}
"""A client of 2025-11-25 that comes back for the rest of an answer must reach the process that began it."""


@pytest.fixture(scope="module")
def public_url() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def fleet(public_url: str, postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx."""
    folder, ports = tmp_path_factory.mktemp("fleet"), [free_port(), free_port()]
    settings = {
        "database": postgresql_server.new_database(),
        "secret": "the same on every host, at least 32 characters",
        "public_url": public_url,
        "workers": 2,
        "app": "tests.conformance.server:server",
    }
    add_user(folder, "ada", PASSWORD, name="Ada", email="ada@example.com", settings=settings)
    first, second = (start_service(folder, port=port, settings=settings) for port in ports)
    with running(first), running(second), _nginx(folder, ports) as url:
        yield url


@contextmanager
def _nginx(folder: Path, ports: Sequence[int]) -> Iterator[str]:
    port, servers = free_port(), " ".join(f"server 127.0.0.1:{each};" for each in ports)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, servers=servers, port=port))
    command = [str(provision.need(provision.nginx)), "-c", f"{folder}/nginx.conf", "-e", f"{folder}/errors"]
    process = subprocess.Popen(command, cwd=folder)
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(STOP_DEADLINE)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
@pytest.mark.xdist_group("fleet")
async def test_official_suite_passes_on_two_hosts(
    fleet: str, public_url: str, ada: Person, tmp_path: Path, run: Run
) -> None:
    """Both eras of MCP, and OAuth 2.1 with a client that registers itself, whichever process gets a request."""
    command = provision.need(provision.conformance)
    async with standing(int(public_url.rpartition(":")[2]), fleet) as door, listening() as callback:
        application = Application(f"{public_url}/mcp", Window(ada), callback)
        async with application.connect("auto"):
            door.token = application.wallet.kept[-1].access_token
        verdicts = await asyncio.to_thread(Suite(command, tmp_path).judge, "--url", f"{public_url}/mcp", *run.arguments)
    faults = {
        scenario: [str(check) for check in checks if check.status not in {"SUCCESS", "INFO"}]
        for scenario, checks in verdicts.items()
        if scenario not in SKIPPED | RESUMED
    }
    assert {scenario: found for scenario, found in faults.items() if found} == {}
    assert set(verdicts) == set(run.scenarios)
