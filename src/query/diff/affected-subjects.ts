import { related } from '../../model/table/relation.ts'
import { findRow } from '../../model/table/table.ts'
import { cached } from '../cached.ts'
import { type NameFinder, type NameSet, type StatePair, statesOf } from './affected-names.ts'
import type { AccessSubject } from './diff-change.ts'

type Parts = Set<NameSet>

/**
 * Collects the subjects whose access may differ between two states, each with the names to compare. May collect too
 * many. A change of a team also affects its members, whether a call names the team or no team. A restriction on a user
 * also affects the user's calls on behalf of each team.
 */
export class AffectedSubjects {
  readonly #pair: StatePair
  readonly finder: NameFinder
  readonly #teams = new Map<string, Parts>()
  readonly #virtualAccounts = new Map<string, Parts>()
  readonly #users = new Map<string, Parts>()
  /** The names to compare for calls that a user makes on behalf of a team. First key: user; second key: team. */
  readonly #members = new Map<string, Map<string, Parts>>()
  readonly #credentials = new Set<string>()

  constructor(pair: StatePair, finder: NameFinder) {
    this.#pair = pair
    this.finder = finder
  }

  addTeam(id: string, parts: readonly NameSet[]): void {
    if (parts.length === 0) return
    addParts(partsOf(this.#teams, id), parts)
    for (const user of this.#membersOf(id)) this.addMember(user, id, parts)
  }

  /**
   * Adds a team and its members, with all names that they may use on the team's behalf. Also adds each user whose
   * default team is this team, with all names that the user may use.
   */
  addWholeTeam(id: string): void {
    this.addTeam(id, this.finder.ofPrincipal('team', id))
    for (const user of this.#membersOf(id)) {
      this.addMember(user, id, this.finder.ofMembership(user, id))
      if (this.#hasDefaultTeam(user, id)) this.addWholeUserAlone(user)
    }
  }

  addVirtualAccount(id: string, parts: readonly NameSet[]): void {
    if (parts.length > 0) addParts(partsOf(this.#virtualAccounts, id), parts)
  }

  addWholeVirtualAccount(id: string): void {
    this.addVirtualAccount(id, this.finder.ofPrincipal('virtualAccount', id))
  }

  addUser(id: string, parts: readonly NameSet[]): void {
    if (parts.length === 0) return
    this.addUserAlone(id, parts)
    for (const team of this.teamsOf(id)) addParts(this.#memberParts(id, team), parts)
  }

  /** Adds a user, for calls that name no team. */
  addUserAlone(id: string, parts: readonly NameSet[]): void {
    if (parts.length > 0) addParts(partsOf(this.#users, id), parts)
  }

  /**
   * Adds a user, for calls that name no team. Compares all names that the user may use: its own, and those of its teams
   * and default team.
   */
  addWholeUserAlone(id: string): void {
    this.addUserAlone(id, this.finder.ofPrincipal('user', id))
    const defaults = statesOf(this.#pair).map(({ users }) => findRow(users, id)?.defaultTeam)
    for (const team of new Set([...this.teamsOf(id), ...defaults.filter((team) => team !== undefined)])) {
      this.addUserAlone(id, this.inTeam(id, team))
    }
  }

  /**
   * Adds a member of a team, for calls that name the team and calls that name no team. Compares all names that the user
   * may use on behalf of the team.
   */
  addWholeMember(user: string, team: string): void {
    this.addMember(user, team, this.inTeam(user, team))
  }

  /** Adds a user, for calls that name any team or no team. Compares all names that the user may use. */
  addWholeUser(id: string): void {
    this.addUserAlone(id, this.finder.ofPrincipal('user', id))
    for (const team of this.teamsOf(id)) this.addWholeMember(id, team)
  }

  /**
   * Returns the names that a user may use on behalf of a team, by groups and roles of the team and of the membership.
   */
  inTeam(user: string, team: string): readonly NameSet[] {
    return [...this.finder.ofPrincipal('team', team), ...this.finder.ofMembership(user, team)]
  }

  /** Adds a credential, comparing every name that the bearer may use. */
  addCredential(id: string): void {
    this.#credentials.add(id)
  }

  /** Returns the teams that a user is in before or after the change. */
  teamsOf(user: string): ReadonlySet<string> {
    const teams = new Set<string>()
    for (const state of statesOf(this.#pair)) {
      for (const { team } of findRow(state.users, user)?.teams ?? []) teams.add(team)
    }
    return teams
  }

  /**
   * Yields every subject once: teams, virtual accounts, users, then credentials, each type sorted by id. A user is
   * yielded first for calls that name no team, then for each team.
   */
  *all(): IterableIterator<AffectedSubject> {
    for (const id of sorted(this.#teams)) yield this.#affected({ type: 'team', id }, this.#teams.get(id))
    for (const id of sorted(this.#virtualAccounts)) {
      yield this.#affected({ type: 'virtualAccount', id }, this.#virtualAccounts.get(id))
    }
    for (const id of [...new Set([...this.#users.keys(), ...this.#members.keys()])].sort(byCodeUnits)) {
      const alone = this.#users.get(id)
      if (alone !== undefined) yield this.#affected({ type: 'user', id }, alone)
      const members = this.#members.get(id)
      if (members === undefined) continue
      for (const team of sorted(members)) yield this.#affected({ type: 'user', id, team }, members.get(team))
    }
    for (const id of [...this.#credentials].sort(byCodeUnits)) yield { subject: { type: 'credential', id } }
  }

  #affected(subject: AccessSubject, parts: Parts | undefined): AffectedSubject {
    return { subject, parts: parts ?? new Set() }
  }

  /** Adds a member of a team, for calls that name the team and for calls that name no team. */
  addMember(user: string, team: string, parts: readonly NameSet[]): void {
    if (parts.length === 0) return
    this.addUserAlone(user, parts)
    addParts(this.#memberParts(user, team), parts)
  }

  /** Whether a team is the default team of a user in either state. */
  #hasDefaultTeam(user: string, team: string): boolean {
    return statesOf(this.#pair).some(({ users }) => findRow(users, user)?.defaultTeam === team)
  }

  #memberParts(user: string, team: string): Parts {
    return partsOf(
      cached(this.#members, user, () => new Map<string, Parts>()),
      team,
    )
  }

  /** Returns the members that a team has before or after the change. */
  #membersOf(team: string): Iterable<string> {
    const [before, after] = [this.#pair.before.index.teamMembers, this.#pair.after.index.teamMembers]
    if (findRow(before, team) === findRow(after, team)) return related(after, team)
    return new Set([...related(before, team), ...related(after, team)])
  }
}

/**
 * A subject whose access may differ, with the names to compare in `parts`. For a credential, `parts` is absent: every
 * name that the bearer may use is compared.
 */
export interface AffectedSubject {
  readonly subject: AccessSubject
  readonly parts?: ReadonlySet<NameSet>
}

/** Compares two ids by UTF-16 code units, the order of every sorted list of ids. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const sorted = (map: ReadonlyMap<string, unknown>): string[] => [...map.keys()].sort(byCodeUnits)

const partsOf = (map: Map<string, Parts>, id: string): Parts => cached(map, id, () => new Set())

function addParts(parts: Parts, added: readonly NameSet[]): void {
  for (const part of added) parts.add(part)
}
