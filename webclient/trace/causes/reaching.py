"""Causes in reaching a server: name, connection, certificate, and HTTP."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"
TLS = "OAuth 2.1 section 1.5"

REACHING = {
    CauseCode.NOTHING_ANSWERS: Cause(
        "The server does not accept connections",
        "The host was found, but no program accepts connections at that port.",
        "Start the server, and check host, port and firewall.",
        you="Check the address for a typing error: the port, and http or https.",
    ),
    CauseCode.NO_HOST: Cause(
        "The host name does not exist",
        "DNS knows no host with this name.",
        "Publish a DNS record for the name, or correct the name in the metadata if it comes from there.",
        you="Check the address for a typing error.",
    ),
    CauseCode.TIMEOUT: Cause(
        "The server did not respond in time",
        "The connection could not be established in time, or no response arrived on it. Clients do not wait forever; "
        "some give up after ten seconds.",
        "Find out what keeps the server busy at this address. Tools that take long should report progress, or run as "
        "tasks.",
        "MCP 2026-07-28, cancellation",
        "Try again. If it happens every time, the server hangs.",
    ),
    CauseCode.TLS: Cause(
        "The certificate is not trusted",
        "It does not pass the checks, so the identity of the server is not proven.",
        "Install a certificate for exactly this name, with all intermediate certificates, from an authority that is "
        "generally trusted.",
        TLS,
    ),
    CauseCode.TLS_EXPIRED: Cause(
        "The certificate is not valid today",
        "It has expired, or its period of validity has not started. So the identity of the server is not proven.",
        "Renew the certificate, and make sure that the server uses the new one; many have to be told to load it. If "
        "the certificate is new, check the clock of this machine.",
        TLS,
    ),
    CauseCode.TLS_NAME: Cause(
        "The certificate is for another name",
        "It does not contain the name in the address. So the identity of the server is not proven.",
        "Add this name to the certificate (subject alternative names), or tell people to use a name that it contains.",
        TLS,
        "Check the address for a typing error: with or without www, or a host name instead of an IP address.",
    ),
    CauseCode.TLS_SELF_SIGNED: Cause(
        "The certificate is self-signed",
        "No authority that this machine trusts has signed it. It is a test certificate, or it belongs to a private "
        "authority, such as that of a company.",
        "Use a certificate from a public authority; they are available at no cost. Other people's programs will not "
        "trust a self-signed one.",
        TLS,
        "If it belongs to the authority of your company, let this machine trust it (SSL_CERT_FILE).",
    ),
    CauseCode.TLS_ISSUER: Cause(
        "The issuer of the certificate is unknown",
        "Either the server does not send the intermediate certificate that leads to a trusted authority (browsers can "
        "add it themselves, programs cannot), or this machine does not trust the authority.",
        "Configure the full chain (often called fullchain.pem) instead of the certificate alone, from a public "
        "authority.",
        TLS,
        "If it belongs to the authority of your company, let this machine trust it (SSL_CERT_FILE).",
    ),
    CauseCode.NO_TLS: Cause(
        "The server does not use https at this port",
        "It responds without TLS. So its identity is not proven, and nothing was sent to it.",
        "Serve https at this port, by the server itself or by a proxy in front of it.",
        "OAuth 2.1 section 1.5",
        "On your own machine, try http:// instead of https://. Otherwise check the port; https usually is 443.",
    ),
    CauseCode.NOT_HTTP: Cause(
        "The response is not HTTP",
        "The connection was closed, or the response could not be read as HTTP.",
        "Check the log of the server and of the proxy in front of it. Often the client uses https and the port "
        "expects http, or the other way round.",
        you="Try https:// instead of http://, or the other way round.",
    ),
    CauseCode.ENCODING: Cause(
        "The response is not compressed as it claims",
        "The Content-Encoding header names a compression that the body does not use, so the response cannot be read.",
        "Look for a proxy or middleware that compresses twice, or that decompresses the body without changing the "
        "header.",
        "RFC 9110 section 8.4",
    ),
    CauseCode.CUT_SHORT: Cause(
        "The response is incomplete",
        "The connection was closed before the whole response had arrived: it is shorter than Content-Length or the "
        "chunks announce.",
        "Check the log of the server and of the proxy in front of it at this time. Usual reasons are a worker that "
        "crashed, a time limit, and a Content-Length counted in characters instead of bytes.",
        "RFC 9112 section 8",
        "Try again. Note that the server may have carried out the request already.",
    ),
    CauseCode.PRIVATE_ADDRESS: Cause(
        "The address is in a private network",
        "The metadata names an address that exists only inside a private network. A client that followed it would let "
        "any server probe the network of the client.",
        "Name a public address in the metadata, or let people add the server under that private host.",
        "RFC 9728 section 7.7",
    ),
    CauseCode.MOVED_INSIDE: Cause(
        "The host name now leads to a private network",
        "It led to the public Internet when you added it, and now leads to this machine or its network. Whoever "
        "controls the name could reach programs here.",
        "Keep the public address in the DNS records of this name, and use another name for the server inside the "
        "network.",
        "RFC 9728 section 7.7",
        "If you moved the server yourself, disconnect and add it again.",
    ),
    CauseCode.OTHER_SPELLING: Cause(
        "The server uses another name of this machine",
        "localhost and 127.0.0.1 lead to the same place, but a token is issued for only one of them, so the server "
        "would refuse it under the other.",
        "Tell people the exact address that is in the metadata of the server.",
        "RFC 9728 section 3.3",
        "Add the server under the name that its metadata uses.",
    ),
    CauseCode.PRIVATE_NETWORK: Cause(
        "The server is in a private network",
        "Other people can use this web client, too. If it contacted private addresses for them, they could probe the "
        "network that it runs in.",
        "Give the server a public address.",
        "RFC 9728 section 7.7",
        "The operator of this web client can allow private addresses (setting private_addresses).",
    ),
    CauseCode.TOO_LARGE: Cause(
        "The response is too large",
        "It exceeds the limit for one response, so it was cut off.",
        "Send less at once: use pages for lists, and links for large content.",
        "MCP 2026-07-28, pagination",
        "The limit is the setting max_response_size.",
    ),
    CauseCode.HEADERS_TOO_LARGE: Cause(
        "The headers of the response are too large",
        "One header, or all of them together, exceed the limit for headers, so the response was not read.",
        "Find the header that is too large: many cookies, a long policy, or a challenge that contains a whole "
        "document. Many clients stop at 8 KiB.",
        "RFC 9110 section 5.4",
    ),
    CauseCode.REDIRECT: Cause(
        "The server redirects",
        "The server redirects the client to another address. Clients must not send tokens or messages there unasked, "
        "so the flow stops here.",
        "Respond at exactly this address. Usual reasons are http redirected to https, a slash too many or too few at "
        "the end, and a missing or superfluous www. If a proxy redirects to its own sign-in, exempt this path; the "
        "MCP server asks for a token itself.",
        HTTP,
        "If you trust the address that it redirects to, add that one.",
    ),
    CauseCode.ENDPOINT_REDIRECTS: Cause(
        "The endpoint redirects",
        "The endpoint redirects the client to another address. Clients do not follow redirects with metadata, codes "
        "and tokens, so the flow stops here.",
        "Respond at exactly this address, or name the final one in the metadata. Usual reasons are a slash at the "
        "end, http redirected to https, and the sign-in of a proxy.",
        "RFC 9110 section 15.4",
    ),
}
