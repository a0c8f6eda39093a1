/** Explains a denial: the failed check, the near misses, and the commands that would fix it. */
import { apply, type Command, emptyState, type State } from 'portcullis'
import { explain, explainToCaller, formatExplanation } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const yesterday = noon - 24 * 3_600_000
const system = { actor: { type: 'system' }, at: yesterday } as const
const alias = (id: string) => ({ type: 'alias', alias: id }) as const

const commands: readonly Command[] = [
  { ...system, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4', 'gpt-3.5-turbo'] },
  ...['gpt-4', 'gpt-3.5-turbo'].map(
    (model): Command => ({
      ...system,
      type: 'CreateModelAlias',
      alias: model,
      targets: [{ providerAccount: 'openai', model }],
    }),
  ),
  { ...system, type: 'CreateAccessGroup', accessGroup: 'basic-models', members: [alias('gpt-3.5-turbo')] },
  {
    ...system,
    type: 'CreateAccessGroup',
    accessGroup: 'pro-models',
    members: [alias('gpt-3.5-turbo'), alias('gpt-4')],
  },
  { ...system, type: 'CreateAccessGroup', accessGroup: 'trial-models', members: [alias('gpt-4')] },
  { ...system, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  { ...system, type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', accessGroups: ['basic-models'] },
  { ...system, type: 'CreateUser', user: 'root' },
  { ...system, type: 'AddAdministrator', administrator: { type: 'user', id: 'root' } },
  {
    ...system,
    type: 'AssignAccessGroup',
    accessGroup: 'trial-models',
    principal: { type: 'team', id: 'acme-prod' },
    expiresAt: noon - 1,
  },
]

let state: State = emptyState
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

const request = { type: 'use', who: { type: 'team', id: 'acme-prod' }, model: 'gpt-4', at: noon } as const
const explanation = explain(request, state)

// For the ticket: the facts behind the decision, near misses and remedies.
console.log(formatExplanation(explanation))

// For the caller: names no group, no other team and no route.
console.log(`\ncaller: ${explainToCaller(explanation)}`)

// A remedy is a list of checked commands. The first remedy grants the least extra access.
const [remedy] = explanation.remedies
for (const command of remedy?.commands ?? []) {
  const applied = apply(command, state)
  if (applied.ok) state = applied.state
}
console.log(
  `\nafter ${remedy?.commands.map(({ type }) => type).join(', ')}: ${explain(request, state).decision.effect}`,
)
