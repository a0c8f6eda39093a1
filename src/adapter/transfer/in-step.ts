/** Whoever took pages has left. */
class AbandonedError extends Error {
  override readonly name = 'Left'
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
  // Whether anybody waits for it or not, a gate that is shut is no failure of its own.
  opened.catch(() => undefined)
  return { opened, open, shut }
}

/**
 * The pages that a function puts out, each of which waits until the one before was taken: so the function may do all of its
 * work within something that is given back when it ends. Where nobody wants more, its next page is refused, and it ends.
 */
export async function* inStep<Page>(
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
