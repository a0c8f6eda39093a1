import { describe, expect, test } from 'vitest'
import { findCredentialByDigest } from '../../../src/model/state/find-credential.ts'
import type { State } from '../../../src/model/state/state.ts'
import { tableOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { formatExplanation } from '../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../src/query/explain/explain.ts'
import { add, aliases, holding, role, world } from '../world.ts'

const at = 1_750_000_000_000
const digest = 'd'.repeat(64)
const replaced = 'e'.repeat(64)

const base = world({
  users: [{ id: 'ann', ...holding(['gpt']) }],
  modelAliases: [{ id: 'gpt-4' }],
  accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
  credentials: [{ id: 'pat', digest, previous: [{ digest: replaced, expiresAt: at + 500 }], expiresAt: at + 1000 }],
})
const byDigest = { type: 'credentialDigest', digest } as const

const use = (state: State, more: Partial<UseRequest> = {}) =>
  authorize({ type: 'use', who: byDigest, model: 'gpt-4', at, ...more } as UseRequest, state)

describe('a decision has the id of the credential', () => {
  test('on an allow, whether the request has the id or a digest', () => {
    for (const who of [{ type: 'credential', id: 'pat' } as const, byDigest]) {
      expect(use(base, { who })).toMatchObject({ effect: 'allow', credential: 'pat' })
      const manage = { type: 'manage', who, thing: { type: 'userTokens', id: 'ann' }, at } as const
      expect(authorize(manage, base)).toMatchObject({ effect: 'allow', credential: 'pat' })
    }
  })

  test('on a denial, as soon as the credential exists', () => {
    const revoked = add(base, { credentials: [{ id: 'pat', digest, revokedAt: at - 1 }] })
    const owned = add(base, { credentials: [{ id: 'pat', digest, owner: { type: 'user', id: 'nix' } }] })
    const denials = [use(revoked), use(base, { at: at + 1000 }), use(owned), use(base, { model: 'nix' })]
    expect(denials).toMatchObject(
      ['credential_revoked', 'credential_expired', 'principal_unknown', 'model_unknown'].map((reason) => {
        return { reason, credential: 'pat' }
      }),
    )
  })

  test('and none where the request names a principal or an unknown credential', () => {
    expect(use(base, { who: { type: 'user', id: 'ann' } })).not.toHaveProperty('credential')
    expect(use(base, { who: { type: 'credential', id: 'nix' } })).not.toHaveProperty('credential')
    expect(use(base, { who: { type: 'credentialDigest', digest: 'a'.repeat(64) } })).not.toHaveProperty('credential')
  })

  test('that `findCredentialByDigest` finds by the current digest and by a replaced one', () => {
    expect(findCredentialByDigest(digest, base)?.id).toBe('pat')
    expect(findCredentialByDigest(replaced, base)?.id).toBe('pat')
    expect(findCredentialByDigest('a'.repeat(64), base)).toBeUndefined()
  })
})

describe('a denial has the first instant at which time alone could change it', () => {
  test('the start of an assignment, and no instant after the last expiry', () => {
    const later = add(base, { users: [{ id: 'ann', ...holding(['gpt'], [{ startsAt: at + 10 }]) }] })
    const who = { type: 'user', id: 'ann' } as const
    expect(use(later, { who })).toMatchObject({ reason: 'model_not_granted', until: at + 10 })
    expect(use(base, { at: at + 1000 })).not.toHaveProperty('until')
  })

  test('the end of a restriction, and the expiry of the credential if that is earlier', () => {
    const denied = add(base, { restrictions: [{ id: 'r', window: { expiresAt: at + 2000 } }] })
    const who = { type: 'user', id: 'ann' } as const
    expect(use(denied, { who })).toMatchObject({ reason: 'model_restricted', until: at + 2000 })
    expect(use(denied)).toMatchObject({ reason: 'model_restricted', until: at + 1000 })
  })

  test('the start of a manager role', () => {
    const manager = add(base, { users: [{ id: 'max', ...role('openai', 'manager', [{ startsAt: at + 10 }]) }] })
    const who = { type: 'user', id: 'max' } as const
    const thing = { type: 'providerAccount', id: 'openai' } as const
    expect(authorize({ type: 'manage', who, thing, at }, manager)).toMatchObject({
      reason: 'management_not_granted',
      until: at + 10,
    })
  })
})

describe('a denial for lack of credits', () => {
  const metered = add(base, { users: [{ id: 'ann', metered: true, ...holding(['gpt']) }] })

  test('has the amounts as exact decimal strings', () => {
    const credits = { available: 1_500_000_000n, estimate: '2.25' }
    const denial = use(metered, { credits })
    expect(denial).toMatchObject({ reason: 'credits_exhausted', available: '1.5', needed: '2.25' })
    expect(JSON.parse(JSON.stringify(denial))).toEqual(denial)
    expect(formatDecision(denial)).toContain('the wallet has too few credits, 1.5 available and 2.25 needed')
  })

  test('has a negative amount for an overdrawn wallet, and no needed amount without an estimate', () => {
    const denial = use(metered, { credits: { available: -1n } })
    expect(denial).toMatchObject({ reason: 'credits_exhausted', available: '-0.000000001' })
    expect(denial).not.toHaveProperty('needed')
  })

  test.each([
    ['-1', undefined, '-1'],
    ['-0.5', '0', '-0.5'],
    ['-9223372036.854775807', '2', '-9223372036.854775807'],
  ])('takes the balance of a wallet in debt as a decimal string: `%s`', (available, estimate, reported) => {
    const denial = use(metered, { credits: estimate === undefined ? { available } : { available, estimate } })
    expect(denial).toMatchObject({ reason: 'credits_exhausted', available: reported })
    if (estimate !== undefined) expect(denial).toMatchObject({ needed: estimate })
  })

  test.each(['-1', '-0.5', -1n])('refuses a negative estimate: `%s`', (estimate) => {
    expect(use(metered, { credits: { available: '1', estimate } })).toMatchObject({ reason: 'request_invalid' })
  })

  test('shows the caller no amount', () => {
    const answer = answerCaller(use(metered, { credits: { available: '1', estimate: '2' } }))
    expect(JSON.stringify(answer)).not.toMatch(/[0-9]/)
  })
})

describe('a denial for lack of routes', () => {
  const deprecated = { type: 'deprecated', sunsetAt: at + 900, successor: 'gpt-5' } as const
  const openai = { id: 'openai', status: 'suspended', suspendedBy: 'platform' } as const
  const gone = add(base, {
    modelAliases: [
      { id: 'gpt-5', targets: [] },
      { id: 'gpt-4', lifecycle: deprecated },
    ],
    providerAccounts: [openai],
  })
  const activate = { type: 'activate_model', model: 'gpt-4' }
  const successor = { type: 'use_successor', successor: 'gpt-5' }

  test('names the successor of a deprecated alias, and who lacks it', () => {
    expect(use(gone)).toMatchObject({
      reason: 'model_unavailable',
      remedies: [
        activate,
        successor,
        { type: 'grant_access', principals: [{ type: 'user', id: 'ann' }], model: 'gpt-5' },
      ],
    })
    const both = add(gone, { accessGroups: [{ id: 'gpt', ...aliases('gpt-4', 'gpt-5') }] })
    expect(use(both)).toMatchObject({ reason: 'model_unavailable', remedies: [activate, successor] })
  })

  test('tells an alias without targets to get some', () => {
    const empty = add(base, { modelAliases: [{ id: 'gpt-4', targets: [] }] })
    const denial = use(empty)
    expect(denial).toMatchObject({
      reason: 'model_unavailable',
      remedies: [{ type: 'set_alias_targets', alias: 'gpt-4' }],
    })
    expect(formatDecision(denial)).toContain('give alias `gpt-4` targets')
    const { nearMisses } = explain({ type: 'use', who: byDigest, model: 'gpt-4', at }, empty)
    expect(nearMisses).toEqual([{ type: 'targetsMissing', alias: 'gpt-4' }])
  })

  test('is remedied by targets on an account that lists a model of the name', () => {
    const empty = add(base, { modelAliases: [{ id: 'gpt-4', targets: [] }] })
    const listing = add(empty, {
      providerAccounts: [
        { id: 'azure', anyModel: false, models: tableOf(['gpt-4'], [{ id: 'gpt-4', status: 'active' }]) },
      ],
    })
    const { remedies } = explain({ type: 'use', who: byDigest, model: 'gpt-4', at }, listing)
    expect(remedies.map(({ commands }) => commands)).toMatchObject([
      [{ type: 'SetModelAliasTargets', alias: 'gpt-4', targets: [{ providerAccount: 'azure', model: 'gpt-4' }] }],
    ])
  })
})

describe('a denial to manage', () => {
  const manage = (who: { type: 'user' | 'team'; id: string }) =>
    formatDecision(authorize({ type: 'manage', who, thing: { type: 'teamMembers', id: 'dev' }, at }, teams))
  const teams = add(base, { teams: [{ id: 'dev' }] })

  test('is formatted with the caller and the thing', () => {
    expect(manage({ type: 'user', id: 'ann' })).toBe(
      'management_not_granted at the members of team `dev`: user `ann` may not manage it; ask an administrator (version 0)',
    )
  })

  test('names a team key, which may manage nothing', () => {
    expect(manage({ type: 'team', id: 'dev' })).toBe(
      'management_not_granted at team `dev`: a team key may manage nothing; ask an administrator (version 0)',
    )
  })
})

test('an explanation repeats the note of a restriction on one line', () => {
  const note = 'until the review\n  allowed: by `legal`'
  const denied = add(base, { restrictions: [{ id: 'r', note }] })
  const explanation = explain({ type: 'use', who: byDigest, model: 'gpt-4', at }, denied)
  expect(explanation.nearMisses).toMatchObject([{ type: 'restrictionWins', note }])
  const facts = explanation.guards.flatMap((guard) => guard.facts)
  expect(facts).toContainEqual(expect.objectContaining({ type: 'restriction', restriction: 'r', note }))
  expect(formatExplanation(explanation)).toContain('with the note "until the review\\n  allowed: by `legal`"')
})
