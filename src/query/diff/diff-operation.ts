import { isSame } from '../../change/rule/row.ts'
import { changesBetween } from '../../model/table/table.ts'
import { type Operation, type Operations, operations, permitsOperation } from '../../model/value/operation.ts'
import type { StatePair } from './affected-names.ts'

/** A credential of both states that permits other operations after the change than before. */
export interface OperationsChange {
  readonly credential: string
  readonly before: Operations
  readonly after: Operations
  /** The operations that the credential permits only after the change. */
  readonly gained: readonly Operation[]
  /** The operations that the credential permits only before the change. */
  readonly lost: readonly Operation[]
}

/**
 * Returns the credentials whose permitted operations differ, sorted by id. Changes without an effect on what is
 * permitted are left out.
 */
export function operationsChanges({ before, after }: StatePair): readonly OperationsChange[] {
  const found: OperationsChange[] = []
  for (const [credential, old, now] of changesBetween(before.credentials, after.credentials)) {
    if (old === undefined || now === undefined || isSame(old.operations, now.operations)) continue
    const gained = operations.filter((one) => permitsOnly(now.operations, old.operations, one))
    const lost = operations.filter((one) => permitsOnly(old.operations, now.operations, one))
    const isOtherForm = old.operations.type !== now.operations.type
    if (gained.length + lost.length === 0 && !isOtherForm) continue
    found.push({ credential, before: old.operations, after: now.operations, gained, lost })
  }
  return found.sort((a, b) => (a.credential < b.credential ? -1 : 1))
}

function permitsOnly(permitted: Operations, other: Operations, operation: Operation): boolean {
  return permitsOperation(permitted, operation) && !permitsOperation(other, operation)
}
