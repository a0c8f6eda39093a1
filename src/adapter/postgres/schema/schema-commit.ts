import { countedColumns, noNumber, type PartName, partNames, parts } from '../row/change-set-part.ts'

/*
 * The function that writes a draft, part by part. In it `n` and `t` are the numbers and texts that came, `k` is how many rows
 * the part has, and `p` and `q` are where it begins in the two. What is a row alone is written without a list of one being made
 * a table of, since a lone caller feels that.
 */

/** Where a part begins in the numbers and in the texts: at what two variables say, or at places that are known. */
interface Start {
  readonly p: string | number
  readonly q: string | number
}
const somewhere: Start = { p: 'p', q: 'q' }

const plus = (start: string | number, more: number): string | number =>
  typeof start === 'number' ? start + more : `${start} + ${more}`

/** Where a column of the only row of a part is. */
function cell(part: PartName, column: string, { p, q }: Start): string {
  const number = numbersOf(part).indexOf(column)
  return number >= 0 ? `n[${plus(p, number)}]` : `t[${plus(q, textsOf(part).indexOf(column))}]`
}

/** All rows of a part, side by side, as something to select from. */
function rows(part: PartName, columns: readonly string[] = columnsOf(part)): string {
  const lists = columns.map((column) => {
    const number = numbersOf(part).indexOf(column)
    if (number >= 0) return `n[p + ${number} * k : p + ${number + 1} * k - 1]`
    const text = textsOf(part).indexOf(column)
    return `t[q + ${text} * k : q + ${text + 1} * k - 1]`
  })
  return `unnest(${lists.join(', ')}) c (${columns.join(', ')})`
}

const numbersOf = (part: PartName): readonly string[] => parts[part].numbers
const textsOf = (part: PartName): readonly string[] => parts[part].texts
const columnsOf = (part: PartName): readonly string[] => [...numbersOf(part), ...textsOf(part)]

/** Where it is said how many rows a part has. */
const countOf = (part: PartName): number => partNames.indexOf(part) + 1
const ofEach = (column: string): string => `c.${column}`
const orNull = (value: string): string => `nullif(${value}, ${noNumber})`

/** How a value is kept, where the table keeps it in another form than it travels in. */
function kept(part: PartName, column: string, value: string): string {
  if (column === 'is_open') return `${value} = 1`
  const isPerhaps =
    column === 'parent' ||
    column === 'cap_ends_at' ||
    (part === 'openedLots' && (column === 'period' || column === 'expires_at')) ||
    (part === 'openedHolds' && column === 'wallet')
  return isPerhaps ? orNull(value) : value
}

type Table = readonly [name: string, ...id: readonly string[]]

/** Sets the columns of the row that a part has, or of each of its rows. */
function setRows(part: PartName, [table, ...id]: Table, value: (column: string) => string, from = ''): string {
  const set = columnsOf(part)
    .filter((column) => !id.includes(column))
    .map((column) => `${column} = ${kept(part, column, value(column))}`)
  const same = id.map((column) => `a.${column} = ${value(column)}`)
  return `update {schema}.${table} a set ${set.join(', ')}${from} where ${same.join(' and ')}`
}

const setOne = (part: PartName, table: Table, start: Start): string =>
  setRows(part, table, (column) => cell(part, column, start))

/** Sets the columns of rows that must be there. */
function update(part: PartName, table: Table): string {
  return `
    if k = 1 then
      ${setOne(part, table, somewhere)};
    else
      ${setRows(part, table, ofEach, ` from ${rows(part)}`)};
    end if;
    get diagnostics done = row_count;
    if done <> k then raise exception 'a row is gone' using errcode = 'serialization_failure'; end if;`
}

function addOne(part: PartName, table: string, start: Start): string {
  const columns = columnsOf(part)
  const values = columns.map((column) => kept(part, column, cell(part, column, start)))
  return `insert into {schema}.${table} (${columns.join(', ')}) values (${values.join(', ')})`
}

function insert(part: PartName, table: string): string {
  const columns = columnsOf(part)
  return `
    if k = 1 then
      ${addOne(part, table, somewhere)};
    else
      insert into {schema}.${table} (${columns.join(', ')})
      select ${columns.map((column) => kept(part, column, ofEach(column))).join(', ')} from ${rows(part)};
    end if;`
}

/** Removes rows, if they are those that are meant: an id that somebody else took anew meanwhile is taken. */
function remove(part: PartName, table: string): string {
  const same = columnsOf(part).map((column) => `a.${column} = c.${column}`)
  return `
    delete from {schema}.${table} a using ${rows(part)} where ${same.join(' and ')};`
}

/** Raises when an id is there that the batch believes is not. */
function refuseTaken(table: string, column: string): string {
  return `
    if exists (select from {schema}.${table} a where a.${column} = any (t[q : q + k - 1])) then
      raise exception 'an id is taken' using errcode = 'serialization_failure';
    end if;`
}

/**
 * Of several wallets, which may be in another batch in another order, each is locked first, in the order they are given. A few
 * that are all written are locked by that, in the same order.
 */
const seen = `
    few := n[${countOf('wallets')}] = k and k <= 4;
    if not few then
      perform 1 from (
        select w.number from unnest(n[p : p + k - 1], n[p + k : p + 2 * k - 1]) with ordinality s (number, version, place)
        join {schema}.wallet w on w.number = s.number and w.version = s.version
        order by s.place for no key update of w) locked;
      get diagnostics done = row_count;
      if done <> k then return -1; end if;
    end if;`

/**
 * What came in is not what became of it. The columns keep amounts from being below zero; this is too dear for a check of theirs.
 * In this order no sum on the way is out of range, since what is owed, written off or drawn is never more than what it went to.
 */
const isOff = (value: (column: string) => string): string => {
  const terms = ['- spent', '+ drawn', '- reserved', '+ granted', '- available', '- expired', '- revoked']
  const rest = terms.map((term) => `${term.slice(0, 1)} ${value(term.slice(2))}`)
  return `${value('overdraft')} + ${value('written_off')} ${rest.join(' ')} <> 0`
}

/**
 * When something is due is only bounded from below: it is written when it would be too late, or has come. A wallet in use need
 * not be indexed anew with every write then.
 */
const dueAt = (value: (column: string) => string): string => {
  const due = value('due_at')
  return `case when w.due_at > ${value('at')} and (${due} = ${noNumber} or w.due_at <= ${due}) then w.due_at else ${orNull(due)} end`
}

const setWallet = (value: (column: string) => string): string => {
  const columns = numbersOf('wallets').filter((column) => column !== 'number')
  return columns
    .map((column) => `${column} = ${column === 'due_at' ? dueAt(value) : kept('wallets', column, value(column))}`)
    .join(', ')
}

/** The column of a row of the wallets, counted from zero. */
const inTurn = (column: string): string => `n[p + ${numbersOf('wallets').indexOf(column)} * k + i]`

const wallets = `
    if few then
      for i in 0 .. k - 1 loop
        if ${isOff(inTurn)} then
          raise exception 'wallet % does not add up', ${inTurn('number')} using errcode = 'check_violation';
        end if;
        update {schema}.wallet w set ${setWallet(inTurn)}
        where w.number = ${inTurn('number')} and w.version = ${inTurn('version')} - 1;
        if not found and i = 0 then return -1; end if;
        if not found then raise exception 'a wallet has changed' using errcode = 'serialization_failure'; end if;
      end loop;
    else
      if exists (select from ${rows('wallets', countedColumns)} where ${isOff(ofEach)}) then
        raise exception 'a wallet does not add up' using errcode = 'check_violation';
      end if;
      update {schema}.wallet w set ${setWallet(ofEach)} from ${rows('wallets')} where w.number = c.number;
      get diagnostics done = row_count;
      if done <> k then raise exception 'a wallet is gone' using errcode = 'serialization_failure'; end if;
    end if;`

/** The entries of one batch at one wallet are one row. */
function addSheet(sheet: Start, e: string | number, q: string | number): string {
  const list = (column: number): string => `n[${e} + ${column} * m : ${e} + ${column + 1} * m - 1]`
  return `insert into {schema}.sheet (wallet, last, at, movement, amount, lot, hold)
      values (${cell('sheets', 'wallet', sheet)}, ${cell('sheets', 'last', sheet)}, ${list(0)}, ${list(1)}::smallint[],
        ${list(2)}, ${list(3)}, t[${q} : ${q} + m - 1])`
}

/**
 * The entries of several wallets are cut out of all of them: lists are made of these once, since each cut out of a list copies
 * the whole of it.
 */
const sheets = `
    e := p + ${numbersOf('sheets').length} * k;
    m := n[${countOf('entries')}];
    if k = 1 then
      ${addSheet(somewhere, 'e', 'q')};
    else
      insert into {schema}.sheet (wallet, last, at, movement, amount, lot, hold)
      select c.wallet, c.last, a.at[c.begins : c.ends], a.movement[c.begins : c.ends], a.amount[c.begins : c.ends],
        a.lot[c.begins : c.ends], a.hold[c.begins : c.ends]
      from ${rows('sheets')}, (
        select n[e : e + m - 1] as at, n[e + m : e + 2 * m - 1]::smallint[] as movement, n[e + 2 * m : e + 3 * m - 1] as amount,
          n[e + 3 * m : e + 4 * m - 1] as lot, t[q : q + m - 1] as hold offset 0) a;
    end if;`

/** How each part is written. The entries are written with their sheets. */
const writing: Readonly<Record<PartName, string | undefined>> = {
  seen,
  wallets,
  terms: update('terms', ['wallet', 'number']),
  absentHolds: refuseTaken('hold', 'id'),
  absentKeys: refuseTaken('key', 'key'),
  openedLots: insert('openedLots', 'lot'),
  changedLots: update('changedLots', ['lot', 'wallet', 'ordinal']),
  goneHolds: remove('goneHolds', 'hold'),
  openedHolds: insert('openedHolds', 'hold'),
  endedHolds: update('endedHolds', ['hold', 'id']),
  changedHolds: update('changedHolds', ['hold', 'id']),
  below: remove('below', 'hold_above'),
  above: insert('above', 'hold_above'),
  goneKeys: remove('goneKeys', 'key'),
  keys: insert('keys', 'key'),
  sheets,
  entries: undefined,
}

function step(part: PartName): string {
  const [numbers, texts] = [numbersOf(part).length, textsOf(part).length]
  return `
  k := n[${countOf(part)}];
  if k > 0 then${writing[part]}
    p := p + ${numbers} * k;
    q := q + ${texts} * k;
  end if;`
}

/** What one call does to one wallet with one grant: a draft of one row of each of these parts, so that every place is known. */
function alone(...names: readonly PartName[]): string {
  const starts = new Map<PartName, Start>()
  let [p, q] = [partNames.length + 1, 1]
  for (const part of partNames) {
    if (!names.includes(part)) continue
    starts.set(part, { p, q })
    p += numbersOf(part).length
    q += textsOf(part).length
  }
  const at = (part: PartName): Start => starts.get(part) as Start
  const of = (column: string): string => cell('wallets', column, at('wallets'))
  const { p: e, q: f } = at('entries')
  const isAlone = partNames.map((part) => (part === 'entries' ? undefined : names.includes(part) ? 1 : 0)).slice(0, -1)
  const hold = names.includes('openedHolds')
    ? addOne('openedHolds', 'hold', at('openedHolds'))
    : setOne('endedHolds', ['hold', 'id'], at('endedHolds'))
  return `
  if n[1 : ${isAlone.length}] = '{${isAlone.join(',')}}' then
    m := n[${countOf('entries')}];
    if ${isOff(of)} then
      raise exception 'wallet % does not add up', ${of('number')} using errcode = 'check_violation';
    end if;
    update {schema}.wallet w set ${setWallet(of)} where w.number = ${of('number')} and w.version = ${of('version')} - 1;
    if not found then return -1; end if;
    ${setOne('changedLots', ['lot', 'wallet', 'ordinal'], at('changedLots'))};
    ${hold};
    if not found then raise exception 'a row is gone' using errcode = 'serialization_failure'; end if;
    ${addSheet(at('sheets'), e, f)};
    return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  end if;`
}

/**
 * Does all that a batch has decided, or nothing. Answers the time, or -1 when something was not as the batch believed; it
 * raises when it finds that out after it began to write, so that nothing is written then either. Wallets are locked in the
 * order they are given: the lowest levels first, the highest last. After the lock, each statement sees what is true.
 */
export const commit = (steady: string): string => `
create function {schema}.commit(n bigint[], t text[]) returns bigint language plpgsql
${steady}
as $$
declare
  k integer;
  p integer := ${partNames.length + 1};
  q integer := 1;
  e integer;
  m integer;
  done bigint;
  few boolean;
begin${alone('seen', 'wallets', 'changedLots', 'openedHolds', 'sheets', 'entries')}${alone('seen', 'wallets', 'changedLots', 'endedHolds', 'sheets', 'entries')}${partNames
  .filter((part) => writing[part] !== undefined)
  .map(step)
  .join('')}
  return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
end $$;
`
