// An authorization server that nobody here wrote: npm's oidc-provider, with one client that acts for itself and one resource. Arguments: the module, the port,
// the resource, and the form of its access tokens ("jwt" or "opaque"). Says when it answers, and ends with its standard input.
const [entry, port, resource, form] = process.argv.slice(2);
const { default: Provider } = await import(entry);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [
    { client_id: "job", client_secret: "job-secret", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
    { client_id: "server", client_secret: "server-secret", grant_types: [], redirect_uris: [], response_types: [] },
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === "server" },
    dPoP: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({ scope: "greet", audience: resource, accessTokenTTL: 60, accessTokenFormat: form, jwt: { sign: { alg: "RS256" } } }),
    },
  },
});
provider.on("server_error", (ctx, error) => console.error(error));
const listening = provider.listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ listening: issuer })));
process.stdin.on("end", () => listening.close(() => process.exit(0))).resume();
