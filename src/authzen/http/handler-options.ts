import type { AuthZenEvaluator } from '../message/evaluator.ts'

/**
 * Whether the enforcement point that sent a request may ask. `false`: its credentials are missing or wrong. `forbidden`: it
 * may not ask. `unavailable`: it cannot be authenticated now.
 */
export type AuthZenAuthentication = boolean | 'forbidden' | 'unavailable'

/** The options of a handler of the AuthZEN API. */
export interface AuthZenOptions {
  /** The policy. `engineEvaluator` makes one of an engine. */
  readonly evaluator: AuthZenEvaluator
  /**
   * Authenticates the enforcement point; must not read the body. Only `true` lets a request pass. `none` lets every request
   * pass, which gives the policy to all who can reach the handler.
   */
  readonly authenticate: 'none' | ((request: Request) => AuthZenAuthentication | Promise<AuthZenAuthentication>)
  /** The value of `WWW-Authenticate` in an answer with status 401. Default: `Bearer realm="api"`. */
  readonly challenge?: string | undefined
  /**
   * The identifier of this decision point: an `https` URL without query and fragment, such as `https://pdp.example.com`. The
   * metadata names it. Default: none, and the handler has no metadata.
   */
  readonly policyDecisionPoint?: string | undefined
  /** The path before `/access/v1` in the requests that arrive here. Default: the path of `policyDecisionPoint`. */
  readonly basePath?: string | undefined
  /** The largest body in bytes, 1,024 to 1,073,741,824. Default: 1,048,576. */
  readonly maxBodySize?: number | undefined
  /** The maximum number of evaluations in one request, 1 to 100,000. Default: 1,000. */
  readonly maxEvaluations?: number | undefined
  /** Called with what the evaluator or `authenticate` threw. Its own errors are ignored. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** The options of a handler with all defaults applied. */
export interface CheckedAuthZenOptions extends AuthZenOptions {
  readonly basePath: string
  readonly maxBodySize: number
  readonly maxEvaluations: number
}

/** The numeric options with their least, default and greatest values. */
const bounds = {
  maxBodySize: [1_024, 1_048_576, 1_073_741_824],
  maxEvaluations: [1, 1_000, 100_000],
} as const

const searches = ['searchSubjects', 'searchResources', 'searchActions'] as const
const names = new Set([
  ...['evaluator', 'authenticate', 'challenge', 'policyDecisionPoint', 'basePath', 'onError'],
  ...Object.keys(bounds),
])

/**
 * Checks the options of a handler and applies the defaults.
 * @throws {TypeError} when an option is missing, unknown or of another type; the message names it
 * @throws {RangeError} when a number is out of range; the message names it
 */
export function checkAuthZenOptions(options: AuthZenOptions): CheckedAuthZenOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('expected the options of a handler')
  const unknown = Object.keys(options).find((name) => !names.has(name))
  if (unknown !== undefined) throw new TypeError(`there is no option \`${unknown}\``)
  const { evaluator, authenticate, challenge, policyDecisionPoint, onError } = options
  checkEvaluator(evaluator)
  if (authenticate !== 'none' && typeof authenticate !== 'function')
    throw new TypeError('`authenticate` must be a function, or `none` to let every request pass')
  if (challenge !== undefined && (typeof challenge !== 'string' || !/^[!-~][ -~]{0,999}$/.test(challenge)))
    throw new TypeError('`challenge` must be the value of a header, such as `Basic realm="pdp"`')
  if (onError !== undefined && typeof onError !== 'function') throw new TypeError('`onError` must be a function')
  const { basePath = policyDecisionPoint === undefined ? '' : pathOf(policyDecisionPoint) } = options
  if (options.basePath !== undefined && (typeof basePath !== 'string' || !/^(\/[^/?#%]+)*$/.test(basePath)))
    throw new TypeError('`basePath` must be a path without a slash at its end, such as `/pdp`')
  return {
    ...options,
    basePath,
    maxBodySize: numberOf('maxBodySize', options),
    maxEvaluations: numberOf('maxEvaluations', options),
  }
}

function checkEvaluator(evaluator: AuthZenEvaluator): void {
  if (typeof evaluator?.evaluate !== 'function')
    throw new TypeError('`evaluator` must be an object with the method `evaluate`')
  for (const name of searches) {
    if (evaluator[name] !== undefined && typeof evaluator[name] !== 'function')
      throw new TypeError(`\`${name}\` of \`evaluator\` must be a method`)
  }
}

function numberOf(name: keyof typeof bounds, options: AuthZenOptions): number {
  const [least, standard, most] = bounds[name]
  const value = options[name] ?? standard
  if (!Number.isSafeInteger(value)) throw new TypeError(`\`${name}\` must be an integer`)
  if (value < least || value > most) throw new RangeError(`\`${name}\` must be from ${least} to ${most}, not ${value}`)
  return value
}

/**
 * Returns the path of the identifier of a decision point, without a slash at its end.
 * @throws {TypeError} when it is not an identifier
 */
export function pathOf(policyDecisionPoint: string): string {
  const url =
    typeof policyDecisionPoint === 'string' && /^https:\/\/[^?#@\s]+$/.test(policyDecisionPoint)
      ? policyDecisionPoint
      : ''
  if (!URL.canParse(url)) throw new TypeError('`policyDecisionPoint` must be an `https` URL without query and fragment')
  return new URL(url).pathname.replace(/\/$/, '')
}
