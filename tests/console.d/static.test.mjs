import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ORIGIN, open, view } from './support.mjs'

const root = process.env.CONSOLE_ROOT ?? '../..'
const openapi = JSON.parse(readFileSync(`${root}/docs/openapi.json`, 'utf8'))
const source = (name) => import(`${root}/console/app/${name}`)
const sources = readdirSync(`${root}/console/app`).map((name) => [name, readFileSync(`${root}/console/app/${name}`, 'utf8')])

const resolved = (one) => one.$ref ? one.$ref.split('/').slice(1).reduce((at, step) => at[step], openapi) : one

test('every call of the page is described: path, method and query', async () => {
  const { CALLS } = await source('client.js')
  const wrong = []
  for (const [name, { method, path, query }] of Object.entries(CALLS)) {
    const item = openapi.paths[path]
    const operation = item?.[method.toLowerCase()]
    if (!operation) {
      wrong.push(`${name}: ${method} ${path}`)
      continue
    }
    const known = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolved).filter((one) => one.in === 'query').map((one) => one.name)
    wrong.push(...query.filter((one) => !known.includes(one)).map((one) => `${name}: ?${one}`))
  }
  assert.deepEqual(wrong, [])
})

test('only the client and what is no part of the API ask anybody', () => {
  const asking = sources.filter(([, text]) => /\bfetch\(/.test(text)).map(([name]) => name)
  assert.deepEqual(asking.sort(), ['client.js', 'main.js', 'sign-in.js', 'simulator.js'])
})

test('nothing is parsed as markup, and nothing is evaluated', () => {
  for (const [name, text] of sources) {
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\bstyle:|cssText/, name)
  }
})

test('the defaults that the settings show are those of the API', async () => {
  const { DEFAULTS } = await source('defaults.js')
  const of = (name) => Object.fromEntries(Object.entries(openapi.components.schemas[name].properties).map(([key, schema]) => [key, schema.default]).filter(([, value]) => value !== undefined))
  const lifecycle = of('SessionLifecycle')
  assert.deepEqual(DEFAULTS.ttlMinutes, lifecycle.ttlMinutes)
  assert.deepEqual(DEFAULTS.expiryWarningSeconds, lifecycle.expiryWarningSeconds)
  assert.deepEqual(DEFAULTS.limits, lifecycle.limits)
  assert.deepEqual(DEFAULTS.lifecycle, { endedRetentionMinutes: lifecycle.endedRetentionMinutes, voiceStaleAfterMinutes: lifecycle.voiceStaleAfterMinutes })
  assert.deepEqual(DEFAULTS.patience, of('Patience'))
  assert.deepEqual(DEFAULTS.routing, of('DefaultRouting'))
})

test('an endpoint is offered every type of event there is', async () => {
  const { EVENT_TYPES } = await source('event-types.js')
  // A test of an endpoint comes to it whatever it asks for.
  const types = readdirSync(`${root}/events/schemas`).map((name) => name.replace(/\.json$/, '')).filter((type) => type !== 'event_endpoint.test')
  assert.deepEqual([...EVENT_TYPES].sort(), types.sort())
})

test('what a field of an integration is needed with is told to programs, of fields and words that there are', async () => {
  const { holds, looksAt } = await source('needed.js')
  let told = 0
  for (const provider of ['Smartassist', 'Salesforce', 'Servicenow', 'Five9', 'Genesys']) {
    const [settings, credentials] = ['Settings', 'Credentials'].map((sort) => openapi.components.schemas[provider + sort].properties)
    for (const [name, schema] of [...Object.entries(settings), ...Object.entries(credentials)]) {
      const [, words] = /(?:It is required|Needed:) ([^.]+)\./.exec(schema.description ?? '') ?? []
      assert.equal(schema['x-required-when'] !== undefined, words !== undefined && !words.startsWith('if wanted'), `${provider} ${name}: ${words}`)
      for (const when of [schema['x-required-when'], schema['x-taken-when']].filter((one) => one !== undefined)) {
        told += 1
        for (const { name: other } of looksAt(when)) assert.ok(settings[other] || credentials[other], `${provider} ${name}: ${other}`)
        assert.equal(typeof holds(when, () => undefined), 'boolean')
      }
    }
  }
  assert.ok(told > 30, `${told}`)
  const given = (values) => (name) => values[name]
  const either = { any: [{ is: { authMethod: ['basic'] } }, { all: [{ is: { authMethod: ['oauth2'] } }, { is: { oauthGrant: ['password'] } }] }] }
  assert.equal(holds(either, given({ authMethod: 'oauth2', oauthGrant: 'password' })), true)
  assert.equal(holds(either, given({ authMethod: 'oauth2', oauthGrant: 'refresh_token' })), false)
  assert.deepEqual(looksAt(either).map(({ word }) => word), [false, false, false])
  assert.equal(holds({ not: { is: { jwtAlg: ['RS256', 'RS512'] } } }, given({ jwtAlg: 'HS256' })), true)
  assert.equal(holds({ is: { tableLookup: ['false'] } }, given({})), true)
  assert.equal(holds({ is: { tableLookup: ['true'] } }, given({ tableLookup: true })), true)
  assert.equal(holds({ has: 'header' }, given({ header: '' })), false)
  assert.equal(holds({ has: 'header' }, given({ header: 'X-Secret' })), true)
})

test('a table for spreadsheets holds no formulas', async () => {
  const { cell } = await source('export.js')
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=1']) assert.match(cell(text), /^"?'/, JSON.stringify(text))
  assert.equal(cell('a "b", c'), '"a ""b"", c"')
  assert.equal(cell('plain'), 'plain')
  assert.equal(cell(null), '')
})

test('tries are folded, and a change of status never is', async () => {
  const { folded } = await source('fold.js')
  const entry = (more) => ({ what: 'retried', cause: 'delivery', applied: true, detail: null, ignoredBecause: null, times: 1, statusBefore: null, statusAfter: null, occurredAt: '2026-01-01T00:00:00Z', ...more })
  const lines = folded([entry({ sequence: 1 }), entry({ sequence: 2, times: 3 }), entry({ sequence: 3, statusAfter: 'ended' }), entry({ sequence: 4, what: 'other' })])
  assert.deepEqual(lines.map(({ times, sequences }) => [times, sequences]), [[4, [1, 2]], [1, [3]], [1, [4]]])
})

test('the first load is at most 60 KB', async (t) => {
  let bytes = 0
  const files = []
  const page = await open(t, view('transfers'), { before: (page) => {
    page.on('response', async (response) => {
      const { pathname } = new URL(response.url())
      if (pathname !== '/' && !pathname.startsWith('/console/')) return
      const size = gzipSync(await response.body(), { level: 6 }).length
      bytes += size
      files.push(`${pathname.split('/').pop() || 'document'} ${size}`)
    })
  } })
  await page.waitForSelector('table.transfers, .empty')
  await page.waitForLoadState('networkidle').catch(() => {})
  t.diagnostic(`${bytes} bytes compressed in ${files.length} files: ${files.join(', ')}`)
  assert.ok(bytes > 0 && bytes <= 60_000, `${bytes}`)
})

test('the document keeps everything out that is not its own', async () => {
  const response = await fetch(ORIGIN)
  const policy = response.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'", "frame-ancestors 'none'"]) assert.ok(policy.includes(rule), rule)
  assert.match(await response.text(), /\/console\/assets\/[^/"]+\/app\/main\.js/)
})
