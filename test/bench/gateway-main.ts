import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { type GuardedProxy, startGuardedProxy, startProxy, startUpstream } from './gateway-servers.ts'
import { median } from './measure.ts'

/*
 * `npm run bench:gateway` measures a proxy with the guard against the same proxy without it, each in a process of its own,
 * in turns. `-- --quick` only checks that it runs.
 */
const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 1 : 9
const seconds = isQuick ? 1 : 4
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** A proxy as the clients reach it. */
interface Target {
  readonly url: string
  readonly token: string
}

const body = {
  model: 'fast',
  max_completion_tokens: 200,
  messages: [
    { role: 'system', content: 'You answer briefly.' },
    { role: 'user', content: 'What is a portcullis, and why do castles have one? '.repeat(3) },
  ],
}

const headersFor = ({ token }: Target) => ({
  'content-type': 'application/json',
  authorization: `Bearer ${token}`,
})

/** Requests a second and the 99th percentile of the latency in milliseconds. */
async function load(target: Target, duration: number): Promise<{ readonly rate: number; readonly p99: number }> {
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    headers: headersFor(target),
    body: JSON.stringify(body),
    connections: 16,
    duration,
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
  return { rate: result.requests.total / result.duration, p99: result.latency.p99 }
}

/** The time in milliseconds from the request to the first byte of a stream. */
function firstByte(target: Target): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const sent = request(target.url, { method: 'POST', headers: headersFor(target) }, (response) => {
      response.once('data', () => {
        const milliseconds = performance.now() - startedAt
        response.on('end', () => resolve(milliseconds))
      })
    })
    sent.on('error', reject)
    sent.end(JSON.stringify({ ...body, stream: true }))
  })
}

async function compare(plain: Target, guarded: Target): Promise<void> {
  const rates: number[] = []
  const tails: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    const order = round % 2 === 0 ? [plain, guarded] : [guarded, plain]
    const results = new Map<Target, Awaited<ReturnType<typeof load>>>()
    for (const target of order) results.set(target, await load(target, seconds))
    const [without, within] = [results.get(plain), results.get(guarded)]
    if (without === undefined || within === undefined || round < 0) continue
    rates.push(within.rate / without.rate)
    tails.push(within.p99 / without.p99)
    print(
      `round ${round + 1}: ${without.rate.toFixed(0)} without, ${within.rate.toFixed(0)} requests a second with the guard`,
    )
  }
  print(`requests a second, with the guard : without   ${median(rates).toFixed(2)} : 1 (at least 0.9)`)
  print(`99th percentile, with the guard : without   ${median(tails).toFixed(2)} : 1`)
  const delays: number[] = []
  for (let i = 0; i < (isQuick ? 20 : 1_000); i += 1) delays.push((await firstByte(guarded)) - (await firstByte(plain)))
  print(`first byte of a stream, delayed by the guard   ${median(delays.slice(10)).toFixed(2)} ms (at most 1)`)
}

/** Starts a server in a process of its own, and returns what it reports. */
async function start<T>(children: ChildProcess[], role: string, upstream = 0): Promise<T> {
  const child = fork(fileURLToPath(import.meta.url), [role, String(upstream)])
  children.push(child)
  const [message] = (await once(child, 'message')) as [T]
  return message
}

async function main(): Promise<void> {
  const children: ChildProcess[] = []
  try {
    const upstream = await start<number>(children, 'upstream')
    const plain = await start<number>(children, 'plain', upstream)
    const guarded = await start<GuardedProxy>(children, 'guarded', upstream)
    const urlOf = (port: number) => `http://127.0.0.1:${port}/v1/chat/completions`
    await compare({ url: urlOf(plain), token: guarded.token }, { url: urlOf(guarded.port), token: guarded.token })
  } finally {
    for (const child of children) child.kill()
  }
}

const roles: Readonly<Record<string, (upstream: number) => Promise<unknown>>> = {
  upstream: () => startUpstream(),
  plain: startProxy,
  guarded: startGuardedProxy,
}

const role = roles[process.argv[2] ?? '']
if (role === undefined) await main()
else process.send?.(await role(Number(process.argv[3])))
