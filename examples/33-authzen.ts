// A decision point of the OpenID AuthZEN Authorization API 1.0, and another service that asks it.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { authenticateAdministrator, createAuthZenHandler, engineEvaluator } from 'portcullis/authzen'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { createMemoryRepository } from 'portcullis/memory'

const [root, ann] = [
  { type: 'user', id: 'root' },
  { type: 'user', id: 'ann' },
] as const
const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'o3'] },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: false, accessGroups: ['standard'] },
  { type: 'CreateUser', user: 'root' },
  { type: 'CreateUser', user: 'ann' },
  { type: 'AddTeamMember', team: 'dev', user: 'ann', role: 'manager' },
  { type: 'AddAdministrator', administrator: root },
  { type: 'IssueCredential', credential: 'wiki', owner: root, digest: tokenDigest('wiki-secret') },
]
const engine = createEngine({ repository: createMemoryRepository() })
await engine.ready()
await engine.execute(founding, { actor: { type: 'system' } })

// A real decision point is behind TLS, and found by its identifier.
const handler = createAuthZenHandler({
  evaluator: engineEvaluator(engine),
  authenticate: authenticateAdministrator(engine),
  policyDecisionPoint: 'https://pdp.example.com',
})
const server = serve({ fetch: handler, port: 0, hostname: '127.0.0.1' })
await once(server, 'listening')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Asks the decision point, as any client of the API does, and prints the answer. */
async function ask(path: string, body: object, token = 'wiki-secret'): Promise<void> {
  const response = await fetch(`${address}/access/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  console.log(`${path}: ${response.status} ${await response.text()}`)
}

const use = { name: 'use' }
const manage = { name: 'manage' }
const fast = { type: 'model', id: 'fast' }

await ask('evaluation', { subject: ann, action: use, resource: fast })
await ask('evaluations', {
  subject: ann,
  options: { evaluations_semantic: 'deny_on_first_deny' },
  evaluations: [
    { action: manage, resource: { type: 'teamMembers', id: 'dev' } },
    { action: use, resource: { type: 'model', id: 'openai/o3' } },
    { action: use, resource: fast },
  ],
})
await ask('search/subject', { subject: { type: 'user' }, action: use, resource: fast })
await ask('search/resource', { subject: root, action: manage, resource: { type: 'team' } })
await ask('search/action', { subject: ann, resource: { type: 'teamMembers', id: 'dev' } })
await ask('evaluation', { subject: ann, action: use, resource: fast }, 'wrong-secret')

const metadata = await fetch(`${address}/.well-known/authzen-configuration`)
console.log(((await metadata.json()) as Record<string, string>)['access_evaluation_endpoint'])
server.close()
await engine.close()
