import { findRow } from '../../model/table/table.ts'
import { type StatePair, statesOf } from './affected-names.ts'
import { byCodeUnits } from './affected-subjects.ts'
import {
  type AccessSubject,
  isSameChange,
  type ModelChange,
  type ModelKept,
  type SubjectChange,
} from './diff-change.ts'
import { SequenceMap } from './sequence-map.ts'

/** The models that one subject, or each subject of a group, gained, lost and kept, sorted by name. */
export interface Changes {
  readonly changes: readonly ModelChange[]
  readonly kept: readonly ModelKept[]
}

/**
 * A set of members of one team. The access of each member, on behalf of the team, changes in the same way. The
 * `witness` of each change is a request of the first member.
 */
export interface MemberDiff extends Changes {
  readonly users: readonly string[]
}

/** The changes of a team itself, and the changes of its members on behalf of the team. */
export interface TeamDiff extends Changes {
  readonly team: string
  readonly members: readonly MemberDiff[]
}

/** Users with the same changes on behalf of no team. The witnesses are requests of the first user. */
export interface UserDiff extends Changes {
  readonly users: readonly string[]
  /** The teams that the diff lists and that these users are in, in either state. */
  readonly teams: readonly string[]
}

/** The changes of a virtual account or of the bearer of a credential. */
export interface OneDiff extends Changes {
  readonly id: string
}

/** All changes, grouped by subject. */
export interface GroupedChanges {
  readonly teams: readonly TeamDiff[]
  readonly users: readonly UserDiff[]
  readonly virtualAccounts: readonly OneDiff[]
  readonly credentials: readonly OneDiff[]
}

/** Groups the changes of teams, users, virtual accounts and credentials. Expects the order of `eachChange`. */
export function groupChanges(changes: Iterable<SubjectChange>, pair: StatePair): GroupedChanges {
  const pool = new ChangePool()
  const teams = new Map<string, { own: Changes; members: Clusters }>()
  const users: { readonly id: string; readonly own: Changes }[] = []
  const virtualAccounts: OneDiff[] = []
  const credentials: OneDiff[] = []
  const teamOf = (id: string) => {
    const known = teams.get(id) ?? { own: noChanges, members: new Clusters(pool) }
    teams.set(id, known)
    return known
  }
  for (const { subject, own } of eachSubject(changes)) {
    const { id } = subject
    if (subject.type === 'user') {
      if (subject.team === undefined) users.push({ id, own })
      else teamOf(subject.team).members.add(id, own, [])
    } else if (subject.type === 'team') teamOf(id).own = own
    else (subject.type === 'credential' ? credentials : virtualAccounts).push({ id, ...own })
  }
  const clusters = new Clusters(pool)
  for (const { id, own } of users) {
    clusters.add(
      id,
      own,
      teamsOf(id, pair).filter((team) => teams.has(team)),
    )
  }
  const ids = [...teams.keys()].sort(byCodeUnits)
  return {
    teams: ids.map((team) => ({ team, ...teamOf(team).own, members: teamOf(team).members.list().map(withoutTeams) })),
    users: clusters.list(),
    virtualAccounts,
    credentials,
  }
}

const noChanges: Changes = Object.freeze({ changes: Object.freeze([]), kept: Object.freeze([]) })

const withoutTeams = ({ users, changes, kept }: UserDiff): MemberDiff => ({ users, changes, kept })

function teamsOf(user: string, pair: StatePair): readonly string[] {
  const teams = statesOf(pair).flatMap((state) => findRow(state.users, user)?.teams ?? [])
  return [...new Set(teams.map(({ team }) => team))].sort(byCodeUnits)
}

/** Yields each subject with its consecutive changes. */
function* eachSubject(changes: Iterable<SubjectChange>): IterableIterator<{ subject: AccessSubject; own: Changes }> {
  let last: { subject: AccessSubject; own: { changes: ModelChange[]; kept: ModelKept[] } } | undefined
  for (const { subject, change } of changes) {
    if (last === undefined || last.subject !== subject) {
      if (last !== undefined) yield last
      last = { subject, own: { changes: [], kept: [] } }
    }
    if (change.effect === 'kept') last.own.kept.push(change)
    else last.own.changes.push(change)
  }
  if (last !== undefined) yield last
}

type Change = ModelChange | ModelKept

/** Replaces equal changes by one object, so that users can be grouped by object identity. Witnesses are ignored. */
class ChangePool {
  readonly #byName = new Map<string, Change[]>()

  /** Returns the first change that is equal to the given change, or the given change itself if it is the first. */
  intern(change: Change): Change {
    const { model } = change
    const name = model.type === 'openAccount' ? model.providerAccount : model.name
    const known = this.#byName.get(name)
    if (known === undefined) {
      this.#byName.set(name, [change])
      return change
    }
    const same = known.find((one) => isSameChange(one, change))
    if (same === undefined) known.push(change)
    return same ?? change
  }
}

interface Cluster {
  readonly users: string[]
  readonly teams: readonly string[]
  readonly own: Changes
}

/** Collects clusters of users with the same changes and teams. The clusters are in the order of their first users. */
class Clusters {
  readonly #pool: ChangePool
  readonly #byChanges = new SequenceMap<Change | string, Cluster>()
  readonly #clusters: Cluster[] = []

  constructor(pool: ChangePool) {
    this.#pool = pool
  }

  add(user: string, own: Changes, teams: readonly string[]): void {
    const interned = [...own.changes, ...own.kept].map((change) => this.#pool.intern(change))
    const cluster = this.#byChanges.getOrMake([...interned, ...teams], () => {
      const made: Cluster = { users: [], teams, own }
      this.#clusters.push(made)
      return made
    })
    cluster.users.push(user)
  }

  list(): UserDiff[] {
    return this.#clusters.map(({ users, teams, own }) => ({ users, teams, ...own }))
  }
}
