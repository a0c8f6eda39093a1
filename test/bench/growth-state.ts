import type { State } from '../../src/model/state/state.ts'
import type { Windows } from '../../src/model/value/window.ts'
import { aliases, holding, memberOf, role, type World, world } from '../law/world.ts'
import { list } from './growth-shape.ts'

const digest = (i: number): string => i.toString(16).padStart(64, '0')

/** Windows of one hour, a day apart. The first is the only one in force. */
const manyWindows = (n: number): Windows =>
  list(n, (i) => ({ startsAt: 1_700_000_000_000 + i * 86_400_000, expiresAt: 1_700_003_600_000 + i * 86_400_000 }))

const chat: Partial<World> = {
  modelAliases: [{ id: 'chat' }, { id: 'other' }, { id: 'taken' }],
  accessGroups: [
    { id: 'chatters', ...aliases('chat') },
    { id: 'others', ...aliases('other') },
  ],
}

/** The user `ann` in `n` teams. */
export function inTeams(n: number, team: (i: number) => object, user: object = {}, rest: World = {}): State {
  const ids = list(n, (i) => `team-${i}`)
  return world({
    ...chat,
    ...rest,
    teams: ids.map((id, i) => ({ id, ...team(i) })),
    users: [{ id: 'ann', ...memberOf(...ids), ...user }],
  })
}

/** The user `ann` with `n` groups of one alias each. */
export function withGroups(n: number): State {
  const ids = list(n, (i) => `g-${i}`)
  return world({
    modelAliases: list(n, (i) => ({ id: `m-${i}` })),
    accessGroups: ids.map((id, i) => ({ id, ...aliases(`m-${i}`) })),
    users: [{ id: 'ann', ...holding(ids) }],
  })
}

/** One group of `n` patterns, held by `ann`, and `names` aliases. */
export function withPatterns(n: number, names: number): State {
  return world({
    modelAliases: list(names, (i) => ({ id: `m-${i}` })),
    accessGroups: [{ id: 'g', patterns: list(n, (i) => `p${i}-*`) }],
    users: [{ id: 'ann', ...holding(['g']) }],
  })
}

/** A token of `ann` whose scope lists `n` patterns, on `names` aliases that `ann` has. */
export function withScope(n: number, names: number, pattern: (i: number) => string = (i) => `p${i}-*`): State {
  return world({
    modelAliases: list(names, (i) => ({ id: `m-${i}` })),
    accessGroups: [{ id: 'g', allAliases: true }],
    users: [{ id: 'ann', ...holding(['g']) }],
    credentials: [
      {
        id: 'pat',
        owner: { type: 'user', id: 'ann' },
        scope: { type: 'list', selectors: list(n, (i) => ({ type: 'pattern', pattern: pattern(i) })) },
      },
    ],
  })
}

/** A token of `ann` with `n` patterns, which reaches unlisted models of an account with `anyModel`. */
export function withOpenScope(n: number): State {
  return world({
    users: [{ id: 'ann', ...role('openai') }],
    credentials: [
      {
        id: 'pat',
        owner: { type: 'user', id: 'ann' },
        scope: { type: 'list', selectors: list(n, (i) => ({ type: 'pattern', pattern: `*p${i}-*` })) },
      },
    ],
  })
}

/** `n` restrictions of one subject by pattern, on `names` aliases that `ann` has. */
export function withRestrictions(n: number, names: number, onUser = true): State {
  return world({
    modelAliases: list(names, (i) => ({ id: `m-${i}` })),
    accessGroups: [{ id: 'g', allAliases: true }],
    users: [{ id: 'ann', ...holding(['g']) }],
    restrictions: list(n, (i) => ({
      id: `r-${i}`,
      subject: onUser ? ({ type: 'user', id: 'ann' } as const) : ({ type: 'everyone' } as const),
      selector: { type: 'pattern', pattern: `p${i}-*` },
    })),
  })
}

/** `ann` with one group and one role, each in `n` windows. */
export function withWindows(n: number): State {
  return world({
    ...chat,
    users: [{ id: 'ann', ...holding(['chatters'], manyWindows(n)), ...role('openai', 'user', manyWindows(n)) }],
  })
}

/** `ann` with a role on each of `n` accounts of one model. */
export function withRoles(n: number): State {
  const accounts = list(n, (i) => `a-${i}`)
  return world({
    providerAccounts: accounts.map((id) => ({ id, anyModel: true })),
    modelAliases: accounts.map((id) => ({ id: `m-${id}`, targets: [{ providerAccount: id, model: 'x' }] })),
    users: [
      {
        id: 'ann',
        roleGrants: accounts.map((providerAccount) => ({ providerAccount, role: 'user', windows: [{}] })),
      },
    ],
  })
}

/** `ann` with `n` tokens, some of them for a team. */
export function withCredentials(n: number): State {
  return world({
    teams: [{ id: 'dev' }],
    users: [{ id: 'ann', ...memberOf('dev') }],
    credentials: list(n, (i) => ({
      id: `pat-${i}`,
      owner: { type: 'user', id: 'ann' },
      team: 'dev',
      digest: digest(i),
    })),
  })
}

/** A chain of `n` aliases, each retired and replaced by the next. */
export function withSuccessors(n: number): State {
  return world({
    modelAliases: list(n, (i) => ({
      id: `m-${i}`,
      lifecycle: i === n - 1 ? { type: 'active' } : { type: 'retired', successor: `m-${i + 1}` },
    })),
    accessGroups: [{ id: 'g', allAliases: true }],
    users: [{ id: 'ann', ...holding(['g']) }],
  })
}

/** `n` users in one team. */
export function withMembers(n: number): State {
  return world({
    ...chat,
    teams: [{ id: 'dev', ...holding(['chatters']) }],
    users: list(n, (i) => ({ id: `u-${i}`, ...memberOf('dev') })),
  })
}

/** One group of `n` aliases, held by `ann`. */
export function withAliases(n: number): State {
  const ids = list(n, (i) => `m-${i}`)
  return world({
    modelAliases: ids.map((id) => ({ id })),
    accessGroups: [{ id: 'g', ...aliases(...ids) }],
    users: [{ id: 'ann', ...holding(['g']) }],
  })
}

/** An organization with `n` teams on one plan of `n` groups. */
export function withPlan(n: number): State {
  const ids = list(n, (i) => `g-${i}`)
  return world({
    modelAliases: [{ id: 'chat' }],
    accessGroups: ids.map((id) => ({ id, ...aliases('chat') })),
    plans: [{ id: 'tier', accessGroups: ids }],
    teams: list(n, (i) => ({ id: `t-${i}`, plan: 'tier' })),
    users: [{ id: 'ann', ...memberOf('t-0') }],
  })
}
