import { Admin, AdminError } from './admin.ts'
import { ask, clientOf, lineOf } from './client.ts'
import type { Story } from './story.ts'

interface Explained {
  readonly text: string
}

/** Refused calls from both sides: the error of the client, and the explanation for operators. */
export async function showDenied({ page, url, admin, keys, checks }: Story): Promise<void> {
  page.heading('3. Denied')
  const client = clientOf(url, keys.prod)
  const [hidden, missing] = [await ask(client, 'smart'), await ask(client, 'smarter')]
  page.say('A model that acme-prod does not have looks like one that does not exist:')
  page.say(`acme-prod asks smart: ${lineOf(hidden)}`, 4)
  page.say(`acme-prod asks smarter: ${lineOf(missing)}`, 4)

  page.say('The operator asks /api/explain, which tells them apart:')
  const explained: string[] = []
  for (const model of ['smart', 'smarter']) {
    const { text } = await admin.post<Explained>('/explain', { principal: { type: 'team', id: 'acme-prod' }, model })
    const [summary = '', ...facts] = text.split('\n')
    explained.push(summary)
    page.say(summary, 4, 6)
    const remedy = facts[facts.indexOf('remedies') + 1]?.trim()
    if (facts.includes('remedies') && remedy !== undefined) page.say(remedy, 6, 9)
  }

  const embeddings = await ask(clientOf(url, keys.embeddings), 'fast')
  page.say(`A token for embeddings asks fast for a chat: ${lineOf(embeddings)}`)
  const grab = await refusalOf(new Admin(url, keys.prod).put('/teams/acme-prod', { access_groups: ['pro-models'] }))
  page.say(`acme-prod gives itself the group pro-models with its key: ${grab}`)

  checks.check(
    'a client cannot tell a hidden model from one that does not exist',
    lineOf(hidden) === lineOf(missing) && hidden.status === 404,
  )
  checks.check('the operator can tell them apart', explained.join().match(/model_not_granted.*model_unknown/s) !== null)
  checks.check('a token for embeddings makes no chats', embeddings.code === 'operation_not_permitted')
  checks.check('the key of a team manages nothing', grab.startsWith('403 management_not_granted'))
}

/** Returns the refusal of a request to the administration API in one line. */
export async function refusalOf(sent: Promise<unknown>): Promise<string> {
  try {
    await sent
    return 'done'
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    return `${error.status} ${error.code}`
  }
}
