import { Admin } from './admin.ts'
import { ask, clientOf, lineOf } from './client.ts'
import { refusalOf } from './denied.ts'
import type { Story } from './story.ts'

interface Requests {
  readonly access_requests: readonly {
    readonly request_id: string
    readonly requester: string
    readonly reason: string
  }[]
}

/** A user asks for access for two hours, and the admin of the organization approves. */
export async function showApproval({ page, url, keys, checks }: Story): Promise<void> {
  page.heading('6. A request for access')
  const client = clientOf(url, keys.ann)
  const [ann, olga] = [new Admin(url, keys.ann), new Admin(url, keys.olga)]
  const before = await ask(client, 'expert')
  page.say(`ann asks expert: ${lineOf(before)}`)

  await ann.post('/access-requests/create', {
    ...{ request_id: 'ask-1', subject: { type: 'member', team_id: 'acme-dev', user_id: 'ann' } },
    ...{ wanted: { type: 'model', name: 'expert' }, reason: 'incident 311', duration_ms: 7_200_000 },
  })
  const approval = { group_name: 'expert-models' }
  const own = await refusalOf(ann.post('/access-requests/ask-1/approve', approval))
  page.say(`She requests it for two hours. Her own approval is refused: ${own}`)

  const { access_requests: requests } = await olga.get<Requests>('/access-requests')
  for (const { request_id, requester, reason } of requests)
    page.say(`olga, who runs the organization, finds request ${request_id} of ${requester}, "${reason}".`)
  await olga.post('/access-requests/ask-1/approve', approval)
  const after = await ask(client, 'expert')
  page.say(`She approves, and ann asks expert again: ${lineOf(after)}`)

  checks.check('only another person approves a request', own.startsWith('403') && requests.length === 1)
  checks.check('the approval gives the access', before.status === 404 && after.status === 200)
}
