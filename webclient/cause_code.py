"""The causes of failures by name. An error of the flow carries one; ``trace.causes`` has the text of each."""

from enum import StrEnum


class CauseCode(StrEnum):
    """Why a step failed.

    UNKNOWN stands for an error whose cause only the answer can tell; NOT_MCP and other general causes may be refined
    from the answer.
    """

    # reaching a server
    NOTHING_ANSWERS = "nothing_answers"
    NO_HOST = "no_host"
    TIMEOUT = "timeout"
    TLS = "tls"
    TLS_EXPIRED = "tls_expired"
    TLS_NAME = "tls_name"
    TLS_SELF_SIGNED = "tls_self_signed"
    TLS_ISSUER = "tls_issuer"
    NO_TLS = "no_tls"
    NOT_HTTP = "not_http"
    ENCODING = "encoding"
    CUT_SHORT = "cut_short"
    PRIVATE_ADDRESS = "private_address"
    MOVED_INSIDE = "moved_inside"
    OTHER_SPELLING = "other_spelling"
    PRIVATE_NETWORK = "private_network"
    TOO_LARGE = "too_large"
    HEADERS_TOO_LARGE = "headers_too_large"
    REDIRECT = "redirect"
    ENDPOINT_REDIRECTS = "endpoint_redirects"

    # access to the endpoint
    FORBIDDEN = "forbidden"
    FORBIDDEN_WITH_TOKEN = "forbidden_with_token"
    HOST_REFUSED = "host_refused"
    NO_CHALLENGE = "no_challenge"
    BOT_WALL = "bot_wall"
    RATE_LIMITED = "rate_limited"
    SESSION_LOST = "session_lost"
    SESSION_REQUIRED = "session_required"

    # speaking MCP
    FOREIGN_ENDPOINT = "foreign_endpoint"
    NOT_FOUND = "not_found"
    NOT_FOUND_AT_MCP = "not_found_at_mcp"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    HTML = "html"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    NOT_JSON = "not_json"
    EMPTY = "empty"
    NOT_MCP = "not_mcp"
    UNREADABLE = "unreadable"
    UNAVAILABLE = "unavailable"
    TOKEN_NOT_TAKEN = "token_not_taken"
    SERVER_ERROR = "server_error"
    VERSION = "version"
    HEADER_MISMATCH = "header_mismatch"
    RPC_ERROR = "rpc_error"
    NO_ANSWER = "no_answer"
    ENDLESS = "endless"
    MISSHAPEN = "misshapen"
    UNANSWERABLE = "unanswerable"
    WRONG_ANSWER = "wrong_answer"
    BROKEN_PROMISE = "broken_promise"
    TOOL_FAILED = "tool_failed"
    TASK_FAILED = "task_failed"
    FILE_MISMATCH = "file_mismatch"

    # discovery
    NO_RESOURCE_METADATA = "no_resource_metadata"
    NO_NAMED_METADATA = "no_named_metadata"
    ISSUER_IS_DOCUMENT = "issuer_is_document"
    NO_AUTHORIZATION_SERVERS = "no_authorization_servers"
    INCOMPLETE_METADATA = "incomplete_metadata"
    RESOURCE_MISMATCH = "resource_mismatch"
    UNSAFE_ADDRESS = "unsafe_address"
    NO_ISSUER_METADATA = "no_issuer_metadata"
    ISSUER_MISMATCH = "issuer_mismatch"
    NO_S256 = "no_s256"

    # signing in
    NO_REGISTRATION = "no_registration"
    REGISTRATION_REFUSED = "registration_refused"
    REGISTRATION_NEEDS_TOKEN = "registration_needs_token"
    REGISTRATION_ANSWER = "registration_answer"
    NO_REGISTRATION_ENDPOINT = "no_registration_endpoint"
    NO_TOKEN_ENDPOINT = "no_token_endpoint"
    DENIED = "denied"
    AUTHORIZATION_ERROR = "authorization_error"
    ISS_MISMATCH = "iss_mismatch"
    ISS_MISSING = "iss_missing"
    NO_STATE = "no_state"
    NO_CODE = "no_code"
    INVALID_GRANT = "invalid_grant"
    INVALID_CLIENT = "invalid_client"
    INVALID_SCOPE = "invalid_scope"
    INVALID_TARGET = "invalid_target"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    DPOP = "dpop"
    TOKEN_REFUSED = "token_refused"
    TOKEN_ANSWER = "token_answer"

    # tokens and permissions
    WRONG_AUDIENCE = "wrong_audience"
    NO_AUDIENCE = "no_audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    MILLISECONDS = "milliseconds"
    TOKEN_DROPPED = "token_dropped"
    TOKEN_LOOP = "token_loop"
    KEY_REFUSED = "key_refused"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    SCOPE_UNNAMED = "scope_unnamed"
    SCOPE_NOT_GRANTED = "scope_not_granted"
    SCOPE_LOOP = "scope_loop"
    OTHER_ISSUER = "other_issuer"

    # other causes
    OWN_FAULT = "own_fault"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "CauseCode":
        return cls.UNKNOWN
