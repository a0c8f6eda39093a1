// The program that Node.js, Bun and Deno run.

import { readFileSync } from 'node:fs'
import { compare } from './compare.ts'

console.log(JSON.stringify(await compare(readFileSync('recorded.json', 'utf8'))))
