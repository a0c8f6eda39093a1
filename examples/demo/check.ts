import { isDeepStrictEqual } from 'node:util'
import { authorize, fromSnapshot, replay, type State, toSnapshot } from 'portcullis'
import { moments } from './agenda.ts'
import { findPrice } from './catalogue.ts'
import { isBalanced, isBooked } from './check-credit.ts'
import type { Call, Gateway } from './gateway.ts'
import type { Host } from './host.ts'
import { callerText, isRefused } from './refusal.ts'

/** Something that must be so after the day, and whether it is. */
export type Check = readonly [claim: string, isKept: boolean]

/** Looks back at the day. Every line is a promise of the library; one that is broken fails the demo. */
export async function check(host: Host, gateway: Gateway): Promise<Check[]> {
  const { calls } = gateway
  return [
    ['every command was accepted, or rejected as it had to be', host.answered.every(isAsExpected)],
    ['the stored events, replayed, give the state, and so does its snapshot', await isReproducible(host)],
    ['every decision comes out the same again, up to the last instant before its `until`', calls.every(isRepeatable)],
    ['every call went over an active model that its decision named, at a known price', calls.every(isCovered)],
    ['nobody used an experimental model outside the two hours', isTrialKept(calls)],
    ['grace is gone, and the bot that she made went on', isOutlived(host, calls)],
    ['no caller was told of a group, a restriction or a digest', calls.filter(isRefused).every(isDiscreet)],
    ['credits granted = available + reserved + spent + expired + revoked − overdraft', await isBalanced(host)],
    ['every wallet spent what its calls have cost, to the unit; nothing is held', await isBooked(host, gateway)],
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

/** What was refused for want of credits depends on the ledger too, and is not asked again. */
function isRepeatable({ ask: { request }, decision, state }: Call): boolean {
  if (decision.effect === 'deny' && decision.reason === 'credits_exhausted') return true
  const until = decision.effect === 'allow' ? decision.until : undefined
  const instants = until === undefined ? [request.at] : [request.at, until - 1]
  return instants.every((at) => isDeepStrictEqual(authorize({ ...request, at }, state), decision))
}

function isCovered({ decision, outcome, state }: Call): boolean {
  if (typeof outcome !== 'object') return true
  const route = decision.effect === 'allow' ? decision.routes[outcome.served] : undefined
  if (decision.effect === 'deny' || route === undefined) return false
  const isPriced = decision.payer.type === 'nobody' || findPrice(route) !== undefined
  return isPriced && factsOf(state).active.has(`${route.providerAccount}/${route.model}`)
}

function isTrialKept(calls: readonly Call[]): boolean {
  const onTrial = calls.filter(({ ask }) => ['gpt-5', 'claude-opus-4-1'].includes(ask.request.model))
  const isWithin = (at: number) => at >= moments.trialStart && at < moments.trialEnd
  return onTrial.every(({ ask, decision }) => (decision.effect === 'allow') === isWithin(ask.request.at))
}

function isDiscreet(call: Call): boolean {
  const text = callerText(call)
  return !factsOf(call.state).secrets.some((secret) => text.includes(secret))
}

function isOutlived(host: Host, calls: readonly Call[]): boolean {
  const later = calls.filter(({ ask }) => ask.home === 'acme-chatbot' && ask.request.at >= moments.departure)
  const isGone = toSnapshot(host.state).users.every(({ id }) => id !== 'grace')
  return isGone && later.length > 0 && later.every(({ decision }) => decision.effect === 'allow')
}

interface Facts {
  /** The active models of active accounts, by their concrete names. */
  readonly active: ReadonlySet<string>
  /** What no caller may read. */
  readonly secrets: readonly string[]
}

const known = new WeakMap<State, Facts>()

function factsOf(state: State): Facts {
  const facts = known.get(state) ?? readFacts(state)
  known.set(state, facts)
  return facts
}

function readFacts(state: State): Facts {
  const { providerAccounts, accessGroups, restrictions, credentials } = toSnapshot(state)
  const accounts = providerAccounts.filter(({ status }) => status === 'active')
  const active = accounts.flatMap(({ id, models }) =>
    models.flatMap((model) => (model.status === 'active' ? [`${id}/${model.id}`] : [])),
  )
  const names = [...accessGroups, ...restrictions].map(({ id }) => id)
  return { active: new Set(active), secrets: [...names, ...credentials.map(({ digest }) => digest)] }
}
