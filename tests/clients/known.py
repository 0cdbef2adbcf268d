"""What known MCP clients register and how they ask, from their documentation and source; details change, so this is
the one place for them.
"""

from attrs import frozen


@frozen
class KnownClient:
    """``registration`` is the body it posts; ``redirects`` are the addresses it asks to return to, which may carry a
    port it picked that day.

    ``scope`` is what it asks for: None names none. ``resource`` tells whether it names one. ``basic``: it shows its
    secret in the header.
    """

    name: str
    registration: dict[str, object]
    redirects: tuple[str, ...]
    scope: str | None = None
    resource: bool = True
    prompt: str | None = None
    basic: bool = False


CODE_AND_REFRESH = {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}
PUBLIC = {"token_endpoint_auth_method": "none", **CODE_AND_REFRESH}
EVERYTHING = "profile notes:read notes:write offline_access"

CLIENTS = (
    KnownClient(
        "claude.ai",
        {
            "client_name": "Claude",
            "client_uri": "https://claude.ai",
            "redirect_uris": ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
            **PUBLIC,
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        },
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
        scope="profile notes:read notes:write",
    ),
    KnownClient(
        "Claude Code",
        {
            "client_name": "Claude Code (notes)",
            "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
            **PUBLIC,
        },
        ("http://localhost:54545/callback", "http://127.0.0.1:1455/callback"),
        scope=EVERYTHING,
    ),
    KnownClient(
        "Claude Code, with the port of the day",
        {"client_name": "Claude Code (notes)", "redirect_uris": ["http://localhost:54545/callback"], **PUBLIC},
        ("http://localhost:54545/callback",),
        scope="notes:read offline_access",
    ),
    KnownClient(
        "ChatGPT",
        {
            "client_name": "ChatGPT",
            "redirect_uris": [
                "https://chatgpt.com/connector_platform_oauth_redirect",
                "https://chatgpt.com/connector/oauth/Ab3_x-9",
            ],
            **PUBLIC,
        },
        ("https://chatgpt.com/connector_platform_oauth_redirect", "https://chatgpt.com/connector/oauth/Ab3_x-9"),
    ),
    KnownClient(
        "Cursor",
        {
            "client_name": "Cursor",
            "redirect_uris": [
                "http://localhost:8787/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "cursor://anysphere.cursor-mcp/oauth/callback",
            ],
            **PUBLIC,
        },
        (
            "http://localhost:8787/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ),
        scope=EVERYTHING,
    ),
    KnownClient(
        "VS Code",
        {
            "client_name": "Visual Studio Code",
            "client_uri": "https://code.visualstudio.com",
            "application_type": "native",
            "redirect_uris": [
                "https://insiders.vscode.dev/redirect",
                "https://vscode.dev/redirect",
                "http://127.0.0.1/",
                "http://127.0.0.1:33418/",
            ],
            **PUBLIC,
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        },
        (
            "http://127.0.0.1:33418/",
            "http://127.0.0.1:40123/",
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
        ),
        scope="notes:read",
    ),
    KnownClient(
        "MCP Inspector",
        {
            "client_name": "MCP Inspector",
            "redirect_uris": ["http://localhost:6274/oauth/callback"],
            "scope": "",
            **PUBLIC,
        },
        ("http://localhost:6274/oauth/callback",),
        scope="",
    ),
    KnownClient(
        "MCP Inspector, command line",
        {"client_name": "MCP Inspector", "redirect_uris": ["http://127.0.0.1:6276/oauth/callback"], **PUBLIC},
        ("http://127.0.0.1:6276/oauth/callback",),
    ),
    KnownClient(
        "mcp-remote",
        {
            "client_name": "MCP CLI Proxy",
            "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
            "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
            "software_version": "0.15.1",
            "application_type": "native",
            "scope": "profile notes:read notes:write offline_access",
            "redirect_uris": ["http://localhost:28114/oauth/callback"],
            **PUBLIC,
        },
        ("http://localhost:28114/oauth/callback", "http://localhost:28115/oauth/callback"),
        scope="profile notes:read notes:write offline_access",
        prompt="consent",
    ),
    KnownClient(
        "mcp-remote, earlier",
        {
            "client_name": "MCP CLI Proxy",
            "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
            "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
            "software_version": "0.1.37",
            "redirect_uris": ["http://localhost:3334/oauth/callback"],
            **PUBLIC,
        },
        ("http://localhost:3334/oauth/callback", "http://localhost:28114/oauth/callback"),
        scope="profile",
        resource=False,
    ),
    KnownClient(
        "Gemini CLI",
        {
            "client_name": "Gemini CLI MCP Client",
            "redirect_uris": ["http://localhost:41337/oauth/callback"],
            **PUBLIC,
            "scope": "",
        },
        ("http://localhost:41337/oauth/callback", "http://localhost:7777/oauth/callback"),
    ),
    KnownClient(
        "a client of the Python SDK",
        {
            "client_name": "Simple Auth Client",
            "redirect_uris": ["http://localhost:3030/callback"],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "notes:read notes:write",
            **CODE_AND_REFRESH,
        },
        ("http://localhost:3030/callback", "http://localhost:3031/callback"),
        scope="notes:read notes:write",
    ),
    KnownClient(
        "a client that sends every member it knows, most of them empty",
        {
            "client_name": "Assistant",
            "client_uri": "",
            "logo_uri": "",
            "tos_uri": "",
            "policy_uri": None,
            "jwks_uri": "",
            "contacts": [],
            "software_id": "",
            "scope": None,
            "application_type": "web",
            "id_token_signed_response_alg": "RS256",
            "require_auth_time": False,
            "redirect_uris": ["http://127.0.0.1:8976/callback"],
            **PUBLIC,
        },
        ("http://127.0.0.1:8976/callback",),
    ),
    KnownClient(
        "a confidential web client that names no method",
        {"client_name": "Web client", "redirect_uris": ["https://app.example/callback"]},
        ("https://app.example/callback",),
        basic=True,
        prompt="consent",
    ),
)
