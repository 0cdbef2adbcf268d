"""When what is the client's own fails: its database, its disk, a second program on the same files.

Nothing hangs, and the person reads a sentence.
"""

import asyncio
import logging
import sqlite3
import stat
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from webclient import FileTokenStore
from webclient.people.person import SignInRefused
from webclient.people.service import People
from webclient.program.token_stores import TokenFileError
from webclient.settings import Settings
from webclient.sources import Sources
from webclient.storage import CallRecord
from webclient.storage.opening import open_store

from .browser import SESSION, Browser
from .conftest import Running
from .foreign import Foreign

NOT_YOUR_FAULT = "An internal error occurred. It is not your fault. The log has the details under "
NOTHING_FITS = (
    "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
)
"""What follows finds a disk that is full: no file may grow."""


@contextmanager
def broken(client: Running, table: str) -> Iterator[None]:
    """Nothing can be added to a table of the running program's database."""
    path = client.settings.database_path
    assert path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
        yield
        other.execute("DROP TRIGGER broken")


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def reference_in(text: str) -> str:
    return text.partition(NOT_YOUR_FAULT)[2][:8]


async def run(code: str, *arguments: str) -> tuple[int | None, str]:
    """Status and standard error of a program."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode()


async def test_call_that_meets_a_fault_is_over_and_holds_up_no_other(
    browser: Browser, client: Running, foreign: Foreign, caplog: pytest.LogCaptureFixture
) -> None:
    page = await browser.add(foreign.url)
    with broken(client, "hops"):
        met = await browser.call(page, "whoami")
        for _ in range(20):
            await browser.call(page, "whoami")
    reference = reference_in(met.text)
    assert any(
        reference in record.getMessage() and record.exc_info
        for record in caplog.records
        if record.levelno == logging.ERROR
    )
    assert "is running" not in met.text
    assert NOT_YOUR_FAULT not in (await browser.call(page, "whoami")).text


async def test_call_whose_end_cannot_be_kept_is_over(
    browser: Browser, client: Running, foreign: Foreign, caplog: pytest.LogCaptureFixture
) -> None:
    page = await browser.add(foreign.url)
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    with broken(client, "calls"):
        operation = client.connections.calls.begin(integration, CallRecord("whoami", {}))
        async with asyncio.timeout(10):
            async for _ in operation.over():
                pass
        assert operation.record
        assert operation.record.problem == ""
        await operation.stop()
    assert client.connections.calls.operations.of(integration) == []
    assert "could not be stored" in caplog.text
    assert (await browser.get(page.path)).status == 200


async def test_watch_that_meets_a_fault_says_so(
    browser: Browser, client: Running, foreign: Foreign, caplog: pytest.LogCaptureFixture
) -> None:
    await browser.add(foreign.url)
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    with broken(client, "hops"):
        watch = await client.connections.subscriptions.begin(integration)
        await watch.settled(10)
    assert not watch.running
    reference = reference_in(watch.problem)
    assert reference
    assert reference in caplog.text


async def test_second_program_leaves_alone_what_is_under_way(
    browser: Browser, client: Running, foreign: Foreign
) -> None:
    """``webclient user list`` beside running pages opens the same database."""
    page = await browser.add(foreign.url)
    foreign.lies.slow = 6
    await browser.call(page, "whoami")
    integration = (await client.connections.store.integrations_of(browser.owner))[0]
    before = [hop.outcome for hop in await client.connections.store.hops.of(integration.id)]
    assert before.count("pending") == 1
    await (await open_store(client.settings, Sources())).close()
    assert [hop.outcome for hop in await client.connections.store.hops.of(integration.id)] == before
    await client.stop()
    await client.start()
    assert "pending" not in [hop.outcome for hop in await client.connections.store.hops.of(integration.id)]


@pytest.mark.parametrize("meanwhile", ["another password", "removed"])
async def test_sign_in_with_what_held_a_moment_ago_opens_nothing(tmp_path: Path, meanwhile: str) -> None:
    """Checking a password takes a while, in which it may be changed."""
    sources = Sources()
    store = await open_store(Settings(database=f"sqlite:///{tmp_path / 'client.db'}"), sources)
    people = People(store.people, sources)
    await people.add("Ada", "correct horse")
    person = await people.sign_in("Ada", "correct horse")
    if meanwhile == "removed":
        await store.people.remove(person)
    else:
        await store.people.set_password(person, await people.passwords.hash("battery staple"))
    with pytest.raises(SignInRefused):
        await people.open_session(b"digest", person)
    assert await people.find_session(b"digest") is None
    await store.close()


async def test_password_and_sessions_change_together_or_not_at_all(tmp_path: Path) -> None:
    path, sources = tmp_path / "client.db", Sources()
    store = await open_store(Settings(database=f"sqlite:///{path}"), sources)
    people = People(store.people, sources)
    person = await people.add("Ada", "correct horse")
    await people.open_session(b"digest", person)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(
            "CREATE TRIGGER broken BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(sqlite3.IntegrityError):
        await store.people.set_password(person, await people.passwords.hash("battery staple"))
    assert await people.sign_in("Ada", "correct horse") == person
    assert await people.find_session(b"digest") == person
    await store.close()


async def test_full_disk_leaves_no_half_of_a_key(tmp_path: Path) -> None:
    key = tmp_path / "client.db.key"
    read = (
        "import sys, pathlib; from mcpbase.secret_file import kept_secret; kept_secret(pathlib.Path(sys.argv[1]), "
        "bytes)"
    )
    status, said = await run(NOTHING_FITS + read, str(key))
    assert (status, "cannot be used" in said) == (1, True)
    assert names(tmp_path) == []
    assert (await run(read, str(key)))[0] == 0
    assert (key.read_bytes(), stat.S_IMODE(key.stat().st_mode)) == (b64encode(bytes(32)) + b"\n", 0o600)


def begin(path: Path) -> None:
    """What every program of the client does first, in a thread of its own."""

    async def opened() -> None:
        await (await open_store(Settings(database=f"sqlite:///{path}"), Sources())).close()

    asyncio.run(opened())


async def test_programs_that_start_together_share_one_key(tmp_path: Path) -> None:
    for number in range(10):
        await asyncio.gather(*(asyncio.to_thread(begin, tmp_path / f"{number}.db") for _ in range(4)))
    assert {name.partition(".")[2] for name in names(tmp_path)} == {"db", "db.key"}


async def test_database_that_cannot_be_changed_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "client.db"
    await (await open_store(Settings(database=f"sqlite:///{path}"), Sources())).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON people BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    begin = (
        "import sys; from webclient.cli import main; main(['user', 'add', 'Ada', '--password', 'correct horse', "
        "'--database', sys.argv[1]])"
    )
    assert await run(begin, f"sqlite:///{path}") == (1, "Error: The database could not be changed: the disk is full.\n")


async def test_tokens_that_cannot_be_kept_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    change = (
        "import asyncio, sys; from webclient import FileTokenStore; "
        "asyncio.run(FileTokenStore(sys.argv[1]).change('https://a', lambda saved: saved))"
    )
    status, said = await run(NOTHING_FITS + change, str(path))
    assert (status, f"TokenFileError: The token file {path} cannot be written: File too large." in said) == (1, True)
    assert names(tmp_path) == ["tokens.json.lock"]
    (tmp_path / "other.json.lock").mkdir()
    with pytest.raises(TokenFileError, match=r"other.json.lock cannot be written: Is a directory."):
        await FileTokenStore(tmp_path / "other.json").change("https://a", lambda saved: saved)


async def test_browser_that_leaves_in_the_middle_of_a_form_is_no_fault(
    browser: Browser, client: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """A log that calls every hasty click a failure hides the real ones."""
    page = await browser.get("/add")
    cookie = next(each.value for each in browser.session.cookie_jar if SESSION.fullmatch(each.key))
    _, writer = await asyncio.open_connection("127.0.0.1", client.settings.port)
    lines = [
        f"POST {browser.below}/add HTTP/1.1",
        f"Host: 127.0.0.1:{client.settings.port}",
        f"Cookie: webclient={cookie}",
        f"Origin: {client.settings.origin}",
    ]
    form = [
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 500",
        "",
        f"csrf={page.form('/add').fields['csrf']}&url=",
    ]
    writer.write("\r\n".join([*lines, *form]).encode())
    await writer.drain()
    writer.transport.abort()
    for _ in range(3):
        assert (await browser.get("/")).status == 200
    assert "failed" not in caplog.text
