// An application built on the official TypeScript client, as somebody would write it: it signs its person in, then does what it is told.
//
// node application.mjs CLIENT_MODULE MCP_URL MODE [DOCUMENT]; DOCUMENT is the address of its client ID metadata document, if it has one. MODE is "auto" (the newest revision both speak), "legacy" (the initialize handshake) or the one
// revision to shake hands on.
// Lines of JSON on standard output: {"open": url} asks the person to visit an address; {"connected": {...}}, and then one answer for each line on
// standard input, an order such as {"method": "call", "name": ..., "arguments": ...}: {"answer": ...} or {"failure": "what was thrown"}. In between,
// {"form": ...} is a server's question to the person; the next line on standard input is its result.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [module, mcpUrl, mode, documentUrl] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await import(pathToFileURL(module));

const say = message => process.stdout.write(JSON.stringify(message) + '\n');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** The next line, read; undefined when there is none any more. */
const hear = async () => JSON.parse((await lines.next()).value ?? 'null') ?? undefined;

/** The application's own loopback callback (RFC 8252 section 7.3); `next()` is the query of the next visit. */
async function listen() {
    const visits = [];
    const waiting = [];
    const server = createServer((request, response) => {
        const { searchParams } = new URL(request.url, 'http://127.0.0.1');
        const resolve = waiting.shift();
        resolve ? resolve(searchParams) : visits.push(searchParams);
        response.end('Thank you. You can close this page.');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const next = () => (visits.length ? Promise.resolve(visits.shift()) : new Promise(resolve => waiting.push(resolve)));
    return { server, next, url: `http://127.0.0.1:${server.address().port}/callback` };
}

/** What the client asks its application to keep, kept in memory. */
class Wallet {
    constructor(redirectUrl) {
        this.redirectUrl = redirectUrl;
        this.clientMetadataUrl = documentUrl;
        this.clientMetadata = {
            client_name: 'TypeScript application',
            redirect_uris: [redirectUrl],
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            token_endpoint_auth_method: 'none',
        };
    }
    /** A stream and a call may find out at once that they are not let in any more; the person is asked once for both. */
    state() {
        return (this.expected ??= randomUUID());
    }
    clientInformation() {
        return this.client;
    }
    saveClientInformation(client) {
        this.client = client;
    }
    tokens() {
        return this.kept;
    }
    saveTokens(tokens) {
        this.kept = tokens;
    }
    codeVerifier() {
        return this.verifier;
    }
    saveCodeVerifier(verifier) {
        this.verifier ??= verifier;
    }
    discoveryState() {
        return this.discovered;
    }
    saveDiscoveryState(discovered) {
        this.discovered = discovered;
    }
    /** What the server says is good for nothing any more. */
    invalidateCredentials(scope) {
        const names = { client: 'client', tokens: 'kept', verifier: 'verifier', discovery: 'discovered' };
        for (const name of scope === 'all' ? Object.values(names) : [names[scope]]) this[name] = undefined;
    }
    redirectToAuthorization(url) {
        const challenge = createHash('sha256').update(this.verifier).digest('base64url');
        if (url.searchParams.get('code_challenge') === challenge) say({ open: url.href });
    }
    /** The person has answered. */
    answered() {
        this.expected = this.verifier = undefined;
    }
}

/** Something that happens once: `[promise, resolve]`. */
function event() {
    let resolve;
    return [new Promise(resolved => (resolve = resolved)), resolve];
}

const [change, changed] = event();
const [listening, heard] = event();

const seen = [];

/** Keeps what was asked and how it was answered. Before 2026-07-28, the stream on which the server tells of changes is the answer to a GET. */
async function watchedFetch(url, init) {
    const response = await fetch(url, init);
    seen.push([init?.method ?? 'GET', new URL(url).pathname, response.status]);
    if (init?.method === 'GET' && response.headers.get('Content-Type')?.startsWith('text/event-stream')) heard(true);
    return response;
}

const callback = await listen();
const wallet = new Wallet(callback.url);
let transport;

/** `work()`, and once more after the person has signed in or agreed to more, if that is what it takes. */
async function authorized(work) {
    try {
        return await work();
    } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
    }
    const query = await callback.next();
    if (query.get('state') !== wallet.expected) throw new Error('The state is not the one that was sent.');
    await transport.finishAuth(query);
    wallet.answered();
    return work();
}

async function connect() {
    transport = new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider: wallet, fetch: watchedFetch });
    const negotiation = mode === 'auto' || mode === 'legacy' ? { versionNegotiation: { mode } } : { supportedProtocolVersions: [mode] };
    const onChanged = (error, tools) => changed(error ?? tools);
    const options = { ...negotiation, capabilities: { elicitation: { form: {} } }, listChanged: { tools: { onChanged } } };
    const client = new Client({ name: 'TypeScript application', version: '1.0.0' }, options);
    client.setRequestHandler('elicitation/create', ({ params }) => (say({ form: params }), hear()));
    await client.connect(transport);
    return client;
}

const client = await authorized(connect);
say({ connected: { revision: client.getNegotiatedProtocolVersion(), server: client.getServerVersion() } });

const methods = {
    list: async () => (await client.listTools()).tools,
    call: async ({ name, arguments: values }) => {
        const progress = [];
        const result = await client.callTool({ name, arguments: values }, { onprogress: step => progress.push(step.progress) });
        return { result, progress };
    },
    listen: () => client.autoOpenedSubscription !== undefined || listening,
    changed: () => change,
    wallet: () => ({ client: wallet.client, tokens: wallet.kept }),
    seen: () => seen,
    read: ({ uri }) => client.readResource({ uri }),
    prompt: ({ name, arguments: values }) => client.getPrompt({ name, arguments: values }),
};
for (let order = await hear(); order !== undefined; order = await hear()) {
    try {
        say({ answer: await authorized(() => methods[order.method](order)) });
    } catch (error) {
        say({ failure: `${error.name}: ${error.message}` });
    }
}
await client.close();
callback.server.close();
callback.server.closeAllConnections();
