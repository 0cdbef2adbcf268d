"""The parts by value: challenges, events, forms, results, headers, addresses, settings, vault and store."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mcpbase.settings.loader import SettingError
from tests.ports import free_port
from webclient.addresses import host_of, is_endpoint_url
from webclient.cli import main
from webclient.http.challenges import parse_challenges
from webclient.mcp.protocol.parameters import InvalidTool, header_value, mirrored, parameter_headers
from webclient.mcp.protocol.sse import EventParser
from webclient.mcp.protocol.tools import read_tools
from webclient.oauth.authorization import with_query
from webclient.oauth.discovery import issuer_metadata_urls, resource_metadata_urls
from webclient.oauth.metadata import covers
from webclient.oauth.protocol import Credentials, Tokens
from webclient.results import blocks, structured
from webclient.settings import Settings, load
from webclient.sources import Sources
from webclient.storage.opening import StoreError, open_store
from webclient.vault import Vault


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Bearer realm="a, b", scope="x y"', [("bearer", {"realm": "a, b", "scope": "x y"})]),
        ("Basic YWJj==, Bearer error=invalid_token", [("basic", {}), ("bearer", {"error": "invalid_token"})]),
        ('Negotiate, Bearer a = "q\\"uo\\\\te" , b=c', [("negotiate", {}), ("bearer", {"a": 'q"uo\\te', "b": "c"})]),
        ('BEARER Scope="x", scope="y"', [("bearer", {"scope": "x"})]),
        ("Bearer", [("bearer", {})]),
        (",, Bearer", [("bearer", {})]),
        ("", []),
        ('x="y"', []),
        ('Bearer scope="unclosed', [("bearer", {})]),
        ("Bearer \x00 scope=x", [("bearer", {})]),
    ],
)
def test_challenges_are_read_by_the_grammar(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    """RFC 9110 section 11.6.1."""
    assert [(each.scheme, each.parameters) for each in parse_challenges([header])] == expected


@given(st.text(alphabet=st.sampled_from('Bearer ,=";\\x\t\x00é/+~'), max_size=80))
def test_no_header_breaks_the_challenge_reader(header: str) -> None:
    for challenge in parse_challenges([header]):
        assert challenge.scheme == challenge.scheme.lower()
        assert all(name and " " not in name for name in challenge.parameters)


@given(st.binary(max_size=200), st.integers(1, 9))
def test_no_bytes_break_the_event_reader_and_cuts_change_nothing(stream: bytes, size: int) -> None:
    whole, cut = EventParser(), EventParser()
    found = [event for at in range(0, len(stream), size) for event in cut.feed(stream[at : at + size])]
    assert found == whole.feed(stream)


KEYS = st.sampled_from(
    ["type", "properties", "required", "enum", "anyOf", "items", "default", "title", "maxLength", "x-mcp-header"]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "boolean", "null", "X"])
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12)


@given(st.dictionaries(KEYS, JSON))
def test_no_schema_breaks_the_list_of_tools(schema: dict[str, Any]) -> None:
    tools, set_aside = read_tools([{"name": "any", "inputSchema": schema}])
    assert len(tools) + len(set_aside) == 1


@given(JSON)
def test_no_result_breaks_the_page(value: Any) -> None:
    assert all("kind" in each for each in blocks({"content": value, "structuredContent": value}))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_survive_any_cut(size: int) -> None:
    """HTML Living Standard section 9.2.6: all three line ends, comments, joined data, other event types."""
    stream = (
        "\ufeffdata: one\r\n: note\rdata:two\n\nevent: other\ndata: x\n\nid: 5\ndata\n\nretry: 1\ndata:  three ü\r\r"
    ).encode()
    parser = EventParser()
    found = [
        event for at in range(0, len(stream), size) for event in parser.feed(stream[at : at + size])
    ] + parser.feed(b"\n")
    assert [(event.kind, event.data) for event in found] == [
        ("message", "one\ntwo"),
        ("other", "x"),
        ("message", " three ü"),
    ]
    assert (parser.last_id, parser.retry) == ("5", 0.001)


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_header_values_as_the_specification_writes_them(value: str, header: str) -> None:
    """MCP 2026-07-28, value encoding: the examples of the table."""
    assert header_value(value) == header


def test_nested_parameters_are_mirrored_and_absent_ones_left_out() -> None:
    def at(name: str, kind: str) -> dict[str, str]:
        return {"type": kind, "x-mcp-header": name}

    schema: dict[str, Any] = {
        "properties": {
            "a": {"type": "object", "properties": {"b": at("B", "integer")}},
            "c": at("C", "boolean"),
            "d": at("D", "string"),
        }
    }
    assert parameter_headers(schema, {"a": {"b": -7}, "c": True, "d": None}) == {
        "Mcp-Param-B": "-7",
        "Mcp-Param-C": "true",
    }
    assert parameter_headers(schema, {"a": 3, "c": False, "d": "x"}) == {"Mcp-Param-C": "false", "Mcp-Param-D": "x"}
    assert parameter_headers(schema, {"a": {"b": 2**60}}) == {}
    assert parameter_headers({"properties": {"x-mcp-header": {"type": "string"}}}, {}) == {}


@pytest.mark.parametrize(
    "properties",
    [
        {"a": {"type": "string", "x-mcp-header": ""}},
        {"a": {"type": "string", "x-mcp-header": "a b"}},
        {"a": {"type": "string", "x-mcp-header": "X\r\nY"}},
        {"a": {"type": "string", "x-mcp-header": 5}},
        {"a": {"type": "number", "x-mcp-header": "X"}},
        {"a": {"type": ["string"], "x-mcp-header": "X"}},
        {"a": {"type": "string", "x-mcp-header": "X"}, "b": {"type": "string", "x-mcp-header": "x"}},
        {"a": {"type": "array", "items": {"type": "string", "x-mcp-header": "X"}}},
        {"a": {"oneOf": [{"type": "string", "x-mcp-header": "X"}]}},
    ],
)
def test_wrong_annotations_make_the_tool_invalid(properties: dict[str, Any]) -> None:
    """MCP 2026-07-28, constraints on x-mcp-header values."""
    with pytest.raises(InvalidTool):
        mirrored({"type": "object", "properties": properties})


def test_bad_tools_are_set_aside_one_by_one() -> None:
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"items": deep}
    tools, set_aside = read_tools(
        [
            {"name": "ok", "inputSchema": {}},
            "junk",
            {"name": "deep", "inputSchema": deep},
            {"name": "", "inputSchema": {}},
        ]
    )
    assert [tool["name"] for tool in tools] == ["ok"]
    assert len(set_aside) == 3


def test_structured_values_find_their_shape() -> None:
    table = {"kind": "table", "name": "", "columns": ["a", "b", "c"], "rows": [["-", "yes", "-"], ["-", "no", "1"]]}
    assert structured([{"a": None, "b": True}, {"b": False, "c": [1]}]) == [table]
    assert structured({"notes": [], "n": None, "x": [1]}) == [
        {"kind": "pairs", "pairs": [("n", "-")]},
        {"kind": "empty", "name": "notes"},
        {"kind": "items", "name": "x", "items": ["1"]},
    ]
    assert structured({"notes": [{"a": 1}]}) == [{"kind": "table", "name": "notes", "columns": ["a"], "rows": [["1"]]}]
    plain: list[Any] = [5, {}]
    assert [structured(value) for value in plain] == [[{"kind": "json", "text": each}] for each in ("5", "{}")]


def test_strange_content_is_shown_as_it_is() -> None:
    picture = {"type": "image", "mimeType": "image/png", "data": "not base64!"}
    shown = blocks(
        {"content": [picture, 5, {"type": "image", "mimeType": "image/png", "data": 5}], "structuredContent": None}
    )
    assert [each["kind"] for each in shown] == ["json"] * 4
    assert blocks({"content": "junk"}) == []


def test_endpoint_may_use_http_where_the_person_typed_it() -> None:
    assert is_endpoint_url("http://nas.lan:81/x", "http://nas.lan/mcp")
    assert not is_endpoint_url("http://nas.lan:81/x", "https://nas.lan/mcp")
    assert is_endpoint_url("http://localhost:81/x", "https://127.0.0.1/mcp")
    assert not is_endpoint_url("http://127.0.0.1:81/x", "https://far.example/mcp")
    assert not is_endpoint_url(5, "http://nas.lan/mcp")
    assert host_of("http://[::1/") is None


def test_well_known_addresses_come_in_the_specified_order() -> None:
    """RFC 9728 section 3.1, RFC 8414 section 3.1; MCP 2026-07-28, authorization server discovery."""
    assert resource_metadata_urls("https://a.example/x/mcp") == [
        "https://a.example/.well-known/oauth-protected-resource/x/mcp",
        "https://a.example/.well-known/oauth-protected-resource",
    ]
    assert resource_metadata_urls("https://a.example/") == ["https://a.example/.well-known/oauth-protected-resource"]
    assert issuer_metadata_urls("https://a.example/t1") == [
        "https://a.example/.well-known/oauth-authorization-server/t1",
        "https://a.example/.well-known/openid-configuration/t1",
        "https://a.example/t1/.well-known/openid-configuration",
    ]


def test_resource_covers_itself_and_what_lies_below() -> None:
    assert covers("https://a.example", "https://a.example/mcp")
    assert covers("https://a.example/", "https://a.example")
    assert not covers("https://a.example#x", "https://a.example/mcp")
    assert not covers("http://a.example", "https://a.example/mcp")


def test_query_of_the_authorization_endpoint_is_kept() -> None:
    """RFC 6749 section 3.1."""
    assert (
        with_query("https://a.example/x?tenant=1&y=", {"state": "a b"}) == "https://a.example/x?tenant=1&y=&state=a+b"
    )


def test_settings_know_their_order(tmp_path: Path) -> None:
    file = tmp_path / "client.toml"
    file.write_text(
        'port = 1\nhost = "::1"\npublic_url = "https://c.example/"\nrequest_timeout = 9\nprivate_addresses = false\n'
    )
    environ = {
        "WEBCLIENT_PORT": "2",
        "WEBCLIENT_HOST": "localhost",
        "WEBCLIENT_CONFIG": str(file),
        "WEBCLIENT_PRIVATE_ADDRESSES": "on",
    }
    assert load({}, {}, str(file)).private_addresses == "off"
    settings = load({"port": "3", "host": None}, environ)
    assert (settings.port, settings.host, settings.request_timeout) == (3, "localhost", 9)
    assert (settings.redirect_uri, settings.secure, settings.on_loopback) == ("https://c.example/callback", True, False)
    assert settings.private_addresses == "on"
    assert Settings(host="::1", port=5).origin == "http://[::1]:5"
    assert Settings(host="0.0.0.0", port=5).redirect_uri == "http://127.0.0.1:5/callback"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("prot = 1", "has the setting 'prot', which is unknown"),
        ("port = true", "port from the file"),
        ("port = ", "is not valid TOML"),
        ('host = ""', "accepts a host name"),
        ('public_url = "http://far.example"', "accepts an https origin"),
        ('public_url = "https://x.example/path"', "accepts an https origin"),
        ('database = "postgresql://x"', "accepts sqlite:///PATH"),
        ("request_timeout = 0", "accepts a whole number from 1 to 600"),
        ('private_addresses = "perhaps"', "accepts on, off or auto"),
    ],
)
def test_wrong_setting_stops_with_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    file = tmp_path / "client.toml"
    file.write_text(content)
    with pytest.raises(SettingError, match=sentence.replace("(", "\\(")):
        load({}, {}, str(file))


def test_command_line_says_what_is_wrong(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert "port from --port is 'x'" in run(main, ["--port", "x"]).output
    assert "cannot be read" in run(main, ["--config", str(tmp_path / "none")]).output
    assert "Cannot listen on 192.0.2.1" in run(main, ["--host", "192.0.2.1", "--port", "1"]).output
    assert (
        "cannot be created"
        in run(main, ["--port", str(free_port()), "--database", f"sqlite:///{tmp_path}/no/where.db"]).output
    )
    assert run(main, ["--version"]).output.startswith("webclient ")


def tokens() -> Tokens:
    credentials = Credentials("id", "hidden-secret")
    return Tokens(
        "https://i", "hidden-access", "hidden-refresh", 1, ("a",), "https://r", "https://t", None, credentials
    )


@pytest.mark.parametrize("version", [99, 2**31 - 1])
async def test_store_refuses_what_it_cannot_use(tmp_path: Path, version: int) -> None:
    """At once: another program's database may have any number."""
    path = tmp_path / "client.db"
    settings = Settings(database=f"sqlite:///{path}")
    store = await open_store(settings, Sources())
    await store._rows(f"PRAGMA user_version = {version}", ())
    await store.close()
    with pytest.raises(StoreError, match="newer webclient"):
        await open_store(settings, Sources())
    path.write_bytes(b"not a database, however you look at it" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        await open_store(settings, Sources())


async def test_steps_of_earlier_versions_are_not_judged(tmp_path: Path) -> None:
    """They name neither chapter nor cause by a code, so that a run that went well would look failed."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'client.db'}")
    store = await open_store(settings, Sources())
    await store._rows("INSERT INTO integrations (id, owner, payload, created_at) VALUES ('i', x'00', '{}', 0)", ())
    await store._rows("INSERT INTO hops (integration_id, payload) VALUES ('i', '{}')", ())
    await store._rows("PRAGMA user_version = 7", ())
    await store.close()
    store = await open_store(settings, Sources())
    assert await store._rows("SELECT * FROM hops", ()) == []
    await store.close()


@pytest.mark.parametrize(
    ("content", "mode", "sentence"), [(b"short", 0o600, "holds 5 bytes"), (b"k" * 32, 0o644, "opened by other users")]
)
async def test_store_refuses_a_key_it_cannot_trust(tmp_path: Path, content: bytes, mode: int, sentence: str) -> None:
    key = tmp_path / "client.db.key"
    key.write_bytes(content)
    key.chmod(mode)
    with pytest.raises(StoreError, match=sentence):
        await open_store(Settings(database=f"sqlite:///{tmp_path / 'client.db'}"), Sources())


async def test_store_in_memory_forgets_late_answers() -> None:
    store = await open_store(Settings(database="sqlite://"), Sources())
    await store.put_tokens("gone", tokens())
    assert await store.find_tokens("gone") is None
    await store.close()


def test_vault_opens_only_what_it_sealed_for_that_purpose() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal("tokens 1", {"a": "b" * 2_000_000})
    assert vault.open("tokens 1", sealed) == {"a": "b" * 2_000_000}
    assert vault.open("tokens 2", sealed) is None
    assert vault.open("tokens 1", "junk") is None
    assert Vault(b"j" * 32).open("tokens 1", sealed) is None
    header = json.loads(base64.urlsafe_b64decode(sealed.split(".")[0] + "=="))
    assert (header["alg"], header["enc"]) == ("dir", "A256GCM")


def test_secrets_do_not_print() -> None:
    assert "hidden" not in repr(tokens())
    logging.getLogger("webclient").debug("%r", tokens())


async def test_link_to_nowhere_makes_no_database_that_others_can_read(tmp_path: Path) -> None:
    """SQLite would make the file that the link leads to, with the mode that is usual."""
    (tmp_path / "link.db").symlink_to(tmp_path / "target.db")
    with pytest.raises(StoreError, match="cannot be used"):
        await open_store(Settings(database=f"sqlite:///{tmp_path}/link.db"), Sources())
    assert not (tmp_path / "target.db").exists()
