import type { User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, hasRow } from '../../model/table/table.ts'
import type { NameSet, StatePair } from './affected-names.ts'
import type { AccessSubject } from './diff-change.ts'

/**
 * Answers that are good for several users. Of a user that holds nothing itself, and on whom nothing is restricted, access
 * depends on its teams alone: with one named on that one, with none named on all and on which is the default. So of those
 * that are in the same teams in both states one is judged, and the others have its answers.
 */
export class EquivalentUsers<Answer> {
  readonly #pair: StatePair
  readonly #root: Branch<Answer> = { branches: new Map() }

  constructor(pair: StatePair) {
    this.#pair = pair
  }

  /** The answer for a subject and these names: that of one alike, or a new one. */
  answer(subject: AccessSubject, parts: ReadonlySet<NameSet>, judge: () => Answer): Answer {
    const likeness = likenessOf(subject, this.#pair)
    if (likeness === undefined) return judge()
    let branch = this.#root
    for (const step of [...parts, ...likeness]) branch = branchOf(branch, step)
    branch.answer ??= { is: judge() }
    return branch.answer.is
  }
}

/** One step of what users have in common; ids and other steps are kept apart by marks. */
type Step = NameSet | string | boolean | undefined

interface Branch<Answer> {
  readonly branches: Map<Step, Branch<Answer>>
  answer?: { readonly is: Answer }
}

function branchOf<Answer>({ branches }: Branch<Answer>, step: Step): Branch<Answer> {
  const known = branches.get(step)
  if (known !== undefined) return known
  const made: Branch<Answer> = { branches: new Map() }
  branches.set(step, made)
  return made
}

/** What a user's access rests on in both states; nothing when that is more than its teams. */
function likenessOf(subject: AccessSubject, { before, after }: StatePair): readonly Step[] | undefined {
  if (subject.type !== 'user') return undefined
  const { id, team } = subject
  const [old, now] = [findRow(before.users, id), findRow(after.users, id)]
  if (old === undefined || now === undefined || !isBare(old, before) || !isBare(now, after)) return undefined
  const isActive = [old.status === 'active', now.status === 'active']
  if (team !== undefined) return [...isActive, team, isIn(team, old), isIn(team, now)]
  return [...isActive, ...teamsOf(old), true, ...teamsOf(now)]
}

/** Whether a user has nothing of its own, neither access nor a restriction. */
function isBare({ id, accessGroups, roleGrants }: User, { index }: State): boolean {
  return accessGroups.length === 0 && roleGrants.length === 0 && !hasRow(index.restrictionsOn.user, id)
}

const isIn = (team: string, { teams }: User): boolean => teams.some((place) => place.team === team)

const teamsOf = ({ defaultTeam, teams, metered }: User): readonly Step[] => [
  defaultTeam,
  metered,
  ...teams.map(({ team }) => team),
]
