import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import Provider from 'oidc-provider'
import { ORIGIN, PROJECT, open, shot, transfer, until, violations } from './support.mjs'

const SCOPES = 'transfers:read transfers:write settings:read settings:write inbox:read inbox:write'

/** A real OpenID Connect server on loopback. */
async function issuer(t, origin, renews) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${server.address().port}`
  const oidc = new Provider(address, {
    clients: [{ client_id: 'console', token_endpoint_auth_method: 'none', redirect_uris: [`${origin}/`], post_logout_redirect_uris: [`${origin}/`], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], application_type: 'native' }],
    clientBasedCORS: () => true,
    scopes: ['openid', 'offline_access', ...SCOPES.split(' ')],
    claims: { openid: ['sub'] },
    ttl: { AccessToken: 600, Grant: 3600, IdToken: 3600, Session: 3600, Interaction: 600, RefreshToken: 3600, AuthorizationCode: 60 },
    issueRefreshToken: () => renews,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: () => ({ projects: PROJECT }),
    features: {
      resourceIndicators: { enabled: true, defaultResource: () => 'urn:agent-transfer', useGrantedResource: () => true, getResourceServerInfo: () => ({ scope: SCOPES, audience: 'agent-transfer', accessTokenFormat: 'jwt', accessTokenTTL: 600 }) },
    },
    cookies: { keys: ['loopback'] },
  })
  const answers = []
  const handle = oidc.callback()
  server.on('request', (request, response) => { answers.push(request.url); handle(request, response) })
  t.after(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
  return { address, answers }
}

/**
 * The console as its server serves it where a sign-in is configured: before the stack, which has none, stands what says so.
 * @returns {Promise<string>} its address
 */
async function configured(t, configure) {
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const { host, connection, 'accept-encoding': _, 'content-length': __, ...headers } = request.headers
    const answer = await fetch(ORIGIN + request.url, { method: request.method, headers, body: chunks.length > 0 ? Buffer.concat(chunks) : undefined })
    let body = Buffer.from(await answer.arrayBuffer())
    const out = Object.fromEntries([...answer.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding', 'connection'].includes(name)))
    const { address } = configure
    if (request.url.startsWith('/console/config.json')) {
      body = JSON.stringify({ ...JSON.parse(body), signIn: { issuer: address, clientId: 'console', scopes: ['openid', 'offline_access', ...SCOPES.split(' ')] }, projectClaim: 'projects', projects: [] })
    }
    const policy = out['content-security-policy']
    if (policy) out['content-security-policy'] = policy.replace("connect-src 'self'", `connect-src 'self' ${address}`)
    response.writeHead(answer.status, out)
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
  return `http://127.0.0.1:${server.address().port}`
}

/** Both, which have to know each other's address. */
async function both(t, { renews = true } = {}) {
  const known = {}
  const origin = await configured(t, known)
  const { address, answers } = await issuer(t, origin, renews)
  known.address = address
  return { origin, address, answers }
}

async function signIn(page, name = 'robin') {
  await page.getByPlaceholder('Enter any login').fill(name)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

// The issuer's own pages, which are not ours.
const allowed = ['/interaction/', 'favicon', '401', 'Failed to load resource', "font", "fonts.googleapis"]

test('somebody signs in, comes back to what they wanted to see, and every request carries the token', async (t) => {
  const session = await transfer()
  const { origin, address, answers } = await both(t)
  const tokens = new Set()
  const page = await open(t, `/?project=${PROJECT}&view=transfers&status=active&q=${session.contactId}`, { origin, allowed, before: async (page) => {
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
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme })
    assert.deepEqual(await violations(page), [], theme)
    await shot(page, `signed-in-${theme}`)
  }
  await page.getByRole('button', { name: /^Sign out/ }).click()
  await page.waitForURL((url) => url.origin === address)
})

test('a name that is hostile is a text, too', async (t) => {
  const name = '"><img src=x onerror="globalThis.harmed = 1">'
  const { origin } = await both(t)
  const page = await open(t, `/?project=${PROJECT}&view=inbox`, { origin, allowed })
  await signIn(page, name)
  await page.getByRole('button', { name: `Sign out ${name}` }).waitFor()
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined)
  assert.equal(await page.locator('img').count(), 0)
})

test('a token that is refused is renewed without leaving the page', async (t) => {
  const { origin, address, answers } = await both(t)
  let refuse = 0
  const seen = []
  const page = await open(t, `/?project=${PROJECT}&view=inbox`, { origin, allowed, before: async (page) => {
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
})

test('without the means to renew, somebody signs in again and comes back; what is refused at once is told', async (t) => {
  const { origin, answers } = await both(t, { renews: false })
  let refuse = 0
  const page = await open(t, `/?project=${PROJECT}&view=inbox&tasks=closed`, { origin, allowed, before: async (page) => {
    await page.clock.install()
    await page.route('**/v1/**', (route) => {
      if (refuse === 0) return route.continue()
      refuse -= 1
      return route.fulfill({ status: 401, contentType: 'application/json', body: '{"message":"Unauthorized"}' })
    })
  } })
  const asked = () => answers.filter((one) => one.startsWith('/auth?')).length
  await signIn(page)
  await page.locator('.tasks, .empty').first().waitFor()
  await page.clock.fastForward(60_000)
  refuse = 1
  await until('it signs in again', () => asked() === 2)
  refuse = 1000
  // The issuer knows the person still, and asks only for consent.
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Unauthorized' }).waitFor()
  assert.equal(asked(), 2, 'it does not go round in a circle')
  assert.equal(new URL(page.url()).searchParams.get('tasks'), 'closed')
})

test('an answer of the issuer that nobody asked for is refused', async (t) => {
  const { origin } = await both(t)
  const page = await open(t, `/?code=stolen&state=unknown`, { origin, allowed })
  await page.getByRole('heading', { name: 'Not signed in' }).waitFor()
  await page.getByText('belongs to another request').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('code'), null)
})
