"""Settings: four sources, one precedence, and refusals that say what to do."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from mcpbase.settings.loader import SettingError
from mcpserver.configuration import load
from mcpserver.settings import Settings, catalog


def test_without_any_source_the_defaults_hold() -> None:
    assert load({}, {}) == Settings()
    assert Settings().public_url == "http://127.0.0.1:8000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mcpserver.toml"
    path.write_text(
        'port = 1111\nname = "from the file"\nallowed_origins = ["https://a.example", "https://b.example:444"]\n'
    )
    return path


def test_flag_beats_environment_beats_file_beats_default(file: Path) -> None:
    environ = {"MCPSERVER_CONFIG": str(file), "MCPSERVER_PORT": "2222", "PATH": "/bin"}
    assert load({"port": "3333"}, environ).port == 3333
    assert load({"port": None}, environ).port == 2222
    assert load({}, {}, str(file)).port == 1111
    assert load({}, {}).port == 8000


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize("name", list(catalog()))
def test_variable_that_is_empty_is_not_given(file: Path, name: str, value: str) -> None:
    """A compose file passes on every variable that it names, set or not."""
    variable = f"MCPSERVER_{name.upper()}"
    assert load({}, {variable: value}, str(file)) == load({}, {}, str(file))
    assert load({}, {variable: value}) == load({}, {})
    with pytest.raises(SettingError, match=f"{variable}X is no setting"):
        load({}, {f"{variable}X": value})


def test_file_named_by_flag_beats_the_one_in_the_environment(file: Path) -> None:
    assert load({}, {"MCPSERVER_CONFIG": "/nowhere.toml"}, str(file)).name == "from the file"


def test_program_may_have_defaults_of_its_own() -> None:
    assert load({}, {}, defaults={"log_level": "warning"}).log_level == "warning"
    assert load({}, {"MCPSERVER_LOG_LEVEL": "DEBUG"}, defaults={"log_level": "warning"}).log_level == "debug"


def test_list_is_an_array_in_a_file_and_words_elsewhere(file: Path) -> None:
    both = ("https://a.example", "https://b.example:444")
    assert load({}, {}, str(file)).allowed_origins == both
    assert load({"allowed_origins": "https://a.example, https://b.example:444"}, {}).allowed_origins == both
    assert load({"allowed_origins": ""}, {}).allowed_origins == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", ""),
        ("host", "a b"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "eighty"),
        ("port", "8000.0"),
        ("port", "\u0661"),
        ("public_url", "mcp.example.org"),
        ("public_url", "ftp://mcp.example.org"),
        ("public_url", "http://mcp.example.org"),
        ("public_url", "http://127.0.0.1.example.org"),
        ("public_url", "https://mcp.example.org/"),
        ("public_url", "https://mcp.example.org/path/"),
        ("public_url", "https://mcp.example.org/a/../b"),
        ("public_url", "https://mcp.example.org?query"),
        ("public_url", "https://mcp.example.org#fragment"),
        ("public_url", "https://person@mcp.example.org"),
        ("public_url", "https://MCP.example.org"),
        ("public_url", "https://mcp.example.org:443"),
        ("public_url", "https://mcp.example.org:0"),
        ("public_url", "https://mcp.example.org:port"),
        ("public_url", "https://mcp.example.org:99999"),
        ("public_url", "https://mcp..example"),
        ("public_url", "https://[::1"),
        ("public_url", "https://"),
        ("database", "mysql://db.example/notes"),
        ("database", "sqlite:///"),
        ("database", "notes.db"),
        ("name", "two\nlines"),
        ("access_token_lifetime", "0"),
        ("refresh_reuse_window", "1.5"),
        ("key_rotation", "1"),
        ("key_rotation", "86399"),
        ("key_rotation", "never"),
        ("max_body_size", "1"),
        ("password_hash_slots", "65"),
        ("allowed_origins", "https://a.example/path"),
        ("allowed_origins", "a.example"),
        ("native_schemes", "Cursor"),
        ("native_schemes", "a:b"),
        ("log_level", "loud"),
    ],
)
def test_wrong_value_is_refused_in_one_sentence_with_name_source_and_remedy(name: str, value: str) -> None:
    accepts = catalog()[name].kind.accepts
    flag, variable = f"--{name.replace('_', '-')}", f"MCPSERVER_{name.upper()}"
    cases: list[tuple[Mapping[str, object], Mapping[str, str], str]] = [({name: value}, {}, flag)]
    cases += [({}, {variable: value}, variable)] if value.strip() else []  # an empty variable is none
    for flags, environ, source in cases:
        with pytest.raises(SettingError) as refused:
            load(flags, environ)
        sentence = str(refused.value)
        assert name in sentence
        assert source in sentence
        assert repr(value) in sentence
        assert accepts in sentence
        assert "\n" not in sentence


@pytest.mark.parametrize("value", ["0", " 0 ", "86400"])
def test_rotation_of_keys_is_never_or_in_days(value: str) -> None:
    """A new key every few minutes would retire keys faster than others can hear of them."""
    assert load({"key_rotation": value}, {}).key_rotation == int(value)
    assert load({}, {"MCPSERVER_KEY_ROTATION": value}).key_rotation == int(value)


@pytest.mark.parametrize(
    "line",
    [
        "port = true",
        "port = 1.0",
        "port = [1]",
        "key_rotation = false",
        "key_rotation = 0.5",
        'allowed_origins = "ftp://a"',
        "allowed_origins = 1",
        "allowed_origins = [1]",
        "name = 1",
    ],
)
def test_wrong_type_in_a_file_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(line)
    with pytest.raises(SettingError, match=rf"The setting {line.partition(' ')[0]} from the file {path} is "):
        load({}, {}, str(path))


@pytest.mark.parametrize(
    "url",
    [
        "https://mcp.example.org",
        "https://mcp.example.org:8443",
        "https://[2001:db8::1]",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://127.0.0.5:9",
        "http://[::1]:8000",
    ],
)
def test_public_url_is_an_origin_https_or_loopback(url: str) -> None:
    assert load({"public_url": url}, {}).public_url == url


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", "80", "http://127.0.0.1"),
        ("localhost", "8001", "http://localhost:8001"),
        ("::1", "8000", "http://[::1]:8000"),
    ],
)
def test_public_url_comes_from_host_and_port_on_loopback(host: str, port: str, url: str) -> None:
    assert load({"host": host, "port": port}, {}).public_url == url


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "mcp.example.org", "192.0.2.7"])
def test_service_that_others_reach_needs_its_public_url(host: str) -> None:
    """RFC 8414 section 2: an issuer is https; what plain http carries, others read."""
    with pytest.raises(SettingError, match="public_url is missing"):
        load({"host": host}, {})
    assert load({"host": host, "public_url": "https://mcp.example.org"}, {}).host == host


def test_port_that_was_taken_is_in_the_public_url_only_when_that_was_not_given() -> None:
    assert Settings(port=0).listening_on(4711).public_url == "http://127.0.0.1:4711"
    assert (
        Settings(port=0, public_url="https://mcp.example.org").listening_on(4711).public_url
        == "https://mcp.example.org"
    )


def test_identifiers_are_the_public_url_byte_for_byte() -> None:
    """RFC 8414 section 3.3 and RFC 8707 section 2: compared as strings."""
    settings = Settings(public_url="https://mcp.example.org")
    assert (settings.issuer, settings.resource, settings.secure) == (
        "https://mcp.example.org",
        "https://mcp.example.org/mcp",
        True,
    )
    assert not Settings().secure


def test_unknown_variable_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingError, match=r"MCPSERVER_PORTS is no setting; MCPSERVER_PORT is the nearest"):
        load({}, {"MCPSERVER_PORTS": "1"})
    with pytest.raises(SettingError, match=r"MCPSERVER_XYZZY is no setting; docs/settings.md lists"):
        load({}, {"MCPSERVER_XYZZY": "1"})


def test_unknown_name_in_a_file_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("public-url = 'https://mcp.example.org'")
    with pytest.raises(
        SettingError, match=rf"{path} has the setting 'public-url', which is unknown; public_url is the nearest"
    ):
        load({}, {}, str(path))


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere\.toml cannot be read: No such file"):
        load({}, {}, str(tmp_path / "nowhere.toml"))
    for content in (b"port = = 1", b"\xff\xfe"):
        (tmp_path / "broken.toml").write_bytes(content)
        with pytest.raises(SettingError, match=r"broken\.toml is not valid TOML"):
            load({}, {}, str(tmp_path / "broken.toml"))


def test_secret_is_never_shown() -> None:
    with pytest.raises(SettingError) as refused:
        load({}, {"MCPSERVER_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "from a good source" not in repr(load({}, {"MCPSERVER_SECRET": "from a good source of chance, at last"}))
