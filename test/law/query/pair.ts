import fc from 'fast-check'
import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/command.ts'
import { dropRow, putRow } from '../../../src/model/put-row.ts'
import { countRelated } from '../../../src/model/relation.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../../src/model/state.ts'
import { has } from '../../../src/model/table.ts'
import { arbitraryNames } from '../../../src/testing/arbitrary/name.ts'
import { arbitraryStateOf, rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { arbitraryCommand, arbitraryCommands, arbitraryMoment } from '../../../src/testing/index.ts'

/** Two states, and an instant at which something in one of them may flip. */
export interface Pair {
  readonly before: State
  readonly after: State
  readonly at: number
}

/** The state after those of the commands that are accepted. */
export function stateAfter(commands: readonly Command[], state: State): State {
  return commands.reduce((soFar, command) => {
    const applied = apply(command, soFar)
    return applied.ok ? applied.state : soFar
  }, state)
}

function atSomeInstant(before: State, now: State): fc.Arbitrary<Pair> {
  return fc.oneof(arbitraryMoment(before), arbitraryMoment(now)).map((at) => ({ before, after: now, at }))
}

/** A state that commands have made, and what up to six more lead to. */
export const arbitraryStep: fc.Arbitrary<Pair> = fc
  .tuple(arbitraryCommands, fc.array(arbitraryCommand, { minLength: 1, maxLength: 6 }))
  .chain(([founding, commands]) => {
    const before = stateAfter(founding, emptyState)
    return atSomeInstant(before, stateAfter(commands, before))
  })

const twoStates = arbitraryNames.chain((names) => fc.tuple(arbitraryStateOf(names), arbitraryStateOf(names)))

/** Two states of the same names that have nothing else in common. */
export const arbitraryStrangers: fc.Arbitrary<Pair> = twoStates.chain(([before, now]) => atSomeInstant(before, now))

/** A state, and the same with a few rows as another has them, or without them: every kind of row differs alone. */
export const arbitraryGraft: fc.Arbitrary<Pair> = twoStates.chain(([before, other]) =>
  fc
    .array(
      fc.record({ kind: fc.constantFrom(...kinds), i: fc.nat({ max: 9 }), isGone: fc.nat(3).map((n) => n === 0) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .chain((grafts) => {
      const now = grafts.reduce((state, { kind, i, isGone }) => graft(state, other, kind, i, isGone), before)
      return fc.boolean().chain((isTurned) => (isTurned ? atSomeInstant(now, before) : atSomeInstant(before, now)))
    }),
)

function graft<K extends Kind>(state: State, other: State, kind: K, i: number, isGone: boolean): State {
  const rows: readonly Rows[K][] = rowsIn(other, kind)
  const row = rows[i % Math.max(rows.length, 1)]
  if (row === undefined) return state
  // A successor that is not there is corrupt; whatever else refers to nothing denies.
  const successor = 'lifecycle' in row && 'successor' in row.lifecycle ? row.lifecycle.successor : undefined
  if (successor !== undefined && !has(state.modelAliases, successor)) return state
  if (!isGone) return putRow(state, kind, row)
  const isHeld = kind === 'modelAliases' && countRelated(state.index.aliasPredecessors, row.id) > 0
  return has<unknown>(state[kind], row.id) && !isHeld ? dropRow(state, kind, row.id) : state
}

export const arbitraryPair = fc.oneof(arbitraryStep, arbitraryGraft, arbitraryStrangers)
