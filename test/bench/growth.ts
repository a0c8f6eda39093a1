import { changeShapes } from './growth-change.ts'
import { readShapes } from './growth-read.ts'
import type { Shape } from './growth-shape.ts'
import { now } from './measure.ts'
import { writeTable, writeTime } from './report.ts'

/**
 * `npm run bench:growth` times every shape at n and at 4n, each time with new input, so that no cache is filled. A ratio
 * of 4 is linear growth, 16 is quadratic. `-- WORD` runs the shapes whose name contains the word, `-- --all` prints the
 * shapes that stay under 5 ms too.
 */
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const isAll = process.argv.includes('--all') || words.length > 0
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** The least time of three calls in milliseconds. A call that takes longer than two seconds is made once. */
function timeOf({ make }: Shape, n: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && (i === 0 || least < 2000); i += 1) {
    const run = make(n)
    globalThis.gc?.()
    const start = now()
    run()
    least = Math.min(least, now() - start)
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
