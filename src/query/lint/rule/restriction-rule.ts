import type { Restriction } from '../../../model/noun/restriction.ts'
import type { RestrictionSet } from '../../../model/state/restriction-set.ts'
import { findRow, getRow, rowsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import { order } from '../context/fix-command.ts'
import { isCovered, isOver, type LintContext } from '../context/lint-context.ts'
import type { Draft, FindingCode } from '../finding.ts'

/** A restriction that denies nothing by itself: it is over, selects nothing, or another denies all that it does. */
export function* findInRestriction(restriction: Restriction, scene: LintContext): IterableIterator<Draft> {
  const name = `restriction ${quote(restriction.id)}`
  const found = (code: FindingCode, message: string): Draft => ({
    code,
    subject: { type: 'restriction', id: restriction.id },
    message,
    fix: [order(scene, { type: 'DeleteRestriction', restriction: restriction.id })],
  })
  if (isEnded(restriction, scene)) yield found('restriction_ended', `${name} is over, delete it`)
  else if (!isSelecting(restriction, scene)) {
    yield found('restriction_idle', `${name} selects no model that there is, delete it or correct its selector`)
  } else {
    const other = findCovering(restriction, scene)
    if (other === undefined) return
    const message = `${name} denies nothing that restriction ${quote(other.id)} does not deny for as long, delete it`
    yield found('restriction_redundant', message)
  }
}

/** Whether a restriction's window is over. */
export function isEnded({ window: { expiresAt } }: Restriction, { at }: LintContext): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

/**
 * Whether a restriction selects anything that may be asked for: an alias that is not retired, or a model. A suspended
 * target does not count against it: the day it is back, the restriction must be there.
 */
function isSelecting({ selector }: Restriction, scene: LintContext): boolean {
  const { state } = scene
  switch (selector.type) {
    case 'alias':
      return !isOver(getRow(state.modelAliases, selector.alias), scene)
    case 'aliasPattern':
      return matchesOf(selector.pattern, scene).length > 0
    case 'model':
      return true
    case 'providerAccount': {
      const account = getRow(state.providerAccounts, selector.providerAccount)
      return account.anyModel || account.models.size > 0
    }
  }
}

/** The one alias that is not retired and that a pattern matches; none where there are more, or fewer. */
export function soleAliasOf(pattern: string, scene: LintContext): string | undefined {
  const [only, ...others] = matchesOf(pattern, scene)
  return others.length === 0 ? only : undefined
}

/** Up to two of the aliases that are not retired and that a pattern matches. */
function matchesOf(pattern: string, scene: LintContext): readonly string[] {
  const known = scene.matches.get(pattern)
  if (known !== undefined) return known
  const found: string[] = []
  for (const alias of rowsOf(scene.state.modelAliases)) {
    if (!matchesPattern(pattern, alias.id) || isOver(alias, scene)) continue
    found.push(alias.id)
    if (found.length === 2) break
  }
  scene.matches.set(pattern, found)
  return found
}

/** Another restriction with the same selector, on the same subject or one that takes it in, for as long. Of two that say the same the first by id stays. */
function findCovering(restriction: Restriction, scene: LintContext): Restriction | undefined {
  const { at, state } = scene
  for (const [set, isBroader] of setsOver(restriction, scene)) {
    for (const other of withSelector(set, restriction)) {
      if (other.id === restriction.id || !isCovered(restriction.window, other.window, at)) continue
      if (isBroader || !isCovered(other.window, restriction.window, at) || other.id < restriction.id) {
        return getRow(state.restrictions, other.id)
      }
    }
  }
  return undefined
}

type SetOver = readonly [set: RestrictionSet, isBroader: boolean]

function* setsOver({ subject }: Restriction, { state }: LintContext): IterableIterator<SetOver> {
  const { restrictionsOn, restrictionsOnEveryone } = state.index
  if (subject.type !== 'everyone') {
    const own = findRow(restrictionsOn[subject.type], subject.id)
    if (own !== undefined) yield [own, false]
  }
  if (subject.type === 'team' || subject.type === 'virtualAccount') {
    const table = subject.type === 'team' ? state.teams : state.virtualAccounts
    const above = findRow(
      restrictionsOn.organization,
      findRow<{ organization: string }>(table, subject.id)?.organization ?? '',
    )
    if (above !== undefined) yield [above, true]
  }
  yield [restrictionsOnEveryone, subject.type !== 'everyone']
}

/** The restrictions of a set that select the very same. */
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
