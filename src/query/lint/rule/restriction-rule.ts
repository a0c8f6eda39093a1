import type { Restriction } from '../../../model/noun/restriction.ts'
import type { RestrictionSet } from '../../../model/state/restriction-set.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow, getRow, rowsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import { cached } from '../../cached.ts'
import { systemCommand } from '../context/fix-command.ts'
import { isAliasRetired, isCovered, type LintContext } from '../context/lint-context.ts'
import type { Detection, FindingCode } from '../finding.ts'

/** Detects a restriction that changes no decision: it has ended, selects nothing, or another restriction covers it. */
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
 * Whether a restriction selects something that calls can request: an alias that is not retired, or a model. Suspended
 * targets count, because the restriction must be in force when the targets are activated again.
 */
function isSelecting({ selector }: Restriction, context: LintContext): boolean {
  const { state } = context
  switch (selector.type) {
    case 'alias':
      return !isAliasRetired(getRow(state.modelAliases, selector.alias), context)
    case 'aliasPattern':
      return matchesOf(selector.pattern, context).length > 0
    case 'model':
      return true
    case 'providerAccount': {
      const account = getRow(state.providerAccounts, selector.providerAccount)
      return account.anyModel || account.models.size > 0
    }
  }
}

/**
 * The only alias that a pattern matches, without retired aliases. `undefined` if the pattern matches no alias or
 * several.
 */
export function findOnlyAlias(pattern: string, context: LintContext): string | undefined {
  const [only, ...others] = matchesOf(pattern, context)
  return others.length === 0 ? only : undefined
}

/** Up to two aliases that a pattern matches and that are not retired. */
function matchesOf(pattern: string, context: LintContext): readonly string[] {
  return cached(context.patternMatches, pattern, () => {
    const matches: string[] = []
    for (const alias of rowsOf(context.state.modelAliases)) {
      if (!matchesPattern(pattern, alias.id) || isAliasRetired(alias, context)) continue
      matches.push(alias.id)
      if (matches.length === 2) break
    }
    return matches
  })
}

/**
 * Another restriction that makes a restriction redundant; `undefined` if none does. It has an equal selector, a window
 * that lasts at least as long, and the same subject or a subject that includes the subject. Of two equal restrictions,
 * only the restriction with the later id is redundant, so that one of the two remains.
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

/** The restrictions on the subject of a restriction, and on each larger subject that includes the subject, as sets. */
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
  const organization = organizationOf(subject, state)
  if (organization !== undefined) yield* broaderSets([findRow(restrictionsOn.organization, organization)])
  yield [restrictionsOnEveryone, subject.type !== 'everyone']
}

function* broaderSets(sets: readonly (RestrictionSet | undefined)[]): IterableIterator<CoveringSet> {
  for (const set of sets) if (set !== undefined) yield [set, true]
}

/** The organization that a team, a virtual account or a membership is in. */
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

/** The restrictions of a set whose selector equals that of a restriction. */
function withSelector(set: RestrictionSet, { selector }: Restriction): readonly Restriction[] {
  switch (selector.type) {
    case 'alias':
      return findRow(set.aliases, selector.alias) ?? []
    case 'aliasPattern':
      return set.patterns.filter(
        (one) => one.selector.type === 'aliasPattern' && one.selector.pattern === selector.pattern,
      )
    case 'providerAccount':
      return findRow(set.providerAccounts, selector.providerAccount) ?? []
    case 'model': {
      const models = findRow(set.models, selector.providerAccount)
      return (models && findRow(models, selector.model)) ?? []
    }
  }
}
