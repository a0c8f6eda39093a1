import * as z from 'zod'
import { apply } from '../../change/apply.ts'
import type { Command } from '../../change/message/command.ts'
import type { Event } from '../../change/message/event.ts'
import { parseCommand } from '../../change/message/parse-command.ts'
import type { Rejection } from '../../change/message/rejection.ts'
import { isSame } from '../../change/rule/row.ts'
import type { State } from '../../model/state/state.ts'
import { firstInstant, Instant } from '../../model/value/instant.ts'
import { listOf } from '../../model/value/list.ts'
import { lazy } from '../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../query-fault.ts'
import type { StatePair } from './affected-names.ts'
import { type AccessDiff, compareStates } from './diff-access.ts'
import { allowancesOf, creditsOf, type PreviewAllowance, type PreviewCredits } from './preview-credit.ts'
import { changedInstants, mentionedInstants } from './preview-instant.ts'

/** The result of one previewed command. Commands apply in order; a rejected command changes nothing. */
export type PreviewStep =
  | { readonly index: number; readonly ok: true; readonly events: readonly Event[] }
  | { readonly index: number; readonly ok: false; readonly rejection: Rejection }

/** The difference in access that all accepted commands make at one instant. */
export interface PreviewEffect {
  readonly at: Instant
  readonly diff: AccessDiff
}

/** The result of a preview: what the commands would do if applied. */
export interface Preview {
  readonly ok: true
  /** Whether every command would be accepted. */
  readonly accepted: boolean
  /** One step for each accepted command and for the first 100 rejected commands, in order. */
  readonly steps: readonly PreviewStep[]
  /** The number of commands that would be rejected, with and without a step. */
  readonly rejectedCount: number
  /**
   * The effect at the instant of the preview, then at each later instant at which the effect differs from the previous
   * effect. The later instants are those at which a window, expiry or sunset that the commands set or change begins or
   * ends. Windows that the commands leave unchanged do not count: the access that a new member gains when an existing
   * assignment of the team begins is not listed.
   */
  readonly effects: readonly PreviewEffect[]
  /** The credits that the accepted commands allocate, summed by wallet and expiry. */
  readonly credits: readonly PreviewCredits[]
  /** The allowances that the accepted commands set, replace or end, in order. */
  readonly allowances: readonly PreviewAllowance[]
  /** The first later instant that was not compared. Present if the number of later instants exceeds 100. */
  readonly unexaminedFrom?: Instant
}

/** The maximum number of later instants that a preview compares. */
const instantLimit = 100

/** The maximum number of rejections that a preview lists. */
const rejectionLimit = 100

/** The maximum number of commands in a preview. */
export const previewLimit = 10_000

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    commands: listOf(z.unknown(), previewLimit, 'commands'),
    options: z.strictObject({ at: Instant.optional() }),
  }),
)

/**
 * Previews commands without changing the given state. Decides each command with `apply` on the state after the previous
 * commands, and compares access before and after all commands. `at` is the instant of the comparison. Default: the
 * latest `at` of the commands that are well-formed. Costs time proportional to what the commands change.
 *
 * @example
 * const foreseen = preview([{ type: 'DeleteAccessGroup', accessGroup: 'gpt-models', actor, at }], state)
 * if (foreseen.ok) console.log(formatPreview(foreseen))
 */
export function preview(
  commands: readonly Command[],
  state: State,
  options: { readonly at?: Instant | undefined } = {},
): Preview | QueryFailure {
  const parsed = parseQuery(Query(), { commands, options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () =>
    previewCommands(parsed.query.commands as readonly Command[], state, parsed.query.options.at),
  )
}

/**
 * Previews commands like `preview`, but without argument checks and error handling. Throws when the state is corrupt.
 */
export function previewCommands(commands: readonly Command[], before: State, instant: Instant | undefined): Preview {
  const steps: PreviewStep[] = []
  let [after, latest, rejectedCount] = [before, firstInstant, 0]
  for (const [index, command] of commands.entries()) {
    const parsed = parseCommand(command)
    if (parsed.ok) latest = Math.max(latest, parsed.command.at)
    const applied = parsed.ok ? apply(parsed.command, after) : parsed
    if (applied.ok) {
      after = applied.state
      steps.push({ index, ok: true, events: applied.events })
    } else {
      if (rejectedCount < rejectionLimit) steps.push({ index, ok: false, rejection: applied.rejection })
      rejectedCount += 1
    }
  }
  const at = instant ?? latest
  const later = laterInstants(steps, { before, after, at })
  const effects: PreviewEffect[] = []
  for (const instant of [at, ...later.slice(0, instantLimit)]) {
    const diff = compareStates(before, after, instant)
    const last = effects.at(-1)?.diff
    if (last === undefined || !isSameEffect(last, diff)) effects.push({ at: instant, diff })
  }
  const unexaminedFrom = later[instantLimit]
  const events = steps.flatMap((step) => (step.ok ? step.events : []))
  return {
    ok: true,
    accepted: rejectedCount === 0,
    steps,
    rejectedCount,
    effects,
    credits: creditsOf(events),
    allowances: allowancesOf(events),
    ...(unexaminedFrom === undefined ? undefined : { unexaminedFrom: unexaminedFrom }),
  }
}

/**
 * Returns the sorted instants after the preview at which access may change. An instant comes from an event, or from a
 * window or expiry in a changed row.
 */
function laterInstants(steps: readonly PreviewStep[], pair: StatePair): readonly Instant[] {
  const instants = new Set(changedInstants(pair))
  for (const step of steps) {
    for (const event of step.ok ? step.events : []) {
      for (const instant of mentionedInstants(event)) if (instant > pair.at) instants.add(instant)
    }
  }
  return [...instants].sort((a, b) => a - b)
}

/** Whether two effects (differences in access) are the same. Ignores instants and witnesses. */
function isSameEffect(a: AccessDiff, b: AccessDiff): boolean {
  return isSame(withoutInstants(a), withoutInstants(b))
}

function withoutInstants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInstants)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'witness' && key !== 'at')
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutInstants(inner)]))
}
