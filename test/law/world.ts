import { putRow } from '../../src/model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../src/model/state/state.ts'
import { emptyTable, tableOf } from '../../src/model/table/table.ts'
import type { Agent } from '../../src/model/value/principal.ts'
import { forever, type Windows } from '../../src/model/value/window.ts'
import type { UseDecision } from '../../src/policy/decision/decision.ts'
import type { Request } from '../../src/policy/request/request.ts'

/** The rows of a test state, by kind. A missing field of a row has the default in `plain`. */
export type World = { readonly [K in Kind]?: readonly (Partial<Rows[K]> & { readonly id: string })[] } & {
  readonly administrators?: readonly Agent[]
}

const made = { createdAt: 1_700_000_000_000, incarnation: 0 }
const holder = { status: 'active', metered: false, accessGroups: [], roleGrants: [], ...made } as const
let digests = 0

/**
 * Returns the default fields of a row, by kind. A default row is active, belongs to the organization `acme`, and has no
 * access.
 */
const plain: { readonly [K in Kind]: (id: string) => Omit<Rows[K], 'id'> } = {
  organizations: () => ({
    status: 'active',
    entitlement: { type: 'unlimited' },
    admins: [],
    accessGroups: [],
    ...made,
  }),
  users: () => ({ teams: [], ...holder }),
  teams: () => ({ organization: 'acme', invitations: [], creditedPlans: [], ...holder }),
  virtualAccounts: () => ({ organization: 'acme', ...holder }),
  credentials: () => {
    digests += 1
    const digest = digests.toString(16).padStart(64, 'f')
    const owner = { type: 'user', id: 'ann' } as const
    return {
      owner,
      issuedBy: owner,
      digest,
      previous: [],
      scope: { type: 'all' },
      operations: { type: 'all' },
      ...made,
    }
  },
  providerAccounts: () => ({ status: 'active', anyModel: true, settings: {}, models: emptyTable(), ...made }),
  modelAliases: (id) => ({
    targets: [{ providerAccount: 'openai', model: id }],
    lifecycle: { type: 'active' },
    createdAt: 1_700_000_000_000,
  }),
  accessGroups: () => ({
    aliases: emptyTable(),
    patterns: [],
    allAliases: false,
    models: emptyTable(),
    createdAt: 1_700_000_000_000,
  }),
  restrictions: () => ({
    subject: { type: 'everyone' },
    selector: { type: 'pattern', pattern: '*' },
    window: {},
    createdAt: 1_700_000_000_000,
  }),
  plans: () => ({ accessGroups: [], createdAt: 1_700_000_000_000 }),
  accessRequests: () => ({
    requester: 'ann',
    subject: { type: 'user', id: 'ann' },
    wanted: { type: 'model', name: 'gpt-4' },
    reason: 'a demo',
    duration: 3_600_000,
    expiresAt: 1_700_600_000_000,
    createdAt: 1_700_000_000_000,
  }),
}

/**
 * Builds a state from rows. Adds the organization `acme`, and the provider account `openai`, which serves any model.
 */
export function world({ administrators = [], ...rows }: World): State {
  const basis = { ...emptyState, administrators, organizations: emptyState.organizations }
  const start = add(basis, { organizations: [{ id: 'acme' }], providerAccounts: [{ id: 'openai' }] })
  return add(start, rows)
}

/** Returns a state with additional rows. */
export function add(state: State, rows: World): State {
  return kinds.reduce((soFar, kind) => addRows(soFar, kind, rows[kind] ?? []), state)
}

function addRows<K extends Kind>(state: State, kind: K, rows: readonly (Partial<Rows[K]> & { id: string })[]): State {
  return rows.reduce(
    (soFar, row) => putRow(soFar, kind, { ...plain[kind](row.id), ...row } as unknown as Rows[K]),
    state,
  )
}

/** Returns the `aliases` field of an access group with these alias ids. */
export function aliases(...ids: readonly string[]): { readonly aliases: Rows['accessGroups']['aliases'] } {
  const present = ids.map(() => true as const)
  return { aliases: tableOf(ids, present) }
}

/** Returns the `accessGroups` field of a principal that is assigned to groups. Default windows: forever. */
export function holding(groups: readonly string[], windows: Windows = forever): Pick<Rows['users'], 'accessGroups'> {
  return { accessGroups: groups.map((accessGroup) => ({ accessGroup, windows })) }
}

/** Returns the `roleGrants` field of a principal with one role on a provider account. Default windows: forever. */
export function role(
  providerAccount: string,
  name: 'manager' | 'user' = 'user',
  windows: Windows = forever,
): Pick<Rows['users'], 'roleGrants'> {
  return { roleGrants: [{ providerAccount, role: name, windows }] }
}

/** Returns the `teams` field of a user who is a member of teams. */
export function memberOf(...teams: readonly string[]): Pick<Rows['users'], 'teams'> {
  return { teams: teams.map((team) => ({ team, role: 'member' as const, accessGroups: [] })) }
}

/** Casts any value to a request, so that a test can call `authorize` with an invalid request. */
export function asRequest(value: unknown): Request {
  return value as Request
}

/** Returns the reason of a denial, or `allow` for an allowed decision. */
export function answer(
  decision: UseDecision | { readonly effect: 'deny' | 'allow'; readonly reason?: string },
): string {
  return 'reason' in decision && decision.reason !== undefined ? decision.reason : 'allow'
}

/** Returns the routes of a decision as `account/model` strings. Returns an empty array for a denial. */
export function routesOf(decision: UseDecision): string[] {
  return decision.effect === 'allow' ? decision.routes.map((route) => `${route.providerAccount}/${route.model}`) : []
}
