import { readFileSync } from 'node:fs'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import ts from 'typescript'
import { expect, test } from 'vitest'
import * as expressHost from '../../../../src/gateway/express/index.ts'
import * as fastifyHost from '../../../../src/gateway/fastify/index.ts'
import * as honoHost from '../../../../src/gateway/hono/index.ts'
import { chat, foundGuarded } from '../world.ts'
import { listen } from './hosts.ts'

test.each(['hono', 'fastify', 'express'])(
  'the example of `portcullis/%s` prints what its comment says',
  async (name) => {
    const source = readFileSync(new URL(`../../../../src/gateway/${name}/${name}-guard.ts`, import.meta.url), 'utf8')
    const example = /@example\n([\s\S]*?)\*\//.exec(source)?.[1]?.replace(/^ \* ?/gm, '') ?? ''
    const comments = [...example.matchAll(/\/\/ (.*)$/gm)].map(([, comment]) => comment)
    expect(comments).toHaveLength(1)

    const gateway = await foundGuarded()
    const lines: string[] = []
    const log = (...values: readonly unknown[]): void => void lines.push(values.map(String).join(' '))
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' }
    const scope = {
      ...honoHost,
      ...fastifyHost,
      ...expressHost,
      Hono,
      fastify,
      express,
      listen,
      guard: gateway.guard,
      callUpstream: gateway.attempt,
      chat: { method: 'POST', headers, body: JSON.stringify(chat('hello')) },
      console: { log },
    }
    const code = ts.transpile(`return (async () => {\n${example}\n})()`, { target: ts.ScriptTarget.ES2023 })
    await new Function(...Object.keys(scope), code)(...Object.values(scope))
    expect(lines).toEqual(comments)
  },
)
