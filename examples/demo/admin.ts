/** The administration API as the owner of a token sees it. */
export class Admin {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = `${url}/api`
    this.#token = token
  }

  get<T>(path: string): Promise<T> {
    return this.#send('GET', path)
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#send('POST', path, body)
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#send('PUT', path, body)
  }

  /** @throws {AdminError} when the API refuses the request */
  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as T & {
      readonly error: { readonly code: string; readonly message: string }
    }
    if (response.ok) return answer
    throw new AdminError(`${method} ${path}`, response.status, answer.error.code, answer.error.message)
  }
}

/** A request that the administration API refused. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly status: number
  readonly code: string

  constructor(request: string, status: number, code: string, message: string) {
    super(`${request}: ${status} ${code}: ${message}`)
    this.status = status
    this.code = code
  }
}
