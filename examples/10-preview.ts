/** Previews the deletion of a group, the sunset of an alias and a plan: who loses or keeps which model, when, and who pays. */
import { apply, type Command, emptyState, type State } from 'portcullis'
import { diffAccess, formatPreview, preview } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const models = ['gpt-4', 'gpt-3.5-turbo']

let state: State = emptyState

function run(command: Command): void {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

run({ ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models })
for (const model of models) {
  run({ ...heading, type: 'CreateModelAlias', alias: model, targets: [{ providerAccount: 'openai', model }] })
}
for (const [accessGroup, aliases] of [
  ['gpt-models', models],
  ['basic-models', ['gpt-3.5-turbo']],
] as const) {
  const members = aliases.map((alias) => ({ type: 'alias', alias }) as const)
  run({ ...heading, type: 'CreateAccessGroup', accessGroup, members })
}
run({ ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } })
for (const [team, accessGroups] of [
  ['acme-prod', ['gpt-models']],
  ['techco-dev', ['gpt-models', 'basic-models']],
] as const) {
  run({ ...heading, type: 'CreateTeam', organization: 'org_acme', team, accessGroups: [...accessGroups] })
}
for (const [user, team] of [
  ['ann', 'acme-prod'],
  ['bob', 'acme-prod'],
  ['cid', 'techco-dev'],
] as const) {
  run({ ...heading, type: 'CreateUser', user })
  run({ ...heading, type: 'AddTeamMember', team, user })
}

function show(commands: readonly Command[]): void {
  const foreseen = preview(commands, state)
  if (!foreseen.ok) throw new Error(foreseen.fault.message)
  console.log(`${formatPreview(foreseen)}\n`)
}

show([{ ...heading, type: 'DeleteAccessGroup', accessGroup: 'gpt-models' }])
const sunsetAt = Date.parse('2025-01-01T00:00:00Z')
show([{ ...heading, type: 'DeprecateModelAlias', alias: 'gpt-4', sunsetAt, successor: 'gpt-3.5-turbo' }])
show([
  { ...heading, type: 'CreatePlan', plan: 'pro', accessGroups: ['basic-models'], credits: { amount: '100' } },
  { ...heading, type: 'SetTeamPlan', team: 'techco-dev', plan: 'pro' },
])

// A diff is data too: here of two states, with a witness request for each change.
const before = state
run({ ...heading, type: 'SuspendTeam', team: 'techco-dev' })
const diff = diffAccess(before, state, { at: noon })
if (!diff.ok) throw new Error(diff.fault.message)
for (const { team, changes } of diff.teams) {
  for (const { effect, witness } of changes) console.log(`${diff.direction}: ${team} ${effect} ${witness.model}`)
}
