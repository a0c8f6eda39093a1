import type { State } from '../../../model/state/state.ts'
import type { Denied } from '../../../policy/decision/decision.ts'
import type { Request } from '../../../policy/request/request.ts'
import { changeRequest } from '../trace/trial.ts'
import { accessGainOf } from './access-gain.ts'
import type { AccessGain, CheckedRemedy } from './remedy.ts'
import { issuersOf } from './remedy-issuer.ts'
import { searchRemedies } from './remedy-search.ts'

/** The most remedies of a denial. */
const remedyLimit = 10

/** What turns a denial into an allow: the fewest commands first, and of equally many those that open least. */
export function remediesFor(request: Request, denial: Denied, state: State): readonly CheckedRemedy[] {
  return searchRemedies(request, denial, state)
    .map((trial) => ({
      trial,
      opens: accessGainOf(trial.commands, changeRequest(request, trial.change), state, trial.state),
    }))
    .sort((a, b) => a.trial.commands.length - b.trial.commands.length || compareOpenings(a.opens, b.opens))
    .slice(0, remedyLimit)
    .map(({ trial, opens }) => ({
      commands: trial.commands,
      ...(Object.keys(trial.change).length === 0 ? {} : { request: trial.change }),
      opens,
      issuers: issuersOf(trial, request, state),
    }))
}

/** What was counted to its end comes before what concerns so many that it was not. */
function compareOpenings(a: AccessGain, b: AccessGain): number {
  return Number(a.isAtLeast) - Number(b.isAtLeast) || a.count - b.count
}
