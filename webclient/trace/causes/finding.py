"""Causes in discovery: the metadata of the MCP server and of its authorization server."""

from ...cause_code import CauseCode
from .cause import Cause

DISCOVERY = "MCP 2026-07-28, authorization server discovery"

FINDING = {
    CauseCode.NO_RESOURCE_METADATA: Cause(
        "The server does not say how to sign in",
        "It requires a token (401), but there is no protected resource metadata at the well-known addresses. Without "
        "it the client cannot know which authorization server to use.",
        "Publish a JSON document with resource and authorization_servers at /.well-known/oauth-protected-resource "
        "followed by the path of the endpoint, and name its address in the challenge: WWW-Authenticate: Bearer "
        'resource_metadata="...".',
        "RFC 9728 section 3",
        "A server that accepts only API keys also behaves like this. Ask its owner for a key.",
    ),
    CauseCode.NO_NAMED_METADATA: Cause(
        "There is no metadata at the address that the server names",
        "The challenge names an address (resource_metadata), but there is no document at it.",
        "Publish the protected resource metadata at exactly this address, or correct the address in the challenge. "
        "The well-known part directly follows the host, and the path of the endpoint follows it: "
        "/.well-known/oauth-protected-resource/mcp. Proxies must forward this path.",
        "RFC 9728 section 5.1",
    ),
    CauseCode.ISSUER_IS_DOCUMENT: Cause(
        "The metadata names a document instead of an issuer",
        "authorization_servers contains the address of a metadata document. It must contain the issuer; clients "
        "derive the address of the document from it.",
        "Put the issuer there, exactly as the document itself names it under issuer.",
        "RFC 9728 section 2",
    ),
    CauseCode.NO_AUTHORIZATION_SERVERS: Cause(
        "The metadata names no authorization server",
        "authorization_servers is missing, empty, or not a list of addresses, so the client does not know where to "
        "sign in.",
        "List the issuer of at least one authorization server in authorization_servers.",
        DISCOVERY,
    ),
    CauseCode.INCOMPLETE_METADATA: Cause(
        "The metadata lacks a required member",
        "The document was found and can be read, but it lacks a member that every such document must have.",
        "Add the member that the step names. Names are written with underscores and compared character by character.",
        "RFC 8414 section 2",
    ),
    CauseCode.RESOURCE_MISMATCH: Cause(
        "The metadata describes another server",
        "Its resource is not the address you added. If the client went on, another server could obtain a token of "
        "yours.",
        "Set resource to the address that people enter, character by character: scheme, host, port and path. Behind a "
        "proxy, configure the public address.",
        "RFC 9728 section 3.3",
        "If you trust the server, add it under the address that its metadata names.",
    ),
    CauseCode.UNSAFE_ADDRESS: Cause(
        "An address in the metadata is not safe",
        "It does not use https, or it has parts that other programs could read differently, such as a user name "
        "before the host.",
        "Use a plain https address (http is allowed for loopback only). Behind a proxy, configure the public address, "
        "because others cannot reach the internal one.",
        "OAuth 2.1 section 1.5",
    ),
    CauseCode.NO_ISSUER_METADATA: Cause(
        "The authorization server publishes no metadata",
        "There is no document at any of the well-known addresses of this issuer, so its endpoints are unknown.",
        "Publish /.well-known/oauth-authorization-server or /.well-known/openid-configuration. If the issuer has a "
        "path, check where the path belongs in that address.",
        "RFC 8414 section 3",
    ),
    CauseCode.ISSUER_MISMATCH: Cause(
        "The issuer in the metadata is another one",
        "The issuer in the metadata of the authorization server differs from the one that the MCP server names. Every "
        "character counts, even a slash at the end. This check stops impostors.",
        "Make both identical, character by character: authorization_servers of the MCP server and issuer of the "
        "authorization server.",
        "RFC 8414 section 3.3",
    ),
    CauseCode.NO_S256: Cause(
        "Authorization codes are not protected",
        "The metadata does not say that the authorization server supports PKCE with S256. Clients must not continue "
        "without it.",
        'Support S256, and announce it: "code_challenge_methods_supported": ["S256"].',
        "MCP 2026-07-28, authorization code protection",
    ),
}
