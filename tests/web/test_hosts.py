"""Which Host the service answers to, and what it says to those who come with another one."""

import logging

import pytest

from mcpbase.guard.proxies import Proxies

from ..clock import Clock
from ..conftest import ServiceClient


@pytest.mark.parametrize("path", ["/", "/mcp", "/token", "/static/site.css", "/.well-known/oauth-authorization-server"])
async def test_other_host_is_named_in_the_refusal_with_both_ways_out(client: ServiceClient, path: str) -> None:
    """RFC 9110 section 15.5.20. A plain proxy_pass of nginx sends the name of its upstream."""
    async with client.get(path, headers={"Host": "upstream.internal:8000"}) as answer:
        assert answer.status == 421
        words = (await answer.json())["error_description"]
    for part in (
        "names the host 'upstream.internal:8000'",
        str(client.make_url("/")).rstrip("/"),
        "proxy_set_header Host $http_host",
        "public_url",
    ):
        assert part in words


async def test_log_names_each_other_host_once_an_hour(
    client: ServiceClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for host in ("upstream.internal", "192.0.2.7", "upstream.internal"):
        async with client.get("/", headers={"Host": host}) as answer:
            assert answer.status == 421
    assert told(caplog) == ["upstream.internal", "192.0.2.7"]
    clock.now += 3601
    async with client.get("/", headers={"Host": "upstream.internal"}):
        pass
    assert told(caplog) == ["upstream.internal", "192.0.2.7", "upstream.internal"]


async def test_scan_with_made_up_hosts_does_not_fill_the_log(
    client: ServiceClient, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(50):
        async with client.get("/", headers={"Host": f"h{number}.example"}):
            pass
    assert len(told(caplog)) == 20


async def test_secret_in_a_host_is_not_repeated(client: ServiceClient, caplog: pytest.LogCaptureFixture) -> None:
    """OWASP ASVS 5 section 16.2.5."""
    async with client.get("/", headers={"Host": "secret_q3V0ZmVuLWdlbmVyaWMtc2VjcmV0LW9mLTI1Ni1iaXRz"}) as answer:
        assert "q3V0" not in await answer.text()
    assert "q3V0" not in caplog.text


@pytest.mark.parametrize("host", ["10.0.0.7:8000", "10.0.0.7", "evil.example"])
async def test_health_is_told_to_probes_that_come_by_address(client: ServiceClient, host: str) -> None:
    async with client.get("/healthz", headers={"Host": host}) as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The hosts that the log has, in order."""
    lines = [record.getMessage() for record in caplog.records if record.name == Proxies.__module__]
    return [line.partition("names the host '")[2].partition("'")[0] for line in lines]
