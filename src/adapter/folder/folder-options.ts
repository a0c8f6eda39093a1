/** The options of `openFolderRepository`. */
export interface FolderRepositoryOptions {
  /**
   * Whether to create a missing folder, and a repository in an empty folder. Set it to `false` to find out that a volume is
   * not mounted. Default: `true`.
   */
  readonly create?: boolean
}

/** The options of `openFolderJournal`. */
export interface FolderJournalOptions {
  /**
   * Whether to create a missing folder, and a journal in an empty folder. Set it to `false` to find out that a volume is not
   * mounted, or that a path is wrong. Default: `true`.
   */
  readonly create?: boolean
}

/**
 * Checks the arguments of `openFolderRepository` or `openFolderJournal`, and applies the defaults.
 * @throws {TypeError} when the path or an option has another shape, or an option is unknown
 */
export function checkOptions(path: unknown, options: unknown): { readonly create: boolean } {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError('`path` must be the path of a folder')
  }
  if (typeof options !== 'object' || options === null) throw new TypeError('`options` must be an object')
  const { create = true, ...unknown } = options as { readonly create?: unknown }
  const [other] = Object.keys(unknown)
  if (other !== undefined) throw new TypeError(`\`${other}\` is not an option; the option is \`create\``)
  if (typeof create !== 'boolean') throw new TypeError('`create` must be a boolean')
  return { create }
}
