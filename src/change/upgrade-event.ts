/** The fields of a stored event of any schema version. */
export type EventText = Readonly<Record<string, unknown>>

/** A function that converts a stored event from one schema version to the next. Must not change its argument. */
export type Upgrade = (event: EventText) => EventText

/**
 * The upgrades from every earlier schema version of events, in order. The function at index `i` converts an event of
 * schema `i + 1` to schema `i + 2`, so there is one function fewer than there are versions.
 */
export const upgrades: readonly Upgrade[] = []

/**
 * Converts a stored event of an earlier schema version to the version after the last upgrade in `table`. Applies the
 * upgrades from `schema` on in order, each once. Returns an event of a later version unchanged.
 */
export function upgradeEvent(event: EventText, schema: number, table: readonly Upgrade[]): EventText {
  return table.slice(schema - 1).reduce((upgraded, upgrade) => upgrade(upgraded), event)
}
