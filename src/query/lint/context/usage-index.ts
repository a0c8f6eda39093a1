import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal, PrincipalType } from '../../../model/value/principal.ts'
import { cached } from '../../cached.ts'
import type { Usage } from './usage.ts'

const day = 86_400_000
const defaultUnusedDays = 90
const defaultRefusals = 3

/** Maps each principal, by type and id, to a set of strings. */
type StringsByPrincipal = Readonly<Record<PrincipalType, Map<string, Set<string>>>>

/** A usage log, indexed by principal. Omits entries older than the cutoff. */
export interface UsageIndex {
  /**
   * The instant `unusedDays` before the lint. An assignment or role from before the cutoff is unused if no later call
   * used the access.
   */
  readonly cutoff: number
  readonly unusedDays: number
  /** Whether the log begins at or before the cutoff. If not, nothing counts as unused. */
  readonly coversCutoff: boolean
  /** Whether the log covers the management of provider accounts since the cutoff. */
  readonly coversManagement: boolean
  /**
   * The model names that each principal requested. A user's call that names no team counts for every team of the user.
   */
  readonly requested: StringsByPrincipal
  /** The model names that any principal requested. */
  readonly requestedByAny: ReadonlySet<string>
  /** The provider accounts that each agent managed. */
  readonly managed: StringsByPrincipal
  /**
   * The models that principals were denied for lack of a grant. Includes only models with enough denials to report.
   */
  readonly refusals: readonly Refusal[]
}

/** A principal and a model, with the number of calls that were denied for lack of a grant. */
export interface Refusal {
  readonly principal: Principal
  readonly model: string
  readonly count: number
}

/** Indexes a usage log. Costs one pass over its entries. */
export function indexUsage(usage: Usage, state: State, at: number): UsageIndex {
  const unusedDays = usage.unusedDays ?? defaultUnusedDays
  const cutoff = at - unusedDays * day
  const requested = emptyIndex<Set<string>>()
  const managed = emptyIndex<Set<string>>()
  const requestedByAny = new Set<string>()
  for (const { who, team, model, at: last } of usage.entries) {
    if (last < cutoff) continue
    requestedByAny.add(model)
    add(requested, who, model)
    for (const id of teamsOfCall(who, team, state)) add(requested, { type: 'team', id }, model)
  }
  for (const { who, providerAccount, at: last } of usage.manages ?? []) {
    if (last >= cutoff) add(managed, who, providerAccount)
  }
  const coversCutoff = usage.since <= cutoff
  const coversManagement = coversCutoff && usage.manages !== undefined
  const refusals = refusalsIn(usage, cutoff)
  return { cutoff, unusedDays, coversCutoff, coversManagement, requested, requestedByAny, managed, refusals }
}

/** Returns the teams for which a call counts: the named team, or else all teams of the user. */
function teamsOfCall(who: Principal, team: string | undefined, state: State): readonly string[] {
  if (team !== undefined) return [team]
  const memberships = who.type === 'user' ? findRow(state.users, who.id)?.teams : undefined
  return memberships?.map((membership) => membership.team) ?? []
}

function emptyIndex<Value>(): Readonly<Record<PrincipalType, Map<string, Value>>> {
  return { user: new Map(), team: new Map(), virtualAccount: new Map() }
}

function add(strings: StringsByPrincipal, { type, id }: Principal, string: string): void {
  cached(strings[type], id, () => new Set<string>()).add(string)
}

/**
 * Returns the refusals (calls denied for lack of a grant) since the cutoff. The refused principal is the team that the
 * call named, or else the caller.
 */
function refusalsIn({ entries, refusals = defaultRefusals }: Usage, cutoff: number): readonly Refusal[] {
  const counts = emptyIndex<Map<string, number>>()
  for (const { who, team, model, at, effect, reason, count = 1 } of entries) {
    if (at < cutoff || effect !== 'deny' || reason !== 'model_not_granted') continue
    const { type, id } = team === undefined ? who : ({ type: 'team', id: team } as const)
    const models = cached(counts[type], id, () => new Map<string, number>())
    models.set(model, (models.get(model) ?? 0) + count)
  }
  const found: Refusal[] = []
  for (const type of ['user', 'team', 'virtualAccount'] as const) {
    for (const [id, models] of counts[type]) {
      for (const [model, count] of models) if (count >= refusals) found.push({ principal: { type, id }, model, count })
    }
  }
  return found
}

const none: ReadonlySet<string> = new Set()

/**
 * Returns the model names that a principal requested. For a team, includes calls of its members that named no team.
 */
export function namesRequestedBy({ type, id }: Principal, { requested }: UsageIndex): ReadonlySet<string> {
  return requested[type].get(id) ?? none
}

/** Formats the period without use, as in "in the last 90 days". */
export function periodOf({ unusedDays }: UsageIndex): string {
  return unusedDays === 1 ? 'in the last day' : `in the last ${unusedDays} days`
}
