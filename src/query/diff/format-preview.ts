import type { Event } from '../../change/message/event.ts'
import type { Period } from '../../model/value/period.ts'
import { quote } from '../../model/value/quote.ts'
import { isoOf, nameOf } from '../phrase.ts'
import { formatDiff } from './format-diff.ts'
import type { Preview, PreviewStep } from './preview.ts'
import type { PreviewAllowance, PreviewCredits } from './preview-credit.ts'

/**
 * Formats a preview for the operator: first the result of each of the first 100 commands, then the allocated credits
 * and the allowances, then the gains and losses of access at each instant.
 */
export function formatPreview(foreseen: Preview): string {
  const { steps, rejectedCount, credits, allowances, effects, unexaminedFrom } = foreseen
  const lines = [
    ...steps.slice(0, stepLimit).map(describeStep),
    ...describeOthers(steps, rejectedCount),
    ...describeCredits(credits),
    ...describeAllowances(allowances),
    ...effects.flatMap(({ at, diff }) => {
      const [first = '', ...rest] = formatDiff(diff).split('\n')
      return [`at ${isoOf(at)}: ${first}`, ...rest.map((line) => `  ${line}`)]
    }),
    ...(unexaminedFrom === undefined ? [] : [`access from ${isoOf(unexaminedFrom)} on was not compared`]),
  ]
  return lines.join('\n')
}

/** The maximum number of commands shown. */
const stepLimit = 100

/** Formats the number of commands that are not shown, and of those that would be rejected. */
function describeOthers(steps: readonly PreviewStep[], rejectedCount: number): readonly string[] {
  const acceptedCount = steps.filter(({ ok }) => ok).length
  const more = acceptedCount + rejectedCount - Math.min(steps.length, stepLimit)
  const rejected = rejectedCount - steps.slice(0, stepLimit).filter(({ ok }) => !ok).length
  return more <= 0 ? [] : [`and ${more} more ${more === 1 ? 'command' : 'commands'}, ${rejected} of them rejected`]
}

/** The maximum number of credit allocations shown, and of allowances. */
const creditLimit = 12

/** Formats allocated credits, one line for each wallet and expiry. */
function describeCredits(credits: readonly PreviewCredits[]): readonly string[] {
  const lines = credits.slice(0, creditLimit).map(({ wallet, amount, expiresAt }) => {
    const end = expiresAt === undefined ? '' : `, until ${isoOf(expiresAt)}`
    return `${nameOf(wallet)} receives ${amount} ${amount === '1' ? 'credit' : 'credits'}${end}`
  })
  const more = credits.length - creditLimit
  return more <= 0 ? lines : [...lines, `and ${more} more ${more === 1 ? 'allocation' : 'allocations'} of credits`]
}

/** Formats the allowances that are set or end, one line for each change. */
function describeAllowances(allowances: readonly PreviewAllowance[]): readonly string[] {
  const lines = allowances.slice(0, creditLimit).map(({ wallet, amount, period }) => {
    if (amount === '0') return `the allowance of ${nameOf(wallet)} ends with the current ${period.every}`
    return `the allowance of ${nameOf(wallet)} is ${amount} ${amount === '1' ? 'credit' : 'credits'} ${phraseOf(period)}`
  })
  const more = allowances.length - creditLimit
  return more <= 0 ? lines : [...lines, `and ${more} more ${more === 1 ? 'change' : 'changes'} of allowances`]
}

/** Formats a period, as in `every month from day 15, in Europe/Berlin`. */
function phraseOf({ every, timeZone, startsOn = 1 }: Period): string {
  const from = every === 'week' ? ` from ${weekdays[startsOn - 1]}` : ` from day ${startsOn}`
  return `every ${every}${startsOn === 1 ? '' : from}, in ${timeZone}`
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function describeStep(step: PreviewStep): string {
  const place = `command ${step.index + 1}`
  if (!step.ok) return `${place} would be rejected: ${step.rejection.code}, ${step.rejection.message}`
  if (step.events.length === 0) return `${place} would change nothing`
  const counts = new Map<string, number>()
  for (const event of step.events.map(describeEvent)) counts.set(event, (counts.get(event) ?? 0) + 1)
  const events = [...counts].map(([event, count]) => (count === 1 ? event : `${event} × ${count}`))
  const more = events.length - eventLimit
  const rest = more > 0 ? [`and ${more} other events`] : []
  return `${place} would be accepted: ${[...events.slice(0, eventLimit), ...rest].join(', ')}`
}

/** The maximum number of different events shown in a line. */
const eventLimit = 8

/** Formats an event as its type. For a deprecation, adds the sunset and the successor. */
function describeEvent(event: Event): string {
  if (event.type !== 'ModelAliasDeprecated') return event.type
  const successor = event.successor === undefined ? '' : `, followed by ${quote(event.successor)}`
  return `${event.type} (${quote(event.alias)} ends at ${isoOf(event.sunsetAt)}${successor})`
}
