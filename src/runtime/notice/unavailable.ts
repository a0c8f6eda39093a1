import { messageOf } from './message.ts'

/** Why the engine's state may be old, or why there is none. */
export interface EngineProblem {
  /**
   * - `repository_failed`: the repository throws or does not answer.
   * - `events_newer`: the log has events of a later version of the library. Deploy the later version here too.
   * - `log_invalid`: the log has an event that cannot have happened, or a snapshot that cannot be read.
   * - `log_shortened`: the log ends before the engine's state, as after a restore. Start the engine again.
   */
  readonly code: 'repository_failed' | 'events_newer' | 'log_invalid' | 'log_shortened'
  readonly message: string
}

/**
 * The result of every method of the engine when the policy is missing or may be too old. It is never an allow. `ok` and
 * `effect` are those of a failed query and of a denial.
 */
export interface PolicyUnavailable {
  readonly ok: false
  readonly effect: 'deny'
  readonly reason: 'policy_unavailable'
  readonly message: string
  /** The problem of the repository, if one is known. */
  readonly problem?: EngineProblem
}

export function policyUnavailable(message: string, problem?: EngineProblem): PolicyUnavailable {
  const why = problem === undefined ? '' : `: ${problem.message}`
  return {
    ok: false,
    effect: 'deny',
    reason: 'policy_unavailable',
    message: `${message}${why}`,
    ...(problem === undefined ? {} : { problem }),
  }
}

/** An error with the code of an engine's problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: EngineProblem['code']

  constructor(code: EngineProblem['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** Returns the problem that an error of the repository or of reading its events stands for. */
export function problemOf(error: unknown): EngineProblem {
  const code = error instanceof ProblemError ? error.code : 'repository_failed'
  return { code, message: messageOf(error) }
}
