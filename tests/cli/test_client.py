"""``mcpserver client``: clients that the operator vouches for."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from mcpserver.oauth.protocol.grant_types import DEVICE_CODE

from .conftest import Listed, Run

ADD = ("client", "add", "--name", "An editor", "--redirect-uri", "https://editor.example/callback")


def test_public_client_has_an_id_and_no_secret(run: Run, listed: Listed) -> None:
    done = run(*ADD)
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    (client,) = listed("client")
    assert line == f"client_id: {client['client_id']}"
    assert client.pop("created") > 1_700_000_000
    assert client == {
        "client_id": line.removeprefix("client_id: "),
        "name": "An editor",
        "kind": "operator",
        "confidential": False,
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": None,
        "redirect_uris": ["https://editor.example/callback"],
    }


def test_confidential_client_is_told_its_secret_once(run: Run, listed: Listed) -> None:
    """RFC 6749 section 2.3.1."""
    done = run(*ADD, "--confidential")
    name, secret = done.stdout.splitlines()[1].split(": ")
    assert name == "client_secret"
    assert len(secret) > 43
    assert listed("client")[0]["confidential"] is True
    assert secret not in run("client", "list", "--json").stdout


def test_client_that_acts_for_itself_needs_no_redirect_and_gets_a_secret(run: Run, listed: Listed) -> None:
    """OAuth 2.1 section 4.2: only confidential clients."""
    done = run("client", "add", "--name", "Nightly job", "--acts-for-itself", "--scope", "notes:read")
    assert (done.exit_code, "client_secret: " in done.stdout) == (0, True)
    (client,) = listed("client")
    assert (client["confidential"], client["redirect_uris"], client["grant_types"]) == (
        True,
        [],
        ["client_credentials"],
    )
    assert run(*ADD, "--acts-for-itself", "--scope", "notes:read").exit_code == 0
    both = next(client for client in listed("client") if client["redirect_uris"])
    assert both["grant_types"] == ["authorization_code", "refresh_token", "client_credentials"]


KEYS: dict[str, ECKey | OKPKey | RSAKey] = {
    "EC": ECKey.generate_key("P-256"),
    "Ed25519": OKPKey.generate_key("Ed25519"),
    "RSA": RSAKey.generate_key(2048),
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", ["pem", "jwk", "set"])
def test_client_that_signs_has_a_public_key_and_no_secret(
    run: Run, listed: Listed, tmp_path: Path, kind: str, form: str
) -> None:
    """RFC 7591 section 2: jwks; RFC 7523 section 2.2."""
    public = KEYS[kind].as_dict(private=False)
    text = {
        "pem": KEYS[kind].as_pem(private=False),
        "jwk": json.dumps(public).encode(),
        "set": json.dumps({"keys": [public]}).encode(),
    }[form]
    (tmp_path / "key").write_bytes(text)
    done = run(
        "client",
        "add",
        "--name",
        "Nightly job",
        "--acts-for-itself",
        "--scope",
        "notes:read",
        "--public-key",
        str(tmp_path / "key"),
    )
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.stderr
    assert listed("client")[0]["confidential"] is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (KEYS["EC"].as_pem(private=True), "This is a private key"),
        (json.dumps(KEYS["RSA"].as_dict(private=True)).encode(), "is not one that can be used here"),
        (b"-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----", "is it PEM, and whole?"),
        (b"\xff", "neither PEM nor a JWK"),
        (b"[]", "neither PEM nor a JWK"),
        (b'{"keys": []}', "is not one that can be used here"),
        (b'{"keys": 1}', "is not one that can be used here"),
        (json.dumps({"kty": "oct", "k": "c2VjcmV0"}).encode(), "is not one that can be used here"),
    ],
)
def test_what_is_no_public_key_is_misuse(run: Run, listed: Listed, tmp_path: Path, text: bytes, sentence: str) -> None:
    (tmp_path / "key").write_bytes(text)
    done = run(*ADD, "--public-key", str(tmp_path / "key"))
    assert (done.exit_code, listed("client")) == (2, [])
    assert sentence in done.stderr


def test_program_that_its_platform_vouches_for_needs_no_secret(run: Run, listed: Listed) -> None:
    """SEP-1933."""
    options = (
        "client",
        "add",
        "--name",
        "CI",
        "--scope",
        "notes:read",
        "--workload",
        "https://token.ci.example",
        "repo:acme/app:*",
    )
    done = run(*options)
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.stderr
    (client,) = listed("client")
    assert (client["confidential"], client["grant_types"]) == (False, ["urn:ietf:params:oauth:grant-type:jwt-bearer"])
    again = run(*options)
    assert (again.exit_code, len(listed("client"))) == (1, 1)
    assert "already authenticates as another client" in again.stderr
    assert run(*options[:-2], "http://ci.example", "x").exit_code == 2


def test_client_that_brings_the_word_of_an_identity_provider_gets_a_secret(run: Run, listed: Listed) -> None:
    """MCP extension enterprise-managed-authorization, section 5."""
    done = run("client", "add", "--name", "Assistant", "--enterprise-managed")
    assert (done.exit_code, "client_secret: " in done.stdout) == (0, True)
    assert listed("client")[0]["grant_types"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]


@pytest.mark.parametrize("options", [("--acts-for-itself",), ()], ids=["no scope", "no purpose"])
def test_client_without_a_purpose_is_misuse(run: Run, listed: Listed, options: tuple[str, ...]) -> None:
    done = run("client", "add", "--name", "Nightly job", *options)
    assert (done.exit_code, listed("client")) == (2, [])
    assert ("needs --scope" in done.stderr) == bool(options)


def test_redirects_and_scopes_are_kept_in_order_and_once(run: Run, listed: Listed) -> None:
    more = (
        "--redirect-uri",
        "http://127.0.0.1/callback",
        "--redirect-uri",
        "https://editor.example/callback",
        "--scope",
        "notes:read  profile",
    )
    assert run(*ADD, *more).exit_code == 0
    (client,) = listed("client")
    assert client["redirect_uris"] == ["https://editor.example/callback", "http://127.0.0.1/callback"]
    assert client["scope"] == "profile notes:read"
    table = run("client", "list").stdout
    assert "https://editor.example/callback http://127.0.0.1/callback" in table
    assert "An editor" in table


def test_device_needs_nowhere_to_return_to(run: Run, listed: Listed) -> None:
    """RFC 7591 section 2: redirect URIs are for who is redirected."""
    assert run("client", "add", "--name", "Display", "--device").exit_code == 0
    assert run(*ADD, "--device").exit_code == 0
    assert sorted((client["redirect_uris"], client["grant_types"]) for client in listed("client")) == [
        ([], ["refresh_token", DEVICE_CODE]),
        ([ADD[-1]], ["authorization_code", "refresh_token", DEVICE_CODE]),
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--redirect-uri", "http://editor.example/callback"),
            "Error: The redirect URI 'http://editor.example/callback' cannot be used: ",
        ),
        (("--redirect-uri", "javascript:alert(1)"), "Error: The redirect URI 'javascript:alert(1)' cannot be used: "),
        (("--scope", "everything"), "Error: The scope 'everything' cannot be used: "),
        (("--name", "two\nlines"), "Error: The name 'two\\nlines' cannot be shown to people: "),
        (("--name", " "), "Error: The name ' ' cannot be shown to people: "),
    ],
)
def test_what_cannot_be_is_misuse_and_nothing_is_kept(
    run: Run, listed: Listed, options: tuple[str, ...], sentence: str
) -> None:
    done = run(*ADD, *options)
    assert done.exit_code == 2
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert listed("client") == []


def test_native_scheme_comes_from_the_settings(run: Run) -> None:
    """RFC 8252 section 7.1."""
    assert run(*ADD, "--redirect-uri", "acme://callback").exit_code == 2
    assert run(*ADD, "--redirect-uri", "acme://callback", "--native-schemes", "acme").exit_code == 0


def test_client_is_removed_once(run: Run, listed: Listed) -> None:
    client_id = run(*ADD).stdout.removeprefix("client_id: ").strip()
    run("initial-access-token", "add")
    done = run("client", "remove", client_id)
    assert (done.exit_code, done.stdout) == (0, f"Removed {client_id}.\n")
    assert listed("client") == []
    again = run("client", "remove", client_id)
    assert (again.exit_code, again.stderr) == (1, f"Error: There is no client {client_id!r}.\n")


@pytest.mark.parametrize("client_id", ["-unknown", "--unknown", "-with-h", "--database-"])
def test_id_that_begins_with_a_hyphen_is_no_option(run: Run, client_id: str) -> None:
    run("initial-access-token", "add")  # makes the database
    done = run("client", "remove", client_id)
    assert (done.exit_code, done.stderr) == (1, f"Error: There is no client {client_id!r}.\n")


@pytest.mark.parametrize("command", ["remove", "vouch"])
def test_public_client_that_nobody_uses_is_said_to_be_unstored(run: Run, command: str) -> None:
    """RFC 7591: its id contains its registration."""
    run("initial-access-token", "add")  # makes the database
    client_id = "client.WyJ4IixbXSxbXSx7fV0.uByjuE4YEIGAJKfDLFMT1A"
    done = run("client", command, client_id)
    assert done.exit_code == 1
    assert done.stderr == (
        f"Error: The client {client_id!r} is not stored: a public client that registered itself is stored once "
        "somebody has allowed it something.\n"
    )


def test_no_clients_yet(run: Run) -> None:
    run("initial-access-token", "add")
    assert run("client", "list").stdout == "There are no clients yet.\n"


def test_scope_is_one_of_the_server_that_is_served(run: Run) -> None:
    options = (
        "client",
        "add",
        "--name",
        "Editor",
        "--redirect-uri",
        "https://c.example/cb",
        "--app",
        "tests.cli.noisy:server",
    )
    assert run(*options, "--scope", "notes:write").exit_code == 0
    refused = run(*options, "--scope", "books:read")
    assert refused.exit_code == 2
    assert "The scope books:read is unknown here. Known are: profile, notes:write, notes:read" in refused.stderr


def test_scope_may_be_one_of_another_resource_or_of_sign_in(run: Run, tmp_path: Path) -> None:
    """RFC 8707: the service issues tokens for those resources, so its operator can write in who gets them."""
    config = tmp_path / "service.toml"
    config.write_text(
        'openid = true\n[resources."https://bills.example/api"]\nbills = "See your bills"\n', encoding="utf-8"
    )
    job = ("client", "add", "--config", str(config), "--name", "Job", "--acts-for-itself", "--scope", "bills")
    assert run(*job).exit_code == 0
    application = (
        "client",
        "add",
        "--config",
        str(config),
        "--name",
        "App",
        "--redirect-uri",
        "https://c.example/cb",
        "--scope",
        "openid profile",
    )
    assert run(*application).exit_code == 0
    assert run("client", "add", "--name", "Job", "--acts-for-itself", "--scope", "bills").exit_code == 2


def test_operator_vouches_for_a_client_and_withdraws_it(run: Run, listed: Listed) -> None:
    run(*ADD)
    client_id = listed("client")[0]["client_id"]
    done = run("client", "vouch", client_id, "--withdraw")
    assert (done.exit_code, done.stdout) == (0, f"You no longer vouch for {client_id}.\n")
    assert listed("client")[0]["kind"] == "self-registered"
    assert run("client", "vouch", client_id).stdout == f"You now vouch for {client_id}.\n"
    assert listed("client")[0]["kind"] == "operator"
    for nobody in ("nobody", "-nobody", "--nobody"):
        done = run("client", "vouch", nobody)
        assert done.exit_code == 1
        assert "no registered client" in done.stderr


@pytest.mark.parametrize(("scope", "status"), [("shop:read", 0), ("notes:read", 2)])
def test_scopes_are_those_of_the_application_that_is_served(run: Run, scope: str, status: int) -> None:
    environ = {"MCPSERVER_APP": "tests.cli.shop:open_shop"}
    assert run(*ADD, "--acts-for-itself", "--scope", scope, environ=environ).exit_code == status
