import { freeze } from '../../model/value/freeze.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { WriteOk } from '../../port/ledger-result.ts'
import { isSame } from '../same.ts'
import type { Books, IdempotencyRecord, IdempotentWrite } from '../storage/books.ts'

/** The result of a write whose idempotency key was already used by a different write. */
export const keyReused = Object.freeze({ ok: false, reason: 'key_reused' } as const)

/**
 * Returns the recorded result of an earlier write with the same key, marked as a replay. Returns `key_reused` when the
 * two writes differ.
 */
export function replayOf<Answer extends WriteOk>(
  { type, request, answer }: IdempotencyRecord,
  write: IdempotentWrite,
  again: object,
): Answer | typeof keyReused {
  return type === write && isSame(request, again) ? ({ ...answer, replay: true } as Answer) : keyReused
}

/**
 * Records the result of a write under its idempotency key, and returns the result. The id retention does not apply to
 * grants: their results are kept indefinitely.
 */
export function remember<Answer extends WriteOk>(
  books: Books,
  type: IdempotentWrite,
  key: string,
  request: object,
  answer: Answer,
  at: Instant,
): Answer {
  // The caller receives the same object, and must not be able to change a later replay.
  freeze(answer)
  const keyed: IdempotencyRecord = { type, key, request, answer, endedAt: at }
  books.keys.set(key, keyed)
  if (type !== 'grant') books.endedKeys.add(keyed)
  return answer
}
