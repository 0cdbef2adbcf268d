"""The npm packages that judge us: exactly these versions, each in a folder of its own, so that none of them moves another's dependencies."""

import json
import sys
import tempfile
from pathlib import Path

from attrs import frozen

from .installer import run_quietly
from .lack import LackError
from .nodejs import node, npm

CACHE = Path(__file__).parents[2] / ".tox" / "provision"
# No scripts of strangers, and no lock file: that would record the registry's host.
INSTALL = (
    "install",
    "--ignore-scripts",
    "--no-save",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-timeout=60000",
)


@frozen
class Package:
    """``title`` begins a sentence about it."""

    title: str
    name: str
    version: str

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.name.rsplit('/', 1)[-1]}-{self.version}"

    def find(self) -> Path:
        """The package's own folder. Raises LackError."""
        package = self.folder / "node_modules" / self.name
        if not (package / "package.json").is_file():
            raise LackError(f"{self.title} is missing: run `{Path(sys.executable).name} -m tests.provision node`, which needs npm's registry.")
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
        if version != self.version:
            raise LackError(f"{self.title} in {self.folder} is {version}, not {self.version}: remove that folder and provision again.")
        return package

    def provide(self) -> Path:
        """Find it, or install it with npm into the cache. Raises LackError."""
        try:
            return self.find()
        except LackError:
            node()
        self._install()
        return self.find()

    def _install(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        package = f"{self.name}@{self.version}"
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            if not run_quietly([*npm(), *INSTALL, "--prefix", f"{folder}/{self.folder.name}", package]):
                raise LackError(f"{self.title} could not be installed: `npm install {package}` failed; run it to see why.")
            if not self.folder.exists():
                Path(folder, self.folder.name).rename(self.folder)


CONFORMANCE = Package("The conformance suite", "@modelcontextprotocol/conformance", "0.2.0-alpha.12")
TYPESCRIPT_CLIENT = Package("The TypeScript client", "@modelcontextprotocol/client", "2.4.0")
TYPESCRIPT_SERVER = Package("The TypeScript server", "@modelcontextprotocol/server", "2.4.0")
INSPECTOR = Package("MCP Inspector", "@modelcontextprotocol/inspector", "2.12.0")
OPENID_CLIENT = Package("openid-client", "openid-client", "6.8.9")
OIDC_PROVIDER = Package("oidc-provider", "oidc-provider", "9.13.3")
MCP_REMOTE = Package("mcp-remote", "mcp-remote", "0.15.1")
PG = Package("pg", "pg", "8.23.1")
AXE = Package("axe", "axe-core", "4.14.1")
HAR_SCHEMA = Package("The JSON Schema of HAR", "har-schema", "2.0.0")
PACKAGES = (CONFORMANCE, TYPESCRIPT_CLIENT, TYPESCRIPT_SERVER, INSPECTOR, OPENID_CLIENT, OIDC_PROVIDER, MCP_REMOTE, HAR_SCHEMA, AXE, PG)


def conformance() -> list[str]:
    """The command of the official conformance suite. Raises LackError."""
    return [str(node()), str(CONFORMANCE.find() / "dist" / "index.js")]


def inspector() -> list[str]:
    """The command of MCP Inspector. Raises LackError."""
    return [str(node()), str(INSPECTOR.find() / "clients" / "launcher" / "build" / "index.js")]


def typescript_client() -> Path:
    """The TypeScript client's entry module. Raises LackError."""
    return TYPESCRIPT_CLIENT.find() / "dist" / "index.mjs"


def typescript_server() -> Path:
    """The TypeScript server's entry module. Raises LackError."""
    return TYPESCRIPT_SERVER.find() / "dist" / "index.mjs"


def openid_client() -> Path:
    """openid-client's entry module. Raises LackError."""
    return OPENID_CLIENT.find() / "build" / "index.js"


def oidc_provider() -> Path:
    """oidc-provider's entry module. Raises LackError."""
    return OIDC_PROVIDER.find() / "lib" / "index.js"


def pg() -> Path:
    """The entry module of npm's client of PostgreSQL. Raises LackError."""
    return PG.find() / "esm" / "index.mjs"


def mcp_remote() -> list[str]:
    """The command of mcp-remote. Raises LackError."""
    return [str(node()), str(MCP_REMOTE.find() / "dist" / "proxy.js")]


def axe() -> Path:
    """The script that checks a page for accessibility. Raises LackError."""
    return AXE.find() / "axe.min.js"


def har_schema() -> Path:
    """The folder of the JSON Schemas of HAR 1.2. Raises LackError."""
    return HAR_SCHEMA.find() / "lib"


def provide_packages() -> None:
    """Find or install all of them. Raises LackError for the first that cannot be."""
    for package in PACKAGES:
        package.provide()
