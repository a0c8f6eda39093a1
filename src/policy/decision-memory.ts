import type { State } from '../model/state/state.ts'
import { hashOf } from '../model/table/hash.ts'
import { cacheByIdentity } from '../model/value/cache-by-identity.ts'
import type { UseDecision } from './decision/decision.ts'
import { shareDecision } from './decision/share.ts'
import type { UseRequest } from './request/request.ts'

/**
 * A decision with every input of the decision but the credits. Credits are compared after the decision is made, and are
 * no part of the key. The decision holds in `[from, until)`: from the instant at which it was made.
 */
interface Remembered {
  readonly type: string
  /** The id of the caller, or the digest of the caller's credential, according to `type`. */
  readonly id: string
  readonly model: string
  readonly team: string | undefined
  readonly operation: string | undefined
  readonly from: number
  readonly until: number
  readonly decision: UseDecision
}

/** The number of slots of a new memory. */
const firstSlots = 256

/**
 * The maximum number of slots. A remembered decision takes about 1 kB, so one state remembers at most some 64 MB of
 * decisions. With more slots, a lookup waits for memory as long as a decision takes.
 */
export const maximumSlots = 65_536

/**
 * The number of slots up to which requests made once let a memory grow. Beyond, only remembered decisions do, so that
 * requests that never come again leave the memory in the processor's cache.
 */
const seenSlots = 16_384

/** The maximum number of slots for each caller that a state knows, so that a small state has a small memory. */
const slotsPerCaller = 32

/** The number of neighboring slots in which a decision may be. */
const windowSize = 4

/**
 * The remembered decisions of one state: a hash table of bounded size, without chains. Remembers a decision from the
 * second time it is made, so that a request made once costs one write of a number. A decision whose slots are taken
 * replaces another.
 */
export class DecisionMemory {
  /** For each slot 0 if it is free, the hash of a remembered request, or the negative hash of a request made once. */
  #hashes = new Int32Array(firstSlots)
  #entries: (Remembered | undefined)[] = new Array<Remembered | undefined>(firstSlots).fill(undefined)
  /** The number of slots that are not free, and of those with an entry. */
  #taken = 0
  #kept = 0
  readonly #limit: number

  /** Creates a memory of at most `limit` slots. The limit must be a power of two, at least 256. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The number of slots in use. */
  get size(): number {
    return this.#taken
  }

  /**
   * Returns the remembered decision of a request. If there is none, returns the one that `decide` makes, and remembers it
   * for the next time. `decide` must ignore the request's credits.
   */
  recall(request: UseRequest, state: State, decide: (request: UseRequest, state: State) => UseDecision): UseDecision {
    const hash = hashOfRequest(request)
    const slot = this.#find(hash)
    if (slot < 0) {
      this.#note(hash)
      return decide(request, state)
    }
    const known = this.#entries[slot]
    if (known !== undefined && answers(known, request)) return known.decision
    const made = decide(request, state)
    const decision = shareDecision(made)
    if (decision === undefined) return made
    this.#keep(slot, hash, entryOf(request, decision))
    return decision
  }

  /** The slot with this hash, or -1. */
  #find(hash: number): number {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    for (let i = 0; i < windowSize; i += 1) {
      const slot = (hash + i) & mask
      const found = hashes[slot]
      if (found === hash || found === -hash) return slot
    }
    return -1
  }

  /** Notes the hash of a request that was made once. */
  #note(hash: number): void {
    const { length } = this.#hashes
    const isCrowded = 2 * this.#kept >= length || (2 * this.#taken >= length && length < seenSlots)
    if (isCrowded && length < this.#limit) this.#grow()
    const slot = this.#claim(hash)
    if (this.#hashes[slot] === 0) this.#taken += 1
    this.#drop(slot)
    this.#hashes[slot] = -hash
  }

  /** The slot to take for a hash: a free one, else one without an entry, else the first of the hash's slots. */
  #claim(hash: number): number {
    const hashes = this.#hashes
    const mask = hashes.length - 1
    let best = hash & mask
    for (let i = 0; i < windowSize; i += 1) {
      const slot = (hash + i) & mask
      const found = hashes[slot] as number
      if (found === 0) return slot
      if (found < 0 && (hashes[best] as number) > 0) best = slot
    }
    return best
  }

  #keep(slot: number, hash: number, entry: Remembered): void {
    if ((this.#hashes[slot] as number) <= 0) this.#kept += 1
    this.#hashes[slot] = hash
    this.#entries[slot] = entry
  }

  #drop(slot: number): void {
    if ((this.#hashes[slot] as number) <= 0) return
    this.#kept -= 1
    this.#entries[slot] = undefined
  }

  #grow(): void {
    const hashes = this.#hashes
    const entries = this.#entries
    this.#hashes = new Int32Array(2 * hashes.length)
    this.#entries = new Array<Remembered | undefined>(2 * hashes.length).fill(undefined)
    this.#taken = 0
    this.#kept = 0
    for (let slot = 0; slot < hashes.length; slot += 1) {
      const hash = hashes[slot] as number
      if (hash === 0) continue
      const place = this.#claim(Math.abs(hash))
      if (this.#hashes[place] === 0) this.#taken += 1
      this.#drop(place)
      const entry = entries[slot]
      if (entry === undefined) this.#hashes[place] = hash
      else this.#keep(place, hash, entry)
    }
  }
}

/** The id of a caller, or the digest of the caller's credential. */
function idOf(who: UseRequest['who']): string {
  return who.type === 'credentialDigest' ? who.digest : who.id
}

/** A hash of everything that identifies a remembered decision; never 0. */
function hashOfRequest({ who, model, team, operation }: UseRequest): number {
  let hash = hashOf(idOf(who))
  hash = Math.imul(hash, 0x9e3779b1) ^ hashOf(model)
  if (team !== undefined) hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ hashOf(team)
  if (operation !== undefined) hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) ^ hashOf(operation)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 16)) & 0x3fffffff) + 1
}

/** Whether a remembered decision is the decision of a request. */
function answers(known: Remembered, { who, model, team, operation, at }: UseRequest): boolean {
  return (
    known.from <= at &&
    at < known.until &&
    known.id === idOf(who) &&
    known.model === model &&
    known.type === who.type &&
    known.team === team &&
    known.operation === operation
  )
}

function entryOf({ who, model, team, operation, at }: UseRequest, decision: UseDecision): Remembered {
  const id = idOf(who)
  const until = decision.until ?? Number.POSITIVE_INFINITY
  return { type: who.type, id, model, team, operation, from: at, until, decision }
}

/**
 * Returns the memory of a state. The memory lives as long as the state object: a command makes another state, which
 * remembers nothing yet.
 */
export const memoryOf: (state: State) => DecisionMemory = /* @__PURE__ */ cacheByIdentity(
  (state: State) => new DecisionMemory(slotLimitOf(state)),
)

/** The maximum number of slots for a state: a power of two that follows the number of callers which the state knows. */
function slotLimitOf({ users, teams, virtualAccounts, credentials }: State): number {
  const wanted = slotsPerCaller * (users.size + teams.size + virtualAccounts.size + credentials.size)
  let limit = firstSlots
  while (limit < wanted && limit < maximumSlots) limit *= 2
  return limit
}
