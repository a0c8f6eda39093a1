import { isInstant } from '../model/value/instant.ts'
import type { Clock } from '../port/clock.ts'
import type { CreditLedger } from '../port/credit-ledger.ts'
import type { Repository } from '../port/repository.ts'
import type { EngineNotice } from './notice/notice.ts'
import { faultOfPrefix, isPrefix } from './token/token.ts'

/** The options of an engine. All times are in milliseconds. */
export interface EngineOptions {
  /** The store of the policy. The engine does not close it. */
  readonly repository: Repository
  /** The credit ledger. The engine does not close it. Default: none, and calls that a metered principal pays are refused. */
  readonly ledger?: CreditLedger | undefined
  /** The source of every `at`. Default: the system clock. */
  readonly clock?: Clock | undefined
  /**
   * The age of the policy up to which the engine decides, 100 to 86,400,000: when the repository does not answer for
   * longer, everything is refused as `policy_unavailable`. Default: 30,000.
   */
  readonly maxStaleness?: number | undefined
  /** The deadline for one request to the repository or the ledger, 10 to 600,000. Default: 5,000. */
  readonly requestTimeout?: number | undefined
  /** The deadline for loading the policy, 10 to 3,600,000. Default: 120,000. */
  readonly loadTimeout?: number | undefined
  /**
   * The time to live of a reservation, 300 to 86,400,000. The engine extends it while the call lives; after a crash the
   * credits come back within this time. Default: 60,000.
   */
  readonly holdTtl?: number | undefined
  /** The time for which a call's reservation is extended, 300 to 86,400,000. Default: 3,600,000. */
  readonly maxCallDuration?: number | undefined
  /**
   * The number of events after which the engine that committed them stores a snapshot, 1 to 1,000,000. Default: 10,000.
   */
  readonly snapshotEvery?: number | undefined
  /**
   * The tokens that callers present to `admit`. `prefix` has one prefix, or several of which `issueToken` uses the first.
   * Then a token is hashed and looked up only if `isToken` accepts it, and any other is denied as unknown. Default: tokens
   * can have any form up to 16,384 characters, and new ones have the prefix `pc`.
   */
  readonly tokens?: { readonly prefix: string | readonly string[] } | undefined
  /** Called with what an operator should know. Its errors are ignored. */
  readonly onNotice?: ((notice: EngineNotice) => void) | undefined
}

/** The numeric options with their least, default and greatest values. */
const bounds = {
  maxStaleness: [100, 30_000, 86_400_000],
  requestTimeout: [10, 5_000, 600_000],
  loadTimeout: [10, 120_000, 3_600_000],
  holdTtl: [300, 60_000, 86_400_000],
  maxCallDuration: [300, 3_600_000, 86_400_000],
  snapshotEvery: [1, 10_000, 1_000_000],
} as const

const names = new Set([...Object.keys(bounds), 'repository', 'ledger', 'clock', 'tokens', 'onNotice'])

/** The options of an engine with all defaults applied. */
export type CheckedEngineOptions = Readonly<Record<keyof typeof bounds, number>> &
  Pick<EngineOptions, 'repository' | 'ledger' | 'clock' | 'onNotice'> & {
    /** The prefixes of tokens. Empty if tokens can have any form. */
    readonly prefixes: readonly string[]
  }

/**
 * Checks the options of an engine and applies the defaults.
 * @throws {TypeError} when an option is missing, unknown or of another type; the message names it
 * @throws {RangeError} when a number is out of range; the message names it
 */
export function checkEngineOptions(options: EngineOptions): CheckedEngineOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('expected options with a `repository`')
  const unknown = Object.keys(options).find((name) => !names.has(name))
  if (unknown !== undefined) throw new TypeError(`there is no option \`${unknown}\``)
  const { repository, ledger, clock, tokens, onNotice } = options
  requireMethods('repository', repository, ['load', 'commit', 'watch', 'version', 'findCommand', 'readLog', 'cursor'])
  if (ledger !== undefined) requireMethods('ledger', ledger, ['reserve', 'settle', 'release', 'extend', 'grant'])
  if (clock !== undefined) requireMethods('clock', clock, ['now'])
  if (clock !== undefined && !isInstant(clock.now())) throw new TypeError('`clock` must return epoch milliseconds')
  if (onNotice !== undefined && typeof onNotice !== 'function') throw new TypeError('`onNotice` must be a function')
  const numbers = Object.fromEntries(
    Object.entries(bounds).map(([name, [least, standard, most]]) => {
      const value = options[name as keyof typeof bounds] ?? standard
      if (!Number.isSafeInteger(value)) throw new TypeError(`\`${name}\` must be an integer`)
      if (value < least || value > most)
        throw new RangeError(`\`${name}\` must be from ${least} to ${most}, not ${value}`)
      return [name, value]
    }),
  ) as Record<keyof typeof bounds, number>
  return { ...numbers, repository, ledger, clock, onNotice, prefixes: readPrefixes(tokens) }
}

function readPrefixes(tokens: EngineOptions['tokens']): readonly string[] {
  if (tokens === undefined) return []
  if (typeof tokens !== 'object' || tokens === null) throw new TypeError('`tokens` must be an object with a `prefix`')
  const unknown = Object.keys(tokens).find((name) => name !== 'prefix')
  if (unknown !== undefined) throw new TypeError(`there is no option \`tokens.${unknown}\``)
  const prefixes: readonly unknown[] = Array.isArray(tokens.prefix) ? [...tokens.prefix] : [tokens.prefix]
  if (prefixes.length === 0 || !prefixes.every(isPrefix)) throw new TypeError(`\`tokens.prefix\`: ${faultOfPrefix}`)
  return prefixes
}

function requireMethods(name: string, value: unknown, methods: readonly string[]): void {
  const isObject = typeof value === 'object' && value !== null
  const missing = methods.find((method) => !isObject || typeof Reflect.get(value, method) !== 'function')
  if (missing === undefined) return
  const hint = value instanceof Promise ? ', not a promise: add `await`' : ''
  throw new TypeError(`\`${name}\` must be an object with the method \`${missing}\`${hint}`)
}
