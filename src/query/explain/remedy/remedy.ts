import type { Command } from '../../../change/message/command.ts'
import type { Agent } from '../../../model/value/principal.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import type { RequestChange } from '../trace/what-if.ts'

/**
 * An agent that may issue all commands of a remedy, with the powers that the agent uses. The actor `system` may issue
 * every remedy.
 */
export interface Issuer {
  readonly agent: Agent
  readonly powers: readonly Power[]
}

/** The amount of access that a remedy grants in addition to the requested access. */
export interface AccessGain {
  /** The number of models and powers that principals gain. */
  readonly count: number
  /** Whether the true number may be greater than `count`. */
  readonly isLowerBound: boolean
}

/**
 * Commands, a changed request, or both, that turn a denial into an allow. Checked by applying the commands in order and
 * deciding again. Credits that the commands allocate count as available. No command can be left out.
 */
export interface CheckedRemedy {
  readonly commands: readonly Command[]
  /** The change to the request. `team: null` removes the team from the request. */
  readonly request?: RequestChange
  /** The access that the commands grant in addition to the requested access. */
  readonly extraAccess: AccessGain
  /**
   * The agents that may issue the commands, at most 10. Empty if there are no commands, or if only the host may issue
   * the commands.
   */
  readonly issuers: readonly Issuer[]
  /**
   * The caller's user, if it can request the assignment of the remedy with `RequestAccess`. The issuers other than this
   * user may approve the request.
   */
  readonly requester?: string
}
