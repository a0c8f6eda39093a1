/** Whether all strings in a list are different. */
export function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length
}
