import { timeOf } from './day.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'

/** Reports the rejected commands with code and path. They did not change the state. */
export function reportMistakes(page: Page, { answered }: Host): void {
  const mistakes = answered.flatMap(({ step, executed }) => {
    if (executed.ok) return []
    const { code, path } = executed.rejection
    const who = step.actor.type === 'system' ? 'system' : step.actor.id
    return [`${timeOf(step.at)} ${who}, ${step.command.type}: ${code} at ${path.join('.')}`]
  })
  page.say(`${answered.length} commands, ${mistakes.length} of them rejected: ${mistakes.join('; ')}.`)
}
