import { escapeMarkdown, isoOf } from '../render-text.ts'
import type { AccessMatrix, MatrixCell, MatrixRow } from './access-matrix.ts'
import { captionOf, endOf, principalNouns, signOf } from './matrix-sign.ts'

/**
 * A matrix as a Markdown table, a line per principal. Whatever the names, they are shown as they are: what Markdown would
 * read as its own is escaped, and no name ends a cell or a line.
 */
export function renderMatrixMarkdown(matrix: AccessMatrix): string {
  const names = matrix.columns.map(({ name, lifecycle }) => {
    const ending = lifecycle === undefined || lifecycle === 'active' ? '' : ` (${lifecycle})`
    return `${escapeMarkdown(name)}${ending}`
  })
  return [
    `${captionOf(matrix)}.`,
    '',
    lineOf(['Principal', ...names]),
    lineOf(['---', ...names.map(() => ':---:')]),
    ...matrix.rows.map((row) => lineOf([headOf(row), ...row.cells.map(textOf)])),
    '',
  ].join('\n')
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const headOf = ({ principal: { type, id } }: MatrixRow): string => `${principalNouns[type]} ${escapeMarkdown(id)}`

function textOf(cell: MatrixCell): string {
  const end = endOf(cell)
  const { word } = signOf(cell)
  return end === undefined ? word : `${word} until ${isoOf(end)}`
}
