/** Why may this team not use that model, what was nearly there, and what would mend it? */
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

// For the ticket: everything that the decision rests on, what was nearly there, and what would mend it.
console.log(formatExplanation(explanation))

// For the caller: no group, no other team, no route.
console.log(`\ncaller: ${explainToCaller(explanation)}`)

// A remedy is commands that were tried. The first one opens least.
const [remedy] = explanation.remedies
for (const command of remedy?.commands ?? []) {
  const applied = apply(command, state)
  if (applied.ok) state = applied.state
}
console.log(
  `\nafter ${remedy?.commands.map(({ type }) => type).join(', ')}: ${explain(request, state).decision.effect}`,
)
