"""Settings of the service: frozen, typed, documented and validated once (docs/settings.md)."""

from attrs import frozen


@frozen
class Settings:
    """All lifetimes in seconds, all sizes in bytes."""

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    database: str = "sqlite:///mcpserver.db"
    secret_file: str | None = None
    name: str = "mcpserver"
    access_token_lifetime: int = 3600
    refresh_token_lifetime: int = 30 * 86400
    grant_lifetime: int = 365 * 86400
    refresh_reuse_window: int = 30
    code_lifetime: int = 60
    session_lifetime: int = 14 * 86400
    max_body_size: int = 4 * 1024 * 1024
    password_hash_slots: int = 2
    allowed_origins: tuple[str, ...] = ()
    native_schemes: tuple[str, ...] = ("cursor", "vscode", "vscode-insiders", "windsurf", "zed", "claude")

    @property
    def issuer(self) -> str:
        """RFC 8414 section 2: the issuer identifier, without a trailing slash."""
        return self.public_url

    @property
    def resource(self) -> str:
        """RFC 8707 section 2: the resource identifier of the MCP endpoint."""
        return self.public_url + "/mcp"

    @property
    def secure(self) -> bool:
        """Whether the public URL is https."""
        return self.public_url.startswith("https://")
