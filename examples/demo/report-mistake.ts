import { timeOf } from './day.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'

/** The commands that were rejected: each says what was wrong, where, and what to do; the state stayed as it was. */
export function reportMistakes(page: Page, { answered }: Host): void {
  const rejected = answered.flatMap(({ step, applied }) => (applied.ok ? [] : [{ step, rejection: applied.rejection }]))
  page.say(`${answered.length} commands were given, ${rejected.length} of them rejected:`)
  for (const { step, rejection } of rejected) {
    const who = step.actor.type === 'system' ? 'system' : step.actor.id
    const at = rejection.path.length === 0 ? '' : ` at ${rejection.path.join('.')}`
    page.say(`${timeOf(step.at)} ${who}, ${step.deed.type}: ${rejection.code}${at}: ${rejection.message}`, 4, 6)
  }
}
