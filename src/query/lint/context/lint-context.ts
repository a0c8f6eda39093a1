import { type AccessGroup, holdsAlias } from '../../../model/noun/access-group.ts'
import type { Holdings } from '../../../model/noun/holding.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { Restriction } from '../../../model/noun/restriction.ts'
import type { State } from '../../../model/state/state.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow, rowsOf } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { covers, type Window, type Windows } from '../../../model/value/window.ts'
import { isAvailable } from '../../../policy/availability.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import { aliasesOf } from '../../name.ts'
import { type Draft, textOf } from '../finding.ts'
import type { Used } from './use.ts'

/** What lint looks at: a state at an instant, what was used, and what has been worked out already. */
export interface LintContext {
  readonly state: State
  readonly at: Instant
  readonly used: Used | undefined
  /**
   * Whether an alias is live. Good for every state that fixes lead to: an alias that a fix retires was not live before,
   * and no fix touches a target, an account or a model.
   */
  readonly live: Map<string, boolean>
  readonly liveMembers: WeakMap<AccessGroup, ReadonlySet<string>>
  readonly contained: WeakMap<AccessGroup, WeakMap<AccessGroup, boolean>>
  /** Up to two holders of each group, in this state alone. */
  readonly holders: Map<string, readonly Holder[]>
  /** Up to two aliases that each pattern matches, in this state alone. */
  readonly matches: Map<string, readonly string[]>
  /** A holder of each group that had no time to use it, in one of the states: it is asked about first in the others. */
  readonly lately: Map<string, Holder>
  /** The groups that each principal has to some effect, by its row, in this state alone. */
  readonly effective: WeakMap<Holdings, readonly Effective[]>
  /** The findings that need not be looked for again, by their texts: those of the state before commands. */
  readonly known?: ReadonlySet<string>
  /** The name that stands for the models of each open account. */
  readonly unnamed: Map<string, string>
  /** The restrictions that select by pattern, in the first state. */
  readonly patterns: () => readonly Restriction[]
}

/** A group that a principal has to some effect: in windows that are not over, and let through by the ceiling above it. */
export interface Effective {
  readonly group: AccessGroup
  readonly windows: Windows
  readonly plan?: string
}

/** Who holds a group now or later. A plan brings it to whoever will be on it. */
export interface Holder {
  readonly type: 'user' | 'team' | 'virtualAccount' | 'plan'
  readonly id: string
}

/** A scene in which nothing has been worked out. */
export function lintContextOf(state: State, at: Instant, used: Used | undefined): LintContext {
  return {
    state,
    at,
    used,
    live: new Map(),
    liveMembers: new WeakMap(),
    contained: new WeakMap(),
    holders: new Map(),
    matches: new Map(),
    lately: new Map(),
    effective: new WeakMap(),
    unnamed: new Map(),
    patterns: once(() => [...rowsOf(state.restrictions)].filter(({ selector }) => selector.type === 'aliasPattern')),
  }
}

function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined
  return () => {
    found ??= { value: find() }
    return found.value
  }
}

/** The same scene after commands, in which only what is not known is looked for where that is dear. */
export function lintContextAfter(scene: LintContext, state: State, known: ReadonlySet<string>): LintContext {
  return { ...scene, state, known, holders: new Map(), matches: new Map(), effective: new WeakMap() }
}

/** Whether a finding need not be looked for, since it was there before commands. */
export function isKnown(draft: Pick<Draft, 'code' | 'subject'>, { known }: LintContext): boolean {
  return known?.has(textOf(draft)) === true
}

/** Whether an alias is retired at the scene's instant, by command or by its sunset. */
export function isOver(alias: ModelAlias, { at }: LintContext): boolean {
  return isRetired(alias, evaluationTimeOf(at))
}

/** The one meaning of a live alias: not retired, and with a target that can serve now. */
export function isLive(alias: ModelAlias, scene: LintContext): boolean {
  const known = scene.live.get(alias.id)
  if (known !== undefined) return known
  const found = !isOver(alias, scene) && alias.targets.some((target) => isAvailable(target, scene.state))
  scene.live.set(alias.id, found)
  return found
}

/** Whether this is the name of a live alias. */
export function isLiveName(name: string, scene: LintContext): boolean {
  const alias = findRow(scene.state.modelAliases, name)
  return alias !== undefined && isLive(alias, scene)
}

/** The live aliases that a group holds, by name or by pattern. */
export function liveMembersOf(group: AccessGroup, scene: LintContext): ReadonlySet<string> {
  const known = scene.liveMembers.get(group)
  if (known !== undefined) return known
  const found = group.allAliases ? everyLiveAlias(scene) : new Set<string>()
  if (!group.allAliases) for (const name of aliasesOf(group, scene.state)) if (isLiveName(name, scene)) found.add(name)
  scene.liveMembers.set(group, found)
  return found
}

function everyLiveAlias(scene: LintContext): Set<string> {
  const found = new Set<string>()
  for (const alias of rowsOf(scene.state.modelAliases)) if (isLive(alias, scene)) found.add(alias.id)
  return found
}

/**
 * Whether whatever one group gives, another gives too: every live alias, and every pattern by its very text, so that
 * aliases which are still to be made are meant by both.
 */
export function isContained(inner: AccessGroup, outer: AccessGroup, scene: LintContext): boolean {
  if (inner === outer || outer.allAliases) return true
  if (inner.allAliases || inner.patterns.some((pattern) => !outer.patterns.includes(pattern))) return false
  let known = scene.contained.get(inner)
  if (known === undefined) {
    known = new WeakMap()
    scene.contained.set(inner, known)
  }
  let found = known.get(outer)
  if (found === undefined) {
    found = isEveryHeld(liveMembersOf(inner, scene), outer)
    known.set(outer, found)
  }
  return found
}

function isEveryHeld(aliases: ReadonlySet<string>, group: AccessGroup): boolean {
  for (const alias of aliases) if (!holdsAlias(group, alias, hashOf(alias))) return false
  return true
}

/** What of some windows is still to come or goes on; none when all of them are over. */
export function windowsAhead(windows: Windows, at: Instant): Windows {
  return windows.every(({ expiresAt }) => expiresAt === undefined || expiresAt > at)
    ? windows
    : windows.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > at)
}

/** Whether some windows hold at every instant from now on at which others do. */
export function areCovered(inner: Windows, outer: Windows, at: Instant): boolean {
  return windowsAhead(inner, at).every((window) => outer.some((one) => isCovered(window, one, at)))
}

/** Whether a window holds at every instant from now on at which another does. */
export function isCovered(inner: Window, outer: Window, at: Instant): boolean {
  const { expiresAt } = inner
  if (expiresAt !== undefined && expiresAt <= at) return true
  const startsAt = Math.max(inner.startsAt ?? 0, at)
  return covers(outer, expiresAt === undefined ? { startsAt } : { startsAt, expiresAt })
}
