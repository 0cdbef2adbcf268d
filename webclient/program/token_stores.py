"""Token stores for programs: in memory, or in a private file that several processes share."""

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from attrs import asdict, evolve, field, frozen

from ..models import Credentials, Tokens

POLLING = 0.05
"""Seconds between two looks at a lock that another process holds; there is no event for it that can be cancelled."""
Change = Callable[["Saved"], "Saved"]


class TokenFileError(Exception):
    """The file cannot be used: one sentence that says why."""


@frozen
class Saved:
    """The tokens and registrations of one server.

    ``registrations`` are by issuer and redirect URI; ``bound`` has the issuer that each typed client id was first used
    with.
    """

    tokens: Tokens | None = None
    registrations: Mapping[str, Credentials] = field(factory=dict)
    redirect_uri: str = ""
    bound: Mapping[str, str] = field(factory=dict)

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> "Saved":
        tokens = Tokens.restored(values["tokens"]) if values["tokens"] else None
        known = {name: Credentials(**each) for name, each in values["registrations"].items()}
        return cls(tokens, known, values["redirect_uri"], {**values["bound"]})


class TokenStore(Protocol):
    """For any number of servers, by their address."""

    async def load(self, url: str) -> Saved: ...
    async def change(self, url: str, change: Change) -> None:
        """Read, change and write as one step."""
        ...

    def alone(self, url: str) -> AbstractAsyncContextManager[object]:
        """Held by one at a time, among all who share the store."""
        ...


@frozen
class MemoryTokenStore:
    """Gone with the process."""

    _saved: dict[str, Saved] = field(factory=dict, repr=False)
    _locks: "defaultdict[str, asyncio.Lock]" = field(factory=lambda: defaultdict(asyncio.Lock), repr=False)

    async def load(self, url: str) -> Saved:
        return self._saved.get(url, Saved())

    async def change(self, url: str, change: Change) -> None:
        self._saved[url] = change(self._saved.get(url, Saved()))

    def alone(self, url: str) -> AbstractAsyncContextManager[object]:
        return self._locks[url]


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """A full disk and a folder that is not ours in one sentence. Raises TokenFileError."""
    try:
        yield
    except OSError as error:
        raise TokenFileError(f"The token file {path} cannot be written: {error.strerror}.") from None


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """flock(2): held by one open file at a time, in this process and any other, and let go by whoever dies.

    Raises TokenFileError.
    """
    with _written(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(POLLING)
        yield
    finally:
        os.close(descriptor)


def _expanded(path: str | Path) -> Path:
    return Path(path).expanduser()


@frozen
class FileTokenStore:
    """A JSON file of mode 0600 that is replaced as a whole; lock files stand beside it. Raises TokenFileError."""

    path: Path = field(converter=_expanded)

    def _read(self) -> dict[str, Any]:
        try:
            if self.path.stat().st_mode & 0o077:
                raise TokenFileError(
                    f"The token file {self.path} can be read by others; make it private with: chmod 600 {self.path}"
                )
            values = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TokenFileError(f"The token file {self.path} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise TokenFileError(
                f"The token file {self.path} does not hold what this client wrote; move it away to sign in anew."
            ) from None
        return values if isinstance(values, dict) else {}

    def _write(self, values: dict[str, Any]) -> None:
        """Replaces the file atomically: readers, also after a crash, see the old file or the new one.

        Raises OSError.
        """
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    async def load(self, url: str) -> Saved:
        values = self._read()
        return self._saved(values, url)

    def _saved(self, values: dict[str, Any], url: str) -> Saved:
        try:
            return Saved.restored(values[url]) if url in values else Saved()
        except (KeyError, TypeError, AttributeError):
            raise TokenFileError(
                f"The token file {self.path} does not hold what this client wrote; move it away to sign in anew."
            ) from None

    async def change(self, url: str, change: Change) -> None:
        self._prepare()
        async with _locked(self.path.with_name(self.path.name + ".lock")):
            values = self._read()
            changed = {**values, url: asdict(change(self._saved(values, url)))}
            with _written(self.path):
                self._write(changed)

    def alone(self, url: str) -> AbstractAsyncContextManager[object]:
        self._prepare()
        digest = hashlib.sha256(url.encode()).hexdigest()[:16]
        return _locked(self.path.with_name(f"{self.path.name}.{digest}.lock"))

    def _prepare(self) -> None:
        with _written(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


@frozen
class ServerMemory:
    """The part of a token store for one server, in the form that the OAuth client uses."""

    store: TokenStore
    url: str

    async def find_tokens(self) -> Tokens | None:
        return (await self.store.load(self.url)).tokens

    async def put_tokens(self, tokens: Tokens) -> None:
        await self.store.change(self.url, lambda saved: evolve(saved, tokens=tokens))

    async def bind(self, client_id: str, issuer: str) -> None:
        """MCP authorization server binding: typed credentials belong to the issuer they were first used with."""
        await self.store.change(self.url, lambda saved: evolve(saved, bound={client_id: issuer, **saved.bound}))

    async def forget_tokens(self) -> None:
        await self.store.change(self.url, lambda saved: evolve(saved, tokens=None))

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self.store.alone(self.url)

    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None:
        return (await self.store.load(self.url)).registrations.get(f"{issuer} {redirect_uri}")

    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None:
        """The redirect URI is remembered with it, so that the next sign-in can listen there again."""
        name = f"{issuer} {redirect_uri}"
        await self.store.change(
            self.url,
            lambda saved: evolve(
                saved, registrations={**saved.registrations, name: credentials}, redirect_uri=redirect_uri
            ),
        )

    async def forget_registration(self, issuer: str, redirect_uri: str) -> None:
        """With its siblings on other ports: a server that forgot one client has forgotten them all, or gets one
        more.
        """

        def without(saved: Saved) -> Saved:
            return evolve(
                saved,
                registrations={
                    name: each for name, each in saved.registrations.items() if not name.startswith(f"{issuer} ")
                },
            )

        await self.store.change(self.url, without)
