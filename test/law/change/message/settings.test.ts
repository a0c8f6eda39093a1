import { expect, test } from 'vitest'
import { Event } from '../../../../src/change/message/event.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { accepted, office, rejected, type Step } from '../story.ts'

const forged: Record<string, string> = JSON.parse('{"region":"eu","__proto__":"x"}')
const words = 'expected settings without the name `__proto__`'

test('a setting named `__proto__` is rejected, not dropped, by every command, event and snapshot', () => {
  const steps: readonly Step[] = [
    { type: 'CreateProviderAccount', providerAccount: 'n', settings: { region: 'eu' } },
    { type: 'UpdateProviderAccount', providerAccount: 'openai', settings: { region: 'eu' } },
  ]
  for (const step of steps) {
    expect(rejected(office, { ...step, settings: forged })).toMatchObject({ path: ['settings'], message: words })
    const [event] = accepted(office, step).events
    expect(Event.safeParse(event).data).toEqual(event)
    const read = Event.safeParse({ ...event, settings: forged })
    expect(read.error?.issues).toMatchObject([{ path: ['settings'], message: words }])
  }
  const snapshot = toSnapshot(office)
  const [first, ...rest] = snapshot.providerAccounts
  const restored = fromSnapshot({ ...snapshot, providerAccounts: [{ ...first, settings: forged }, ...rest] })
  expect(restored).toMatchObject({ ok: false })
  expect(JSON.stringify(restored)).toContain(words)
})
