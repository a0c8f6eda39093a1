import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drainWith, killClient, killDatabase } from '../proof/round.ts'
import { killPoints } from '../proof/task.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/* A handful of what `npm run proof:ledger` does many times. */

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.close())

test('four processes of 16 callers on credit for 1,000 holds are admitted exactly 1,000', async () => {
  const admitted = await drainWith(server, 4, 1_000)
  expect(admitted.reduce((sum, one) => sum + one, 0)).toBe(1_000)
})

describe('a client that is killed loses nothing that was answered, and settles nothing twice', () => {
  test.each(killPoints)('%s', async (point) => {
    const { acknowledged, entries, faults } = await killClient(server, point, point.includes('batch') ? 4 : 40)
    expect(faults).toEqual([])
    expect(acknowledged).toBeGreaterThan(0)
    expect(entries).toBeGreaterThan(0)
  })
})

test('the database, killed under load, comes back with everything that was answered', async () => {
  for (const milliseconds of [300, 450, 600]) {
    const { acknowledged, unknown, faults } = await killDatabase(server, milliseconds)
    expect(faults).toEqual([])
    expect(acknowledged).toBeGreaterThan(0)
    expect(unknown).toBeGreaterThan(0)
  }
})
