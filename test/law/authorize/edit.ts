import fc from 'fast-check'
import { membersOf } from '../../../src/model/noun/access-group.ts'
import { type AccountModels, withModels, withoutModels } from '../../../src/model/noun/group-models.ts'
import type { Assignment } from '../../../src/model/noun/holding.ts'
import { dropRow, putRow } from '../../../src/model/state/put-row.ts'
import type { Kind, Rows, State } from '../../../src/model/state/state.ts'
import { drop, emptyTable, findRow, idsOf, put, rowsOf, type Table } from '../../../src/model/table/table.ts'
import { forever } from '../../../src/model/value/window.ts'

/** One change of a state. `make` computes the changed state; `name` appears in the message of a failing test. */
export interface Edit {
  readonly name: string
  readonly make: () => State
}

/** Returns every row of a kind in a state. */
export function all<K extends Kind>(state: State, kind: K): Rows[K][] {
  return [...rowsOf(state[kind] as Table<Rows[K]>)]
}

/** Generates one of the edits. Each sort of edit is equally likely, however many edits of the sort exist. */
export function someEdit(edits: readonly Edit[]): fc.Arbitrary<Edit> {
  return fc
    .tuple(fc.nat(), fc.nat())
    .map((choice) => chooseEdit(edits, choice))
    .map((edit) => Object.defineProperty({ ...edit }, fc.toStringMethod, { value: () => edit.name }))
}

/**
 * Returns the edit that two numbers select. The first number selects the sort of edit; the second selects an edit of
 * the sort.
 */
export function chooseEdit(edits: readonly Edit[], [sort, row]: readonly [number, number]): Edit {
  const sorts = [...new Set(edits.map(sortOf))]
  const ofSort = edits.filter((edit) => sortOf(edit) === sorts[sort % sorts.length])
  const chosen = ofSort[row % ofSort.length]
  if (chosen === undefined) throw new Error('there is no edit to choose')
  return chosen
}

const sortOf = ({ name }: Edit): string | undefined => name.split(':')[0]

/** Returns one edit for each changed row that `change` returns. Calls `change` for every row of a kind. */
function each<K extends Kind>(
  state: State,
  kind: K,
  name: string,
  change: (row: Rows[K]) => Rows[K] | readonly Rows[K][],
): Edit[] {
  return all(state, kind).flatMap((row) => {
    const changed = change(row)
    const rows: readonly Rows[K][] = Array.isArray(changed) ? changed : [changed as Rows[K]]
    return rows.map((after) => ({ name: `${name}: ${kind} ${row.id}`, make: () => putRow(state, kind, after) }))
  })
}

/** The assignments with one more group, held from now on. */
function withGroup(held: readonly Assignment[], accessGroup: string): readonly Assignment[] {
  return [...held.filter((one) => one.accessGroup !== accessGroup), { accessGroup, windows: forever }]
}

const holders = ['users', 'teams', 'virtualAccounts'] as const
const suspendable = ['organizations', ...holders, 'providerAccounts'] as const

/** Returns every single-step edit that gives a principal access. */
export function grants(state: State): Edit[] {
  const groups = [...idsOf(state.accessGroups)]
  const accounts = [...idsOf(state.providerAccounts)]
  const plans = [...idsOf(state.plans)]
  const aliases = [...idsOf(state.modelAliases)]
  return [
    ...holders.flatMap((kind) => [
      ...each(state, kind, 'assign a group', (row) =>
        groups.map((accessGroup) => ({
          ...row,
          accessGroups: [
            ...row.accessGroups.filter((held) => held.accessGroup !== accessGroup),
            { accessGroup, windows: forever },
          ],
        })),
      ),
      ...each(state, kind, 'grant a role', (row) =>
        accounts.map((providerAccount) => ({
          ...row,
          roleGrants: [
            ...row.roleGrants.filter((held) => held.providerAccount !== providerAccount || held.role !== 'user'),
            { providerAccount, role: 'user' as const, windows: forever },
          ],
        })),
      ),
    ]),
    ...suspendable.flatMap((kind) => each(state, kind, `activate ${kind}`, (row) => ({ ...row, status: 'active' }))),
    ...each(state, 'users', 'join a team', (row) =>
      [...idsOf(state.teams)]
        .filter((team) => !row.teams.some((place) => place.team === team))
        .map((team) => ({ ...row, teams: [...row.teams, { team, role: 'member' as const, accessGroups: [] }] })),
    ),
    ...each(state, 'organizations', 'assign to an organization', (row) =>
      groups.map((accessGroup) => ({ ...row, accessGroups: withGroup(row.accessGroups, accessGroup) })),
    ),
    ...each(state, 'users', 'assign to a membership', (row) =>
      row.teams.flatMap(({ team }) =>
        groups.map((accessGroup) => ({
          ...row,
          teams: row.teams.map((one) =>
            one.team === team ? { ...one, accessGroups: withGroup(one.accessGroups, accessGroup) } : one,
          ),
        })),
      ),
    ),
    ...each(state, 'teams', 'put on a plan', (row) =>
      row.plan === undefined ? plans.map((plan) => ({ ...row, plan })) : [],
    ),
    ...each(state, 'plans', 'plan with every group', (row) => ({ ...row, accessGroups: groups })),
    ...each(state, 'organizations', 'entitle to everything', (row) => ({ ...row, entitlement: { type: 'unlimited' } })),
    ...each(state, 'accessGroups', 'every alias joins', (row) => ({ ...row, allAliases: true })),
    ...each(state, 'accessGroups', 'an alias joins', (row) =>
      aliases.map((id) => ({ ...row, aliases: put(row.aliases, id, true) })),
    ),
    ...each(state, 'accessGroups', 'a model joins', (row) =>
      all(state, 'providerAccounts').flatMap(({ id: providerAccount, models }) =>
        [...idsOf(models)].map((model) => ({
          ...row,
          models: withModels(row.models, [{ type: 'model', providerAccount, model }]),
        })),
      ),
    ),
    ...each(state, 'accessGroups', 'every model of an account joins', (row) =>
      accounts.map((providerAccount) => ({
        ...row,
        models: withModels(row.models, [{ type: 'modelPattern', providerAccount, pattern: '*' }]),
      })),
    ),
    ...each(state, 'modelAliases', 'activate aliases', (row) => ({ ...row, lifecycle: { type: 'active' } })),
    ...each(state, 'modelAliases', 'add a target', (row) =>
      all(state, 'providerAccounts').flatMap((account) =>
        [...idsOf(account.models)]
          .map((model) => ({ providerAccount: account.id, model }))
          .filter(
            (added) =>
              !row.targets.some(
                (target) => target.providerAccount === added.providerAccount && target.model === added.model,
              ),
          )
          .map((added) => ({ ...row, targets: [...row.targets, added] })),
      ),
    ),
    ...each(state, 'providerAccounts', 'activate every model', (row) => ({
      ...row,
      models: [...idsOf(row.models)].reduce(
        (models, id) => put(models, id, { id, status: 'active' as const }),
        row.models,
      ),
    })),
    ...unlessRestricted(
      state,
      each(state, 'providerAccounts', 'serve any model', (row) => ({ ...row, anyModel: true })),
    ),
    ...each(state, 'credentials', 'widen to all', (row) => ({ ...row, scope: { type: 'all' } })),
    ...each(state, 'credentials', 'never expire', ({ expiresAt: _, ...row }) => row),
    ...all(state, 'restrictions').map(({ id }) => ({
      name: `lift: ${id}`,
      make: () => dropRow(state, 'restrictions', id),
    })),
  ]
}

/** Returns every single-step edit that takes access from a principal. */
export function revocations(state: State): Edit[] {
  const without = <T>(list: readonly T[]) => list.map((_, i) => list.toSpliced(i, 1))
  const ended = (windows: Rows['users']['accessGroups'][number]['windows']) => windows.slice(0, -1)
  return [
    ...holders.flatMap((kind) => [
      ...each(state, kind, 'unassign a group', (row) =>
        without(row.accessGroups).map((accessGroups) => ({ ...row, accessGroups })),
      ),
      ...each(state, kind, 'revoke a role', (row) =>
        without(row.roleGrants).map((roleGrants) => ({ ...row, roleGrants })),
      ),
      ...each(state, kind, 'end the last windows', (row) => ({
        ...row,
        accessGroups: row.accessGroups.map((held) => ({ ...held, windows: ended(held.windows) })),
        roleGrants: row.roleGrants.map((held) => ({ ...held, windows: ended(held.windows) })),
      })),
    ]),
    ...suspendable.flatMap((kind) => each(state, kind, `suspend ${kind}`, (row) => ({ ...row, status: 'suspended' }))),
    ...each(state, 'users', 'leave a team', ({ defaultTeam, ...row }) =>
      without(row.teams).map((teams) => ({
        ...row,
        teams,
        ...(defaultTeam !== undefined && teams.some(({ team }) => team === defaultTeam) ? { defaultTeam } : {}),
      })),
    ),
    ...each(state, 'teams', 'take off the plan', ({ plan: _, ...row }) => row),
    ...each(state, 'plans', 'plan without groups', (row) => ({ ...row, accessGroups: [] })),
    ...each(state, 'organizations', 'entitle to nothing', (row) => ({
      ...row,
      entitlement: { type: 'list', accessGroups: [] },
    })),
    ...each(state, 'accessGroups', 'all leave', (row) => ({
      ...row,
      allAliases: false,
      aliases: emptyTable(),
      patterns: [],
      models: emptyTable<AccountModels>(),
    })),
    ...each(state, 'accessGroups', 'an alias leaves', (row) =>
      [...idsOf(row.aliases)].map((id) => ({ ...row, aliases: drop(row.aliases, id) })),
    ),
    ...each(state, 'accessGroups', 'a model or pattern leaves', (row) =>
      membersOf(row)
        .filter(({ type }) => type === 'model' || type === 'modelPattern')
        .map((member) => ({ ...row, models: withoutModels(row.models, [member]) })),
    ),
    ...each(state, 'modelAliases', 'retire', (row) => ({ ...row, lifecycle: { type: 'retired' } })),
    ...each(state, 'modelAliases', 'remove a target', (row) =>
      without(row.targets).map((targets) => ({ ...row, targets })),
    ),
    ...each(state, 'providerAccounts', 'suspend models', (row) => ({
      ...row,
      models: [...idsOf(row.models)].reduce(
        (models, id) => put(models, id, { id, status: 'suspended' as const }),
        row.models,
      ),
    })),
    ...unlessRestricted(
      state,
      each(state, 'providerAccounts', 'serve listed models only', (row) => ({ ...row, anyModel: false })),
    ),
    ...each(state, 'credentials', 'narrow', (row) => ({ ...row, scope: { type: 'list', selectors: [] } })),
    ...each(state, 'credentials', 'revoke', (row) => ({ ...row, revokedAt: 1_700_000_000_000 })),
    ...restrictions(state),
  ]
}

/** The edits of `anyModel`, which also decides whether restrictions ignore case, where there is no restriction. */
function unlessRestricted(state: State, edits: Edit[]): Edit[] {
  return state.restrictions.size === 0 ? edits : []
}

/** Every restriction that could be added, on any subject and with any selector. */
export function restrictions(state: State): Edit[] {
  const subjects: Rows['restrictions']['subject'][] = [
    { type: 'everyone' },
    ...(['organizations', 'users', 'teams', 'virtualAccounts'] as const).flatMap((kind) => {
      const type = {
        organizations: 'organization',
        users: 'user',
        teams: 'team',
        virtualAccounts: 'virtualAccount',
      } as const
      return [...idsOf<unknown>(state[kind])].map((id) => ({ type: type[kind], id }))
    }),
  ]
  const selectors: Rows['restrictions']['selector'][] = [
    { type: 'pattern', pattern: '*' },
    ...[...idsOf(state.modelAliases)].map((alias) => ({ type: 'alias' as const, alias })),
    ...[...idsOf(state.providerAccounts)].map((providerAccount) => ({
      type: 'providerAccount' as const,
      providerAccount,
    })),
  ]
  return subjects.flatMap((subject) => selectors.map((selector) => restrict(state, { subject, selector })))
}

/** Returns an edit that adds a restriction without a time limit. */
export function restrict(state: State, row: Pick<Rows['restrictions'], 'subject' | 'selector'>): Edit {
  const added = { id: 'an added restriction', ...row, window: {}, createdAt: 1_700_000_000_000 }
  return { name: `restrict: ${JSON.stringify(row)}`, make: () => putRow(state, 'restrictions', added) }
}

/** Returns the credential of a caller, or `undefined` when the caller uses no known credential. */
export function credentialOf(
  state: State,
  who: { readonly type: string; readonly id?: string; readonly digest?: string },
) {
  if (who.type === 'credential') return findRow(state.credentials, who.id ?? '')
  if (who.type !== 'credentialDigest') return undefined
  return all(state, 'credentials').find((row) => [row, ...row.previous].some(({ digest }) => digest === who.digest))
}
