import * as z from 'zod'
import * as command from '../../change/message/command/access-group.ts'
import type { State } from '../../model/state/state.ts'
import { hasRow } from '../../model/table/table.ts'
import type { AccessGroupMember } from '../../model/value/selector.ts'
import { describeGroup } from '../../query/view/directory/describe-group.ts'
import { listGroups } from '../../query/view/directory/list-groups.ts'
import { groupDetailsResponse, groupListResponse, groupResponse } from '../../query/view/directory/saas-api-response.ts'
import type { CommandBody } from '../../runtime/execute/execute-request.ts'
import { type AdminCall, answered } from '../admin-call.ts'
import { commandOperation, type Operation, queryOperation } from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { readBody } from '../read-fields.ts'
import { GroupBody, GroupDetailsBody, GroupSummaryBody } from '../schema/directory.ts'
import { toWire, wirePath } from '../wire.ts'

const modelAliases = z.array(z.string().min(1)).max(10_000)
const CreateBody = z.strictObject({
  group_name: z.string(),
  description: z.string().optional(),
  model_aliases: modelAliases,
})
const ModelsBody = z.strictObject({ model_aliases: modelAliases })

/** A member by the name of an alias or, if there is no such alias, of a model as `account/model`. */
function memberOf(name: string, state: State): AccessGroupMember {
  const slash = name.indexOf('/')
  if (slash < 1 || slash === name.length - 1 || hasRow(state.modelAliases, name)) return { type: 'alias', alias: name }
  return { type: 'model', providerAccount: name.slice(0, slash), model: name.slice(slash + 1) }
}

const fieldOf = (path: readonly (string | number)[]): string | undefined =>
  path[0] === 'members' ? ['model_aliases', ...path.slice(1, 2)].join('.') : wirePath(path)

const answerGroup = (name: string, { engine }: AdminCall) =>
  groupResponse(answered(engine.read((state, at) => describeGroup(name, state, { at }))))

function changeMembers(type: 'AddAccessGroupMembers' | 'RemoveAccessGroupMembers') {
  return (call: AdminCall): CommandBody[] => {
    const { model_aliases: names } = readBody(ModelsBody, call.body)
    const members = names.map((name) => memberOf(name, call.state))
    return [{ type, accessGroup: call.param('group_name'), members }]
  }
}

const prefix = '/model-access-groups'

/** The operations on access groups. Paths and fields are those of the SaaS LiteLLM API, as far as it has them. */
export const accessGroupOperations: readonly Operation[] = [
  {
    kind: 'command',
    method: 'POST',
    path: `${prefix}/create`,
    id: 'createAccessGroup',
    summary: 'Creates an access group',
    body: { schema: CreateBody },
    commands: ({ body, state }) => {
      const { group_name: accessGroup, description, model_aliases: names } = readBody(CreateBody, body)
      const members = names.map((name) => memberOf(name, state))
      return [
        { type: 'CreateAccessGroup', accessGroup, ...(description === undefined ? {} : { description }), members },
      ]
    },
    response: GroupBody,
    answer: (call) => answerGroup(readBody(CreateBody, call.body).group_name, call),
    fieldOf,
  },
  queryOperation(
    `GET ${prefix}`,
    'listAccessGroups',
    'Lists the access groups',
    (call) => {
      call.require({ type: 'platform' })
      const list = answered(listGroups(call.state, call.pageOptions()))
      return pageBody('access_groups', groupListResponse(list).access_groups, list.next)
    },
    pageSchema('access_groups', GroupSummaryBody),
    { query: pageParameters },
  ),
  queryOperation(
    `GET ${prefix}/{group_name}`,
    'getAccessGroup',
    'Returns an access group and who has it',
    (call) => {
      call.require({ type: 'platform' })
      const details = answered(describeGroup(call.param('group_name'), call.state, { at: call.at }))
      const { members, users, virtualAccounts, organizations, plans, ineffective } = details
      const more = toWire({ members, users, virtualAccounts, organizations, plans, ineffective }) as object
      return { ...groupDetailsResponse(details), ...more }
    },
    GroupDetailsBody,
  ),
  {
    kind: 'command',
    method: 'POST',
    path: `${prefix}/{group_name}/add-models`,
    id: 'addModelsToAccessGroup',
    summary: 'Adds models to an access group',
    body: { schema: ModelsBody },
    commands: changeMembers('AddAccessGroupMembers'),
    response: GroupBody,
    answer: (call) => answerGroup(call.param('group_name'), call),
    fieldOf,
  },
  {
    kind: 'command',
    method: 'POST',
    path: `${prefix}/{group_name}/remove-models`,
    id: 'removeModelsFromAccessGroup',
    summary: 'Removes models from an access group',
    body: { schema: ModelsBody },
    commands: changeMembers('RemoveAccessGroupMembers'),
    response: GroupBody,
    answer: (call) => answerGroup(call.param('group_name'), call),
    fieldOf,
  },
  commandOperation(
    `PUT ${prefix}/{group_name}`,
    command.UpdateAccessGroup,
    'Changes the description of an access group',
  ),
  commandOperation(`PUT ${prefix}/{group_name}/members`, command.SetAccessGroupMembers, 'Replaces the members'),
  commandOperation(`POST ${prefix}/{group_name}/members`, command.AddAccessGroupMembers, 'Adds members of any kind'),
  commandOperation(
    `POST ${prefix}/{group_name}/members/remove`,
    command.RemoveAccessGroupMembers,
    'Removes members of any kind',
  ),
  commandOperation(`POST ${prefix}/{group_name}/assign`, command.AssignAccessGroup, 'Assigns a group to a holder'),
  commandOperation(`POST ${prefix}/{group_name}/unassign`, command.UnassignAccessGroup, 'Takes a group from a holder'),
  commandOperation(
    `DELETE ${prefix}/{group_name}`,
    command.DeleteAccessGroup,
    'Deletes a group, also from its holders',
  ),
]
