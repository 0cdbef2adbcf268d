// An application that people sign in to, built on npm's openid-client: it signs instead of showing a secret, pushes its request, checks the ID token, asks who it
// is, asks about its token, gives it up, and leads the person away. Arguments: the module, the issuer, its client id, its private key (JWK), its redirect URI.
import { createInterface } from "node:readline";

const [entry, issuer, clientId, jwk, redirect] = process.argv.slice(2);
const oauth = await import(entry);
const say = (message) => console.log(JSON.stringify(message));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const config = await oauth.discovery(new URL(issuer), clientId, {}, oauth.PrivateKeyJwt(key), { execute: [oauth.allowInsecureRequests] });
const verifier = oauth.randomPKCECodeVerifier();
const [state, nonce] = [oauth.randomState(), oauth.randomNonce()];
const address = await oauth.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: redirect,
  scope: "openid profile email offline_access",
  state,
  nonce,
  max_age: "3600",
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
});
say({ open: address.href, pushed: address.searchParams.has("request_uri") });
const { value: arrived } = await lines.next();

const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 3600, idTokenExpected: true };
const first = await oauth.authorizationCodeGrant(config, new URL(arrived), checks);
const second = await oauth.refreshTokenGrant(config, first.refresh_token);
const person = await oauth.fetchUserInfo(config, second.access_token, first.claims().sub);
const before = await oauth.tokenIntrospection(config, second.access_token);
await oauth.tokenRevocation(config, second.refresh_token);
const after = await oauth.tokenIntrospection(config, second.access_token);
const leave = oauth.buildEndSessionUrl(config, { id_token_hint: first.id_token, post_logout_redirect_uri: redirect, state: "bye" });
say({ person, told: first.claims().email, active: [before.active, after.active], leave: leave.href });
