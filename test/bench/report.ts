/** A text table: the first column is aligned left, the others right. */
export function writeTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}

/** Formats nanoseconds with a readable unit. */
export function writeTime(nanoseconds: number): string {
  if (nanoseconds < 1e4) return `${nanoseconds.toFixed(0)} ns`
  if (nanoseconds < 1e7) return `${(nanoseconds / 1e3).toFixed(1)} µs`
  return nanoseconds < 1e10 ? `${(nanoseconds / 1e6).toFixed(0)} ms` : `${(nanoseconds / 1e9).toFixed(1)} s`
}

/** A target: a measured figure and the bound that it should keep. */
export interface Target {
  readonly name: string
  readonly measured: number
  readonly unit: '×' | 'µs'
  readonly bound: 'at most' | 'at least'
  readonly limit: number
}

/** A table of the targets and whether each is met. A benchmark reports; it never fails. */
export function writeTargets(targets: readonly Target[]): string {
  const rows = targets.map(({ name, measured, unit, bound, limit }) => {
    const isKept = bound === 'at most' ? measured <= limit : measured >= limit
    const digits = measured < 10 ? 2 : 1
    return [name, `${measured.toFixed(digits)} ${unit}`, `${bound} ${limit} ${unit}`, isKept ? 'met' : 'missed']
  })
  return writeTable([['target', 'measured', 'bound', ''], ...rows])
}
