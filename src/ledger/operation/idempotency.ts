import { freeze } from '../../model/value/freeze.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { WriteOk } from '../../port/ledger-result.ts'
import { isSame } from '../same.ts'
import type { Books, IdempotencyRecord, IdempotentWrite } from '../storage/books.ts'

/** The answer to what was sent under a key that means something else. */
export const keyReused = Object.freeze({ ok: false, reason: 'key_reused' } as const)

/** The first answer again, if it was to the same request. */
export function replayOf<Answer extends WriteOk>(
  { type, request, answer }: IdempotencyRecord,
  asked: IdempotentWrite,
  again: object,
): Answer | typeof keyReused {
  return type === asked && isSame(request, again) ? ({ ...answer, replay: true } as Answer) : keyReused
}

/** Keeps the answer to a write. Those to grants are kept for ever. */
export function remember<Answer extends WriteOk>(
  books: Books,
  type: IdempotentWrite,
  key: string,
  request: object,
  answer: Answer,
  at: Instant,
): Answer {
  // The caller has the same object, and must not change what it would be told again.
  freeze(answer)
  const keyed: IdempotencyRecord = { type, key, request, answer, endedAt: at }
  books.keys.set(key, keyed)
  if (type !== 'grant') books.endedKeys.add(keyed)
  return answer
}
