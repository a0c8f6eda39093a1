import { timeOf } from './day.ts'
import type { Host } from './host.ts'
import type { Page } from './page.ts'

/** The commands that were rejected, each with its code and where in the command; the state stayed as it was. */
export function reportMistakes(page: Page, { answered }: Host): void {
  const mistakes = answered.flatMap(({ step, applied }) => {
    if (applied.ok) return []
    const { code, path } = applied.rejection
    const who = step.actor.type === 'system' ? 'system' : step.actor.id
    return [`${timeOf(step.at)} ${who}, ${step.command.type}: ${code} at ${path.join('.')}`]
  })
  page.say(`${answered.length} commands were given and ${mistakes.length} rejected. ${mistakes.join('; ')}.`)
}
