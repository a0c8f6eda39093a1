import { changeShapes } from './growth-change.ts'
import { readShapes } from './growth-read.ts'
import type { Shape } from './growth-shape.ts'
import { writeTable, writeTime } from './report.ts'

/**
 * `npm run bench:growth` times every shape at n and at 4n, each time with new input, so that no cache is filled. A ratio
 * of 4 is linear growth, 16 is quadratic. `-- WORD` runs the shapes whose name contains the word, `-- --all` prints the
 * shapes that stay under 5 ms too.
 */
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const isAll = process.argv.includes('--all') || words.length > 0
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** The processor time of this process in milliseconds, which other processes of a busy machine do not lengthen. */
function now(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The least time of several calls in milliseconds: up to nine, until they have taken half a second together. */
function timeOf({ make }: Shape, n: number): number {
  let [least, spent] = [Number.POSITIVE_INFINITY, 0]
  for (let i = 0; i < 9 && spent < 500; i += 1) {
    const run = make(n)
    globalThis.gc?.()
    const start = now()
    run()
    const time = now() - start
    least = Math.min(least, time)
    spent += time
  }
  return least
}

const rows: string[][] = [['operation: what grows', 'n', 'time at n', 'time at 4n', 'ratio']]
for (const shape of [...readShapes, ...changeShapes]) {
  if (words.length > 0 && !words.every((word) => shape.name.includes(word))) continue
  timeOf(shape, Math.min(50, shape.n))
  const [small, large] = [timeOf(shape, shape.n), timeOf(shape, 4 * shape.n)]
  if (!isAll && large < 5) continue
  const row = [shape.name, String(shape.n), writeTime(small * 1e6), writeTime(large * 1e6), (large / small).toFixed(1)]
  process.stderr.write(`${row.join('\t')}\n`)
  rows.push(row)
}
print(writeTable(rows))
