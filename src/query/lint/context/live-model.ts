import { type AccessGroup, targetsThrough } from '../../../model/noun/access-group.ts'
import { entries, findRow, hasRow, idsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { isAvailable } from '../../../policy/route/effective-alias.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { cached } from '../../cached.ts'
import { accountsOf, namesOfGroup, openPatternsOf } from '../../name.ts'
import { isAliasRetired, type LintContext, liveMembersOf } from './lint-context.ts'

/** Whether a group leads to an available target of a requested name. False if the name is that of a retired alias. */
export function leadsTo(group: AccessGroup, name: string, context: LintContext): boolean {
  const resolved = resolve(name, context.state)
  if (isDenied(resolved) || (resolved.alias !== undefined && isAliasRetired(resolved.alias, context))) return false
  return targetsThrough(group, resolved)?.some((target) => isAvailable(target, context.state)) === true
}

/**
 * Returns the live names to which a group leads: its live aliases, and the available names behind its model members.
 */
export function liveNamesOf(group: AccessGroup, context: LintContext): ReadonlySet<string> {
  const aliases = liveMembersOf(group, context)
  if (group.models.size === 0) return aliases
  return cached(context.liveNames, group, () => {
    return new Set([...namesOfGroup(group, context.state)].filter((name) => leadsTo(group, name, context)))
  })
}

/** Whether a group gives access to any model: to a live name, or to unlisted models of an active account. */
export function isServing(group: AccessGroup, context: LintContext): boolean {
  return liveNamesOf(group, context).size > 0 || isOpenGroup(group, context)
}

/** Whether a pattern of a group covers unlisted models of an active account with `anyModel`. */
export function isOpenGroup(group: AccessGroup, { state }: LintContext): boolean {
  return accountsOf(group, state).some(
    (account) => account.status === 'active' && openPatternsOf([group], account).length > 0,
  )
}

/**
 * A pattern of a group that matches nothing as it is, with the model pattern that the author probably meant. For example,
 * the alias pattern `openai/*`, or the model pattern `openai/*` over provider account `openai`.
 */
export interface MisreadPattern {
  readonly type: 'aliasPattern' | 'modelPattern'
  readonly pattern: string
  readonly providerAccount: string
  readonly modelPattern: string
}

/**
 * Returns the first pattern of a group that looks like a pattern over `account/model`: an alias pattern that begins with
 * `account/` and matches no alias, or a model pattern that repeats its account and matches no listed model.
 */
export function findMisreadPattern(group: AccessGroup, context: LintContext): MisreadPattern | undefined {
  return findMisreadAliasPattern(group, context) ?? findMisreadModelPattern(group, context)
}

function findMisreadModelPattern({ models }: AccessGroup, { state }: LintContext): MisreadPattern | undefined {
  for (const [providerAccount, { patterns }] of entries(models)) {
    const account = findRow(state.providerAccounts, providerAccount)
    for (const pattern of patterns) {
      if (account === undefined || account.anyModel || !pattern.startsWith(`${providerAccount}/`)) continue
      if ([...idsOf(account.models)].some((model) => matchesPattern(pattern, model))) continue
      return { type: 'modelPattern', pattern, providerAccount, modelPattern: pattern.slice(providerAccount.length + 1) }
    }
  }
  return undefined
}

function findMisreadAliasPattern({ patterns }: AccessGroup, { state }: LintContext): MisreadPattern | undefined {
  for (const pattern of patterns) {
    const slash = pattern.indexOf('/')
    const providerAccount = pattern.slice(0, Math.max(slash, 0))
    if (slash < 1 || !hasRow(state.providerAccounts, providerAccount)) continue
    const isMatched = [...idsOf(state.modelAliases)].some((alias) => matchesPattern(pattern, alias))
    if (!isMatched) return { type: 'aliasPattern', pattern, providerAccount, modelPattern: pattern.slice(slash + 1) }
  }
  return undefined
}
