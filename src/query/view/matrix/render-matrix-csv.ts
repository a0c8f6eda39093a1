import type { AccessMatrix } from './access-matrix.ts'

/**
 * Renders a matrix as CSV (RFC 4180, CRLF, no byte order mark): the principal's type, id and name, and one column per
 * model. A cell is the kind of access or the reason for the denial. A field that a spreadsheet would read as a formula
 * (it begins with `=`, `+`, `-`, `@`, a tab or a line break) or that begins with an apostrophe gets an apostrophe in
 * front. Removing one leading apostrophe restores every field.
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
