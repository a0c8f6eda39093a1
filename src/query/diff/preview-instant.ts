import { isSame } from '../../change/rule/row.ts'
import type { Holdings } from '../../model/noun/holding.ts'
import type { ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { changesBetween, type Table } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Window } from '../../model/value/window.ts'
import type { StatePair } from './affected-names.ts'

/**
 * Returns the sorted instants after `at` at which a difference between two states begins or ends. Covers windows of
 * assignments, roles and restrictions, expiries of credentials, and sunsets of aliases.
 */
export function changedInstants(pair: StatePair): readonly Instant[] {
  const instants = new Set<Instant>()
  for (const { startsAt, expiresAt } of changedWindows(pair)) {
    for (const instant of [startsAt, expiresAt]) {
      if (instant !== undefined && instant > pair.at) instants.add(instant)
    }
  }
  return [...instants].sort((a, b) => a - b)
}

function* changedWindows({ before, after }: StatePair): IterableIterator<Window> {
  yield* heldWindows(before, after, 'users')
  yield* heldWindows(before, after, 'teams')
  yield* heldWindows(before, after, 'virtualAccounts')
  for (const row of changedRows(before.restrictions, after.restrictions)) yield row.window
  for (const { expiresAt } of changedRows(before.credentials, after.credentials)) yield { expiresAt }
  for (const { lifecycle } of changedRows<ModelAlias>(before.modelAliases, after.modelAliases)) {
    if (lifecycle.type === 'deprecated') yield { expiresAt: lifecycle.sunsetAt }
  }
}

function* changedRows<Row>(before: Table<Row>, after: Table<Row>): IterableIterator<Row> {
  for (const [, old, now] of changesBetween(before, after)) {
    if (old !== undefined) yield old
    if (now !== undefined) yield now
  }
}

type HolderKind = 'users' | 'teams' | 'virtualAccounts'

function* heldWindows(before: State, after: State, kind: HolderKind): IterableIterator<Window> {
  for (const [, old, now] of changesBetween<Holdings>(before[kind], after[kind])) {
    yield* windowsOnlyIn(old, now)
    yield* windowsOnlyIn(now, old)
  }
}

/** Yields the windows of each assignment and role in the first row that is missing or different in the other row. */
function* windowsOnlyIn(one: Holdings | undefined, other: Holdings | undefined): IterableIterator<Window> {
  if (one === undefined) return
  for (const held of [...one.accessGroups, ...one.roleGrants]) {
    const others = 'accessGroup' in held ? other?.accessGroups : other?.roleGrants
    if (others?.some((known) => isSame(known, held)) !== true) yield* held.windows
  }
}

const instantFields: ReadonlySet<string> = new Set(['startsAt', 'expiresAt', 'sunsetAt', 'overlapUntil'])

/**
 * Yields the instants that an event sets for something to begin or end. Includes an instant that a later event
 * overrides.
 */
export function* mentionedInstants(event: object): IterableIterator<Instant> {
  for (const [key, value] of Object.entries(event)) {
    if (typeof value === 'number' && instantFields.has(key)) yield value
    if (typeof value === 'object' && value !== null) yield* mentionedInstants(value)
  }
}
