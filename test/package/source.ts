import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The folder with package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A parsed TypeScript file of `src`. */
export interface Source {
  /** Relative to `src`, with slashes: `policy/authorize.ts`. */
  readonly path: string
  /** The first folder of the path, or the name of an entry file: `policy`, `index.ts`. */
  readonly chapter: string
  readonly text: string
  /** The text with comments replaced by spaces; strings and line breaks are kept. */
  readonly code: string
  /** Whether the file uses the type `any`. */
  readonly usesAny: boolean
  /** Every imported, re-exported or required specifier, of types and values, as written. */
  readonly imports: readonly string[]
}

/** Every TypeScript file under `src`. */
export function readSources(): readonly Source[] {
  const src = join(root, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readSource(relative('.', path).split(sep).join('/'), readFileSync(join(src, path), 'utf8')))
}

/** Parses one file for the tidy tests. */
export function readSource(path: string, text: string): Source {
  const chapter = path.split('/')[0] ?? path
  const tokens = tokensOf(text)
  return {
    path,
    chapter,
    text,
    code: withoutComments(text, tokens),
    usesAny: tokens.some((token) => token.kind === ts.SyntaxKind.AnyKeyword),
    imports: importsOf(text),
  }
}

/** The sources that the source maps of the built files with an extension name. */
export function sourcesOf(folder: string, extension: string): readonly string[] {
  const maps = readdirSync(join(root, folder)).filter((file) => file.endsWith(`${extension}.map`))
  return maps.flatMap((file) => {
    const map = JSON.parse(readFileSync(join(root, folder, file), 'utf8')) as { readonly sources: readonly string[] }
    return map.sources
  })
}

/** The module specifiers in TypeScript or JavaScript code. */
export function importsOf(text: string): readonly string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName)
}

/** The package of a specifier: `zod` for `zod/v4`, `@scope/name` for `@scope/name/part`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Works on tokens, because a `//` in a string, template or regular expression is not a comment. */
function withoutComments(text: string, tokens: readonly ts.Node[]): string {
  let code = ''
  for (const token of tokens) {
    code += text.slice(code.length, token.getStart()).replace(/\S/g, ' ')
    code += token.getText()
  }
  return code
}

function tokensOf(text: string): readonly ts.Node[] {
  const leaves = (node: ts.Node): readonly ts.Node[] => {
    const children = node.getChildren().filter((child) => !ts.isJSDoc(child))
    return children.length === 0 ? [node] : children.flatMap(leaves)
  }
  return leaves(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true))
}
