"""Authorization servers that register nobody, and give no token that is good for anything."""

from typing import Any

from aiohttp import web

from .catalogue import reads
from .server import Server, document, web_page, whatever, words


@reads("This client cannot register itself", "--client-id")
def no_registration(s: Server) -> None:
    del s.issuer["registration_endpoint"]


@reads("Validation failed")
def reg_400_odd(s: Server) -> None:
    s.doors["/register"] = document(
        {"message": "Validation failed", "errors": [{"path": "client_uri", "msg": "Required"}]}, 400
    )


@reads("Only https redirect URIs are allowed")
def reg_400_redirect(s: Server) -> None:
    s.doors["/register"] = document(
        {"error": "invalid_redirect_uri", "error_description": "Only https redirect URIs are allowed"}, 400
    )


@reads("client_id", never=("did not register this client",))
def reg_no_client_id(s: Server) -> None:
    s.doors["/register"] = document({"clientId": "abc"}, 201)


@reads("Registration needs an initial access token", "Initial access token required")
def reg_401(s: Server) -> None:
    s.doors["/register"] = document(
        {"error": "invalid_token", "error_description": "Initial access token required"}, 401
    )


@reads("The server failed", "500")
def reg_500_html(s: Server) -> None:
    s.doors["/register"] = web_page("Server Error (500)", 500)


@reads("Too many requests")
def register_429(s: Server) -> None:
    s.doors["/register"] = document({"error": "too_many_requests"}, 429, **{"Retry-After": "3600"})


@reads("The endpoint redirects", "/register/")
def register_307(s: Server) -> None:
    s.doors["/register"] = words("", 307, Location=s.origin + "/register/")


@reads("Host not trusted")
def register_cors_403(s: Server) -> None:
    s.doors["/register"] = document(
        {
            "error": "access_denied",
            "error_description": "Policy 'Trusted Hosts' rejected request. Details: Host not trusted.",
        },
        403,
    )


@reads("Scope 'read' is not a registered scope")
def invalid_scope(s: Server) -> None:
    s.redirect |= {"code": "", "error": "invalid_scope", "error_description": "Scope 'read' is not a registered scope"}


@reads("Declined: You denied access")
def consent_deny(s: Server) -> None:
    s.redirect |= {"code": "", "error": "access_denied"}


@reads("The response does not name its issuer")
def iss_promised(s: Server) -> None:
    s.issuer["authorization_response_iss_parameter_supported"] = True


@reads("PKCE verification failed")
def invalid_grant(s: Server) -> None:
    s.doors["/token"] = document({"error": "invalid_grant", "error_description": "PKCE verification failed"}, 400)


@reads("The code passed is incorrect or expired.")
def token_error_200(s: Server) -> None:
    s.doors["/token"] = document(
        {"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
    )


@reads("Public clients are not allowed", "The authorization server does not know this client", never=("{'",))
def token_error_object(s: Server) -> None:
    s.doors["/token"] = document(
        {"error": {"code": "invalid_client", "message": "Public clients are not allowed"}}, 401
    )


@reads("404", "/token")
def token_404(s: Server) -> None:
    s.doors["/token"] = document({"detail": "Not Found"}, 404)


@reads("The server failed", "500")
def token_500(s: Server) -> None:
    s.doors["/token"] = web_page("Whitelabel Error Page", 500)


@reads("The endpoint redirects")
def token_307(s: Server) -> None:
    s.doors["/token"] = words("", 307, Location=s.origin + "/token/")


@reads("Unexpected token g in JSON at position 0")
def token_wants_json(s: Server) -> None:
    s.doors["/token"] = document({"message": "Unexpected token g in JSON at position 0"}, 400)


@reads("AADSTS9010010", "The authorization server does not know this resource")
def token_invalid_target(s: Server) -> None:
    told = "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes."
    s.doors["/token"] = document({"error": "invalid_target", "error_description": told}, 400)


@reads("token_type")
def token_type_missing(s: Server) -> None:
    s.token["token_type"] = None


@reads("data")
def token_nested(s: Server) -> None:
    s.doors["/token"] = document({"success": True, "data": {"access_token": "x" * 20, "token_type": "Bearer"}})


@reads("The token is for another server", "https://api.example.com")
def wrong_aud(s: Server) -> None:
    s.refuses, s.claims["aud"] = True, "https://api.example.com"


@reads("The token names no audience")
def token_aud_missing(s: Server) -> None:
    s.refuses = True
    del s.claims["aud"]


@reads("The token had expired")
def expired_jwt(s: Server) -> None:
    s.refuses, s.claims["exp"] = True, s.claims["iat"] - 300


@reads("The token is not valid yet")
def nbf_future(s: Server) -> None:
    s.refuses, s.claims["nbf"] = True, s.claims["iat"] + 300


@reads("The times in the token are in milliseconds")
def exp_ms(s: Server) -> None:
    s.refuses, s.claims["exp"] = True, s.claims["exp"] * 1000


@reads("The server refuses a token that was just issued for it", "no matching key in JWKS")
def unknown_key(s: Server) -> None:
    s.claims["aud"] = "account"
    s.refuses, s.refusal["error_description"] = True, "Signature verification failed: no matching key in JWKS"


@reads("The server refuses a token that was just issued for it")
def token_loop(s: Server) -> None:
    s.refuses = s.opaque = True


@reads("audience mismatch")
def forbidden_aud(s: Server) -> None:
    s.methods["server/discover"] = s.methods["initialize"] = whatever(
        document({"message": "Access denied: audience mismatch"}, 403)
    )


@reads("The server refuses a token that was just issued for it")
def second_401_tools(s: Server) -> None:
    async def refused(request: web.Request, message: dict[str, Any]) -> web.Response:
        return s.unauthorized(error="invalid_token")

    s.methods["tools/list"] = refused


def _wants(s: Server, parameters: str) -> None:
    answer = document(
        {"error": "insufficient_scope"}, 403, **{"WWW-Authenticate": f'Bearer error="insufficient_scope"{parameters}'}
    )
    s.methods["tools/list"] = whatever(answer)


@reads("A permission is missing, but the server does not name it")
def scope_none(s: Server) -> None:
    _wants(s, "")


@reads("A permission was requested, but not granted", "The server requires admin read; the token has read.")
def scope_not_granted(s: Server) -> None:
    _wants(s, ', scope="read admin"')


@reads("The permission was granted, but the server still refuses", "The server requires read; the token has read.")
def scope_loop(s: Server) -> None:
    _wants(s, ', scope="read"')


@reads("The permission was granted, but the server still refuses")
def scope_loop_opaque(s: Server) -> None:
    s.opaque, s.token["scope"] = True, None
    _wants(s, ', scope="read"')


@reads("No token was issued")
def token_error_of_objects(s: Server) -> None:
    s.doors["/token"] = document({"error": {"code": {"a": []}, "message": ["x"]}}, 400)
