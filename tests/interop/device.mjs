// A device built on npm's openid-client: says which code it shows, asks until somebody decided, and tells what it got.
// Arguments: the module, the issuer, how it authenticates (none, client_secret_post or client_secret_basic).
const [entry, issuer, method] = process.argv.slice(2);
const oauth = await import(entry);
const say = (message) => console.log(JSON.stringify(message));

const methods = { none: oauth.None, client_secret_post: oauth.ClientSecretPost, client_secret_basic: oauth.ClientSecretBasic };
const config = await oauth.dynamicClientRegistration(
  new URL(issuer),
  {
    client_name: "Wall display",
    redirect_uris: [],
    response_types: [],
    grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
    token_endpoint_auth_method: method,
  },
  method === "none" ? oauth.None() : undefined,
  { algorithm: "oauth2", execute: [oauth.allowInsecureRequests] },
);
const codes = await oauth.initiateDeviceAuthorization(config, { scope: "notes:read" });
say({ code: codes.user_code, page: codes.verification_uri, open: codes.verification_uri_complete });

const DPoP = method === "none" ? oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair()) : undefined;
try {
  const first = await oauth.pollDeviceAuthorizationGrant(config, codes, undefined, { DPoP });
  const second = await oauth.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP });
  const notes = new URL(`${issuer}/api/notes`);
  const answer = await oauth.fetchProtectedResource(config, second.access_token, notes, "GET", undefined, undefined, { DPoP });
  say({ type: second.token_type, scope: second.scope, status: answer.status });
} catch (error) {
  say({ error: error.error ?? String(error) });
}
