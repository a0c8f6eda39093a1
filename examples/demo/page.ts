const width = 110

/** The printed report of the demo, with bold titles on a terminal only. */
export class Page {
  readonly #isColoured: boolean
  readonly #lines: string[] = []

  constructor(isColoured: boolean) {
    this.#isColoured = isColoured
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`
  }

  title(text: string): void {
    this.#lines.push(this.#isColoured ? `\u001b[1m${text}\u001b[0m` : text)
  }

  heading(text: string): void {
    this.#lines.push('')
    this.title(text)
  }

  /** Adds a wrapped paragraph. `indent` indents the first line, and `hanging` indents all other lines. */
  say(text: string, indent = 2, hanging = indent): void {
    let line = ' '.repeat(indent)
    let isEmpty = true
    for (const word of text.split(' ')) {
      if (!isEmpty && line.length + 1 + word.length > width) {
        this.#lines.push(line)
        line = ' '.repeat(hanging)
        isEmpty = true
      }
      line += isEmpty ? word : ` ${word}`
      isEmpty = false
    }
    this.#lines.push(line)
  }

  /** Adds a table. Aligns a column right when the column's header begins with a space. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((text, i) => Math.max(text.trim().length, ...rows.map((row) => row[i]?.length ?? 0)))
    const set = (row: readonly string[]) =>
      row.map((cell, i) => (head[i]?.startsWith(' ') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
    for (const row of [head.map((text) => text.trim()), ...rows]) this.#lines.push(`  ${set(row).join('  ').trimEnd()}`)
  }
}

/** Formats an integer with thousands separators. */
export function count(number: number): string {
  return number.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',')
}
