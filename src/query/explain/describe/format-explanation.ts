import { quote } from '../../../model/value/quote.ts'
import { formatDecision, formatReach } from '../../../policy/decision/format-decision.ts'
import type { Explanation } from '../explain.ts'
import type { ContextTrace, PathTrace } from '../trace/context-trace.ts'
import type { Guard } from '../trace/guard.ts'
import { describeFact, describePayer } from './describe-fact.ts'
import { describeNearMiss } from './describe-near-miss.ts'
import { describeRemedy } from './describe-remedy.ts'
import { listOf, nameOf, routeOf } from './word.ts'

/**
 * The operator's rendering of an explanation, in lines that can be pasted into a ticket: of a long list it has the first 49
 * and how many more there are. Names everything: never for a caller.
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

/** The most lines of a section, and of the facts of a guard that failed. */
const lineLimit = 49

/** The first lines of a long list, and how many more there are. */
function firstOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - lineLimit
  return more <= 0 ? lines : [...lines.slice(0, lineLimit), `and ${more} more`]
}

/** What passed is one line; what failed has a line for each fact. */
function describeGuard({ reason, outcome, facts }: Guard): readonly string[] {
  const said = facts.map((fact) => describeFact(fact))
  if (outcome === 'notReached') return [`  ${marks[outcome]} ${reason}`]
  if (outcome === 'passed') return [`  ${marks[outcome]} ${reason}: ${listed(said)}`]
  return [`  ${marks[outcome]} ${reason}`, ...firstOf(said).map((sentence) => `      ${sentence}`)]
}

const marks = { passed: 'passed', failed: 'FAILED', notReached: 'not reached' } as const

/** The most facts of a guard that passed. */
const factLimit = 4

function listed(sentences: readonly string[]): string {
  const more = sentences.length - factLimit
  return [...sentences.slice(0, factLimit), ...(more > 0 ? [`and ${more} more facts`] : [])].join('; ')
}

function describeContext(context: ContextTrace, i: number): string {
  const { members, payer, organization, outcome, routes, restrictions, isChosen } = context
  const where = organization === undefined ? '' : ` of organization ${quote(organization)}`
  const end =
    outcome === 'routes'
      ? `routes ${listOf(routes.map(routeOf))}`
      : outcome === 'notReached'
        ? 'not asked'
        : `${outcome}${restrictions.length === 0 ? '' : ` by ${listOf(restrictions.map(quote))}`}`
  const chosen = isChosen ? ', which decides' : ''
  return `${i + 1}. ${members.map(nameOf).join(' with ')}${where}, ${describePayer(payer)}: ${end}${chosen}`
}

function describePath({ path, context, routes }: PathTrace): string {
  const over = routes.length === 0 ? 'no route' : listOf(routes.map(routeOf))
  return `${formatReach(path)}, to ${over}, in context ${context + 1}`
}
