import type { Instant } from '../../../model/value/instant.ts'
import { answerCall } from '../../reference/ledger-model/answer-call.ts'
import { emptyLedgerModel, type LedgerModel, textOf, textOfModel } from '../../reference/ledger-model/state.ts'
import type { HistoryCall } from './history-log.ts'

/** Whether a history is linearizable: whether some sequential order of its calls explains every result. */
export type Linearization =
  /** It is: in `order` each call takes effect between its invocation and its result. A call without a result is in it if it took effect. */
  | { readonly verdict: 'linearizable'; readonly order: readonly HistoryCall[] }
  /** It is not: no order explains it. */
  | { readonly verdict: 'not_linearizable'; readonly deadEnd: DeadEnd }
  /** The search reached its limit. */
  | { readonly verdict: 'undecided' }

/** The end of the longest order tried: every call that could be next would have a different result there. */
interface DeadEnd {
  readonly order: readonly HistoryCall[]
  readonly next: readonly { readonly call: HistoryCall; readonly wouldBe: unknown }[]
}

/** The maximum number of states that a search visits. A history of two dozen calls takes tens, a fully concurrent one thousands. */
const searchLimit = 100_000

/**
 * Searches for a sequential order that explains every result of a history, from an empty ledger. It tries each call that may
 * be next (Wing and Gong), and visits a state of the model after the same calls only once (Lowe).
 */
export function linearizeHistory(calls: readonly HistoryCall[], at: Instant, limit = searchLimit): Linearization {
  const search = new OrderSearch(calls, limit)
  const order = search.from(emptyLedgerModel(at), 0n, [])
  if (order !== undefined) return { verdict: 'linearizable', order }
  return search.isExhausted ? { verdict: 'undecided' } : { verdict: 'not_linearizable', deadEnd: search.deadEnd }
}

class OrderSearch {
  readonly #calls: readonly HistoryCall[]
  readonly #answers: readonly string[]
  readonly #seen = new Set<string>()
  readonly #limit: number
  isExhausted = false
  deadEnd: DeadEnd = { order: [], next: [] }

  constructor(calls: readonly HistoryCall[], limit: number) {
    // In order of results. A call without a result comes last, since it may have had no effect.
    this.#calls = [...calls].sort((a, b) => endOf(a) - endOf(b))
    this.#answers = this.#calls.map(({ answered }) => textOf(answered?.result))
    this.#limit = limit
  }

  /** A complete order that continues from a state of the model after the calls `done`, if one exists. */
  from(model: LedgerModel, done: bigint, before: readonly HistoryCall[]): readonly HistoryCall[] | undefined {
    const open = [...this.#calls.keys()].filter((i) => (done & (1n << BigInt(i))) === 0n)
    const firstEnd = Math.min(...open.map((i) => endOf(this.#calls[i])))
    if (firstEnd === Number.POSITIVE_INFINITY) return before

    const wrong: { call: HistoryCall; wouldBe: unknown }[] = []
    const steps: { call: HistoryCall; done: bigint; after: LedgerModel }[] = []
    for (const i of open) {
      const call = this.#calls[i] as HistoryCall
      if (call.invokedAt > firstEnd) continue
      const { result, after } = answerCall(model, call)
      const isAnswered = call.answered !== undefined
      if (isAnswered && textOf(result) !== this.#answers[i]) {
        wrong.push({ call, wouldBe: result })
        continue
      }
      const step = { call, done: done | (1n << BigInt(i)), after }
      // A call that changes nothing can come first: every order that continues from here works after it too.
      if (after === model && isAnswered) return this.from(after, step.done, [...before, call])
      if (after !== model) steps.push(step)
    }
    if (before.length >= this.deadEnd.order.length) this.deadEnd = { order: before, next: wrong }
    // Orders branch here, so only here can two of them have reached the same state.
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

/** The time of a call's result; infinity without one. */
function endOf(call: HistoryCall | undefined): number {
  return call?.answered?.at ?? Number.POSITIVE_INFINITY
}

/**
 * Shrinks a history that is not linearizable: it ends at the first result that cannot be explained, and has no reads and
 * refusals that are not needed to show that.
 */
export function shrinkHistory(calls: readonly HistoryCall[], at: Instant): readonly HistoryCall[] {
  const isWrong = (some: readonly HistoryCall[]) => linearizeHistory(some, at).verdict === 'not_linearizable'
  const ends = calls
    .map(endOf)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const end = ends.find((mark) => isWrong(until(calls, mark)))
  let least = end === undefined ? calls : until(calls, end)
  for (const call of least) {
    if (call.answered === undefined || hasEffect(call.answered.result)) continue
    const without = least.filter((one) => one !== call)
    if (isWrong(without)) least = without
  }
  return least
}

/** The history up to a time: later results are removed. */
function until(calls: readonly HistoryCall[], mark: number): readonly HistoryCall[] {
  return calls
    .filter(({ invokedAt }) => invokedAt <= mark)
    .map((call) => {
      if (endOf(call) <= mark) return call
      const { answered: _, ...invoked } = call
      return invoked as HistoryCall
    })
}

function hasEffect(result: unknown): boolean {
  const { ok, replay } = Object(result) as { ok?: unknown; replay?: unknown }
  return ok === true && replay === false
}

/** Describes a history that is not linearizable: a line for each call of the shrunk history, and the dead end of the search. */
export function reportHistory(calls: readonly HistoryCall[], at: Instant): string {
  const least = shrinkHistory(calls, at)
  const found = linearizeHistory(least, at)
  const deadEnd = found.verdict === 'not_linearizable' ? found.deadEnd : { order: [], next: [] }
  const numberOf = (call: HistoryCall) => least.indexOf(call) + 1
  const lines = least.map((call) => {
    const { answered, caller, invokedAt } = call
    const marks = `${invokedAt} to ${answered === undefined ? 'unknown' : answered.at}`
    const result = answered === undefined ? 'no result' : textOf(answered.result)
    return `${numberOf(call)}. caller ${caller}, ${marks}: ${call.call} ${textOf(call.request)}\n     ${result}`
  })
  const next = deadEnd.next.map(({ call, wouldBe }) => `then ${numberOf(call)}. would return\n     ${textOf(wouldBe)}`)
  return [
    'no sequential order of these calls explains their results',
    ...lines,
    `the longest order that does is ${deadEnd.order.map(numberOf).join(', ') || 'empty'}`,
    ...next,
  ].join('\n')
}
