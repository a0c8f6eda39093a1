import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type AnswerReason, type RefusalRow, refusalTable } from '../../../../src/gateway/refusal/refusal-table.ts'
import { root } from '../../../package/source.ts'

/** The lines of the table in the README: one for each status, type and advice about retries, with the reasons that have it. */
function tableLines(): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const [reason, row] of Object.entries(refusalTable) as [AnswerReason, RefusalRow][]) {
    const key = `| ${row.status} | \`${row.type}\` | \`${row.anthropicType}\` | ${row.isRetried ? 'yes' : 'no'} |`
    groups.set(key, [...(groups.get(key) ?? []), `\`${reason}\``])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, reasons]) => `${key} ${reasons.join(', ')} |`)
}

test('the README of the gateway has the table of refusals', () => {
  const readme = readFileSync(join(root, 'src/gateway/README.md'), 'utf8')
  expect(readme.split('\n').filter((line) => /^\| \d{3} \|/.test(line))).toEqual(tableLines())
})
