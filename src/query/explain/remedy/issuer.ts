import { apply } from '../../../change/apply.ts'
import { thingOf } from '../../../change/decide.ts'
import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { Power } from '../../../policy/decision/decision.ts'
import { findPower } from '../../../policy/manage.ts'
import type { Request } from '../../../policy/request/request.ts'
import { possibleAgents } from '../../who/possible-agent.ts'
import type { Issuer } from './remedy.ts'
import { requestOfTrial, type Trial } from './search-remedies.ts'

/** The maximum number of issuers that are returned. `agentLimit` is the maximum number of agents that are tried. */
const issuerLimit = 10
const agentLimit = 200

/**
 * The agents that may issue all commands of a remedy: at most 10, administrators first. Each agent is checked by
 * applying the commands with the agent as actor. Only agents that may have power over the thing of the first command
 * are tried.
 */
export function issuersOf({ commands, change }: Trial, request: Request, state: State): readonly Issuer[] {
  const [first] = commands
  if (first === undefined) return []
  const issuers: Issuer[] = []
  const seen: Agent[] = []
  for (const agent of possibleAgents(thingOf(first, state), state)) {
    if (seen.some((one) => one.type === agent.type && one.id === agent.id)) continue
    seen.push(agent)
    const powers = powersOf(
      agent,
      commands,
      state,
      (next) => authorize(requestOfTrial(request, change, commands), next).effect === 'allow',
    )
    if (powers !== undefined) issuers.push({ agent, powers })
    if (issuers.length === issuerLimit || seen.length === agentLimit) break
  }
  return issuers
}

/**
 * Returns the powers with which an agent can issue all commands. `undefined` if a command is rejected, or if the
 * request stays denied after the commands.
 */
function powersOf(
  agent: Agent,
  commands: readonly Command[],
  state: State,
  isGood: (state: State) => boolean,
): readonly Power[] | undefined {
  const powers: Power[] = []
  let next = state
  for (const command of commands) {
    const power = findPower(agent, thingOf(command, next), next, command.at)?.power
    const applied = apply({ ...command, actor: agent }, next)
    if (power === undefined || !applied.ok) return undefined
    if (!powers.includes(power)) powers.push(power)
    next = applied.state
  }
  return isGood(next) ? powers : undefined
}
