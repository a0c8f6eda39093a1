import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { diffAccess } from '../../../../src/query/diff/diff-access.ts'
import { formatPreview } from '../../../../src/query/diff/format-preview.ts'
import { type Preview, preview, previewCommands } from '../../../../src/query/diff/preview.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { arbitraryAnything, arbitraryCommand, arbitraryCommands } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { stateAfter } from './pair.ts'

const arbitraryPlan = fc
  .tuple(arbitraryCommands, fc.array(arbitraryCommand, { minLength: 1, maxLength: 6 }))
  .map(([founding, commands]) => ({ state: stateAfter(founding, emptyState), commands }))

/** Generates commands of the host that take effect or end at a later instant. */
const arbitraryTimedPlan = fc
  .tuple(arbitraryPlan, fc.array(arbitraryCommand.filter(isTimed), { minLength: 2, maxLength: 6 }))
  .map(([{ state }, commands]) => ({
    state,
    commands: commands.map((command): Command => ({ ...command, actor: { type: 'system' }, at: 1_700_000_001_000 })),
  }))

function isTimed(command: Command): boolean {
  return 'startsAt' in command || 'expiresAt' in command || 'sunsetAt' in command
}

/**
 * Previews commands like `preview`, but does not turn exceptions into faults. So a bug fails a law with its own error.
 */
function previewOf(commands: readonly unknown[], state: State, at?: number): Preview {
  return previewCommands(commands as readonly Command[], state, at)
}

describe('preview', () => {
  test('has for each command the result of apply on the state that the commands before it leave', () => {
    let [accepted, rejected] = [0, 0]
    fc.assert(
      fc.property(arbitraryPlan, ({ state, commands }) => {
        const { steps, accepted: isAccepted } = previewOf(commands, state)
        let current = state
        for (const [index, command] of commands.entries()) {
          const applied = apply(command, current)
          if (applied.ok) {
            expect(steps[index]).toEqual({ index, ok: true, events: applied.events })
            current = applied.state
            accepted += 1
          } else {
            expect(steps[index]).toEqual({ index, ok: false, rejection: applied.rejection })
            rejected += 1
          }
        }
        expect(steps).toHaveLength(commands.length)
        expect(isAccepted).toBe(steps.every(({ ok }) => ok))
      }),
      runs(150),
    )
    expect(accepted).toBeGreaterThan(100)
    expect(rejected).toBeGreaterThan(50)
  })

  test('has at each instant the diff before and after apply, first at the latest instant of the commands', () => {
    let later = 0
    fc.assert(
      fc.property(arbitraryTimedPlan, ({ state, commands }) => {
        const { effects } = previewOf(commands, state)
        const now = stateAfter(commands, state)
        expect(effects[0]?.at).toBe(Math.max(...commands.map(({ at }) => at)))
        for (const { at, diff } of effects) expect(diff).toEqual(diffAccess(state, now, { at }))
        const instants = effects.map(({ at }) => at)
        expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b))
        later += effects.length - 1
      }),
      runs(150),
    )
    expect(later).toBeGreaterThan(20)
  })

  test('skips an instant that the events mention only if the effect is the same as before', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryTimedPlan, ({ state, commands }) => {
        const { effects, steps } = previewOf(commands, state)
        const now = stateAfter(commands, state)
        const [first] = effects
        const mentioned = steps.flatMap((step) => (step.ok ? step.events.flatMap(instantsIn) : []))
        for (const at of mentioned.filter((instant) => instant > (first?.at ?? 0))) {
          const diff = diffAccess(state, now, { at })
          const known = effects.filter((effect) => effect.at <= at).at(-1)
          if (!diff.ok) throw new Error(diff.fault.message)
          expect(diff.direction).toBe(known?.diff.direction)
          met += 1
        }
      }),
      runs(150),
    )
    expect(met).toBeGreaterThan(50)
  })

  test('of a rejected command has the rejection and no gain or loss', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryPlan, ({ state, commands: [command] }) => {
        if (command === undefined) return
        const applied = apply(command, state)
        if (applied.ok) return
        const found = previewOf([command], state)
        expect(found.steps).toEqual([{ index: 0, ok: false, rejection: applied.rejection }])
        expect(found.accepted).toBe(false)
        expect(found.effects.map(({ diff }) => diff.direction)).toEqual(['same'])
        met += 1
      }),
      runs(150),
    )
    expect(met).toBeGreaterThan(20)
  })

  test('compares access at the given instant', () => {
    fc.assert(
      fc.property(arbitraryPlan, fc.integer({ min: origin, max: origin + 5000 }), ({ state, commands }, at) => {
        const foreseen = previewOf(commands, state, at)
        const { effects } = foreseen
        expect(preview(commands, state, { at })).toEqual(foreseen)
        expect(effects[0]).toEqual({ at, diff: diffAccess(state, stateAfter(commands, state), { at }) })
      }),
      runs(50),
    )
  })

  test('is plain JSON, and formatPreview shows every instant', () => {
    fc.assert(
      fc.property(arbitraryPlan, ({ state, commands }) => {
        const found = previewOf(commands, state)
        expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found)
        const text = formatPreview(found)
        for (const { at } of found.effects)
          expect(text).toContain(`at ${new Date(at).toISOString().replace('.000Z', 'Z')}: `)
        expect(text.split('\n').filter((line) => line.startsWith('command '))).toHaveLength(commands.length)
      }),
      runs(100),
    )
  })

  test('compares at the latest `at` of the commands, and not at one that is inherited or of a malformed command', () => {
    const heading = { actor: { type: 'system' }, at: 1_700_000_001_000 } as const
    const commands = [
      { ...heading, type: 'CreateUser', user: 'ann' },
      { type: 'CreateUser', at: 1_800_000_000_000 },
      Object.assign(Object.create({ at: 1_800_000_000_001 }), { type: 'CreateUser', user: 'eve' }),
      new Proxy({ ...heading, at: 1_800_000_000_002 }, { ownKeys: () => [] }),
    ]
    const { effects, steps } = previewOf(commands, emptyState)
    expect(steps.map(({ ok }) => ok)).toEqual([true, false, false, false])
    expect(effects[0]?.at).toBe(1_700_000_001_000)
  })

  test('accepts any value as a command, and rejects it as apply does', () => {
    fc.assert(
      fc.property(fc.array(arbitraryAnything, { maxLength: 3 }), (makers) => {
        const made = makers.map((make) => make())
        const { steps } = previewOf(made, emptyState)
        expect(steps.map((step) => (step.ok ? 'ok' : step.rejection.code))).toEqual(made.map(() => 'command_invalid'))
      }),
      runs(100),
    )
  })

  test('returns a fault for any other input, and never throws', () => {
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, (commands, options) => {
        const made = commands()
        const found = preview(made as Command[], emptyState, options() as { at: number })
        if (!found.ok) expect(found.fault.code).toBe('query_invalid')
        const other = preview([], commands() as State)
        expect(other.ok ? 'ok' : other.fault.code).toBe('query_invalid')
      }),
      runs(150),
    )
    expect(previewOf([], emptyState)).toMatchObject({ accepted: true, steps: [], effects: [{ at: 100_000_000_000 }] })
  })
})

/** Returns the instants inside an event at which something begins or ends. */
function instantsIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'number' && ['startsAt', 'expiresAt', 'sunsetAt'].includes(key) ? [inner] : instantsIn(inner),
  )
}
