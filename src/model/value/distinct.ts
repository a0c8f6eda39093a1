/** Whether no string occurs twice in a list. */
export function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length
}
