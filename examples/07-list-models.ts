/** Lists the models that a team may call now. Also formats the list as the response of `GET /v1/models`. */
import { apply, authorize, type Command, emptyState, type State } from 'portcullis'
import { listModels, openAiModels } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const team = { type: 'team', id: 'acme-prod' } as const

const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4', 'gpt-4-32k'] },
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'bedrock', models: ['claude-3-opus'] },
  ...['gpt-4', 'gpt-4-32k'].map(
    (model): Command => ({
      ...heading,
      type: 'CreateModelAlias',
      alias: model,
      targets: [{ providerAccount: 'openai', model }],
    }),
  ),
  {
    ...heading,
    type: 'DeprecateModelAlias',
    alias: 'gpt-4-32k',
    sunsetAt: Date.parse('2024-11-01T00:00:00Z'),
    successor: 'gpt-4',
  },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'gpt-models',
    members: [{ type: 'aliasPattern', pattern: 'gpt-*' }],
  },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  { ...heading, type: 'CreateTeam', organization: 'org_acme', team: team.id, accessGroups: ['gpt-models'] },
  { ...heading, type: 'GrantRole', principal: team, providerAccount: 'bedrock', role: 'user' },
]

let state: State = emptyState
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

const list = listModels(team, state, { at: noon })
// `caller_denied` has the denial of the caller's requests: reply with `answerCaller(list.fault.denial)`.
if (!list.ok) throw new Error(list.fault.message)

for (const { type, name, routes, notices } of list.models) {
  const over = routes.map(({ providerAccount, model }) => `${providerAccount}/${model}`).join(', ')
  const until = notices.map(({ sunsetAt }) => ` until ${new Date(sunsetAt).toISOString()}`).join('')
  console.log(`${type} ${name} over ${over}${until}`)
}

// A name is listed if and only if it is callable. The group holds the alias, not the concrete model behind it.
for (const model of ['bedrock/claude-3-opus', 'openai/gpt-4']) {
  const { effect } = authorize({ type: 'use', who: team, model, at: noon }, state)
  console.log(`${model}: ${list.models.some(({ name }) => name === model) ? 'listed' : 'not listed'}, ${effect}`)
}
// The list is valid until the sunset of an alias, unless the state changes before.
console.log(`good until ${new Date(list.until ?? 0).toISOString()}`)
console.log(JSON.stringify(openAiModels(list).data[1]))
