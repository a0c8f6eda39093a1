import { escapeXml, labelOf, widthOf } from '../render-text.ts'
import type { AccessMatrix, MatrixCell, MatrixRow } from './access-matrix.ts'
import { captionOf, endOf, principalNouns, type Sign, signOf, signs } from './cell-sign.ts'
import { drawCell, matrixStyle } from './draw-cell.ts'
import { formatCell } from './format-cell.ts'

const pitch = 26
const size = 22
const margin = 24
const headingHeight = 22
const labelSize = 12
const labelLimit = 42
/** The height and the width of a column label, divided by the length of its text. Labels are rotated by 45 degrees. */
const lean = Math.SQRT1_2

/**
 * Renders a matrix as a self-contained SVG document without scripts, fonts or links. The colour and the letter or shape
 * of a cell show how access is given; the palette suits colour-blind readers. Long names are shortened. Tooltips show
 * the full name and the details of each cell. The result is well-formed XML for every name.
 */
export function renderMatrixSvg(matrix: AccessMatrix, options: { readonly title?: string | undefined } = {}): string {
  const title = options.title ?? 'Access matrix'
  const plan = layOut(matrix, title)
  const { width, height } = plan
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(`Who may use which model: ${captionOf(matrix)}.`)}</desc>`,
    `<style>${matrixStyle}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="${margin}" y="${margin + 16}">${escapeXml(title)}</text>`,
    `<text class="muted" x="${margin}" y="${margin + 38}">${escapeXml(captionOf(matrix))}</text>`,
    ...drawColumns(matrix, plan),
    ...plan.lines.map((line) => drawLine(line, plan, matrix.columns)),
    ...drawGuides(plan),
    ...drawLegend(plan),
    '</svg>',
    '',
  ].join('\n')
}

/** A line of the picture: a principal with its cells, or a heading above the first principal of a type. */
type Line = { readonly y: number } & (
  | { readonly type: 'heading'; readonly text: string }
  | { readonly type: 'row'; readonly row: MatrixRow; readonly isEven: boolean }
)

interface LegendItem {
  readonly sign: Sign | 'ending'
  readonly text: string
  readonly x: number
  readonly y: number
}

interface Layout {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  readonly bottom: number
  readonly gridWidth: number
  readonly lines: readonly Line[]
  readonly legend: readonly LegendItem[]
}

function layOut(matrix: AccessMatrix, title: string): Layout {
  const { columns, rows } = matrix
  const labels = columns.map(({ name }) => widthOf(shortLabel(name)) * labelSize)
  const names = rows.map(({ principal }) => widthOf(shortLabel(principal.id)) * labelSize)
  const left = Math.ceil(margin + Math.max(96, ...names) + 12)
  const top = Math.ceil(margin + 62 + Math.max(28, ...labels.map((label) => label * lean)))
  const gridWidth = columns.length * pitch
  const overhang = Math.max(0, ...labels.map((label, i) => (i + 0.7) * pitch + label * lean - gridWidth))
  const textWidth = Math.max(widthOf(title) * 20, widthOf(captionOf(matrix)) * labelSize) + margin - left
  const width = left + Math.ceil(Math.max(gridWidth + overhang, textWidth, 300)) + margin
  const { lines, bottom } = layOutLines(rows, top)
  const legend = layOutLegend(matrix, bottom + 34, width)
  const height = (legend.at(-1)?.y ?? bottom) + margin
  return { width, height, left, top, bottom, gridWidth, lines, legend }
}

function layOutLines(rows: readonly MatrixRow[], top: number): { lines: readonly Line[]; bottom: number } {
  const lines: Line[] = []
  // The first heading is level with the column labels, so that the labels are close to their cells.
  let y = top - headingHeight
  let last: string | undefined
  let isEven = false
  for (const row of rows) {
    const { type } = row.principal
    if (type !== last) {
      y += last === undefined ? 0 : 8
      const noun = principalNouns[type]
      lines.push({ type: 'heading', y, text: `${noun.charAt(0).toUpperCase()}${noun.slice(1)}s` })
      y += headingHeight
      isEven = false
    }
    lines.push({ type: 'row', y, row, isEven })
    y += pitch
    isEven = !isEven
    last = type
  }
  return { lines, bottom: y }
}

/** Lays out the legend in lines that fit the width. Contains only signs that occur in the matrix. */
function layOutLegend({ rows }: AccessMatrix, top: number, width: number): readonly LegendItem[] {
  const shown = new Set<Sign>()
  let isEnding = false
  for (const { cells } of rows) {
    for (const cell of cells) {
      shown.add(signOf(cell))
      isEnding ||= endOf(cell) !== undefined
    }
  }
  const entries = [
    ...signs.filter((sign) => shown.has(sign)).map((sign) => ({ sign, text: sign.legend })),
    ...(isEnding ? [{ sign: 'ending' as const, text: 'ends at a known time' }] : []),
  ]
  const items: LegendItem[] = []
  let x = margin
  let y = top
  for (const entry of entries) {
    const needed = size + 8 + widthOf(entry.text) * labelSize
    if (x > margin && x + needed > width - margin) {
      x = margin
      y += pitch + 4
    }
    items.push({ ...entry, x, y })
    x += Math.ceil(needed) + 22
  }
  return items
}

const shortLabel = (name: string): string => labelOf(name, labelLimit)

function drawColumns({ columns }: AccessMatrix, { left, top }: Layout): string[] {
  return columns.map(({ name, lifecycle }, i) => {
    const x = left + (i + 0.5) * pitch + 3
    const note = lifecycle === undefined || lifecycle === 'active' ? '' : ` (${lifecycle})`
    const kind = lifecycle === undefined ? 'label' : `label ${lifecycle}`
    const label = `<title>${escapeXml(name)}${note}</title>${escapeXml(shortLabel(name))}`
    return `<text class="${kind}" transform="translate(${x} ${top - 4}) rotate(-45)">${label}</text>`
  })
}

/** Draws a vertical guide line after every five columns, so that the eye can follow a column. */
function drawGuides({ left, top, bottom, gridWidth }: Layout): string[] {
  const step = 5 * pitch
  const positions = Array.from({ length: Math.ceil(gridWidth / step) - 1 }, (_, i) => left + (i + 1) * step)
  return positions.map((x) => `<path class="guide" d="M${x} ${top - 2}V${bottom}"/>`)
}

function drawLine(line: Line, { left, gridWidth }: Layout, columns: AccessMatrix['columns']): string {
  const { y } = line
  if (line.type === 'heading') return `<text class="heading" x="${margin}" y="${y + 15}">${line.text}</text>`
  const { row, isEven } = line
  const { type, id } = row.principal
  const displayName = row.name === undefined ? '' : ` (${row.name})`
  const band = `<rect class="band" x="${margin - 8}" y="${y}" width="${left + gridWidth - margin + 12}" height="${pitch}" rx="4"/>`
  const label = `<title>${escapeXml(`${principalNouns[type]} ${id}${displayName}`)}</title>${escapeXml(shortLabel(id))}`
  const cells = row.cells.map((cell, i) => drawTitled(cell, columns[i]?.name ?? '', left + i * pitch + 2, y + 2))
  return `${isEven ? band : ''}<text class="label row" x="${left - 12}" y="${y + 17}">${label}</text>${cells.join('')}`
}

function drawTitled(cell: MatrixCell, model: string, x: number, y: number): string {
  const drawn = drawCell(signOf(cell).mark, endOf(cell) !== undefined, x, y, size)
  if (cell.kind === 'none' && cell.reason === 'model_not_granted') return drawn
  return `<g><title>${escapeXml(`${model}: ${formatCell(cell)}`)}</title>${drawn}</g>`
}

function drawLegend({ legend }: Layout): string[] {
  return legend.map(({ sign, text, x, y }) => {
    const mark = sign === 'ending' ? '' : sign.mark
    const drawn = drawCell(mark, sign === 'ending', x, y - 16, size)
    return `${drawn}<text class="label" x="${x + size + 8}" y="${y}">${text}</text>`
  })
}
