const day = 86_400_000

/**
 * Returns the option `idRetention` in milliseconds. Default: one day.
 * @throws {RangeError} when `idRetention` is not an integer of at least 1,000
 */
export function idRetentionOf({ idRetention = day }: { readonly idRetention?: number }): number {
  if (Number.isSafeInteger(idRetention) && idRetention >= 1_000) return idRetention
  throw new RangeError(`expected an integer of at least 1000 milliseconds, not \`${idRetention}\``)
}
