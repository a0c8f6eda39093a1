import { apply } from '../../change/apply.ts'
import type { Command } from '../../change/command.ts'
import type { AccessGroup } from '../../model/access-group.ts'
import type { Principal } from '../../model/principal.ts'
import { related } from '../../model/relation.ts'
import type { State } from '../../model/state.ts'
import { find } from '../../model/table.ts'
import type { Draft } from './finding.ts'
import { keyOf } from './finding.ts'
import { findInGroup } from './group-rule.ts'
import { findSubject } from './principal-row.ts'
import { findInPrincipal } from './principal-rule.ts'
import { type Scene, sceneAfter } from './scene.ts'

/** The most commands of a fix: what takes more is for people to plan. */
export const fixLimit = 1000

const rounds = 8

/**
 * The draft with a fix that leaves nothing behind: the commands are tried, and what they would newly give rise to in
 * whatever they touch is mended by further commands. Without a fix where something of that is for people to decide.
 */
export function settle(draft: Draft, scene: Scene): Draft {
  if (draft.isTried !== true || draft.fix === undefined) return draft
  const settled = settledFix(draft.fix, scene)
  if (typeof settled !== 'string') return { ...draft, fix: settled }
  const { fix: _, message, ...rest } = draft
  return { ...rest, message: `${message}, but first decide about what that leaves: ${settled}` }
}

/** The commands, with those that mend what they leave; or what of that is to be decided. */
function settledFix(first: readonly Command[], scene: Scene): readonly Command[] | string {
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
    const fresh = touched.findFresh(scene, sceneAfter(scene, state))
    if (fresh.length === 0) return commands
    const open = fresh.find(({ fix }) => fix === undefined)
    if (open !== undefined) return open.message
    next = fresh.flatMap(({ fix }) => fix ?? [])
  }
  return tooMuch
}

const tooMuch = `more than ${fixLimit} commands would have to follow`

/** The principals and groups whose findings may change by commands. */
class Touched {
  readonly #principals = { user: new Set<string>(), team: new Set<string>(), virtualAccount: new Set<string>() }
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
    if (type === 'user') for (const { team } of find(state.users, id)?.teams ?? []) this.#principals.team.add(team)
  }

  /** What is found after and was not found before. */
  findFresh(before: Scene, after: Scene): readonly Draft[] {
    const fresh: Draft[] = []
    const compare = (old: Iterable<Draft>, now: readonly Draft[]): void => {
      if (now.length === 0) return
      const known = new Set([...old].map((draft) => JSON.stringify(keyOf(draft))))
      for (const draft of now) if (!known.has(JSON.stringify(keyOf(draft)))) fresh.push(draft)
    }
    for (const type of ['user', 'team', 'virtualAccount'] as const) {
      for (const id of this.#principals[type]) {
        compare(inPrincipal({ type, id }, before), [...inPrincipal({ type, id }, after)])
      }
    }
    for (const id of this.#groups) compare(inGroup(id, before), [...inGroup(id, after)])
    return fresh
  }
}

function* inPrincipal(principal: Principal, scene: Scene): IterableIterator<Draft> {
  const subject = findSubject(principal, scene.state)
  if (subject !== undefined) yield* findInPrincipal(subject, scene)
}

function* inGroup(id: string, scene: Scene): IterableIterator<Draft> {
  const group: AccessGroup | undefined = find(scene.state.accessGroups, id)
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
