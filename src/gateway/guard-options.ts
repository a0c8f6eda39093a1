import type { Route } from '../policy/decision/decision.ts'
import type { AdmitCaller } from '../runtime/call/admit-request.ts'
import type { ModelCall } from './call/model-call.ts'
import type { Pricer } from './price/pricer.ts'
import type { GatewayRefusal } from './refusal/refusal.ts'
import type { AnswerReason } from './refusal/refusal-table.ts'

/** What a guard reports to operators. `id` is the id of the decision, which the client has as `x-request-id`. */
export type GuardNotice =
  /** An answer had no usage, or one that cannot be true. The cost was computed from the text that was delivered. */
  | { readonly type: 'usage_missing'; readonly id: string; readonly route: Route }
  /** A used unit has no price, or the reported usage costs more than is possible. The reserved amount was booked. */
  | { readonly type: 'cost_unknown'; readonly id: string; readonly route: Route; readonly price: string }
  /** A route of an admitted call has no price, and is not used. */
  | { readonly type: 'route_unpriced'; readonly id: string; readonly route: Route }
  /** A function of the options, or the pricer, threw. The call was refused, or the route was not used. */
  | { readonly type: 'option_failed'; readonly id: string; readonly error: unknown }
  /**
   * A request was refused before a decision, for example for its path, its token or its body. No log of decisions knows the
   * id. `reason` is the code of the answer.
   */
  | { readonly type: 'refused'; readonly id: string; readonly reason: AnswerReason }
  /** A route failed before the first byte of an answer. */
  | {
      readonly type: 'route_failed'
      readonly id: string
      readonly route: Route
      readonly status?: number
      readonly error?: unknown
    }

/** The options of a guard. */
export interface GuardOptions {
  /** The prices of routes. Default: none, so that only calls without a payer are admitted. */
  readonly pricer?: Pricer | undefined
  /**
   * The amount in units of 10^-9 that is reserved and booked for a call without a price. `0n` makes it free. Default: such
   * a call is refused when a wallet pays it, and free when none does.
   */
  readonly unpriced?: bigint | undefined
  /**
   * Whether the prices hold for a value of `service_tier`, `speed` or `inference_geo` that can make a call dearer, such as
   * `priority`. Default: they do not, and such calls are refused.
   */
  readonly isPriced?: ((field: string, value: unknown) => boolean) | undefined
  /** The path before `/v1`, such as `/api/openai`. Default: none. */
  readonly basePath?: string | undefined
  /** Lets requests pass that ask for no guarded path, such as health checks. Default: they are refused. */
  readonly isPassed?: ((method: string, path: string) => boolean) | undefined
  /** Returns the caller that the host has authenticated, or `undefined` if there is none. Default: the token of the request. */
  readonly callerOf?: ((request: GuardRequest) => AdmitCaller | undefined) | undefined
  /** The header that names the team. Default: `x-portcullis-team`. */
  readonly teamHeader?: string | undefined
  /** The largest body in bytes, 1,024 to 1,073,741,824. Default: 33,554,432. */
  readonly maxBodySize?: number | undefined
  /**
   * The largest answer of an upstream in bytes that is not a stream, 1,024 to 1,073,741,824. A longer one is refused as
   * `upstream_failed`. Default: 67,108,864.
   */
  readonly maxAnswerSize?: number | undefined
  /** The tags of a call, for credits that are restricted to tags. Default: none. */
  readonly tagsOf?: ((call: ModelCall, request: GuardRequest) => readonly string[]) | undefined
  /** A comment on a call for the statements of its wallets, 1 to 256 printable characters, such as its model. Default: none. */
  readonly noteOf?: ((call: ModelCall, request: GuardRequest) => string | undefined) | undefined
  /** Returns an upper bound of the input tokens of a call. Default: the size of its body in bytes, and 50,000 for each image. */
  readonly countInput?: ((call: ModelCall) => number) | undefined
  /**
   * The most output tokens of a call whose client sets no bound, 1 to 10^9. The guard writes it into the body. Default: the
   * bound is the model's largest output or context window, and the body stays.
   */
  readonly maxTokens?: number | undefined
  /**
   * The fewest output tokens that are useful, 1 to 10^9. With credits for fewer than the client asked for, the guard lowers
   * the bound in the body down to this. At most `maxTokens`. Default: 256, or `maxTokens` if that is less.
   */
  readonly minTokens?: number | undefined
  /** The context window in tokens of models whose window is not known, 1 to 10^9. Default: 200,000. */
  readonly contextWindow?: number | undefined
  /** Returns the field in which a route takes the bound when the client set none. Default: the endpoint's newest. */
  readonly maxTokensFieldOf?: ((route: Route, call: ModelCall) => string) | undefined
  /** Whether a route understands `stream_options.include_usage`. Default: every route does. */
  readonly reportsUsage?: ((route: Route) => boolean) | undefined
  /** Whether upstreams go on with a call that was aborted, and bill it. Then its reserved amount is booked. Default: false. */
  readonly continuesAfterAbort?: boolean | undefined
  /** The time in milliseconds after which a stream without a new event is ended, 100 to 3,600,000. Default: 300,000. */
  readonly stallTimeout?: number | undefined
  /** What a caller learns about models that are not granted. Default: `conceal`, nothing. */
  readonly disclosure?: 'conceal' | 'plans' | undefined
  /** Called with what an operator should know. Its errors are ignored. */
  readonly onNotice?: ((notice: GuardNotice) => void) | undefined
}

/** A request as a host passes it to a guard. A Web `Request` is one. */
export interface GuardRequest {
  readonly method: string
  /** The absolute URL, or the path with its query. */
  readonly url: string
  readonly headers: Headers
  /** Aborted when the client ends the connection. */
  readonly signal?: AbortSignal | undefined
  /** The body. Default: none. */
  readonly body?: ReadableStream<Uint8Array> | null | undefined
  /** Reads the whole body, which is faster. Used if the request has a `content-length`. */
  readonly text?: (() => Promise<string>) | undefined
  /** The JSON body that the host has read and parsed, with its size in bytes. Then the guard reads none. */
  readonly parsedBody?: { readonly value: unknown; readonly size: number } | undefined
  /** Why the host could not read the body. Then the guard reads none, and refuses every caller that it would admit. */
  readonly bodyRefusal?: GatewayRefusal | undefined
}

/** The numeric options with their least, default and greatest values. */
const bounds = {
  maxBodySize: [1_024, 33_554_432, 1_073_741_824],
  maxAnswerSize: [1_024, 67_108_864, 1_073_741_824],
  minTokens: [1, 256, 1_000_000_000],
  contextWindow: [1, 200_000, 1_000_000_000],
  stallTimeout: [100, 300_000, 3_600_000],
} as const

const functions = [
  ...(['isPassed', 'callerOf', 'tagsOf', 'noteOf', 'countInput', 'maxTokensFieldOf', 'reportsUsage'] as const),
  ...(['isPriced', 'onNotice'] as const),
] as const
const others = ['pricer', 'unpriced', 'basePath', 'teamHeader', 'maxTokens', 'continuesAfterAbort', 'disclosure']
const names = new Set<string>([...Object.keys(bounds), ...functions, ...others])

/** The options of a guard with all defaults applied. */
export type CheckedGuardOptions = Readonly<Record<keyof typeof bounds, number>> &
  Omit<GuardOptions, keyof typeof bounds> & { readonly basePath: string; readonly teamHeader: string }

/**
 * Checks the options of a guard and applies the defaults.
 * @throws {TypeError} when an option is unknown or of another type; the message names it
 * @throws {RangeError} when a number is out of range, or `minTokens` exceeds `maxTokens`; the message names it
 */
export function checkGuardOptions(options: GuardOptions): CheckedGuardOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('expected the options of a guard')
  const unknown = Object.keys(options).find((name) => !names.has(name))
  if (unknown !== undefined) throw new TypeError(`there is no option \`${unknown}\``)
  for (const name of functions) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`\`${name}\` must be a function`)
  }
  const { pricer, unpriced, basePath = '', teamHeader = 'x-portcullis-team', maxTokens, disclosure } = options
  if (pricer !== undefined && typeof pricer?.priceOf !== 'function')
    throw new TypeError('`pricer` must be an object with the method `priceOf`')
  if (unpriced !== undefined && (typeof unpriced !== 'bigint' || unpriced < 0n))
    throw new TypeError('`unpriced` must be an amount in units, a bigint of zero or more')
  if (typeof basePath !== 'string' || !/^(\/[^/?#%]+)*$/.test(basePath))
    throw new TypeError('`basePath` must be a path without a slash at its end, such as `/api`')
  if (typeof teamHeader !== 'string' || !/^[a-z0-9-]{1,64}$/i.test(teamHeader))
    throw new TypeError('`teamHeader` must be the name of a header')
  if (disclosure !== undefined && disclosure !== 'conceal' && disclosure !== 'plans')
    throw new TypeError('`disclosure` must be `conceal` or `plans`')
  if (maxTokens !== undefined) requireInteger('maxTokens', maxTokens, 1, 1_000_000_000)
  const numbers = Object.fromEntries(
    Object.entries(bounds).map(([name, [least, standard, most]]) => {
      const value = options[name as keyof typeof bounds] ?? standard
      requireInteger(name, value, least, most)
      return [name, value]
    }),
  ) as Record<keyof typeof bounds, number>
  if (maxTokens !== undefined && numbers.minTokens > maxTokens) {
    if (options.minTokens !== undefined)
      throw new RangeError(`\`minTokens\` must be at most \`maxTokens\`, ${maxTokens}, not ${numbers.minTokens}`)
    numbers.minTokens = maxTokens
  }
  return { ...options, ...numbers, basePath, teamHeader }
}

function requireInteger(name: string, value: unknown, least: number, most: number): void {
  if (!Number.isSafeInteger(value)) throw new TypeError(`\`${name}\` must be an integer`)
  if ((value as number) < least || (value as number) > most)
    throw new RangeError(`\`${name}\` must be from ${least} to ${most}, not ${value}`)
}
