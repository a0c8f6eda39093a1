/** May this team use that model, over which route, who pays, and if not, why? */
import { answerCaller, apply, authorize, type Command, emptyState, formatDecision, type State } from 'portcullis'

// Who and when always come from outside: the library has no clock and no session.
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
  // A rejection is data too, and leaves the state as it was.
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

for (const model of ['gpt-4', 'openai/gpt-3.5-turbo', 'gpt-99']) {
  const decision = authorize({ type: 'use', who: { type: 'team', id: 'acme-prod' }, model, at: noon }, state)
  console.log(`${model}: ${decision.effect}`)
  console.log(`  operator: ${formatDecision(decision)}`)
  // The caller learns nothing of groups, and cannot tell a model that is not its own from one that does not exist.
  const answer = answerCaller(decision)
  if (answer.effect === 'deny') console.log(`  caller: ${answer.message}`)
}
