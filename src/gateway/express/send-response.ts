import type { Response as ExpressResponse } from 'express'

/**
 * Sends a Web response. Headers are sent at once and chunks as they come, no faster than the client reads them. A client
 * that ends the connection cancels the body, and a body that breaks ends the connection. Never rejects.
 */
export async function sendResponse(res: ExpressResponse, response: Response): Promise<void> {
  const { body, headers } = response
  if (res.closed || res.headersSent) return void body?.cancel().catch(() => undefined)
  res.status(response.status)
  for (const [name, value] of headers) res.append(name, value)
  if (body === null || res.req.method === 'HEAD') {
    res.end()
    return void body?.cancel().catch(() => undefined)
  }
  // The bytes of JSON are there already, and go out with the headers.
  if (!/\bjson\b/i.test(headers.get('content-type') ?? '')) res.flushHeaders()
  await sendBody(res, body)
}

async function sendBody(res: ExpressResponse, body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader()
  let wake = () => {}
  res.on('drain', () => wake())
  res.on('close', () => {
    wake()
    reader.cancel().catch(() => undefined)
  })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || res.closed) break
      if (!res.write(value) && !res.closed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    res.end()
  } catch {
    res.destroy()
  }
}
