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
from typing import Protocol

from attrs import asdict, evolve, field, frozen

from ..json_text import JsonObject
from ..oauth.protocol import Credentials, Tokens

POLLING = 0.05
"""Seconds between attempts to get a lock that another process holds; there is no cancellable event for it."""
Change = Callable[["Saved"], "Saved"]


class TokenFileError(Exception):
    """The token file cannot be used. The message is one sentence that says why."""


@frozen
class Saved:
    """The tokens and registrations of one server.

    ``registrations`` are by issuer and redirect URI; ``bound`` has the issuer with which each typed client id was first
    used.
    """

    tokens: Tokens | None = None
    registrations: Mapping[str, Credentials] = field(factory=dict)
    redirect_uri: str = ""
    bound: Mapping[str, str] = field(factory=dict)

    @classmethod
    def restored(cls, values: JsonObject) -> "Saved":
        tokens = Tokens.restored(values["tokens"]) if values["tokens"] else None
        known = {name: Credentials(**each) for name, each in values["registrations"].items()}
        return cls(tokens, known, values["redirect_uri"], {**values["bound"]})


class TokenStore(Protocol):
    """Stores tokens for any number of servers, by their address."""

    async def load(self, url: str) -> Saved: ...
    async def change(self, url: str, change: Change) -> None:
        """Read, change and write the values of a server in one step."""
        ...

    def alone(self, url: str) -> AbstractAsyncContextManager[object]:
        """A lock for one server, exclusive among all users of the store."""
        ...


@frozen
class MemoryTokenStore:
    """A token store in memory, which is lost when the process ends."""

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
    """Turn OSError, as for a full disk or a folder without permission, into TokenFileError."""
    try:
        yield
    except OSError as error:
        raise TokenFileError(f"The token file {path} cannot be written: {error.strerror}.") from None


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold an exclusive flock(2) on a file, among this process and others; it is released when its holder dies.

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
    """A token store in a JSON file of mode 0600, replaced as a whole, with lock files beside it.

    Raises TokenFileError.
    """

    path: Path = field(converter=_expanded)

    def _read(self) -> JsonObject:
        try:
            if self.path.stat().st_mode & 0o077:
                raise TokenFileError(
                    f"The token file {self.path} can be read by others. Make it private with: chmod 600 {self.path}"
                )
            values = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TokenFileError(f"The token file {self.path} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise TokenFileError(
                f"The token file {self.path} is not a file that this client wrote, or it is damaged. Move it away and "
                "sign in again."
            ) from None
        return values if isinstance(values, dict) else {}

    def _write(self, values: JsonObject) -> None:
        """Replace the file atomically: readers see the old or the new file, even after a crash.

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

    def _saved(self, values: JsonObject, url: str) -> Saved:
        try:
            return Saved.restored(values[url]) if url in values else Saved()
        except (KeyError, TypeError, AttributeError):
            raise TokenFileError(
                f"The token file {self.path} is not a file that this client wrote, or it is damaged. Move it away and "
                "sign in again."
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
    """The part of a token store for one server, with the interface that the OAuth client uses."""

    store: TokenStore
    url: str

    async def find_tokens(self) -> Tokens | None:
        return (await self.store.load(self.url)).tokens

    async def put_tokens(self, tokens: Tokens) -> None:
        await self.store.change(self.url, lambda saved: evolve(saved, tokens=tokens))

    async def bind(self, client_id: str, issuer: str) -> None:
        """Bind a typed client id to the issuer with which it is first used (MCP authorization server binding)."""
        await self.store.change(self.url, lambda saved: evolve(saved, bound={client_id: issuer, **saved.bound}))

    async def forget_tokens(self) -> None:
        await self.store.change(self.url, lambda saved: evolve(saved, tokens=None))

    def alone(self) -> AbstractAsyncContextManager[object]:
        return self.store.alone(self.url)

    async def find_registration(self, issuer: str, redirect_uri: str) -> Credentials | None:
        return (await self.store.load(self.url)).registrations.get(f"{issuer} {redirect_uri}")

    async def put_registration(self, issuer: str, redirect_uri: str, credentials: Credentials) -> None:
        """Store a registration with its redirect URI, so that the next sign-in can listen on the same port."""
        name = f"{issuer} {redirect_uri}"
        await self.store.change(
            self.url,
            lambda saved: evolve(
                saved, registrations={**saved.registrations, name: credentials}, redirect_uri=redirect_uri
            ),
        )

    async def forget_registration(self, issuer: str, redirect_uri: str) -> None:
        """Forget all registrations at the issuer, whatever the port of their redirect URI.

        A server that has lost one client has lost all of them, or at worst registers one more.
        """

        def without(saved: Saved) -> Saved:
            return evolve(
                saved,
                registrations={
                    name: each for name, each in saved.registrations.items() if not name.startswith(f"{issuer} ")
                },
            )

        await self.store.change(self.url, without)
