import { apply } from '../../../change/apply.ts'
import type { Command } from '../../../change/message/command.ts'
import type { AccessGroup } from '../../../model/noun/access-group.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { type LintContext, lintContextAfter } from '../context/lint-context.ts'
import { findSubject } from '../context/principal-row.ts'
import type { Draft } from '../finding.ts'
import { textOf } from '../finding.ts'
import { findInGroup } from '../rule/group-rule.ts'
import { findInPrincipal } from '../rule/principal-rule.ts'
import { findInWallet } from '../rule/wallet-rule.ts'

/** The most commands of a fix: what takes more is for people to plan. */
const fixLimit = 1000

const rounds = 8

/** Findings by what tells them apart. */
export type Known = ReadonlySet<string>

/** All these findings, as what they are known by. */
export function knownOf(drafts: readonly Draft[]): Known {
  return new Set(drafts.map(textOf))
}

/**
 * The draft with a fix that leaves nothing behind: the commands are tried, and what is found then of whatever they touch
 * and was not known before is mended by further commands. Without a fix where something of that is for people to decide.
 */
export function completeFix(draft: Draft, known: Known, scene: LintContext): Draft {
  if (draft.isTried !== true || draft.fix === undefined) return draft
  const settled = settledFix(draft.fix, known, scene, takes(draft))
  if (typeof settled !== 'string') return { ...draft, fix: settled }
  const { fix: _, message, ...rest } = draft
  return { ...rest, message: `${message}, but first decide about what that leaves: ${settled}` }
}

const taking: ReadonlySet<string> = new Set(['assignment_unused', 'role_unused', 'access_group_unused'])

/** Whether a finding is that something in effect is unused: mending another one must not take that along unsaid. */
const takes = ({ code }: Draft): boolean => taking.has(code)

/** The commands, with those that mend what they leave; or what of that is to be decided. */
function settledFix(
  first: readonly Command[],
  known: Known,
  scene: LintContext,
  mayTake: boolean,
): readonly Command[] | string {
  const touched = new Touched()
  const commands: Command[] = []
  let next: readonly Command[] = first
  let { state } = scene
  for (let round = 0; round < rounds; round += 1) {
    for (const command of next) {
      const before = state
      const applied = apply(command, state)
      if (!applied.ok || applied.events.length === 0) continue
      state = applied.state
      commands.push(command)
      touched.note(command, before)
    }
    if (commands.length > fixLimit) return tooMuch
    const fresh = touched.findFresh(known, lintContextAfter(scene, state, known))
    if (fresh.length === 0) return commands
    const open = fresh.find((one) => one.fix === undefined || (takes(one) && !mayTake))
    if (open !== undefined) return open.message
    next = fresh.flatMap(({ fix }) => fix ?? [])
  }
  return tooMuch
}

const tooMuch = `more than ${fixLimit} commands would have to follow`

/** The principals and groups whose findings may change by commands. */
class Touched {
  readonly #principals = { user: new Set<string>(), team: new Set<string>(), virtualAccount: new Set<string>() }
  readonly #wallets = new Set<string>()
  readonly #groups = new Set<string>()

  note(command: Command, state: State): void {
    if ('principal' in command) this.#add(command.principal, state)
    if (command.type === 'SuspendTeam') this.#add({ type: 'team', id: command.team }, state)
    if (command.type === 'SuspendVirtualAccount')
      this.#add({ type: 'virtualAccount', id: command.virtualAccount }, state)
    if (command.type === 'UpdateUser') this.#add({ type: 'user', id: command.user }, state)
    if (!('accessGroup' in command)) return
    this.#groups.add(command.accessGroup)
    if ('principal' in command) return
    for (const principal of everyHolder(command.accessGroup, state)) this.#add(principal, state)
  }

  /** What a user holds counts for its teams too: a team's wallet is spent by its members' calls. */
  #add({ type, id }: Principal, state: State): void {
    this.#principals[type].add(id)
    if (type === 'user') for (const { team } of findRow(state.users, id)?.teams ?? []) this.#wallets.add(team)
  }

  /** What is found in them and is not known. */
  findFresh(known: Known, scene: LintContext): readonly Draft[] {
    const fresh: Draft[] = []
    const collect = (now: Iterable<Draft>): void => {
      for (const draft of now) if (!known.has(textOf(draft))) fresh.push(draft)
    }
    for (const type of ['user', 'team', 'virtualAccount'] as const) {
      for (const id of this.#principals[type]) collect(inPrincipal({ type, id }, scene))
    }
    for (const id of this.#wallets) if (!this.#principals.team.has(id)) collect(inWallet(id, scene))
    for (const id of this.#groups) collect(inGroup(id, scene))
    return fresh
  }
}

function* inPrincipal(principal: Principal, scene: LintContext): IterableIterator<Draft> {
  const subject = findSubject(principal, scene.state)
  if (subject !== undefined) yield* findInPrincipal(subject, scene)
}

function* inWallet(team: string, scene: LintContext): IterableIterator<Draft> {
  const row = findRow(scene.state.teams, team)
  if (row !== undefined) yield* findInWallet({ type: 'team', row }, scene)
}

function* inGroup(id: string, scene: LintContext): IterableIterator<Draft> {
  const group: AccessGroup | undefined = findRow(scene.state.accessGroups, id)
  if (group !== undefined) yield* findInGroup(group, scene)
}

function* everyHolder(accessGroup: string, { index }: State): IterableIterator<Principal> {
  for (const id of related(index.accessGroupUsers, accessGroup)) yield { type: 'user', id }
  for (const id of related(index.accessGroupTeams, accessGroup)) yield { type: 'team', id }
  for (const id of related(index.accessGroupVirtualAccounts, accessGroup)) yield { type: 'virtualAccount', id }
  for (const plan of related(index.accessGroupPlans, accessGroup)) {
    for (const id of related(index.planTeams, plan)) yield { type: 'team', id }
  }
}
