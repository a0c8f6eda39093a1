import type { Command } from '../../../change/message/command.ts'
import type { ModelAlias } from '../../../model/noun/model-alias.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, rowsOf } from '../../../model/table/table.ts'
import { authorityNames } from '../../../model/value/authority.ts'
import { quote } from '../../../model/value/quote.ts'
import { cached } from '../../cached.ts'
import { routeOf } from '../../phrase.ts'
import { systemCommand } from '../context/fix-command.ts'
import { isAliasRetired, isLive, type LintContext } from '../context/lint-context.ts'
import type { Detection } from '../finding.ts'
import { findRetiringAlias } from './ending-rule.ts'
import { findHiddenModel } from './hidden-rule.ts'
import { findOnlyAlias, isEnded } from './restriction-rule.ts'

/**
 * Detects aliases that hide a model, retire soon, or are not retired and have no available target. An alias without an
 * available target gets a fix: retire the alias, remove the alias from groups, and delete the restrictions that select
 * only the alias.
 */
export function* findInAliases(context: LintContext): IterableIterator<Detection> {
  const { state } = context
  let restrictions: ReadonlyMap<string, readonly string[]> | undefined
  for (const alias of rowsOf(state.modelAliases)) {
    yield* findHiddenModel(alias, context)
    yield* findRetiringAlias(alias, context)
    if (isLive(alias, context) || isAliasRetired(alias, context)) continue
    restrictions ??= restrictionsByOnlyAlias(context)
    const name = quote(alias.id)
    yield {
      code: 'model_alias_unserved',
      subject: { type: 'modelAlias', id: alias.id },
      message: `model alias ${name} ${whyUnserved(alias, context)}, retire it or set an available target`,
      fix: retireCommands(alias.id, restrictions.get(alias.id) ?? [], context),
    }
  }
}

/**
 * Returns a clause that says why no target of an alias is available. Names the first suspended account or model, and
 * who suspended it.
 */
function whyUnserved({ targets }: ModelAlias, { state }: LintContext): string {
  if (targets.length === 0) return 'has no target'
  for (const target of targets) {
    const account = findRow(state.providerAccounts, target.providerAccount)
    const author = account?.suspendedBy ?? (account && findRow(account.models, target.model)?.suspendedBy)
    if (author === undefined) continue
    const what =
      account?.suspendedBy === undefined
        ? `model ${routeOf(target)}`
        : `provider account ${quote(target.providerAccount)}`
    return `has no available target, because ${what} is suspended by ${authorityNames[author]}`
  }
  return 'has no available target'
}

function retireCommands(alias: string, restrictions: readonly string[], context: LintContext): Command[] {
  const groups = [...related(context.state.index.aliasAccessGroups, alias)].sort()
  return [
    ...groups.map((accessGroup) =>
      systemCommand(context, { type: 'RemoveAccessGroupMembers', accessGroup, members: [{ type: 'alias', alias }] }),
    ),
    systemCommand(context, { type: 'RetireModelAlias', alias }),
    ...restrictions.map((restriction) => systemCommand(context, { type: 'DeleteRestriction', restriction })),
  ]
}

/**
 * Maps each alias to the sorted ids of the restrictions that select only this alias. Omits ended restrictions, which
 * have a finding of their own.
 */
function restrictionsByOnlyAlias(context: LintContext): ReadonlyMap<string, readonly string[]> {
  const byAlias = new Map<string, string[]>()
  for (const restriction of rowsOf(context.state.restrictions)) {
    const { id, selector } = restriction
    if (isEnded(restriction, context)) continue
    const alias = findOnlyAlias(selector, context)
    if (alias === undefined) continue
    cached(byAlias, alias, (): string[] => []).push(id)
  }
  for (const ids of byAlias.values()) ids.sort()
  return byAlias
}
