import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chat, foundGuarded } from '../world.ts'
import { hosts, type RawAnswer, sendRaw } from './hosts.ts'

const path = '/v1/chat/completions'
const body = JSON.stringify(chat('hello'))
const json = 'content-type: application/json'

interface Sent {
  readonly headers?: readonly string[]
  readonly body?: string | Uint8Array
  readonly path?: string
}

/** An answer as `status code`, or the status alone if the guard did not answer. */
type Expected = string
/** Where hosts differ, the answers of Hono, Fastify, Express and Express with `express.json()`. */
type Row = readonly [
  title: string,
  sent: (token: string) => Sent,
  expected: Expected | readonly [Expected, Expected, Expected, Expected],
]

const bearer = (token: string) => `authorization: Bearer ${token}`
const withBody =
  (content: string | Uint8Array, ...headers: string[]) =>
  (token: string) => ({
    headers: [bearer(token), ...(headers.length > 0 ? headers : [json])],
    body: content,
  })

const headerRows: readonly Row[] = [
  ['two tokens', (token) => ({ headers: [bearer(token), 'authorization: Bearer other', json] }), '400 token_ambiguous'],
  ['the same token twice', (token) => ({ headers: [bearer(token), bearer(token), json] }), '400 token_ambiguous'],
  ['another key', (token) => ({ headers: [bearer(token), 'x-api-key: other', json] }), '400 token_ambiguous'],
  ['two keys', (token) => ({ headers: [`x-api-key: ${token}`, `x-api-key: ${token}`, json] }), '400 token_ambiguous'],
  ['basic credentials', () => ({ headers: ['authorization: Basic YTpi', json] }), '401 token_missing'],
  [
    'two teams',
    (token) => ({ headers: [bearer(token), 'x-portcullis-team: dev', 'x-portcullis-team: free', json] }),
    '400 header_invalid',
  ],
  [
    'the team of another',
    (token) => ({ headers: [bearer(token), 'x-portcullis-team: free', json] }),
    '404 team_not_found',
  ],
  ['two lengths', (token) => ({ headers: [bearer(token), json, 'transfer-encoding: chunked'] }), '400'],
  [
    'two media types',
    (token) => ({ headers: [bearer(token), json, 'content-type: text/plain'] }),
    '415 media_type_unsupported',
  ],
  ['no media type', (token) => ({ headers: [bearer(token)] }), '415 media_type_unsupported'],
  ['text', withBody(body, 'content-type: text/plain'), '415 media_type_unsupported'],
  ['a form', withBody('a=b', 'content-type: application/x-www-form-urlencoded'), '415 media_type_unsupported'],
  ['a broken media type', withBody(body, 'content-type: /'), '415 media_type_unsupported'],
  [
    'JSON on the path of a form',
    (token) => ({ headers: [bearer(token), json], path: '/v1/audio/transcriptions' }),
    '415 media_type_unsupported',
  ],
  ['a charset that is UTF-8', withBody(body, `${json}; charset=UTF-8`), '200'],
]

const bodyRows: readonly Row[] = [
  ['gzip', withBody(gzipSync(body), json, 'content-encoding: gzip'), '415 media_type_unsupported'],
  [
    'a gzip bomb',
    withBody(gzipSync(`{"model":"fast","a":"${'0'.repeat(20_000_000)}"}`), json, 'content-encoding: gzip'),
    '415 media_type_unsupported',
  ],
  ['UTF-16', withBody(Buffer.from(body, 'utf16le'), `${json}; charset=utf-16le`), '415 media_type_unsupported'],
  ['UTF-16 that is not declared', withBody(Buffer.from(body, 'utf16le')), '400 body_invalid'],
  [
    'bytes that are not UTF-8',
    withBody(Buffer.from(body.replace('hello', '\xff\xfe'), 'latin1')),
    ['400 body_invalid', '200', '400 body_invalid', '200'],
  ],
  ['a byte order mark', withBody(`\ufeff${body}`), '200'],
  ['malformed JSON', withBody('{"model":'), '400 body_invalid'],
  ['no body', withBody(''), '400 body_invalid'],
  ['an array', withBody('[]'), '400 body_invalid'],
  ['null', withBody('null'), '400 body_invalid'],
  ['a granted model after another', withBody(body.replace('{', '{"model":"openai/secret",')), '200'],
  [
    'another model after a granted one',
    withBody(body.replace(/}$/, ',"model":"openai/secret"}')),
    '404 model_not_found',
  ],
  [
    'a prototype with another model',
    withBody(body.replace('{', '{"__proto__":{"model":"openai/secret"},')),
    ['200', '400 body_invalid', '200', '200'],
  ],
  ['a prototype with the only model', withBody('{"__proto__":{"model":"fast"},"messages":[]}'), '400 body_invalid'],
  ['a stream that is a string', withBody(body.replace('{', '{"stream":"true",')), '400 body_invalid'],
  ['deep nesting', withBody(body.replace('{', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)},`)), '400 body_invalid'],
  ['3 MB', withBody(`{"model":"fast","a":"${'0'.repeat(3_000_000)}"}`), '413 body_too_large'],
]

/** Returns the bytes of a request. */
function bytesOf({ headers = [], body: content = body, path: asked = path }: Sent): readonly (string | Uint8Array)[] {
  const size = Buffer.byteLength(content)
  const lines = [`POST ${asked} HTTP/1.1`, 'host: gateway.test', `content-length: ${size}`, ...headers]
  return [`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n`, content]
}

function summaryOf({ status, body: content }: RawAnswer): string {
  const code = /"code":"(\w+)"/.exec(content)?.[1]
  return code === undefined ? String(status) : `${status} ${code}`
}

describe.each(Object.entries(hosts))('%s', (name, startHost) => {
  const start = async () => {
    const gateway = await foundGuarded({ maxBodySize: 2_000_000 })
    const url = await startHost(gateway.guard, (call) => call.send(gateway.attempt))
    return { gateway, url, token: gateway.token }
  }

  test.each([...headerRows, ...bodyRows])('%s', async (_title, make, rows) => {
    const { gateway, url, token } = await start()
    const expected = typeof rows === 'string' ? rows : rows[Object.keys(hosts).indexOf(name)]
    const answer = await sendRaw(url, bytesOf(make(token)))
    expect(summaryOf(answer)).toBe(expected)
    expect(gateway.upstream.seen.map(({ body: seen }) => seen['model'])).toEqual(expected === '200' ? ['gpt-5'] : [])
    // Node.js itself refuses a request with two lengths.
    if (expected !== '400') expect(answer.head).toMatch(/^request-id: /im)
    expect(answer.body).not.toContain('secret"')
  })

  test('a body in chunks that exceeds the limit is refused', async () => {
    const { gateway, url, token } = await start()
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\n${bearer(token)}\r\n${json}\r\ntransfer-encoding: chunked\r\n\r\n`
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    const answer = await sendRaw(url, [head, ...Array.from({ length: 60 }, () => chunk), '0\r\n\r\n'])
    expect(summaryOf(answer)).toBe('413 body_too_large')
    expect(gateway.upstream.seen).toEqual([])
  })

  test('a client without a good token is refused for it, before the size of its body', async () => {
    const { url } = await start()
    for (const content of [body, `{"a":"${'0'.repeat(3_000_000)}"}`]) {
      const headers = ['authorization: Bearer acme_stranger', json]
      expect((await sendRaw(url, bytesOf({ headers, body: content }))).status).toBe(401)
    }
  })

  test.each([
    '/v1/../v1//chat/completions',
    '/v1//chat/completions',
    '//v1/chat/completions',
    '/v1/./chat/completions',
    '/V1/Chat/Completions',
    '/v1/chat/completions/',
    '/v1/%63hat/completions',
    '/v1/chat%2Fcompletions',
    '/%76%31/chat/completions',
    '/v1/chat/completions;a=b',
    '/v1\\chat\\completions',
    '/open/../v1/chat/completions',
    '/v1/chat/completions?a=b',
    '/v1/chat/completions#a',
    'http://other.test/v1/chat/completions',
    'http://other.test//v1/chat/completions',
    '*',
  ])('the path `%s` is answered or not found, and reaches no handler without a call', async (asked) => {
    const { gateway, url, token } = await start()
    const { status } = await sendRaw(url, bytesOf({ headers: [bearer(token), json], path: asked }))
    expect([200, 400, 404]).toContain(status)
    expect(gateway.upstream.seen.map(({ body: seen }) => seen['model'])).toEqual(status === 200 ? ['gpt-5'] : [])
    const strange = await sendRaw(url, bytesOf({ headers: [json], path: asked }))
    expect([400, 401, 404]).toContain(strange.status)
  })
})
