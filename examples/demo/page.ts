const width = 110

/** The printed report of the demo, with bold titles on a terminal only. Prints each line at once. */
export class Page {
  readonly #isColoured = process.stdout.isTTY === true

  title(text: string): void {
    console.log(this.#isColoured ? `\u001b[1m${text}\u001b[0m` : text)
  }

  heading(text: string): void {
    console.log()
    this.title(text)
  }

  /** Prints a wrapped paragraph. `indent` indents the first line, and `hanging` indents all other lines. */
  say(text: string, indent = 2, hanging = indent): void {
    let line = ' '.repeat(indent)
    let isEmpty = true
    for (const word of text.split(' ')) {
      if (!isEmpty && line.length + 1 + word.length > width) {
        console.log(line)
        line = ' '.repeat(hanging)
        isEmpty = true
      }
      line += isEmpty ? word : ` ${word}`
      isEmpty = false
    }
    console.log(line)
  }

  /** Prints a table. Aligns a column right when the column's header begins with a space. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((text, i) => Math.max(text.trim().length, ...rows.map((row) => row[i]?.length ?? 0)))
    const set = (row: readonly string[]) =>
      row.map((cell, i) => (head[i]?.startsWith(' ') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
    for (const row of [head.map((text) => text.trim()), ...rows]) console.log(`  ${set(row).join('  ').trimEnd()}`)
  }
}
