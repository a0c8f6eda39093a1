import * as z from 'zod'
import type { State } from '../../model/state/state.ts'
import { Instant } from '../../model/value/instant.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import type { SubjectChange } from './diff-change.ts'
import { eachChange } from './diff-each.ts'
import { type GroupedChanges, groupChanges } from './diff-group.ts'
import { type OperationsChange, operationsChanges } from './diff-operation.ts'
import { eachPowerChange, type PowerChange } from './diff-power.ts'

/**
 * Whether access was gained (`wider`), lost (`narrower`), both or neither (`same`). Access means routes, powers and
 * operations; kept models do not count. A call without a team that becomes `payer_ambiguous` loses its routes.
 */
export type Direction = 'same' | 'wider' | 'narrower' | 'both'

/**
 * The result of a diff: the access that subjects gained, lost and kept between two states at one instant. Sorted by id.
 */
export interface AccessDiff extends GroupedChanges {
  readonly ok: true
  readonly at: Instant
  readonly direction: Direction
  /** Whether any subject keeps a model, but with another payer. */
  readonly otherPayer: boolean
  readonly powers: readonly PowerChange[]
  /** The credentials that permit other operations after the change than before. */
  readonly operations: readonly OperationsChange[]
  readonly version: { readonly before: number; readonly after: number }
}

const Query = /* @__PURE__ */ lazy(() => z.strictObject({ at: Instant }))

/**
 * Computes which subjects gained or lost which model, route or power to manage between two states. Each gain or loss
 * has a request that proves it. Also returns the subjects that keep a model by another path or with another payer, and
 * the calls whose payer is ambiguous among other teams. Exact: for a call without `credits`, the routes, paths or payer
 * that `authorize` returns differ between the states if and only if the diff has a change for the call. The access of a
 * credential's bearer is compared for one operation that the credential permits. Costs time proportional to the changes
 * and the subjects that they concern, not to the size of the states.
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

/**
 * Compares states like `diffAccess`, but without argument checks and error handling. Throws when a state is corrupt.
 */
export function compareStates(before: State, after: State, at: Instant): AccessDiff {
  const pair = { before, after, at }
  const direction = new DirectionTracker()
  const grouped = groupChanges(direction.watch(eachChange(before, after, at)), pair)
  const powers = [...eachPowerChange(pair)]
  for (const { effect } of powers) direction.add(effect === 'gained', effect === 'lost')
  const operations = operationsChanges(pair)
  for (const { gained, lost } of operations) direction.add(gained.length > 0, lost.length > 0)
  const version = { before: before.version, after: after.version }
  const { otherPayer } = direction
  return { ok: true, at, direction: direction.direction(), otherPayer, ...grouped, powers, operations, version }
}

/** Watches a stream of changes to determine the overall direction, and whether any payer changes. */
class DirectionTracker {
  otherPayer = false
  #isWider = false
  #isNarrower = false

  add(isWider: boolean, isNarrower: boolean): void {
    this.#isWider ||= isWider
    this.#isNarrower ||= isNarrower
  }

  *watch(changes: Iterable<SubjectChange>): IterableIterator<SubjectChange> {
    for (const one of changes) {
      const { change } = one
      this.otherPayer ||= change.payer !== undefined
      if (change.effect !== 'kept') this.add(change.gained.length > 0, change.lost.length > 0)
      yield one
    }
  }

  direction(): Direction {
    if (this.#isWider) return this.#isNarrower ? 'both' : 'wider'
    return this.#isNarrower ? 'narrower' : 'same'
  }
}
