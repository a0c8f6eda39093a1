import * as z from 'zod'
import * as group from '../../change/message/command/access-group.ts'
import * as administrator from '../../change/message/command/administrator.ts'
import * as invitation from '../../change/message/command/invitation.ts'
import * as user from '../../change/message/command/user.ts'
import * as virtualAccount from '../../change/message/command/virtual-account.ts'
import { listInvitations } from '../../query/view/directory/list-invitations.ts'
import { type AdminCall, answered, ownedBy } from '../admin-call.ts'
import { commandOperation, holderOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { UserInvitationBody } from '../schema/directory.ts'
import { AgentBody, UserBody, VirtualAccountBody } from '../schema/value.ts'
import { rowToWire, toWire } from '../wire.ts'

/** A user sees itself; an administrator sees every user. */
function getUser(call: AdminCall) {
  const id = call.param('user_id')
  if (call.user !== id) call.require({ type: 'platform' })
  return rowToWire('user', call.row(call.state.users, 'user_id', 'user'))
}

function getVirtualAccount(call: AdminCall) {
  const id = call.param('virtual_account_id')
  call.require({ type: 'virtualAccount', id }, 'virtual_account_id')
  return rowToWire('virtualAccount', call.row(call.state.virtualAccounts, 'virtual_account_id', 'virtual account'))
}

/** The operations on users, virtual accounts and administrators, and those of a user on itself. */
export const principalOperations: readonly Operation[] = [
  commandOperation('POST /users/create', user.CreateUser, 'Creates a user'),
  queryOperation(
    'GET /users',
    'listUsers',
    'Lists the users; for administrators',
    (call) => {
      call.require({ type: 'platform' })
      const { rows, next } = call.page(call.state.users, () => true)
      const users = rows.map((row) => rowToWire('user', row))
      return pageBody('users', users, next)
    },
    pageSchema('users', UserBody),
    { query: pageParameters },
  ),
  queryOperation('GET /users/{user_id}', 'getUser', 'Returns a user', getUser, UserBody),
  commandOperation('PUT /users/{user_id}', user.UpdateUser, 'Changes a user'),
  commandOperation('PUT /users/{user_id}/default-team', user.SetDefaultTeam, "Sets a user's default team"),
  commandOperation('POST /users/{user_id}/suspend', user.SuspendUser, 'Suspends a user'),
  commandOperation('POST /users/{user_id}/activate', user.ActivateUser, 'Activates a user'),
  commandOperation('DELETE /users/{user_id}', user.DeleteUser, 'Deletes a user'),
  holderOperation('user', group.SetAccessGroups),

  queryOperation(
    'GET /users/{user_id}/invitations',
    'listInvitations',
    "Lists a user's open invitations",
    (call) => {
      const id = call.param('user_id')
      if (call.user !== id) call.require({ type: 'platform' })
      return { invitations: toWire(answered(listInvitations(id, call.state, { at: call.at })).invitations) }
    },
    z.strictObject({ invitations: z.array(UserInvitationBody) }),
  ),
  commandOperation(
    'POST /users/{user_id}/invitations/{team_id}/accept',
    invitation.AcceptInvitation,
    'Accepts an invitation',
  ),
  commandOperation(
    'POST /users/{user_id}/invitations/{team_id}/decline',
    invitation.DeclineInvitation,
    'Declines an invitation',
  ),

  commandOperation('POST /virtual-accounts/create', virtualAccount.CreateVirtualAccount, 'Creates a virtual account'),
  queryOperation(
    'GET /virtual-accounts',
    'listVirtualAccounts',
    'Lists the virtual accounts that the caller manages',
    (call) => {
      const organization = call.query.get('organization_id')
      const { rows, next } = call.page(
        call.state.virtualAccounts,
        (row) => {
          if (organization !== null && row.organization !== organization) return false
          return call.mayManage({ type: 'virtualAccount', id: row.id })
        },
        () => ownedBy(call.state.index.organizationVirtualAccounts, call),
      )
      const virtualAccounts = rows.map((row) => rowToWire('virtualAccount', row))
      return pageBody('virtual_accounts', virtualAccounts, next)
    },
    pageSchema('virtual_accounts', VirtualAccountBody),
    { query: [{ name: 'organization_id', description: 'Only those of this organization.' }, ...pageParameters] },
  ),
  queryOperation(
    'GET /virtual-accounts/{virtual_account_id}',
    'getVirtualAccount',
    'Returns a virtual account',
    getVirtualAccount,
    VirtualAccountBody,
  ),
  commandOperation('PUT /virtual-accounts/{virtual_account_id}', virtualAccount.UpdateVirtualAccount, 'Changes it'),
  commandOperation(
    'POST /virtual-accounts/{virtual_account_id}/suspend',
    virtualAccount.SuspendVirtualAccount,
    'Suspends it',
  ),
  commandOperation(
    'POST /virtual-accounts/{virtual_account_id}/activate',
    virtualAccount.ActivateVirtualAccount,
    'Activates it',
  ),
  commandOperation('DELETE /virtual-accounts/{virtual_account_id}', virtualAccount.DeleteVirtualAccount, 'Deletes it'),
  holderOperation('virtualAccount', group.SetAccessGroups),

  queryOperation(
    'GET /administrators',
    'listAdministrators',
    'Lists the administrators',
    (call) => {
      call.require({ type: 'platform' })
      return { administrators: toWire(call.state.administrators) }
    },
    z.strictObject({ administrators: z.array(AgentBody) }),
  ),
  commandOperation('POST /administrators', administrator.AddAdministrator, 'Adds an administrator'),
  commandOperation('POST /administrators/remove', administrator.RemoveAdministrator, 'Removes an administrator'),
]
