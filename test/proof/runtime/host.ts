import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startWorkerd } from '../../law/gateway/workerd.ts'
import { buildProgram, filesOf } from './build-program.ts'
import { run } from './install.ts'

/** The maximum number of milliseconds that a runtime may take. */
const timeout = 300_000

/** Runs the program as a process of Node.js, Bun or Deno, which finds the package in `node_modules`. Returns its output. */
export async function runProcess(project: string, binary: string, parameters: readonly string[]): Promise<string> {
  const program = await buildProgram(project, 'program-process')
  return run(binary, [...parameters, program], project)
}

/** Runs the program in workerd without compatibility flags. Each file of the package is a module. Returns its answer. */
export async function runWorkerd(project: string): Promise<string> {
  const program = await buildProgram(
    project,
    'program-worker',
    filesOf(project, ['workerd', 'worker', 'browser', 'import']),
  )
  const folder = 'node_modules/portcullis/dist/portable'
  const files = readdirSync(join(project, folder)).filter((file) => file.endsWith('.js'))
  const modules = [program, ...files.map((file) => `${folder}/${file}`)]
  const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${modules.map((path) => `(name = "${path}", esModule = embed "${path}")`).join(', ')}],
    compatibilityDate = "2026-07-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`
  writeFileSync(join(project, 'config.capnp'), config)
  const workerd = await startWorkerd(join(project, 'config.capnp'))
  try {
    const body = readFileSync(join(project, 'recorded.json'))
    const response = await fetch(workerd.url, { method: 'POST', body, signal: AbortSignal.timeout(timeout) })
    return await response.text()
  } finally {
    await workerd.stop()
  }
}

/**
 * Runs the program in a page of headless Chromium: native modules, which find the files of the package by an import map.
 * Returns what the page posts.
 */
export async function runChromium(project: string, binary: string): Promise<string> {
  const program = await buildProgram(project, 'program-page')
  const map = JSON.stringify({ imports: filesOf(project, ['browser', 'import']) })
  const page = `<!doctype html><script type="importmap">${map}</script><script type="module" src="/${program}"></script>`
  const server = createServer()
  const result = new Promise<string>((resolve) => {
    server.on('request', async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (request.method === 'POST') resolve(await text(request))
      const type = /js$/.test(pathname) ? 'text/javascript' : 'text/html'
      response.setHeader('content-type', `${type}; charset=utf-8`)
      if (pathname === '/favicon.ico' || request.method === 'POST') response.end()
      else response.end(pathname === '/' ? page : readFileSync(join(project, pathname)))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const profile = `--user-data-dir=${join(project, 'profile')}`
  // Without a sandbox, since root has none: the only page is ours.
  const browser = spawn(binary, ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', profile, url], {
    stdio: 'ignore',
  })
  const ended = once(browser, 'exit')
  try {
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error('the page posted no result')), timeout).unref()
      ended.then(() => reject(new Error('the browser ended')), reject)
    })
    return await Promise.race([result, late])
  } finally {
    if (browser.kill()) await ended
    server.closeAllConnections()
    server.close()
  }
}
