// An OpenID Provider and a resource server, for `tests/step_up.rs`: `oidc-provider`, and Express with
// `express-oauth2-jwt-bearer`. `REDIRECT_URI` is where the app's users come back to. Both stop when stdin ends.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import jwtBearer from 'express-oauth2-jwt-bearer';

// The provider logs warnings about production from its import on. The test reads only one line of stdout.
console.info = console.warn = () => {};
const { default: Provider, interactionPolicy } = await import('oidc-provider');

const { auth, requiredScopes } = jwtBearer;
const HOUR = 3600;
const ACR = 'urn:example:second-factor';
const now = () => Math.floor(Date.now() / 1000);

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

const providerServer = createServer();
const apiServer = createServer();
const issuer = await listen(providerServer);
const resource = await listen(apiServer);

// The policy decides whether a sign-in is strong enough for `acr_values`.
const policy = interactionPolicy.base();
const isTooWeak = ({ oidc: { params, result, session } }) =>
  params.acr_values !== undefined && !result?.login && !params.acr_values.split(' ').includes(session.acr);
policy.get('login').checks.add(
  new interactionPolicy.Check('acr', 'a stronger sign-in is required', 'login_required', isTooWeak),
);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(issuer, {
  acrValues: [ACR],
  clients: [
    { client_id: 'app', client_secret: 'app-secret', redirect_uris: [process.env.REDIRECT_URI] },
  ],
  cookies: { keys: [randomUUID()] },
  // A challenge is about the token, so the token tells how its user signed in (RFC 9470, section 6.2).
  extraTokenClaims: ({ oidc: { entities } }) => ({
    acr: entities.AuthorizationCode.acr,
    auth_time: entities.AuthorizationCode.authTime,
  }),
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'files:read files:write',
        accessTokenFormat: 'jwt',
        accessTokenTTL: HOUR,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { policy },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
  pkce: { required: () => true },
});
provider.on('server_error', (_, error) => console.error(error));

const pages = express();
pages.get('/interaction/:uid', async (req, res) => {
  const { prompt } = await provider.interactionDetails(req, res);
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
  const asked = prompt.name === 'login'
    ? prompt.reasons
    : [...missingOIDCScope, ...Object.values(missingResourceScopes).flat()];
  res.send(`<!DOCTYPE html><title>Provider</title><form method="post">
    <h1>${prompt.name === 'login' ? 'Sign in' : 'Consent'}</h1><p>Asked: ${asked.join(' ')}</p>
    <button name="choice" value="allow">Allow</button>
    <button name="choice" value="decline">Decline</button></form>`);
});
pages.post('/interaction/:uid', express.urlencoded(), async (req, res) => {
  const interaction = await provider.interactionDetails(req, res);
  const result = req.body.choice === 'allow' ? await allowed(interaction) : { error: 'access_denied' };
  await provider.interactionFinished(req, res, result);
});
pages.use(provider.callback());

async function allowed({ prompt, params, session, grantId }) {
  if (prompt.name === 'login') {
    const isFresh = params.max_age !== undefined;
    // Without a request for a fresh sign-in, the user signed in an hour ago.
    const ts = now() - (isFresh ? 0 : HOUR);
    return { login: { accountId: 'user', acr: params.acr_values?.split(' ')[0], ts } };
  }
  const { missingOIDCScope, missingResourceScopes } = prompt.details;
  const grant = (grantId && await provider.Grant.find(grantId))
    ?? new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [indicator, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(indicator, scopes.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

const token = { issuerBaseURL: issuer, audience: resource };
const data = (req, res) => res.json({ [req.path.slice(1)]: req.query });
const stepUp = (isEnough, challenge) => (req, res, next) => {
  if (isEnough(req.auth.payload)) return next();
  const header = `Bearer error="insufficient_user_authentication", ${challenge}`;
  res.status(401).set('WWW-Authenticate', header).send('Step up');
};
const api = express();
// Otherwise Express prints each denial.
api.set('env', 'test');
// The clock of the routes below this path makes every token expired.
api.use('/stale', auth({ ...token, clockTolerance: -24 * HOUR }));
api.use(auth(token));
// These routes ask for a scope that the app must not ask for, and for a sign-in that is never strong enough.
api.use('/admin', requiredScopes('admin'));
api.use('/never', stepUp(() => false, `acr_values="${ACR}"`));
api.get('/files', requiredScopes('files:read'), data);
api.get('/upload', requiredScopes('files:write'), data);
api.get('/vault', stepUp(({ acr }) => acr === ACR, `acr_values="${ACR}"`), data);
api.get('/recent', stepUp((claims) => claims.auth_time > now() - HOUR / 2, `max_age="${HOUR / 2}"`), data);

providerServer.on('request', pages);
apiServer.on('request', api);
console.log(`provider ${issuer} resource ${resource}`);
process.stdin.on('end', () => process.exit()).resume();
