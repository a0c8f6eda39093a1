import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drainWith, killClient, killDatabase } from '../proof/round.ts'
import { killPoints } from '../proof/task.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/* A few rounds of `npm run proof:ledger`. */

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

test('four processes with 16 callers each get exactly the 1,000 holds that the credits cover', async () => {
  const admitted = await drainWith(server, 4, 1_000)
  expect(admitted.reduce((sum, one) => sum + one, 0)).toBe(1_000)
})

describe('a killed client loses no acknowledged write and settles nothing twice', () => {
  test.each(killPoints)('%s', async (point) => {
    const { acknowledged, entries, faults } = await killClient(server, point, point.includes('batch') ? 4 : 40)
    expect(faults).toEqual([])
    expect(acknowledged).toBeGreaterThan(0)
    expect(entries).toBeGreaterThan(0)
  })
})

test('the database, killed under load, recovers every acknowledged write', async () => {
  for (const milliseconds of [300, 450, 600]) {
    const { acknowledged, unknown, faults } = await killDatabase(server, milliseconds)
    expect(faults).toEqual([])
    expect(acknowledged).toBeGreaterThan(0)
    expect(unknown).toBeGreaterThan(0)
  }
})
