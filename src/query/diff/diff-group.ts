import { findRow } from '../../model/table/table.ts'
import { type StatePair, statesOf } from './affected-names.ts'
import { byCodeUnits } from './affected-subjects.ts'
import { isSameChange, type ModelChange, type ModelKept, type AccessSubject, type SubjectChange } from './diff-change.ts'

/** What one or several who are alike gained, lost and kept, in the order of names. */
export interface Changes {
  readonly changes: readonly ModelChange[]
  readonly kept: readonly ModelKept[]
}

/** Members of a team to whom the same happens when they name the team. The witnesses are those of the first of them. */
export interface MemberDiff extends Changes {
  readonly users: readonly string[]
}

/** What happens to a team by its key, and to its members when they name it. */
export interface TeamDiff extends Changes {
  readonly team: string
  readonly members: readonly MemberDiff[]
}

/** Users to whom the same happens when they name no team. The witnesses are those of the first of them. */
export interface UserDiff extends Changes {
  readonly users: readonly string[]
  /** Those of the teams listed that they are in, in either state. */
  readonly teams: readonly string[]
}

/** What happens to a virtual account or to the bearer of a credential. */
export interface OneDiff extends Changes {
  readonly id: string
}

/** Everything that happened, by whom it happened to. */
export interface GroupedChanges {
  readonly teams: readonly TeamDiff[]
  readonly users: readonly UserDiff[]
  readonly virtualAccounts: readonly OneDiff[]
  readonly credentials: readonly OneDiff[]
}

/** Puts changes together that a person reads together; they come in the order in which `eachChange` gives them. */
export function groupChanges(changes: Iterable<SubjectChange>, pair: StatePair): GroupedChanges {
  const alike = new ChangePool()
  const teams = new Map<string, { own: Changes; members: Clusters }>()
  const users: { readonly id: string; readonly own: Changes }[] = []
  const virtualAccounts: OneDiff[] = []
  const credentials: OneDiff[] = []
  const teamOf = (id: string) => {
    const known = teams.get(id) ?? { own: nothing, members: new Clusters(alike) }
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
  const clusters = new Clusters(alike)
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

const nothing: Changes = Object.freeze({ changes: Object.freeze([]), kept: Object.freeze([]) })

const withoutTeams = ({ users, changes, kept }: UserDiff): MemberDiff => ({ users, changes, kept })

function teamsOf(user: string, pair: StatePair): readonly string[] {
  const teams = statesOf(pair).flatMap((state) => findRow(state.users, user)?.teams ?? [])
  return [...new Set(teams.map(({ team }) => team))].sort(byCodeUnits)
}

/** The changes of one subject after the other. */
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

/** One change for all that are alike but for their witness. */
class ChangePool {
  readonly #byName = new Map<string, Change[]>()

  find(change: Change): Change {
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

interface Branch {
  readonly branches: Map<Change | string, Branch>
  cluster: { users: string[]; teams: readonly string[]; own: Changes } | undefined
}

/** Users by what happened to them: those to whom the same did are one cluster, in the order of its first user. */
class Clusters {
  readonly #alike: ChangePool
  readonly #root: Branch = { branches: new Map(), cluster: undefined }
  readonly #clusters: NonNullable<Branch['cluster']>[] = []

  constructor(alike: ChangePool) {
    this.#alike = alike
  }

  add(user: string, own: Changes, teams: readonly string[]): void {
    let branch = this.#root
    for (const step of [...own.changes, ...own.kept].map((change) => this.#alike.find(change))) {
      branch = branchOf(branch, step)
    }
    for (const team of teams) branch = branchOf(branch, team)
    if (branch.cluster === undefined) {
      branch.cluster = { users: [], teams, own }
      this.#clusters.push(branch.cluster)
    }
    branch.cluster.users.push(user)
  }

  list(): UserDiff[] {
    return this.#clusters.map(({ users, teams, own }) => ({ users, teams, ...own }))
  }
}

function branchOf({ branches }: Branch, step: Change | string): Branch {
  const known = branches.get(step)
  if (known !== undefined) return known
  const made: Branch = { branches: new Map(), cluster: undefined }
  branches.set(step, made)
  return made
}
