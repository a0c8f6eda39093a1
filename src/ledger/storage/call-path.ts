import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { CallDetails } from '../../port/ledger-result.ts'
import { isSameTags } from '../same.ts'
import { copyWallet } from '../wallet-level.ts'
import type { Account } from './account.ts'
import { WalletMap } from './wallet-map.ts'

/** The maximum number of calls that a path keeps to share their details with later equal calls. */
const recentLimit = 8

/** The levels that calls request, with the accounts at which these calls are booked. */
export class CallPath {
  readonly levels: readonly WalletLevel[]
  /** The cached accounts. Valid while `pathVersion` and `opened` equal those of the books. */
  accounts: readonly Account[] = []
  pathVersion = -1
  opened = -1
  #recent: CallDetails[] = []

  constructor(levels: readonly WalletLevel[]) {
    this.levels = levels
  }

  /** Returns the details of a call on this path. Equal calls share one object, unless many others are in between. */
  detailsOf(tags: readonly string[] | undefined, note: string | undefined): CallDetails {
    for (const one of this.#recent) if (one.note === note && isSameTags(one.tags, tags)) return one
    const { levels: path } = this
    const details: CallDetails = Object.freeze({
      path,
      ...(tags === undefined ? {} : { tags }),
      ...(note === undefined ? {} : { note }),
    })
    this.#recent = this.#recent.length < recentLimit ? [...this.#recent, details] : [details]
    return details
  }
}

interface Step {
  readonly level: WalletLevel
  readonly next: WalletMap<Step>
  path: CallPath | undefined
}

/** All paths that calls have requested, as a tree of levels. Equal paths share one object. */
export class CallPaths {
  readonly #first = new WalletMap<Step>()

  of(levels: readonly WalletLevel[]): CallPath {
    const steps: Step[] = []
    let next = this.#first
    for (const wallet of levels) {
      let step = next.get(wallet)
      if (step === undefined) {
        step = { level: copyWallet(wallet), next: new WalletMap(), path: undefined }
        next.set(step.level, step)
      }
      steps.push(step)
      next = step.next
    }
    const last = steps.at(-1)
    if (last === undefined) return new CallPath([])
    last.path ??= new CallPath(Object.freeze(steps.map(({ level }) => level)))
    return last.path
  }
}
