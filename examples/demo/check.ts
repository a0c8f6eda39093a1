import { isDeepStrictEqual } from 'node:util'
import { moments } from './agenda.ts'
import { findPrice } from './catalogue.ts'
import type { Call, Gateway } from './gateway.ts'
import type { Host } from './host.ts'
import { authorize, fromSnapshot, replay, toSnapshot } from './portcullis.ts'
import { callerText, isRefused } from './report-day.ts'

/** Something that must be so after the day, and whether it is. */
export interface Check {
  readonly claim: string
  readonly isKept: boolean
}

/** Looks back at the day. Every line is a promise of the library; one that is broken fails the demo. */
export async function check(host: Host, { calls, costs }: Gateway): Promise<Check[]> {
  const allowed = calls.flatMap(({ decision }) => (decision.effect === 'allow' ? [decision] : []))
  return [
    { claim: 'every command was accepted, or rejected as it had to be', isKept: host.answered.every(isAsExpected) },
    {
      claim: 'replaying the stored events gives the state, and so does its snapshot',
      isKept: await isReproducible(host),
    },
    {
      claim: 'deciding again gives the same, up to the last instant before `until`',
      isKept: calls.every(isRepeatable),
    },
    {
      claim: 'every call went over a route of its own decision, and was paid for at a known price',
      isKept: calls.every(isCovered),
    },
    { claim: 'nobody used an experimental model outside the two hours', isKept: isTrialKept(calls) },
    {
      claim: 'no caller was told a group, a restriction or a digest',
      isKept: calls.filter(isRefused).every(isDiscreet),
    },
    { claim: "grace's account is gone and her bot went on", isKept: isOutlived(calls) },
    {
      claim: 'granted = available + reserved + spent + expired + revoked − overdraft, in every wallet',
      isKept: await isBalanced(host),
    },
    {
      claim: 'every wallet got what the events say and spent what its calls cost, to the unit',
      isKept: await isBooked(host, costs),
    },
    {
      claim: `${allowed.length} calls were allowed and nothing is held or overdrawn at the end`,
      isKept: await isAtRest(host),
    },
  ]
}

function isAsExpected({ step, applied }: Host['answered'][number]): boolean {
  return applied.ok ? step.refusedAs === undefined : applied.rejection.code === step.refusedAs
}

async function isReproducible({ state, repository }: Host): Promise<boolean> {
  const { events } = await repository.load()
  const snapshot = toSnapshot(state)
  const restored = fromSnapshot(JSON.parse(JSON.stringify(snapshot)))
  const replayed = toSnapshot(replay(events))
  return isDeepStrictEqual(replayed, snapshot) && restored.ok && isDeepStrictEqual(toSnapshot(restored.state), snapshot)
}

function isRepeatable({ ask: { request }, decision, state }: Call): boolean {
  if (decision.effect === 'deny' && decision.reason === 'credits_exhausted') return true
  const until = decision.effect === 'allow' ? decision.until : undefined
  const instants = until === undefined ? [request.at] : [request.at, until - 1]
  return instants.every((at) => isDeepStrictEqual(authorize({ ...request, at }, state), decision))
}

function isCovered({ decision, outcome }: Call): boolean {
  if (typeof outcome !== 'object') return true
  if (decision.effect === 'deny') return false
  const route = decision.routes[outcome.served]
  return route !== undefined && (decision.payer.type === 'nobody' || findPrice(route) !== undefined)
}

function isTrialKept(calls: readonly Call[]): boolean {
  const onTrial = calls.filter(({ ask }) => ['gpt-5', 'claude-opus-4-1'].includes(ask.request.model))
  const isWithin = (at: number) => at >= moments.trialStart && at < moments.trialEnd
  return onTrial.every(({ ask, decision }) => (decision.effect === 'allow') === isWithin(ask.request.at))
}

function isDiscreet(call: Call): boolean {
  const { accessGroups, restrictions, credentials } = toSnapshot(call.state)
  const secrets = [...accessGroups, ...restrictions].map(({ id }) => id)
  return ![...secrets, ...credentials.map(({ digest }) => digest)].some((secret) => callerText(call).includes(secret))
}

function isOutlived(calls: readonly Call[]): boolean {
  const later = calls.filter(({ ask }) => ask.home === 'acme-chatbot' && ask.request.at >= moments.departure)
  return later.length > 0 && later.every(({ decision }) => decision.effect === 'allow')
}

async function isBalanced(host: Host): Promise<boolean> {
  const balances = await Promise.all(host.allocated.map(({ wallet }) => host.ledger.balance(wallet)))
  return balances.every(
    ({ granted, available, reserved, spent, expired, revoked, overdraft }) =>
      granted === available + reserved + spent + expired + revoked - overdraft,
  )
}

async function isBooked(host: Host, costs: Gateway['costs']): Promise<boolean> {
  for (const { wallet } of host.allocated) {
    const events = host.allocated.filter((allocation) => allocation.wallet.id === wallet.id)
    const { granted, spent } = await host.ledger.balance(wallet)
    if (granted !== events.reduce((sum, { amount }) => sum + amount, 0n)) return false
    if (spent !== (costs.get(wallet.id) ?? 0n)) return false
  }
  return true
}

async function isAtRest(host: Host): Promise<boolean> {
  const balances = await Promise.all(host.allocated.map(({ wallet }) => host.ledger.balance(wallet)))
  return balances.every(({ reserved, overdraft }) => reserved === 0n && overdraft === 0n)
}
