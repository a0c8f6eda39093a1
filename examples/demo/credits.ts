import { ask, clientOf, lineOf } from './client.ts'
import type { Story } from './story.ts'

/** The team spends its credits, and gets new ones. */
export async function showCredits({ page, url, admin, keys, checks }: Story): Promise<void> {
  page.heading('4. Out of credits')
  const client = clientOf(url, keys.prod)
  const lengths: number[] = []
  const write = () => ask(client, 'fast', 'Write 800 words')
  let refused = await write()
  while (refused.status === 200 && lengths.length < 10) {
    lengths.push(refused.text.split(' and ').length + 2)
    refused = await write()
  }
  page.say('acme-prod has 10 credits of its plan, of a tenth of a cent each, and asks for texts of 800 words.')
  page.say(`It gets texts of ${lengths.join(', ')} words: the gateway shortens what the credits do not cover.`)
  page.say(`Then they are too few for a useful answer: ${lineOf(refused)}`)

  const { balance } = await admin.post<{ readonly balance: { readonly available: string } }>('/credits/add', {
    ...{ team_id: 'acme-prod', amount: 500 },
  })
  const again = await write()
  page.say(`The operator adds 500 credits, of which ${balance.available} are available: ${lineOf(shortened(again))}`)

  checks.check('answers are shortened before credits run out', lengths.at(0) === 800 && (lengths.at(-1) ?? 800) < 800)
  checks.check('a call without credits is refused', refused.status === 402 && refused.code === 'credits_exhausted')
  checks.check('added credits work at once', again.status === 200)
}

function shortened<T extends { readonly text: string }>(called: T): T {
  return { ...called, text: `${called.text.slice(0, 40)}…` }
}
