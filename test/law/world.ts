import { putRow } from '../../src/model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../src/model/state/state.ts'
import { emptyTable, tableOf } from '../../src/model/table/table.ts'
import type { Agent } from '../../src/model/value/principal.ts'
import { forever, type Windows } from '../../src/model/value/window.ts'
import type { UseDecision } from '../../src/policy/decision/decision.ts'
import type { Request } from '../../src/policy/request/request.ts'

/** Rows of which only what matters is written; the rest is as plain as can be. */
export type World = { readonly [K in Kind]?: readonly (Partial<Rows[K]> & { readonly id: string })[] } & {
  readonly administrators?: readonly Agent[]
}

const made = { createdAt: 0, incarnation: 0 }
const holder = { status: 'active', metered: false, accessGroups: [], roleGrants: [], ...made } as const
let digests = 0

/** What a row says where it is not written: an active thing that nobody gave anything, in the organization `acme`. */
const plain: { readonly [K in Kind]: (id: string) => Omit<Rows[K], 'id'> } = {
  organizations: () => ({ status: 'active', entitlement: { type: 'unlimited' }, admins: [], ...made }),
  users: () => ({ teams: [], ...holder }),
  teams: () => ({ organization: 'acme', ...holder }),
  virtualAccounts: () => ({ organization: 'acme', ...holder }),
  credentials: () => {
    digests += 1
    const digest = digests.toString(16).padStart(64, 'f')
    return { owner: { type: 'user', id: 'ann' }, digest, previous: [], scope: { type: 'all' }, createdAt: 0 }
  },
  providerAccounts: () => ({ status: 'active', anyModel: true, settings: {}, models: emptyTable(), ...made }),
  modelAliases: (id) => ({
    targets: [{ providerAccount: 'openai', model: id }],
    lifecycle: { type: 'active' },
    createdAt: 0,
  }),
  accessGroups: () => ({ aliases: emptyTable(), patterns: [], allAliases: false, createdAt: 0 }),
  restrictions: () => ({
    subject: { type: 'everyone' },
    selector: { type: 'aliasPattern', pattern: '*' },
    window: {},
    createdAt: 0,
  }),
  plans: () => ({ accessGroups: [], createdAt: 0 }),
}

/** A state of these rows, with the organization `acme` and the account `openai`, which serves any model. */
export function world({ administrators = [], ...rows }: World): State {
  const basis = { ...emptyState, administrators, organizations: emptyState.organizations }
  const start = add(basis, { organizations: [{ id: 'acme' }], providerAccounts: [{ id: 'openai' }] })
  return add(start, rows)
}

/** The state with these rows too. */
export function add(state: State, rows: World): State {
  return kinds.reduce((soFar, kind) => addRows(soFar, kind, rows[kind] ?? []), state)
}

function addRows<K extends Kind>(state: State, kind: K, rows: readonly (Partial<Rows[K]> & { id: string })[]): State {
  return rows.reduce(
    (soFar, row) => putRow(soFar, kind, { ...plain[kind](row.id), ...row } as unknown as Rows[K]),
    state,
  )
}

/** A group's aliases. */
export function aliases(...ids: readonly string[]): { readonly aliases: Rows['accessGroups']['aliases'] } {
  const present = ids.map(() => true as const)
  return { aliases: tableOf(ids, present) }
}

/** Access groups held, forever unless windows are given. */
export function holding(groups: readonly string[], windows: Windows = forever): Pick<Rows['users'], 'accessGroups'> {
  return { accessGroups: groups.map((accessGroup) => ({ accessGroup, windows })) }
}

/** A role on an account, forever unless windows are given. */
export function role(
  providerAccount: string,
  name: 'manager' | 'user' = 'user',
  windows: Windows = forever,
): Pick<Rows['users'], 'roleGrants'> {
  return { roleGrants: [{ providerAccount, role: name, windows }] }
}

/** Membership in teams. */
export function memberOf(...teams: readonly string[]): Pick<Rows['users'], 'teams'> {
  return { teams: teams.map((team) => ({ team, role: 'member' as const })) }
}

/** Any value as the request of `authorize`, whose type the laws of totality set aside. */
export function asRequest(value: unknown): Request {
  return value as Request
}

/** Why a decision denies, or that it allows. */
export function answer(
  decision: UseDecision | { readonly effect: 'deny' | 'allow'; readonly reason?: string },
): string {
  return 'reason' in decision && decision.reason !== undefined ? decision.reason : 'allow'
}

/** The routes of a decision as `account/model`, none for a denial. */
export function routesOf(decision: UseDecision): string[] {
  return decision.effect === 'allow' ? decision.routes.map((route) => `${route.providerAccount}/${route.model}`) : []
}
