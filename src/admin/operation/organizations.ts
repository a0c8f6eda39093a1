import * as z from 'zod'
import * as group from '../../change/message/command/access-group.ts'
import * as command from '../../change/message/command/organization.ts'
import type { Organization } from '../../model/noun/organization.ts'
import { findRow } from '../../model/table/table.ts'
import type { AdminCall } from '../admin-call.ts'
import { notFound } from '../admin-fault.ts'
import { commandOperation, holderOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters } from '../page.ts'
import { readBody } from '../read-fields.ts'
import { toWire, wirePath } from '../wire.ts'

const CreateBody = z.strictObject({
  organization_id: z.string(),
  name: z.string().optional(),
  entitlement: z
    .union([z.literal('unlimited'), z.array(z.string()).max(10_000)], {
      error: 'expected `unlimited` or a list of access groups',
    })
    .optional(),
})

function organizationBody({ id, ...fields }: Organization) {
  return toWire({ organization: id, ...fields })
}

function answerOrganization(call: AdminCall, id: string) {
  const row = call.engine.read((state) => findRow(state.organizations, id))
  if (row === undefined || 'reason' in row) throw notFound('the organization does not exist')
  return organizationBody(row)
}

/** The operations on organizations. `create` is that of the SaaS LiteLLM API, with an entitlement. */
export const organizationOperations: readonly Operation[] = [
  {
    kind: 'command',
    method: 'POST',
    path: '/organizations/create',
    id: 'createOrganization',
    summary: 'Creates an organization. Default entitlement: `unlimited`',
    body: { schema: CreateBody },
    commands: ({ body }) => {
      const { organization_id: organization, name, entitlement = 'unlimited' } = readBody(CreateBody, body)
      return [
        {
          type: 'CreateOrganization',
          organization,
          ...(name === undefined ? {} : { name }),
          entitlement:
            entitlement === 'unlimited' ? { type: 'unlimited' } : { type: 'list', accessGroups: entitlement },
        },
      ]
    },
    answer: (call) => answerOrganization(call, readBody(CreateBody, call.body).organization_id),
    fieldOf: (path) => (path[0] === 'entitlement' ? 'entitlement' : wirePath(path)),
  },
  queryOperation(
    'GET /organizations',
    'listOrganizations',
    'Lists the organizations that the caller manages',
    (call) => {
      const { rows, next } = call.page(
        call.state.organizations,
        ({ id }) => call.mayManage({ type: 'organization', id }),
        () => call.organizations(),
      )
      return pageBody('organizations', rows.map(organizationBody), next)
    },
    { query: pageParameters },
  ),
  queryOperation('GET /organizations/{organization_id}', 'getOrganization', 'Returns an organization', (call) => {
    const id = call.param('organization_id')
    call.require({ type: 'organization', id }, 'organization_id')
    return answerOrganization(call, id)
  }),
  commandOperation('PUT /organizations/{organization_id}', command.UpdateOrganization, 'Changes an organization'),
  commandOperation('POST /organizations/{organization_id}/suspend', command.SuspendOrganization, 'Suspends it'),
  commandOperation('POST /organizations/{organization_id}/activate', command.ActivateOrganization, 'Activates it'),
  commandOperation('DELETE /organizations/{organization_id}', command.DeleteOrganization, 'Deletes it'),
  commandOperation('POST /organizations/{organization_id}/admins', command.AddOrganizationAdmin, 'Adds an admin'),
  commandOperation(
    'POST /organizations/{organization_id}/admins/remove',
    command.RemoveOrganizationAdmin,
    'Removes an admin',
  ),
  holderOperation('organization', group.SetAccessGroups),
]
