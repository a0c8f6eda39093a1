import * as group from '../../change/message/command/access-group.ts'
import * as command from '../../change/message/command/organization.ts'
import { Entitlement, type Organization } from '../../model/noun/organization.ts'
import { findRow } from '../../model/table/table.ts'
import type { AdminCall } from '../admin-call.ts'
import { notFound } from '../admin-fault.ts'
import { commandOperation, holderOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { OrganizationBody } from '../schema/value.ts'
import { rowToWire } from '../wire.ts'

/** The default is the entitlement of a request that has a name only, as requests to the SaaS LiteLLM API have. */
const CreateOrganization = command.CreateOrganization.extend({
  entitlement: Entitlement.default({ type: 'unlimited' }),
})

const organizationBody = (row: Organization) => rowToWire('organization', row)

function answerOrganization(call: AdminCall, id: string) {
  const row = call.engine.read((state) => findRow(state.organizations, id))
  if (row === undefined || 'reason' in row) throw notFound('the organization does not exist')
  return organizationBody(row)
}

/** The operations on organizations. `create` is that of the SaaS LiteLLM API, with an entitlement. */
export const organizationOperations: readonly Operation[] = [
  commandOperation(
    'POST /organizations/create',
    CreateOrganization,
    'Creates an organization. Default entitlement: `unlimited`',
    {
      response: OrganizationBody,
      answer: (call) => answerOrganization(call, (call.body as { readonly organization_id: string }).organization_id),
    },
  ),
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
    pageSchema('organizations', OrganizationBody),
    { query: pageParameters },
  ),
  queryOperation(
    'GET /organizations/{organization_id}',
    'getOrganization',
    'Returns an organization',
    (call) => {
      const id = call.param('organization_id')
      call.require({ type: 'organization', id }, 'organization_id')
      return answerOrganization(call, id)
    },
    OrganizationBody,
  ),
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
