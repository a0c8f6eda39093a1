import { freeze } from '../model/freeze.ts'
import type { Instant } from '../model/instant.ts'
import type { Done } from '../port/ledger-result.ts'
import type { Books, Keyed, KeyedType } from './books.ts'
import { isSame } from './same.ts'

/** The answer to what was sent under a key that means something else. */
export const keyReused = Object.freeze({ ok: false, reason: 'key_reused' } as const)

/** The first answer again, if it was to the same request. */
export function replayOf<Answer extends Done>(
  { type, request, answer }: Keyed,
  asked: KeyedType,
  again: object,
): Answer | typeof keyReused {
  return type === asked && isSame(request, again) ? ({ ...answer, replay: true } as Answer) : keyReused
}

/** Keeps the answer to a write. Those to grants are kept for ever. */
export function remember<Answer extends Done>(
  books: Books,
  type: KeyedType,
  key: string,
  request: object,
  answer: Answer,
  at: Instant,
): Answer {
  // The caller has the same object, and must not change what it would be told again.
  freeze(answer)
  const keyed: Keyed = { type, key, request, answer, endedAt: at }
  books.keys.set(key, keyed)
  if (type !== 'grant') books.endedKeys.add(keyed)
  return answer
}
