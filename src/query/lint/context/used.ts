import { type AccessGroup, holdsAlias } from '../../../model/noun/access-group.ts'
import type { Assignment, RoleGrant } from '../../../model/noun/holding.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { State } from '../../../model/state/state.ts'
import { hashOf } from '../../../model/table/hash.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow } from '../../../model/table/table.ts'
import type { Principal, PrincipalType } from '../../../model/value/principal.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { isLiveName, type LintContext, liveMembersOf, windowsAhead } from './lint-context.ts'
import { principalOf, type Subject } from './principal-row.ts'
import type { Usage } from './usage.ts'
import type { Refusal, Texts, Used } from './use.ts'

const day = 86_400_000
const defaultUnusedDays = 90
const defaultRefusals = 3

/** A usage log as lint looks it up. */
export function usedOf(usage: Usage, state: State, at: number): Used {
  const cutoff = at - (usage.unusedDays ?? defaultUnusedDays) * day
  const asked: Texts = { user: new Map(), team: new Map(), virtualAccount: new Map() }
  const managed: Texts = { user: new Map(), team: new Map(), virtualAccount: new Map() }
  const askedByAnybody = new Set<string>()
  for (const { who, team, model, at: last } of usage.entries) {
    if (last < cutoff) continue
    askedByAnybody.add(model)
    add(asked, who, model)
    if (team !== undefined) add(asked, { type: 'team', id: team }, model)
    else if (who.type === 'user') {
      for (const place of findRow(state.users, who.id)?.teams ?? []) add(asked, { type: 'team', id: place.team }, model)
    }
  }
  for (const { who, providerAccount, at: last } of usage.manages ?? []) {
    if (last >= cutoff) add(managed, who, providerAccount)
  }
  const reaches = usage.since <= cutoff
  const reachesPowers = reaches && usage.manages !== undefined
  return { cutoff, reaches, reachesPowers, asked, askedByAnybody, managed, refused: refusalsIn(usage, cutoff) }
}

function add(texts: Texts, { type, id }: Principal, text: string): void {
  const known = texts[type].get(id)
  if (known === undefined) texts[type].set(id, new Set([text]))
  else known.add(text)
}

/** Refusals by whoever lacked the grant: the team that the call named, else whoever asked. */
function refusalsIn({ entries, refusals = defaultRefusals }: Usage, cutoff: number): readonly Refusal[] {
  const counts: Readonly<Record<PrincipalType, Map<string, Map<string, number>>>> = {
    user: new Map(),
    team: new Map(),
    virtualAccount: new Map(),
  }
  for (const { who, team, model, at, effect, reason, count = 1 } of entries) {
    if (at < cutoff || effect !== 'deny' || reason !== 'model_not_granted') continue
    const { type, id } = team === undefined ? who : ({ type: 'team', id: team } as const)
    const models = counts[type].get(id) ?? new Map<string, number>()
    counts[type].set(id, models.set(model, (models.get(model) ?? 0) + count))
  }
  const found: Refusal[] = []
  for (const type of ['user', 'team', 'virtualAccount'] as const) {
    for (const [id, models] of counts[type]) {
      for (const [model, count] of models) if (count >= refusals) found.push({ principal: { type, id }, model, count })
    }
  }
  return found
}

const nothing: ReadonlySet<string> = new Set()

/** The names that a principal asked for, or that were asked for in a call that it may have carried. */
function askedBy({ type, id }: Principal, { asked }: Used): ReadonlySet<string> {
  return asked[type].get(id) ?? nothing
}

/** Whether a principal is older than what is called unused. */
function isOld({ row }: Subject, { cutoff }: Used): boolean {
  return row.createdAt <= cutoff
}

/** Whether what is held in windows goes on now, and has done for longer than is asked about. */
function isOldHolding({ windows }: Pick<Assignment, 'windows'>, { cutoff }: Used, at: number): boolean {
  const ahead = windowsAhead(windows, at)
  return ahead.length > 0 && ahead.every(({ startsAt }) => startsAt === undefined || startsAt <= cutoff)
}

/** Whether no call of a principal asked for a live alias of a group that it has held for long enough. */
export function isAssignmentUnused(subject: Subject, held: Assignment, scene: LintContext): boolean {
  const { used, state, at } = scene
  if (used?.reaches !== true || !isOld(subject, used) || !isOldHolding(held, used, at)) return false
  const group = getRow(state.accessGroups, held.accessGroup)
  if (group.createdAt > used.cutoff || liveMembersOf(group, scene).size === 0) return false
  for (const name of askedBy(principalOf(subject), used)) {
    if (holdsAlias(group, name, hashOf(name)) && isLiveName(name, scene)) return false
  }
  return true
}

/** Whether somebody has come to hold a group too lately to have used it. */
export function isLately(subject: Subject, held: Pick<Assignment, 'windows'>, { used, at }: LintContext): boolean {
  return used === undefined || !isOld(subject, used) || !isOldHolding(held, used, at)
}

/** Whether nobody at all asked for a live alias of a group that is old enough. */
export function isGroupUnasked(group: AccessGroup, scene: LintContext): boolean {
  const { used } = scene
  if (used?.reaches !== true || group.createdAt > used.cutoff) return false
  const live = liveMembersOf(group, scene)
  if (live.size === 0) return false
  for (const name of live) if (used.askedByAnybody.has(name)) return false
  return true
}

/** Whether no call of a principal asked for anything on an account on which it has had a role for long enough. */
export function isRoleUnused(subject: Subject, grants: readonly RoleGrant[], scene: LintContext): boolean {
  const { used, state, at } = scene
  const [first] = grants
  if (used?.reaches !== true || first === undefined || !isOld(subject, used)) return false
  const account = getRow(state.providerAccounts, first.providerAccount)
  if (account.createdAt > used.cutoff || !grants.every((grant) => isOldHolding(grant, used, at))) return false
  for (const name of askedBy(principalOf(subject), used)) if (leadsTo(account.id, name, scene)) return false
  return true
}

/** Whether a name leads to an account: a concrete model of it, or a live alias with a target there. */
function leadsTo(account: string, name: string, scene: LintContext): boolean {
  const resolved = resolve(name, scene.state)
  if (isDenied(resolved) || (resolved.alias !== undefined && !isLiveName(name, scene))) return false
  return resolved.targets.some(({ providerAccount }) => providerAccount === account)
}

/** Whether nobody acted as manager of an account by a principal's role for as long as is asked about. */
export function isPowerUnused(subject: Subject, grant: RoleGrant, { used, state, at }: LintContext): boolean {
  if (used?.reachesPowers !== true || !isOld(subject, used) || !isOldHolding(grant, used, at)) return false
  const { providerAccount } = grant
  if (getRow(state.providerAccounts, providerAccount).createdAt > used.cutoff) return false
  const { type, row } = subject
  if (type !== 'team') return used.managed[type].get(row.id)?.has(providerAccount) !== true
  for (const user of related(state.index.teamMembers, row.id)) {
    if (used.managed.user.get(user)?.has(providerAccount) === true) return false
  }
  return true
}

/** Whether nobody at all asked for an alias that is old enough. */
export function isNameUnasked({ id, createdAt }: ModelAlias, { used }: LintContext): boolean {
  return used?.reaches === true && createdAt <= used.cutoff && !used.askedByAnybody.has(id)
}
