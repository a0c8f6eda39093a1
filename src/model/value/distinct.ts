/** Whether a list has no string twice. */
export function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length
}
