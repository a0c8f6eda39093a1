import { describe, expect, test } from 'vitest'
import { exampleOf, operationsOf, pathOf, urlOf } from './example.ts'
import { startWorld } from './world.ts'

describe('no answer has a digest or the secret of a token, except the one that made it', () => {
  test('all operations, read by an administrator after every change', async () => {
    const rig = await startWorld()
    const operations = operationsOf(rig.api)
    const texts: string[] = []
    const secrets: string[] = []
    for (const operation of operations.filter(({ id }) => !/^(delete|remove|suspend)/.test(id))) {
      const { body } = exampleOf(operation)
      const answer = await rig.call(operation.method, urlOf(operation), body)
      const { token, virtual_key: key } = answer.body
      const made = typeof token === 'string' ? token : typeof key === 'string' ? key : undefined
      if (made !== undefined) expect(answer.text.split(made).length).toBe(2)
      texts.push(made === undefined ? answer.text : answer.text.replace(made, ''))
      if (made !== undefined) secrets.push(made)
    }
    const gets = operations.filter(({ method }) => method === 'GET')
    for (const operation of gets) texts.push((await rig.call('GET', pathOf(operation))).text)
    texts.push((await rig.call('GET', '/audit-log?limit=1000')).text)
    const log = await rig.engine.readLog({ limit: 1_000 })
    const digests = [...JSON.stringify(log).matchAll(/"([0-9a-f]{64})"/g)].map(([, digest = '']) => digest)
    expect(digests.length).toBeGreaterThan(10)
    expect(secrets.length).toBeGreaterThan(2)
    for (const text of texts) {
      expect(text).not.toMatch(/[0-9a-f]{64}/)
      for (const secret of [...secrets, ...digests]) expect(text.includes(secret)).toBe(false)
    }
    expect(rig.errors).toEqual([])
  })
})
