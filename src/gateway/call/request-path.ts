/**
 * Returns the path of a request below the base path, as the client wrote it, or `undefined` if it is not below. The query
 * is not part of it.
 */
export function requestPath(url: string, basePath: string): string | undefined {
  const [before = ''] = url.split(/[?#]/, 1)
  const path = before.startsWith('/') ? before : before.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  if (!path.startsWith(`${basePath}/`)) return undefined
  return path.slice(basePath.length)
}
