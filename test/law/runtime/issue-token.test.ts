import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { findCredentialByDigest } from '../../../src/model/state/find-credential.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { RepositoryError } from '../../../src/port/repository-error.ts'
import {
  createEngine,
  type Engine,
  type EngineOptions,
  isToken,
  type TokenIssued,
  type TokenRequest,
  tokenDigest,
} from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, call, found, system, until } from './gateway.ts'

const owner = { type: 'team', id: 'dev' } as const
const request: TokenRequest = { credential: 'ci', owner }
const hour = 3_600_000

function issued(result: TokenIssued): TokenIssued & { readonly ok: true } {
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result
}

/** The reason of a call by a token: `admitted`, the reason of the denial, or another refusal. */
async function outcomeOf(engine: Engine, token: string): Promise<string> {
  const result = await engine.admit({ ...call, token })
  if (!result.admitted) return result.reason === 'denied' ? result.denial.reason : result.reason
  await result.release()
  return 'admitted'
}

describe('issueToken', () => {
  test('returns a secret of which the policy has the digest, with the fields of `IssueCredential`', async () => {
    const { engine } = await found()
    const scope = { type: 'list', selectors: [{ type: 'alias', alias: 'fast' }] } as const
    const operations = { type: 'list', operations: ['chat'] } as const
    const result = issued(
      await engine.issueToken({ ...request, scope, operations, name: 'CI', expiresAt: Date.now() + hour }, system),
    )
    expect(isToken(result.token)).toBe(true)
    expect(result).toMatchObject({ credential: 'ci', version: engine.status().version })
    expect(result.events.map(({ type }) => type)).toEqual(['CredentialIssued'])
    const row = engine.read((state) => findCredentialByDigest(tokenDigest(result.token), state))
    expect(row).toMatchObject({ id: 'ci', owner, scope, operations, name: 'CI' })
    expect(await outcomeOf(engine, result.token)).toBe('admitted')
  })

  test('repeated with the same id, reports that the secret was returned before, and changes nothing', async () => {
    const { engine } = await found()
    const first = issued(await engine.issueToken(request, { ...system, id: 'once' }))
    const again = await engine.issueToken(request, { ...system, id: 'once' })
    expect(again).toMatchObject({
      ok: false,
      reason: 'already_issued',
      credential: 'ci',
      version: first.version,
      message: 'an earlier call with this id has returned the secret; if it was lost, rotate the token',
    })
    expect(engine.status().version).toBe(first.version)
    expect(await outcomeOf(engine, first.token)).toBe('admitted')
    const other = await engine.issueToken({ ...request, name: 'other' }, { ...system, id: 'once' })
    expect(other).toEqual({ ok: false, reason: 'command_id_reused' })
    expect(await engine.rotateToken({ credential: 'ci', overlap: 0 }, { ...system, id: 'once' })).toEqual(other)
  })

  test('without an id, a repetition is rejected because the credential exists', async () => {
    const { engine } = await found()
    issued(await engine.issueToken(request, system))
    const again = await engine.issueToken(request, system)
    expect(again).toMatchObject({ ok: false, reason: 'rejected', rejection: { code: 'credential_exists' } })
  })

  test('returns the secret when the result of the commit was lost and repeated by the engine', async () => {
    const repository = createMemoryRepository()
    let losses = 0
    const lossy = withMethods(repository, {
      commit: async (commit) => {
        const result = await repository.commit(commit)
        losses -= 1
        if (losses >= 0) throw new RepositoryError('repository_unavailable', 'unknown', 'the connection was lost')
        return result
      },
    })
    const { engine } = await found({ repository: lossy })
    losses = 1
    const result = issued(await engine.issueToken(request, { ...system, id: 'lossy' }))
    expect(await outcomeOf(engine, result.token)).toBe('admitted')
  })

  test('a caller that never saw the secret learns so by a retry, and rotates', async () => {
    const repository = createMemoryRepository()
    let hangs = false
    const slow = withMethods(repository, {
      commit: async (commit) => {
        const result = await repository.commit(commit)
        return hangs ? await hang() : result
      },
    })
    const { engine } = await found({ repository: slow, requestTimeout: 100 })
    hangs = true
    const options = { ...system, id: 'lost' }
    expect(await engine.issueToken(request, options)).toMatchObject({
      reason: 'policy_unavailable',
      outcome: 'unknown',
    })
    hangs = false
    expect(await engine.issueToken(request, options)).toMatchObject({ reason: 'already_issued' })
    const rotated = issued(await engine.rotateToken({ credential: 'ci', overlap: 0 }, { ...system, id: 'found' }))
    expect(await outcomeOf(engine, rotated.token)).toBe('admitted')
  })

  test('by a caller with `who`, is decided by its powers', async () => {
    const { engine } = await found()
    accepted(
      await engine.execute(
        [
          { type: 'CreateUser', user: 'ann' },
          { type: 'CreateUser', user: 'bob' },
        ],
        system,
      ),
    )
    const ann = { type: 'user', id: 'ann' } as const
    const own = issued(await engine.issueToken({ credential: 'laptop', owner: ann }, { who: ann }))
    expect(engine.read((state) => getRow(state.credentials, 'laptop').issuedBy)).toEqual(ann)
    const foreign = await engine.issueToken({ credential: 'b', owner: ann }, { who: { type: 'user', id: 'bob' } })
    expect(foreign).toMatchObject({ ok: false, reason: 'denied' })
    const who = { type: 'credentialDigest', digest: tokenDigest(own.token) } as const
    expect(await engine.rotateToken({ credential: 'laptop', overlap: 0 }, { who })).toMatchObject({ ok: true })
  })

  test.each([
    ['a digest', { ...request, digest: '0'.repeat(64) }],
    ['another type', { ...request, type: 'RevokeCredential' }],
    ['an actor', { ...request, actor: { type: 'system' } }],
    ['a prefix that is none', { ...request, prefix: 'Not-One' }],
    ['no fields', undefined],
    ['a function', { ...request, name: () => 'CI' }],
  ])('with %s, is refused as `options_invalid`', async (_, bad) => {
    const { engine } = await found()
    const { version } = engine.status()
    expect(await engine.issueToken(bad as never, system)).toMatchObject({ ok: false, reason: 'options_invalid' })
    expect(await engine.issueToken(request, {} as never)).toMatchObject({ ok: false, reason: 'options_invalid' })
    expect(engine.status().version).toBe(version)
  })

  test('with a field of the wrong type, is rejected as the command is', async () => {
    const { engine } = await found()
    const bad = await engine.issueToken({ ...request, credential: 7 } as never, system)
    expect(bad).toMatchObject({ ok: false, reason: 'rejected', rejection: { code: 'command_invalid' } })
  })
})

describe('rotateToken', () => {
  test('keeps the old secret good for the overlap, to the millisecond', async () => {
    const clock = createMemoryClock(Date.parse('2026-03-02T09:00:00Z'))
    const { engine } = await found({ clock, maxStaleness: 86_400_000 })
    const old = issued(await engine.issueToken(request, system)).token
    const next = issued(await engine.rotateToken({ credential: 'ci', overlap: hour }, system)).token
    clock.advance(hour - 1)
    expect([await outcomeOf(engine, old), await outcomeOf(engine, next)]).toEqual(['admitted', 'admitted'])
    clock.advance(1)
    expect([await outcomeOf(engine, old), await outcomeOf(engine, next)]).toEqual(['credential_expired', 'admitted'])
  })

  test('with no overlap, refuses a leaked secret at once, and so does a revocation', async () => {
    const { engine } = await found()
    const leaked = issued(await engine.issueToken(request, system)).token
    const next = issued(await engine.rotateToken({ credential: 'ci', overlap: 0 }, system)).token
    expect([await outcomeOf(engine, leaked), await outcomeOf(engine, next)]).toEqual(['credential_expired', 'admitted'])
    accepted(await engine.execute({ type: 'RevokeCredential', credential: 'ci' }, system))
    expect([await outcomeOf(engine, leaked), await outcomeOf(engine, next)]).toEqual(
      Array(2).fill('credential_revoked'),
    )
    const revoked = await engine.rotateToken({ credential: 'ci', overlap: 0 }, system)
    expect(revoked).toMatchObject({ reason: 'rejected', rejection: { code: 'credential_revoked' } })
  })

  test('on another engine, a revoked secret is refused after that engine has the version', async () => {
    const { engine, repository } = await found()
    const { token } = issued(await engine.issueToken(request, system))
    const { version } = accepted(await engine.execute({ type: 'RevokeCredential', credential: 'ci' }, system))
    const follower = createEngine({ repository })
    await follower.ready()
    const refused = await follower.admit({ ...call, token, atLeast: version })
    expect(refused).toMatchObject({ reason: 'denied', denial: { reason: 'credential_revoked' } })
    await follower.close()
  })

  test('of an expired token takes a new expiry', async () => {
    const clock = createMemoryClock(Date.parse('2026-03-02T09:00:00Z'))
    const { engine } = await found({ clock, maxStaleness: 86_400_000 })
    issued(await engine.issueToken({ ...request, expiresAt: clock.now() + hour }, system))
    clock.advance(hour)
    const rotation = { credential: 'ci', overlap: 0 }
    const expired = await engine.rotateToken(rotation, system)
    expect(expired).toMatchObject({ reason: 'rejected', rejection: { code: 'credential_expired' } })
    const { token } = issued(await engine.rotateToken({ ...rotation, expiresAt: null }, system))
    expect(await outcomeOf(engine, token)).toBe('admitted')
  })

  test.each([undefined, -1, 1.5, Number.NaN, '1', 31_622_400_001])(
    'with the overlap %s, is refused',
    async (overlap) => {
      const { engine } = await found()
      const refused = await engine.rotateToken({ credential: 'key', overlap } as never, system)
      expect(refused).toMatchObject({ ok: false, reason: 'options_invalid' })
      const { version } = engine.status()
      const unknown = await engine.rotateToken({ credential: 'none', overlap: 0 }, system)
      expect(unknown).toMatchObject({ reason: 'rejected', rejection: { code: 'credential_unknown' } })
      expect(engine.status().version).toBe(version)
    },
  )
})

describe('an engine with `tokens.prefix`', () => {
  const tokens = { prefix: ['acme', 'old_acme'] }

  test('issues and admits tokens of its prefixes', async () => {
    const { engine } = await found({ tokens })
    const first = issued(await engine.issueToken(request, system)).token
    const second = issued(await engine.issueToken({ credential: 'b', owner, prefix: 'old_acme' }, system)).token
    expect([first.slice(0, 5), second.slice(0, 9)]).toEqual(['acme_', 'old_acme_'])
    expect([await outcomeOf(engine, first), await outcomeOf(engine, second)]).toEqual(['admitted', 'admitted'])
    const other = await engine.issueToken({ credential: 'c', owner, prefix: 'pc' }, system)
    expect(other).toMatchObject({ ok: false, reason: 'options_invalid' })
    expect(engine.status().malformedTokens).toBe(0)
  })

  test('denies a malformed token exactly as an unknown one, counts it, and does not look it up', async () => {
    const { engine } = await found({ tokens })
    // The digest of `secret` is known, but the string has no prefix and no checksum.
    // Only the id of the decision differs.
    const answerTo = async (change: object) => ({ ...(await engine.admit({ ...call, ...change } as never)), id: '' })
    const malformed = await answerTo({})
    const { token } = issued(await (await found({ tokens })).engine.issueToken(request, system))
    const unknown = await answerTo({ token })
    expect(malformed).toEqual(unknown)
    expect(malformed).toMatchObject({ reason: 'denied', denial: { reason: 'credential_unknown' } })
    expect(engine.status().malformedTokens).toBe(1)
    for (const bad of ['', token.slice(0, -1), `${token.slice(0, -1)}-`, ` ${token}`, 'x'.repeat(1_000_000)]) {
      expect(await answerTo({ token: bad })).toEqual(unknown)
    }
    expect(engine.status().malformedTokens).toBe(6)
    expect(await answerTo({ token: 'bad', model: 7 })).toEqual(await answerTo({ token, model: 7 }))
  })

  test('without it, tokens of any form are looked up, up to 16,384 characters', async () => {
    const { engine } = await found()
    expect(await outcomeOf(engine, 'secret')).toBe('admitted')
    for (const length of [16_384, 16_385]) {
      const long = 's'.repeat(length)
      const credential = `long ${length}`
      accepted(await engine.execute({ type: 'IssueCredential', credential, owner, digest: tokenDigest(long) }, system))
      expect(await outcomeOf(engine, long)).toBe(length === 16_384 ? 'admitted' : 'credential_unknown')
    }
    expect(engine.status().malformedTokens).toBe(1)
  })

  test.each([{}, { prefix: [] }, { prefix: 'A' }, { prefix: ['acme', 7] }, 'acme', null, { prefix: 'acme', kind: 1 }])(
    'the option %j is refused',
    async (bad) => {
      await expect(found({ tokens: bad } as unknown as EngineOptions)).rejects.toThrow(TypeError)
    },
  )
})

test('a secret is in no event, notice, status, snapshot, stored commit, decision or error', async () => {
  const repository = createMemoryRepository()
  const stored: unknown[] = []
  const failing = withMethods(repository, {
    commit: async (commit) => {
      stored.push(commit)
      const result = await repository.commit(commit)
      if (stored.length % 2 === 0) throw new RepositoryError('repository_unavailable', 'unknown', 'no answer')
      return result
    },
    saveSnapshot: async (snapshot) => {
      stored.push(snapshot)
      await repository.saveSnapshot(snapshot)
    },
  })
  const gateway = await found({ repository: failing, snapshotEvery: 1, tokens: { prefix: 'pc' } })
  const { engine, notices } = gateway
  const seen: unknown[] = []
  const secrets: string[] = []
  const keep = (result: TokenIssued) => {
    if (result.ok) secrets.push(result.token)
    const { token: _, ...rest } = { token: undefined, ...result }
    seen.push(rest)
  }
  keep(await engine.issueToken({ ...request, name: 'CI' }, { ...system, id: 'a' }))
  keep(await engine.issueToken({ ...request, name: 'CI' }, { ...system, id: 'a' }))
  keep(await engine.issueToken(request, system))
  keep(await engine.rotateToken({ credential: 'ci', overlap: hour }, system))
  keep(await engine.rotateToken({ credential: 'none', overlap: hour }, system))
  expect(secrets).toHaveLength(2)
  for (const token of [...secrets, `${secrets[0]}x`, `${secrets[0]?.slice(0, -1)}-`]) {
    for (const change of [{}, { model: 'none' }, { estimate: 10n ** 18n }, { model: 7 }, { estimate: 7 }]) {
      const result = await engine.admit({ ...call, token, ...change } as never)
      seen.push(
        result,
        JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      )
      if (result.admitted) seen.push(await result.settle(1n))
    }
  }
  accepted(await engine.execute({ type: 'RevokeCredential', credential: 'ci' }, system))
  for (const token of secrets) seen.push(await engine.admit({ ...call, token }))
  await until(() => stored.some((each) => typeof each === 'object' && each !== null && 'parts' in each))
  seen.push(notices, engine.status(), await engine.readLog(), stored, await repository.load())
  seen.push(engine.read((state) => [getRow(state.credentials, 'ci')]))
  for await (const record of gateway.ledger.export()) seen.push(record)
  const text = inspect(seen, {
    depth: Number.POSITIVE_INFINITY,
    maxArrayLength: null,
    maxStringLength: null,
    showHidden: true,
  })
  expect(text).toContain(tokenDigest(secrets[0] ?? ''))
  for (const token of secrets) expect(text).not.toContain(token.slice(3, 46))
})
