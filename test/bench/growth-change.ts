import { apply } from '../../src/change/apply.ts'
import type { Command } from '../../src/change/message/command.ts'
import { parseCommand } from '../../src/change/message/parse-command.ts'
import { replay } from '../../src/change/replay.ts'
import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import { emptyState, kinds, type State } from '../../src/model/state/state.ts'
import type { Scope } from '../../src/model/value/selector.ts'
import { authorize } from '../../src/policy/authorize.ts'
import { preview } from '../../src/query/diff/preview.ts'
import { world } from '../law/world.ts'
import { applyAll, ask, at, list, type Shape, system } from './growth-shape.ts'
import { inTeams, withCredentials, withMembers, withPatterns, withScope, withSuccessors } from './growth-state.ts'

/** One command on a state that grows, or that grows itself. */
function command(name: string, n: number, make: (n: number) => readonly [object, State]): Shape {
  return {
    name: `apply ${name}`,
    n,
    make: (size) => {
      const [grown, state] = make(size)
      return () => apply({ actor: system, at, ...grown } as Command, state)
    },
  }
}

/** `n` commands in order. */
function commands(name: string, n: number, make: (n: number) => readonly [readonly object[], State]): Shape[] {
  const call = (kind: string, run: (all: readonly object[], state: State) => () => unknown): Shape => ({
    name: `${kind} ${name}`,
    n,
    make: (size) => run(...make(size)),
  })
  return [
    call('apply each of n:', (all, state) => () => applyAll(all, state)),
    call('replay', (all, state) => {
      const { events } = applyAll(all, state)
      return () => replay(events, state)
    }),
    call('preview', (all, state) => {
      const complete = all.map((one) => ({ actor: system, at, ...one })) as Command[]
      return () => preview(complete, state)
    }),
  ]
}

const oneTeam = (n: number): State =>
  world({ teams: [{ id: 'dev' }], users: list(n, (i) => ({ id: `u-${i}` })), modelAliases: [{ id: 'chat' }] })
const ann = { type: 'user', id: 'ann' } as const
const hour = 3_600_000

const dev = { type: 'team', id: 'dev' } as const
const modelScope = (n: number): Scope => {
  return { type: 'list', selectors: list(n, (i) => ({ type: 'model', providerAccount: 'openai', model: `x-${i}` })) }
}

/** The manager `ann` of the team `dev`, with a restriction and a token of `n` models, each with an alias. */
const withModelScope = (n: number): State =>
  world({
    modelAliases: list(n, (i) => ({ id: `a-${i}`, targets: [{ providerAccount: 'openai', model: `x-${i}` }] })),
    teams: [{ id: 'dev' }],
    users: [{ id: 'ann', teams: [{ team: 'dev', role: 'manager', accessGroups: [] }] }],
    credentials: [{ id: 'pat', owner: ann, scope: modelScope(n) }],
    restrictions: [{ id: 'r', subject: ann, selector: { type: 'pattern', pattern: 'none*' } }],
  })

/** The user `ann` in `n` teams, with a token for each. */
const withTokens = (n: number): State =>
  inTeams(n, () => ({}), {}, { credentials: list(n, (i) => ({ id: `pat-${i}`, owner: ann, team: `team-${i}` })) })

const single: readonly Shape[] = [
  command('DeleteUser in n teams', 1000, (n) => [{ type: 'DeleteUser', user: 'ann' }, inTeams(n, () => ({}))]),
  command('DeleteTeam of n members', 1000, (n) => [{ type: 'DeleteTeam', team: 'dev' }, withMembers(n)]),
  command('DeleteOrganization, one member in n teams', 250, (n) => [
    { type: 'DeleteOrganization', organization: 'acme', cascade: true },
    inTeams(n, () => ({})),
  ]),
  command('DeleteUser of n tokens', 1000, (n) => [{ type: 'DeleteUser', user: 'ann' }, withCredentials(n)]),
  command('RemoveTeamMember of n tokens', 1000, (n) => [
    { type: 'RemoveTeamMember', team: 'dev', user: 'ann' },
    withCredentials(n),
  ]),
  command('RetireModelAlias after n successors', 1000, (n) => [
    { type: 'RetireModelAlias', alias: `m-${n - 1}`, successor: 'm-0' },
    withSuccessors(n),
  ]),
  command('DeleteModelAlias cascade in chain of n', 1000, (n) => [
    { type: 'DeleteModelAlias', alias: 'm-1', cascade: true },
    withSuccessors(n),
  ]),
  command('IssueCredential with a scope of n', 250, (n) => [
    {
      type: 'IssueCredential',
      credential: 'new',
      owner: ann,
      digest: 'e'.repeat(64),
      scope: { type: 'list', selectors: list(n, (i) => ({ type: 'pattern', pattern: `p${i}*` })) },
    },
    withScope(1, 1),
  ]),
  command('UpdateCredential with a scope of n models', 250, (n) => [
    { type: 'UpdateCredential', credential: 'pat', scope: modelScope(n - 1), actor: ann },
    withModelScope(n),
  ]),
  command('IssueCredential by a restricted manager, n models', 250, (n) => [
    {
      type: 'IssueCredential',
      credential: 'new',
      owner: dev,
      digest: 'e'.repeat(64),
      scope: modelScope(n),
      actor: ann,
    },
    withModelScope(n),
  ]),
  command('DeleteOrganization, one member with tokens for n teams', 250, (n) => [
    { type: 'DeleteOrganization', organization: 'acme', cascade: true },
    withTokens(n),
  ]),
  command('AddAccessGroupMembers of n patterns to n', 1000, (n) => [
    {
      type: 'AddAccessGroupMembers',
      accessGroup: 'g',
      members: list(n, (i) => ({ type: 'aliasPattern', pattern: `q${i}*` })),
    },
    withPatterns(n, 10),
  ]),
]

const repeated: readonly Shape[] = [
  ...commands('AddTeamMember of one user', 250, (n) => [
    list(n, (i) => ({ type: 'AddTeamMember', team: `t-${i}`, user: 'ann' })),
    world({ users: [{ id: 'ann' }], teams: list(n, (i) => ({ id: `t-${i}` })) }),
  ]),
  ...commands('AddTeamMember to one team', 250, (n) => [
    list(n, (i) => ({ type: 'AddTeamMember', team: 'dev', user: `u-${i}` })),
    oneTeam(n),
  ]),
  ...commands('GrantRole in n windows', 250, (n) => [
    list(n, (i) => ({
      type: 'GrantRole',
      principal: ann,
      providerAccount: 'openai',
      role: 'user',
      startsAt: at + 2 * i * hour,
      expiresAt: at + (2 * i + 1) * hour,
    })),
    world({ users: [{ id: 'ann' }] }),
  ]),
  ...commands('AssignAccessGroup in n windows', 250, (n) => [
    list(n, (i) => ({
      type: 'AssignAccessGroup',
      principal: ann,
      accessGroup: 'g',
      startsAt: at + 2 * i * hour,
      expiresAt: at + (2 * i + 1) * hour,
    })),
    world({ users: [{ id: 'ann' }], accessGroups: [{ id: 'g' }] }),
  ]),
  ...commands('InviteTeamMember', 250, (n) => [
    list(n, (i) => ({ type: 'InviteTeamMember', team: 'dev', user: `x-${i}` })),
    oneTeam(1),
  ]),
  ...commands('IssueCredential of one owner', 250, (n) => [
    list(n, (i) => ({
      type: 'IssueCredential',
      credential: `c-${i}`,
      owner: ann,
      digest: i.toString(16).padStart(64, '0'),
    })),
    world({ users: [{ id: 'ann' }] }),
  ]),
  ...commands('AssignAccessGroup of n groups', 250, (n) => [
    list(n, (i) => ({ type: 'AssignAccessGroup', principal: ann, accessGroup: `g-${i}` })),
    world({ users: [{ id: 'ann' }], accessGroups: list(n, (i) => ({ id: `g-${i}` })) }),
  ]),
  ...commands('CreateRestriction on one user', 250, (n) => [
    list(n, (i) => ({
      type: 'CreateRestriction',
      restriction: `r-${i}`,
      subject: ann,
      selector: { type: 'pattern', pattern: `p${i}*` },
    })),
    world({ users: [{ id: 'ann' }] }),
  ]),
  ...commands('AddOrganizationAdmin', 250, (n) => [
    list(n, (i) => ({ type: 'AddOrganizationAdmin', organization: 'acme', admin: { type: 'user', id: `u-${i}` } })),
    oneTeam(n),
  ]),
  ...commands('AddAdministrator', 250, (n) => [
    list(n, (i) => ({ type: 'AddAdministrator', administrator: { type: 'user', id: `u-${i}` } })),
    oneTeam(n),
  ]),
  ...commands('SuspendUser', 250, (n) => [list(n, (i) => ({ type: 'SuspendUser', user: `u-${i}` })), oneTeam(n)]),
  ...commands('CreatePlan', 250, (n) => [
    list(n, (i) => ({ type: 'CreatePlan', plan: `p-${i}`, accessGroups: [] })),
    emptyState,
  ]),
  ...commands('SetTeamPlan', 250, (n) => [
    list(n, (i) => ({ type: 'SetTeamPlan', team: 'dev', plan: `p-${i}` })),
    world({ teams: [{ id: 'dev' }], plans: list(n, (i) => ({ id: `p-${i}` })) }),
  ]),
  ...commands('UpdateProviderAccount settings', 100, (n) => [
    list(n, (i) => ({ type: 'UpdateProviderAccount', providerAccount: 'openai', name: `n${i}` })),
    world({}),
  ]),
]

const empty = toSnapshot(emptyState)
const restoring = (name: string, n: number, make: (n: number) => unknown): Shape => ({
  name: `fromSnapshot: ${name}`,
  n,
  make: (size) => {
    const input = make(size)
    return () => fromSnapshot(input)
  },
})
const zeros = (n: number): unknown[] => new Array(n).fill(0)
const row = (kind: (typeof kinds)[number]) =>
  toSnapshot(
    world({
      users: [{ id: 'ann' }],
      teams: [{ id: 'dev' }],
      accessGroups: [{ id: 'g' }],
      modelAliases: [{ id: 'chat' }],
      plans: [{ id: 'p' }],
      credentials: [{ id: 'c' }],
      virtualAccounts: [{ id: 'v' }],
      restrictions: [{ id: 'r' }],
      accessRequests: [{ id: 'a' }],
    }),
  )[kind].at(-1)

/** For each kind, each list field of a row, filled with wrong entries. */
const rowLists = kinds.flatMap((kind) =>
  Object.entries(row(kind) ?? {}).flatMap(([field, value]) =>
    Array.isArray(value)
      ? [
          restoring(`${kind}.${field} of zeros`, 25_000, (n) => ({
            ...empty,
            [kind]: [{ ...row(kind), [field]: zeros(n) }],
          })),
        ]
      : [],
  ),
)

const wrong: readonly Shape[] = [
  ...['administrators', ...kinds].flatMap((kind) => [
    restoring(`${kind} of zeros`, 25_000, (n) => ({ ...empty, [kind]: zeros(n) })),
    restoring(`${kind}, sparse`, 250_000, (n) => ({ ...empty, [kind]: new Array(n) })),
  ]),
  ...rowLists,
  restoring('unknown keys', 25_000, (n) => ({ ...empty, ...Object.fromEntries(list(n, (i) => [`k${i}`, 0])) })),
  restoring('settings', 25_000, (n) => ({
    ...empty,
    providerAccounts: [{ ...row('providerAccounts'), settings: Object.fromEntries(list(n, (i) => [`!${i}`, 0])) }],
  })),
  restoring('scope', 25_000, (n) => ({
    ...empty,
    credentials: [{ ...row('credentials'), scope: { type: 'list', selectors: zeros(n) } }],
  })),
  restoring('entitlement', 25_000, (n) => ({
    ...empty,
    organizations: [{ ...row('organizations'), entitlement: { type: 'list', accessGroups: zeros(n) } }],
  })),
  restoring('windows', 25_000, (n) => ({
    ...empty,
    users: [{ ...row('users'), accessGroups: [{ accessGroup: 'g', windows: zeros(n) }] }],
  })),
  restoring('repeated ids', 25_000, (n) => ({ ...empty, users: list(n, () => row('users')) })),
  restoring('unknown references', 25_000, (n) => ({
    ...empty,
    teams: list(n, (i) => ({ ...row('teams'), id: `t${i}`, organization: 'none' })),
  })),
  restoring('unknown teams of one user', 25_000, (n) => ({
    ...empty,
    users: [{ ...row('users'), teams: list(n, (i) => ({ team: `t-${i}`, role: 'member', accessGroups: [] })) }],
  })),
  restoring('administrators that do not exist', 25_000, (n) => ({
    ...empty,
    administrators: list(n, (i) => ({ type: 'user', id: `u-${i}` })),
  })),
  restoring('cycles', 25_000, (n) => ({
    ...empty,
    modelAliases: list(n, (i) => ({
      ...row('modelAliases'),
      targets: [],
      id: `m-${i}`,
      lifecycle: { type: 'retired', successor: `m-${i}` },
    })),
  })),
]

const parsing = (name: string, n: number, make: (n: number) => unknown): Shape => ({
  name: `parseCommand: ${name}`,
  n,
  make: (size) => {
    const input = make(size)
    return () => parseCommand(input)
  },
})
const deciding = (name: string, n: number, make: (n: number) => object): Shape => ({
  name: `authorize: ${name}`,
  n,
  make: (size) => {
    const input = { ...ask('m-1'), ...make(size) }
    const state = withScope(1000, 10)
    return () => authorize(input as never, state)
  },
})
const nested = (depth: number): unknown => {
  let value: unknown = 0
  for (let i = 0; i < depth; i += 1) value = [value]
  return value
}
const huge: readonly Shape[] = [
  ...['AddModels', 'CreateProviderAccount'].map((type) =>
    parsing(`${type}, zeros`, 25_000, (n) => ({ type, actor: system, at, providerAccount: 'a', models: zeros(n) })),
  ),
  parsing('SetAccessGroupMembers, zeros', 25_000, (n) => ({
    type: 'SetAccessGroupMembers',
    actor: system,
    at,
    accessGroup: 'g',
    members: zeros(n),
  })),
  parsing('IssueCredential, scope of zeros', 25_000, (n) => ({
    type: 'IssueCredential',
    actor: system,
    at,
    credential: 'c',
    owner: ann,
    digest: 'e'.repeat(64),
    scope: { type: 'list', selectors: zeros(n) },
  })),
  parsing('CreateOrganization, entitlement of zeros', 25_000, (n) => ({
    type: 'CreateOrganization',
    actor: system,
    at,
    organization: 'o',
    entitlement: { type: 'list', accessGroups: zeros(n) },
  })),
  parsing('CreateProviderAccount, settings', 5000, (n) => ({
    type: 'CreateProviderAccount',
    actor: system,
    at,
    providerAccount: 'a',
    settings: Object.fromEntries(list(n, (i) => [`!${i}`, 0])),
  })),
  parsing('unknown keys', 5000, (n) => ({
    type: 'CreateUser',
    actor: system,
    at,
    user: 'u',
    ...Object.fromEntries(list(n, (i) => [`k${i}`, 0])),
  })),
  parsing('sparse list', 250_000, (n) => ({
    type: 'AddModels',
    actor: system,
    at,
    providerAccount: 'a',
    models: new Array(n),
  })),
  parsing('deep list', 1000, (n) => ({
    type: 'AddModels',
    actor: system,
    at,
    providerAccount: 'a',
    models: nested(n),
  })),
  parsing('list of lists', 300, (n) => ({
    type: 'AddModels',
    actor: system,
    at,
    providerAccount: 'a',
    models: list(n, () => zeros(n)),
  })),
  ...['a', '-', '/', '.', 'a-', 'a/', '\ud83d\ude00', '\ud800', ' ', '*', 'a*', '**a'].flatMap((text) => [
    parsing(`long id of ${JSON.stringify(text)}`, 25_000, (n) => ({
      type: 'CreateUser',
      actor: system,
      at,
      user: text.repeat(n),
      name: text.repeat(n),
    })),
    parsing(`long group of ${JSON.stringify(text)}`, 25_000, (n) => ({
      type: 'CreateAccessGroup',
      actor: system,
      at,
      accessGroup: text.repeat(n),
      members: [
        { type: 'aliasPattern', pattern: text.repeat(n) },
        { type: 'modelPattern', providerAccount: text.repeat(n), pattern: text.repeat(n) },
      ],
    })),
    parsing(`long credits of ${JSON.stringify(text)}`, 25_000, (n) => ({
      type: 'AllocateCredits',
      actor: system,
      at,
      principal: ann,
      amount: text.repeat(n),
    })),
    deciding(`long model of ${JSON.stringify(text)}`, 25_000, (n) => ({ model: text.repeat(n) })),
    deciding(`long team of ${JSON.stringify(text)}`, 25_000, (n) => ({ team: text.repeat(n) })),
    deciding(`long credits of ${JSON.stringify(text)}`, 25_000, (n) => ({
      credits: { available: text.repeat(n), estimate: text.repeat(n) },
    })),
  ]),
  deciding('credits of digits', 25_000, (n) => ({ credits: { available: '1'.repeat(n), estimate: '1'.repeat(n) } })),
  deciding('unknown keys', 5000, (n) => Object.fromEntries(list(n, (i) => [`k${i}`, 0]))),
  deciding('scope of starred patterns', 64, (n) => {
    return { model: 'a'.repeat(n) }
  }),
  {
    name: 'preview: bad commands',
    n: 2500,
    make: (n) => {
      const bad = list(n, () => ({}) as Command)
      const state = world({})
      return () => preview(bad, state)
    },
  },
  {
    name: 'preview: zeros',
    n: 2500,
    make: (n) => () => preview(new Array(n).fill(0) as Command[], emptyState),
  },
]

/** Commands, events, snapshots, and inputs of a wrong shape. */
export const changeShapes: readonly Shape[] = [...single, ...repeated, ...wrong, ...huge]
