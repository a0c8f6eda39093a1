import { isPrincipal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { formatDecision, formatReach } from '../../../policy/decision/format-decision.ts'
import { listOf, nameOf, routeOf } from '../../phrase.ts'
import type { Explanation } from '../explain.ts'
import type { ContextTrace, PathTrace } from '../trace/context-trace.ts'
import type { Guard } from '../trace/guard.ts'
import { describeFact, describePayer } from './describe-fact.ts'
import { describeNearMiss } from './describe-near-miss.ts'
import { describeRemedy } from './describe-remedy.ts'

/**
 * Formats an explanation for the operator, in lines to paste into a ticket. Shows at most 49 entries of each list, then
 * the number of omitted entries. The text names every group and team: never show the text to a caller.
 */
export function formatExplanation(explanation: Explanation): string {
  const { decision, guards, contexts, paths, nearMisses, remedies } = explanation
  const lines = [
    `${decision.effect === 'allow' ? 'allowed' : 'denied'}: ${formatDecision(decision)}`,
    'checks',
    ...guards.flatMap(describeGuard),
    ...section('contexts', contexts.map(describeContext)),
    ...section('paths', paths.map(describePath)),
    ...section('near misses', nearMisses.map(describeNearMiss)),
    ...section(
      'remedies',
      remedies.map((remedy, i) => `${i + 1}. ${describeRemedy(remedy)}`),
    ),
  ]
  return lines.join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...firstOf(lines).map((line) => `  ${line}`)]
}

/** The maximum number of lines shown in a section, and of facts shown for a failed guard. */
const lineLimit = 49

/** Returns at most the first 49 lines. For a longer list, an extra last line states how many lines are omitted. */
function firstOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - lineLimit
  return more <= 0 ? lines : [...lines.slice(0, lineLimit), `and ${more} more`]
}

/**
 * Formats a guard (one check of the request) as lines. A failed guard has a heading and a line for each fact; any other
 * guard has a single line.
 */
function describeGuard({ reason, outcome, facts }: Guard): readonly string[] {
  const phrases = facts.map((fact) => describeFact(fact))
  if (outcome === 'notReached') return [`  ${marks[outcome]} ${reason}`]
  if (outcome === 'passed') return [`  ${marks[outcome]} ${reason}: ${listed(phrases)}`]
  return [`  ${marks[outcome]} ${reason}`, ...firstOf(phrases).map((sentence) => `      ${sentence}`)]
}

const marks = { passed: 'passed', failed: 'FAILED', notReached: 'not reached' } as const

/** The maximum number of facts shown for a guard that passed. */
const factLimit = 4

function listed(sentences: readonly string[]): string {
  const more = sentences.length - factLimit
  return [...sentences.slice(0, factLimit), ...(more > 0 ? [`and ${more} more facts`] : [])].join('; ')
}

function describeContext(context: ContextTrace, i: number): string {
  const { restricted, payer, organization, outcome, routes, restrictions, isChosen } = context
  const where = organization === undefined ? '' : ` of organization ${quote(organization)}`
  const end =
    outcome === 'routes'
      ? `routes ${listOf(routes.map(routeOf))}`
      : outcome === 'notReached'
        ? 'not reached'
        : `${outcome}${restrictions.length === 0 ? '' : ` by ${listOf(restrictions.map(quote))}`}`
  const chosen = isChosen ? ', which gives the decision' : ''
  const principals = restricted.filter(isPrincipal)
  return `${i + 1}. ${principals.map(nameOf).join(' with ')}${where}, ${describePayer(payer)}: ${end}${chosen}`
}

function describePath({ path, context, routes }: PathTrace): string {
  const targets = routes.length === 0 ? 'no route' : listOf(routes.map(routeOf))
  return `${formatReach(path)}, to ${targets}, in context ${context + 1}`
}
