import type { State } from '../../../model/state/state.ts'
import type { Denied } from '../../../policy/decision/decision.ts'
import type { Request } from '../../../policy/request/request.ts'
import { changeRequest } from '../trace/what-if.ts'
import { accessGainOf } from './access-gain.ts'
import { issuersOf } from './issuer.ts'
import type { AccessGain, CheckedRemedy } from './remedy.ts'
import { requesterOf } from './requester.ts'
import { searchRemedies } from './search-remedies.ts'

/** The maximum number of remedies that are returned for a denial. */
const remedyLimit = 10

/**
 * The remedies of a denial, at most 10. Remedies with fewer commands come first, then remedies that grant less extra
 * access.
 */
export function findRemedies(request: Request, denial: Denied, state: State): readonly CheckedRemedy[] {
  return searchRemedies(request, denial, state)
    .map((trial) => ({
      trial,
      extraAccess: accessGainOf(trial.commands, changeRequest(request, trial.change), state, trial.state),
    }))
    .sort((a, b) => a.trial.commands.length - b.trial.commands.length || compareGains(a.extraAccess, b.extraAccess))
    .slice(0, remedyLimit)
    .map(({ trial, extraAccess }) => ({
      commands: trial.commands,
      ...(Object.keys(trial.change).length === 0 ? {} : { request: trial.change }),
      extraAccess,
      issuers: issuersOf(trial, request, state),
      ...requesterOf(trial.commands, request, state),
    }))
}

/**
 * Orders two gains, the smaller first. Exact counts come before lower bounds, since a remedy with a lower bound
 * concerns many principals.
 */
function compareGains(a: AccessGain, b: AccessGain): number {
  return Number(a.isLowerBound) - Number(b.isLowerBound) || a.count - b.count
}
