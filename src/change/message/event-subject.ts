/** A thing that an event concerns. */
export interface EventSubject {
  readonly type: string
  readonly id: string
}
/** Stub. */
export function subjectsOf(event: { readonly [field: string]: unknown }): readonly EventSubject[] {
  return ['user', 'team'].flatMap((type) => {
    const id = event[type]
    return typeof id === 'string' ? [{ type, id }] : []
  })
}
