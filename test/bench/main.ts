import { fork } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type ApplyTimes, timeApply } from './apply-bench.ts'
import { type DecisionTimes, type Effort, prepare, type Stage, timeDecisions } from './decide-bench.ts'
import { type LoadTimes, timeLoad } from './load-bench.ts'
import type { Size } from './maker.ts'
import { consumedSum, median, now, ratioOf, type Times } from './measure.ts'
import { large, small } from './population.ts'
import { type Target, writeTable, writeTargets, writeTime } from './report.ts'

/**
 * `npm run bench` measures everything at both sizes within some minutes and about 8 GB; `-- --small` leaves the large
 * size out, and `-- --quick` also asks so little that the times mean nothing, to see that it works. Competitors take turns in one process; the
 * small size goes first, since a small gateway has a small heap.
 */
const isQuick = process.argv.includes('--quick')
const isSmall = isQuick || process.argv.includes('--small')
const thorough: Effort = { questions: 20_000, cedarQuestions: 1_000, unseen: 4_000, rounds: 15, commands: 5_000 }
const hasty: Effort = { questions: 500, cedarQuestions: 40, unseen: 200, rounds: 3, commands: 200 }

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Loading runs in a process of its own: it needs the memory, and the garbage of the others would slow it down. */
function loadElsewhere(): Promise<LoadTimes> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--load'], { execArgv: process.execArgv })
    child.once('message', (times) => resolve(times as LoadTimes))
    child.once('error', reject)
    child.once('exit', (code) => code !== 0 && reject(new Error(`loading ended with exit code ${code}`)))
  })
}

async function run(): Promise<void> {
  const start = now()
  print(`node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}\n`)
  const loads = isSmall
    ? []
    : [
        { size: small, times: timeLoad(small, 15) },
        { size: large, times: await loadElsewhere() },
      ]
  const effort = isQuick ? hasty : thorough
  const sizes = isSmall ? [small] : [small, large]
  const decisions: DecisionTimes[] = []
  const applies: ApplyTimes[] = []
  for (const size of sizes) {
    const stage = prepare(size, effort, size === small)
    print(`${describe(stage)}\n`)
    decisions.push(timeDecisions(stage, effort))
    applies.push(timeApply(stage.commands, stage.state, isQuick ? 1 : 5))
  }
  sizes.forEach((size, i) => {
    print(`${reportDecisions(size, decisions[i] as DecisionTimes)}\n`)
  })
  print(`${reportApply(sizes, applies)}\n`)
  if (loads.length > 0) print(`${reportLoad(loads)}\n`)
  const kept = [
    ...decisions.flatMap((times, i) => targetsOf(sizes[i] as Size, times)),
    ...applyTargets(applies),
    ...loadTargets(loads),
  ]
  print(isQuick ? 'too few questions for these times to mean anything\n' : `${writeTargets(kept)}\n`)
  print(`answers counted: ${consumedSum()}, took ${((now() - start) / 1000).toFixed(0)} s`)
}

function describe({ size, questions, commands }: Stage): string {
  const outcomes = [...questions.outcomes].sort((a, b) => b[1] - a[1]).map(([outcome, count]) => `${count} ${outcome}`)
  return [
    `${size.name}: ${size.users} users, ${size.teams} teams, ${size.organizations} organizations, ${size.aliases} aliases, ${size.groups} groups,`,
    `  ${size.providerAccounts} provider accounts of ${size.modelsPerAccount} models, ${size.virtualAccounts} virtual accounts, a credential for everyone`,
    `  ${questions.count} different questions by credential: ${outcomes.join(', ')}`,
    `  ${commands.count} commands of ${commands.kinds} kinds`,
    '  every engine gave the same answers: allow or deny, routes and payer; authorize and handwritten the same reasons too',
  ].join('\n')
}

function reportDecisions({ name }: Size, { many, few, once }: DecisionTimes): string {
  const line = (times: Times, engine: string, remark = ''): string[] => [
    `${engine}${remark}`,
    writeTime(median(times.get(engine) ?? [])),
    writeTime(Math.min(...(times.get(engine) ?? []))),
    `${ratioOf(times, engine, 'authorize').toFixed(2)} ×`,
    times === few ? '' : `${ratioOf(times, engine, 'handwritten').toFixed(2)} ×`,
  ]
  const rows = [
    ...[...many.keys()].map((engine) => line(many, engine)),
    line(few, 'cedar'),
    ...[...once.keys()].map((engine) => line(once, engine, ', asked for the first time')),
  ]
  return writeTable([[`a decision, ${name}`, 'median', 'best round', 'of authorize', 'of handwritten'], ...rows])
}

function reportApply(sizes: readonly Size[], applies: readonly ApplyTimes[]): string {
  const rows = applies.map(({ median, p99, byKind }, i) => [
    sizes[i]?.name ?? '',
    writeTime(1000 * median),
    writeTime(1000 * p99),
    byKind
      .slice(0, 3)
      .map(([kind, time]) => `${kind} ${writeTime(1000 * time)}`)
      .join(', '),
  ])
  return writeTable([['a command', 'median', 'p99', 'slowest kinds'], ...rows])
}

function reportLoad(loads: readonly { readonly size: Size; readonly times: LoadTimes }[]): string {
  const rows = loads.map(({ size, times }) => [
    size.name,
    `${(times.characters / 1e6).toFixed(1)} MB`,
    writeTime(1e6 * times.parse),
    writeTime(1e6 * times.load),
    `${(times.load / times.parse).toFixed(2)} ×`,
  ])
  return writeTable([['a snapshot', 'text', 'JSON.parse', 'state', 'ratio'], ...rows])
}

function targetsOf({ name }: Size, { many, few, once }: DecisionTimes): Target[] {
  const casls = [...many.keys()].filter((engine) => engine.startsWith('casl'))
  const fastest = Math.min(...casls.map((engine) => ratioOf(many, engine, 'authorize')))
  const byContext = ratioOf(many, 'casl, names, by context', 'authorize')
  const byHand = ratioOf(many, 'authorize', 'handwritten')
  const cedar = ratioOf(few, 'cedar', 'authorize')
  return [
    { name: `authorize : handwritten, ${name}`, measured: byHand, unit: '×', bound: 'at most', limit: 3 },
    {
      name: `authorize : handwritten, ${name}, asked for the first time`,
      measured: ratioOf(once, 'authorize', 'handwritten'),
      unit: '×',
      bound: 'at most',
      limit: 3,
    },
    { name: `casl by context : authorize, ${name}`, measured: byContext, unit: '×', bound: 'at least', limit: 2 },
    { name: `casl at its fastest : authorize, ${name}`, measured: fastest, unit: '×', bound: 'at least', limit: 2 },
    { name: `cedar : authorize, ${name}`, measured: cedar, unit: '×', bound: 'at least', limit: 40 },
  ]
}

function applyTargets(applies: readonly ApplyTimes[]): Target[] {
  const medians = applies.map(({ median }) => median)
  const [few = Number.NaN, many] = medians
  const worst = Math.max(...medians)
  const targets: Target[] = [{ name: 'apply, median', measured: worst, unit: 'µs', bound: 'at most', limit: 30 }]
  if (many !== undefined)
    targets.push({ name: 'apply, 1M : 1k', measured: many / few, unit: '×', bound: 'at most', limit: 2 })
  return targets
}

function loadTargets(loads: readonly { readonly size: Size; readonly times: LoadTimes }[]): Target[] {
  return loads
    .filter(({ size }) => size === large)
    .map(({ size, times }) => ({
      name: `loading : JSON.parse, ${size.name}`,
      measured: times.load / times.parse,
      unit: '×',
      bound: 'at most',
      limit: 4,
    }))
}

if (process.argv.includes('--load')) process.send?.(timeLoad(large, 3))
else await run()
