import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createPostgresRepository,
  fromPglite,
  migrate,
  migratePolicy,
  type SqlClient,
} from '../../src/adapter/postgres/index.ts'
import type { Repository } from '../../src/port/repository.ts'
import { events, snapshotAt } from '../../src/testing/conformance/repository/repository-fixture.ts'
import { openPglite, type Pglite } from './pglite.ts'
import { newSchema } from './postgres-make.ts'

let database: Pglite
let client: SqlClient
beforeAll(async () => {
  database = await openPglite()
  client = fromPglite(database)
})
afterAll(() => database.close())

let schema: string
let repository: Repository
/** Runs a statement on the tables of the log, as an operator would. */
const run = (text: string) => client.query(text.replaceAll('{schema}', `"${schema}"`), [])
const open = () => createPostgresRepository({ client, schema, pollInterval: 10 })
const corrupt = (message: string) => ({ name: 'RepositoryError', code: 'repository_corrupt', message })

async function foreignTable(): Promise<void> {
  await run('create schema {schema}')
  await run('create table {schema}.event (id text)')
}

describe('a damaged log', () => {
  beforeEach(async () => {
    schema = newSchema()
    await migratePolicy(client, { schema })
    repository = open()
    await repository.commit({ events: events('a', 'b', 'c'), schema: 1, expectedVersion: 0 })
    await repository.commit({ events: events('d', 'e'), schema: 1, expectedVersion: 3 })
  })

  const edits = [
    ['an event', `body = replace(body, '"c"', '"x"')`],
    ['the schema of an event', 'schema = 2'],
    ['the command of an event', `command = 'x'`],
    ['the end of the commit of an event', 'commit_end = 5'],
  ] as const
  test.each(edits)('%s is changed: every read of the event throws `repository_corrupt`', async (_, edit) => {
    await run(`update {schema}.event set ${edit} where version = 3`)
    const changed = corrupt('event 3 does not match its checksum: its row was changed')
    await expect(repository.load()).rejects.toMatchObject(changed)
    await expect(repository.readLog()).rejects.toMatchObject(changed)
    await expect(repository.watch(0).next()).rejects.toMatchObject(changed)
    expect((await repository.readLog({ after: 3 })).events).toHaveLength(2)
    await repository.close()
  })

  test.each([1, 3, 5])('event %i is deleted: a load and a watch throw `repository_corrupt`', async (version) => {
    await run(`delete from {schema}.event where version = ${version}`)
    const missing = corrupt(`event ${version} is missing: the log is at version 5`)
    await expect(repository.load()).rejects.toMatchObject(missing)
    await expect(repository.watch(0).next()).rejects.toMatchObject(missing)
    await repository.close()
  })

  test('two events are exchanged: a load throws `repository_corrupt`', async () => {
    await run('update {schema}.event set version = 109 - version where version in (4, 5)')
    await run('update {schema}.event set version = version - 100 where version > 100')
    await expect(repository.load()).rejects.toMatchObject({ code: 'repository_corrupt' })
    await repository.close()
  })

  test('the last commit is deleted: a load, and a watch that waits at the end, throw `repository_corrupt`', async () => {
    const watch = repository.watch(5)
    const next = watch.next()
    await run('delete from {schema}.event where version > 3')
    await expect(repository.load()).rejects.toMatchObject(corrupt('event 4 is missing: the log is at version 5'))
    await run('update {schema}.head set version = 6')
    await expect(next).rejects.toMatchObject(corrupt('event 6 is missing: the log is at version 6'))
    expect(await watch.next()).toEqual({ done: true, value: undefined })
    await repository.close()
  })

  test('the head is set back: a commit throws `repository_corrupt` and stores nothing', async () => {
    await run('update {schema}.head set version = 3')
    const commit = { events: events('x'), schema: 1, expectedVersion: 3 }
    const error = { ...corrupt('the log contains rows above its version 3'), outcome: 'not_applied' }
    await expect(repository.commit(commit)).rejects.toMatchObject(error)
    expect(await repository.version()).toBe(3)
    await repository.close()
  })

  test('a log that was restored to an earlier version ends the watches of later versions', async () => {
    const next = repository.watch(5).next()
    expect(await repository.version()).toBe(5)
    await run('delete from {schema}.event where version > 3')
    await run('update {schema}.head set version = 3')
    await expect(next).rejects.toMatchObject(
      corrupt('the log is at version 3 after it was at version 5: was it restored?'),
    )
    await repository.close()
  })

  test('a part of a snapshot is changed or missing: a load throws `repository_corrupt`', async () => {
    await repository.saveSnapshot(snapshotAt(4, 'one', 'two', 'three'))
    await run(`update {schema}.snapshot_part set body = 'x' where part = 2`)
    const changed = corrupt('part 2 of the snapshot of version 4 does not match its checksum')
    await expect(repository.load()).rejects.toMatchObject(changed)
    await run('delete from {schema}.snapshot_part where part = 2')
    await expect(repository.load()).rejects.toMatchObject(corrupt('part 2 of the snapshot of version 4 is missing'))
    await run('delete from {schema}.snapshot_part where part = 3')
    await expect(repository.load()).rejects.toMatchObject(corrupt('part 2 of the snapshot of version 4 is missing'))
    expect((await repository.load(3)).events).toHaveLength(3)
    await repository.close()
  })

  test('the row of the head is missing: every call throws `repository_corrupt`', async () => {
    await run('delete from {schema}.head')
    const missing = corrupt('the row of `head` is missing')
    await expect(repository.version()).rejects.toMatchObject(missing)
    await expect(open().version()).rejects.toMatchObject(missing)
    await expect(repository.commit({ events: events('x'), schema: 1, expectedVersion: 5 })).rejects.toMatchObject(
      missing,
    )
    await repository.close()
  })

  test('another log takes the place of this one: reads and commits throw `repository_foreign`', async () => {
    const watch = repository.watch(5).next()
    await run(`update {schema}.head set log = '${crypto.randomUUID()}'`)
    const foreign = { name: 'RepositoryError', code: 'repository_foreign', outcome: 'not_applied' }
    await expect(watch).rejects.toMatchObject(foreign)
    await expect(repository.load()).rejects.toMatchObject(foreign)
    const commit = { events: events('x'), schema: 1, expectedVersion: 5 }
    await expect(repository.commit(commit)).rejects.toMatchObject(foreign)
    expect(await open().version()).toBe(5)
    await repository.close()
  })
})

test('the snapshot at the beginning of a log is missing: a load throws `repository_corrupt`', async () => {
  schema = newSchema()
  await migratePolicy(client, { schema })
  repository = open()
  await repository.saveSnapshot(snapshotAt(10))
  await repository.commit({ events: events('k'), schema: 1, expectedVersion: 10 })
  await run('delete from {schema}.snapshot')
  const missing = corrupt('the snapshot of version 10, the beginning of the log, is missing')
  await expect(repository.load()).rejects.toMatchObject(missing)
  await repository.close()
})

describe('the schema of a log', () => {
  beforeEach(() => {
    schema = newSchema()
    repository = open()
  })

  test('is created once by any number of concurrent migrations', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => migratePolicy(client, { schema })))
    expect(results.map(({ to }) => to)).toEqual([1, 1, 1, 1, 1])
    expect(await migratePolicy(client, { schema })).toEqual({ from: 1, to: 1 })
    expect(await repository.version()).toBe(0)
  })

  test('is missing: a call names the command, and succeeds after it', async () => {
    const message = `the schema \`${schema}\` has no policy log: call \`migratePolicy(client, { schema: '${schema}' })\` first`
    const missing = { name: 'RepositoryError', code: 'repository_unavailable', outcome: 'not_applied', message }
    await expect(repository.version()).rejects.toMatchObject(missing)
    await expect(repository.watch(0).next()).rejects.toMatchObject(missing)
    await migratePolicy(client, { schema })
    expect(await repository.version()).toBe(0)
  })

  test('is of a later library: calls and migrations throw `repository_newer` and change nothing', async () => {
    await migratePolicy(client, { schema })
    await run('insert into {schema}.log_migration (version) values (2)')
    const message = `the schema \`${schema}\` has version 2, but this library supports at most 1: upgrade the library`
    const newer = { name: 'RepositoryError', code: 'repository_newer', outcome: 'not_applied', message }
    await expect(repository.load()).rejects.toMatchObject(newer)
    await expect(migratePolicy(client, { schema })).rejects.toMatchObject(newer)
  })

  test.each([
    ['of a credit ledger', () => migrate(client, { schema })],
    ['with a table of another application', () => foreignTable()],
  ])('%s: calls and migrations throw `repository_foreign` and change nothing', async (_, fill) => {
    await fill()
    const message = `the schema \`${schema}\` contains other tables: choose a schema for the policy log alone`
    const foreign = { name: 'RepositoryError', code: 'repository_foreign', outcome: 'not_applied', message }
    await expect(repository.version()).rejects.toMatchObject(foreign)
    await expect(migratePolicy(client, { schema })).rejects.toMatchObject(foreign)
  })

  test('serves a role that cannot change events', async () => {
    await migratePolicy(client, { schema })
    const role = `"${schema} application"`
    await run(`create role ${role}`)
    const grants = [
      'usage on schema {schema}',
      'select on {schema}.log_migration',
      'select, update on {schema}.head',
      'select, insert on {schema}.event, {schema}.event_subject, {schema}.command',
      'select, insert, update on {schema}.cursor',
      'select, insert, delete on {schema}.snapshot, {schema}.snapshot_part',
    ]
    for (const grant of grants) await run(`grant ${grant} to ${role}`)
    await run(`set role ${role}`)
    try {
      const command = { id: 'command', digest: 'a' }
      await repository.commit({ events: events('a', 'b'), schema: 1, expectedVersion: 0, command })
      for (const version of [0, 1, 2]) await repository.saveSnapshot(snapshotAt(version))
      await repository.advanceCursor('ledger', 1)
      await repository.advanceCursor('ledger', 2)
      expect((await repository.load(1)).snapshot).toEqual(snapshotAt(1))
      expect((await repository.readLog({ subject: { type: 'user', id: 'a' } })).events).toHaveLength(1)
      await expect(run('update {schema}.event set body = body')).rejects.toThrow('permission denied')
      await expect(run('delete from {schema}.event')).rejects.toThrow('permission denied')
    } finally {
      await run('reset role')
    }
  })

  test('may be created empty before the migration', async () => {
    await run('create schema {schema}')
    expect(await migratePolicy(client, { schema })).toEqual({ from: 0, to: 1 })
    expect(await repository.version()).toBe(0)
  })
})
