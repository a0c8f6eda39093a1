/**
 * Restores a state from its snapshot and from its events. Both restored states make the same decisions as the original
 * state.
 */
import {
  apply,
  authorize,
  type Command,
  type Event,
  emptyState,
  fromSnapshot,
  replay,
  type State,
  toSnapshot,
} from 'portcullis'

const noon = Date.parse('2024-10-14T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const ann = { type: 'user', id: 'ann' } as const
const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'anthropic', models: ['claude-3-haiku-20240307'] },
  { ...heading, type: 'CreateUser', user: 'ann' },
  { ...heading, type: 'GrantRole', principal: ann, providerAccount: 'anthropic', role: 'user' },
]

let state: State = emptyState
const events: Event[] = []
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
  events.push(...applied.events)
}

function show(name: string, shown: State): void {
  const request = { type: 'use', who: ann, model: 'anthropic/claude-3-haiku-20240307', at: noon } as const
  console.log(`${name}: version ${shown.version}, ${authorize(request, shown).effect}`)
}
show('original', state)

const text = JSON.stringify(toSnapshot(state))
const restored = fromSnapshot(JSON.parse(text))
if (restored.ok) show('from its snapshot', restored.state)
show('from its events', replay(JSON.parse(JSON.stringify(events))))

// Restoring is strict: an invalid snapshot is rejected as a whole, with the path of each fault.
for (const edit of [
  { from: '"providerAccount":"anthropic"', to: '"providerAccount":"antropic"' },
  { from: '"schema":1', to: '"schema":2' },
]) {
  const edited = fromSnapshot(JSON.parse(text.replace(edit.from, edit.to)))
  if (!edited.ok)
    for (const { code, path, message } of edited.faults) console.log(`${code} at ${path.join('.')}: ${message}`)
}
