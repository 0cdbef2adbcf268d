// An authorization server that nobody here wrote, for people: npm's oidc-provider, where every client may register and Ada says yes to all that is asked.
// Arguments: the module, the port, the resource, and "nonces" or "". Says when it answers, and ends with its standard input.
const [entry, port, resource, nonces] = process.argv.slice(2);
const { default: Provider } = await import(entry);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    revocation: { enabled: true },
    dPoP: { enabled: true, ...(nonces ? { nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true } : {}) },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "greet", audience: resource, accessTokenTTL: 60, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
    },
  },
  scopes: ["openid", "offline_access", "greet"],
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

async function decide(ctx) {
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === "login") return { login: { accountId: "ada" } };
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? "");
  grant.addResourceScope(resource, params.scope ?? "");
  return { consent: { grantId: await grant.save() } };
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const decision = await decide(ctx);
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, decision, { mergeWithLastSubmission: true });
});
provider.on("server_error", (ctx, error) => console.error(error));
for (const event of ["authorization.error", "grant.error", "registration_create.error"]) {
  provider.on(event, (ctx, error) => console.error(event, error.error_detail ?? error.message));
}
const listening = provider.listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ listening: issuer })));
process.stdin.on("end", () => listening.close(() => process.exit(0))).resume();
