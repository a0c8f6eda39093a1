import type { z } from 'zod'
import * as alias from '../../change/message/command/model-alias.ts'
import * as plan from '../../change/message/command/plan.ts'
import * as account from '../../change/message/command/provider-account.ts'
import * as restriction from '../../change/message/command/restriction.ts'
import type { ProviderAccount } from '../../model/noun/provider-account.ts'
import { rowsOf, type Table } from '../../model/table/table.ts'
import type { AdminCall } from '../admin-call.ts'
import { commandOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { ModelAliasBody, PlanBody, ProviderAccountBody, RestrictionBody } from '../schema/value.ts'
import { rowToWire, wireName } from '../wire.ts'

function accountBody(account: ProviderAccount): unknown {
  const row = { ...account, models: [...rowsOf(account.models)] }
  return rowToWire('providerAccount', row)
}

/** Lists a table that only administrators see. */
function listAll<Row extends { readonly id: string }>(
  route: `GET ${string}`,
  id: string,
  summary: string,
  name: string,
  key: string,
  tableOf: (call: AdminCall) => Table<Row>,
  entry: z.ZodType,
): Operation {
  return queryOperation(
    route,
    id,
    summary,
    (call) => {
      call.require({ type: 'platform' })
      const { rows, next } = call.page(tableOf(call), () => true)
      const entries = rows.map((row) => rowToWire(key, row))
      return pageBody(name, entries, next)
    },
    pageSchema(name, entry),
    { query: pageParameters },
  )
}

/** Returns one row of a table that only administrators see. */
function getOne<Row extends { readonly id: string }>(
  route: `GET ${string}`,
  id: string,
  word: string,
  key: string,
  tableOf: (call: AdminCall) => Table<Row>,
  response: z.ZodType,
): Operation {
  const param = wireName(key)
  const run = (call: AdminCall) => {
    call.require({ type: 'platform' })
    return rowToWire(key, call.row(tableOf(call), param, word))
  }
  return queryOperation(route, id, `Returns the ${word}; for administrators`, run, response)
}

/** The operations on provider accounts, their models and roles, on aliases, plans and restrictions. */
export const modelOperations: readonly Operation[] = [
  commandOperation('POST /provider-accounts/create', account.CreateProviderAccount, 'Creates a provider account'),
  queryOperation(
    'GET /provider-accounts',
    'listProviderAccounts',
    'Lists the provider accounts that the caller manages',
    (call) => {
      const { rows, next } = call.page(call.state.providerAccounts, ({ id }) =>
        call.mayManage({ type: 'providerAccount', id }),
      )
      return pageBody('provider_accounts', rows.map(accountBody), next)
    },
    pageSchema('provider_accounts', ProviderAccountBody),
    { query: pageParameters },
  ),
  queryOperation(
    'GET /provider-accounts/{provider_account_id}',
    'getProviderAccount',
    'Returns a provider account with its settings and models',
    (call) => {
      const id = call.param('provider_account_id')
      call.require({ type: 'providerAccount', id }, 'provider_account_id')
      return accountBody(call.row(call.state.providerAccounts, 'provider_account_id', 'provider account'))
    },
    ProviderAccountBody,
  ),
  commandOperation('PUT /provider-accounts/{provider_account_id}', account.UpdateProviderAccount, 'Changes it'),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/suspend',
    account.SuspendProviderAccount,
    'Suspends it: no call is routed to it',
  ),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/activate',
    account.ActivateProviderAccount,
    'Activates it',
  ),
  commandOperation('DELETE /provider-accounts/{provider_account_id}', account.DeleteProviderAccount, 'Deletes it'),
  commandOperation('POST /provider-accounts/{provider_account_id}/models', account.AddModels, 'Adds models'),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/models/remove',
    account.RemoveModels,
    'Removes models',
  ),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/models/suspend',
    account.SuspendModel,
    'Suspends one model',
  ),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/models/activate',
    account.ActivateModel,
    'Activates one model',
  ),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/grants',
    account.GrantRole,
    'Grants a principal the role `user` or `manager`',
  ),
  commandOperation(
    'POST /provider-accounts/{provider_account_id}/grants/revoke',
    account.RevokeRole,
    'Revokes a role of a principal',
  ),

  commandOperation('POST /model-aliases/create', alias.CreateModelAlias, 'Creates an alias'),
  listAll(
    'GET /model-aliases',
    'listModelAliases',
    'Lists the aliases; for administrators',
    'model_aliases',
    'alias',
    ({ state }) => state.modelAliases,
    ModelAliasBody,
  ),
  getOne(
    'GET /model-aliases/{alias}',
    'getModelAlias',
    'alias',
    'alias',
    ({ state }) => state.modelAliases,
    ModelAliasBody,
  ),
  commandOperation('PUT /model-aliases/{alias}', alias.UpdateModelAlias, 'Changes the description'),
  commandOperation('PUT /model-aliases/{alias}/targets', alias.SetModelAliasTargets, 'Replaces the targets'),
  commandOperation('POST /model-aliases/{alias}/deprecate', alias.DeprecateModelAlias, 'Announces the retirement'),
  commandOperation('POST /model-aliases/{alias}/retire', alias.RetireModelAlias, 'Retires the alias'),
  commandOperation('POST /model-aliases/{alias}/activate', alias.ActivateModelAlias, 'Makes it active again'),
  commandOperation('DELETE /model-aliases/{alias}', alias.DeleteModelAlias, 'Deletes the alias'),

  commandOperation('POST /plans/create', plan.CreatePlan, 'Creates a plan'),
  listAll(
    'GET /plans',
    'listPlans',
    'Lists the plans; for administrators',
    'plans',
    'plan',
    ({ state }) => state.plans,
    PlanBody,
  ),
  getOne('GET /plans/{plan_id}', 'getPlan', 'plan', 'plan', ({ state }) => state.plans, PlanBody),
  commandOperation('PUT /plans/{plan_id}', plan.UpdatePlan, 'Changes a plan'),
  commandOperation('DELETE /plans/{plan_id}', plan.DeletePlan, 'Deletes a plan'),

  commandOperation('POST /restrictions/create', restriction.CreateRestriction, 'Denies a subject some models'),
  listAll(
    'GET /restrictions',
    'listRestrictions',
    'Lists the restrictions; for administrators',
    'restrictions',
    'restriction',
    ({ state }) => state.restrictions,
    RestrictionBody,
  ),
  getOne(
    'GET /restrictions/{restriction_id}',
    'getRestriction',
    'restriction',
    'restriction',
    ({ state }) => state.restrictions,
    RestrictionBody,
  ),
  commandOperation('DELETE /restrictions/{restriction_id}', restriction.DeleteRestriction, 'Deletes a restriction'),
]
