import type { AccessMatrix } from './access-matrix.ts'

/**
 * A matrix as CSV (RFC 4180, CRLF, no byte order mark): the principal's type and id, its name, and a column per model. A
 * cell is the kind of access, or the reason why there is none. Text that a spreadsheet would take for a formula (it begins
 * with `=`, `+`, `-`, `@`, a tab or a line break), and text that begins with an apostrophe, gets an apostrophe before it:
 * a reader that drops one has the text as it was.
 */
export function renderMatrixCsv({ columns, rows }: AccessMatrix): string {
  const head = ['principal_type', 'principal_id', 'principal_name', ...columns.map(({ name }) => name)]
  const lines = rows.map(({ principal, name = '', cells }) => [
    principal.type,
    principal.id,
    name,
    ...cells.map((cell) => (cell.kind === 'none' ? cell.reason : cell.kind)),
  ])
  return [head, ...lines].map((fields) => `${fields.map(fieldOf).join(',')}\r\n`).join('')
}

function fieldOf(text: string): string {
  const safe = /^[=+\-@\t\r\n'＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
