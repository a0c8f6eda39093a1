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

/**
 * The models that one subject gained, lost and kept, sorted by name. For a group of subjects: each subject's models.
 */
export interface Changes {
  readonly changes: readonly ModelChange[]
  readonly kept: readonly ModelKept[]
}

/**
 * Members of one team whose access on behalf of the team changes in the same way. Each change's `witness` is a request
 * of the first member.
 */
export interface MemberDiff extends Changes {
  readonly users: readonly string[]
}

/** The changes of a team itself, and the changes of its members on behalf of the team. */
export interface TeamDiff extends Changes {
  readonly team: string
  readonly members: readonly MemberDiff[]
}

/**
 * Users whose access without a team changes in the same way. Each change's `witness` is a request of the first user.
 */
export interface UserDiff extends Changes {
  readonly users: readonly string[]
  /** The teams of these users, in either state, that the diff also lists. */
  readonly teams: readonly string[]
}

/** The changes of a virtual account or of the bearer of a credential. */
export interface OneDiff extends Changes {
  readonly id: string
}

/** The changes of a diff, grouped by subject. */
export interface GroupedChanges {
  readonly teams: readonly TeamDiff[]
  readonly users: readonly UserDiff[]
  readonly virtualAccounts: readonly OneDiff[]
  readonly credentials: readonly OneDiff[]
}

/** Groups changes by team, user, virtual account and credential. The changes must be in the order of `eachChange`. */
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

/** Yields each subject once, with all of its changes. Consecutive changes belong to one subject. */
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

/**
 * Interns changes: equal changes become the same object, so that users can be grouped by object identity. Ignores
 * witnesses.
 */
class ChangePool {
  readonly #byName = new Map<string, Change[]>()

  /**
   * Returns the earliest interned change that equals the given change. If none is equal, interns and returns the given
   * change.
   */
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

/** Collects clusters: users with the same changes and teams. A cluster's position is that of its first user. */
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
