import { apply } from '../../src/change/apply.ts'
import type { Command } from '../../src/change/message/command.ts'
import type { Event } from '../../src/change/message/event.ts'
import type { State } from '../../src/model/state/state.ts'
import type { ActingAgent } from '../../src/model/value/principal.ts'
import type { Who } from '../../src/policy/request/request.ts'
import { Random } from '../bench/random.ts'
import { accessViolations, issuerViolations, ownerViolations, unionViolations } from './adversary/access-law.ts'
import { aimed, drawActor } from './adversary/actor.ts'
import { billViolations, isMovedByLoss } from './adversary/bill-law.ts'
import { boundedTypes, CommandSource, tick } from './adversary/command.ts'
import { callerViolations, eventViolations, leakViolations, pollutionViolations } from './adversary/honesty-law.ts'
import type { Act } from './adversary/judge.ts'
import { accessLosses, consentViolations, platformViolations, suspensionViolations } from './adversary/loss-law.ts'
import { manageViolations, powerLosses, powerViolations } from './adversary/power-law.ts'
import { decisionViolations, diffViolations, inverseViolations, listViolations } from './adversary/query-law.ts'
import { type Cell, viewOf } from './adversary/view.ts'
import { drawWorld } from './adversary/world.ts'

/**
 * `npm run proof:adversary` lets bounded actors give commands in generated states, and checks after each accepted command that
 * the access, the bills and the power of others change only as the contract's table permits. Prints the counts and each kind of
 * violation with its first example. `-- 5000` changes the number of states (default: 1,000), a second number the seed. Exits
 * with code 1 when a law is broken.
 */
const wanted = Number(process.argv[2] ?? '1000')
const firstSeed = Number(process.argv[3] ?? '1')
const commandsPerState = 60
const print = (text: string): void => void process.stdout.write(`${text}\n`)

const counts = new Map<string, number>()
const examples = new Map<string, { readonly count: number; readonly first: string }>()
let [tried, accepted, decisions, moved] = [0, 0, 0, 0]

/** The kind of a violation: its law, the type of the command, and the first words. */
function report(
  seed: number,
  command: Command | undefined,
  past: readonly Command[],
  violations: Iterable<string>,
): void {
  for (const violation of violations) {
    const law = violation.slice(0, violation.indexOf(':'))
    const kind = law.startsWith('pollution') ? law : `${law} ${command?.type ?? ''}`
    const known = examples.get(kind)
    const first =
      known?.first ??
      `seed ${seed}: ${violation}\n    ${JSON.stringify(command)}\n    after ${JSON.stringify(past.slice(-3))}`
    examples.set(kind, { count: (known?.count ?? 0) + 1, first })
  }
}

interface Turn {
  readonly seed: number
  readonly random: Random
  readonly past: readonly Command[]
}

/** Checks every law about one accepted command. `was` is the view of the state before it. */
function check({ seed, random, past }: Turn, act: Act, was: ReadonlyMap<string, Cell>): void {
  const { command, after, at } = act
  const is = viewOf(after, at)
  decisions += was.size + is.size
  if (isMovedByLoss(act, was, is)) moved += 1
  const laws = [
    accessViolations(act, was, is),
    issuerViolations(act),
    billViolations(act, was, is),
    powerViolations(act),
    powerLosses(act),
    accessLosses(act, was, is),
    suspensionViolations(act),
    platformViolations(act),
    consentViolations(act),
    random.chance(0.3) ? eventViolations(act) : [],
    random.chance(0.2) ? diffViolations(act, was, is) : [],
  ]
  for (const law of laws) report(seed, command, past, law)
}

/** Checks the laws of one state. */
function checkState({ seed, random, past }: Turn, state: State, at: number): void {
  const view = viewOf(state, at)
  decisions += view.size
  const laws = [
    unionViolations(view),
    ownerViolations(view),
    manageViolations(state, at),
    decisionViolations(random, state, view),
    listViolations(random, state, at, view),
    inverseViolations(random, state, at, view),
  ]
  for (const law of laws) report(seed, undefined, past, law)
}

function run(seed: number): void {
  const random = new Random(seed)
  const source = new CommandSource(random)
  const world = drawWorld(random)
  let { state, at } = world
  const past: Command[] = []
  const turn: Turn = { seed, random, past }
  checkState(turn, state, at)
  for (let i = 0; i < commandsPerState; i += 1) {
    if (random.chance(0.1)) at += random.between(1, 4) * tick
    const actor = drawActor(random, state)
    if (actor === undefined) continue
    const command = drawCommand(source, actor, at, state)
    tried += 1
    const applied = apply(command, state)
    report(seed, command, past, leakViolations(command, state))
    report(seed, command, past, callerViolations(random, command, state))
    if (random.chance(0.2)) report(seed, command, past, pollutionViolations(random, command, agentOf(actor), state))
    const outcome = applied.ok ? (applied.events.length === 0 ? 'unchanged' : 'accepted') : applied.rejection.code
    counts.set(`${command.type} ${outcome}`, (counts.get(`${command.type} ${outcome}`) ?? 0) + 1)
    if (applied.ok && applied.events.length === 0 && applied.state !== state)
      report(seed, command, past, ['honesty: another state without events'])
    if (!applied.ok || applied.events.length === 0) continue
    accepted += 1
    const then = random.chance(0.6) ? at : at + random.between(1, 30) * tick
    const events: readonly Event[] = applied.events
    check(turn, { before: state, after: applied.state, command, events, at: then }, viewOf(state, then))
    past.push(command)
    state = applied.state
  }
  checkState(turn, state, at)
}

/** Draws a command; up to 20 times while the actor has no right to it, but for one command in ten. */
function drawCommand(source: CommandSource, actor: ActingAgent, at: number, state: State): Command {
  const draw = (): Command => {
    const body = source.body(boundedTypes)
    const given = source.random.chance(0.7) ? aimed(body, actor, source.random, state) : body
    return { ...given, actor, at } as unknown as Command
  }
  let command = draw()
  const tries = source.random.chance(0.1) ? 0 : 20
  for (let i = 0; i < tries && !hasRight(command, state); i += 1) command = draw()
  return command
}

function hasRight(command: Command, state: State): boolean {
  const applied = apply(command, state)
  return applied.ok ? applied.events.length > 0 : applied.rejection.code === 'power_exceeded'
}

const agentOf = ({ type, id }: { readonly type: 'user' | 'virtualAccount'; readonly id: string }): Who => ({ type, id })

const started = performance.now()
for (let i = 0; i < wanted; i += 1) run(firstSeed + i)

if (process.argv.includes('--counts')) {
  for (const [outcome, count] of [...counts].sort()) print(`${String(count).padStart(9)} ${outcome}`)
}
for (const [kind, { count, first }] of [...examples].sort())
  print(`${String(count).padStart(9)} violations of ${kind}\n  ${first}`)
const seconds = Math.round((performance.now() - started) / 1000)
print(
  `${wanted} states, ${tried} commands of bounded actors (${accepted} accepted with events), ${decisions} decisions, in ${seconds} s`,
)
print(`${moved} commands that take something away moved a call to another payer, as the order of payers says`)
print(examples.size === 0 ? 'no law is broken' : `${examples.size} kinds of violations`)
process.exitCode = examples.size === 0 ? 0 : 1
