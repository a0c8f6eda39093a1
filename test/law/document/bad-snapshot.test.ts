import { describe, expect, test } from 'vitest'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import type { Snapshot } from '../../../src/model/snapshot/snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { acme, createGroup, enact } from './world.ts'

const state = enact(acme, createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'), {
  type: 'CreateTeam',
  organization: 'org_acme',
  team: 'acme-prod',
  accessGroups: ['gpt-models'],
})

describe('An invalid snapshot is rejected as a whole', () => {
  const snapshot = JSON.parse(JSON.stringify(toSnapshot(state))) as Snapshot
  const faultsOf = (input: unknown) => {
    const restored = fromSnapshot(input)
    if (restored.ok) throw new Error('expected the snapshot to be rejected')
    return restored.faults
  }
  const [firstTeam] = snapshot.teams

  test('a valid snapshot is not', () => {
    const restored = fromSnapshot(snapshot)
    expect(restored.ok && toSnapshot(restored.state)).toEqual(snapshot)
  })

  test('a dangling reference: the fault has its path and the missing id', () => {
    const held = [{ accessGroup: 'gtp-models', windows: [{}] }]
    expect(faultsOf({ ...snapshot, teams: [{ ...firstTeam, accessGroups: held }] })).toEqual([
      {
        code: 'references_exist',
        path: ['teams', 'acme-prod', 'accessGroups', 0, 'accessGroup'],
        message: 'access group `gtp-models` does not exist',
      },
    ])
  })

  test('a later schema version: the fault differs from that of a broken snapshot', () => {
    expect(faultsOf({ ...snapshot, schema: 2 })).toEqual([
      {
        code: 'schema_unsupported',
        path: ['schema'],
        message: 'the snapshot has schema 2, and this version reads up to 1; read it with a newer version',
      },
    ])
  })

  test.each([
    ['of the snapshot', { nmae: 'x' }, ['nmae']],
    ['of a row', { teams: [{ ...firstTeam, nmae: 'x' }] }, ['teams', 0, 'nmae']],
  ])('an unknown key %s: the answer names its path', (_, wrong, path) => {
    expect(faultsOf({ ...snapshot, ...wrong })).toEqual([
      { code: 'snapshot_invalid', path, message: 'unknown key `nmae`, leave it out or correct it' },
    ])
  })

  test.each([
    ['a missing list', { teams: undefined }, ['teams']],
    ['a row of the wrong shape', { teams: [{ ...firstTeam, status: 'asleep' }] }, ['teams', 0, 'status']],
    ['another format', { format: 'csv' }, ['format']],
  ])('%s', (_, wrong, path) => {
    expect(faultsOf({ ...snapshot, ...wrong })).toMatchObject([
      { code: 'snapshot_invalid', path, message: expect.stringMatching(/^expected /) },
    ])
  })

  test.each([
    ['the same id twice', { teams: [firstTeam, firstTeam] }, 'ids_unique'],
    ['a row with an incarnation later than the version', { version: 3 }, 'incarnations_are_past'],
  ])('%s', (_, wrong, code) => {
    expect(faultsOf({ ...snapshot, ...wrong })[0]).toMatchObject({ code })
  })

  test.each([null, 7, '{}', []])('%o is not a snapshot', (value) => {
    expect(faultsOf(value)).toMatchObject([{ code: 'snapshot_invalid', path: [] }])
  })
})
