const special = /["\\]/g

/** Returns an SQL array literal of strings and nulls. */
export function textArray(cells: readonly (string | null)[]): string {
  return `{${cells.map(textCell).join(',')}}`
}

/** Returns one element of an SQL array literal. */
export function textCell(cell: string | null): string {
  return cell === null ? 'null' : `"${escaped(cell)}"`
}

function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(special, '\\$&') : text
}
