import fc from 'fast-check'
import { groupMembersOf, membersOf } from '../../model/noun/access-group.ts'
import { servesModel } from '../../model/noun/provider-account.ts'
import { putRow } from '../../model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../model/state/state.ts'
import { rowsOf } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import type { Selector } from '../../model/value/selector.ts'

import { deepFreeze } from '../frozen.ts'
import { arbitraryAccessRequest } from './access-request.ts'
import { arbitraryNames, type Names } from './name.ts'
import {
  agentsOf,
  arbitraryAccessGroup,
  arbitraryCredential,
  arbitraryModelAlias,
  arbitraryOrganization,
  arbitraryPlan,
  arbitraryProviderAccount,
  arbitraryRestriction,
  arbitraryTeam,
  arbitraryUser,
  arbitraryVirtualAccount,
  fewOf,
  latestVersion,
  record,
} from './row.ts'

type RowsByKind = { readonly [K in Kind]: readonly Rows[K][] }

interface StateParts {
  readonly rows: RowsByKind
  readonly administrators: readonly Agent[]
  readonly version: number
}

/**
 * Generates a small, deeply frozen state with rows of every kind. Every invariant holds: references exist, windows are
 * in normal form, digests are unique.
 */
export const arbitraryState: fc.Arbitrary<State> = arbitraryNames.chain(arbitraryStateOf)

/**
 * Generates a state whose rows have these names. Two states with the same names differ only in the fields of their
 * rows.
 */
export function arbitraryStateOf(names: Names): fc.Arbitrary<State> {
  return arbitraryParts(names).map(stateOf)
}

function arbitraryParts(names: Names): fc.Arbitrary<StateParts> {
  const all = <Row>(
    ids: readonly string[],
    row: (names: Names, id: string) => fc.Arbitrary<Row>,
  ): fc.Arbitrary<Row[]> => fc.tuple(...ids.map((id) => row(names, id)))
  const rows = record<RowsByKind>({
    organizations: all(names.organizations, arbitraryOrganization),
    users: all(names.users, arbitraryUser),
    teams: all(names.teams, arbitraryTeam),
    virtualAccounts: all(names.virtualAccounts, arbitraryVirtualAccount),
    credentials: all(names.credentials, arbitraryCredential),
    providerAccounts: all(names.providerAccounts, arbitraryProviderAccount),
    modelAliases: all(names.modelAliases, arbitraryModelAlias),
    accessGroups: all(names.accessGroups, arbitraryAccessGroup),
    restrictions: all(names.restrictions, arbitraryRestriction),
    plans: all(names.plans, arbitraryPlan),
    accessRequests: all(names.plans, arbitraryAccessRequest),
  })
  return record<StateParts>({
    rows,
    administrators: fewOf(agentsOf(names), 1),
    version: fc.integer({ min: latestVersion, max: 2 * latestVersion }),
  })
}

function stateOf({ rows, administrators, version }: StateParts): State {
  const whole = withoutDangling(rows)
  const start: State = { ...emptyState, administrators, version }
  return deepFreeze(kinds.reduce((state, kind) => putAll(state, kind, whole[kind]), start))
}

function putAll<K extends Kind>(state: State, kind: K, rows: readonly Rows[K][]): State {
  return rows.reduce((soFar, row) => putRow(soFar, kind, row), state)
}

/**
 * Removes everything from the rows that would break an invariant: models that no account serves, credential teams of
 * which the owner is not a member, invitations of members, and selectors of missing things. Keeps such selectors in the
 * scopes of revoked credentials.
 */
function withoutDangling(rows: RowsByKind): RowsByKind {
  const serves = (target: { readonly providerAccount: string; readonly model: string }): boolean => {
    const account = rows.providerAccounts.find(({ id }) => id === target.providerAccount)
    return account !== undefined && servesModel(account, target.model)
  }
  const withOwnTeam = ({ team, ...row }: Rows['credentials']): Rows['credentials'] => {
    const places = rows.users.find(({ id }) => id === row.owner.id)?.teams ?? []
    return team !== undefined && places.some((place) => place.team === team) ? { ...row, team } : row
  }
  const isKnown = (selector: Selector): boolean => {
    if (selector.type === 'model') return serves(selector)
    if (selector.type === 'pattern') return true
    if (selector.type === 'alias') return rows.modelAliases.some(({ id }) => id === selector.alias)
    return rows.providerAccounts.some(({ id }) => id === selector.providerAccount)
  }
  const withKnownScope = (row: Rows['credentials']): Rows['credentials'] =>
    row.scope.type === 'all' || row.revokedAt !== undefined
      ? row
      : { ...row, scope: { type: 'list', selectors: row.scope.selectors.filter(isKnown) } }
  const isOpen = (team: string, user: string): boolean =>
    !rows.users.some(({ id, teams }) => id === user && teams.some((place) => place.team === team))
  return {
    ...rows,
    teams: rows.teams.map((row) => ({
      ...row,
      invitations: row.invitations.filter(({ user }) => isOpen(row.id, user)),
    })),
    modelAliases: rows.modelAliases.map((row) => ({ ...row, targets: row.targets.filter(serves) })),
    accessRequests: rows.accessRequests.map((row) => fitted(row, rows)),
    restrictions: rows.restrictions.filter(({ selector }) => selector.type !== 'model' || serves(selector)),
    credentials: rows.credentials.map(withOwnTeam).map(withKnownScope),
    accessGroups: rows.accessGroups.map((row) => {
      const members = membersOf(row).filter((member) => member.type !== 'model' || serves(member))
      return { ...row, ...groupMembersOf(members) }
    }),
  }
}

/**
 * Returns an access request with the organization of its subject. A request for a membership that does not exist becomes
 * a request for the user.
 */
function fitted(row: Rows['accessRequests'], { users, teams, virtualAccounts }: RowsByKind): Rows['accessRequests'] {
  const { subject, requester } = row
  if (subject.type === 'virtualAccount') {
    const organization = virtualAccounts.find(({ id }) => id === subject.id)?.organization
    return organization === undefined ? row : { ...row, organization }
  }
  const team = subject.type === 'member' ? subject.team : undefined
  const isJoined = users.some(({ id, teams: joined }) => id === requester && joined.some((one) => one.team === team))
  const organization = isJoined ? teams.find(({ id }) => id === team)?.organization : undefined
  return organization === undefined ? { ...row, subject: { type: 'user', id: requester } } : { ...row, organization }
}

/** Returns every row of a kind, in table order. */
export function rowsIn<K extends Kind>(state: State, kind: K): readonly Rows[K][] {
  return [...rowsOf<Rows[Kind]>(state[kind])] as Rows[K][]
}
