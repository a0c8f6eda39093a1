import { describeOpenModels, isoOf } from '../../phrase.ts'
import { escapeMarkdown } from '../render-text.ts'
import type { AccessMatrix, MatrixCell, MatrixRow } from './access-matrix.ts'
import { captionOf, endOf, principalNouns, signOf } from './cell-sign.ts'

/**
 * Renders a matrix as a Markdown table with one row per principal. Below the table, a list describes the models that a
 * principal may use although no account lists them. Names are escaped, so that no name is read as markup
 * or ends a cell or a line.
 */
export function renderMatrixMarkdown(matrix: AccessMatrix): string {
  const headings = matrix.columns.map(({ name, lifecycle }) => {
    const note = lifecycle === undefined || lifecycle === 'active' ? '' : ` (${lifecycle})`
    return `${escapeMarkdown(name)}${note}`
  })
  const open = matrix.rows.flatMap(openLinesOf)
  return [
    `${captionOf(matrix)}.`,
    '',
    lineOf(['Principal', ...headings]),
    lineOf(['---', ...headings.map(() => ':---:')]),
    ...matrix.rows.map((row) => lineOf([headOf(row), ...row.cells.map(formatSign)])),
    ...(open.length === 0 ? [] : ['', ...open]),
    '',
  ].join('\n')
}

function openLinesOf(row: MatrixRow): readonly string[] {
  return row.openAccounts.map((one) => `- ${headOf(row)}: ${escapeMarkdown(describeOpenModels(one))}`)
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const headOf = ({ principal: { type, id } }: MatrixRow): string => `${principalNouns[type]} ${escapeMarkdown(id)}`

function formatSign(cell: MatrixCell): string {
  const end = endOf(cell)
  const { word } = signOf(cell)
  return end === undefined ? word : `${word} until ${isoOf(end)}`
}
