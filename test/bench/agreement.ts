import type { Engine, EngineDecision } from './engine.ts'
import { type RequestList, readRequests } from './request.ts'

/**
 * Compares the decisions of two engines on every request: allow or deny, routes and payer, and the reasons if both give them.
 * @throws {Error} with the first request that they decide differently
 */
export function checkAgreement(reference: Engine, other: Engine, list: RequestList): void {
  const hasReasons = reference.givesReasons && other.givesReasons
  for (const request of readRequests(list)) {
    const [expected, found] = [reference.decide(request), other.decide(request)].map((answer) =>
      write(answer, hasReasons),
    )
    if (expected !== found) {
      const shown = JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
      throw new Error(`${shown}\n${reference.name} returns ${expected}\n${other.name} returns ${found}`)
    }
  }
}

function write(answer: EngineDecision, hasReasons: boolean): string {
  if (answer.effect === 'deny') return hasReasons ? `deny ${answer.reason}` : 'deny'
  const { payer } = answer
  const pays = payer.type === 'none' ? payer.type : [payer.wallet.type, payer.wallet.id, payer.wallet.incarnation]
  return JSON.stringify(['allow', answer.routes.map(({ providerAccount, model }) => [providerAccount, model]), pays])
}
