"""Causes in reaching a server: name, connection, certificate, and HTTP."""

from ...cause_code import CauseCode
from .cause import Cause

HTTP = "MCP 2026-07-28, Streamable HTTP"
TLS = "OAuth 2.1 section 1.5"

REACHING = {
    CauseCode.NOTHING_ANSWERS: Cause(
        "Nothing listens there",
        "The machine was found, but no program accepts connections at that port.",
        "Start the server, check host and port, and check that no firewall is in between.",
        you="Check the address for a slip: the port, http or https.",
    ),
    CauseCode.NO_HOST: Cause(
        "The name leads nowhere",
        "The domain name system knows no host of this name.",
        "Publish a DNS record for the name, or correct the name where the metadata mentions it.",
        you="Check the address for a slip.",
    ),
    CauseCode.TIMEOUT: Cause(
        "It takes too long",
        "The connection stood, or was being made, but no answer came in time. Clients do not wait for ever; some give "
        "up after ten seconds.",
        "Look for what keeps the server busy at this address. Tools that need long should report progress, or be "
        "tasks.",
        "MCP 2026-07-28, cancellation",
        "Try again. If it happens every time, the server hangs.",
    ),
    CauseCode.TLS: Cause(
        "The certificate is not trusted",
        "Something about it is not as it must be, so nobody knows who is at the other end.",
        "Install a certificate for exactly this name, with all intermediate certificates, from an authority that "
        "machines trust.",
        TLS,
    ),
    CauseCode.TLS_EXPIRED: Cause(
        "The certificate is out of date",
        "It was good once, or will be, but not today. So nobody knows who is at the other end.",
        "Renew it, and see that the server uses the new one: many must be told to read it again. If it is new, look "
        "at the clock of this machine.",
        TLS,
    ),
    CauseCode.TLS_NAME: Cause(
        "The certificate is for another name",
        "It is made out to other names than the one in the address. So nobody knows who is at the other end.",
        "Add this very name to the certificate (subject alternative names), or tell people the name that is in it.",
        TLS,
        "Check the address for a slip: with or without www, a name where an IP address stands now.",
    ),
    CauseCode.TLS_SELF_SIGNED: Cause(
        "The certificate vouches for itself",
        "Nobody whom this machine trusts has signed it: it is one for trying things out, or of a company's own "
        "authority.",
        "Use a certificate from a public authority; they cost nothing. Programs of others will not trust your own one.",
        TLS,
        "If it is your company's authority, let this machine trust it (SSL_CERT_FILE).",
    ),
    CauseCode.TLS_ISSUER: Cause(
        "Nobody known has signed the certificate",
        "Either the server does not show the certificate in between that leads to a trusted authority, which browsers "
        "mend by themselves and programs do not;"
        " or it is from an authority that this machine does not trust.",
        "Configure the full chain (often called fullchain.pem) in place of the certificate alone, from a public "
        "authority.",
        TLS,
        "If it is your company's authority, let this machine trust it (SSL_CERT_FILE).",
    ),
    CauseCode.NO_TLS: Cause(
        "It does not speak https",
        "Something answers at this port, but in the clear: what came back is no TLS. So nobody knows who is at the "
        "other end, and nothing was sent.",
        "Serve https at this port, by the server itself or by a proxy in front of it.",
        "OAuth 2.1 section 1.5",
        "On your own machine, try http:// in place of https://. Elsewhere, check the port: https usually is 443.",
    ),
    CauseCode.NOT_HTTP: Cause(
        "What answers does not speak HTTP",
        "The connection was cut, or what came back could not be read as HTTP.",
        "Look into the log of the server and of the proxy before it. Often it is https against an http port, or the "
        "other way round.",
        you="Try https:// instead of http://, or the other way round.",
    ),
    CauseCode.ENCODING: Cause(
        "The answer is not compressed as it says",
        "Its header Content-Encoding names a compression, and the body is something else. So nothing of it can be "
        "read.",
        "Look for a proxy or middleware that compresses twice, or unpacks the body and leaves the header as it was.",
        "RFC 9110 section 8.4",
    ),
    CauseCode.CUT_SHORT: Cause(
        "The answer broke off in the middle",
        "It began, and the connection ended before all of it was there: less came than Content-Length or the chunks "
        "had promised.",
        "Look into the log of the server and of the proxy before it, at this time: a worker that died, a time limit, "
        "a Content-Length counted in characters.",
        "RFC 9112 section 8",
        "Try again; but the server may have done already what it was asked to do.",
    ),
    CauseCode.PRIVATE_ADDRESS: Cause(
        "It points into a private network",
        "Metadata named an address that only exists inside some network. A client that followed would let any server "
        "explore its surroundings.",
        "Name a public address in the metadata, or let people add the server by that private host itself.",
        "RFC 9728 section 7.7",
    ),
    CauseCode.MOVED_INSIDE: Cause(
        "The name moved into a private network",
        "It led to the public Internet when you added it, and leads to this machine or its network now. Whoever has "
        "the name could reach programs here by it.",
        "Keep the public address in the name's DNS records, and give the server inside a name of its own.",
        "RFC 9728 section 7.7",
        "If you moved the server yourself, disconnect and add it again.",
    ),
    CauseCode.OTHER_SPELLING: Cause(
        "It goes by another name of this machine",
        "localhost and 127.0.0.1 lead to the same place, but a token names the server by one of them, so the server "
        "would refuse it under the other.",
        "Tell people the very address that stands in the server's metadata.",
        "RFC 9728 section 3.3",
        "Add the server under the name that it has for itself.",
    ),
    CauseCode.PRIVATE_NETWORK: Cause(
        "It is in a private network",
        "Others can open this web client, too. If it went wherever they say, they could explore the network that it "
        "stands in.",
        "Give the server a public address.",
        "RFC 9728 section 7.7",
        "The operator of this web client can allow private addresses (the setting private_addresses).",
    ),
    CauseCode.TOO_LARGE: Cause(
        "The answer is too large",
        "It went over the limit for one answer, so it was cut off.",
        "Send less at once: pages for lists, links for large content.",
        "MCP 2026-07-28, pagination",
        "The limit is the setting max_response_size.",
    ),
    CauseCode.HEADERS_TOO_LARGE: Cause(
        "The headers of the answer are too large",
        "One header, or all of them together, went over the limit for headers, so the answer was not read.",
        "Look which header grows: cookies that pile up, a policy that lists everything, a challenge with a whole "
        "document in it. Many clients stop at 8 KiB.",
        "RFC 9110 section 5.4",
    ),
    CauseCode.REDIRECT: Cause(
        "It redirects",
        "The server sends the client elsewhere. Clients must not carry tokens or messages to another address on "
        "somebody's word, so the trail ends here.",
        "Answer at this very address. Common reasons: http redirected to https, a slash too many or too few at the "
        "end, www or not; or a proxy"
        " that sends everybody to its own sign-in: let it pass this path on, the server asks for a token itself.",
        HTTP,
        "If you trust the address that it points to, add that one.",
    ),
    CauseCode.ENDPOINT_REDIRECTS: Cause(
        "It redirects",
        "The address sends the client elsewhere. Clients follow nobody's word with metadata, codes and tokens, so the "
        "trail ends here.",
        "Answer at this very address, or name the final one in the metadata. Common reasons: a slash at the end, http "
        "redirected to https, a proxy's sign-in.",
        "RFC 9110 section 15.4",
    ),
}
