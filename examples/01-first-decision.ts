/** Decides whether a team may use a model, through which routes, and which wallet pays. Explains a denial. */
import { answerCaller, apply, authorize, type Command, emptyState, formatDecision, type State } from 'portcullis'

// The caller passes the principal and the instant: the library has no session and no clock.
const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const

const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4', 'gpt-3.5-turbo'] },
  {
    ...heading,
    type: 'CreateModelAlias',
    alias: 'gpt-4',
    targets: [{ providerAccount: 'openai', model: 'gpt-4' }],
  },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'gpt-models',
    members: [{ type: 'alias', alias: 'gpt-4' }],
  },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  {
    ...heading,
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['gpt-models'],
    credits: '1000',
  },
]

let state: State = emptyState
for (const command of commands) {
  // A rejected command returns a rejection and no new state.
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

for (const model of ['gpt-4', 'openai/gpt-3.5-turbo', 'gpt-99']) {
  const decision = authorize({ type: 'use', who: { type: 'team', id: 'acme-prod' }, model, at: noon }, state)
  console.log(`${model}: ${decision.effect}`)
  console.log(`  operator: ${formatDecision(decision)}`)
  // The text for the caller reveals no groups, and is the same for an unknown model and one without access.
  const answer = answerCaller(decision)
  if (answer.effect === 'deny') console.log(`  caller: ${answer.message}`)
}
