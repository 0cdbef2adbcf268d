"""The npm packages that judge us, each in a folder of its own, so that none of them moves another's dependencies.

``locks/NAME/package.json`` says which version, ``package-lock.json`` beside it pins that and everything below it by
hash.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from attrs import frozen

from .installer import run_quietly
from .lack import LackError
from .nodejs import node, npm

CACHE = Path(__file__).parents[2] / ".tox" / "provision"
LOCKS = Path(__file__).parent / "locks"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000")
"""No scripts of strangers, and no long waits."""
INSTALL = ("install", "--no-save", *QUIET)
"""By the lock file where there is one; `npm ci` refuses an optional package that is nowhere, which one of ours
names.
"""
LOCK = ("install", "--package-lock-only", "--omit-lockfile-registry-resolved", *QUIET)
"""The lock file names no registry: whoever installs uses their own."""


@frozen
class Package:
    """``title`` begins a sentence about it."""

    title: str
    name: str

    @property
    def lock(self) -> Path:
        """The folder of what pins it."""
        return LOCKS / self.name.rsplit("/", 1)[-1]

    @property
    def version(self) -> str:
        return str(json.loads((self.lock / "package.json").read_text(encoding="utf-8"))["dependencies"][self.name])

    @property
    def folder(self) -> Path:
        """Where it is installed; another lock is another folder."""
        pinned = hashlib.sha256((self.lock / "package-lock.json").read_bytes()).hexdigest()
        return CACHE / f"{self.lock.name}-{self.version}-{pinned[:12]}"

    def find(self) -> Path:
        """The package's own folder. Raises LackError."""
        package = self.folder / "node_modules" / self.name
        if not (package / "package.json").is_file():
            raise LackError(
                f"{self.title} is missing: run `{Path(sys.executable).name} -m tests.provision node`, which needs "
                "npm's registry."
            )
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
        if version != self.version:
            raise LackError(
                f"{self.title} in {self.folder} is {version}, not {self.version}: remove that folder and provision "
                "again."
            )
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
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            place = Path(folder, self.folder.name)
            shutil.copytree(self.lock, place)
            if not run_quietly([*npm(), *INSTALL, "--prefix", str(place)]):
                raise LackError(
                    f"{self.title} could not be installed: `npm install` in a copy of {self.lock} failed; run it to "
                    "see why."
                )
            if not self.folder.exists():
                place.rename(self.folder)

    def renew(self) -> None:
        """Make the lock file anew: the newest of everything below the version that package.json names.

        Raises LackError.
        """
        (self.lock / "package-lock.json").unlink(missing_ok=True)
        if not run_quietly([*npm(), *LOCK, "--prefix", str(self.lock)]):
            raise LackError(
                f"The lock of {self.title} could not be made: `npm {' '.join(LOCK)}` in {self.lock} failed; run it to "
                "see why."
            )


CONFORMANCE = Package("The conformance suite", "@modelcontextprotocol/conformance")
TYPESCRIPT_CLIENT = Package("The TypeScript client", "@modelcontextprotocol/client")
TYPESCRIPT_SERVER = Package("The TypeScript server", "@modelcontextprotocol/server")
INSPECTOR = Package("MCP Inspector", "@modelcontextprotocol/inspector")
OPENID_CLIENT = Package("openid-client", "openid-client")
OIDC_PROVIDER = Package("oidc-provider", "oidc-provider")
MCP_REMOTE = Package("mcp-remote", "mcp-remote")
SUPERGATEWAY = Package("supergateway", "supergateway")
PG = Package("pg", "pg")
AXE = Package("axe", "axe-core")
HAR_SCHEMA = Package("The JSON Schema of HAR", "har-schema")
PACKAGES = (
    CONFORMANCE,
    TYPESCRIPT_CLIENT,
    TYPESCRIPT_SERVER,
    INSPECTOR,
    OPENID_CLIENT,
    OIDC_PROVIDER,
    MCP_REMOTE,
    SUPERGATEWAY,
    HAR_SCHEMA,
    AXE,
    PG,
)


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


def supergateway() -> list[str]:
    """The command of supergateway, a bridge from stdio to HTTP. Raises LackError."""
    return [str(node()), str(SUPERGATEWAY.find() / "dist" / "index.js")]


def earlier_typescript_sdk() -> Path:
    """The modules of the TypeScript SDK of before 2026-07-28, which supergateway brings along. Raises LackError."""
    return SUPERGATEWAY.find().parent / "@modelcontextprotocol" / "sdk" / "dist" / "esm"


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


def renew_locks() -> None:
    """Make every lock file anew. Raises LackError."""
    for package in PACKAGES:
        package.renew()
