import { conditionsFor, type NameClass, type NameClasses, type NameCondition } from '../name-class.ts'
import { byCodeUnits } from './affected-subjects.ts'
import type { ModelChange, ModelKept, ModelName } from './diff-change.ts'

/** A change of one class of the unlisted models of an open account. `name` stands for the class. */
export interface OpenChange {
  readonly name: string
  readonly change: ModelChange | ModelKept
  readonly one: NameClass
  readonly all: NameClasses
}

type NamedChange = Pick<OpenChange, 'name' | 'change'>

/**
 * Merges the classes of an open account that change in the same way. Each result has a condition on names as its model; the
 * conditions together hold for exactly the names of the classes.
 */
export function mergeOpenChanges(changes: readonly OpenChange[]): readonly NamedChange[] {
  const alike = new Map<string, OpenChange[]>()
  for (const one of changes) {
    const key = keyOf(one)
    const known = alike.get(key)
    if (known === undefined) alike.set(key, [one])
    else known.push(one)
  }
  const merged = [...alike.values()].flatMap(mergeAlike)
  return merged.sort((a, b) => compareModels(a.change.model, b.change.model))
}

/** Orders open accounts by their ids, then by their conditions. */
function compareModels(a: ModelName, b: ModelName): number {
  const [one, other] = [keysOf(a), keysOf(b)]
  return byCodeUnits(one[0], other[0]) || byCodeUnits(one[1], other[1])
}

function keysOf(model: ModelName): readonly [name: string, condition: string] {
  if (model.type !== 'openAccount') return [model.name, '']
  return [model.providerAccount, JSON.stringify([model.matching, model.notMatching])]
}

function mergeAlike(alike: readonly OpenChange[]): readonly NamedChange[] {
  const [first] = alike
  if (first === undefined) return []
  const { all } = first
  const chosen = alike.map(({ one }) => one)
  return conditionsFor(chosen, all).map((condition) => {
    const { name, change } = alike.find(({ one }) => isIn(one, condition, all)) ?? first
    return { name, change: { ...change, model: { ...change.model, ...condition } } as ModelChange | ModelKept }
  })
}

function isIn({ matched }: NameClass, { matching, notMatching }: NameCondition, { patterns }: NameClasses): boolean {
  return patterns.every((pattern, i) => (matched[i] ? !notMatching.includes(pattern) : !matching.includes(pattern)))
}

/** The account and the change as one string, without what names one model: routes and witness. */
function keyOf({ change }: OpenChange): string {
  const { effect, gainedReach, lostReach, payer, model } = change
  const reach = change.effect === 'kept' ? change.reach : undefined
  return JSON.stringify([model, effect, gainedReach, lostReach, payer, reach])
}
