import type { Draft } from './draft.ts'
import { isOpenLot } from './draft.ts'
import { writeExact } from './exact-json.ts'
import { writeBody } from './hold-body.ts'
import type { AllowanceRow, LotRow } from './row.ts'

/** What a batch believed when it decided. */
export interface Belief {
  /** The wallets it rests on and their versions, in the order they are locked. */
  readonly seen: readonly (readonly [number: number, version: number])[]
  readonly absentHolds: readonly string[]
  readonly absentKeys: readonly string[]
}

type Cell = string | number | bigint | boolean | null

/** The literal of an array of numbers, truth values or names without special characters. */
function plain(cells: readonly Cell[]): string {
  return `{${cells.map((cell) => (cell === null ? 'null' : String(cell))).join(',')}}`
}

const special = /["\\]/g

/** The literal of an array of texts. */
export function texts(cells: readonly (string | null)[]): string {
  return `{${cells.map((cell) => (cell === null ? 'null' : `"${quoteText(cell)}"`)).join(',')}}`
}

function quoteText(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(special, '\\$&') : text
}

/** An instant, or none where it is never. */
function finite(at: number): number | null {
  return at === Number.POSITIVE_INFINITY ? null : at
}

/** The arguments of the function `still_true`, and the first ones of `commit`. */
export function writeBelief({ seen, absentHolds, absentKeys }: Belief): string[] {
  return [plain(seen.map(([n]) => n)), plain(seen.map(([, v]) => v)), texts(absentHolds), texts(absentKeys)]
}

/** The arguments of the function `commit`. */
export function writeDraft(belief: Belief, draft: Draft): string[] {
  return [
    ...writeBelief(belief),
    ...writeWallets(draft.wallets),
    ...writeOpenedLots(draft.openedLots),
    ...writeChangedLots(draft.changedLots),
    ...writeHolds(draft),
    texts(draft.goneHolds.map(({ id }) => id)),
    texts(draft.goneKeys),
    texts(draft.keys.map(({ key }) => key)),
    plain(draft.keys.map(({ type }) => type)),
    texts(draft.keys.map(({ request }) => writeExact(request))),
    texts(draft.keys.map(({ answer }) => writeExact(answer))),
    plain(draft.keys.map(({ endedAt }) => endedAt)),
    ...writeEntries(draft.entries),
  ]
}

function writeWallets(rows: Draft['wallets']): string[] {
  return [
    plain(rows.map(({ number }) => number)),
    plain(rows.map(({ sequence }) => sequence)),
    plain(rows.map(({ amounts }) => amounts.granted)),
    plain(rows.map(({ amounts }) => amounts.drawn)),
    plain(rows.map(({ amounts }) => amounts.overdraft)),
    plain(rows.map(({ amounts }) => amounts.writtenOff)),
    plain(rows.map(({ amounts }) => amounts.available)),
    plain(rows.map(({ amounts }) => amounts.reserved)),
    plain(rows.map(({ amounts }) => amounts.spent)),
    plain(rows.map(({ amounts }) => amounts.expired)),
    plain(rows.map(({ amounts }) => amounts.revoked)),
    plain(rows.map(({ at }) => at)),
    plain(rows.map(({ ordinal }) => ordinal)),
    plain(rows.map(({ dueAt }) => finite(dueAt))),
    plain(rows.map(({ parent }) => parent ?? null)),
    texts(rows.map(({ terms }) => writeExact(terms))),
    texts(rows.map(({ allowances }) => (allowances.length === 0 ? null : writeAllowances(allowances)))),
    plain(rows.map(({ capSpent }) => capSpent)),
    plain(rows.map(({ capStartsAt }) => capStartsAt)),
    plain(rows.map(({ capEndsAt }) => finite(capEndsAt))),
  ]
}

function writeAllowances(allowances: readonly AllowanceRow[]): string {
  return writeExact(allowances.map((one) => ({ ...one, rollsAt: finite(one.rollsAt) })))
}

function writeOpenedLots(lots: Draft['openedLots']): string[] {
  const of = (cell: (lot: LotRow) => Cell): string => plain(lots.map(([, lot]) => cell(lot)))
  return [
    plain(lots.map(([wallet]) => wallet)),
    of(({ order }) => order),
    texts(lots.map(([, { grant }]) => grant)),
    of(({ period }) => period ?? null),
    of(({ kind }) => kind),
    of(({ priority }) => priority),
    of(({ effectiveAt }) => effectiveAt),
    of(({ expiresAt }) => finite(expiresAt)),
    texts(lots.map(([, { only }]) => (only === undefined ? null : JSON.stringify(only)))),
    of(({ amount }) => amount),
    of(({ available }) => available),
    of(({ reserved }) => reserved),
    of(({ state }) => state),
    of(isOpenLot),
  ]
}

function writeChangedLots(lots: Draft['changedLots']): string[] {
  const of = (cell: (lot: LotRow) => Cell): string => plain(lots.map(([, lot]) => cell(lot)))
  return [
    plain(lots.map(([wallet]) => wallet)),
    of(({ order }) => order),
    of(({ available }) => available),
    of(({ reserved }) => reserved),
    of(({ state }) => state),
    of(isOpenLot),
  ]
}

function writeHolds({ openedHolds: opened, changedHolds: changed, goneHolds: gone }: Draft): string[] {
  const after = changed.map(([, hold]) => hold)
  const above: (readonly [number, number, string])[] = []
  const below: (readonly [number, number, string])[] = []
  for (const { id, state, path, expiresAt } of opened) {
    if (state === 'held') for (const number of path.slice(1)) above.push([number, expiresAt, id])
  }
  for (const [before, { id, state, expiresAt, path }] of changed) {
    if (before.state !== 'held' || path.length < 2 || (state === 'held' && expiresAt === before.expiresAt)) continue
    for (const number of path.slice(1)) {
      below.push([number, before.expiresAt, id])
      if (state === 'held') above.push([number, expiresAt, id])
    }
  }
  // One that lapsed and was forgotten in this very batch was never written as lapsed.
  for (const { id, state, path, expiresAt } of gone) {
    if (state === 'held') for (const number of path.slice(1)) below.push([number, expiresAt, id])
  }
  return [
    texts(opened.map(({ id }) => id)),
    plain(opened.map(({ path }) => path[0] ?? null)),
    texts(opened.map(({ path }) => path.join(','))),
    plain(opened.map(({ state }) => state)),
    plain(opened.map(({ amount }) => amount)),
    plain(opened.map(({ held }) => held)),
    plain(opened.map(({ spent }) => spent)),
    plain(opened.map(({ refunded }) => refunded)),
    plain(opened.map(({ createdAt }) => createdAt)),
    plain(opened.map(({ expiresAt }) => expiresAt)),
    plain(opened.map(({ endedAt }) => endedAt)),
    texts(opened.map(writeBody)),
    texts(after.map(({ id }) => id)),
    plain(after.map(({ state }) => state)),
    plain(after.map(({ amount }) => amount)),
    plain(after.map(({ held }) => held)),
    plain(after.map(({ spent }) => spent)),
    plain(after.map(({ refunded }) => refunded)),
    plain(after.map(({ expiresAt }) => expiresAt)),
    plain(after.map(({ endedAt }) => endedAt)),
    texts(after.map(writeBody)),
    ...writeAbove(above),
    ...writeAbove(below),
  ]
}

function writeAbove(rows: readonly (readonly [number, number, string])[]): string[] {
  return [plain(rows.map(([n]) => n)), plain(rows.map(([, at]) => at)), texts(rows.map(([, , id]) => id))]
}

function writeEntries(rows: Draft['entries']): string[] {
  return [
    plain(rows.map(({ wallet }) => wallet)),
    plain(rows.map(({ sequence }) => sequence)),
    plain(rows.map(({ at }) => at)),
    plain(rows.map(({ movement }) => movement)),
    plain(rows.map(({ amount }) => amount)),
    plain(rows.map(({ lot }) => lot)),
    texts(rows.map(({ hold }) => hold)),
  ]
}
