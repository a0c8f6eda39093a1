import { type ChildProcess, spawn } from 'node:child_process'
import { buildSync } from 'esbuild'

/** One running gateway of the fleet. */
export interface Member {
  readonly name: string
  readonly child: ChildProcess
  readonly ended: Promise<void>
  /** The lines that it printed. */
  readonly lines: Record<string, unknown>[]
}

let bundle: string | undefined

function bundleWorker(): string {
  const outfile = 'node_modules/.cache/portcullis/proof-engine-worker.mjs'
  const entryPoints = ['test/proof/engine-worker.ts']
  const format = 'esm'
  buildSync({ entryPoints, bundle: true, packages: 'external', platform: 'node', target: 'es2023', format, outfile })
  return outfile
}

/** Starts a gateway process. `skew` is added to its clock, in milliseconds. */
export function startMember(url: string, file: string, name: string, skew: number): Member {
  bundle ??= bundleWorker()
  const child = spawn(process.execPath, [bundle, url, file, name, String(skew)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: Record<string, unknown>[] = []
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>)
  })
  child.stdin?.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve())
  })
  return { name, child, ended, lines }
}

/** Waits until a member has printed a line with a field, for at most a minute. */
export async function lineWith(member: Member, field: string): Promise<Record<string, unknown> | undefined> {
  const end = performance.now() + 60_000
  for (;;) {
    const found = member.lines.find((line) => field in line)
    if (found !== undefined || performance.now() > end || member.child.exitCode !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The times in milliseconds from the result of each commit until each other process had its version. */
export function delaysOf(members: readonly Member[]): readonly number[] {
  const commits = members.flatMap(({ name, lines }) =>
    lines
      .filter((line) => 'committed' in line)
      .map((line) => ({ name, version: line['committed'] as number, at: line['at'] as number })),
  )
  return members.flatMap((member) => {
    const seen = member.lines.filter((line) => 'seen' in line) as unknown as readonly { seen: number; at: number }[]
    const [first] = seen
    return commits.flatMap(({ name, version, at }) => {
      if (name === member.name || first === undefined || version <= first.seen) return []
      const sighting = seen.find((each) => each.seen >= version)
      return sighting === undefined ? [] : [Math.max(0, sighting.at - at)]
    })
  })
}
