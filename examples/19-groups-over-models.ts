/** Grants models by provider account and pattern, without an alias for each model. */
import { apply, authorize, type Command, emptyState, type State } from 'portcullis'
import { describeGroup, isAmongModels, listModels } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const team = { type: 'team', id: 'acme-prod' } as const

const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4o', 'gpt-4o-mini', 'o1-pro'] },
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'openrouter', anyModel: true },
  {
    ...heading,
    type: 'CreateModelAlias',
    alias: 'assistant',
    targets: [
      { providerAccount: 'openai', model: 'gpt-4o' },
      { providerAccount: 'openai', model: 'o1-pro' },
    ],
  },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'gpt-models',
    members: [
      { type: 'modelPattern', providerAccount: 'openai', pattern: 'gpt-4*' },
      { type: 'modelPattern', providerAccount: 'openrouter', pattern: 'mistralai/*' },
    ],
  },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  { ...heading, type: 'CreateTeam', organization: 'org_acme', team: team.id, accessGroups: ['gpt-models'] },
]

let state: State = emptyState
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

// A model member grants its route by every name. Of the alias's targets, the group holds one.
for (const model of ['openai/gpt-4o', 'assistant', 'openai/o1-pro', 'openrouter/mistralai/large']) {
  const decision = authorize({ type: 'use', who: team, model, at: noon }, state)
  const routes =
    decision.effect === 'allow' ? decision.routes.map((route) => `${route.providerAccount}/${route.model}`) : []
  console.log(`${model}: ${decision.effect === 'allow' ? `over ${routes.join(', ')}` : decision.reason}`)
}

// Names that no account lists are described by patterns.
const list = listModels(team, state, { at: noon })
if (!list.ok) throw new Error(list.fault.message)
console.log(list.models.map(({ name }) => name).join(', '))
for (const open of list.openAccounts) {
  const covered = ['openrouter/mistralai/large', 'openrouter/openai/o1'].filter((name) => isAmongModels(open, name))
  console.log(`${open.matching.map(({ text }) => text).join(' and ')}, which covers ${covered.join(', ')}`)
}

const group = describeGroup('gpt-models', state, { at: noon })
if (group.ok)
  console.log(`${group.modelCount} models, and ${group.openPatterns.map(({ pattern }) => pattern).join(', ')}`)
