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

/** The access that a remedy grants in addition to the requested access. */
export interface AccessGain {
  /** The number of models and powers that principals gain. */
  readonly count: number
  /** Whether there may be more than `count`. */
  readonly isLowerBound: boolean
}

/**
 * What turns a denial into an allow: commands in order, a changed request, or both. Each was checked by applying its
 * commands and deciding again, counting the credits that they allocate as available. No command can be left out.
 */
export interface CheckedRemedy {
  readonly commands: readonly Command[]
  /** What to change in the request; `team: null` names no team. */
  readonly request?: RequestChange
  /** How much the commands grant in addition to what was requested. */
  readonly extraAccess: AccessGain
  /**
   * The agents that may issue the commands, at most 10. Empty if there are no commands, or if only the host may issue
   * the commands.
   */
  readonly issuers: readonly Issuer[]
}
