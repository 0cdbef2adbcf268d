"""The catalogue of causes: why a step fails, and what the server's owner changes about it."""

from attrs import frozen


@frozen
class Cause:
    """``title`` says what is wrong, ``why`` why that ends the flow, ``change`` what the owner of that server does; ``you`` what a visitor can do meanwhile."""

    title: str
    why: str
    change: str
    rule: str = ""
    you: str = ""


DISCOVERY = "MCP 2026-07-28, authorization server discovery"
HTTP = "MCP 2026-07-28, Streamable HTTP"
TLS = "OAuth 2.1 section 1.5"
TOKEN = "RFC 6749 section 5.2"
AUTHORIZE = "OAuth 2.1 section 4.1.2.1"

CAUSES = {
    "nothing_answers": Cause(
        "Nothing listens there",
        "The machine was found, but no program accepts connections at that port.",
        "Start the server, check host and port, and check that no firewall is in between.",
        you="Check the address for a slip: the port, http or https.",
    ),
    "no_host": Cause(
        "The name leads nowhere",
        "The domain name system knows no host of this name.",
        "Publish a DNS record for the name, or correct the name where the metadata mentions it.",
        you="Check the address for a slip.",
    ),
    "timeout": Cause(
        "It takes too long",
        "The connection stood, or was being made, but no answer came in time. Clients do not wait for ever; some give up after ten seconds.",
        "Look for what keeps the server busy at this address. Tools that need long should report progress, or be tasks.",
        "MCP 2026-07-28, cancellation",
        "Try again. If it happens every time, the server hangs.",
    ),
    "tls": Cause(
        "The certificate is not trusted",
        "Something about it is not as it must be, so nobody knows who is at the other end.",
        "Install a certificate for exactly this name, with all intermediate certificates, from an authority that machines trust.",
        TLS,
    ),
    "tls_expired": Cause(
        "The certificate is out of date",
        "It was good once, or will be, but not today. So nobody knows who is at the other end.",
        "Renew it, and see that the server uses the new one: many must be told to read it again. If it is new, look at the clock of this machine.",
        TLS,
    ),
    "tls_name": Cause(
        "The certificate is for another name",
        "It is made out to other names than the one in the address. So nobody knows who is at the other end.",
        "Add this very name to the certificate (subject alternative names), or tell people the name that is in it.",
        TLS,
        "Check the address for a slip: with or without www, a name where an IP address stands now.",
    ),
    "tls_self_signed": Cause(
        "The certificate vouches for itself",
        "Nobody whom this machine trusts has signed it: it is one for trying things out, or of a company's own authority.",
        "Use a certificate from a public authority; they cost nothing. Programs of others will not trust your own one.",
        TLS,
        "If it is your company's authority, let this machine trust it (SSL_CERT_FILE).",
    ),
    "tls_issuer": Cause(
        "Nobody known has signed the certificate",
        "Either the server does not show the certificate in between that leads to a trusted authority, which browsers mend by themselves and programs do not;"
        " or it is from an authority that this machine does not trust.",
        "Configure the full chain (often called fullchain.pem) in place of the certificate alone, from a public authority.",
        TLS,
        "If it is your company's authority, let this machine trust it (SSL_CERT_FILE).",
    ),
    "no_tls": Cause(
        "It does not speak https",
        "Something answers at this port, but in the clear: what came back is no TLS. So nobody knows who is at the other end, and nothing was sent.",
        "Serve https at this port, by the server itself or by a proxy in front of it.",
        "OAuth 2.1 section 1.5",
        "On your own machine, try http:// in place of https://. Elsewhere, check the port: https usually is 443.",
    ),
    "not_http": Cause(
        "What answers does not speak HTTP",
        "The connection was cut, or what came back could not be read as HTTP.",
        "Look into the log of the server and of the proxy before it. Often it is https against an http port, or the other way round.",
        you="Try https:// instead of http://, or the other way round.",
    ),
    "encoding": Cause(
        "The answer is not compressed as it says",
        "Its header Content-Encoding names a compression, and the body is something else. So nothing of it can be read.",
        "Look for a proxy or middleware that compresses twice, or unpacks the body and leaves the header as it was.",
        "RFC 9110 section 8.4",
    ),
    "cut_short": Cause(
        "The answer broke off in the middle",
        "It began, and the connection ended before all of it was there: less came than Content-Length or the chunks had promised.",
        "Look into the log of the server and of the proxy before it, at this time: a worker that died, a time limit, a Content-Length counted in characters.",
        "RFC 9112 section 8",
        "Try again; but the server may have done already what it was asked to do.",
    ),
    "private_address": Cause(
        "It points into a private network",
        "Metadata named an address that only exists inside some network. A client that followed would let any server explore its surroundings.",
        "Name a public address in the metadata, or let people add the server by that private host itself.",
        "RFC 9728 section 7.7",
    ),
    "private_network": Cause(
        "It is in a private network",
        "Others can open this web client, too. If it went wherever they say, they could explore the network that it stands in.",
        "Give the server a public address.",
        "RFC 9728 section 7.7",
        "The operator of this web client can allow private addresses (the setting private_addresses).",
    ),
    "too_large": Cause(
        "The answer is too large",
        "It went over the limit for one answer, so it was cut off.",
        "Send less at once: pages for lists, links for large content.",
        "MCP 2026-07-28, pagination",
        "The limit is the setting max_response_size.",
    ),
    "redirect": Cause(
        "It redirects",
        "The server sends the client elsewhere. Clients must not carry tokens or messages to another address on somebody's word, so the trail ends here.",
        "Answer at this very address. Common reasons: http redirected to https, a slash too many or too few at the end, www or not; or a proxy"
        " that sends everybody to its own sign-in: let it pass this path on, the server asks for a token itself.",
        HTTP,
        "If you trust the address that it points to, add that one.",
    ),
    "endpoint_redirects": Cause(
        "It redirects",
        "The address sends the client elsewhere. Clients follow nobody's word with metadata, codes and tokens, so the trail ends here.",
        "Answer at this very address, or name the final one in the metadata. Common reasons: a slash at the end, http redirected to https, a proxy's sign-in.",
        "RFC 9110 section 15.4",
    ),
    "foreign_endpoint": Cause(
        "The server has its messages sent elsewhere",
        "Servers of the oldest revision say on their stream where messages go. This one names another host than its own, and the token would go along.",
        "Name a path (/messages/?session_id=...). Behind a proxy, tell the server its public root path.",
        "MCP 2024-11-05, HTTP with SSE",
    ),
    "not_found": Cause(
        "There is no MCP endpoint here",
        "The host is there, but it knows nothing at this path.",
        "Serve MCP at the path that you tell people; /mcp is the custom.",
        HTTP,
        "Check the path. Often it is /mcp.",
    ),
    "not_found_at_mcp": Cause(
        "There is no MCP endpoint here",
        "The host is there, but it knows nothing at this path, although it is the customary one.",
        "Serve MCP at the path that you tell people. Mounted applications often end up one level deeper (/mcp/mcp), or at the root.",
        HTTP,
        "Check the path: some servers serve MCP at /, at /sse, or one level deeper.",
    ),
    "method_not_allowed": Cause(
        "It takes no POST",
        "MCP messages are sent with POST, and the server does not accept that here.",
        "Route POST to the MCP server at this path. If a page is served there, the MCP endpoint is somewhere else.",
        HTTP,
    ),
    "not_acceptable": Cause(
        "It refuses the kinds of answer that MCP uses",
        "The client accepts application/json and text/event-stream, as it must, and the server says that it can give neither.",
        "Answer with one of the two. A proxy or framework that compares Accept too strictly is often to blame.",
        HTTP,
    ),
    "unsupported_media_type": Cause(
        "It does not take JSON",
        "The message went out as application/json, which the server refuses.",
        "Accept POST with Content-Type: application/json at the MCP endpoint.",
        HTTP,
    ),
    "html": Cause(
        "A web page came instead of JSON",
        "Something answered that is meant for people: a sign-in page, an error page, the start page of an application.",
        "Let this path reach the server itself. A proxy's login wall, or a fallback of a single-page application, catches it now.",
        HTTP,
        "Check the path: you may have the address of the web page, not that of the MCP endpoint.",
    ),
    "wrong_content_type": Cause(
        "The answer is of an unknown kind",
        "MCP answers are application/json or text/event-stream. This one says it is something else.",
        "Set the Content-Type of the answer.",
        HTTP,
    ),
    "not_json": Cause(
        "The answer is not the JSON it says it is",
        "It could not be read: cut off, empty, or followed by something else.",
        "Look at what is sent under this address: one JSON object, nothing before and nothing after.",
        HTTP,
    ),
    "empty": Cause(
        "The answer is empty",
        "The status says that all went well, and there is no body: neither a result nor an error.",
        "Answer requests with JSON or an event stream. An empty body is for notifications, with status 202.",
        HTTP,
    ),
    "not_mcp": Cause(
        "What answers is not MCP",
        "The answer can be read, but it is no JSON-RPC result or error for the question that was asked.",
        "Answer with jsonrpc 2.0, the id of the request, and result or error.",
        HTTP,
    ),
    "forbidden": Cause(
        "The server does not let this client in",
        "It answers 403 without a challenge, so signing in would not help. A firewall, a proxy, or a check of origins may have answered for it.",
        "Find out which program answered (the header Server, its log), and let POST requests with JSON through to this path.",
        HTTP,
    ),
    "forbidden_with_token": Cause(
        "The server says no to a token, and not why",
        "It answers 403 to a request that carried a token, and names no permission that would help. The account may lack a role, or the server did not like"
        " the token: its audience, issuer or tenant.",
        "Refuse a bad token with 401 and error=invalid_token, a missing permission with 403, error=insufficient_scope and scope: clients act on that.",
        "RFC 6750 section 3.1",
    ),
    "host_refused": Cause(
        "The server does not know its own name",
        "It refused the request because of its Host or Origin: a protection against DNS rebinding that must be told under which names the server is reached.",
        "Allow the host name, with its port, under which people reach the server; behind a proxy, the public one. In the official Python SDK that is"
        " allowed_hosts of the transport security settings.",
        HTTP,
    ),
    "no_challenge": Cause(
        "It wants a sign-in, and does not ask for one",
        "Its words say that credentials are missing. But clients begin to sign in only at status 401 with a challenge, and this is another status.",
        'Answer 401 with WWW-Authenticate: Bearer resource_metadata="..." when the token is missing or bad. Frameworks often have 403 for it by default.',
        "RFC 6750 section 3.1",
        "A server that knows only API keys is like this, too: no sign-in leads to it. Ask its owner.",
    ),
    "bot_wall": Cause(
        "A protection against robots is in the way",
        "What came is a page that only a browser can pass, as it has to run a script. MCP clients are programs: none of them gets through.",
        "Exempt the MCP endpoint, everything under /.well-known/, and the token and registration endpoints from the protection.",
        HTTP,
    ),
    "rate_limited": Cause(
        "Too many requests",
        "The server asks for a pause (429).",
        "If nobody asked much, the limit counts people together who share an address, such as everybody behind one proxy.",
        "RFC 6585 section 4",
        "Wait a minute and try again.",
    ),
    "server_error": Cause(
        "The server broke",
        "It answers with a 5xx status: it failed at something of its own.",
        "The reason is in the server's log, at the time of this step. If a proxy answered (502, 503, 504), the server behind it was not there.",
        "RFC 9110 section 15.6",
        "Try again later.",
    ),
    "version": Cause(
        "They share no revision of MCP",
        "The server speaks only revisions that this client does not.",
        "Speak one of 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26.",
        "MCP 2026-07-28, versioning",
    ),
    "header_mismatch": Cause(
        "Headers and message disagree",
        "The server compared the headers of the request with the message in it, and found a difference.",
        "If a proxy changes headers, stop it. If the schema of the tool has changed, listing the tools again helps.",
        "MCP 2026-07-28, request metadata",
    ),
    "session_lost": Cause(
        "The server forgets its sessions",
        "It gave a session when they shook hands, and with the very next message it did not know it: 404, also for a second session that was begun anew.",
        "Keep sessions where every process finds them, or let a load balancer send each session to one process; or do without sessions (stateless). Several"
        " workers, a serverless platform, or a handler that is made anew for each request are the usual reasons.",
        "MCP 2025-11-25, session management",
        "Nothing but trying again, which works by chance.",
    ),
    "session_required": Cause(
        "The server wants a session before there can be one",
        "It refuses the handshake without a session id, which only its answer to the handshake can give.",
        "Let initialize in without Mcp-Session-Id, and give the id with its answer. Where requests reach several processes, the one that answers may not be the"
        " one that knows the session.",
        "MCP 2025-11-25, session management",
    ),
    "rpc_error": Cause(
        "The server refused the request",
        "It understood the message and answered with a JSON-RPC error. Its own words are in the answer.",
        "The code says what kind: -32601 unknown method, -32602 bad parameters, -32603 an error inside the server.",
        "MCP 2026-07-28, tools",
    ),
    "no_answer": Cause(
        "The stream ends before the answer",
        "The server began to answer and then closed the connection, or the stream it had promised to answer on, without saying what came of it.",
        "Send the response before the stream ends. If the server hangs up on purpose, give the events an id and let clients go on from there.",
        "MCP 2025-11-25, Streamable HTTP",
        "Try again; but the server may have done already what it was asked to do.",
    ),
    "endless": Cause(
        "The server comes to no end",
        "It asked for more, or sent more, than any single request needs, so this client stopped.",
        "Let each request end: with a result, with an error, or as a task.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    "misshapen": Cause(
        "The answer lacks what it must have",
        "It is a message of MCP, but not of the shape that the specification gives to the answer of this request.",
        "Compare the answer with the schema of the revision that is spoken.",
        "MCP 2026-07-28",
    ),
    "unanswerable": Cause(
        "The server asks for something it was not offered",
        "A client says with each request, or when it shakes hands, what it can be asked. Servers must not ask for anything else.",
        "Look at the client's capabilities before asking, and make the question one of the kinds that they name.",
        "MCP 2026-07-28, multi round-trip requests",
    ),
    "wrong_answer": Cause(
        "What was answered is not what was asked for",
        "The server said of what form the answer must be. This one is not, so it was not sent.",
        "If people cannot give such an answer, ask for something simpler.",
        "MCP 2026-07-28, elicitation",
        "Do it again, and look at what each field wants.",
    ),
    "broken_promise": Cause(
        "The result is not what the tool promises",
        "The tool has an output schema, and its result does not fit it, or the schema cannot be used at all. Programs that rely on it would stumble.",
        "Return what the schema says, or change the schema. It must not refer to anything outside itself.",
        "MCP 2026-07-28, tools",
    ),
    "tool_failed": Cause(
        "The tool ran and says that it failed",
        "That is no error of the protocol: the tool itself reports it, in its result.",
        "If the message helps nobody, let the tool say what to do instead.",
        "MCP 2026-07-28, tools",
        "Read what it says; often another argument helps.",
    ),
    "no_resource_metadata": Cause(
        "The server does not say how to sign in",
        "It asks for a token (401), but at the well-known addresses there is no protected resource metadata. Without it nobody knows which authorization"
        " server to go to.",
        "Serve a JSON document at /.well-known/oauth-protected-resource (with the path of the endpoint behind it) that has resource and authorization_servers,"
        ' and name it in the challenge: WWW-Authenticate: Bearer resource_metadata="...".',
        "RFC 9728 section 3",
        "A server that knows only API keys is like this, too: no sign-in leads to it. Ask its owner.",
    ),
    "no_named_metadata": Cause(
        "There is no metadata where the server says it is",
        "The challenge names an address (resource_metadata), and nothing is there.",
        "Serve the protected resource metadata at exactly this address, or correct the address in the challenge. The well-known part comes right after the"
        " host, the path of the endpoint behind it: /.well-known/oauth-protected-resource/mcp. Proxies must let it through.",
        "RFC 9728 section 5.1",
    ),
    "issuer_is_document": Cause(
        "A document stands where an issuer belongs",
        "authorization_servers holds the address of a metadata document. Clients build that address themselves, from the issuer.",
        "Put the issuer there, letter by letter as it stands in the document under issuer.",
        "RFC 9728 section 2",
    ),
    "no_authorization_servers": Cause(
        "The metadata names no authorization server",
        "authorization_servers is missing, empty, or no list of addresses, so there is nowhere to sign in.",
        "List the issuer of at least one authorization server in authorization_servers.",
        DISCOVERY,
    ),
    "incomplete_metadata": Cause(
        "The metadata lacks a member",
        "It was found and could be read, but one of the things that every such document must say is not in it.",
        "Add the member that the step names. Mind its spelling: names have underscores, and are compared letter by letter.",
        "RFC 8414 section 2",
    ),
    "resource_mismatch": Cause(
        "The metadata is about another server",
        "Its resource is not the address you added. Had the client gone on, somebody else's server could get a token of yours.",
        "Set resource to the address that people type, letter by letter: scheme, host, port and path. Behind a proxy, configure the public address.",
        "RFC 9728 section 3.3",
        "Add the server by the address that its metadata names, if you trust it.",
    ),
    "unsafe_address": Cause(
        "An address in the metadata is not safe",
        "It is not https, or has parts in it that could be taken for something else than an address.",
        "Use a plain https address (http is for loopback only). An address from inside, behind a proxy, leads others nowhere: configure the public one.",
        "OAuth 2.1 section 1.5",
    ),
    "no_issuer_metadata": Cause(
        "The authorization server publishes no metadata",
        "None of the well-known addresses of this issuer has a document, so its endpoints are unknown.",
        "Serve /.well-known/oauth-authorization-server or /.well-known/openid-configuration. For an issuer with a path, mind where the path goes.",
        "RFC 8414 section 3",
    ),
    "issuer_mismatch": Cause(
        "The authorization server calls itself by another name",
        "The issuer in its metadata differs from the one that the MCP server named. One letter is enough, even a slash at the end: that stops impostors.",
        "Make both the same, letter by letter: authorization_servers at the MCP server, issuer at the authorization server.",
        "RFC 8414 section 3.3",
    ),
    "no_s256": Cause(
        "Codes are not protected",
        "The metadata does not say that the authorization server supports PKCE with S256. Clients must not go on without.",
        'Support S256, and say so: "code_challenge_methods_supported": ["S256"].',
        "MCP 2026-07-28, authorization code protection",
    ),
    "no_registration": Cause(
        "Strangers cannot register",
        "This client has no client id there, and the server offers no way to get one: neither by document nor by registration.",
        "Offer client id metadata documents or dynamic registration, or give people a client id by hand.",
        "MCP 2026-07-28, client registration",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    "registration_refused": Cause(
        "The registration was refused",
        "The authorization server takes registrations, but not this one. Its reason is in the answer.",
        "invalid_redirect_uri: allow http on loopback addresses for native applications. invalid_client_metadata: ignore what you do not know.",
        "RFC 7591 section 3.2.2",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    "registration_needs_token": Cause(
        "Registration needs an invitation",
        "The registration endpoint answers 401 or 403: only those register who bring a token from its owner.",
        "Open the registration, offer client id metadata documents, or give people a client id by hand.",
        "RFC 7591 section 3",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    "registration_answer": Cause(
        "The registration answer cannot be used",
        "The registration endpoint said yes, but client_id is missing or strange. Without it this client has no name there.",
        "Answer 201 with JSON that has client_id, spelled like this.",
        "RFC 7591 section 3.2.1",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    "no_registration_endpoint": Cause(
        "There is no registration endpoint where the metadata says it is",
        "registration_endpoint names an address, and nothing is there that takes registrations.",
        "Correct the address, or leave registration_endpoint out. A prefix that a proxy adds or takes away is the usual reason.",
        "RFC 8414 section 2",
        "Ask its owner for a client id. Enter it under this integration's options, or in a terminal with --client-id.",
    ),
    "no_token_endpoint": Cause(
        "There is no token endpoint where the metadata says it is",
        "token_endpoint names an address, and nothing is there that takes codes.",
        "Correct the address. A prefix that a proxy adds or takes away is the usual reason.",
        "RFC 8414 section 2",
    ),
    "denied": Cause(
        "You said no",
        "On the consent page somebody chose not to allow this.",
        "Nothing: this is how it should be.",
        AUTHORIZE,
        "Connect again whenever you like.",
    ),
    "authorization_error": Cause(
        "The authorization server ended the sign-in",
        "It sent you back with an error instead of a code.",
        "invalid_scope: a scope is asked for that it does not know; compare scopes_supported of both servers. unauthorized_client: allow this client the"
        " code grant. invalid_target: let it know the resource. server_error: see its log.",
        AUTHORIZE,
    ),
    "iss_mismatch": Cause(
        "The answer comes in another name",
        "The sign-in began at one authorization server, and iss in the answer names another. That is what a mix-up attack looks like.",
        "Send iss with every answer, success or error, exactly as issuer stands in the metadata; or do not promise it there.",
        "RFC 9207 section 2.4",
    ),
    "iss_missing": Cause(
        "The answer does not say from whom it is",
        "The metadata promises that answers name their issuer (iss), and this one does not. Without the name an answer could be slipped in from elsewhere.",
        "Send iss with every answer, success or error, exactly as issuer stands in the metadata; or do not promise it there"
        " (authorization_response_iss_parameter_supported).",
        "RFC 9207 section 2.4",
    ),
    "no_state": Cause(
        "What came back is not the answer",
        "It carries no state, or another one, or says something twice. Anybody could have made it up, so it was not accepted.",
        "Send state back exactly as it came, and each parameter once.",
        AUTHORIZE,
        "If you did not just come from a consent page, somebody tried something. Nothing was changed.",
    ),
    "no_code": Cause(
        "You came back without a code",
        "The answer has neither a code nor an error.",
        "Send code and state in the query of the redirect.",
        "OAuth 2.1 section 4.1.2",
    ),
    "invalid_grant": Cause(
        "The code or refresh token was not accepted",
        "It is expired, was used before, belongs to another client, or something about it differs: the redirect_uri, or the verifier.",
        "Compare with what was sent when the code was issued. Two usual reasons: codes that live too short, and a redirect_uri that is compared after"
        " decoding or without its port.",
        TOKEN,
        "Sign in once more.",
    ),
    "invalid_client": Cause(
        "The authorization server does not know this client",
        "The client id is unknown or its secret is wrong. Registrations get lost when a server is set up anew.",
        "Keep registrations over restarts. Name in token_endpoint_auth_methods_supported only what is accepted: whoever offers none must take it."
        " With client_secret_basic, decode id and secret after splitting at the colon.",
        TOKEN,
        "Connect again: this client registers anew. If you typed an id or secret, check them.",
    ),
    "invalid_scope": Cause(
        "A permission is unknown there",
        "The authorization server does not know a scope that the MCP server asks for.",
        "Let scopes_supported and the challenges of the MCP server name only scopes that the authorization server can grant.",
        TOKEN,
    ),
    "invalid_target": Cause(
        "The authorization server does not know this resource",
        "It was told for which server the token is meant, and cannot issue one for it.",
        "Make the resource known to the authorization server, letter by letter as the metadata of the MCP server has it.",
        "RFC 8707 section 2",
    ),
    "unauthorized_client": Cause(
        "This client may not do that",
        "The authorization server knows the client, but does not allow it this kind of grant.",
        "Allow the client authorization_code, and refresh_token with it.",
        TOKEN,
    ),
    "dpop": Cause(
        "The proof of possession was refused",
        "The server wants a DPoP proof and did not accept the one it got: its address, time, nonce or key differ.",
        "Compare htu with the public address of the endpoint (proxies change it), allow for clocks that differ, and send DPoP-Nonce with use_dpop_nonce.",
        "RFC 9449 section 4.3",
    ),
    "token_refused": Cause(
        "No token was issued",
        "The token endpoint said no. Its reason is in the answer.",
        "The answer should have an error as the standard names them, and a description for people.",
        TOKEN,
    ),
    "token_answer": Cause(
        "The token answer cannot be used",
        "The token endpoint said yes, but access_token or token_type is missing or strange.",
        'Answer with JSON: access_token, "token_type": "Bearer", expires_in.',
        "RFC 6749 section 5.1",
    ),
    "wrong_audience": Cause(
        "The token is meant for another server",
        "It was issued, but its audience (aud) is not this server, so the server rightly refuses it.",
        "Let the authorization server put the resource of the request into aud, and let the MCP server expect exactly that string.",
        "MCP 2026-07-28, audience",
    ),
    "no_audience": Cause(
        "The token does not say for whom it is",
        "It names no audience (aud). MCP servers must check that a token is meant for them, so they refuse one that says nothing.",
        "Let the authorization server put the resource of the request into aud. Some do so only when a setting names this server as an API or audience.",
        "RFC 9068 section 2.2",
    ),
    "expired": Cause(
        "The token had run out",
        "Its exp lay in the past when it was shown.",
        "Tell the lifetime with expires_in, and issue refresh tokens. If it was fresh, the clocks of the two servers differ.",
        "RFC 9068 section 4",
        "Sign in again.",
    ),
    "not_yet_valid": Cause(
        "The token is not valid yet",
        "It says that it begins, or was issued, at a time that still lay ahead when it was shown. The clocks of the servers differ.",
        "Set the clocks by NTP, and allow for a minute of difference when nbf and iat are checked.",
        "RFC 7519 section 4.1.5",
        "Wait a minute and try again.",
    ),
    "milliseconds": Cause(
        "The token counts in milliseconds",
        "Its times are so far ahead that they can only be milliseconds. In tokens they are seconds since 1970, and a server that checks them stumbles.",
        "Divide by 1,000 where the token is made.",
        "RFC 7519 section 2",
    ),
    "token_dropped": Cause(
        "The server does not take this token any more",
        "It was issued some time ago, and has been revoked since, has run out, or was signed with a key that is gone.",
        "Keep signing keys and grants over restarts. Tell the lifetime with expires_in, so that clients renew a token in time.",
        "MCP 2026-07-28, token handling",
        "Sign in again.",
    ),
    "token_loop": Cause(
        "The server refuses a token that it was just given",
        "You signed in, a token came, and the MCP server still answers 401. Signing in again would lead to the same place.",
        "Compare what the server checks with what is in the token: issuer, audience, signature keys, algorithm, typ. Its log should say which check failed;"
        " error_description in the challenge may.",
        "MCP 2026-07-28, token handling",
    ),
    "insufficient_scope": Cause(
        "A permission is missing",
        "The token does not allow this. The challenge names what is needed.",
        "Name every scope that the operation needs in one challenge.",
        "MCP 2026-07-28, scope challenge",
        "Grant it, and the call is made again.",
    ),
    "scope_unnamed": Cause(
        "A permission is missing, and nobody says which",
        "The server answers 403 with insufficient_scope, and names no scope. So no client can ask for what is missing.",
        'Name in the challenge every scope that the operation needs: scope="...".',
        "MCP 2026-07-28, scope challenge",
    ),
    "scope_not_granted": Cause(
        "A permission was asked for and not given",
        "The authorization server issued a token without it. That may be your choice on the consent page, or it gives this permission to nobody like you.",
        "Let the authorization server know the scope, and allow it for this client and this person; and name only scopes that it can grant.",
        "RFC 6749 section 3.3",
        "Connect again, and look on the consent page whether the permission is offered.",
    ),
    "scope_loop": Cause(
        "The permission is there, and the server still says no",
        "What was asked for was granted, and the server asks for it again.",
        "Check that the token carries the scopes that were granted, and that the server reads them from where they are (scope or scp).",
        "MCP 2026-07-28, step-up",
    ),
    "other_issuer": Cause(
        "The server has changed its authorization server",
        "A client id and secret belong to the authorization server that they were made for, and are sent to no other.",
        "If the change is meant, tell the people who typed in a client id.",
        "MCP 2026-07-28, client registration",
        "If you expected this, disconnect and add the server again.",
    ),
    "own_fault": Cause(
        "This client failed",
        "That is a fault of this program, not of the server.",
        "Nothing. The log of this client has the details.",
    ),
    "unknown": Cause(
        "The step failed",
        "What came back is below; it fits none of the causes that are known here.",
        "Compare what was sent with what came back.",
    ),
}
