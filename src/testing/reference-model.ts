import type { State } from '../model/state/state.ts'
import type { Decision, ManageDecision, UseDecision } from '../policy/decision/decision.ts'
import type { ManageRequest, UseRequest } from '../policy/request/request.ts'
import { referenceManage } from './reference/manage.ts'
import { referenceUse } from './reference/use.ts'
import { isRequest } from './reference/valid-request.ts'

/**
 * A naive `authorize` for differential tests. Written from the specification: shares no code with the real `authorize`,
 * and scans every row. Its decisions have no `until`, and its issues of an invalid request are empty.
 */
export function referenceAuthorize(request: UseRequest, state: State): UseDecision
export function referenceAuthorize(request: ManageRequest, state: State): ManageDecision
export function referenceAuthorize(request: unknown, state: State): Decision
export function referenceAuthorize(request: unknown, state: State): Decision {
  if (!isRequest(request)) {
    const remedies = [{ type: 'correct_request' as const, issues: [] }]
    return { effect: 'deny', reason: 'request_invalid', level: { type: 'request' }, remedies, version: state.version }
  }
  return request.type === 'use' ? referenceUse(request, state) : referenceManage(request, state)
}
