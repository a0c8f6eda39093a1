import fc from 'fast-check'
import { authorizeParsed } from '../../src/policy/authorize.ts'
import type { Decision } from '../../src/policy/decision/decision.ts'
import { denialReasons } from '../../src/policy/decision/denial.ts'
import type { Request } from '../../src/policy/request/request.ts'
import { arbitraryRequest, arbitrarySession, referenceAuthorize } from '../../src/testing/index.ts'

/**
 * `npm run proof:agreement` compares whole decisions of `authorize` with those of the reference model, in generated states,
 * and prints how many agree. `-- 5000000` changes the number of decisions (default: 1,000,000), a second number the seed.
 * Exits with code 1 when two decisions differ.
 */
const wanted = Number(process.argv[2] ?? '1000000')
const firstSeed = Number(process.argv[3] ?? '1')
const print = (text: string): void => void process.stdout.write(`${text}\n`)

const requestsPerState = 100
const statesPerSeed = 100

const counts = new Map<string, number>()
let decisions = 0
let states = 0
let differences = 0

/** The decision as comparable JSON, without `until`: the reference model does not compute this field. */
function textOf({ until: _, ...decision }: Decision & { readonly until?: number }): string {
  return JSON.stringify(decision, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

function outcomeOf(decision: Decision): string {
  if (decision.effect === 'deny') return decision.reason
  return decision.type === 'use' ? `allow (${decision.payer.type})` : `allow (${decision.power})`
}

const started = performance.now()
for (let seed = firstSeed; decisions < wanted; seed += 1) {
  const sessions = fc.sample(arbitrarySession(arbitraryRequest, requestsPerState), { numRuns: statesPerSeed, seed })
  for (const { state, requests } of sessions) {
    states += 1
    for (const request of requests) {
      const decision = authorizeParsed(request, state)
      const expected: Decision = referenceAuthorize(request as unknown, state)
      decisions += 1
      const outcome = outcomeOf(decision)
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
      if (textOf(decision) === textOf(expected)) continue
      differences += 1
      if (differences <= 5) report(seed, request, decision, expected)
    }
  }
}

function report(seed: number, request: Request, decision: Decision, expected: Decision): void {
  print(`seed ${seed}: ${fc.stringify(request)}`)
  print(`  authorize: ${textOf(decision)}`)
  print(`  reference: ${textOf(expected)}`)
}

for (const [outcome, count] of [...counts].sort(([, a], [, b]) => b - a))
  print(`${String(count).padStart(9)} ${outcome}`)
const absent = denialReasons.filter((reason) => !counts.has(reason))
if (absent.length > 0) print(`reasons that did not occur: ${absent.join(', ')}`)
const seconds = Math.round((performance.now() - started) / 1000)
print(`${decisions} decisions in ${states} states agree in all but ${differences}, in ${seconds} s`)
process.exitCode = differences === 0 ? 0 : 1
