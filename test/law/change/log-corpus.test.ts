import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Event, eventSchema } from '../../../src/change/message/event.ts'
import { readEvent } from '../../../src/change/read-event.ts'
import { replay } from '../../../src/change/replay.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import { root } from '../../package/source.ts'

const folder = join(root, 'test/corpus/log')

/** By schema version: the version of the state after the log of the corpus, and the SHA-256 of its snapshot as JSON. */
const logs: Readonly<Record<number, { readonly version: number; readonly snapshot: string }>> = {
  1: { version: 607, snapshot: 'd6bff9e9e86bc7964370f316626f16dab206f059b54560ca0e7f56b89b65edf0' },
}

/** Returns the lines of the log of a schema version. */
function linesOf(schema: number): string[] {
  return readFileSync(join(folder, `schema-${schema}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
}

/** Reads an event from a line of the log of a schema version. */
function eventOf(line: string, schema: number): Event {
  const read = readEvent(JSON.parse(line), schema)
  if (!read.ok) throw new Error(`${read.message}, in ${line}`)
  return read.event
}

test('every schema version up to the current one has a log', () => {
  const versions = Array.from({ length: eventSchema }, (_, i) => i + 1)
  expect(Object.keys(logs).map(Number)).toEqual(versions)
  expect(readdirSync(folder).sort()).toEqual(versions.map((version) => `schema-${version}.jsonl`).sort())
})

describe.each(Object.entries(logs))('the log of schema %s', (key, expected) => {
  const schema = Number(key)

  test('replays to the state that it led to when it was written', () => {
    const state = replay(linesOf(schema).map((line) => eventOf(line, schema)))
    const snapshot = createHash('sha256')
      .update(JSON.stringify(toSnapshot(state)))
      .digest('hex')
    expect({ version: state.version, snapshot }).toEqual(expected)
    expect(checkState(state)).toEqual([])
  })
})

test('the newest log has every event type, and reading changes none of its events', () => {
  const lines = linesOf(eventSchema)
  const events = lines.map((line) => eventOf(line, eventSchema))
  const types = Event.options.map((option) => option.shape.type.value)
  expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([...types].sort())
  for (const [i, event] of events.entries()) expect(event).toStrictEqual(JSON.parse(lines[i] ?? ''))
})
