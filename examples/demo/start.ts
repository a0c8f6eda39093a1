// Keeps a gateway running with a provider on this machine, and prints requests to try.

import { giveUp, startGateway } from '../gateway.ts'
import { Admin } from './admin.ts'
import { Page } from './page.ts'
import { type Keys, setUp } from './setup.ts'
import { startUpstream } from './upstream.ts'

const port = Number(process.env['PORT'] ?? 8003)
const gateway = await startGateway({ port }).catch(giveUp)
// The policy keeps the URL of the provider, so a later start with the same folder needs the same port.
const upstream = await startUpstream(port === 0 ? 0 : port + 1).catch(giveUp)
const { url, token } = gateway
const page = new Page()
page.title(`The gateway listens at ${url}, and its provider at ${upstream.url}. End it with Ctrl+C.`)
page.say(`${url}/api/openapi.json describes the administration.`)
if (token === undefined) page.say('The policy was founded by an earlier start, which printed the tokens.')
else printRequests(token, await setUp(new Admin(url, token), upstream.url))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await gateway.close()
    await upstream.close()
  })
}

function printRequests(administrator: string, { prod }: Keys): void {
  const chat = { model: 'fast', messages: [{ role: 'user', content: 'Write 20 words' }] }
  const refused = { principal: { type: 'team', id: 'acme-prod' }, model: 'smart' }
  const lab = { organization_id: 'lab', team_id: 'lab-dev', access_groups: ['lab-models'], credits_allocated: 100 }
  const requests: readonly (readonly [title: string, ...lines: readonly string[]])[] = [
    ['The key of the team acme-prod, and the token of the administrator', `KEY=${prod}`, `TOKEN=${administrator}`],
    ['A call', call('/v1/chat/completions', chat)],
    ['A stream', call('/v1/chat/completions', { ...chat, stream: true })],
    ['The models of the team', call('/v1/models')],
    ['A call that is denied', call('/v1/chat/completions', { ...chat, model: 'smart' })],
    ['Why it is denied, and what would help', administer('/explain', refused)],
    ['A group', administer('/model-access-groups/create', { group_name: 'lab-models', model_aliases: ['smart'] })],
    [
      'A customer, and a team with this group; the answer has its key',
      administer('/organizations/create', { organization_id: 'lab' }),
      administer('/teams/create', lab),
    ],
    ['The bill of the team acme-prod', administer('/wallets/teams/acme-prod/statement')],
    ['Who may use what', administer('/matrix?format=csv')],
  ]
  for (const [title, ...lines] of requests) {
    page.heading(title)
    for (const line of lines) console.log(line)
  }
}

/** Returns the command for a model call. */
function call(path: string, body?: object): string {
  const more = body === undefined ? '' : ` -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
  return `curl -sN ${url}${path} -H "Authorization: Bearer $KEY"${more}`
}

/** Returns the command for a request to the administration API, which reads JSON under curl's own content type. */
function administer(path: string, body?: object): string {
  const more = body === undefined ? '' : ` -d '${JSON.stringify(body)}'`
  return `curl -s '${url}/api${path}' -H "Authorization: Bearer $TOKEN"${more}`
}
