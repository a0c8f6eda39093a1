import type { Principal, UseAllowed, UseDecision } from 'portcullis'
import { moments } from './agenda.ts'
import { timeOf } from './day.ts'
import type { Call } from './gateway.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'
import { decisionOf } from './report-access.ts'

const team = (id: string): Principal => ({ type: 'team', id })

/** Reports the access before and after a team's upgrade and the deletion of a group. */
export function reportChanges(page: Page, host: Host, calls: readonly Call[]): void {
  page.heading('4. What changed')
  reportUpgrade(page, host, calls)
  reportDeletion(page, host)
}

function reportUpgrade(page: Page, host: Host, calls: readonly Call[]): void {
  const { upgrade } = moments
  const models = ['gpt-3.5-turbo', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro', 'gpt-4']
  const asked = (model: string, isAfter: boolean) => {
    const some = calls.filter(
      ({ ask: { home, request } }) =>
        home === 'newclient-prod' && request.model === model && request.at >= upgrade === isAfter,
    )
    return `${some.filter(({ decision }) => decision.effect === 'allow').length} of ${some.length}`
  }
  page.say(`${timeOf(upgrade)}: newclient-prod goes from starter to pro and gets another 5000 credits.`)
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
}

function reportDeletion(page: Page, host: Host): void {
  const { deletion } = moments
  const affected = [
    ['acme-prod', 'gpt-4'],
    ['acme-prod', 'gpt-4-turbo'],
    ['techco-dev', 'gpt-3.5-turbo'],
    ['client-staging', 'gpt-3.5-turbo'],
  ] as const
  page.say(`${timeOf(deletion)}: group gpt-models is deleted. A team with another path to a model keeps it.`)
  page.table(
    ['team', 'model', 'before', 'after'],
    affected.map(([id, model]) => [
      id,
      model,
      pathOf(decisionOf(team(id), model, deletion - 1, host)),
      pathOf(decisionOf(team(id), model, deletion, host)),
    ]),
  )
}

/** Formats the access paths of an allowed decision, or the reason of a denial. */
function pathOf(decision: UseDecision): string {
  return decision.effect === 'deny' ? decision.reason : decision.reach.map(nameOf).join(', ')
}

function nameOf(path: UseAllowed['reach'][number]): string {
  if (path.type === 'role') return `${path.role} of ${path.providerAccount}`
  return path.plan === undefined ? path.accessGroup : `${path.accessGroup} (plan ${path.plan})`
}
