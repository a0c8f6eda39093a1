import type { Restriction } from '../noun/restriction.ts'
import { relate, unrelate } from '../table/relation.ts'
import { changesBetween, drop, emptyTable, findRow, idsOf, put } from '../table/table.ts'
import type { MembershipReference, PrincipalType } from '../value/principal.ts'
import { emptyRestrictionSet, type RestrictionSet, withoutRestriction, withRestriction } from './restriction-set.ts'
import type { Kind, Rows } from './state.ts'
import type { Index, RelationName } from './state-index.ts'

/**
 * An index entry for one row: under the id `from`, the relation lists the row. For example, a user in team `a` has the
 * link from `a` in `teamMembers`. The link does not contain the row's own id.
 */
export interface Link {
  readonly relation: RelationName
  readonly from: string
}

type Linker<Row> = { readonly [Field in keyof Row]?: (row: Row) => readonly Link[] }

const credentialsOf: Record<PrincipalType, RelationName> = {
  user: 'userCredentials',
  team: 'teamCredentials',
  virtualAccount: 'virtualAccountCredentials',
}

/**
 * Returns the links that a credential has because of its scope: one for each alias or provider account that the scope
 * selects. A revoked credential has none, since its scope is never read again.
 */
function scopeLinks({ scope, revokedAt }: Rows['credentials']): readonly Link[] {
  if (scope.type === 'all' || revokedAt !== undefined) return []
  return scope.selectors.flatMap((selector): readonly Link[] => {
    if (selector.type === 'alias') return [{ relation: 'aliasCredentials', from: selector.alias }]
    if (selector.type === 'pattern') return []
    return [{ relation: 'providerAccountCredentials', from: selector.providerAccount }]
  })
}

/**
 * Returns the links that a pending access request has. An ended one is linked from its requester only, since its subject
 * and its access group may not exist.
 */
function requestLinks({ subject, wanted, organization, outcome }: Rows['accessRequests']): readonly Link[] {
  if (outcome !== undefined) return []
  const links: Link[] = [{ relation: 'pendingAccessRequests', from: organization ?? '' }]
  if (subject.type === 'member') links.push({ relation: 'teamAccessRequests', from: subject.team })
  if (subject.type === 'virtualAccount') links.push({ relation: 'virtualAccountAccessRequests', from: subject.id })
  if (wanted.type === 'accessGroup') links.push({ relation: 'accessGroupAccessRequests', from: wanted.id })
  return links
}

/**
 * For each kind and field, a function that returns the index links that a row has because of this field. When a field
 * changes, only the links of this field are updated.
 */
export const linkers: { readonly [K in Kind]: Linker<Rows[K]> } = {
  organizations: {
    admins: (row) =>
      row.admins.map((admin) => ({
        relation: admin.type === 'user' ? 'userOrganizations' : 'virtualAccountOrganizations',
        from: admin.id,
      })),
    entitlement: (row) =>
      row.entitlement.type === 'unlimited'
        ? []
        : row.entitlement.accessGroups.map((from) => ({ relation: 'accessGroupOrganizations', from })),
    accessGroups: (row) =>
      row.accessGroups.map((held) => ({ relation: 'accessGroupHolderOrganizations', from: held.accessGroup })),
  },
  users: {
    teams: (row) => linksOfMemberships(row.teams),
    accessGroups: (row) => row.accessGroups.map((held) => ({ relation: 'accessGroupUsers', from: held.accessGroup })),
    roleGrants: (row) =>
      row.roleGrants.map((held) => ({ relation: 'providerAccountUsers', from: held.providerAccount })),
  },
  teams: {
    organization: (row) => [{ relation: 'organizationTeams', from: row.organization }],
    plan: (row) => (row.plan === undefined ? [] : [{ relation: 'planTeams', from: row.plan }]),
    creditedPlans: (row) => row.creditedPlans.map((from) => ({ relation: 'planCreditedTeams', from })),
    accessGroups: (row) => row.accessGroups.map((held) => ({ relation: 'accessGroupTeams', from: held.accessGroup })),
    roleGrants: (row) =>
      row.roleGrants.map((held) => ({ relation: 'providerAccountTeams', from: held.providerAccount })),
    invitations: (row) => row.invitations.map(({ user }) => ({ relation: 'userInvitations', from: user })),
  },
  virtualAccounts: {
    organization: (row) => [{ relation: 'organizationVirtualAccounts', from: row.organization }],
    accessGroups: (row) =>
      row.accessGroups.map((held) => ({ relation: 'accessGroupVirtualAccounts', from: held.accessGroup })),
    roleGrants: (row) =>
      row.roleGrants.map((held) => ({ relation: 'providerAccountVirtualAccounts', from: held.providerAccount })),
  },
  credentials: {
    owner: (row) => [{ relation: credentialsOf[row.owner.type], from: row.owner.id }],
    team: (row) => (row.team === undefined ? [] : [{ relation: 'teamTokens', from: row.team }]),
    scope: scopeLinks,
    revokedAt: scopeLinks,
    issuedBy: ({ issuedBy }) =>
      issuedBy.type === 'system'
        ? []
        : [
            {
              relation: issuedBy.type === 'user' ? 'userIssuedCredentials' : 'virtualAccountIssuedCredentials',
              from: issuedBy.id,
            },
          ],
  },
  providerAccounts: {},
  modelAliases: {
    targets: (row) =>
      row.targets.map((target) => ({ relation: 'providerAccountAliases', from: target.providerAccount })),
    lifecycle: (row) =>
      row.lifecycle.type === 'active' || row.lifecycle.successor === undefined
        ? []
        : [{ relation: 'aliasPredecessors', from: row.lifecycle.successor }],
  },
  accessGroups: {
    models: (row) => [...idsOf(row.models)].map((from) => ({ relation: 'providerAccountAccessGroups', from })),
  },
  restrictions: {
    subject: ({ subject }) =>
      subject.type === 'member'
        ? [
            { relation: 'userMemberRestrictions', from: subject.user },
            { relation: 'teamMemberRestrictions', from: subject.team },
          ]
        : [],
    selector: ({ selector }) => {
      if (selector.type === 'alias') return [{ relation: 'aliasRestrictions', from: selector.alias }]
      if (selector.type === 'pattern') return []
      return [{ relation: 'providerAccountRestrictions', from: selector.providerAccount }]
    },
  },
  plans: {
    accessGroups: (row) => row.accessGroups.map((from) => ({ relation: 'accessGroupPlans', from })),
  },
  accessRequests: {
    requester: (row) => [{ relation: 'userAccessRequests', from: row.requester }],
    subject: requestLinks,
    organization: requestLinks,
    wanted: requestLinks,
    outcome: requestLinks,
  },
}

function linksOfMemberships(memberships: Rows['users']['teams']): readonly Link[] {
  const links: Link[] = []
  for (const { team, accessGroups } of memberships) {
    links.push({ relation: 'teamMembers', from: team })
    for (const held of accessGroups) links.push({ relation: 'accessGroupMembers', from: held.accessGroup })
  }
  return links
}

/**
 * Returns the index after one row was added (no `before`), replaced, or removed (no `after`). A field with the same
 * value before and after costs nothing.
 */
export function reindex<K extends Kind>(index: Index, kind: K, id: string, before?: Rows[K], after?: Rows[K]): Index {
  let next = relink(index, kind, id, before, after)
  if (kind === 'credentials') {
    next = redigest(next, before as Rows['credentials'] | undefined, after as Rows['credentials'] | undefined)
  }
  if (kind === 'accessGroups') {
    next = realias(next, id, before as Rows['accessGroups'] | undefined, after as Rows['accessGroups'] | undefined)
  }
  if (kind === 'restrictions') {
    if (before !== undefined) next = unrestrict(next, before as Restriction)
    if (after !== undefined) next = restrict(next, after as Restriction)
  }
  return next
}

/**
 * Updates the index for an access group whose aliases changed. Visits only added and removed aliases, since a group may
 * have ten thousand aliases.
 */
function realias(index: Index, id: string, before?: Rows['accessGroups'], after?: Rows['accessGroups']): Index {
  let aliasAccessGroups = index.aliasAccessGroups
  for (const [alias, , now] of changesBetween(before?.aliases ?? emptyTable(), after?.aliases ?? emptyTable())) {
    aliasAccessGroups = (now === undefined ? unrelate : relate)(aliasAccessGroups, alias, id)
  }
  return aliasAccessGroups === index.aliasAccessGroups ? index : { ...index, aliasAccessGroups }
}

function relink<K extends Kind>(index: Index, kind: K, id: string, before?: Rows[K], after?: Rows[K]): Index {
  let next: Index = index
  const linker = linkers[kind] as Linker<Rows[K]>
  for (const field of Object.keys(linker) as (keyof Rows[K])[]) {
    if (before?.[field] === after?.[field]) continue
    const linksOf = linker[field] as (row: Rows[K]) => readonly Link[]
    const [old, now] = linksBetween(field, linksOf, before, after)
    const isOld = memberOf(old)
    const isNow = memberOf(now)
    for (const { relation, from } of old) {
      if (!isNow(relation, from)) next = { ...next, [relation]: unrelate(next[relation], from, id) }
    }
    for (const { relation, from } of now) {
      if (!isOld(relation, from)) next = { ...next, [relation]: relate(next[relation], from, id) }
    }
  }
  return next
}

/** The relations to which one list of a row may have the same link twice. */
const repeating: ReadonlySet<RelationName> = new Set([
  'accessGroupMembers',
  'providerAccountUsers',
  'providerAccountTeams',
  'providerAccountVirtualAccounts',
  'providerAccountAliases',
])

/**
 * Returns the links of a field before and after a change. For a long list, leaves out the links of the entries at its
 * beginning and at its end that stay, so that adding or removing one entry makes few links.
 */
function linksBetween<Row extends object>(
  field: keyof Row,
  linksOf: (row: Row) => readonly Link[],
  before: Row | undefined,
  after: Row | undefined,
): readonly [old: readonly Link[], now: readonly Link[]] {
  const old: unknown = before?.[field]
  const now: unknown = after?.[field]
  if (before !== undefined && after !== undefined && isLong(old) && isLong(now)) {
    const [start, end] = sharedEnds(old, now)
    const part = (row: Row, list: readonly unknown[]): readonly Link[] =>
      linksOf({ ...row, [field]: list.slice(start, list.length - end) })
    const links = [part(before, old), part(after, now)] as const
    if (!links[0].some(({ relation }) => repeating.has(relation))) return links
  }
  return [before === undefined ? [] : linksOf(before), after === undefined ? [] : linksOf(after)]
}

const isLong = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length >= 16

/** Returns how many entries two lists share at their beginning, and then at their end. */
function sharedEnds(old: readonly unknown[], now: readonly unknown[]): readonly [start: number, end: number] {
  const shorter = Math.min(old.length, now.length)
  let [start, end] = [0, 0]
  while (start < shorter && old[start] === now[start]) start += 1
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1
  return [start, end]
}

/**
 * Makes a function that tells whether a list contains a link. A list of at least 16 links is hashed, a shorter list is
 * scanned.
 */
function memberOf(links: readonly Link[]): (relation: RelationName, from: string) => boolean {
  if (links.length < 16)
    return (relation, from) => links.some((link) => link.from === from && link.relation === relation)
  const sets = new Map<RelationName, Set<string>>()
  for (const { relation, from } of links) {
    const set = sets.get(relation)
    if (set === undefined) sets.set(relation, new Set([from]))
    else set.add(from)
  }
  return (relation, from) => sets.get(relation)?.has(from) === true
}

/** Every digest of a credential: the current digest, then the digests that rotations replaced. */
export function digestsOf(credential: Rows['credentials']): readonly string[] {
  return [credential.digest, ...credential.previous.map((previous) => previous.digest)]
}

function redigest(index: Index, before?: Rows['credentials'], after?: Rows['credentials']): Index {
  let digests = index.digests
  if (before !== undefined) for (const digest of digestsOf(before)) digests = drop(digests, digest)
  if (after !== undefined) for (const digest of digestsOf(after)) digests = put(digests, digest, after.id)
  return digests === index.digests ? index : { ...index, digests }
}

function restrict(index: Index, added: Restriction): Index {
  const { subject } = added
  if (subject.type === 'everyone') {
    return { ...index, restrictionsOnEveryone: withRestriction(index.restrictionsOnEveryone, added) }
  }
  if (subject.type === 'member') {
    const edit = (set: RestrictionSet | undefined) => withRestriction(set ?? emptyRestrictionSet, added)
    return { ...index, restrictionsOnMembers: withMemberSet(index.restrictionsOnMembers, subject, edit) }
  }
  const old = index.restrictionsOn[subject.type]
  const set = withRestriction(findRow(old, subject.id) ?? emptyRestrictionSet, added)
  return { ...index, restrictionsOn: { ...index.restrictionsOn, [subject.type]: put(old, subject.id, set) } }
}

function unrestrict(index: Index, removed: Restriction): Index {
  const { subject } = removed
  if (subject.type === 'everyone') {
    return { ...index, restrictionsOnEveryone: withoutRestriction(index.restrictionsOnEveryone, removed) }
  }
  if (subject.type === 'member') {
    const edit = (set: RestrictionSet | undefined) => withoutRestriction(set ?? emptyRestrictionSet, removed)
    return { ...index, restrictionsOnMembers: withMemberSet(index.restrictionsOnMembers, subject, edit) }
  }
  const old = index.restrictionsOn[subject.type]
  const set = withoutRestriction(findRow(old, subject.id) ?? emptyRestrictionSet, removed)
  const table = set.size === 0 ? drop(old, subject.id) : put(old, subject.id, set)
  return { ...index, restrictionsOn: { ...index.restrictionsOn, [subject.type]: table } }
}

/**
 * Applies an edit to the restriction set of one membership and returns the new table. Leaves out empty sets and tables.
 */
function withMemberSet(
  table: Index['restrictionsOnMembers'],
  { team, user }: MembershipReference,
  edit: (set: RestrictionSet | undefined) => RestrictionSet,
): Index['restrictionsOnMembers'] {
  const ofTeam = findRow(table, team) ?? emptyTable<RestrictionSet>()
  const set = edit(findRow(ofTeam, user))
  const edited = set.size === 0 ? drop(ofTeam, user) : put(ofTeam, user, set)
  return edited.size === 0 ? drop(table, team) : put(table, team, edited)
}
