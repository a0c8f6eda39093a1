import { cpus } from 'node:os'
import { type ApplyTimes, timeApply } from './apply-bench.ts'
import { prepareCedar, prepareCedarOfTeams, timeCedar } from './cedar-bench.ts'
import { type BenchSetup, type DecisionTimes, type Effort, prepare, timeDecisions } from './decide-bench.ts'
import { partOfThisProcess, runElsewhere } from './elsewhere.ts'
import { type LoadTimes, timeLoad } from './load-bench.ts'
import type { Size } from './maker.ts'
import { consumedSum, median, now, ratioOf, type Times } from './measure.ts'
import { large, small } from './population.ts'
import { type Target, writeTable, writeTargets, writeTime } from './report.ts'
import { prepareTeams, timeTeams } from './team-bench.ts'
import { reportTeams, type TeamResult, teamTargets } from './team-report.ts'
import { teamWorldSizes } from './team-world.ts'

/**
 * `npm run bench` measures both sizes in some minutes with about 8 GB of memory. `-- --small` omits the large size; `-- --quick`
 * also runs so few requests that the times mean nothing, to check that it works; `-- --teams` runs the worlds of teams only.
 * The engines take turns in one process, except Cedar. The small size runs first, because a small gateway has a small heap.
 */
const isQuick = process.argv.includes('--quick')
const isSmall = isQuick || process.argv.includes('--small')
const thorough: Effort = { requests: 20_000, cedarRequests: 1_000, unseen: 4_000, rounds: 15, commands: 5_000 }
const hasty: Effort = { requests: 500, cedarRequests: 40, unseen: 200, rounds: 3, commands: 200 }
const effort = isQuick ? hasty : thorough

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** The parts that run in a process of their own. The engines' garbage would slow each other down; loading needs the memory. */
const parts: Readonly<Record<string, (name: string) => unknown>> = {
  load: () => timeLoad(large, 3),
  cedar: (name) => timeCedar(prepareCedar(sizeNamed([small, large], name), effort), effort),
  teams: (name) => timeTeams(prepareTeams(sizeNamed(teamWorldSizes, name), effort), effort),
  cedarOfTeams: (name) => timeCedar(prepareCedarOfTeams(sizeNamed(teamWorldSizes, name), effort), effort),
}

function sizeNamed<Named extends { readonly name: string }>(sizes: readonly Named[], name: string): Named {
  const found = sizes.find((size) => size.name === name)
  if (found === undefined) throw new Error(`unknown size ${name}`)
  return found
}

async function runTeams(): Promise<void> {
  const sizes = isSmall ? teamWorldSizes.slice(0, 1) : teamWorldSizes
  const measured: TeamResult[] = []
  for (const size of sizes) {
    const cedar = await runElsewhere<readonly number[]>('cedarOfTeams', size.name)
    measured.push({ size, times: await runElsewhere('teams', size.name), cedar })
    print(`${reportTeams(measured[measured.length - 1] as TeamResult)}\n`)
  }
  if (!isQuick) print(`${writeTargets(measured.flatMap(teamTargets))}\n`)
}

async function run(): Promise<void> {
  const start = now()
  print(`node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}\n`)
  const loads = isSmall
    ? []
    : [
        { size: small, times: timeLoad(small, 15) },
        { size: large, times: await runElsewhere<LoadTimes>('load', large.name) },
      ]
  const sizes = isSmall ? [small] : [small, large]
  const decisions: DecisionTimes[] = []
  const applies: ApplyTimes[] = []
  for (const size of sizes) {
    const cedar = await runElsewhere<readonly number[]>('cedar', size.name)
    const stage = prepare(size, effort, size === small)
    print(`${describe(stage)}\n`)
    decisions.push(timeDecisions(stage, effort, cedar))
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
  print(isQuick ? 'too few requests for these times to mean anything\n' : `${writeTargets(kept)}\n`)
  print(`checksum of all results ${consumedSum()}, took ${((now() - start) / 1000).toFixed(0)} s`)
}

function describe({ size, requests, commands }: BenchSetup): string {
  const outcomes = [...requests.outcomes].sort((a, b) => b[1] - a[1]).map(([outcome, count]) => `${count} ${outcome}`)
  return [
    `${size.name}: ${size.users} users, ${size.teams} teams, ${size.organizations} organizations, ${size.aliases} aliases, ${size.groups} groups,`,
    `  ${size.providerAccounts} provider accounts of ${size.modelsPerAccount} models, ${size.virtualAccounts} virtual accounts, a credential for each principal`,
    `  ${requests.count} different requests by credential: ${outcomes.join(', ')}`,
    `  ${commands.count} commands of ${commands.kinds} kinds`,
    '  every engine made the same decisions: allow or deny, routes and payer; authorize and handwritten also the same reasons',
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
    ...[...once.keys()].map((engine) => line(once, engine, ', first-time requests')),
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
      name: `authorize : handwritten, ${name}, first-time requests`,
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

const own = partOfThisProcess()
if (own !== undefined) process.send?.(parts[own.part]?.(own.name))
else {
  await runTeams()
  if (!process.argv.includes('--teams')) await run()
}
