/** The error that `put` throws to end the producer after the consumer has stopped reading. */
class AbandonedError extends Error {
  override readonly name = 'AbandonedError'
}

interface Gate<T> {
  readonly opened: Promise<T>
  readonly open: (value: T) => void
  readonly shut: (error: unknown) => void
}

function gate<T>(): Gate<T> {
  let open: (value: T) => void = () => undefined
  let shut: (error: unknown) => void = () => undefined
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve
    shut = reject
  })
  // A rejected gate that no caller awaits must not be reported as an unhandled rejection.
  opened.catch(() => undefined)
  return { opened, open, shut }
}

/**
 * Converts a callback-style producer to an async generator of pages. The producer calls `put` for each page, and each
 * `put` waits for the consumer, so the producer can hold a transaction open. When the consumer stops, the pending or
 * next `put` throws, which ends the producer.
 */
export async function* pullPages<Page>(
  run: (put: (page: Page) => Promise<void>) => Promise<void>,
): AsyncGenerator<Page, undefined> {
  let ready = gate<Page | undefined>()
  let wanted = gate<void>()
  let isLeft = false
  const running = run(async (page) => {
    if (isLeft) throw new AbandonedError()
    ready.open(page)
    await wanted.opened
  }).then(
    () => ready.open(undefined),
    (error: unknown) => ready.shut(error),
  )
  try {
    for (let page = await ready.opened; page !== undefined; page = await ready.opened) {
      yield page
      ready = gate()
      const before = wanted
      wanted = gate()
      before.open()
    }
  } finally {
    isLeft = true
    wanted.shut(new AbandonedError())
    await running
  }
}
