import type { Sign } from './cell-sign.ts'

/**
 * The style sheet of the picture, with light and dark colours. Uses the Okabe-Ito palette, which colour-blind readers
 * can distinguish. Every letter has a contrast of at least 4.5:1 on its cell.
 */
export const matrixStyle = /* @__PURE__ */ [
  "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans',Arial,sans-serif;font-size:12px;fill:#1f2328}",
  '.ground{fill:#fff}.band{fill:#f3f5f8}.guide{stroke:#d5dbe2}',
  '.title{font-size:20px;font-weight:600}.heading{font-weight:600;fill:#59636e}.muted{fill:#59636e}',
  '.row{text-anchor:end}.deprecated{font-style:italic;fill:#59636e}.retired{text-decoration:line-through;fill:#59636e}',
  '.mark{text-anchor:middle;font-weight:700;fill:#000}.G{fill:#0072b2}.on-G{fill:#fff}',
  '.P{fill:#56b4e9}.U{fill:#009e73}.M{fill:#e69f00}.S{fill:#cc79a7}.E{fill:#dde2e8}',
  '.dot{fill:#c3cad3}.line{fill:none;stroke:#6e7781;stroke-width:2;stroke-linecap:round}',
  '.frame{fill:#fff4ec;stroke:#d55e00;stroke-width:1.5}.cross{fill:none;stroke:#c24e00;stroke-width:2.5;stroke-linecap:round}',
  '.end{fill:#1f2328}.end-edge{fill:#fff}',
  '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.band{fill:#161b22}.guide{stroke:#30363d}',
  '.heading,.muted,.deprecated,.retired{fill:#9198a1}.mark{fill:#000}.on-G{fill:#fff}.dot{fill:#484f58}',
  '.line{stroke:#9198a1}.frame{fill:#2d1a0e;stroke:#ff8a3d}.cross{stroke:#ff8a3d}.E{fill:#30363d}',
  '.end{fill:#e6edf3}.end-edge{fill:#0d1117}}',
].join('')

/** Draws a cell: a coloured square with a letter, or a shape. A dark corner marks access that ends at a known time. */
export function drawCell(mark: Sign['mark'] | '', isEnding: boolean, x: number, y: number, size: number): string {
  const corner = isEnding ? drawCorner(x + size, y) : ''
  return `${drawMark(mark, x, y, size)}${corner}`
}

function drawMark(mark: Sign['mark'] | '', x: number, y: number, size: number): string {
  const [cx, cy] = [x + size / 2, y + size / 2]
  switch (mark) {
    case 'dot':
      return `<circle class="dot" cx="${cx}" cy="${cy}" r="2"/>`
    case 'cross':
      return `${square('frame', x + 1, y + 1, size - 2)}<path class="cross" d="M${cx - 4} ${cy - 4}l8 8m0-8l-8 8"/>`
    case 'ring':
      return `<circle class="line" cx="${cx}" cy="${cy}" r="6"/>`
    case 'bars':
      return `<path class="line" d="M${cx - 3} ${cy - 5}v10m6-10v10"/>`
    case 'dash':
      return `<path class="line" d="M${cx - 5} ${cy}h10"/>`
    case '':
      return square('E', x, y, size)
    default: {
      const colour = mark === '+' ? 'S' : mark
      const on = mark === 'G' ? 'mark on-G' : 'mark'
      return `${square(colour, x, y, size)}<text class="${on}" x="${cx}" y="${cy + 4}">${mark}</text>`
    }
  }
}

function square(kind: string, x: number, y: number, size: number): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${size}" height="${size}" rx="4"/>`
}

/** Draws a dark corner with a light edge. The edge makes the corner visible on every colour. */
function drawCorner(right: number, top: number): string {
  return `<path class="end-edge" d="M${right - 9} ${top}h9v9z"/><path class="end" d="M${right - 7} ${top}h7v7z"/>`
}
