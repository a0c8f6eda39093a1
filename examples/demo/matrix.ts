import type { Story } from './story.ts'

interface Matrix {
  readonly columns: readonly { readonly name: string }[]
  readonly rows: readonly {
    readonly principal: { readonly type: string; readonly id: string }
    readonly cells: readonly { readonly kind: string }[]
  }[]
}

/** How access is given, in a word. */
const words: Readonly<Record<string, string>> = { accessGroup: 'group', none: '-' }

/** Prints who may use what. */
export async function showMatrix({ page, admin, checks }: Story): Promise<void> {
  page.heading('9. Who may use what')
  const { columns, rows } = await admin.get<Matrix>('/matrix')
  const names = columns.map(({ name }) => name)
  page.table(
    ['', ...names],
    rows.map(({ principal, cells }) => [
      `${principal.type} ${principal.id}`,
      ...cells.map(({ kind }) => words[kind] ?? kind),
    ]),
  )
  page.say('plan: by the plan of the team, group: by an assigned group, -: no access. /api/matrix?format=svg draws it.')
  const administrator = rows.find(({ principal }) => principal.id === 'administrator')
  const hasNone = administrator?.cells.every(({ kind }) => kind === 'none') ?? false
  checks.check('an administrator may use no model by being one', hasNone)
}
