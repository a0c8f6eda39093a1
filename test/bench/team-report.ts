import { median, ratioOf, type Times } from './measure.ts'
import { type Target, writeTable, writeTime } from './report.ts'
import type { TeamTimes } from './team-bench.ts'
import type { TeamWorldSize } from './team-world.ts'

/** The times of one world of teams. */
export interface TeamResult {
  readonly size: TeamWorldSize
  readonly times: TeamTimes
  /** The times of Cedar on fewer questions, in a process of its own. */
  readonly cedar: readonly number[]
}

const maps = 'nested Maps'
const casl = 'casl, an ability for each user'

/** A table of the repeated and the first-time questions of one world, side by side. */
export function reportTeams({ size, times: { repeated, once }, cedar }: TeamResult): string {
  const cells = (times: Times, engine: string): string[] =>
    times.has(engine)
      ? [writeTime(median(times.get(engine) ?? [])), `${ratioOf(times, engine, maps).toFixed(2)} ×`]
      : ['', '']
  const rows = [...repeated.keys()].map((engine) => [engine, ...cells(repeated, engine), ...cells(once, engine)])
  const title = `a question, ${size.users} users in teams`
  return writeTable([
    [title, 'repeated', `of ${maps}`, 'first time', `of ${maps}`],
    ...rows,
    [
      'cedar, in another process',
      writeTime(median(cedar)),
      `${(median(cedar) / median(repeated.get(maps) ?? [])).toFixed(0)} ×`,
    ],
  ])
}

/** The targets of one world. */
export function teamTargets({ size: { name }, times: { repeated, once } }: TeamResult): Target[] {
  const isFew = name === '1k'
  const kept: Target[] = [
    {
      name: `casl : authorize, teams ${name}, repeated`,
      measured: ratioOf(repeated, casl, 'authorize'),
      unit: '×',
      bound: 'at least',
      limit: 1,
    },
    {
      name: `authorize : ${maps}, teams ${name}, repeated`,
      measured: ratioOf(repeated, 'authorize', maps),
      unit: '×',
      bound: 'at most',
      limit: isFew ? 5 : 1.5,
    },
  ]
  const first: Target = {
    name: `authorize : ${maps}, teams ${name}, first time`,
    measured: ratioOf(once, 'authorize', maps),
    unit: '×',
    bound: 'at most',
    limit: 3,
  }
  return isFew ? kept : [...kept, first]
}
