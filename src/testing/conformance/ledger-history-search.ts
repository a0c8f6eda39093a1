import type { Instant } from '../../model/value/instant.ts'
import { answerCall } from '../reference/ledger-model.ts'
import { emptyLedgerModel, type LedgerModel, textOf, textOfModel } from '../reference/ledger-model-state.ts'
import type { HistoryCall } from './ledger-history.ts'

/** Whether some order, one call after another, explains a history. */
export type Explanation =
  /** It does: each call takes effect between its invocation and its answer. Calls without an answer are in it where they had an effect. */
  | { readonly verdict: 'explained'; readonly order: readonly HistoryCall[] }
  /** No order does. */
  | { readonly verdict: 'unexplained'; readonly stuck: Stuck }
  /** Nobody knows: there were too many orders to try. */
  | { readonly verdict: 'undecided' }

/** Where the order that got furthest ends: no call that could be next would be answered as it was. */
export interface Stuck {
  readonly order: readonly HistoryCall[]
  readonly next: readonly { readonly call: HistoryCall; readonly wouldBe: unknown }[]
}

/** How many states a search looks at, at most. Histories of two dozen calls take tens; one that is all at once, thousands. */
export const searchLimit = 100_000

/**
 * Looks for an order that explains every answer of a history, from a ledger that nothing has happened to. It tries what may
 * be next, as Wing and Gong do, and never looks twice at the same ledger after the same calls, as Lowe does.
 */
export function explainHistory(calls: readonly HistoryCall[], at: Instant, limit = searchLimit): Explanation {
  const search = new Search(calls, limit)
  const order = search.from(emptyLedgerModel(at), 0n, [])
  if (order !== undefined) return { verdict: 'explained', order }
  return search.isExhausted ? { verdict: 'undecided' } : { verdict: 'unexplained', stuck: search.stuck }
}

class Search {
  readonly #calls: readonly HistoryCall[]
  readonly #answers: readonly string[]
  readonly #seen = new Set<string>()
  readonly #limit: number
  isExhausted = false
  stuck: Stuck = { order: [], next: [] }

  constructor(calls: readonly HistoryCall[], limit: number) {
    // Those that were answered first come first; who has no answer had perhaps no effect.
    this.#calls = [...calls].sort((a, b) => endOf(a) - endOf(b))
    this.#answers = this.#calls.map(({ answered }) => textOf(answered?.answer))
    this.#limit = limit
  }

  /** The whole order that goes on from a ledger after some calls, if there is one. */
  from(model: LedgerModel, done: bigint, before: readonly HistoryCall[]): readonly HistoryCall[] | undefined {
    const open = [...this.#calls.keys()].filter((i) => (done & (1n << BigInt(i))) === 0n)
    const firstEnd = Math.min(...open.map((i) => endOf(this.#calls[i])))
    if (firstEnd === Number.POSITIVE_INFINITY) return before

    const wrong: { call: HistoryCall; wouldBe: unknown }[] = []
    const steps: { call: HistoryCall; done: bigint; after: LedgerModel }[] = []
    for (const i of open) {
      const call = this.#calls[i] as HistoryCall
      if (call.invokedAt > firstEnd) continue
      const { answer, after } = answerCall(model, call)
      const isAnswered = call.answered !== undefined
      if (isAnswered && textOf(answer) !== this.#answers[i]) {
        wrong.push({ call, wouldBe: answer })
        continue
      }
      const step = { call, done: done | (1n << BigInt(i)), after }
      // What changes nothing may as well be first: every order that goes on from here goes on without it.
      if (after === model && isAnswered) return this.from(after, step.done, [...before, call])
      if (after !== model) steps.push(step)
    }
    if (before.length >= this.stuck.order.length) this.stuck = { order: before, next: wrong }
    // Orders part here, and only here can they have met.
    if (steps.length > 1 && this.#isSeen(model, done)) return undefined
    for (const { call, done: next, after } of steps) {
      const order = this.from(after, next, [...before, call])
      if (order !== undefined || this.isExhausted) return order
    }
    return undefined
  }

  #isSeen(model: LedgerModel, done: bigint): boolean {
    const place = `${done.toString(36)} ${textOfModel(model)}`
    if (this.#seen.has(place)) return true
    if (this.#seen.size >= this.#limit) {
      this.isExhausted = true
      return true
    }
    this.#seen.add(place)
    return false
  }
}

/** When a call was answered: never, where it was not. */
function endOf(call: HistoryCall | undefined): number {
  return call?.answered?.at ?? Number.POSITIVE_INFINITY
}

/**
 * The least of a history that no order explains: it ends with the first answer that cannot be, and questions and refusals that
 * have nothing to do with it are left out.
 */
export function leastUnexplained(calls: readonly HistoryCall[], at: Instant): readonly HistoryCall[] {
  const isUnexplained = (some: readonly HistoryCall[]) => explainHistory(some, at).verdict === 'unexplained'
  const ends = calls
    .map(endOf)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const end = ends.find((mark) => isUnexplained(until(calls, mark)))
  let least = end === undefined ? calls : until(calls, end)
  for (const call of least) {
    if (call.answered === undefined || hadEffect(call.answered.answer)) continue
    const without = least.filter((one) => one !== call)
    if (isUnexplained(without)) least = without
  }
  return least
}

/** What was known of a history at a mark. */
function until(calls: readonly HistoryCall[], mark: number): readonly HistoryCall[] {
  return calls
    .filter(({ invokedAt }) => invokedAt <= mark)
    .map((call) => {
      if (endOf(call) <= mark) return call
      const { answered: _, ...invoked } = call
      return invoked as HistoryCall
    })
}

function hadEffect(answer: unknown): boolean {
  const { ok, replay } = Object(answer) as { ok?: unknown; replay?: unknown }
  return ok === true && replay === false
}

/** Says of a history that no order explains it, a line for each call, and what the furthest order would have answered next. */
export function reportUnexplained(calls: readonly HistoryCall[], at: Instant): string {
  const least = leastUnexplained(calls, at)
  const explained = explainHistory(least, at)
  const stuck = explained.verdict === 'unexplained' ? explained.stuck : { order: [], next: [] }
  const numberOf = (call: HistoryCall) => least.indexOf(call) + 1
  const lines = least.map((call) => {
    const { answered, caller, invokedAt } = call
    const marks = `${invokedAt} to ${answered === undefined ? 'nobody knows when' : answered.at}`
    const answer = answered === undefined ? 'no answer' : textOf(answered.answer)
    return `${numberOf(call)}. caller ${caller}, ${marks}: ${call.call} ${textOf(call.request)}\n     ${answer}`
  })
  const next = stuck.next.map(
    ({ call, wouldBe }) => `then ${numberOf(call)}. would be answered\n     ${textOf(wouldBe)}`,
  )
  return [
    'no order of these calls explains what they were answered',
    ...lines,
    `the furthest is ${stuck.order.map(numberOf).join(', ') || 'none'}`,
    ...next,
  ].join('\n')
}
