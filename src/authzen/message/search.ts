import * as z from 'zod'
import { Action, Entity, Properties, Wanted } from './entity.ts'

/** Which part of the results a search wants. */
const Page = z.object({
  token: z.string().optional(),
  limit: z.int().min(0).optional(),
  properties: Properties.optional(),
})
export type PageBody = z.infer<typeof Page>

const rest = { context: Properties.optional(), page: Page.optional() }

/** Splits the body of a search into the page and what is searched for. */
function splitPage<Body extends { readonly page?: PageBody | undefined }>({ page, ...search }: Body) {
  return { page, search }
}

/** The bodies of the search endpoints. The id of what is searched for, and the action of an action search, are ignored. */
export const SubjectSearch = z
  .object({ subject: Wanted, action: Action, resource: Entity, ...rest })
  .transform(splitPage)
export const ResourceSearch = z
  .object({ subject: Entity, action: Action, resource: Wanted, ...rest })
  .transform(splitPage)
export const ActionSearch = z.object({ subject: Entity, resource: Entity, ...rest }).transform(splitPage)
