// A gateway, its provider and its clients on this machine: everything is created over HTTP, used over HTTP and explained.

import { startGateway } from '../gateway.ts'
import { Admin } from './admin.ts'
import { showAllowed } from './allowed.ts'
import { showApproval } from './approval.ts'
import { showBill } from './bill.ts'
import { showCredits } from './credits.ts'
import { showDenied } from './denied.ts'
import { showLeak } from './leak.ts'
import { showMatrix } from './matrix.ts'
import { Page } from './page.ts'
import { setUp } from './setup.ts'
import { Checks } from './story.ts'
import { showUpgrade } from './upgrade.ts'
import { startUpstream } from './upstream.ts'

/** The models of each group, and who has the group after the setup. */
const offer = [
  ['fast, claude', 'starter-models', 'the plan of team acme-prod, and team acme-dev'],
  ['smart', 'pro-models', '-'],
  ['expert', 'expert-models', '-'],
]

const page = new Page()
page.title('Portcullis: a gateway on this machine, from its founding to the bill')

const upstream = await startUpstream()
const gateway = await startGateway({
  port: 0,
  folder: '',
  providers: { openai: upstream.url, anthropic: upstream.url },
})
page.heading('1. The setup')
page.say(`The gateway listens at ${gateway.url}, and its provider at ${upstream.url}.`)
page.say(`Its founding returned the token of the first administrator, once: ${gateway.token?.slice(0, 7)}…`)
const admin = new Admin(gateway.url, gateway.token ?? '')
const keys = await setUp(admin)
page.say(
  'With it, the operator has created over /api, in 20 requests: two provider accounts, a plan, an organization with two teams, two users, their tokens, and groups of models.',
)
page.table(['models', 'group', 'who has it'], offer)
page.say(
  'The plan gives acme-prod 10 credits, and acme-dev has 100. ann is in acme-dev, and olga runs the organization.',
)

const story = { page, url: gateway.url, admin, keys, checks: new Checks() }
await showAllowed(story)
await showDenied(story)
await showCredits(story)
await showUpgrade(story)
await showApproval(story)
await showLeak(story)
await showBill(story, upstream.answers)
await showMatrix(story)

await gateway.close()
await upstream.close()
page.heading('10. Checks')
story.checks.print(page)
process.exitCode = story.checks.isKept ? 0 : 1
