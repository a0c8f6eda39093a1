import { dropRow, putRow } from '../model/state/put-row.ts'
import { emptyState, type Kind, type Rows, type State } from '../model/state/state.ts'
import { emptyTable, findRow, put, tableOf } from '../model/table/table.ts'
import { forever } from '../model/value/window.ts'
import { type DenialReason, denialReasons } from '../policy/decision/denial.ts'
import type { Request } from '../policy/request/request.ts'

import { deepFreeze } from './frozen.ts'

/** A request with the state on which it is decided. */
export interface Scenario {
  readonly request: Request
  readonly state: State
}

/** A function that edits an allowed scenario so that its request is denied. */
export type Fault = (scenario: Scenario) => Scenario

const at = 1_700_000_001_000
const made = { createdAt: 1_700_000_000_000, incarnation: 0 }
const nothing = { accessGroups: [], roleGrants: [] }

const organization = 'toString'
const user = 'constructor'
const team = '__proto__'
const otherTeam = 'hasOwnProperty'
const credential = 'valueOf'
const providerAccount = 'isPrototypeOf'
const model = 'org/model'
const alias = '__defineGetter__'
const group = 'constructor'

const targets = [{ providerAccount, model }]
const metered = { organization, status: 'active', metered: true, ...nothing, ...made } as const
const holding = { ...metered, accessGroups: [{ accessGroup: group, windows: forever }] }

/**
 * The rows, by kind, of the state that `allowed` contains. Their ids are property names of `Object.prototype`, such as
 * `constructor`, to expose lookups in plain objects.
 */
const rows: { readonly [K in Kind]?: readonly Rows[K][] } = {
  organizations: [
    { id: organization, status: 'active', entitlement: { type: 'unlimited' }, admins: [], accessGroups: [], ...made },
  ],
  users: [
    {
      id: user,
      status: 'active',
      metered: false,
      teams: [
        { team, role: 'member', accessGroups: [] },
        { team: otherTeam, role: 'member', accessGroups: [] },
      ],
      ...nothing,
      ...made,
    },
  ],
  teams: [
    { id: team, invitations: [], creditedPlans: [], ...holding },
    { id: otherTeam, invitations: [], creditedPlans: [], ...holding },
  ],
  credentials: [
    {
      id: credential,
      owner: { type: 'user', id: user },
      issuedBy: { type: 'system' },
      digest: 'a'.repeat(64),
      previous: [],
      scope: { type: 'all' },
      operations: { type: 'all' },
      ...made,
    },
  ],
  providerAccounts: [
    {
      id: providerAccount,
      status: 'active',
      anyModel: false,
      settings: {},
      models: put(emptyTable(), model, { id: model, status: 'active' as const }),
      ...made,
    },
  ],
  accessGroups: [
    {
      id: group,
      aliases: tableOf([alias], [true as const]),
      patterns: [],
      allAliases: false,
      models: emptyTable(),
      createdAt: 1_700_000_000_000,
    },
  ],
  modelAliases: [{ id: alias, targets, lifecycle: { type: 'active' }, createdAt: 1_700_000_000_000 }],
}

/**
 * A scenario whose request is allowed: a user's token, used on behalf of one of the user's two metered teams, with
 * enough credits.
 */
export const allowed: Scenario = deepFreeze({
  request: {
    type: 'use',
    who: { type: 'credential', id: credential },
    model: alias,
    team,
    at,
    credits: { available: '10', estimate: '1' },
  },
  state: (Object.keys(rows) as Kind[]).reduce(putAll, emptyState),
})

function putAll<K extends Kind>(state: State, kind: K): State {
  return (rows[kind] ?? []).reduce((soFar, row) => putRow(soFar, kind, row), state)
}

/** Returns the scenario with one row changed by `change`. Returns the same scenario if the row does not exist. */
function edit<K extends Kind>(scenario: Scenario, kind: K, id: string, change: (row: Rows[K]) => Rows[K]): Scenario {
  const row = findRow<Rows[Kind]>(scenario.state[kind], id) as Rows[K] | undefined
  return row === undefined ? scenario : { ...scenario, state: putRow(scenario.state, kind, change(row)) }
}

function without(scenario: Scenario, kind: Kind, id: string): Scenario {
  return { ...scenario, state: dropRow(scenario.state, kind, id) }
}

function editRequest(scenario: Scenario, change: Partial<Extract<Request, { type: 'use' }>>): Scenario {
  const { request } = scenario
  return request.type === 'use' ? { ...scenario, request: { ...request, ...change } } : scenario
}

/**
 * The fault for each denial reason. A fault alone causes a denial with its reason. Different faults edit different
 * parts of the scenario, so they can be combined in any order.
 */
export const faults: Readonly<Record<DenialReason, Fault>> = {
  request_invalid: ({ request, state }) => ({ request: { ...request, at: 0.5 }, state }),
  credential_unknown: ({ request, state }) => ({
    request: { ...request, who: { type: 'credential', id: 'ghost' } },
    state,
  }),
  credential_revoked: (scenario) => edit(scenario, 'credentials', credential, (row) => ({ ...row, revokedAt: at + 1 })),
  credential_suspended: (scenario) =>
    edit(scenario, 'credentials', credential, (row) => ({ ...row, suspendedBy: 'owner' })),
  credential_expired: (scenario) => edit(scenario, 'credentials', credential, (row) => ({ ...row, expiresAt: at })),
  principal_unknown: (scenario) => without(scenario, 'users', user),
  principal_suspended: (scenario) =>
    edit(scenario, 'users', user, (row) => ({ ...row, status: 'suspended', suspendedBy: 'platform' })),
  team_unknown: (scenario) => without(scenario, 'teams', team),
  team_not_member: (scenario) =>
    edit(scenario, 'users', user, (row) => ({ ...row, teams: row.teams.filter((place) => place.team !== team) })),
  team_suspended: (scenario) =>
    edit(scenario, 'teams', team, (row) => ({ ...row, status: 'suspended', suspendedBy: 'platform' })),
  organization_suspended: (scenario) =>
    edit(scenario, 'organizations', organization, (row) => ({ ...row, status: 'suspended', suspendedBy: 'platform' })),
  model_unknown: (scenario) => without(scenario, 'modelAliases', alias),
  model_retired: (scenario) =>
    edit(scenario, 'modelAliases', alias, (row) => ({ ...row, lifecycle: { type: 'deprecated', sunsetAt: at } })),
  model_not_granted: (scenario) => edit(scenario, 'accessGroups', group, (row) => ({ ...row, aliases: emptyTable() })),
  model_restricted: ({ request, state }) => ({
    request,
    state: putRow(state, 'restrictions', {
      id: 'restriction',
      subject: { type: 'everyone' },
      selector: { type: 'pattern', pattern: '__define*' },
      window: { startsAt: at },
      createdAt: 1_700_000_000_000,
    }),
  }),
  operation_out_of_scope: (scenario) =>
    edit(scenario, 'credentials', credential, (row) => ({
      ...row,
      operations: { type: 'list', operations: ['images'] },
    })),
  credential_out_of_scope: (scenario) =>
    edit(scenario, 'credentials', credential, (row) => ({ ...row, scope: { type: 'list', selectors: [] } })),
  model_unavailable: (scenario) =>
    edit(scenario, 'providerAccounts', providerAccount, (row) => ({
      ...row,
      status: 'suspended',
      suspendedBy: 'platform',
    })),
  payer_ambiguous: ({ request, state }) => {
    if (request.type !== 'use') return { request, state }
    const { team: _, ...unnamed } = request
    return { request: unnamed, state }
  },
  credits_exhausted: (scenario) => editRequest(scenario, { credits: { available: '0.999999999', estimate: '1' } }),
  management_not_granted: ({ request: { who, at: when }, state }) => ({
    request: { type: 'manage', who, thing: { type: 'platform' }, at: when },
    state,
  }),
}

/**
 * The denial reasons that occur only when a user names a team. `aboutManaging` contains the denial reasons of manage
 * requests.
 */
const aboutNamedTeam = new Set<DenialReason>([
  'team_unknown',
  'team_not_member',
  'team_suspended',
  'organization_suspended',
])
const aboutManaging = new Set<DenialReason>([
  'request_invalid',
  'credential_unknown',
  'credential_revoked',
  'credential_suspended',
  'credential_expired',
  'principal_unknown',
  'principal_suspended',
  'operation_out_of_scope',
  'credential_out_of_scope',
  'management_not_granted',
])

/**
 * Whether the faults for these reasons can be combined. For example, `payer_ambiguous` excludes `team_unknown`: the
 * first needs a user that names no team.
 */
export function areCompatible(reasons: readonly DenialReason[]): boolean {
  if (reasons.includes('management_not_granted')) return reasons.every((reason) => aboutManaging.has(reason))
  return !reasons.includes('payer_ambiguous') || !reasons.some((reason) => aboutNamedTeam.has(reason))
}

/** Returns the allowed scenario with the faults for these reasons applied in order. */
export function withFaults(reasons: readonly DenialReason[]): Scenario {
  return reasons.reduce((scenario, reason) => faults[reason](scenario), allowed)
}

/** Returns the reason that a decision must report when several apply: the first in the order of `denialReasons`. */
export function firstOf(reasons: readonly DenialReason[]): DenialReason | undefined {
  return denialReasons.find((reason) => reasons.includes(reason))
}
