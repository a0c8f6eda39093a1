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
  /** Lint reports an end (expiry or sunset) up to this instant: `endsWithinDays` after `at`. */
  readonly endingBefore: Instant
  readonly usage: UsageIndex | undefined
  /**
   * Cache of `isLive` by alias. Simulated fixes do not invalidate the cache: a fix only retires aliases that are not
   * live, and never changes a target, an account or a model.
   */
  readonly live: Map<string, boolean>
  readonly liveMembers: WeakMap<AccessGroup, ReadonlySet<string>>
  /** Cache of `liveNamesOf` for groups with model members. Simulated fixes do not invalidate the cache. */
  readonly liveNames: WeakMap<AccessGroup, ReadonlySet<string>>
  /** Cache of `isContained`: first key the inner group, second key the outer group. */
  readonly containment: WeakMap<AccessGroup, WeakMap<AccessGroup, boolean>>
  /** Cache of the first two assignees of each group. A simulated fix invalidates the cache. */
  readonly assignees: Map<string, readonly Assignee[]>
  /** Cache of up to two matches of each pattern (aliases and accounts). A simulated fix invalidates the cache. */
  readonly patternMatches: Map<string, readonly PatternMatch[]>
  /**
   * For each group, one assignee that is too recent to have used the group. After a simulated fix, lint checks this
   * assignee first, which saves a scan of all assignees.
   */
  readonly recentAssignees: Map<string, Assignee>
  /** Cache of the effective groups of each holder, by the holder's row. A simulated fix invalidates the cache. */
  readonly effectiveGroups: WeakMap<Pick<Holdings, 'accessGroups'>, readonly EffectiveGroup[]>
  /**
   * The keys of the findings before a simulated fix, which rules need not detect again. Absent in the original context.
   */
  readonly baseline?: Baseline
  /**
   * Sample names of the unlisted models of each account with `anyModel`. The key is the account and the patterns of the
   * groups.
   */
  readonly unlistedNames: Map<string, readonly string[]>
  /**
   * Maps each name in lower case (ASCII letters only) to the aliases with that name. Computed before any simulated fix.
   */
  readonly aliasesByFoldedName: () => ReadonlyMap<string, readonly string[]>
  /**
   * For each pattern of a restriction, the live aliases that the pattern matches. Computed before any simulated fix.
   */
  readonly aliasesMatched: Map<string, readonly ModelAlias[]>
  /**
   * For each pattern of a scope, the live aliases and listed models that the pattern passes. Computed before any
   * simulated fix.
   */
  readonly namesMatched: Map<string, readonly string[]>
  /**
   * The aliases before any simulated fix, by route (`account/model`). An alias has an entry under each of its routes.
   */
  readonly aliasesByRoute: () => ReadonlyMap<string, readonly string[]>
  /**
   * Cache of the breadth (how many principals have every alias) of each organization. A simulated fix invalidates the
   * cache.
   */
  readonly breadths: Map<string, Breadth>
  /** The provider accounts with `anyModel`. No fix changes these accounts. */
  readonly openAccounts: () => readonly ProviderAccount[]
  /** The restrictions that have a pattern as selector. Computed before any simulated fix. */
  readonly patternRestrictions: () => readonly Restriction[]
}

/**
 * The number of teams and virtual accounts in an organization: `total` counts all, `narrow` those without a group of
 * all aliases.
 */
export interface Breadth {
  readonly narrow: number
  readonly total: number
}

/**
 * A match of a pattern: an alias that the pattern selects by name, or an account with a model that the pattern selects.
 */
export interface PatternMatch {
  readonly type: 'alias' | 'providerAccount'
  readonly id: string
}

/** The keys of the findings before any simulated fix. */
export type Baseline = ReadonlySet<string>

/**
 * A group that gives a holder access, now or later. At least one window has not ended, and the entitlement admits the
 * group.
 */
export interface EffectiveGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** The plan that gives the holder the group. Absent if the group is assigned instead. */
  readonly plan?: string
  /** Where the group is inherited from. Absent if the holder has the group by its own assignment or plan. */
  readonly from?: 'organization' | 'team'
}

/** What has a group: a holder whose assignment has not ended, or a plan that includes the group. */
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

/** Returns the lint context for the state after simulated commands. Reuses the caches that remain valid. */
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

/** Whether the state before simulated fixes already had the finding. If so, an expensive rule can skip the check. */
export function isInBaseline(detection: Pick<Detection, 'code' | 'subject'>, { baseline }: LintContext): boolean {
  return baseline?.has(findingKey(detection)) === true
}

/** Whether an alias is retired at the context's instant, either by a command or because its sunset has passed. */
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

/** Returns the live aliases that a group holds: by name, by a pattern, or because the group holds all aliases. */
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
 * Whether `outer` holds every live alias, every pattern and every model member of `inner`. Compares patterns as
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

/** Returns the windows that have not ended at an instant. Returns the given list itself if no window has ended. */
export function unexpiredWindows(windows: Windows, at: Instant): Windows {
  return windows.every((window) => isUnexpired(window, at))
    ? windows
    : windows.filter((window) => isUnexpired(window, at))
}

/** Whether a window has not ended at an instant. */
function isUnexpired({ expiresAt }: Window, at: Instant): boolean {
  return expiresAt === undefined || expiresAt > at
}

/**
 * Whether each inner window, from `at` on, lies within a single outer window. Inner windows that have ended do not
 * count.
 */
export function areCovered(inner: Windows, outer: Windows, at: Instant): boolean {
  return unexpiredWindows(inner, at).every((window) => outer.some((one) => isCovered(window, one, at)))
}

/** Whether the part of `inner` from `at` on lies within `outer`. True if `inner` has ended. */
export function isCovered(inner: Window, outer: Window, at: Instant): boolean {
  const { expiresAt } = inner
  if (!isUnexpired(inner, at)) return true
  const startsAt = Math.max(inner.startsAt ?? 0, at)
  return covers(outer, expiresAt === undefined ? { startsAt } : { startsAt, expiresAt })
}
