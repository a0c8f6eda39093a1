import { isSame } from '../../../change/rule/row.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import type { ProviderAccount } from '../../../model/noun/provider-account.ts'
import type { Restriction } from '../../../model/noun/restriction.ts'
import { type RestrictionSet, restrictionsLike } from '../../../model/state/restriction-set.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, getRow, idsOf, rowsOf } from '../../../model/table/table.ts'
import { foldAscii, matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Selector } from '../../../model/value/selector.ts'
import { isAnyCase } from '../../../policy/route/selection.ts'
import { cached } from '../../cached.ts'
import { positionsAfter } from '../../name-matcher.ts'
import { systemCommand } from '../context/fix-command.ts'
import { isAliasRetired, isCovered, type LintContext, type PatternMatch } from '../context/lint-context.ts'
import type { Detection, FindingCode } from '../finding.ts'

/**
 * Detects a restriction without effect on decisions: ended, without selected models, or covered by another restriction.
 */
export function* findInRestriction(restriction: Restriction, context: LintContext): IterableIterator<Detection> {
  const name = `restriction ${quote(restriction.id)}`
  const found = (code: FindingCode, message: string): Detection => ({
    code,
    subject: { type: 'restriction', id: restriction.id },
    message,
    fix: [systemCommand(context, { type: 'DeleteRestriction', restriction: restriction.id })],
  })
  if (isEnded(restriction, context)) yield found('restriction_ended', `${name} has ended, delete it`)
  else if (!isSelecting(restriction, context)) {
    yield found('restriction_idle', `${name} selects no existing model, delete it or correct its selector`)
  } else {
    const other = findCoveringRestriction(restriction, context)
    if (other === undefined) return
    const message = `restriction ${quote(other.id)} denies everything that ${name} denies, for at least as long, delete ${quote(restriction.id)}`
    yield found('restriction_redundant', message)
  }
}

/** Whether a restriction's window has ended. */
export function isEnded({ window: { expiresAt } }: Restriction, { at }: LintContext): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

/**
 * Whether a restriction selects any name that a call can request: an alias that is not retired, or a model. Suspended
 * targets count, because the restriction must be in force when a target is activated again.
 */
function isSelecting({ selector }: Restriction, context: LintContext): boolean {
  const { state } = context
  switch (selector.type) {
    case 'alias':
      return (
        !isAliasRetired(getRow(state.modelAliases, selector.alias), context) ||
        isSelectingByCase(selector.alias, context)
      )
    case 'pattern':
      return matchesOf(selector.pattern, context).length > 0
    case 'model':
      return true
    case 'providerAccount': {
      const key = foldAscii(selector.providerAccount)
      const { models } = getRow(state.providerAccounts, selector.providerAccount)
      return models.size > 0 || context.openAccounts().some(({ id }) => foldAscii(id) === key)
    }
  }
}

/**
 * Whether an alias name, compared without case, also denies something else: a route of another alias, or a concrete
 * model.
 */
function isSelectingByCase(alias: string, context: LintContext): boolean {
  const key = foldAscii(alias)
  const others = context.aliasesByFoldedName().get(key) ?? []
  return (
    context.openAccounts().some(({ id }) => key.startsWith(`${foldAscii(id)}/`)) ||
    others.some((id) => id !== alias && isSelectedBy(alias, getRow(context.state.modelAliases, id), context))
  )
}

/** Returns the alias if a selector selects only one alias, and no model. Retired aliases do not count. */
export function findOnlyAlias(selector: Selector, context: LintContext): string | undefined {
  if (selector.type === 'alias') return isSelectingByCase(selector.alias, context) ? undefined : selector.alias
  if (selector.type !== 'pattern') return undefined
  const [only, ...others] = matchesOf(selector.pattern, context)
  return others.length === 0 && only?.type === 'alias' ? only.id : undefined
}

/**
 * Returns the first two matches of a pattern: aliases or accounts on which the pattern selects something requestable.
 */
function matchesOf(pattern: string, context: LintContext): readonly PatternMatch[] {
  return cached(context.patternMatches, pattern, () => {
    const matches: PatternMatch[] = []
    for (const account of rowsOf(context.state.providerAccounts)) {
      if (selectsOnAccount(pattern, account)) matches.push({ type: 'providerAccount', id: account.id })
      if (matches.length === 2) return matches
    }
    for (const alias of rowsOf(context.state.modelAliases)) {
      if (!isSelectedBy(pattern, alias, context)) continue
      matches.push({ type: 'alias', id: alias.id })
      if (matches.length === 2) return matches
    }
    return matches
  })
}

/**
 * Whether a pattern (or name) selects an alias that is not retired. If only the case differs, the alias must have a
 * route that is compared without case.
 */
function isSelectedBy(pattern: string, alias: ModelAlias, context: LintContext): boolean {
  if (isAliasRetired(alias, context)) return false
  if (matchesPattern(pattern, alias.id)) return true
  const { state } = context
  return (
    matchesPattern(foldAscii(pattern), foldAscii(alias.id)) && alias.targets.some((target) => isAnyCase(target, state))
  )
}

/** Whether a pattern matches a listed model of an account, or may match an unlisted model that the account serves. */
export function selectsOnAccount(pattern: string, { id, anyModel, models }: ProviderAccount): boolean {
  const matcher = { type: 'pattern', text: anyModel ? foldAscii(pattern) : pattern, isAnyCase: anyModel } as const
  if (positionsAfter(matcher, `${id}/`).length === 0) return false
  if (anyModel) return true
  for (const model of idsOf(models)) if (matchesPattern(pattern, `${id}/${model}`)) return true
  return false
}

/**
 * Returns another restriction that makes a restriction redundant, or `undefined`. The other restriction has an equal
 * selector, a window that lasts at least as long, and the same or a larger subject. Of two equal restrictions, only the
 * one with the later id is redundant, so that one of the two remains.
 */
function findCoveringRestriction(restriction: Restriction, context: LintContext): Restriction | undefined {
  const { at, state } = context
  for (const [set, isBroader] of coveringSets(restriction, context)) {
    for (const other of withSelector(set, restriction)) {
      if (other.id === restriction.id || !isCovered(restriction.window, other.window, at)) continue
      if (isBroader || !isCovered(other.window, restriction.window, at) || other.id < restriction.id) {
        return getRow(state.restrictions, other.id)
      }
    }
  }
  return undefined
}

type CoveringSet = readonly [set: RestrictionSet, isBroader: boolean]

/**
 * Yields the sets of restrictions that may cover a restriction: those on the same subject, then those on each larger
 * subject.
 */
function* coveringSets({ subject }: Restriction, { state }: LintContext): IterableIterator<CoveringSet> {
  const { restrictionsOn, restrictionsOnMembers, restrictionsOnEveryone } = state.index
  if (subject.type === 'member') {
    const ofTeam = findRow(restrictionsOnMembers, subject.team)
    const own = ofTeam && findRow(ofTeam, subject.user)
    if (own !== undefined) yield [own, false]
    yield* broaderSets([findRow(restrictionsOn.user, subject.user), findRow(restrictionsOn.team, subject.team)])
  } else if (subject.type !== 'everyone') {
    const own = findRow(restrictionsOn[subject.type], subject.id)
    if (own !== undefined) yield [own, false]
  }
  const owner = subject.type === 'credential' ? getRow(state.credentials, subject.id).owner : undefined
  if (owner !== undefined) yield* broaderSets([findRow(restrictionsOn[owner.type], owner.id)])
  const organization = organizationOf(owner ?? subject, state)
  if (organization !== undefined) yield* broaderSets([findRow(restrictionsOn.organization, organization)])
  yield [restrictionsOnEveryone, subject.type !== 'everyone']
}

function* broaderSets(sets: readonly (RestrictionSet | undefined)[]): IterableIterator<CoveringSet> {
  for (const set of sets) if (set !== undefined) yield [set, true]
}

/** Returns the organization of a team, virtual account or membership. `undefined` for any other subject. */
function organizationOf(subject: Restriction['subject'], { teams, virtualAccounts }: State): string | undefined {
  switch (subject.type) {
    case 'team':
      return findRow(teams, subject.id)?.organization
    case 'member':
      return findRow(teams, subject.team)?.organization
    case 'virtualAccount':
      return findRow(virtualAccounts, subject.id)?.organization
    default:
      return undefined
  }
}

/** Returns the restrictions in a set that have the same selector as a restriction. */
function withSelector(set: RestrictionSet, { selector }: Restriction): readonly Restriction[] {
  return restrictionsLike(set, selector).filter((one) => isSame(one.selector, selector))
}
