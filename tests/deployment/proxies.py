"""The proxies of examples/deploy, run as they are shipped but for addresses, ports and certificates."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from tests import provision
from tests.ports import free_port
from tests.postgresql import wait_for_port
from tests.processes import ROOT, STOP_DEADLINE

FILES = ROOT / "examples" / "deploy"
HOST = "mcp.example.org"
"""The name that all files use."""
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
"""What Debian's nginx.conf is to a file in conf.d."""


@frozen
class Place:
    """Where a proxy runs: its ports for https and http, and the folder with its files."""

    folder: Path
    port: int
    plain: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@frozen
class Proxy:
    """``changes`` are the places of the shipped file that differ in a test; ``command`` writes what else is needed, and
    returns the command. ``quiet`` is the line that bounds how long a stream may be quiet, and a value of one second.
    """

    file: str
    find: Callable[[], Path]
    changes: Callable[[Place], Mapping[str, str]]
    command: Callable[[Path, Place], list[str]]
    quiet: tuple[str, str] | None = None


def _nginx(program: Path, place: Place) -> list[str]:
    (place.folder / "nginx.conf").write_text(NGINX.format(folder=place.folder))
    return [str(program), "-c", f"{place.folder}/nginx.conf", "-e", f"{place.folder}/errors"]


PROXIES = {
    "nginx": Proxy(
        "nginx.conf",
        provision.nginx,
        lambda place: {
            "listen 80;": f"listen 127.0.0.1:{place.plain};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{place.port} ssl http2;",
            "/etc/nginx/tls/": f"{place.folder}/",
        },
        _nginx,
        ("proxy_read_timeout 1h;", "proxy_read_timeout 1s;"),
    ),
    "HAProxy": Proxy(
        "haproxy.cfg",
        provision.haproxy,
        lambda place: {
            "bind :80": f"bind 127.0.0.1:{place.plain}",
            "bind :443": f"bind 127.0.0.1:{place.port}",
            "/etc/haproxy/tls/mcpserver.pem": f"{place.folder}/both.pem",
        },
        lambda program, place: [str(program), "-db", "-f", f"{place.folder}/site.conf"],
        ("timeout server 1h", "timeout server 1s"),
    ),
    "Caddy": Proxy(
        "Caddyfile",
        provision.caddy,
        lambda place: {
            "\n{\n": "\n{\nadmin off\nauto_https disable_redirects\ndefault_bind 127.0.0.1\n",
            f"\n{HOST} {{\n": f"\nhttps://{HOST}:{place.port} {{\n"
            f"tls {place.folder}/fullchain.pem {place.folder}/privkey.pem\n",
        },
        lambda program, place: [
            str(program), "run", "--adapter", "caddyfile", "--config", f"{place.folder}/site.conf",
        ],
    ),
}  # fmt: skip


@contextmanager
def running_proxy(
    name: str, upstreams: Sequence[str], folder: Path, changes: Mapping[str, str] | None = None
) -> Iterator[Place]:
    """Run a proxy in front of two upstreams (``host:port``); ``folder`` has the certificate.

    ``changes`` are further ones. Each text that is replaced must be in the shipped file.
    """
    proxy, place = PROXIES[name], Place(folder, free_port(), free_port())
    text = (FILES / proxy.file).read_text()
    servers = {f"mcpserver-{number}:8000": address for number, address in enumerate(upstreams, start=1)}
    for old, new in {**servers, **proxy.changes(place), **(changes or {})}.items():
        assert old in text, f"{proxy.file} does not contain {old!r}."
        text = text.replace(old, new)
    (folder / "site.conf").write_text(text)
    command = proxy.command(provision.need(proxy.find), place)
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        wait_for_port(place.port)
        yield place
    finally:
        process.kill()  # at once: otherwise they wait for open streams
        process.wait(STOP_DEADLINE)
