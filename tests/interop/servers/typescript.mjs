// The official TypeScript SDK's server, both eras at /mcp: node typescript.mjs PORT MODULE ZOD
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

const [port, module, zod] = process.argv.slice(2);
const { acceptedContent, createMcpHandler, inputRequired, isLegacyRequest, McpServer, ResourceTemplate, WebStandardStreamableHTTPServerTransport } = await import(module);
const { z } = await import(zod);

const text = words => ({ content: [{ type: 'text', text: words }] });

function makeServer() {
    const server = new McpServer({ name: 'stranger', version: '1.0.0' }, { instructions: 'Ask nicely.' });
    const numbers = { inputSchema: z.object({ a: z.number(), b: z.number() }), outputSchema: z.object({ total: z.number() }) };
    server.registerTool('add', numbers, async ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { total: a + b } }));
    server.registerTool('greet', { inputSchema: z.object({}) }, async (_, context) => {
        const schema = z.object({ name: z.string() });
        const given = acceptedContent(context.mcpReq.inputResponses, 'who', schema);
        if (given === undefined) {
            return inputRequired({ inputRequests: { who: inputRequired.elicit({ message: 'Who are you?', requestedSchema: schema }) } });
        }
        return text(`Hello, ${given.name}!`);
    });
    server.registerTool('work', { inputSchema: z.object({}) }, async (_, context) => {
        const progressToken = context.mcpReq._meta?.progressToken;
        for (const progress of [1, 2, 3]) {
            await context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3, message: `step ${progress}` } });
        }
        return text('worked');
    });
    server.registerTool('fail', { inputSchema: z.object({}) }, async () => ({ ...text('out of paper'), isError: true }));
    server.registerResource('first', 'note://first', {}, async uri => ({ contents: [{ uri: uri.href, text: 'the first note' }] }));
    const notes = new ResourceTemplate('note://{number}', { list: undefined });
    server.registerResource('note', notes, {}, async (uri, { number }) => ({ contents: [{ uri: uri.href, text: `note ${number}` }] }));
    server.registerPrompt('poem', { argsSchema: z.object({ topic: z.string() }) }, ({ topic }) => ({
        messages: [{ role: 'user', content: { type: 'text', text: `A poem about ${topic}, please.` } }]
    }));
    return server;
}

const modern = createMcpHandler(makeServer);
const sessions = new Map();

async function serveLegacy(request) {
    const known = sessions.get(request.headers.get('mcp-session-id'));
    if (known) return known.handleRequest(request);
    if (request.headers.has('mcp-session-id')) return new Response('No such session', { status: 404 });
    const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: id => sessions.set(id, transport)
    });
    await makeServer().connect(transport);
    return transport.handleRequest(request);
}

createServer(async (incoming, outgoing) => {
    const body = ['GET', 'HEAD'].includes(incoming.method) ? undefined : Readable.toWeb(incoming);
    const request = new Request(`http://127.0.0.1:${port}${incoming.url}`, { method: incoming.method, headers: incoming.headers, body, duplex: 'half' });
    const legacy = incoming.method !== 'POST' || (await isLegacyRequest(request.clone()));
    const response = await (legacy ? serveLegacy(request) : modern.fetch(request));
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    if (!response.body) return outgoing.end();
    const reader = response.body.getReader();
    outgoing.on('close', () => reader.cancel().catch(() => {}));
    for (let part = await reader.read(); !part.done; part = await reader.read()) outgoing.write(part.value);
    outgoing.end();
}).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
