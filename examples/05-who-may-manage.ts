/**
 * Compares what a manager and a user of a provider account may do. The same decision protects the host's pages and
 * every command.
 */
import { type AppliedAs, apply, applyAs, authorize, type Command, emptyState, type State } from 'portcullis'

const noon = Date.parse('2024-10-14T12:00:00Z')
const system = { actor: { type: 'system' }, at: noon } as const
const user = (id: string) => ({ type: 'user', id }) as const

let state: State = emptyState
const setup: readonly Command[] = [
  { ...system, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4'] },
  { ...system, type: 'CreateUser', user: 'mona' },
  { ...system, type: 'CreateUser', user: 'uma' },
  { ...system, type: 'GrantRole', principal: user('mona'), providerAccount: 'openai', role: 'manager' },
  { ...system, type: 'GrantRole', principal: user('uma'), providerAccount: 'openai', role: 'user' },
]
for (const command of setup) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

for (const id of ['mona', 'uma']) {
  const thing = { type: 'providerAccount', id: 'openai' } as const
  const managing = authorize({ type: 'manage', who: user(id), thing, at: noon }, state)
  const using = authorize({ type: 'use', who: user(id), model: 'openai/gpt-4', at: noon }, state)
  console.log(`${id} may use its models: ${using.effect}`)
  console.log(`${id} may manage it: ${managing.effect === 'allow' ? `as ${managing.power}` : managing.reason}`)

  // The decision above only helps the user interface; `applyAs` checks the permission again. The command has no actor and
  // instant: the host passes both.
  const body = { type: 'AddModels', providerAccount: 'openai', models: [`gpt-4-of-${id}`] }
  const applied = applyAs(user(id), noon, body, state)
  console.log(`${id} adds a model: ${outcomeOf(applied)}`)
}

// A manager may change the account but not delete it, and cannot act as the system by sending an `actor`.
const deletion = { type: 'DeleteProviderAccount', providerAccount: 'openai' }
console.log(`mona deletes the account: ${outcomeOf(applyAs(user('mona'), noon, deletion, state))}`)
const forged = JSON.parse(JSON.stringify({ ...deletion, actor: { type: 'system' } }))
console.log(`mona deletes it as system: ${outcomeOf(applyAs(user('mona'), noon, forged, state))}`)

function outcomeOf(applied: AppliedAs): string {
  if (applied.ok) return 'done'
  return applied.denial ? applied.denial.reason : applied.rejection.message
}
