// npm's oidc-provider, set up like ours: one client, tokens that are ES256 JWTs. Arguments: the module, the port, how many codes, the verifier, and to
// keep things in PostgreSQL instead of memory the module pg and the folder of the socket.
// Says in one line of JSON what there is to ask with, and ends with its standard input.
import { generateKeyPair, createHash } from "node:crypto";
import { promisify } from "node:util";

const [entry, port, count, verifier, driver, socket] = process.argv.slice(2);
const { default: Provider } = await import(entry);
const issuer = `http://127.0.0.1:${port}`, resource = `${issuer}/mcp`, redirect = "https://c.example/cb";
const key = (await promisify(generateKeyPair)("ec", { namedCurve: "P-256" })).privateKey.export({ format: "jwk" });
const client = {
  client_id: "bench", client_secret: "bench-secret", redirect_uris: [redirect], token_endpoint_auth_method: "client_secret_post",
  grant_types: ["authorization_code", "refresh_token", "client_credentials"], response_types: ["code"],
};
const server = { scope: "notes:read", audience: resource, accessTokenTTL: 3600, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } };

// As its own adapter in memory, which forgets all but the last thousand entries.
class Memory {
  static kept = new Map();
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) {
    Memory.kept.set(this.key(id), payload);
    if (payload.uid) Memory.kept.set(`uid:${payload.uid}`, id);
  }
  async find(id) { return Memory.kept.get(this.key(id)); }
  async findByUid(uid) { return this.find(Memory.kept.get(`uid:${uid}`)); }
  async consume(id) { this.find(id).then((payload) => { payload.consumed = Math.floor(Date.now() / 1000); }); }
  async destroy(id) { Memory.kept.delete(this.key(id)); }
  async revokeByGrantId() {}
}

async function postgres() {
  const { default: pg } = await import(driver);
  const { TABLE, adapter } = await import("./postgres.mjs");
  const pool = new pg.Pool({ host: socket, user: "bench", database: "postgres", max: 16 });
  await pool.query(TABLE);
  return adapter(pool);
}

const provider = new Provider(issuer, {
  adapter: driver ? await postgres() : Memory,
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  clients: [client],
  jwks: { keys: [{ ...key, use: "sig", alg: "ES256" }] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: { enabled: true, defaultResource: () => resource, useGrantedResource: () => true, getResourceServerInfo: () => server },
  },
});
provider.on("server_error", (ctx, error) => console.error(error));
provider.on("grant.error", (ctx, error) => console.error(error.error_detail ?? error));
const known = await provider.Client.find("bench");
const challenge = createHash("sha256").update(verifier).digest("base64url");
const codes = [];
for (let n = 0; n < Number(count); n++) {
  const grant = new provider.Grant({ accountId: "ada", clientId: "bench" });
  grant.addOIDCScope("offline_access");
  grant.addResourceScope(resource, "notes:read");
  const grantId = await grant.save();
  const code = new provider.AuthorizationCode({
    accountId: "ada", client: known, grantId, redirectUri: redirect, scope: "offline_access notes:read", resource, gty: "authorization_code",
    codeChallenge: challenge, codeChallengeMethod: "S256", authTime: Math.floor(Date.now() / 1000), sessionUid: "s", expiresWithSession: false,
  });
  codes.push(await code.save());
}
const listening = provider.listen(Number(port), "127.0.0.1", () => {
  const paths = { token: "/token", introspection: "/token/introspection", registration: "/reg", metadata: "/.well-known/openid-configuration" };
  console.log(JSON.stringify({ port: Number(port), client_id: "bench", client_secret: "bench-secret", codes, paths }));
});
process.stdin.on("end", () => listening.close(() => process.exit(0))).resume();
