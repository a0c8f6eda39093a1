import { type Membership, membershipIn, type User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import type { NameSet, StatePair } from './affected-names.ts'
import type { AccessSubject } from './diff-change.ts'
import { SequenceMap } from './sequence-map.ts'

/**
 * Shares one result among users that have the same access. The access of a user without own groups, roles and
 * restrictions, and without those of a membership, depends only on the user's teams: on the named team, or else on all
 * teams and which team is the default. So of the users with the same teams in both states, only the first user is
 * compared.
 */
export class EquivalentUsers<Result> {
  readonly #pair: StatePair
  readonly #results = new SequenceMap<KeyPart, Result>()

  constructor(pair: StatePair) {
    this.#pair = pair
  }

  /**
   * Returns the result of an equivalent user who was compared for the same names. Computes the result if none exists.
   */
  resultFor(subject: AccessSubject, parts: ReadonlySet<NameSet>, judge: () => Result): Result {
    const key = keyOf(subject, this.#pair)
    return key === undefined ? judge() : this.#results.getOrMake([...parts, ...key], judge)
  }
}

/** One element of the key that equivalent users share. Booleans separate the lists of ids. */
type KeyPart = NameSet | string | boolean | undefined

/**
 * Returns the key that equivalent users share. `undefined` unless the subject is a user whose access depends only on
 * the user's teams.
 */
function keyOf(subject: AccessSubject, { before, after }: StatePair): readonly KeyPart[] | undefined {
  if (subject.type !== 'user') return undefined
  const { id, team } = subject
  const [old, now] = [findRow(before.users, id), findRow(after.users, id)]
  if (old === undefined || now === undefined || !isBare(old, before) || !isBare(now, after)) return undefined
  const isActive = [old.status === 'active', now.status === 'active']
  if (team !== undefined) return [...isActive, team, isIn(team, old), isIn(team, now)]
  return [...isActive, ...teamsOf(old), true, ...teamsOf(now)]
}

/** Whether a user has no group, role or restriction, neither its own nor by a membership. */
function isBare({ id, accessGroups, roleGrants, teams }: User, { index }: State): boolean {
  return (
    accessGroups.length === 0 &&
    roleGrants.length === 0 &&
    !groupsOfMemberships(teams).some &&
    !hasRow(index.restrictionsOn.user, id) &&
    !hasRow(index.userMemberRestrictions, id)
  )
}

/** Whether some membership of a list has access groups. Cached, since a user is compared once for each team. */
const groupsOfMemberships = /* @__PURE__ */ cacheByIdentity((teams: readonly Membership[]) => {
  return { some: teams.some((membership) => membership.accessGroups.length > 0) }
})

const isIn = (team: string, { teams }: User): boolean => membershipIn(teams, team) !== undefined

const teamsOf = ({ defaultTeam, teams, metered }: User): readonly KeyPart[] => [
  defaultTeam,
  metered,
  ...teams.map(({ team }) => team),
]
