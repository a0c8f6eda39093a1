import { decideParsed } from '../../../change/decide.ts'
import { refuseActor } from '../../../change/rule/actor.ts'
import { type AccessRequest, outcomeAt } from '../../../model/noun/access-request.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { findRow, getRow, rowsAfter } from '../../../model/table/table.ts'
import type { Agent } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import type { LintContext } from '../context/lint-context.ts'
import type { Detection } from '../finding.ts'

/**
 * Detects pending access requests that no principal may approve or deny. The requester does not decide, and suspended
 * actors do not.
 */
export function* findUndecidableRequests({ state, at }: LintContext): IterableIterator<Detection> {
  const { pendingAccessRequests } = state.index
  // Two are enough: at most one of them is the requester.
  const administrators = state.administrators.filter(isActiveIn(state)).slice(0, 2)
  for (const { id: organization } of rowsAfter(pendingAccessRequests, undefined)) {
    const admins = findRow(state.organizations, organization)?.admins.filter(isActiveIn(state)) ?? []
    const deciders = [...administrators, ...admins]
    for (const id of related(pendingAccessRequests, organization)) {
      const request = getRow(state.accessRequests, id)
      if (outcomeAt(request, at) !== undefined || isDecidable(request, deciders, at, state)) continue
      const place = organization === '' ? '' : ` or an admin of organization ${quote(organization)}`
      yield {
        code: 'access_request_undecidable',
        subject: { type: 'accessRequest', id },
        message: `no principal may decide access request ${quote(id)} of user ${quote(request.requester)}, add an administrator${place}, or withdraw the request`,
      }
    }
  }
}

const isActiveIn =
  (state: State) =>
  (agent: Agent): boolean =>
    refuseActor(agent, state) === undefined

/** Whether any actor may decide a request. Each that may approve it may also deny it. */
function isDecidable(
  { id: request, requester }: AccessRequest,
  deciders: readonly Agent[],
  at: number,
  state: State,
): boolean {
  return deciders.some((actor) => {
    if (actor.type === 'user' && actor.id === requester) return false
    return decideParsed({ type: 'DenyAccess', actor, at, request }, state).ok
  })
}
