import { authorize, formatDecision, type Principal, toSnapshot, type UseDecision } from 'portcullis'
import { moments } from './agenda.ts'
import { timeOf } from './day.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'

const teams = ['acme-prod', 'acme-dev', 'newclient-prod', 'techco-dev', 'client-staging']
const asking: readonly Principal[] = [
  ...teams.map((id) => ({ type: 'team', id }) as const),
  { type: 'virtualAccount', id: 'acme-chatbot' },
  { type: 'user', id: 'carol' },
  { type: 'user', id: 'frank' },
]
const carol: Principal = { type: 'user', id: 'carol' }

/** Returns the decision for a principal and a model at an instant of the day. */
export function decisionOf(who: Principal, model: string, at: number, host: Host): UseDecision {
  return authorize({ type: 'use', who, model, at }, host.stateAt(at))
}

/** Reports a matrix of principals and models. Each cell is one decision. */
export function reportAccess(page: Page, host: Host): void {
  const at = moments.survey
  const aliases = toSnapshot(host.stateAt(at)).modelAliases.map(({ id }) => id)
  const models = [...aliases, 'zai/glm-4.5-flash', 'github-copilot/gpt-4.1']
  const parts = asking.map(({ id }) => id.split('-'))
  page.heading(`2. Who may use what at ${timeOf(at)}`)
  page.say('Each cell: the number of routes; -: no access, ?: two teams could pay, free: no wallet pays.')
  page.table(
    ['', ...parts.map(([first = '']) => first)],
    [
      ['model', ...parts.map(([, second]) => (second === undefined ? '' : `-${second}`))],
      ...models.map((model) => [model, ...asking.map((who) => cellOf(decisionOf(who, model, at, host)))]),
    ],
  )
  page.say(formatDecision(decisionOf(carol, 'claude-3-haiku', at, host)), 2, 4)
}

function cellOf(decision: UseDecision): string {
  if (decision.effect === 'deny') return decision.reason === 'payer_ambiguous' ? '?' : '-'
  return `${decision.routes.length}${decision.payer.type === 'none' ? ' free' : ''}`
}
