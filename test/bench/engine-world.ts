import { createHash } from 'node:crypto'
import { credit } from '../../src/model/value/credit.ts'
import { authorize } from '../../src/policy/authorize.ts'
import type { UseRequest } from '../../src/policy/request/request.ts'
import type { CreditLedger } from '../../src/port/credit-ledger.ts'
import type { AdmitRequest, CommandBody, Engine } from '../../src/runtime/index.ts'

export const system = { actor: { type: 'system' } } as const
const token = 'a secret of the benchmark'
const digest = createHash('sha256').update(token).digest('hex')

/** Commands that found a metered team with a key and ample credits. */
const founding: readonly CommandBody[] = [
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true, accessGroups: ['standard'] },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest, scope: { type: 'all' } },
  { type: 'AllocateCredits', principal: { type: 'team', id: 'dev' }, amount: '4000000000' },
]

const cost = 60n
const request = {
  token,
  model: 'fast',
  operation: 'chat',
  estimate: credit('0.0000001'),
} as const satisfies AdmitRequest
const use = { type: 'use', model: 'fast', operation: 'chat' } as const

/** Starts a policy with the founding commands, and waits for the booking of its credits. */
export async function foundPolicy(engine: Engine): Promise<void> {
  await engine.ready()
  const executed = await engine.execute(founding, system)
  if (!executed.ok) throw new Error(`refused: ${executed.reason}`)
  while (engine.status().pendingBookings > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Decides, reserves and settles by the engine. */
export async function callByEngine(engine: Engine): Promise<void> {
  const admission = await engine.admit(request)
  if (!admission.admitted) throw new Error(`not admitted: ${admission.reason}`)
  const ended = await admission.settle(cost)
  if (!ended.ok) throw new Error(`not settled: ${ended.reason}`)
}

/** Does the same by hand: the digest, `authorize`, and the two calls of the ledger. No deadline, retry or extension. */
export async function callByHand(engine: Engine, ledger: CreditLedger, hold: string): Promise<void> {
  const who = { type: 'credentialDigest', digest: createHash('sha256').update(token).digest('hex') } as const
  const decision = engine.read((state, at) => authorize({ ...use, who, at } satisfies UseRequest, state))
  if (decision.effect !== 'allow') throw new Error(`denied: ${decision.reason}`)
  const path = decision.walletPath
  const reserved = await ledger.reserve({ hold, path, amount: request.estimate, ttl: 60_000 })
  const settled = await ledger.settle({ hold, amount: cost })
  if (!reserved.ok || !settled.ok) throw new Error('refused')
}
