/** Returns the message of anything that was thrown. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.message}` : String(error)
  } catch {
    return 'an error without a message'
  }
}
