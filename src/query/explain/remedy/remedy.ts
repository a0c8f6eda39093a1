import type { Command } from '../../../change/message/command.ts'
import type { Agent } from '../../../model/value/principal.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import type { RequestChange } from '../trace/trial.ts'

/** Who may give all the commands of a remedy, and by which powers. `system` always may. */
export interface Issuer {
  readonly agent: Agent
  readonly powers: readonly Power[]
}

/** How much a remedy would open beside what was asked. */
export interface AccessGain {
  readonly count: number
  /** Whether there is more than was counted. */
  readonly isAtLeast: boolean
}

/**
 * What turns a denial into an allow: commands in their order, a request that asks differently, or both. Checked by
 * applying and asking, where credits that a command allocates count as available. No command can be left out.
 */
export interface CheckedRemedy {
  readonly commands: readonly Command[]
  /** What to ask instead; `team: null` names none. */
  readonly request?: RequestChange
  readonly opens: AccessGain
  /** At most ten, and nobody where there is no command to give. */
  readonly issuers: readonly Issuer[]
}
