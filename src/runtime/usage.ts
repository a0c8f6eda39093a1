import { isId } from '../model/value/id.ts'
import { faultOfInstant, type Instant, isInstant } from '../model/value/instant.ts'
import type { Principal } from '../model/value/principal.ts'
import { type Usage, type UsageEntry, usageLimit, usageSchema } from '../query/lint/context/usage.ts'
import type { DecidedEvent, EngineEvent } from './call/engine-event.ts'
import { LatestMap } from './latest-map.ts'

/** The last use of a credential: the last call by it that the policy allowed. */
export interface CredentialUse {
  readonly credential: string
  readonly at: Instant
  /** The number of calls that were allowed. */
  readonly count: number
}

/** What a collector of usage knows, as JSON. `lint` accepts it as `usage`, without `version` and `credentials`. */
export interface UsageSnapshot {
  readonly version: 1
  readonly since: Instant
  readonly entries: readonly UsageEntry[]
  readonly credentials: readonly CredentialUse[]
}

export interface UsageOptions {
  /**
   * The instant at which collecting begins: just before the subscription, or the `since` of the JSON that `merge` adds.
   * Default: the time of the system clock, which can differ from the engine's `clock`.
   */
  readonly since?: Instant | undefined
  /** The maximum number of entries, and of credentials, 1 to 1,000,000. Default: 100,000, which take about 70 MB. */
  readonly limit?: number | undefined
}

/**
 * The maximum number of entries of one caller for calls that were not allowed. Names of models and teams in such calls
 * cost the caller nothing, so without this bound it could invent names until the calls of others are forgotten.
 */
const deniedLimit = 100

/**
 * Collects from the events of an engine which principal requested which model with what outcome, and when each credential
 * was used last. Pass its `record` to `subscribe`. Bounded: when there are too many entries, those whose last calls are
 * the longest ago go, and `since` moves behind these calls, so that `lint` never takes what was forgotten for unused.
 * Of calls that were not allowed, each caller has the last 100 entries; older ones go without a move of `since`.
 */
export interface UsageCollector {
  /** Adds the calls among these events. Bound to the collector, so it can be passed as a listener. */
  readonly record: (events: readonly EngineEvent[]) => void
  /** Returns the usage log for `lint`: all allowed calls since its `since`, and the denied calls that are kept. */
  usage(): Usage
  /** Returns the last use of a credential; `undefined` if it was not used since `since`, or was forgotten. */
  lastUse(credential: string): CredentialUse | undefined
  /**
   * Adds the calls of another collector, such as one on another node. Calls that are in both count twice. The result is
   * complete since the later `since`: create the collector with the `since` of the snapshot to keep it after a restart.
   * @throws {TypeError} when the argument is not a snapshot; the message names the place
   */
  merge(snapshot: UsageSnapshot): void
  /**
   * Returns everything as JSON. After a restart, pass its `since` to `createUsage`, and `merge` it. Calls that were recorded
   * after the JSON was made are missing from it.
   */
  toJSON(): UsageSnapshot
}

/**
 * Creates a collector of usage.
 * @throws {TypeError | RangeError} when an option is not as expected
 *
 * @example
 * const usage = createUsage({ since: Date.now() })
 * engine.subscribe(usage.record)
 * await engine.admit({ credential: 'key', model: 'fast', operation: 'chat', estimate: 9n })
 * await new Promise((resolve) => setTimeout(resolve, 10))
 * console.log(usage.usage().entries.length, usage.lastUse('key')?.count) // 1 1
 */
export function createUsage(options: UsageOptions = {}): UsageCollector {
  const { since = Date.now(), limit = 100_000 } = options
  if (!isInstant(since)) throw new TypeError(`\`since\`: ${faultOfInstant(since)}`)
  if (!Number.isSafeInteger(limit)) throw new TypeError('`limit` must be an integer')
  if (limit < 1 || limit > usageLimit) throw new RangeError(`\`limit\` must be from 1 to ${usageLimit}, not ${limit}`)
  return new Collector(since, limit)
}

type EntryFields = Omit<UsageEntry, 'at' | 'count'>

class Collector implements UsageCollector {
  #since: Instant
  readonly #entries: LatestMap<EntryFields>
  /** The keys of the entries for calls that were not allowed, by caller, the last denied ones at the end. */
  readonly #denied = new Map<string, Set<string>>()
  readonly #credentials: LatestMap<Pick<CredentialUse, 'credential'>>

  constructor(since: Instant, limit: number) {
    this.#since = since
    this.#entries = new LatestMap(limit, (key, fields) => this.#forgetDenied(key, fields))
    this.#credentials = new LatestMap(limit)
  }

  readonly record = (events: readonly EngineEvent[]): void => {
    for (const event of events) {
      // Calls that were dropped are missing from the log, so it is complete only after them.
      if (event.type === 'dropped') this.#forget(event.at)
      else if (event.type === 'decided' && event.by === 'admit') this.#recordCall(event)
    }
    this.#trim()
  }

  usage(): Usage {
    return { since: this.#since, entries: this.#entries.values() }
  }

  lastUse(credential: string): CredentialUse | undefined {
    return this.#credentials.get(credential)
  }

  merge(snapshot: UsageSnapshot): void {
    const { since, entries, credentials } = readSnapshot(snapshot)
    this.#since = Math.max(this.#since, since)
    for (const entry of entries) this.#add(entry, entry.count ?? 1)
    for (const use of credentials) this.#addUse(use)
    this.#entries.sort()
    this.#credentials.sort()
    this.#trim()
  }

  toJSON(): UsageSnapshot {
    const entries = this.#entries.values()
    return { version: 1, since: this.#since, entries, credentials: this.#credentials.values() }
  }

  #recordCall({ at, outcome, reason, principal: who, team, model, credential, routes }: DecidedEvent): void {
    if (who === undefined || model === undefined) return
    const isAllowed = outcome === 'allowed' || routes !== undefined
    if (isAllowed && credential !== undefined) this.#addUse({ credential, at, count: 1 })
    const call = { who, ...(team === undefined ? {} : { team }), model, at }
    if (outcome === 'allowed') this.#add({ ...call, effect: 'allow' }, 1)
    else if (outcome === 'denied' && !isUnknown(reason)) {
      this.#add({ ...call, effect: 'deny', reason: reason as NonNullable<UsageEntry['reason']> }, 1)
    } else if (isAllowed) this.#add({ ...call, effect: 'deny' }, 1)
  }

  #add({ at, count: _, ...fields }: UsageEntry, count: number): void {
    const { who, team, model, effect, reason } = fields
    const key = JSON.stringify([who.type, who.id, team, model, effect, reason])
    this.#entries.add(key, fields, at, count)
    if (effect === 'deny') this.#boundDenied(key, who)
  }

  /** Forgets the entry of a caller that was denied the longest ago, if it has too many. */
  #boundDenied(key: string, who: Principal): void {
    const caller = callerOf(who)
    const keys = this.#denied.get(caller) ?? new Set()
    this.#denied.set(caller, keys)
    keys.delete(key)
    keys.add(key)
    if (keys.size <= deniedLimit) return
    const [oldest = key] = keys
    keys.delete(oldest)
    this.#entries.delete(oldest)
  }

  #forgetDenied(key: string, { who, effect }: EntryFields): void {
    if (effect !== 'deny') return
    const caller = callerOf(who)
    const keys = this.#denied.get(caller)
    keys?.delete(key)
    if (keys?.size === 0) this.#denied.delete(caller)
  }

  #addUse({ credential, at, count }: CredentialUse): void {
    this.#credentials.add(credential, { credential }, at, count)
  }

  #trim(): void {
    this.#forget(this.#entries.trim())
    this.#credentials.trim()
  }

  /** Notes that calls up to an instant are missing. */
  #forget(at: Instant): void {
    if (at >= this.#since) this.#since = at + 1
  }
}

function callerOf({ type, id }: Principal): string {
  return JSON.stringify([type, id])
}

/** Whether a call was denied because what it names does not exist. Such a call uses no grant. */
function isUnknown(reason: DecidedEvent['reason']): boolean {
  return reason === 'model_unknown' || reason === 'team_unknown' || reason === 'principal_unknown'
}

/**
 * Checks a snapshot.
 * @throws {TypeError} when it is not one
 */
function readSnapshot(snapshot: UsageSnapshot): UsageSnapshot {
  if (typeof snapshot !== 'object' || snapshot === null) throw new TypeError('expected a snapshot of usage')
  const { version, since, entries, credentials } = snapshot
  if (version !== 1) throw new TypeError('expected a snapshot of usage with `version` 1')
  const [issue] = usageSchema().safeParse({ since, entries }).error?.issues ?? []
  if (issue !== undefined) throw new TypeError(`${issue.message} at \`${issue.path.join('.')}\``)
  if (!Array.isArray(credentials)) throw new TypeError('expected a list at `credentials`')
  const bad = credentials.findIndex((use) => !isUse(use))
  if (bad >= 0) throw new TypeError(`expected a credential, an instant and a count at \`credentials.${bad}\``)
  return snapshot
}

function isUse(use: CredentialUse | null | undefined): boolean {
  const isCount = Number.isSafeInteger(use?.count) && (use?.count ?? 0) >= 1
  return typeof use?.credential === 'string' && isId(use.credential) && isInstant(use.at) && isCount
}
