import { putRow } from '../../src/model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../src/model/state/state.ts'
import { emptyTable, tableOf } from '../../src/model/table/table.ts'
import type { Agent } from '../../src/model/value/principal.ts'
import { forever, type Windows } from '../../src/model/value/window.ts'
import type { UseDecision } from '../../src/policy/decision/decision.ts'
import type { Request } from '../../src/policy/request/request.ts'

/** Partial rows. Every missing field gets a plain default. */
export type World = { readonly [K in Kind]?: readonly (Partial<Rows[K]> & { readonly id: string })[] } & {
  readonly administrators?: readonly Agent[]
}

const made = { createdAt: 0, incarnation: 0 }
const holder = { status: 'active', metered: false, accessGroups: [], roleGrants: [], ...made } as const
let digests = 0

/** The default fields of a row: active, without any access, in the organization `acme`. */
const plain: { readonly [K in Kind]: (id: string) => Omit<Rows[K], 'id'> } = {
  organizations: () => ({
    status: 'active',
    entitlement: { type: 'unlimited' },
    admins: [],
    accessGroups: [],
    ...made,
  }),
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

/** A state with these rows, the organization `acme`, and the provider account `openai`, which serves any model. */
export function world({ administrators = [], ...rows }: World): State {
  const basis = { ...emptyState, administrators, organizations: emptyState.organizations }
  const start = add(basis, { organizations: [{ id: 'acme' }], providerAccounts: [{ id: 'openai' }] })
  return add(start, rows)
}

/** The state with these rows added. */
export function add(state: State, rows: World): State {
  return kinds.reduce((soFar, kind) => addRows(soFar, kind, rows[kind] ?? []), state)
}

function addRows<K extends Kind>(state: State, kind: K, rows: readonly (Partial<Rows[K]> & { id: string })[]): State {
  return rows.reduce(
    (soFar, row) => putRow(soFar, kind, { ...plain[kind](row.id), ...row } as unknown as Rows[K]),
    state,
  )
}

/** The `aliases` field of an access group. */
export function aliases(...ids: readonly string[]): { readonly aliases: Rows['accessGroups']['aliases'] } {
  const present = ids.map(() => true as const)
  return { aliases: tableOf(ids, present) }
}

/** The `accessGroups` field of a principal. Default windows: forever. */
export function holding(groups: readonly string[], windows: Windows = forever): Pick<Rows['users'], 'accessGroups'> {
  return { accessGroups: groups.map((accessGroup) => ({ accessGroup, windows })) }
}

/** The `roleGrants` field of a principal with one role. Default windows: forever. */
export function role(
  providerAccount: string,
  name: 'manager' | 'user' = 'user',
  windows: Windows = forever,
): Pick<Rows['users'], 'roleGrants'> {
  return { roleGrants: [{ providerAccount, role: name, windows }] }
}

/** The `teams` field of a user. */
export function memberOf(...teams: readonly string[]): Pick<Rows['users'], 'teams'> {
  return { teams: teams.map((team) => ({ team, role: 'member' as const, accessGroups: [] })) }
}

/** Any value as the request of `authorize`, whose type the laws of totality set aside. */
export function asRequest(value: unknown): Request {
  return value as Request
}

/** The reason of a denial, or `allow`. */
export function answer(
  decision: UseDecision | { readonly effect: 'deny' | 'allow'; readonly reason?: string },
): string {
  return 'reason' in decision && decision.reason !== undefined ? decision.reason : 'allow'
}

/** The routes of a decision as `account/model`; empty for a denial. */
export function routesOf(decision: UseDecision): string[] {
  return decision.effect === 'allow' ? decision.routes.map((route) => `${route.providerAccount}/${route.model}`) : []
}
