import * as z from 'zod'
import * as command from '../../change/message/command/access-request.ts'
import { teamOf } from '../../policy/manage.ts'
import { listAccessRequests, listOwnAccessRequests } from '../../query/view/directory/list-access-requests.ts'
import { type AdminCall, answered } from '../admin-call.ts'
import { commandOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { DecidableRequestBody, OwnAccessRequestBody } from '../schema/directory.ts'
import { toWire } from '../wire.ts'

/** The requests that the caller may approve. The cursor of a page is the organization and the id, as JSON. */
function listDecidable(call: AdminCall): unknown {
  const options = call.pageOptions(readCursor)
  // The powers of an admin do not come from a team.
  if (teamOf(call.agent) !== undefined) return pageBody('access_requests', [], undefined)
  const { agent, state } = call
  const { requests, next } = answered(listAccessRequests({ type: agent.type, id: agent.id }, state, options))
  const cursor = next === undefined ? undefined : JSON.stringify([next.organization, next.request])
  return pageBody('access_requests', toWire(requests), cursor)
}

function readCursor(text: string): { readonly organization: string; readonly request: string } | undefined {
  try {
    const [organization, request] = JSON.parse(text) as unknown[]
    if (typeof organization === 'string' && typeof request === 'string') return { organization, request }
  } catch {
    // No cursor.
  }
  return undefined
}

function listOwn(call: AdminCall): unknown {
  const user = call.param('user_id')
  if (call.user !== user) call.require({ type: 'platform' })
  return { access_requests: toWire(answered(listOwnAccessRequests(user, call.state, { at: call.at })).requests) }
}

/** The operations on access requests. */
export const accessRequestOperations: readonly Operation[] = [
  commandOperation('POST /access-requests/create', command.RequestAccess, 'Requests access for a limited time'),
  queryOperation(
    'GET /access-requests',
    'listAccessRequests',
    'Lists what the caller may approve',
    listDecidable,
    pageSchema('access_requests', DecidableRequestBody),
    {
      query: pageParameters,
    },
  ),
  queryOperation(
    'GET /users/{user_id}/access-requests',
    'listOwnAccessRequests',
    "Lists a user's requests",
    listOwn,
    z.strictObject({ access_requests: z.array(OwnAccessRequestBody) }),
  ),
  commandOperation('POST /access-requests/{request_id}/approve', command.ApproveAccess, 'Approves a request'),
  commandOperation('POST /access-requests/{request_id}/deny', command.DenyAccess, 'Denies a request'),
  commandOperation('POST /access-requests/{request_id}/withdraw', command.WithdrawRequest, 'Withdraws a request'),
]
