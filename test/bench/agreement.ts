import type { Answer, Engine } from './answer.ts'
import { type QuestionList, readQuestions } from './question.ts'

/**
 * Asks both engines every question and compares the answers: allow or deny, routes and payer, and the reasons where both
 * give them.
 * @throws {Error} with the first question that they answer differently
 */
export function checkAgreement(reference: Engine, other: Engine, list: QuestionList): void {
  const hasReasons = reference.givesReasons && other.givesReasons
  for (const question of readQuestions(list)) {
    const [expected, found] = [reference.decide(question), other.decide(question)].map((answer) =>
      write(answer, hasReasons),
    )
    if (expected !== found) {
      const asked = JSON.stringify(question, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
      throw new Error(`${asked}\n${reference.name} says ${expected}\n${other.name} says ${found}`)
    }
  }
}

function write(answer: Answer, hasReasons: boolean): string {
  if (answer.effect === 'deny') return hasReasons ? `deny ${answer.reason}` : 'deny'
  const { payer } = answer
  const pays = payer.type === 'nobody' ? payer.type : [payer.wallet.type, payer.wallet.id, payer.wallet.incarnation]
  return JSON.stringify(['allow', answer.routes.map(({ providerAccount, model }) => [providerAccount, model]), pays])
}
