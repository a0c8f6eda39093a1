/**
 * Moves a team from the starter to the enterprise plan. Access changes at once, and an event allocates the plan's credits,
 * once for the team and the plan.
 */
import { apply, authorize, type Command, credit, emptyState, formatCredit, type State } from 'portcullis'

const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const models = ['gpt-3.5-turbo', 'gpt-4-turbo', 'gpt-4']

let state: State = emptyState
let allocated = 0n

function run(command: Command): void {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
  for (const event of applied.events) {
    // An amount is a decimal string in events and a bigint in sums, never a float.
    if (event.type === 'CreditsAllocated') allocated += credit(event.amount)
  }
}

function show(moment: string): void {
  const usable = models.filter((model) => {
    const decision = authorize({ type: 'use', who: { type: 'team', id: 'acme-prod' }, model, at: noon }, state)
    return decision.effect === 'allow'
  })
  console.log(`${moment}: ${usable.join(', ')}; ${formatCredit(allocated)} credits allocated`)
}

run({ ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models })
for (const [tier, model] of [
  ['basic-models', 'gpt-3.5-turbo'],
  ['pro-models', 'gpt-4-turbo'],
  ['enterprise-models', 'gpt-4'],
] as const) {
  run({ ...heading, type: 'CreateModelAlias', alias: model, targets: [{ providerAccount: 'openai', model }] })
  run({ ...heading, type: 'CreateAccessGroup', accessGroup: tier, members: [{ type: 'alias', alias: model }] })
}
const everyTier = ['basic-models', 'pro-models', 'enterprise-models']
run({ ...heading, type: 'CreatePlan', plan: 'starter', accessGroups: ['basic-models'] })
run({ ...heading, type: 'CreatePlan', plan: 'enterprise', accessGroups: everyTier, credits: { amount: '20000' } })
run({ ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } })
run({ ...heading, type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', plan: 'starter' })
show('on starter')

run({ ...heading, type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' })
show('on enterprise')

// The team gets its groups through the plan, so returning to the old plan removes them. No list of groups has to be kept.
run({ ...heading, type: 'SetTeamPlan', team: 'acme-prod', plan: 'starter' })
show('back on starter')

run({ ...heading, type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' })
show('on enterprise again')
