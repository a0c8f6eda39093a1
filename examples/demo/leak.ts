import { ask, clientOf, lineOf } from './client.ts'
import type { Story } from './story.ts'

/** The key of the team has leaked, and is rotated without an overlap. */
export async function showLeak({ page, url, admin, keys, checks }: Story): Promise<void> {
  page.heading('7. A leaked key')
  const { token } = await admin.post<{ readonly token: string }>(`/tokens/${keys.prodId}/rotate`, { overlap_ms: 0 })
  page.say('The key of acme-prod is found in a public repository. The operator rotates it without an overlap.')
  const old = await ask(clientOf(url, keys.prod), 'fast')
  const renewed = await ask(clientOf(url, token), 'fast')
  page.say(`The old key asks fast: ${lineOf(old)}`)
  page.say(`The new key asks fast: ${lineOf(renewed)}`)
  checks.check('a leaked key is refused at once, and its successor works', old.status === 401 && renewed.status === 200)
}
