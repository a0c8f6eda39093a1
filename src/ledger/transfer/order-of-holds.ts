import type { ImportedHold } from './imported-hold.ts'

/**
 * Sorts open holds topologically into a possible order of creation. `byWallet` lists the holds of each wallet in the
 * order of their first entries. Holds without a common wallet may be in any order. Returns `undefined` when the lists
 * contradict each other.
 */
export function orderOfHolds(
  holds: readonly ImportedHold[],
  byWallet: readonly (readonly ImportedHold[])[],
): readonly ImportedHold[] | undefined {
  const after = new Map<ImportedHold, ImportedHold[]>(holds.map((hold) => [hold, []]))
  const waiting = new Map<ImportedHold, number>(holds.map((hold) => [hold, 0]))
  for (const made of byWallet) {
    for (let i = 1; i < made.length; i += 1) {
      const [before, next] = [made[i - 1] as ImportedHold, made[i] as ImportedHold]
      after.get(before)?.push(next)
      waiting.set(next, (waiting.get(next) ?? 0) + 1)
    }
  }
  const ordered = holds.filter((hold) => waiting.get(hold) === 0)
  for (let i = 0; i < ordered.length; i += 1) {
    for (const next of after.get(ordered[i] as ImportedHold) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1
      waiting.set(next, left)
      if (left === 0) ordered.push(next)
    }
  }
  return ordered.length === holds.length ? ordered : undefined
}
