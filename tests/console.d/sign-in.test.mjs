import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import Provider from 'oidc-provider'
import { ORIGIN, PROJECT, open, shot, transfer, until } from './support.mjs'

const SCOPES = 'transfers:read transfers:write settings:read settings:write inbox:read inbox:write'

/** A real OpenID Connect server on loopback. */
async function issuer(t, { lives = 600 } = {}) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${server.address().port}`
  const oidc = new Provider(address, {
    clients: [{ client_id: 'console', token_endpoint_auth_method: 'none', redirect_uris: [`${ORIGIN}/`], post_logout_redirect_uris: [`${ORIGIN}/`], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], application_type: 'native' }],
    clientBasedCORS: () => true,
    scopes: ['openid', 'offline_access', ...SCOPES.split(' ')],
    claims: { openid: ['sub'] },
    ttl: { AccessToken: lives, Grant: 3600, IdToken: 3600, Session: 3600, Interaction: 600, RefreshToken: 3600, AuthorizationCode: 60 },
    issueRefreshToken: () => true,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: () => ({ projects: PROJECT }),
    features: {
      resourceIndicators: { enabled: true, defaultResource: () => 'urn:agent-transfer', useGrantedResource: () => true, getResourceServerInfo: () => ({ scope: SCOPES, audience: 'agent-transfer', accessTokenFormat: 'jwt', accessTokenTTL: lives }) },
    },
    cookies: { keys: ['loopback'] },
  })
  const answers = []
  const handle = oidc.callback()
  server.on('request', (request, response) => { answers.push(request.url); handle(request, response) })
  t.after(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
  return { address, answers }
}

/** The page with a sign-in, as its server would configure it. */
const configured = (address) => async (page) => {
  await page.route('**/console/config.json', async (route) => {
    const response = await route.fetch()
    return route.fulfill({ response, json: { ...await response.json(), signIn: { issuer: address, clientId: 'console', scopes: ['openid', 'offline_access', ...SCOPES.split(' ')] }, projectClaim: 'projects', projects: [] } })
  })
  await page.route((url) => url.origin === ORIGIN && url.pathname === '/', async (route) => {
    const response = await route.fetch()
    const headers = response.headers()
    return route.fulfill({ response, headers: { ...headers, 'content-security-policy': headers['content-security-policy'].replace("connect-src 'self'", `connect-src 'self' ${address}`) } })
  })
}

async function signIn(page) {
  await page.getByPlaceholder('Enter any login').fill('robin')
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

// The issuer's own pages, which are not ours.
const allowed = ['/interaction/', 'favicon', '401', 'Failed to load resource', "font", "fonts.googleapis"]

test('somebody signs in, comes back to what they wanted to see, and every request carries the token', async (t) => {
  const session = await transfer()
  const { address, answers } = await issuer(t)
  const tokens = new Set()
  const page = await open(t, `/?project=${PROJECT}&view=transfers&status=active&q=${session.contactId}`, { allowed, before: async (page) => {
    await configured(address)(page)
    page.on('request', (request) => { if (request.url().includes('/v1/')) tokens.add(request.headers().authorization) })
  } })
  await signIn(page)
  await page.locator('tr[data-id]').waitFor()
  const { searchParams } = new URL(page.url())
  assert.deepEqual([searchParams.get('status'), searchParams.get('q'), searchParams.get('code'), searchParams.get('state')], ['active', session.contactId, null, null])
  assert.equal(tokens.size, 1)
  const [token] = tokens
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
  assert.equal(claims.projects, PROJECT)
  const asked = new URL(answers.find((one) => one.startsWith('/auth?')), address).searchParams
  assert.equal(asked.get('code_challenge_method'), 'S256')
  assert.ok(asked.get('state').length >= 40 && asked.get('nonce').length >= 40)
  assert.deepEqual(await page.evaluate(() => [sessionStorage.length, Object.keys(localStorage).filter((key) => key !== 'theme'), document.cookie]), [0, [], ''], 'nothing of the sign-in is kept')
  await shot(page, 'signed-in')
  await page.getByRole('button', { name: /^Sign out/ }).click()
  await page.waitForURL((url) => url.origin === address)
})

test('a token that is refused is renewed without leaving the page, else somebody signs in again', async (t) => {
  const { address, answers } = await issuer(t)
  let refuse = 0
  const seen = []
  const page = await open(t, `/?project=${PROJECT}&view=inbox`, { allowed, before: async (page) => {
    await configured(address)(page)
    await page.route('**/v1/**', (route) => {
      seen.push(route.request().headers().authorization)
      if (refuse === 0) return route.continue()
      refuse -= 1
      return route.fulfill({ status: 401, contentType: 'application/json', body: '{"message":"Unauthorized"}' })
    })
  } })
  await signIn(page)
  await page.locator('.tasks, .empty').first().waitFor()
  const before = seen.at(-1)
  refuse = 1
  await until('another token is used', () => seen.at(-1) !== before)
  assert.equal(answers.filter((one) => one.startsWith('/auth?')).length, 1)
  refuse = 2
  await until('it signs in again', () => answers.filter((one) => one.startsWith('/auth?')).length >= 2 || refuse === 0)
})

test('an answer of the issuer that nobody asked for is refused', async (t) => {
  const { address } = await issuer(t)
  const page = await open(t, `/?code=stolen&state=unknown`, { allowed, before: configured(address) })
  await page.getByRole('heading', { name: 'Not signed in' }).waitFor()
  await page.getByText('belongs to another request').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('code'), null)
})
