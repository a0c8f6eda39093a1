import * as z from 'zod'
import { Name } from '../policy/request/request.ts'
import { lazy } from './lazy.ts'

/** The schema of a principal in a query. Accepts any name as the id, because an unknown id has a fault of its own. */
export const PrincipalReference = /* @__PURE__ */ lazy(() =>
  z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Name }),
)
