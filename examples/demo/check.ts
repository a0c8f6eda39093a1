import { isDeepStrictEqual } from 'node:util'
import { authorize, fromSnapshot, type State, toSnapshot } from 'portcullis'
import { loadState } from 'portcullis/engine'
import { moments } from './agenda.ts'
import { findPrice } from './catalogue.ts'
import { isBalanced, isBooked } from './check-credit.ts'
import type { Call, Gateway } from './gateway.ts'
import type { Host } from './host.ts'
import { callerText, isRefused } from './refusal.ts'

/** A claim about the library, and whether the claim held during the demo's day. */
export type Check = readonly [claim: string, isKept: boolean]

/** Checks the claims about the library against the whole day. The demo fails when a claim does not hold. */
export async function check(host: Host, gateway: Gateway): Promise<Check[]> {
  const { calls } = gateway
  return [
    ['every command was accepted, or rejected with the expected code', host.answered.every(isAsExpected)],
    ['replaying the stored events gives the state, and so does its snapshot', await isReproducible(host)],
    [
      'every decision is the same when made again, up to the last instant before its `until`',
      calls.every(isRepeatable),
    ],
    ['every call used an active route of its decision, at a known price', calls.every(isCovered)],
    ['no call used an experimental model outside the two hours', isTrialKept(calls)],
    ['user grace is deleted, and the bot that she created keeps its access', isOutlived(host, calls)],
    ['no text for a caller reveals a group, a restriction or a digest', calls.filter(isRefused).every(isDiscreet)],
    ['credits granted = available + reserved + spent + expired + revoked − overdraft', await isBalanced(host)],
    ['every wallet spent exactly the cost of its calls, and no hold is open', await isBooked(host, gateway)],
  ]
}

function isAsExpected({ step, executed }: Host['answered'][number]): boolean {
  return executed.ok ? step.refusedAs === undefined : executed.rejection.code === step.refusedAs
}

async function isReproducible({ state, repository }: Host): Promise<boolean> {
  const snapshot = toSnapshot(state)
  const restored = fromSnapshot(JSON.parse(JSON.stringify(snapshot)))
  const replayed = toSnapshot((await loadState(repository)).state)
  return isDeepStrictEqual(replayed, snapshot) && restored.ok && isDeepStrictEqual(toSnapshot(restored.state), snapshot)
}

/** Whether `authorize` returns the decision of the engine again, on the same state. */
function isRepeatable({ ask: { request }, decision, state }: Call): boolean {
  const until = decision.effect === 'allow' ? decision.until : undefined
  const instants = until === undefined ? [request.at] : [request.at, until - 1]
  return instants.every((at) => isDeepStrictEqual(authorize({ ...request, at }, state), decision))
}

function isCovered({ decision, outcome, state }: Call): boolean {
  if (typeof outcome !== 'object') return true
  const route = decision.effect === 'allow' ? decision.routes[outcome.served] : undefined
  if (decision.effect === 'deny' || route === undefined) return false
  const isPriced = decision.payer.type === 'none' || findPrice(route) !== undefined
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
  /** The ids and digests that no caller may read. */
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
