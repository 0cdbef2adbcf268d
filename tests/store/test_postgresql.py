"""What is particular to PostgreSQL: opening it, losing it, and changes that run side by side in several processes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from attrs import evolve

from mcpserver.accounts import Identity
from mcpserver.database_url import without_secrets
from mcpserver.notes.store import NoteStore
from mcpserver.oauth.protocol import ClientKind, Room
from mcpserver.processes import Cursor, Sent
from mcpserver.sources import Sources
from mcpserver.store import Statement, Store, StoreBusy, StoreError, open_store
from mcpserver.store.postgresql import open_url
from mcpserver.store.postgresql.listener import PATIENCE, PROVING, Listener
from mcpserver.store.postgresql.statements import prepared

from ..clock import Clock
from ..postgresql import Server, running_pooler, running_server
from .rivals import Rival
from .samples import (
    NOW,
    account,
    announced,
    client,
    code,
    digest,
    grant,
    keep_grant,
    keep_redeemed_grant,
    refresh_token,
)
from .wire import Wire, wire_to

COUNT = "SELECT COUNT(*) FROM notes"


@pytest.fixture
def url(postgresql_server: Server) -> str:
    """The URL of an empty database."""
    return postgresql_server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that the test may stop."""
    with running_server() as server:
        yield server


@pytest.fixture
async def wire(postgresql_server: Server) -> AsyncIterator[Wire]:
    async with wire_to(postgresql_server.port) as wire:
        yield wire


@pytest.fixture
async def wired(url: str, wire: Wire, postgresql_server: Server) -> AsyncIterator[Store]:
    """A store at the other end of the wire."""
    opened = await open_store(url.replace(f":{postgresql_server.port}/", f":{wire.port}/"), busy_timeout=1)
    yield opened
    await opened.close()


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        await open_store(url)
    return str(refused.value)


async def test_database_that_is_not_there_is_named_without_its_password(postgresql_server: Server) -> None:
    url = postgresql_server.url("nowhere")
    assert await refusal(url) == (
        f"There is no database postgresql://127.0.0.1:{postgresql_server.port}/nowhere: create it with createdb, or "
        "name another one."
    )


async def test_server_that_is_not_there_is_told(unused_tcp_port: int) -> None:
    said = await refusal(f"postgresql://mcp:hidden-word@127.0.0.1:{unused_tcp_port}/mcp")
    assert said.startswith(f"The database postgresql://127.0.0.1:{unused_tcp_port}/mcp cannot be reached: ")
    assert "hidden-word" not in said


async def test_wrong_password_is_told_and_not_quoted(postgresql_server: Server) -> None:
    said = await refusal(postgresql_server.url().replace(postgresql_server.password, "hidden-word"))
    assert "does not let this user in: password authentication failed" in said
    assert "hidden-word" not in said


@pytest.mark.parametrize("password", ["SEC/RET", "SEC#RET", "SEC?RET", "SEC:RET", "SEC RET"])
async def test_password_with_odd_characters_is_not_quoted(password: str, unused_tcp_port: int) -> None:
    """Unescaped, it ends where a part of the URL begins that the driver quotes when it cannot read it."""
    said = await refusal(f"postgresql://mcp:{password}@127.0.0.1:{unused_tcp_port}/mcp")
    assert "SEC" not in said
    assert "RET" not in said


async def test_user_without_the_right_to_create_tables_is_told(url: str, postgresql_server: Server) -> None:
    name = url.rpartition("/")[2]
    postgresql_server.run(f"CREATE ROLE guest{name} LOGIN PASSWORD 'guest'")
    guest = url.replace(f"//mcp:{postgresql_server.password}@", f"//guest{name}:guest@")
    assert "may not create tables" in await refusal(guest)


async def test_database_of_another_program_is_left_alone(url: str, postgresql_server: Server) -> None:
    postgresql_server.run("CREATE TABLE accounts (id TEXT)", url.rpartition("/")[2])
    assert "belongs to another program" in await refusal(url)


async def test_database_of_a_newer_version_is_left_alone(url: str, postgresql_server: Server) -> None:
    await (await open_store(url)).close()
    postgresql_server.run("INSERT INTO migrations VALUES (9999, 'from tomorrow')", url.rpartition("/")[2])
    assert "was written by a newer version" in await refusal(url)


async def test_other_encodings_are_refused(postgresql_server: Server) -> None:
    url = postgresql_server.new_database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "has the encoding LATIN1" in await refusal(url)


async def test_driver_that_is_not_installed_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    for module in [name for name in sys.modules if name.startswith("mcpserver.store.postgresql")]:
        monkeypatch.delitem(sys.modules, module)
    assert "pip install 'mcpserver[postgres]'" in await refusal(url)


async def test_stores_that_open_a_new_database_at_once_migrate_it_once(url: str, postgresql_server: Server) -> None:
    stores = await asyncio.gather(*(open_store(url) for _ in range(6)))
    assert int(postgresql_server.run("SELECT COUNT(*) FROM migrations", url.rpartition("/")[2])) >= 19
    for store in stores:
        await store.ping()
        await store.close()


def test_url_is_shown_without_user_password_and_options() -> None:
    assert without_secrets("postgresql://u:p@h1,h2:1/db?password=x") == "postgresql://h1,h2:1/db"
    assert without_secrets("postgresql:///db?host=/run&password=x") == "postgresql:///db"
    assert without_secrets("postgresql://u:p@ss/w@h/db") == "postgresql://h/db"
    assert without_secrets("postgresql://u:SE#CRET@h/db") == "postgresql://h/db"
    assert without_secrets("postgresql://[::1]:5432,h2/db") == "postgresql://[::1]:5432,h2/db"
    for odd in (
        "postgresql://u:SE?CRET@h/db",
        "postgresql:/u:SECRET@h/db",
        "postgresql://u:SECRET",
        "mysql://u:SECRET?x@h",
    ):
        assert without_secrets(odd) == odd.partition(":")[0] + ":..."
    assert without_secrets("sqlite:///a@b.db") == "sqlite:///a@b.db"


def test_placeholder_has_the_type_of_its_value() -> None:
    """PostgreSQL cannot tell the type of ``$1 - $2``; ``::`` and words in text are no placeholders."""
    text, arguments = prepared(
        "UPDATE t SET a = :a::text, b = :b - :c WHERE d = :d", {"a": "x", "b": 1, "c": 2, "d": b"y"}
    )
    assert text == "UPDATE t SET a = $1::text::text, b = $2::bigint - $3::bigint WHERE d = $4::bytea"
    assert arguments == ["x", 1, 2, b"y"]
    assert prepared("SELECT ':no', :x1", {"x1": True}) == ("SELECT ':no', $1::bigint", [1])
    assert prepared("DELETE FROM t returning id", {}, counted=True)[0] == "DELETE FROM t returning id"
    assert prepared("SELECT :a, :b", {"a": None, "b": 1}) == ("SELECT NULL, $1::bigint", [1])


async def test_server_that_restarts_is_found_again(own_server: Server) -> None:
    """What was acknowledged before is there afterwards, and nothing needs a new start of the service."""
    store = await open_store(own_server.new_database(), busy_timeout=1)
    await keep_redeemed_grant(store)
    own_server.stop("fast")
    with pytest.raises(StoreBusy):
        await store.find_grant("grant")
    with pytest.raises(StoreBusy):
        await store.revoke_grant("grant", now=NOW)
    with pytest.raises(StoreBusy):
        await store.ping()
    own_server.start()
    assert await store.find_grant("grant") == grant()
    assert await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
    await store.close()


async def test_lost_connections_are_replaced_unnoticed(wired: Store, wire: Wire) -> None:
    await keep_redeemed_grant(wired)
    wire.cut()
    assert await wired.find_grant("grant") == grant()
    wire.cut()
    assert await wired.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)


async def test_network_that_falls_silent_is_given_up(url: str, wire: Wire, postgresql_server: Server) -> None:
    """Half-open connections: nobody says that the other end is gone."""
    place = url.replace(f":{postgresql_server.port}/", f":{wire.port}/")
    database = await open_url(place, busy_timeout=1, sources=Sources(), statement_timeout=1)
    store = Store(database)
    await keep_grant(store)
    wire.silent = True
    with pytest.raises(StoreBusy):
        await store.find_grant("grant")
    with pytest.raises(StoreBusy):
        await store.revoke_grant("grant", now=NOW)
    wire.silent = False
    assert await store.find_grant("grant") == grant()
    assert await store.revoke_grant("grant", now=NOW)
    await store.close()


async def test_change_that_was_not_committed_is_tried_again(wired: Store, wire: Wire) -> None:
    await keep_grant(wired)
    wire.until = b"UPDATE codes"
    assert await wired.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)
    assert not await wired.spend_code(digest("code of grant"), refresh_token=None, now=NOW)


@pytest.mark.parametrize("reached", [False, True])
async def test_single_statement_does_not_happen_twice(wired: Store, wire: Wire, *, reached: bool) -> None:
    """A number that grows: told as done, it grew once; told as uncertain, at most once."""
    add = Statement("UPDATE history SET changes = changes + 1")
    wire.until, wire.after = b"UPDATE history", reached
    try:
        await wired.database.apply(add)
        told = {1}
    except StoreBusy:
        told = {0, 1}
    assert (await wired.database.fetch("SELECT changes FROM history"))[0][0] in told


@pytest.mark.parametrize("reached", [False, True])
async def test_change_that_may_be_committed_is_not_tried_again(wired: Store, wire: Wire, *, reached: bool) -> None:
    """The caller hears that it is not known; the code was spent at most once."""
    await keep_grant(wired)
    wire.until, wire.after = b"COMMIT", reached
    with pytest.raises(StoreBusy, match="while a change was committed"):
        await wired.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)
    again = await wired.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)
    assert again is not reached


async def test_guard_that_fails_undoes_the_whole_change(store: Store) -> None:
    await keep_redeemed_grant(store)
    assert not await store.rotate_refresh_token(refresh_token("refresh", generation=1), now=NOW)
    assert await store.find_grant("grant") == grant()


async def test_lock_of_another_session_is_waited_for_and_then_told(url: str, postgresql_server: Server) -> None:
    store = await open_store(url, busy_timeout=0.3)
    await keep_grant(store)
    rival = await open_store(url)
    async with rival.database._pool.acquire() as connection, connection.transaction():  # type: ignore[attr-defined]
        await connection.execute("SELECT 1 FROM grants FOR UPDATE")
        with pytest.raises(StoreBusy, match="lock timeout"):
            await store.revoke_grant("grant", now=NOW)
    assert await store.revoke_grant("grant", now=NOW)
    await rival.close()
    await store.close()


async def test_code_is_redeemed_by_one_of_many_in_four_processes(store: Store, url: str) -> None:
    """RFC 6749 section 4.1.2, past one process."""
    names = [f"grant{number}" for number in range(20)]
    for name in names:
        await keep_grant(store, name)
    digests = [digest(f"code of {name}").hex() for name in names]
    rivals = [Rival("spend", url, str(NOW), *digests) for _ in range(4)]
    winners = await _raced(rivals)
    assert [sum(each) for each in zip(*winners, strict=True)] == [1] * len(names)


async def _raced(rivals: list[Rival]) -> list[list[int]]:
    """Let all act at the same moment, and return the numbers that each says."""
    async with AsyncExitStack() as stack:
        for rival in rivals:
            await stack.enter_async_context(rival)
        for rival in rivals:
            await rival.ready()
        for rival in rivals:
            rival.go()
        return [[int(word) for word in (await rival.answer()).split()] for rival in rivals]


async def test_grants_given_while_their_person_is_disabled_do_not_survive(store: Store) -> None:
    """Both at once, many times: whichever comes first, no live grant is left and each is announced."""
    await keep_grant(store)
    for turn in range(20):
        await store.enable_account("ann")
        grants = [grant(f"{turn}.{number}") for number in range(4)]
        await asyncio.gather(
            *(store.add_grant(each, code(each.id, each.id)) for each in grants[:2]),
            store.disable_account("ann", now=NOW),
            *(store.add_grant(each, code(each.id, each.id)) for each in grants[2:]),
        )
        kept = [found for each in grants if (found := await store.find_grant(each.id)) is not None]
        assert all(found.revoked_at == NOW for found in kept)
        assert {found.id for found in kept} <= set(await announced(store))


async def test_first_grant_of_a_client_outlives_whoever_makes_room(store: Store) -> None:
    """A client is reaped while somebody consents to it: the one or the other happens, and nothing that was told is
    lost.
    """
    await keep_grant(store)
    for turn in range(40):
        client_id = f"client {turn}"
        kept = evolve(client(client_id), kind=ClientKind.SELF_REGISTERED, created_at=NOW)
        assert await store.add_registration(kept, management=None, room=Room(100, displaced_before=NOW))
        given, _ = await asyncio.gather(
            store.add_grant(evolve(grant(f"grant {turn}"), client_id=client_id)),
            store.purge(NOW + 100 * 86400, unused_client_lifetime=60, access_token_lifetime=10**9),
        )
        assert (await store.find_grant(f"grant {turn}") is not None) is given


async def test_registrations_at_once_keep_to_the_limit(store: Store) -> None:
    room = Room(5, displaced_before=NOW - 86400)
    clients = [evolve(client(str(number)), kind=ClientKind.SELF_REGISTERED) for number in range(40)]
    kept = await asyncio.gather(*(store.add_registration(each, management=None, room=room) for each in clients))
    assert sum(each is not None for each in kept) == 5


async def test_identity_of_a_person_who_is_removed_meanwhile_is_refused(store: Store) -> None:
    """Not a fault: one of the two comes first."""
    for turn in range(20):
        await store.add_account(account())
        identity = Identity("https://login.example", "", f"subject {turn}")
        added, removed = await asyncio.gather(
            store.add_identity(identity, "ann", now=NOW), store.remove_account("ann", now=NOW)
        )
        assert removed
        assert added in (True, False)


async def test_announcement_that_appears_late_is_not_missed(store: Store, url: str) -> None:
    """Numbers are given before the commit, so a higher one may be seen first."""
    for name in ("early", "late"):
        await keep_grant(store, name)
    cursor = Cursor(lambda: 0.0)
    pool = store.database._pool  # type: ignore[attr-defined]
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("INSERT INTO revocations (grant_id, revoked_at) VALUES ('early', 1)")
            await store.revoke_grant("late", now=NOW)
            assert cursor.news(await store.revocations_since(cursor.position)) == ["late"]
        assert cursor.news(await store.revocations_since(cursor.position)) == ["early"]
    assert cursor.news(await store.revocations_since(cursor.position)) == []


async def test_pooler_in_transaction_mode_serves_the_store(url: str, postgresql_server: Server) -> None:
    with running_pooler(postgresql_server) as pooled:
        store = await open_store(pooled(url))
        await store.add_account(account())
        notes = await NoteStore.open(store.database)
        await asyncio.gather(*(notes.add_note("ann", f"note {number}", now=NOW) for number in range(200)))
        reads = await asyncio.gather(*(store.find_account("ann") for _ in range(200)))
        assert all(found == account() for found in reads)
        assert (await store.database.fetch(COUNT))[0][0] == 200
        await store.changed(0.1)  # nobody can listen there: it looks when its time has passed
        await store.close()


async def test_caller_that_stops_waiting_does_not_undo_its_change(store: Store) -> None:
    await keep_grant(store)
    waiting = asyncio.create_task(store.revoke_grant("grant", now=NOW))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await store.close()
    with pytest.raises(StoreBusy, match="closed"):
        await store.find_grant("grant")


async def test_value_that_cannot_be_stored_is_not_found_either(store: Store) -> None:
    assert await store.find_account("a\0b") is None


async def test_backups_are_left_to_the_tools_of_postgresql(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="mcpserver db backup"):
        await store.copy_to(tmp_path / "copy.db")


async def test_change_with_a_fault_of_its_own_says_so(store: Store) -> None:
    """What no repetition mends is an error of the caller alone."""
    with pytest.raises(Exception, match="null value"):
        await store.database.apply(Statement("INSERT INTO accounts (id) VALUES (:id)", {"id": "x"}, rows=1))
    await store.ping()


async def _published(store: Store, content: str) -> None:
    await store.add_events(Sent("another process", content), now=1)


async def test_process_is_woken_when_another_one_publishes(store: Store, url: str) -> None:
    """LISTEN and NOTIFY: not by asking again and again."""
    other = await open_store(url)
    async with asyncio.timeout(20):
        await store.changed(10)  # it begins to listen, and then looks once
        waiting = asyncio.create_task(store.changed(3600))
        await asyncio.sleep(0)
        await _published(other, "news")
        await waiting
    assert [sent.content for _, sent in await store.events_between(0, 10**9)] == ["news"]
    await other.close()


async def test_process_is_woken_when_another_one_revokes(store: Store, url: str) -> None:
    """RFC 7009 section 2.1: a revoked grant ends everywhere."""
    other = await open_store(url)
    await keep_redeemed_grant(other)
    async with asyncio.timeout(20):
        await store.changed(10)
        waiting = asyncio.create_task(store.changed(3600))
        await asyncio.sleep(0)
        await other.revoke_grant("grant", now=5)
        await waiting
    await other.close()


async def test_what_is_published_while_the_wire_is_cut_is_read_afterwards(wired: Store, wire: Wire, url: str) -> None:
    """Notifications are lost with their connection; the rows of the table are not, and it listens again."""
    other = await open_store(url)
    async with asyncio.timeout(30):
        await wired.changed(10)
        wire.cut()
        await _published(other, "missed")
        while not await wired.event_numbers(0):
            await wired.changed(0.1)
        position = await wired.newest_event()
        await wired.changed(10)  # it listens again
        waiting = asyncio.create_task(wired.changed(3600))
        await asyncio.sleep(0)
        await _published(other, "heard")
        while not (rows := await wired.events_between(position + 1, 10**9)):
            await waiting
            waiting = asyncio.create_task(wired.changed(3600))
    assert [sent.content for _, sent in rows] == ["heard"]
    waiting.cancel()
    await other.close()


async def test_network_that_falls_silent_is_noticed_by_the_connection_that_listens(
    wire: Wire, postgresql_server: Server, url: str, store: Store
) -> None:
    """It has nothing to say for hours, so that nobody would miss it: it proves itself from time to time."""
    clock, address = Clock(), url.replace(f":{postgresql_server.port}/", f":{wire.port}/")
    listener = Listener(lambda: asyncpg.connect(address, timeout=1), clock.sources().monotonic)
    async with asyncio.timeout(60):
        await listener.wait(10)
        wire.silent = True
        clock.now += int(PROVING) + 1
        await listener.wait(PATIENCE + 2)
        wire.silent = False
        wire.cut()
        await listener.wait(10)  # it listens again
        waiting = asyncio.create_task(listener.wait(3600))
        await asyncio.sleep(0)
        await _published(store, "news")
        await waiting
    await listener.close()
