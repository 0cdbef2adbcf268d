// A program that asks for tokens bound to its key, built on npm's openid-client: says where to go, hears where the browser came back to, and tells what
// it got. Arguments: the module, the issuer, its own redirect URI.
import { createInterface } from "node:readline";

const [entry, issuer, redirect] = process.argv.slice(2);
const oauth = await import(entry);
const say = (message) => console.log(JSON.stringify(message));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const config = await oauth.dynamicClientRegistration(
  new URL(issuer),
  { client_name: "Relying", redirect_uris: [redirect], token_endpoint_auth_method: "none", dpop_bound_access_tokens: true },
  oauth.None(),
  { algorithm: "oauth2", execute: [oauth.allowInsecureRequests] },
);
const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair());
const verifier = oauth.randomPKCECodeVerifier();
const state = oauth.randomState();
const address = oauth.buildAuthorizationUrl(config, {
  redirect_uri: redirect,
  scope: "notes:read",
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  dpop_jkt: await DPoP.calculateThumbprint(),
});
say({ open: address.href });
const { value: arrived } = await lines.next();

const first = await oauth.authorizationCodeGrant(config, new URL(arrived), { pkceCodeVerifier: verifier, expectedState: state }, undefined, { DPoP });
const second = await oauth.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP });
const notes = new URL(`${issuer}/api/notes`);
const answer = await oauth.fetchProtectedResource(config, second.access_token, notes, "GET", undefined, undefined, { DPoP });
const stolen = await fetch(notes, { headers: { Authorization: `Bearer ${second.access_token}` } });
say({ types: [first.token_type, second.token_type], owner: answer.status, thief: stolen.status });
