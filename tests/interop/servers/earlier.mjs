// The official TypeScript SDK of before 2026-07-28: node earlier.mjs SDK stdio, or node earlier.mjs SDK PORT for /mcp with tools that require a task
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [sdk, place] = process.argv.slice(2);
const { z } = createRequire(join(sdk, 'server', 'mcp.js'))('zod');
const { McpServer } = await import(join(sdk, 'server', 'mcp.js'));
const { StdioServerTransport } = await import(join(sdk, 'server', 'stdio.js'));
const { StreamableHTTPServerTransport } = await import(join(sdk, 'server', 'streamableHttp.js'));
const { InMemoryTaskStore, InMemoryTaskMessageQueue } = await import(join(sdk, 'experimental', 'tasks', 'stores', 'in-memory.js'));

const text = words => ({ content: [{ type: 'text', text: words }] });
const FORM = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const taskStore = new InMemoryTaskStore();

function registerPlain(server) {
    for (let number = 1; number <= 14; number++) {
        server.registerTool(`number${number}`, { description: `Says ${number}.` }, async () => text(String(number)));
    }
    server.registerTool('greet', { inputSchema: { name: z.string() } }, async ({ name }) => text(`Hello, ${name}!`));
}

function registerTask(server, name, work) {
    const config = { inputSchema: { subject: z.string() }, execution: { taskSupport: 'required' } };
    server.experimental.tasks.registerToolTask(name, config, {
        async createTask({ subject }, { taskStore, taskRequestedTtl }) {
            const task = await taskStore.createTask({ ttl: taskRequestedTtl, pollInterval: 100 });
            work(task.taskId, subject, taskStore).catch(async error => {
                await taskStore.storeTaskResult(task.taskId, 'failed', { ...text(String(error)), isError: true });
            });
            return { task };
        },
        getTask: async (_, { taskId, taskStore }) => taskStore.getTask(taskId),
        getTaskResult: async (_, { taskId, taskStore }) => taskStore.getTaskResult(taskId)
    });
}

function registerTasks(server) {
    registerTask(server, 'build', async (taskId, subject, store) => {
        await store.updateTaskStatus(taskId, 'working', 'half built');
        await new Promise(resolve => setTimeout(resolve, 300));
        await store.storeTaskResult(taskId, 'completed', text(`built ${subject}`));
    });
    registerTask(server, 'engrave', async (taskId, subject, store) => {
        await store.updateTaskStatus(taskId, 'input_required');
        const answer = await server.server.elicitInput({ message: `Whose ${subject}?`, requestedSchema: FORM }, { relatedTask: { taskId } });
        await store.updateTaskStatus(taskId, 'working');
        const said = answer.action === 'accept' ? `${answer.content.name}'s ${subject}` : `nobody's ${subject}: ${answer.action}`;
        await store.storeTaskResult(taskId, 'completed', text(said));
    });
    registerTask(server, 'burn', async () => {
        throw new Error('out of wood');
    });
    registerTask(server, 'dawdle', async () => {});
}

function makeServer() {
    const capabilities = { tasks: { cancel: {}, list: {}, requests: { tools: { call: {} } } } };
    return new McpServer({ name: 'elder', version: '1.0.0' }, { capabilities, taskStore, taskMessageQueue: new InMemoryTaskMessageQueue() });
}

if (place === 'stdio') {
    const server = new McpServer({ name: 'elder', version: '1.0.0' });
    registerPlain(server);
    await server.connect(new StdioServerTransport());
} else {
    const sessions = new Map();
    createServer(async (incoming, outgoing) => {
        let transport = sessions.get(incoming.headers['mcp-session-id']);
        if (!transport) {
            transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: id => sessions.set(id, transport) });
            const server = makeServer();
            registerPlain(server);
            registerTasks(server);
            await server.connect(transport);
        }
        await transport.handleRequest(incoming, outgoing);
    }).listen(Number(place), '127.0.0.1', () => console.log(`http://127.0.0.1:${place}`));
}
