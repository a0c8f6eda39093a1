import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyAs } from '../../../../src/change/apply-as.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { entries, findRow, getRow, idsOf } from '../../../../src/model/table/table.ts'
import type { Agent } from '../../../../src/model/value/principal.ts'
import type { Selector } from '../../../../src/model/value/selector.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Thing } from '../../../../src/policy/request/request.ts'
import { matchesByExpression } from '../../../../src/testing/reference/rows.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import {
  alias,
  by,
  commandOf,
  digest,
  now,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from '../story.ts'

const [tom, olga, max, root] = [user('tom'), user('olga'), user('max'), user('root')]
const dev = team('dev')
const scoped = (...selectors: readonly Selector[]) => ({ type: 'list', selectors }) as const
const model = (providerAccount: string, id: string) => ({ type: 'model', providerAccount, model: id }) as const

describe('an issuer with a restriction in force issues a key only for exact names that it may use', () => {
  const restrict = (subject: Agent, selector: Selector, ends = {}): Step => {
    return { type: 'CreateRestriction', restriction: 'no', subject, selector, ...ends }
  }
  const bound = stateAfter(office, restrict(tom, alias('gpt-4')))
  const issue = (scope: ReturnType<typeof scoped> | { readonly type: 'all' }): Step => {
    return { type: 'IssueCredential', credential: 'n', owner: dev, digest: digest('e'), scope }
  }

  test('in every scope', () => {
    const free = [
      scoped(alias('gpt-3')),
      scoped(model('openai', 'gpt-3')),
      scoped(alias('gpt-3'), alias('claude')),
      scoped(),
    ]
    const denied = [
      { type: 'all' } as const,
      scoped(alias('gpt-4')),
      scoped(alias('gpt-3'), alias('gpt-4')),
      // The alias `gpt-4` has this route.
      scoped(model('openai', 'gpt-4')),
      scoped({ type: 'pattern', pattern: 'gpt-3*' }),
      scoped({ type: 'providerAccount', providerAccount: 'any' }),
    ]
    for (const scope of free) expect(outcome(bound, by(tom, issue(scope)))).toBe('accepted')
    for (const scope of denied) {
      expect(rejected(bound, by(tom, issue(scope)))).toMatchObject({
        code: 'power_exceeded',
        path: ['owner'],
        message:
          'user `tom` is bound by restriction `no`, give the credential a scope of exact aliases and models that it may use',
      })
      expect(outcome(bound, by(root, issue(scope)))).toBe('accepted')
      expect(outcome(bound, by(olga, issue(scope)))).toBe('accepted')
      expect(outcome(office, by(tom, issue(scope)))).toBe('accepted')
    }
  })

  test('also if the restriction is on its membership in the team of the key', () => {
    const onMember = (of: string): Step => {
      const subject = { type: 'member', team: of, user: 'tom' } as const
      return { type: 'CreateRestriction', restriction: 'no', subject, selector: alias('gpt-4') }
    }
    const inDev = stateAfter(office, onMember('dev'))
    expect(outcome(inDev, by(tom, issue({ type: 'all' })))).toBe('power_exceeded')
    expect(outcome(inDev, by(tom, issue(scoped(alias('gpt-3')))))).toBe('accepted')
    const elsewhere = stateAfter(office, onMember('ops'))
    expect(outcome(elsewhere, by(tom, issue({ type: 'all' })))).toBe('accepted')
    const admin: Step = { type: 'AddOrganizationAdmin', organization: 'acme', admin: tom }
    const ofBot: Step = { ...issue({ type: 'all' }), owner: virtualAccount('bot') } as Step
    expect(outcome(stateAfter(inDev, admin), by(tom, ofBot))).toBe('power_exceeded')
    expect(outcome(stateAfter(elsewhere, admin), by(tom, ofBot))).toBe('accepted')
  })

  test('also after it has left the team: a restriction on a membership outlives a leave', () => {
    const subject = { type: 'member', team: 'dev', user: 'olga' } as const
    const member = stateAfter(
      office,
      { type: 'AddTeamMember', team: 'dev', user: 'olga' },
      { type: 'CreateRestriction', restriction: 'no', subject, selector: alias('gpt-4') },
    )
    const left = stateAfter(member, by(olga, { type: 'RemoveTeamMember', team: 'dev', user: 'olga' }))
    for (const owner of [dev, virtualAccount('bot')]) {
      const key: Step = { ...by(olga, issue({ type: 'all' })), owner } as Step
      expect([outcome(office, key), outcome(member, key), outcome(left, key)]).toEqual([
        'accepted',
        'power_exceeded',
        'power_exceeded',
      ])
    }
  })

  test('a denied route denies its aliases, and a window that is not in force denies nothing', () => {
    const routes = stateAfter(office, restrict(tom, { type: 'providerAccount', providerAccount: 'openai' }))
    expect(outcome(routes, by(tom, issue(scoped(alias('gpt-3')))))).toBe('power_exceeded')
    expect(outcome(routes, by(tom, issue(scoped(alias('claude')))))).toBe('accepted')
    const later = stateAfter(office, restrict(tom, alias('gpt-4'), { startsAt: now + 1 }))
    expect(outcome(later, by(tom, issue({ type: 'all' })))).toBe('accepted')
    expect(outcome(later, { ...by(tom, issue({ type: 'all' })), at: now + 1 } as Step)).toBe('power_exceeded')
  })

  test('rotating, widening, extending and activating are the same right, and the other changes are always permitted', () => {
    const held = stateAfter(
      bound,
      { type: 'UpdateCredential', credential: 'dev', expiresAt: now + 500 },
      by(olga, {
        type: 'IssueCredential',
        credential: 'small',
        owner: dev,
        digest: digest('e'),
        scope: scoped(alias('gpt-3')),
      }),
    )
    const asleep = stateAfter(held, by(tom, { type: 'SuspendCredential', credential: 'dev' }))
    const refused: readonly (readonly [State, Step])[] = [
      [held, { type: 'RotateCredential', credential: 'dev', digest: digest('f') }],
      [held, { type: 'UpdateCredential', credential: 'dev', expiresAt: now + 501 }],
      [held, { type: 'UpdateCredential', credential: 'dev', expiresAt: null }],
      [held, { type: 'UpdateCredential', credential: 'small', scope: scoped(alias('gpt-3'), alias('gpt-4')) }],
      [held, { type: 'UpdateCredential', credential: 'small', scope: { type: 'all' } }],
      [asleep, { type: 'ActivateCredential', credential: 'dev' }],
    ]
    for (const [state, step] of refused) {
      expect(outcome(state, by(tom, step)), JSON.stringify(step)).toBe('power_exceeded')
      expect(outcome(state, by(olga, step)), JSON.stringify(step)).toBe('accepted')
    }
    const permitted: readonly Step[] = [
      { type: 'UpdateCredential', credential: 'dev', expiresAt: now + 499 },
      { type: 'UpdateCredential', credential: 'dev', scope: scoped(alias('gpt-4')) },
      { type: 'UpdateCredential', credential: 'dev', name: 'Build' },
      { type: 'SuspendCredential', credential: 'dev' },
      { type: 'RevokeCredential', credential: 'dev' },
      { type: 'RotateCredential', credential: 'small', digest: digest('f') },
      { type: 'UpdateCredential', credential: 'small', scope: scoped(alias('claude')) },
    ]
    for (const step of permitted) expect(outcome(held, by(tom, step)), JSON.stringify(step)).toBe('accepted')
  })

  test('an organization admin with a restriction issues no open token of a virtual account', () => {
    const state = stateAfter(office, restrict(olga, alias('gpt-4')))
    const step: Step = { type: 'RotateCredential', credential: 'bot', digest: digest('e') }
    expect(outcome(state, by(olga, step))).toBe('power_exceeded')
    expect(
      outcome(state, by(olga, { type: 'IssueCredential', credential: 'n', owner: olga, digest: digest('e') })),
    ).toBe('accepted')
  })
})

test('a manager revokes no role that lasts beyond its own', () => {
  const grant = (id: string, ends: { startsAt?: number; expiresAt?: number }): Step => {
    return { type: 'GrantRole', principal: user(id), providerAccount: 'openai', role: 'manager', ...ends }
  }
  const end = now + 4000
  const revoke: Step = { type: 'RevokeRole', principal: user('zoe'), providerAccount: 'openai', role: 'manager' }
  for (const ends of [{}, { expiresAt: end + 1 }, { startsAt: end, expiresAt: end + 1 }]) {
    const state = stateAfter(office, grant('zoe', ends))
    expect(rejected(state, by(max, revoke))).toMatchObject({ code: 'window_exceeded', path: ['principal'] })
    expect(outcome(state, by(root, revoke))).toBe('accepted')
  }
  for (const ends of [
    { expiresAt: end },
    { startsAt: now + 1, expiresAt: end },
    { startsAt: now - 1, expiresAt: end },
  ]) {
    expect(outcome(stateAfter(office, grant('zoe', ends)), by(max, revoke))).toBe('accepted')
  }
})

describe('the references in a rejection', () => {
  const remove: Step = { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-4'] }
  const selector = model('openai', 'gpt-4')
  const state = stateAfter(
    office,
    { type: 'CreateRestriction', restriction: 'on dev', subject: dev, selector },
    { type: 'CreateRestriction', restriction: 'on globex', subject: { type: 'organization', id: 'globex' }, selector },
    { type: 'CreateRestriction', restriction: 'on mia', subject: user('mia'), selector },
    { type: 'CreateRestriction', restriction: 'on all', subject: { type: 'everyone' }, selector },
  )

  test('are those that the actor may see', () => {
    const listed = (actor: Agent) => rejected(state, by(actor, remove)).details.references?.map(({ id }) => id)
    expect(listed(max)).toEqual(['gpt-4', 'on all'])
    expect(listed(root)).toHaveLength(5)
    const admin = stateAfter(state, { type: 'AddOrganizationAdmin', organization: 'acme', admin: max })
    expect(rejected(admin, by(max, remove)).details.total).toBe(3)
    const held = stateAfter(state, { type: 'CreateAccessGroup', accessGroup: 'held-models', members: [selector] })
    expect(rejected(held, by(max, remove)).details.references).toContainEqual({
      type: 'accessGroup',
      id: 'held-models',
    })
  })

  test('are left out, with a next step, when the actor may see none', () => {
    const hidden = stateAfter(
      state,
      { type: 'DeleteModelAlias', alias: 'gpt-4', cascade: true },
      { type: 'DeleteRestriction', restriction: 'on all' },
    )
    expect(rejected(hidden, by(max, remove))).toEqual({
      code: 'model_referenced',
      path: ['models', 0],
      message: 'model `openai/gpt-4` is still referred to by rows that the actor may not see, ask an administrator',
      details: { reference: { type: 'model', id: 'openai/gpt-4' } },
    })
  })
})

describe("a token for a team has the powers of its owner's place in the team, and no other", () => {
  const token = (owner: string): Step => {
    return {
      type: 'IssueCredential',
      credential: owner,
      owner: user(owner),
      team: 'dev',
      digest: digest('9'),
      expiresAt: now + 900,
    }
  }
  const ask = (state: State, owner: string, thing: Thing) => {
    const who = { type: 'credential', id: owner } as const
    const decision = authorize({ type: 'manage', who, thing, at: now }, state)
    return decision.effect === 'allow' ? decision.power : decision.reason
  }

  test('for tom, who manages the team, and is administrator, admin and manager of an account too', () => {
    const state = stateAfter(
      office,
      token('tom'),
      { type: 'AddAdministrator', administrator: tom },
      { type: 'AddOrganizationAdmin', organization: 'acme', admin: tom },
      { type: 'GrantRole', principal: tom, providerAccount: 'openai', role: 'manager' },
      { type: 'AddTeamMember', team: 'ops', user: 'tom', role: 'manager' },
      { type: 'GrantRole', principal: team('ops'), providerAccount: 'openai', role: 'manager' },
    )
    expect(ask(state, 'tom', { type: 'teamMembers', id: 'dev' })).toBe('teamManager')
    const others: readonly Thing[] = [
      { type: 'platform' },
      { type: 'organization', id: 'acme' },
      { type: 'team', id: 'dev' },
      { type: 'teamMembers', id: 'ops' },
      { type: 'virtualAccount', id: 'bot' },
      { type: 'providerAccount', id: 'openai' },
      { type: 'userTokens', id: 'tom' },
    ]
    for (const thing of others) expect(ask(state, 'tom', thing), thing.type).toBe('management_not_granted')
    const role: Step = {
      type: 'GrantRole',
      principal: dev,
      providerAccount: 'openai',
      role: 'manager',
      expiresAt: now + 9,
    }
    const granted = stateAfter(state, role)
    expect(ask(granted, 'tom', { type: 'providerAccount', id: 'openai' })).toBe('providerAccountManager')
    const away = stateAfter(granted, { type: 'SuspendTeam', team: 'dev' })
    expect(ask(away, 'tom', { type: 'providerAccount', id: 'openai' })).toBe('management_not_granted')
  })

  test('`applyAs` bounds an administrator by it, records the team in the actor, and issues nothing that outlives it', () => {
    const state = stateAfter(
      office,
      token('tom'),
      { type: 'AddAdministrator', administrator: tom },
      { type: 'CreateRestriction', restriction: 'no', subject: tom, selector: alias('gpt-4') },
    )
    const send = (body: object) => applyAs({ type: 'credential', id: 'tom' }, now, body, state)
    const key = {
      type: 'IssueCredential',
      credential: 'n',
      owner: dev,
      digest: digest('8'),
      scope: scoped(alias('gpt-3')),
    }
    expect(send({ type: 'CreateUser', user: 'n' })).toMatchObject({ denial: { reason: 'management_not_granted' } })
    expect(send({ ...key, owner: tom, team: 'dev' })).toMatchObject({ denial: { reason: 'management_not_granted' } })
    expect(send({ ...key, scope: { type: 'all' } })).toMatchObject({ rejection: { code: 'power_exceeded' } })
    expect(send(key)).toMatchObject({ rejection: { code: 'window_exceeded', path: ['expiresAt'] } })
    expect(send({ ...key, expiresAt: now + 901 })).toMatchObject({ rejection: { code: 'window_exceeded' } })
    expect(send({ ...key, expiresAt: now + 900 })).toMatchObject({ events: [{ actor: { ...tom, team: 'dev' } }] })
    expect(send({ type: 'RevokeCredential', credential: 'dev' })).toMatchObject({ ok: true })
  })

  test('a secret that a rotation replaced issues nothing that outlives its overlap', () => {
    const state = stateAfter(
      office,
      { type: 'IssueCredential', credential: 't', owner: tom, team: 'dev', digest: digest('8') },
      { type: 'RotateCredential', credential: 't', digest: digest('9'), overlapUntil: now + 900 },
    )
    const send = (secret: string, ends: object) => {
      const body = { type: 'IssueCredential', credential: 'n', owner: dev, digest: digest('7'), ...ends }
      return applyAs({ type: 'credentialDigest', digest: digest(secret) }, now, body, state)
    }
    expect(send('9', {})).toMatchObject({ ok: true })
    expect(send('8', {})).toMatchObject({ rejection: { code: 'window_exceeded', path: ['expiresAt'] } })
    expect(send('8', { expiresAt: now + 901 })).toMatchObject({ rejection: { code: 'window_exceeded' } })
    expect(send('8', { expiresAt: now + 900 })).toMatchObject({ ok: true })
  })
})

const aliasOf = fc.constantFrom('gpt-4', 'gpt-3', 'claude').map(alias)
const modelOf = fc.constantFrom(model('openai', 'gpt-4'), model('openai', 'gpt-3'), model('any', 'claude-3'))
const arbitrarySelector: fc.Arbitrary<Selector> = fc.oneof(
  aliasOf,
  modelOf,
  fc.constantFrom('gpt-*', '*-4', '*', 'openai/*', 'any/*').map((pattern) => ({ type: 'pattern' as const, pattern })),
  fc.constantFrom('openai', 'any').map((providerAccount) => ({ type: 'providerAccount' as const, providerAccount })),
)
const arbitraryScope = fc.oneof(
  fc.constant({ type: 'all' as const }),
  fc
    .array(
      fc.oneof({ weight: 4, arbitrary: fc.oneof(aliasOf, modelOf) }, { weight: 1, arbitrary: arbitrarySelector }),
      { maxLength: 3 },
    )
    .map((selectors) => scoped(...selectors)),
)

/** The office in which team dev and virtual account bot may use every model. */
const wide = stateAfter(
  office,
  ...[dev, virtualAccount('bot')].flatMap((principal): Step[] => [
    { type: 'SetAccessGroups', principal, accessGroups: ['gpt', 'mini'] },
    { type: 'GrantRole', principal, providerAccount: 'openai', role: 'user' },
    { type: 'GrantRole', principal, providerAccount: 'any', role: 'user' },
  ]),
)

test('no key that an issuer with restrictions hands out reaches what they deny to the issuer', () => {
  const met = { accepted: 0, refused: 0, reached: 0 }
  const steps = fc.record({
    issuer: fc.constantFrom(tom, olga),
    key: fc.constantFrom('dev', 'bot'),
    denied: fc.array(arbitrarySelector, { minLength: 1, maxLength: 2 }),
    old: arbitraryScope,
    scope: arbitraryScope,
    how: fc.constantFrom('issue', 'rotate', 'update', 'extend', 'activate'),
  })
  fc.assert(
    fc.property(steps, ({ issuer, key, denied, old, scope, how }) => {
      const owner = key === 'dev' ? dev : virtualAccount('bot')
      const state = stateAfter(
        wide,
        { type: 'UpdateCredential', credential: key, scope: old, expiresAt: now + 100 },
        ...denied.map(
          (selector, i): Step => ({ type: 'CreateRestriction', restriction: `${i}`, subject: issuer, selector }),
        ),
        ...(how === 'activate'
          ? [by(key === 'dev' ? issuer : olga, { type: 'SuspendCredential', credential: key })]
          : []),
      )
      const hands: Readonly<Record<string, Step>> = {
        issue: { type: 'IssueCredential', credential: 'n', owner, digest: digest('7'), scope },
        rotate: { type: 'RotateCredential', credential: key, digest: digest('7') },
        update: { type: 'UpdateCredential', credential: key, scope },
        extend: { type: 'UpdateCredential', credential: key, expiresAt: now + 200 },
        activate: { type: 'ActivateCredential', credential: key },
      }
      const command = commandOf(by(issuer, hands[how] as Step))
      const applied = applyUnguarded(command, state)
      const id = how === 'issue' ? 'n' : key
      const isNarrower =
        how === 'update' &&
        JSON.stringify(
          [...reachOf(id, applied.ok ? applied.state : state)].filter((name) => !reachOf(id, state).has(name)),
        ) === '[]'
      met[applied.ok ? 'accepted' : 'refused'] += 1
      if (!applied.ok || isNarrower) return
      for (const name of namesIn(applied.state)) {
        const decision = authorize(
          { type: 'use', who: { type: 'credential', id }, model: name, at: now },
          applied.state,
        )
        if (decision.effect === 'deny') continue
        met.reached += 1
        const hit = denied.filter((selector) => selects(selector, name, decision.routes, applied.state))
        expect(hit, JSON.stringify([command, name])).toEqual([])
      }
    }),
    runs(600),
  )
  for (const count of Object.values(met)) expect(count).toBeGreaterThan(20)
})

/** The names that a credential may use. */
function reachOf(id: string, state: State): Set<string> {
  const may = (name: string) =>
    authorize({ type: 'use', who: { type: 'credential', id }, model: name, at: now }, state).effect === 'allow'
  return new Set(namesIn(state).filter(may))
}

function namesIn(state: State): string[] {
  const models = [...entries(state.providerAccounts)].flatMap(([id, account]) =>
    [...idsOf(account.models)].map((one) => `${id}/${one}`),
  )
  return [...idsOf(state.modelAliases), ...models]
}

function selects(
  selector: Selector,
  name: string,
  routes: readonly { readonly providerAccount: string; readonly model: string }[],
  state: State,
): boolean {
  const isAlias = findRow(state.modelAliases, name) !== undefined
  if (selector.type === 'alias') return isAlias && selector.alias === name
  if (selector.type === 'pattern') {
    const texts = [
      ...(isAlias ? [name] : []),
      ...routes.map(({ providerAccount, model }) => `${providerAccount}/${model}`),
    ]
    return texts.some((text) => matchesByExpression(selector.pattern, text))
  }
  return routes.some(
    (route) =>
      route.providerAccount === selector.providerAccount &&
      (selector.type === 'providerAccount' || route.model === selector.model),
  )
}

test('a role keeps the agent that granted it last, and `system` leaves none', () => {
  const grant: Step = {
    type: 'GrantRole',
    principal: user('zoe'),
    providerAccount: 'openai',
    role: 'user',
    expiresAt: now + 9,
  }
  const giver = (state: State) => getRow(state.users, 'zoe').roleGrants[0]?.grantedBy
  const granted = stateAfter(office, by(max, grant))
  expect(giver(granted)).toEqual(max)
  expect(outcome(granted, by(max, grant))).toBe('unchanged')
  expect(giver(stateAfter(granted, by(root, grant)))).toEqual(root)
  expect(giver(stateAfter(granted, grant))).toBeUndefined()
  expect(outcome(stateAfter(granted, grant), by(max, grant))).toBe('unchanged')
  expect(outcome(stateAfter(granted, grant), grant)).toBe('unchanged')
})
