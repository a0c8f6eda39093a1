// The Worker that workerd serves.

import { compare } from './compare.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await compare(await request.text()))
    } catch (error) {
      return new Response(String(error instanceof Error ? error.stack : error), { status: 500 })
    }
  },
}
