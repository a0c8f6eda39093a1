// A token of a team is issued, found in a log file by a leak scanner, and rotated at once. Later it is rotated with an overlap.

import { createEngine, isToken, tokenPattern } from 'portcullis/engine'
import { createMemoryClock, createMemoryRepository } from 'portcullis/memory'

const clock = createMemoryClock(Date.parse('2026-03-02T09:00:00Z'))
const engine = createEngine({ repository: createMemoryRepository(), clock, tokens: { prefix: 'acme' } })
await engine.ready()
const admin = { actor: { type: 'system' } } as const
const team = { type: 'team', id: 'dev' } as const
const founded = await engine.execute(
  [
    { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
    { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateTeam', team: 'dev', organization: 'acme' },
    { type: 'GrantRole', principal: team, providerAccount: 'openai', role: 'user' },
  ],
  admin,
)
if (!founded.ok) throw new Error(founded.reason)

async function call(name: string, token: string): Promise<void> {
  const admitted = await engine.admit({ token, model: 'openai/gpt-5', estimate: 0n })
  console.log(`${name}: ${!admitted.admitted && admitted.reason === 'denied' ? admitted.denial.reason : 'admitted'}`)
  if (admitted.admitted) await admitted.release()
}

// The secret is returned once. A retry with the same id cannot return it again.
const issued = await engine.issueToken({ credential: 'ci', owner: team, name: 'CI' }, { ...admin, id: 'ticket 1' })
if (!issued.ok) throw new Error(issued.reason)
console.log(`issued ${issued.token.slice(0, 5)}… with ${issued.token.length} characters`)
const again = await engine.issueToken({ credential: 'ci', owner: team, name: 'CI' }, { ...admin, id: 'ticket 1' })
console.log(again.ok || `again: ${again.reason}`)
await call('issued', issued.token)

// A scanner looks for the pattern, and the checksum dismisses what only looks like a token.
const log = `GET /v1/models?key=${issued.token} 200\nGET /acme_${'0'.repeat(49)} 404`
const found = (log.match(new RegExp(tokenPattern('acme'), 'g')) ?? []).filter((match) => isToken(match, 'acme'))
console.log(`leaked: ${found.length} token`)

// The leaked secret is dead on this node when `rotateToken` returns, and on others when they have its version.
const rotated = await engine.rotateToken({ credential: 'ci', overlap: 0 }, { ...admin, id: 'ticket 2' })
if (!rotated.ok) throw new Error(rotated.reason)
await call('leaked', issued.token)
await call('rotated', rotated.token)

// A planned rotation: both secrets are good for an hour, so that the jobs can take the new one in turn.
const planned = await engine.rotateToken({ credential: 'ci', overlap: 3_600_000 }, { ...admin, id: 'ticket 3' })
if (!planned.ok) throw new Error(planned.reason)
await call('within the hour', rotated.token)
clock.advance(3_600_000)
await call('an hour later', rotated.token)
await call('planned', planned.token)

// What has no checksum is denied like an unknown token, without a lookup.
await call('mistyped', `${planned.token.slice(0, -1)}-`)
console.log(`malformed: ${engine.status().malformedTokens}`)

const history = await engine.readLog({ subject: { type: 'credential', id: 'ci' } })
console.log(history.events.map(({ command, event }) => `${command}: ${event.type}`).join(', '))
await engine.close()
