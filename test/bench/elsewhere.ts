import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a part of the benchmark in a process of its own, with a heap of its own, and returns its result. The process gets
 * the arguments of this one, then `--part` and the given ones.
 */
export function runElsewhere<Result>(part: string, name: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--part', part, name], {
      execArgv: process.execArgv,
      serialization: 'advanced',
    })
    child.once('message', (result) => resolve(result as Result))
    child.once('error', reject)
    child.once('exit', (code) => code !== 0 && reject(new Error(`part ${part} ${name} ended with exit code ${code}`)))
  })
}

/** The part that this process is to run, and the name of its size; `undefined` for the process that was started first. */
export function partOfThisProcess(): { readonly part: string; readonly name: string } | undefined {
  const at = process.argv.lastIndexOf('--part')
  const [part, name] = at < 0 ? [] : process.argv.slice(at + 1)
  return part === undefined || name === undefined ? undefined : { part, name }
}
