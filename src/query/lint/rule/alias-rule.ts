import type { Command } from '../../../change/message/command.ts'
import { related } from '../../../model/table/relation.ts'
import { rowsOf } from '../../../model/table/table.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Selector } from '../../../model/value/selector.ts'
import { order } from '../context/fix-command.ts'
import { isLive, isOver, type LintContext } from '../context/lint-context.ts'
import type { Draft } from '../finding.ts'
import { isEnded, soleAliasOf } from './restriction-rule.ts'

/** Aliases that are offered and that no target can serve. Retiring one takes the groups' and the restrictions' mention of it along. */
export function* findInAliases(scene: LintContext): IterableIterator<Draft> {
  const { state } = scene
  let idle: ReadonlyMap<string, readonly string[]> | undefined
  for (const alias of rowsOf(state.modelAliases)) {
    if (isLive(alias, scene) || isOver(alias, scene)) continue
    idle ??= idleWithout(scene)
    const name = quote(alias.id)
    const why = alias.targets.length === 0 ? 'has no target' : 'has no target that can serve'
    yield {
      code: 'model_alias_unserved',
      subject: { type: 'modelAlias', id: alias.id },
      message: `model alias ${name} ${why}, retire it or give it one that can`,
      fix: retirement(alias.id, idle.get(alias.id) ?? [], scene),
    }
  }
}

function retirement(alias: string, restrictions: readonly string[], scene: LintContext): Command[] {
  const groups = [...related(scene.state.index.aliasAccessGroups, alias)].sort()
  return [
    ...groups.map((accessGroup) =>
      order(scene, { type: 'RemoveAccessGroupMembers', accessGroup, members: [{ type: 'alias', alias }] }),
    ),
    order(scene, { type: 'RetireModelAlias', alias }),
    ...restrictions.map((restriction) => order(scene, { type: 'DeleteRestriction', restriction })),
  ]
}

/** By alias, in order, the restrictions that select nothing but it. Those that are over are findings of their own. */
function idleWithout(scene: LintContext): ReadonlyMap<string, readonly string[]> {
  const idle = new Map<string, string[]>()
  for (const restriction of rowsOf(scene.state.restrictions)) {
    const { id, selector } = restriction
    if (isEnded(restriction, scene)) continue
    const alias = selector.type === 'alias' ? selector.alias : soleMatch(selector, scene)
    if (alias === undefined) continue
    const known = idle.get(alias)
    if (known === undefined) idle.set(alias, [id])
    else known.push(id)
  }
  for (const ids of idle.values()) ids.sort()
  return idle
}

const soleMatch = (selector: Selector, scene: LintContext): string | undefined =>
  selector.type === 'aliasPattern' ? soleAliasOf(selector.pattern, scene) : undefined
