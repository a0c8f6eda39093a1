import type { Assignment, Holdings } from '../noun/holding.ts'
import { findSuccessor, type Target } from '../noun/model-alias.ts'
import { servesModel } from '../noun/provider-account.ts'
import { type Membership, membershipIn } from '../noun/user.ts'
import { entries, findRow, hasRow, idsOf, rowsOf, type Table } from '../table/table.ts'
import type { Authority } from '../value/authority.ts'
import type { Principal } from '../value/principal.ts'
import type { Selector } from '../value/selector.ts'
import type { Status } from '../value/status.ts'
import type { StateInvariant, StateViolation } from './invariant.ts'
import type { Kind, Rows, State } from './state.ts'

/**
 * A callback that records a violation found in a row. `path` is relative to the row, so it omits the row's kind and id.
 */
export type Report = (invariant: StateInvariant, path: StateViolation['path'], message: string) => void

type Check<Row> = (row: Row, state: State, report: Report) => void

const tableOfPrincipal = { user: 'users', team: 'teams', virtualAccount: 'virtualAccounts' } as const

/** Whether a principal exists. */
export function hasPrincipal(state: State, { type, id }: Principal): boolean {
  return hasRow(state[tableOfPrincipal[type]] as Table<unknown>, id)
}

/**
 * Whether a row may refer to a concrete model: the provider account exists and serves the model.
 */
function hasModel(state: State, { providerAccount, model }: Target): boolean {
  const account = findRow(state.providerAccounts, providerAccount)
  return account !== undefined && servesModel(account, model)
}

function refer(exists: boolean, noun: string, id: string, path: StateViolation['path'], report: Report): void {
  if (!exists) report('references_exist', path, `${noun} \`${id}\` does not exist`)
}

/**
 * Reports each entry of a list that occurs twice. Lists of up to 16 entries are compared pair by pair, which is faster
 * than hashing.
 */
function distinct<T>(
  list: readonly T[],
  keyOf: (entry: T) => string,
  path: StateViolation['path'],
  report: Report,
): void {
  const isRepeated = (entry: T, i: number): boolean => {
    for (let j = 0; j < i; j += 1) if (keyOf(list[j] as T) === keyOf(entry)) return true
    return false
  }
  const seen = list.length > 16 ? new Set<string>() : undefined
  for (let i = 0; i < list.length; i += 1) {
    const entry = list[i] as T
    if (seen === undefined ? isRepeated(entry, i) : seen.has(keyOf(entry))) {
      report('entries_distinct', [...path, i], `\`${keyOf(entry)}\` occurs twice`)
    }
    seen?.add(keyOf(entry))
  }
}

function checkAssignments(
  accessGroups: readonly Assignment[],
  path: StateViolation['path'],
  state: State,
  report: Report,
): void {
  for (let i = 0; i < accessGroups.length; i += 1) {
    const id = accessGroups[i]?.accessGroup ?? ''
    if (!hasRow(state.accessGroups, id)) refer(false, 'access group', id, [...path, i, 'accessGroup'], report)
  }
  if (accessGroups.length > 1) distinct(accessGroups, (held) => held.accessGroup, path, report)
}

function checkHoldings(row: Holdings, state: State, report: Report): void {
  const { accessGroups, roleGrants } = row
  checkAssignments(accessGroups, ['accessGroups'], state, report)
  for (let i = 0; i < roleGrants.length; i += 1) {
    const id = roleGrants[i]?.providerAccount ?? ''
    refer(hasRow(state.providerAccounts, id), 'provider account', id, ['roleGrants', i, 'providerAccount'], report)
  }
  if (roleGrants.length > 1)
    distinct(roleGrants, (held) => `${held.role} on ${held.providerAccount}`, ['roleGrants'], report)
}

function checkIncarnation(row: { readonly incarnation: number }, state: State, report: Report): void {
  if (row.incarnation > state.version) {
    report(
      'incarnations_are_past',
      ['incarnation'],
      `it was created at version ${row.incarnation}, and the state has version ${state.version}`,
    )
  }
}

function checkInvitations(row: Rows['teams'], state: State, report: Report): void {
  row.invitations.forEach(({ user, incarnation }, i) => {
    const path = ['invitations', i]
    if (membershipIn(findRow(state.users, user)?.teams ?? [], row.id) !== undefined) {
      report('invited_user_is_not_joined', [...path, 'user'], `user \`${user}\` is in the team already`)
    }
    checkIncarnation({ incarnation }, state, (invariant, field, message) =>
      report(invariant, [...path, ...field], message),
    )
  })
  distinct(row.invitations, ({ user }) => user, ['invitations'], report)
}

/** Reports a suspended row without `suspendedBy`, and an active row with `suspendedBy`. */
function checkStatus(row: Suspendable, path: StateViolation['path'], report: Report): void {
  if ((row.status === 'suspended') === (row.suspendedBy !== undefined)) return
  report('suspensions_have_authors', [...path, 'suspendedBy'], `the status is ${row.status}`)
}

interface Suspendable {
  readonly status: Status
  readonly suspendedBy?: Authority | undefined
}

function checkOrganization(id: string, state: State, report: Report): void {
  refer(hasRow(state.organizations, id), 'organization', id, ['organization'], report)
}

function checkSelector(selector: Selector, path: StateViolation['path'], state: State, report: Report): void {
  if (selector.type === 'alias') {
    refer(hasRow(state.modelAliases, selector.alias), 'model alias', selector.alias, path, report)
  }
  if (selector.type === 'providerAccount') {
    const { providerAccount } = selector
    refer(hasRow(state.providerAccounts, providerAccount), 'provider account', providerAccount, path, report)
  }
  if (selector.type === 'model') refer(hasModel(state, selector), 'concrete model', selector.model, path, report)
}

function checkRequest(row: Rows['accessRequests'], state: State, report: Report): void {
  const { requester, subject, organization, wanted } = row
  const user = findRow(state.users, requester)
  refer(user !== undefined, 'user', requester, ['requester'], report)
  if (row.outcome !== undefined) return
  if (wanted.type === 'accessGroup') {
    refer(hasRow(state.accessGroups, wanted.id), 'access group', wanted.id, ['wanted', 'id'], report)
  }
  const isOwn = subject.type === 'virtualAccount' || (subject.type === 'user' ? subject.id : subject.user) === requester
  if (!isOwn) report('access_requests_fit', ['subject'], `the subject is not user \`${requester}\``)
  if (subject.type === 'virtualAccount') {
    refer(hasRow(state.virtualAccounts, subject.id), 'virtual account', subject.id, ['subject', 'id'], report)
  } else if (subject.type === 'member') {
    const isJoined = membershipIn(user?.teams ?? [], subject.team) !== undefined
    refer(isJoined, 'membership in team', subject.team, ['subject', 'team'], report)
  }
  if (organization !== organizationOf(subject, state)) {
    report('access_requests_fit', ['organization'], 'it is not the organization of the subject')
  }
}

/** Returns the organization whose entitlement limits the subject of an access request. A user has none. */
export function organizationOf(subject: Rows['accessRequests']['subject'], state: State): string | undefined {
  if (subject.type === 'user') return undefined
  if (subject.type === 'member') return findRow(state.teams, subject.team)?.organization
  return findRow(state.virtualAccounts, subject.id)?.organization
}

/** For each kind, a function that checks the fields of one row, and that all rows to which the row refers exist. */
export const rowChecks: { readonly [K in Kind]: Check<Rows[K]> } = {
  organizations: (row, state, report) => {
    row.admins.forEach((admin, i) => {
      refer(
        hasPrincipal(state, admin),
        admin.type === 'user' ? 'user' : 'virtual account',
        admin.id,
        ['admins', i],
        report,
      )
    })
    distinct(row.admins, (admin) => JSON.stringify([admin.type, admin.id]), ['admins'], report)
    if (row.entitlement.type === 'list') {
      const path = ['entitlement', 'accessGroups']
      row.entitlement.accessGroups.forEach((id, i) => {
        refer(hasRow(state.accessGroups, id), 'access group', id, [...path, i], report)
      })
      distinct(row.entitlement.accessGroups, (id) => id, path, report)
    }
    checkAssignments(row.accessGroups, ['accessGroups'], state, report)
    checkStatus(row, [], report)
    checkIncarnation(row, state, report)
  },
  users: (row, state, report) => {
    const { teams, defaultTeam } = row
    let isJoined = defaultTeam === undefined
    for (let i = 0; i < teams.length; i += 1) {
      const { team: id, accessGroups } = teams[i] as Membership
      if (id === defaultTeam) isJoined = true
      if (accessGroups.length > 0) checkAssignments(accessGroups, ['teams', i, 'accessGroups'], state, report)
      refer(hasRow(state.teams, id), 'team', id, ['teams', i, 'team'], report)
    }
    if (teams.length > 1) distinct(teams, (membership) => membership.team, ['teams'], report)
    if (!isJoined) report('default_team_is_joined', ['defaultTeam'], `the user is not in team \`${defaultTeam}\``)
    checkHoldings(row, state, report)
    checkStatus(row, [], report)
    checkIncarnation(row, state, report)
  },
  teams: (row, state, report) => {
    checkOrganization(row.organization, state, report)
    if (row.plan !== undefined) refer(hasRow(state.plans, row.plan), 'plan', row.plan, ['plan'], report)
    row.creditedPlans.forEach((id, i) => {
      refer(hasRow(state.plans, id), 'plan', id, ['creditedPlans', i], report)
    })
    distinct(row.creditedPlans, (id) => id, ['creditedPlans'], report)
    checkHoldings(row, state, report)
    checkInvitations(row, state, report)
    checkStatus(row, [], report)
    checkIncarnation(row, state, report)
  },
  virtualAccounts: (row, state, report) => {
    checkOrganization(row.organization, state, report)
    checkHoldings(row, state, report)
    checkStatus(row, [], report)
    checkIncarnation(row, state, report)
  },
  credentials: (row, state, report) => {
    const { owner, team, scope, revokedAt } = row
    checkIncarnation(row, state, report)
    refer(hasPrincipal(state, owner), 'owner', owner.id, ['owner'], report)
    if (scope.type === 'list' && revokedAt === undefined) {
      scope.selectors.forEach((selector, i) => {
        checkSelector(selector, ['scope', 'selectors', i], state, report)
      })
    }
    if (team !== undefined) {
      const user = owner.type === 'user' ? findRow(state.users, owner.id) : undefined
      if (membershipIn(user?.teams ?? [], team) === undefined) {
        report('credential_team_is_joined', ['team'], `the owner is not a user in team \`${team}\``)
      }
    }
  },
  providerAccounts: (row, state, report) => {
    checkStatus(row, [], report)
    for (const model of rowsOf(row.models)) checkStatus(model, ['models', model.id], report)
    checkIncarnation(row, state, report)
  },
  modelAliases: (row, state, report) => {
    row.targets.forEach((target, i) => {
      const name = `${target.providerAccount}/${target.model}`
      refer(hasModel(state, target), 'concrete model', name, ['targets', i], report)
    })
    distinct(row.targets, (target) => `${target.providerAccount}/${target.model}`, ['targets'], report)
    const successor = findSuccessor(row)
    if (successor !== undefined) {
      refer(hasRow(state.modelAliases, successor), 'model alias', successor, ['lifecycle', 'successor'], report)
    }
  },
  accessGroups: (row, state, report) => {
    for (const id of idsOf(row.aliases)) {
      refer(hasRow(state.modelAliases, id), 'model alias', id, ['members'], report)
    }
    distinct(row.patterns, (pattern) => pattern, ['members'], report)
    for (const [providerAccount, { models, patterns }] of entries(row.models)) {
      refer(hasRow(state.providerAccounts, providerAccount), 'provider account', providerAccount, ['members'], report)
      for (const model of idsOf(models)) {
        const name = `${providerAccount}/${model}`
        refer(hasModel(state, { providerAccount, model }), 'concrete model', name, ['members'], report)
      }
      distinct(patterns, (pattern) => pattern, ['members'], report)
    }
  },
  restrictions: ({ subject, selector }, state, report) => {
    if (subject.type === 'organization') {
      refer(hasRow(state.organizations, subject.id), 'organization', subject.id, ['subject'], report)
    } else if (subject.type === 'credential') {
      refer(hasRow(state.credentials, subject.id), 'credential', subject.id, ['subject'], report)
    } else if (subject.type === 'member') {
      refer(hasRow(state.teams, subject.team), 'team', subject.team, ['subject', 'team'], report)
      refer(hasRow(state.users, subject.user), 'user', subject.user, ['subject', 'user'], report)
    } else if (subject.type !== 'everyone') {
      refer(hasPrincipal(state, subject), subject.type, subject.id, ['subject'], report)
    }
    checkSelector(selector, ['selector'], state, report)
  },
  plans: (row, state, report) => {
    row.accessGroups.forEach((id, i) => {
      refer(hasRow(state.accessGroups, id), 'access group', id, ['accessGroups', i], report)
    })
    distinct(row.accessGroups, (id) => id, ['accessGroups'], report)
  },
  accessRequests: checkRequest,
}
