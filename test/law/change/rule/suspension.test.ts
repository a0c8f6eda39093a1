import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkState } from '../../../../src/model/state/check-state.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { entries, findRow, getRow } from '../../../../src/model/table/table.ts'
import { Authority, includesAuthority } from '../../../../src/model/value/authority.ts'
import type { Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { arbitraryCommands } from '../../../../src/testing/arbitrary/command.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import {
  by,
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

const olga = user('olga')
const tom = user('tom')
const mia = user('mia')
const max = user('max')
const root = user('root')

test('the platform is above every other power, an organization above its teams, and a team above an owner', () => {
  const above = Authority.options.flatMap((one) =>
    Authority.options
      .filter((other) => one !== other && includesAuthority(one, other))
      .map((other) => `${one} > ${other}`),
  )
  expect(above).toEqual([
    'platform > organization',
    'platform > team',
    'platform > owner',
    'platform > providerAccount',
    'organization > team',
    'organization > owner',
    'team > owner',
  ])
})

interface Case {
  readonly suspend: Step
  readonly lift: readonly Step[]
  /** An actor with the lower power, and the word for the power in messages. */
  readonly lower: Agent
  readonly higher: Agent
  readonly message: string
}

const byPlatform = 'was suspended by the platform, ask an administrator'
const model = { providerAccount: 'openai', model: 'gpt-4' }
const cases: readonly Case[] = [
  {
    suspend: { type: 'SuspendTeam', team: 'dev' },
    lift: [
      { type: 'ActivateTeam', team: 'dev' },
      { type: 'DeleteTeam', team: 'dev' },
    ],
    lower: olga,
    higher: root,
    message: `team \`dev\` ${byPlatform}`,
  },
  {
    suspend: { type: 'SuspendVirtualAccount', virtualAccount: 'bot' },
    lift: [
      { type: 'ActivateVirtualAccount', virtualAccount: 'bot' },
      { type: 'DeleteVirtualAccount', virtualAccount: 'bot' },
    ],
    lower: olga,
    higher: root,
    message: `virtual account \`bot\` ${byPlatform}`,
  },
  {
    suspend: { type: 'SuspendModel', ...model },
    lift: [
      { type: 'ActivateModel', ...model },
      { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-3', 'gpt-4'] },
    ],
    lower: max,
    higher: root,
    message: `model \`openai/gpt-4\` ${byPlatform}`,
  },
  {
    suspend: { type: 'SuspendCredential', credential: 'mia' },
    lift: [{ type: 'ActivateCredential', credential: 'mia' }],
    lower: mia,
    higher: root,
    message: `credential \`mia\` ${byPlatform}`,
  },
  {
    suspend: { type: 'SuspendCredential', credential: 'dev' },
    lift: [{ type: 'ActivateCredential', credential: 'dev' }],
    lower: tom,
    higher: olga,
    message:
      'credential `dev` was suspended by an admin of the organization, ask an admin of the organization or an administrator',
  },
  {
    suspend: { type: 'SuspendCredential', credential: 'bot' },
    lift: [
      { type: 'ActivateCredential', credential: 'bot' },
      { type: 'DeleteVirtualAccount', virtualAccount: 'bot' },
    ],
    lower: olga,
    higher: root,
    message: `credential \`bot\` ${byPlatform}`,
  },
]

describe.each(cases)('$suspend.type: $message', ({ suspend, lift, lower, higher, message }) => {
  test.each(lift)('$type by the lower power is refused, whoever suspended it first', (step) => {
    const suspended = stateAfter(office, by(higher, suspend))
    const taken = stateAfter(office, by(lower, suspend), by(higher, suspend))
    for (const state of [suspended, taken]) {
      expect(rejected(state, by(lower, step))).toMatchObject({ code: 'suspension_exceeded', message })
      expect(outcome(state, by(lower, suspend))).toBe('unchanged')
    }
  })

  test('the lower power lifts its own suspension, and a higher power lifts both', () => {
    const [activate = suspend] = lift
    const own = stateAfter(office, by(lower, suspend))
    expect(outcome(own, by(lower, suspend))).toBe('unchanged')
    for (const actor of [lower, higher, root]) expect(outcome(own, by(actor, activate))).toBe('accepted')
    const taken = stateAfter(own, by(higher, suspend))
    for (const actor of [higher, root]) expect(outcome(taken, by(actor, activate))).toBe('accepted')
    const again = stateAfter(taken, by(higher, activate), by(lower, suspend))
    expect(outcome(again, by(lower, activate))).toBe('accepted')
  })
})

test('a suspended credential is denied with the actors that may activate it, and answers its caller as suspended', () => {
  const state = stateAfter(office, by(tom, { type: 'SuspendCredential', credential: 'dev' }))
  const ask = { type: 'use', who: { type: 'credentialDigest', digest: digest('c') }, model: 'gpt-4', at: now } as const
  expect(authorize(ask, state)).toMatchObject({
    reason: 'credential_suspended',
    level: { type: 'credential', id: 'dev' },
    remedies: [{ type: 'activate_credential', credential: 'dev', suspendedBy: 'team' }],
  })
  const active = stateAfter(state, by(olga, { type: 'ActivateCredential', credential: 'dev' }))
  expect(active.credentials).not.toBe(office.credentials)
  expect(getRow(active.credentials, 'dev')).toEqual(getRow(office.credentials, 'dev'))
  const revoked = stateAfter(state, { type: 'RevokeCredential', credential: 'dev' })
  expect(authorize(ask, revoked)).toMatchObject({ reason: 'credential_revoked' })
  expect(outcome(revoked, { type: 'SuspendCredential', credential: 'dev' })).toBe('credential_revoked')
  expect(outcome(revoked, { type: 'ActivateCredential', credential: 'dev' })).toBe('credential_revoked')
})

test('only an actor that may issue a token of a virtual account activates one', () => {
  const bot = virtualAccount('bot')
  const state = stateAfter(office, by(olga, { type: 'SuspendCredential', credential: 'bot' }), {
    type: 'GrantRole',
    principal: bot,
    providerAccount: 'openai',
    role: 'manager',
  })
  expect(outcome(state, by(olga, { type: 'ActivateCredential', credential: 'bot' }))).toBe('power_exceeded')
  expect(outcome(state, by(root, { type: 'ActivateCredential', credential: 'bot' }))).toBe('accepted')
})

describe('a suspended model of an account that serves any model', () => {
  const state = stateAfter(
    office,
    { type: 'AddModels', providerAccount: 'any', models: ['one', 'two'] },
    { type: 'SuspendModel', providerAccount: 'any', model: 'two' },
  )

  test('cannot be taken off by any actor, since the account would serve it again', () => {
    const remove: Step = { type: 'RemoveModels', providerAccount: 'any', models: ['one', 'two'] }
    expect(rejected(state, remove)).toMatchObject({ code: 'model_suspended', path: ['models', 1] })
    expect(outcome(state, { ...remove, cascade: true })).toBe('model_suspended')
    const active = stateAfter(state, { type: 'ActivateModel', providerAccount: 'any', model: 'two' })
    expect(outcome(active, remove)).toBe('accepted')
  })

  test('is taken off after the account stops serving any model', () => {
    const listed = stateAfter(
      state,
      { type: 'DeleteModelAlias', alias: 'claude', cascade: true },
      { type: 'UpdateProviderAccount', providerAccount: 'any', anyModel: false },
    )
    expect(outcome(listed, { type: 'RemoveModels', providerAccount: 'any', models: ['two'] })).toBe('accepted')
  })
})

describe('the last manager of a provider account cannot revoke its own role', () => {
  const revoke: Step = { type: 'RevokeRole', principal: max, providerAccount: 'openai', role: 'manager' }
  const grant = (principal: typeof max | ReturnType<typeof team>, ends = {}): Step => {
    return { type: 'GrantRole', principal, providerAccount: 'openai', role: 'manager', expiresAt: now + 4000, ...ends }
  }

  test('until another manager can act', () => {
    expect(rejected(office, by(max, revoke))).toMatchObject({ code: 'last_manager', path: ['principal'] })
    expect(outcome(office, by(root, revoke))).toBe('accepted')
    expect(outcome(office, revoke)).toBe('accepted')
    expect(outcome(office, by(max, { ...revoke, role: 'user' } as Step))).toBe('unchanged')
    const later = stateAfter(office, grant(user('zoe'), { startsAt: now + 1000 }))
    expect(outcome(later, by(max, revoke))).toBe('last_manager')
    const two = stateAfter(office, grant(user('zoe')))
    expect(outcome(two, by(max, revoke))).toBe('accepted')
    expect(outcome(stateAfter(two, { type: 'SuspendUser', user: 'zoe' }), by(max, revoke))).toBe('last_manager')
  })

  test('a team counts while it is active and has a member who can act', () => {
    const two = stateAfter(office, grant(team('dev')))
    expect(outcome(two, by(max, revoke))).toBe('accepted')
    expect(outcome(stateAfter(two, { type: 'SuspendTeam', team: 'dev' }), by(max, revoke))).toBe('last_manager')
    const empty = stateAfter(office, grant(team('ops')))
    expect(outcome(empty, by(max, revoke))).toBe('last_manager')
  })
})

/** The author of each suspension in a state, by the kind and the id of the row. */
function authorsOf(state: State): Map<string, Authority> {
  const authors = new Map<string, Authority>()
  for (const kind of [
    'organizations',
    'users',
    'teams',
    'virtualAccounts',
    'credentials',
    'providerAccounts',
  ] as const) {
    for (const [id, { suspendedBy }] of entries<{ readonly suspendedBy?: Authority | undefined }>(state[kind])) {
      if (suspendedBy !== undefined) authors.set(JSON.stringify([kind, id]), suspendedBy)
    }
  }
  for (const [id, account] of entries(state.providerAccounts)) {
    for (const [model, { suspendedBy }] of entries(account.models)) {
      if (suspendedBy !== undefined) authors.set(JSON.stringify(['models', id, model]), suspendedBy)
    }
  }
  return authors
}

test('no bounded actor lifts, lowers or deletes a suspension of the platform', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state: State = emptyState
      for (const command of history) {
        const applied = applyUnguarded(command, state)
        if (!applied.ok || applied.events.length === 0) continue
        const { actor } = command
        const isBounded =
          actor.type !== 'system' &&
          !state.administrators.some(({ type, id }) => type === actor.type && id === actor.id)
        const after = authorsOf(applied.state)
        for (const [key, author] of isBounded ? authorsOf(state) : []) {
          if (author === 'platform') expect(after.get(key), JSON.stringify(command)).toBe('platform')
        }
        state = applied.state
      }
      expect(checkState(state)).toEqual([])
    }),
    runs(300),
  )
})

describe("a user's token for a team that the platform suspended", () => {
  const suspended = stateAfter(office, { type: 'SuspendCredential', credential: 'mia-dev' })
  const again: Step = {
    type: 'IssueCredential',
    credential: 'mia-dev',
    owner: mia,
    team: 'dev',
    digest: digest('a'),
    actor: mia,
  }
  const endings: readonly Step[] = [
    by(mia, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }),
    by(tom, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }),
    by(olga, { type: 'DeleteTeam', team: 'dev' }),
  ]
  test.each(endings)('stays unusable after $type by $actor.id', (ending) => {
    const ended = stateAfter(suspended, ending)
    expect(getRow(ended.credentials, 'mia-dev')).toMatchObject({ suspendedBy: 'platform', revokedAt: now })
    expect(getRow(ended.credentials, 'mia-dev').team).toBeUndefined()
    expect([...checkState(ended)]).toEqual([])
    const made: Step[] = ending.type === 'DeleteTeam' ? [{ type: 'CreateTeam', team: 'dev', organization: 'acme' }] : []
    const back = stateAfter(ended, ...made, { type: 'AddTeamMember', team: 'dev', user: 'mia' })
    expect(outcome(back, again)).toBe('credential_exists')
    expect(outcome(back, { ...again, credential: 'n' } as Step)).toBe('digest_exists')
    const secret = { type: 'credentialDigest', digest: digest('a') } as const
    const ask = { type: 'use', who: secret, model: 'gpt-4', at: now } as const
    expect(authorize(ask, back)).toMatchObject({ reason: 'credential_revoked' })
  })

  test('is deleted by an administrator, and so is one that its owner suspended by every actor', () => {
    const gone = stateAfter(suspended, by(root, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }))
    expect(findRow(gone.credentials, 'mia-dev')).toBeUndefined()
    const own = stateAfter(office, by(mia, { type: 'SuspendCredential', credential: 'mia-dev' }))
    for (const ending of endings) expect(findRow(stateAfter(own, ending).credentials, 'mia-dev')).toBeUndefined()
  })
})
