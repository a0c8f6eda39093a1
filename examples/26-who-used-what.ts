// Who used what: the calls of 100 days are collected from the events of the engine, and lint reads them.

import { formatCredit } from 'portcullis'
import { type CommandBody, createEngine, createUsage, type EngineEvent } from 'portcullis/engine'
import { createMemoryClock, createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'
import { lint } from 'portcullis/query'

const day = 86_400_000
const clock = createMemoryClock(Date.parse('2026-03-02T09:00:00Z'))
const ledger = createMemoryCreditLedger({ clock })
const engine = createEngine({ repository: createMemoryRepository(), ledger, clock, maxStaleness: day })
await engine.ready()
const dev = { type: 'team', id: 'dev' } as const
const ann = { type: 'user', id: 'ann' } as const
const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'o3'] },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateModelAlias', alias: 'smart', targets: [{ providerAccount: 'openai', model: 'o3' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateAccessGroup', accessGroup: 'premium', members: [{ type: 'alias', alias: 'smart' }] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', accessGroups: ['standard'], credits: '1000' },
  { type: 'CreateUser', user: 'ann' },
  { type: 'AssignAccessGroup', accessGroup: 'standard', principal: ann },
  { type: 'AssignAccessGroup', accessGroup: 'premium', principal: ann },
]
const founded = await engine.execute(founding, { actor: { type: 'system' } })
const issued = await engine.issueToken({ credential: 'ci', owner: dev }, { actor: { type: 'system' } })
if (!founded.ok || !issued.ok || !(await engine.booked())) throw new Error('not founded')

// Two subscribers: one collects usage, the other bills. Neither can slow a call or make it fail.
const usage = createUsage({ since: clock.now() })
engine.subscribe(usage.record)
const costs = new Map<string, bigint>()
const bill = (event: EngineEvent) => {
  if (event.type !== 'ended') return
  const line = `${event.call.principal?.id} on ${event.route?.model}`
  costs.set(line, (costs.get(line) ?? 0n) + event.cost)
}
engine.subscribe((events) => events.forEach(bill))
engine.subscribe(() => {
  throw new Error('a subscriber that fails')
})

// Every day ann and the team call `fast`, on each third the team asks for `smart`, and ann never uses her grant of it.
for (let i = 0; i < 100; i += 1) {
  clock.advance(day)
  const calls = [
    { token: issued.token, model: 'fast' },
    { principal: ann, model: 'fast' },
  ] as const
  for (const request of i % 3 === 0 ? [...calls, { token: issued.token, model: 'smart' }] : calls) {
    const call = await engine.admit({ ...request, operation: 'chat', estimate: 10_000_000n })
    if (call.admitted)
      await call.settle(call.payer.type === 'none' ? 0n : 4_000_000n, { units: { input: 9, output: 120 } })
  }
}
await new Promise((resolve) => setTimeout(resolve, 50))

console.log('who used what:')
for (const { who, model, effect, reason, count } of usage.usage().entries) {
  console.log(`  ${who.type} ${who.id}: ${model}, ${count} times, ${reason ?? effect}`)
}
console.log('costs:')
for (const [line, cost] of costs) console.log(`  ${line}: ${formatCredit(cost)}`)
const last = usage.lastUse('ci')
console.log(`token ci: ${last?.count} calls, the last at ${new Date(last?.at ?? 0).toISOString().slice(0, 16)}`)

// The collector survives a restart as JSON, and the collectors of several nodes merge.
const saved = JSON.stringify(usage)
const merged = createUsage({ since: usage.usage().since })
merged.merge(JSON.parse(saved))

console.log('lint:')
const found = engine.read((state, at) => lint(state, { at, usage: merged.usage() }))
if (!found.ok) throw new Error('lint failed')
for (const { code, message } of found.findings) console.log(`  ${code}: ${message}`)
await engine.close()
