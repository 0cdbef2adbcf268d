"""Causes in discovery: the metadata of the MCP server and of its authorization server."""

from ...cause_code import CauseCode
from .cause import Cause

DISCOVERY = "MCP 2026-07-28, authorization server discovery"

FINDING = {
    CauseCode.NO_RESOURCE_METADATA: Cause(
        "The server does not say how to sign in",
        "It asks for a token (401), but at the well-known addresses there is no protected resource metadata. Without "
        "it nobody knows which authorization"
        " server to go to.",
        "Serve a JSON document at /.well-known/oauth-protected-resource (with the path of the endpoint behind it) "
        "that has resource and authorization_servers,"
        ' and name it in the challenge: WWW-Authenticate: Bearer resource_metadata="...".',
        "RFC 9728 section 3",
        "A server that knows only API keys is like this, too: no sign-in leads to it. Ask its owner.",
    ),
    CauseCode.NO_NAMED_METADATA: Cause(
        "There is no metadata where the server says it is",
        "The challenge names an address (resource_metadata), and nothing is there.",
        "Serve the protected resource metadata at exactly this address, or correct the address in the challenge. The "
        "well-known part comes right after the"
        " host, the path of the endpoint behind it: /.well-known/oauth-protected-resource/mcp. Proxies must let it "
        "through.",
        "RFC 9728 section 5.1",
    ),
    CauseCode.ISSUER_IS_DOCUMENT: Cause(
        "A document stands where an issuer belongs",
        "authorization_servers holds the address of a metadata document. Clients build that address themselves, from "
        "the issuer.",
        "Put the issuer there, letter by letter as it stands in the document under issuer.",
        "RFC 9728 section 2",
    ),
    CauseCode.NO_AUTHORIZATION_SERVERS: Cause(
        "The metadata names no authorization server",
        "authorization_servers is missing, empty, or no list of addresses, so there is nowhere to sign in.",
        "List the issuer of at least one authorization server in authorization_servers.",
        DISCOVERY,
    ),
    CauseCode.INCOMPLETE_METADATA: Cause(
        "The metadata lacks a member",
        "It was found and could be read, but one of the things that every such document must say is not in it.",
        "Add the member that the step names. Mind its spelling: names have underscores, and are compared letter by "
        "letter.",
        "RFC 8414 section 2",
    ),
    CauseCode.RESOURCE_MISMATCH: Cause(
        "The metadata is about another server",
        "Its resource is not the address you added. Had the client gone on, somebody else's server could get a token "
        "of yours.",
        "Set resource to the address that people type, letter by letter: scheme, host, port and path. Behind a proxy, "
        "configure the public address.",
        "RFC 9728 section 3.3",
        "Add the server by the address that its metadata names, if you trust it.",
    ),
    CauseCode.UNSAFE_ADDRESS: Cause(
        "An address in the metadata is not safe",
        "It is not https, or has parts in it that could be taken for something else than an address.",
        "Use a plain https address (http is for loopback only). An address from inside, behind a proxy, leads others "
        "nowhere: configure the public one.",
        "OAuth 2.1 section 1.5",
    ),
    CauseCode.NO_ISSUER_METADATA: Cause(
        "The authorization server publishes no metadata",
        "None of the well-known addresses of this issuer has a document, so its endpoints are unknown.",
        "Serve /.well-known/oauth-authorization-server or /.well-known/openid-configuration. For an issuer with a "
        "path, mind where the path goes.",
        "RFC 8414 section 3",
    ),
    CauseCode.ISSUER_MISMATCH: Cause(
        "The authorization server calls itself by another name",
        "The issuer in its metadata differs from the one that the MCP server named. One letter is enough, even a "
        "slash at the end: that stops impostors.",
        "Make both the same, letter by letter: authorization_servers at the MCP server, issuer at the authorization "
        "server.",
        "RFC 8414 section 3.3",
    ),
    CauseCode.NO_S256: Cause(
        "Codes are not protected",
        "The metadata does not say that the authorization server supports PKCE with S256. Clients must not go on "
        "without.",
        'Support S256, and say so: "code_challenge_methods_supported": ["S256"].',
        "MCP 2026-07-28, authorization code protection",
    ),
}
