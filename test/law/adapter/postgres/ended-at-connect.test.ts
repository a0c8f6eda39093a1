import { createServer } from 'node:net'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { fromPool } from '../../../../src/adapter/postgres/index.ts'

/** A message of the PostgreSQL protocol: its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(content.length + 4)
  return Buffer.concat([Buffer.from(type), length, content])
}

const authenticated = message('R', Buffer.alloc(4))
const ready = message('Z', Buffer.from('I'))
const fatal = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'))

const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', () => socket.end(Buffer.concat([authenticated, ready, fatal])))
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

test('a connection that the server ends in the packet that completes it fails the query, and does not end the process', async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as { readonly port: number }
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'u', database: 'd', password: 'p', max: 1 })
  pool.on('error', () => undefined)
  const uncaught: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  try {
    await expect(fromPool(pool).query('select 1', [])).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(uncaught).toEqual([])
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
    await pool.end()
  }
})
