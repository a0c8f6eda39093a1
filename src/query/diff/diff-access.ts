import { z } from 'zod'
import type { State } from '../../model/state/state.ts'
import { Instant } from '../../model/value/instant.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import type { SubjectChange } from './diff-change.ts'
import { eachChange } from './diff-each.ts'
import { type GroupedChanges, groupChanges } from './diff-group.ts'
import { eachPowerChange, type PowerChange } from './diff-power.ts'

/** Whether routes and powers were gained (`wider`), lost (`narrower`), both or neither (`same`). Kept models do not count. */
export type Direction = 'same' | 'wider' | 'narrower' | 'both'

/** Who gained, lost and kept what between two states at one instant, sorted by id. */
export interface AccessDiff extends GroupedChanges {
  readonly ok: true
  readonly at: Instant
  readonly direction: Direction
  readonly powers: readonly PowerChange[]
  readonly version: { readonly before: number; readonly after: number }
}

const Query = /* @__PURE__ */ lazy(() => z.strictObject({ at: Instant }))

/**
 * Computes who gained and who lost which model, route or power to manage between two states, each with a request that
 * proves it, and who keeps a model by another path or with another payer. Exact: money aside, the decisions of `authorize`
 * differ between the states where the diff says so and nowhere else. Costs what changed and whom it concerns, not what the
 * states hold.
 *
 * @example
 * const diff = diffAccess(before, after, { at })
 * if (diff.ok) console.log(diff.direction, diff.teams.map(({ team }) => team)) // narrower [ 'acme-prod' ]
 */
export function diffAccess(before: State, after: State, options: { readonly at: Instant }): AccessDiff | QueryFailure {
  const parsed = parseQuery(Query(), options, { before, after })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => compareStates(before, after, parsed.query.at))
}

/** `diffAccess` without its guards: throws when a state is corrupt. */
export function compareStates(before: State, after: State, at: Instant): AccessDiff {
  const pair = { before, after, at }
  const direction = new DirectionTracker()
  const grouped = groupChanges(direction.watch(eachChange(before, after, at)), pair)
  const powers = [...eachPowerChange(pair)]
  for (const { effect } of powers) direction.add(effect === 'gained', effect === 'lost')
  const version = { before: before.version, after: after.version }
  return { ok: true, at, direction: direction.direction(), ...grouped, powers, version }
}

/** Accumulates the direction of the changes that pass through it. */
class DirectionTracker {
  #isWider = false
  #isNarrower = false

  add(isWider: boolean, isNarrower: boolean): void {
    this.#isWider ||= isWider
    this.#isNarrower ||= isNarrower
  }

  *watch(changes: Iterable<SubjectChange>): IterableIterator<SubjectChange> {
    for (const one of changes) {
      const { change } = one
      if (change.effect !== 'kept') this.add(change.gained.length > 0, change.lost.length > 0)
      yield one
    }
  }

  direction(): Direction {
    if (this.#isWider) return this.#isNarrower ? 'both' : 'wider'
    return this.#isNarrower ? 'narrower' : 'same'
  }
}
