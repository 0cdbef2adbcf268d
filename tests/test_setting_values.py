"""Values that only settings of the service accept: domains, issuers, resources, schemes, secrets (docs/settings.md)."""

from typing import Any

import pytest

from mcpbase.settings.loader import SettingError
from mcpserver.configuration import load

BILLS = '{"https://api.example": {"bills:read": "See your bills"}}'


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("client_document_hosts", "Example.ORG, b.example", ("example.org", "b.example")),
        ("native_schemes", "vscode, com.example.app", ("vscode", "com.example.app")),
        (
            "identity_providers",
            "https://idp.example, https://idp.example#acme",
            ("https://idp.example", "https://idp.example#acme"),
        ),
        ("resources", BILLS, (("https://api.example", (("bills:read", "See your bills"),)),)),
        ("secret", "x" * 32, "x" * 32),
        ("app", "server.py:server", "server.py:server"),
        ("database", "sqlite:///notes.db", "sqlite:///notes.db"),
    ],
)
def test_value_is_read(name: str, text: str, value: Any) -> None:
    assert getattr(load({name: text}, {}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("client_document_hosts", "https://example.org"),
        ("client_document_hosts", "a..example"),
        ("native_schemes", "VSCode"),
        ("native_schemes", "1st"),
        ("identity_providers", "http://idp.example"),
        ("identity_providers", "https://idp.example?x=1"),
        ("identity_providers", "https://idp.example#"),
        ("identity_providers", "https://user@idp.example"),
        ("authorization_server", "https://login.example#tenant"),
        ("authorization_server", "ftp://login.example"),
        ("introspection_endpoint", "http://login.example/introspect"),
        ("resources", "[]"),
        ("resources", "no JSON"),
        ("resources", '{"https://api.example#x": {"a": "See it"}}'),
        ("resources", '{"https://api.example": {}}'),
        ("resources", '{"https://api.example": {"two words": "See it"}}'),
        ("secret", "x" * 31),
        ("app", "server.py"),
        ("app", ":server"),
        ("database", "mysql://localhost/mcp"),
        ("public_url", "https://mcp.example:443"),
        ("public_url", "https://mcp.example:0"),
        ("public_url", "https://MCP.example"),
        ("public_url", "https://mcp.example/../up"),
        ("allowed_origins", "https://app.example/path"),
    ],
)
def test_other_values_are_refused_with_the_name_of_the_setting(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=name.replace("_", ".")):
        load({name: text}, {})
