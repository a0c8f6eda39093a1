/** Whether no text of a list is there twice. */
export function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length
}
