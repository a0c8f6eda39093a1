const day = 86_400_000

/**
 * For how many milliseconds ids are known: a day unless it is said otherwise.
 * @throws {RangeError} when that is not a whole number from 1,000 on
 */
export function idRetentionOf({ idRetention = day }: { readonly idRetention?: number }): number {
  if (Number.isSafeInteger(idRetention) && idRetention >= 1_000) return idRetention
  throw new RangeError(`expected whole milliseconds, at least 1000, not \`${idRetention}\``)
}
