import type { Command } from '../../../change/message/command.ts'
import { related } from '../../../model/table/relation.ts'
import { rowsOf } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import { cached } from '../../cached.ts'
import { systemCommand } from '../context/fix-command.ts'
import { isAliasRetired, isLive, type LintContext } from '../context/lint-context.ts'
import type { Detection } from '../finding.ts'
import { findOnlyAlias, isEnded } from './restriction-rule.ts'

/**
 * Detects aliases that are not retired and have no available target. The fix retires the alias, removes the alias from
 * groups, and deletes the restrictions that select only the alias.
 */
export function* findInAliases(context: LintContext): IterableIterator<Detection> {
  const { state } = context
  let restrictions: ReadonlyMap<string, readonly string[]> | undefined
  for (const alias of rowsOf(state.modelAliases)) {
    if (isLive(alias, context) || isAliasRetired(alias, context)) continue
    restrictions ??= restrictionsByOnlyAlias(context)
    const name = quote(alias.id)
    const why = alias.targets.length === 0 ? 'has no target' : 'has no available target'
    yield {
      code: 'model_alias_unserved',
      subject: { type: 'modelAlias', id: alias.id },
      message: `model alias ${name} ${why}, retire it or set an available target`,
      fix: retireCommands(alias.id, restrictions.get(alias.id) ?? [], context),
    }
  }
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
 * For each alias, the sorted ids of the restrictions that select only this alias. Ended restrictions are left out,
 * because they have a finding of their own.
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
