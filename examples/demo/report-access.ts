import { moments } from './agenda.ts'
import { timeOf } from './day.ts'
import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'
import {
  authorize,
  describeDecision,
  type Principal,
  toSnapshot,
  type UseAllowed,
  type UseDecision,
} from './portcullis.ts'

const team = (id: string): Principal => ({ type: 'team', id })
const person = (id: string): Principal => ({ type: 'user', id })

/** The decision that a principal would have got at an instant of the day. */
function decisionOf(who: Principal, model: string, at: number, host: Host): UseDecision {
  return authorize({ type: 'use', who, model, at }, host.stateAt(at))
}

/** Who may use what: each cell is the library's answer to one question. */
export function reportAccess(page: Page, host: Host): void {
  const at = moments.survey
  const teams = ['acme-prod', 'acme-dev', 'newclient-prod', 'techco-dev', 'client-staging'].map(team)
  const principals = [
    ...teams,
    { type: 'virtualAccount', id: 'acme-chatbot' } as const,
    ...['carol', 'frank'].map(person),
  ]
  const names = [
    ...toSnapshot(host.stateAt(at)).modelAliases.map(({ id }) => id),
    'anthropic/claude-sonnet-4-20250514',
    'github-copilot/gpt-4.1',
  ]
  const cell = (who: Principal, model: string) => {
    const decision = decisionOf(who, model, at, host)
    if (decision.effect === 'deny') return decision.reason === 'payer_ambiguous' ? '?' : '-'
    return `${decision.routes.length}${decision.payer.type === 'nobody' ? ' free' : ''}`
  }
  page.heading(`2. Who may use what at ${timeOf(at)}`)
  page.say('A cell: how many routes the gateway may take; - none; ? two teams could pay, name one; free: nobody pays.')
  page.table(
    ['model', ...principals.map(({ id }) => id)],
    names.map((model) => [short(model), ...principals.map((who) => cell(who, model))]),
  )
  page.say(describeDecision(decisionOf(person('carol'), 'claude-3-haiku', at, host)), 2, 4)
}

/** Where a name is long, its account and the model's beginning say enough. */
function short(model: string): string {
  return model.length > 24 ? `${model.slice(0, 23)}…` : model
}

/** What the upgrade gave, and what the deletion of a group took and did not take. */
export function reportChanges(page: Page, host: Host, calls: readonly Call[]): void {
  const { upgrade, deletion } = moments
  page.heading('4. What changed')
  page.say(
    `${timeOf(upgrade)} newclient-prod goes from starter to pro, by the documents' own two calls, and gets 5000 credits.`,
  )
  const models = ['gpt-3.5-turbo', 'claude-3-haiku', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro', 'gpt-4']
  const asked = (model: string, isAfter: boolean) => {
    const some = calls.filter(
      ({ ask: { home, request } }) =>
        home === 'newclient-prod' && request.model === model && request.at >= upgrade === isAfter,
    )
    const allowed = some.filter(({ decision }) => decision.effect === 'allow')
    return `${allowed.length} of ${some.length}`
  }
  page.table(
    ['model', 'before', ' allowed', 'after', ' allowed'],
    models.map((model) => [
      model,
      pathOf(decisionOf(team('newclient-prod'), model, upgrade - 1, host)),
      asked(model, false),
      pathOf(decisionOf(team('newclient-prod'), model, upgrade, host)),
      asked(model, true),
    ]),
  )
  page.say(`${timeOf(deletion)} group gpt-models is deleted. Whoever has a model by another path keeps it.`)
  page.table(
    ['team', 'model', 'before', 'after'],
    [
      ['acme-prod', 'gpt-4'],
      ['acme-prod', 'gpt-4-turbo'],
      ['techco-dev', 'gpt-3.5-turbo'],
      ['client-staging', 'gpt-3.5-turbo'],
    ].map(([id = '', model = '']) => [
      id,
      model,
      pathOf(decisionOf(team(id), model, deletion - 1, host)),
      pathOf(decisionOf(team(id), model, deletion, host)),
    ]),
  )
}

/** By what a decision allows, or why it does not. */
function pathOf(decision: UseDecision): string {
  if (decision.effect === 'deny') return decision.reason
  return decision.reach.map((path) => describeReach(path)).join(', ')
}

function describeReach(path: UseAllowed['reach'][number]): string {
  if (path.type === 'role') return `${path.role} of ${path.providerAccount}`
  return path.plan === undefined ? path.accessGroup : `${path.accessGroup} (plan ${path.plan})`
}

/** The temporary grant: given once, it begins and ends by itself. */
export function reportTrial(page: Page, host: Host, calls: readonly Call[]): void {
  const { grant, trialStart, trialEnd } = moments
  const instants = [grant - 1000, grant, trialStart - 1, trialStart, trialEnd - 1, trialEnd]
  const asked = calls.filter(({ ask: { home, request } }) => home === 'acme-dev' && request.model === 'gpt-5')
  const allowed = asked.filter(({ decision }) => decision.effect === 'allow')
  const last = allowed.at(-1)?.ask.request.at ?? 0

  page.heading('5. The temporary grant that ended by itself')
  page.say(
    `At ${timeOf(grant)} alice, admin of org_acme, assigns experimental-models to acme-dev from ${timeOf(trialStart)} ` +
      `to ${timeOf(trialEnd)}. acme-dev asks for gpt-5:`,
  )
  page.table(
    ['time', 'decision', 'until', ' state'],
    instants.map((at) => {
      const decision = decisionOf(team('acme-dev'), 'gpt-5', at, host)
      const until = decision.effect === 'allow' && decision.until !== undefined ? timeOf(decision.until) : ''
      return [
        timeOf(at),
        decision.effect === 'allow' ? 'allow' : `deny: ${decision.reason}`,
        until,
        `v${decision.version}`,
      ]
    }),
  )
  const takenBack = host.answered.filter(({ step }) => step.deed.type === 'UnassignAccessGroup').length
  page.say(
    `Its programs asked ${asked.length} times over the day; ${allowed.length} were allowed, the last at ${timeOf(last)}. ` +
      `Commands that took the group back: ${takenBack}.`,
  )
}
