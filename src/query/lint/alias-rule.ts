import type { Command } from '../../change/command.ts'
import type { ModelAlias } from '../../model/model-alias.ts'
import { quote } from '../../model/quote.ts'
import { related } from '../../model/relation.ts'
import { get } from '../../model/table.ts'
import { order } from './command.ts'
import type { Draft } from './finding.ts'
import { isEnded, soleAliasOf } from './restriction-rule.ts'
import { isLive, isOver, type Scene } from './scene.ts'

/** An alias that is offered and that no target can serve. Retiring it takes the groups' and the restrictions' mention of it along. */
export function* findInAlias(alias: ModelAlias, scene: Scene): IterableIterator<Draft> {
  if (isLive(alias, scene) || isOver(alias, scene)) return
  const name = quote(alias.id)
  const why = alias.targets.length === 0 ? 'has no target' : 'has no target that can serve'
  yield {
    code: 'model_alias_unserved',
    subject: { type: 'modelAlias', id: alias.id },
    message: `model alias ${name} ${why}, retire it or give it one that can`,
    fix: retirement(alias.id, scene),
  }
}

function retirement(alias: string, scene: Scene): Command[] {
  const { state } = scene
  const groups = [...related(state.index.aliasAccessGroups, alias)].sort()
  const restrictions = [...idledBy(alias, scene)].sort()
  return [
    ...groups.map((accessGroup) =>
      order(scene, { type: 'RemoveAccessGroupMembers', accessGroup, members: [{ type: 'alias', alias }] }),
    ),
    order(scene, { type: 'RetireModelAlias', alias }),
    ...restrictions.map((restriction) => order(scene, { type: 'DeleteRestriction', restriction })),
  ]
}

/** The restrictions that would select nothing any more. Those that are over are findings of their own. */
function* idledBy(alias: string, scene: Scene): IterableIterator<string> {
  const { state } = scene
  for (const id of related(state.index.aliasRestrictions, alias)) {
    if (!isEnded(get(state.restrictions, id), scene)) yield id
  }
  for (const restriction of scene.patterns()) {
    const { selector } = restriction
    if (selector.type !== 'aliasPattern' || isEnded(restriction, scene)) continue
    if (soleAliasOf(selector.pattern, scene) === alias) yield restriction.id
  }
}
