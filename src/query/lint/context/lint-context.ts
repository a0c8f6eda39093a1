import { type AccessGroup, holdsAlias } from '../../../model/noun/access-group.ts'
import { areModelsContained } from '../../../model/noun/group-models.ts'
import type { Holdings } from '../../../model/noun/holding.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import type { Restriction } from '../../../model/noun/restriction.ts'
import type { State } from '../../../model/state/state.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { findRow, idsOf, rowsOf } from '../../../model/table/table.ts'
import type { Instant } from '../../../model/value/instant.ts'
import { foldAscii } from '../../../model/value/pattern.ts'
import type { Holder } from '../../../model/value/principal.ts'
import { covers, type Window, type Windows } from '../../../model/value/window.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { isRetired } from '../../../policy/route/resolve.ts'
import { routeNameOf } from '../../../policy/route/selection.ts'
import { cached } from '../../cached.ts'
import { lazy } from '../../lazy.ts'
import { aliasesOf } from '../../name.ts'
import { type Detection, findingKey } from '../finding.ts'
import type { UsageIndex } from './usage-index.ts'

/** The input of every rule: a state, an instant, the indexed usage log, and caches of intermediate results. */
export interface LintContext {
  readonly state: State
  readonly at: Instant
  /** The last instant at which an end counts as soon: `endsWithinDays` after `at`. */
  readonly endingBefore: Instant
  readonly usage: UsageIndex | undefined
  /**
   * Cache of `isLive` by alias. Also valid for the states after simulated fixes: an alias that a fix retires was not
   * live before, and no fix changes a target, an account or a model.
   */
  readonly live: Map<string, boolean>
  readonly liveMembers: WeakMap<AccessGroup, ReadonlySet<string>>
  /** The live names to which each group with model members leads. Valid also for the states after simulated fixes. */
  readonly liveNames: WeakMap<AccessGroup, ReadonlySet<string>>
  /** Cache of `isContained`, by inner group and then by outer group. */
  readonly containment: WeakMap<AccessGroup, WeakMap<AccessGroup, boolean>>
  /** Cache of up to two assignees of each group. Valid for this state only. */
  readonly assignees: Map<string, readonly Assignee[]>
  /** Up to two aliases and accounts on which each pattern selects something. Valid for this state only. */
  readonly patternMatches: Map<string, readonly PatternMatch[]>
  /**
   * For each group, an assignee that is too recent to have used the group. Found in any state and checked first in
   * other states, which saves a scan of all assignees.
   */
  readonly recentAssignees: Map<string, Assignee>
  /** Cache of the effective groups of each holder, by the holder's row. Valid for this state only. */
  readonly effectiveGroups: WeakMap<Pick<Holdings, 'accessGroups'>, readonly EffectiveGroup[]>
  /**
   * The keys of the findings of the original state, which rules need not detect again. Present only for a state after a
   * simulated fix.
   */
  readonly baseline?: Baseline
  /** For each account with `anyModel` and list of patterns of groups, names that stand for the account's unlisted models. */
  readonly unlistedNames: Map<string, readonly string[]>
  /** The aliases of the original state by name, with ASCII letters in lower case. */
  readonly aliasesByFoldedName: () => ReadonlyMap<string, readonly string[]>
  /** The live aliases of the original state that each pattern of a restriction matches. */
  readonly aliasesMatched: Map<string, readonly ModelAlias[]>
  /** The live aliases and the listed models of the original state that each pattern of a scope passes. */
  readonly namesMatched: Map<string, readonly string[]>
  /** The aliases of the original state by each of their routes, as `account/model`. */
  readonly aliasesByRoute: () => ReadonlyMap<string, readonly string[]>
  /** For each organization, how many of its principals have every alias. Valid for this state only. */
  readonly breadths: Map<string, Breadth>
  /** The provider accounts of the original state with `anyModel`. No fix changes one. */
  readonly openAccounts: () => readonly ProviderAccount[]
  /** The restrictions of the original state that select by pattern. */
  readonly patternRestrictions: () => readonly Restriction[]
}

/** How many teams and virtual accounts an organization has, and how many of them lack a group of all aliases. */
export interface Breadth {
  readonly narrow: number
  readonly total: number
}

/** An alias that a pattern selects by its name, or a provider account with a model that it selects. */
export interface PatternMatch {
  readonly type: 'alias' | 'providerAccount'
  readonly id: string
}

/** The keys of the findings of the original state. */
export type Baseline = ReadonlySet<string>

/**
 * A group that gives a holder something now or later: a window has not ended, and the entitlement admits the group.
 */
export interface EffectiveGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** The plan that includes the group; absent when the group is not by a plan. */
  readonly plan?: string
  /** The holder from which a principal or a membership has the group, if not by its own assignment or plan. */
  readonly from?: 'organization' | 'team'
}

/** A holder with an assignment of a group that has not ended, or a plan that includes the group. */
export type Assignee = Holder | { readonly type: 'plan'; readonly id: string }

/** Returns a lint context with empty caches. */
export function lintContextOf(
  state: State,
  at: Instant,
  { usage, endingBefore }: Pick<LintContext, 'usage' | 'endingBefore'>,
): LintContext {
  return {
    state,
    at,
    endingBefore,
    usage,
    live: new Map(),
    liveMembers: new WeakMap(),
    liveNames: new WeakMap(),
    containment: new WeakMap(),
    assignees: new Map(),
    patternMatches: new Map(),
    recentAssignees: new Map(),
    effectiveGroups: new WeakMap(),
    unlistedNames: new Map(),
    aliasesMatched: new Map(),
    namesMatched: new Map(),
    aliasesByRoute: lazy(() => groupByRoute(rowsOf(state.modelAliases))),
    breadths: new Map(),
    aliasesByFoldedName: lazy(() => groupByFoldedName(idsOf(state.modelAliases))),
    openAccounts: lazy(() => [...rowsOf(state.providerAccounts)].filter(({ anyModel }) => anyModel)),
    patternRestrictions: lazy(() => [...rowsOf(state.restrictions)].filter(isByPattern)),
  }
}

function groupByFoldedName(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) cached(groups, foldAscii(name), (): string[] => []).push(name)
  return groups
}

function groupByRoute(aliases: Iterable<ModelAlias>): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { id, targets } of aliases) {
    for (const target of targets) cached(groups, routeNameOf(target), (): string[] => []).push(id)
  }
  return groups
}

const isByPattern = ({ selector }: Restriction): boolean => selector.type === 'pattern'

/** Returns the lint context of the state after simulated commands. Caches that remain valid are reused. */
export function lintContextAfter(context: LintContext, state: State, baseline: Baseline): LintContext {
  return {
    ...context,
    state,
    baseline,
    assignees: new Map(),
    patternMatches: new Map(),
    effectiveGroups: new WeakMap(),
    breadths: new Map(),
  }
}

/** Whether the original state had the same finding. If so, an expensive rule can skip the finding. */
export function isInBaseline(detection: Pick<Detection, 'code' | 'subject'>, { baseline }: LintContext): boolean {
  return baseline?.has(findingKey(detection)) === true
}

/** Whether an alias is retired at the context's instant, by command or by its sunset. */
export function isAliasRetired(alias: ModelAlias, { at }: LintContext): boolean {
  return isRetired(alias, evaluationTimeOf(at))
}

/** Whether an alias is live: not retired, and at least one target is available. */
export function isLive(alias: ModelAlias, context: LintContext): boolean {
  return cached(context.live, alias.id, () => {
    return !isAliasRetired(alias, context) && alias.targets.some((target) => isAvailable(target, context.state))
  })
}

/** Whether a name is the name of a live alias. */
export function isLiveName(name: string, context: LintContext): boolean {
  const alias = findRow(context.state.modelAliases, name)
  return alias !== undefined && isLive(alias, context)
}

/** The live aliases that a group holds, by name, by pattern or as all aliases. */
export function liveMembersOf(group: AccessGroup, context: LintContext): ReadonlySet<string> {
  return cached(context.liveMembers, group, () => {
    if (group.allAliases) return everyLiveAlias(context)
    return new Set([...aliasesOf(group, context.state)].filter((name) => isLiveName(name, context)))
  })
}

function everyLiveAlias(context: LintContext): Set<string> {
  const live = new Set<string>()
  for (const alias of rowsOf(context.state.modelAliases)) if (isLive(alias, context)) live.add(alias.id)
  return live
}

/**
 * Whether the outer group holds every live alias, every pattern and every model member of the inner group. Patterns are compared as
 * strings, so that the result also holds for aliases created later.
 */
export function isContained(inner: AccessGroup, outer: AccessGroup, context: LintContext): boolean {
  if (inner === outer) return true
  if (!areModelsContained(inner.models, outer.models)) return false
  if (outer.allAliases) return true
  if (inner.allAliases || inner.patterns.some((pattern) => !outer.patterns.includes(pattern))) return false
  const byOuter = cached(context.containment, inner, () => new WeakMap<AccessGroup, boolean>())
  return cached(byOuter, outer, () => holdsEvery(outer, liveMembersOf(inner, context)))
}

function holdsEvery(group: AccessGroup, aliases: ReadonlySet<string>): boolean {
  for (const alias of aliases) if (!holdsAlias(group, alias, hashOf(alias))) return false
  return true
}

/** The windows that have not ended at an instant. Returns the same list if no window has ended. */
export function unexpiredWindows(windows: Windows, at: Instant): Windows {
  return windows.every((window) => isUnexpired(window, at))
    ? windows
    : windows.filter((window) => isUnexpired(window, at))
}

/** Whether a window has not ended at an instant. */
function isUnexpired({ expiresAt }: Window, at: Instant): boolean {
  return expiresAt === undefined || expiresAt > at
}

/** Whether each inner window lies within one of the outer windows, from `at` on. */
export function areCovered(inner: Windows, outer: Windows, at: Instant): boolean {
  return unexpiredWindows(inner, at).every((window) => outer.some((one) => isCovered(window, one, at)))
}

/** Whether the inner window lies within the outer window, from `at` on. */
export function isCovered(inner: Window, outer: Window, at: Instant): boolean {
  const { expiresAt } = inner
  if (!isUnexpired(inner, at)) return true
  const startsAt = Math.max(inner.startsAt ?? 0, at)
  return covers(outer, expiresAt === undefined ? { startsAt } : { startsAt, expiresAt })
}
