// Time travel: who changed what about a team, and what a call was decided as before. The log keeps every version of the policy.

import { formatDecision, type UseRequest } from 'portcullis'
import { type CommandBody, createEngine } from 'portcullis/engine'
import { createMemoryClock, createMemoryRepository } from 'portcullis/memory'

const clock = createMemoryClock()
const engine = createEngine({ repository: createMemoryRepository(), clock })
await engine.ready()
const timeOf = (at: number) => new Date(at).toISOString().slice(0, 16)
const olivia = { type: 'user', id: 'olivia' } as const
const team = { type: 'team', id: 'dev' } as const

async function execute(
  at: string,
  actor: typeof olivia | { type: 'system' },
  ...commands: CommandBody[]
): Promise<void> {
  clock.set(Date.parse(`${at}Z`))
  const executed = await engine.execute(commands, { actor })
  if (!executed.ok) throw new Error(executed.reason)
}

await execute(
  '2026-03-02T09:00',
  { type: 'system' },
  { type: 'CreateUser', user: 'olivia' },
  { type: 'AddAdministrator', administrator: olivia },
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', accessGroups: ['standard'] },
)
await execute('2026-03-03T10:30', olivia, { type: 'SuspendTeam', team: 'dev' })
await execute('2026-03-03T11:00', olivia, { type: 'ActivateTeam', team: 'dev' })
await execute('2026-03-04T16:15', olivia, { type: 'UnassignAccessGroup', accessGroup: 'standard', principal: team })

console.log('what happened to the team:')
const history = await engine.readLog({ subject: team })
for (const { version, event } of history.events) {
  const actor = event.actor.type === 'system' ? 'the host' : event.actor.id
  console.log(`  ${version}. ${timeOf(event.at)} ${event.type} by ${actor}`)
}

const onTuesday = { since: Date.parse('2026-03-03T00:00Z'), before: Date.parse('2026-03-04T00:00Z') }
const byOlivia = await engine.readLog({ actor: olivia, ...onTuesday, limit: 1 })
console.log(`olivia's first change on Tuesday: ${byOlivia.events[0]?.event.type}; more: ${byOlivia.next !== undefined}`)

for (const time of ['2026-03-03T10:00', '2026-03-03T10:45', '2026-03-03T12:00', '2026-03-05T12:00']) {
  const at = Date.parse(`${time}Z`)
  const request: UseRequest = { type: 'use', who: team, model: 'fast', at }
  console.log(`${time}: ${formatDecision(await engine.authorizeAt(request))}`)
}
await engine.close()
