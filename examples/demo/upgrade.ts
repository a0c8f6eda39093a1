import { ask, clientOf, lineOf, streamed } from './client.ts'
import type { Story } from './story.ts'

/** The team is upgraded while a stream is running. */
export async function showUpgrade({ page, url, admin, keys, checks }: Story): Promise<void> {
  page.heading('5. Upgraded in mid-flight')
  const client = clientOf(url, keys.prod)
  const stream = streamed(client, 'fast', 'Write 80 words')
  const words = [(await stream.next()).value ?? '']
  page.say('acme-prod reads the first word of a stream of fast.')
  let isRunning = true
  const reading = (async () => {
    for await (const word of stream) words.push(word)
    isRunning = false
  })()

  await admin.put('/teams/acme-prod', { access_groups: ['pro-models'] })
  const smart = await ask(client, 'smart')
  const wasRunning = isRunning
  await reading
  page.say('The operator gives it the group pro-models, in addition to its plan.')
  page.say(`The next call of the same key asks smart: ${lineOf(smart)}`)
  page.say(`The stream, which was running all the time, ends as it began, with ${words.length} words of fast.`)

  checks.check('an upgrade holds for the next call', smart.status === 200 && wasRunning)
  const isWhole = words.length === 80 && words.slice(0, 3).join('') === 'Hello from gpt-5-mini'
  checks.check('an upgrade does not disturb a running stream', isWhole)
}
