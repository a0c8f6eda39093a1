import { countedColumns, noNumber, type PartName, partNames, parts } from './draft-part.ts'

/*
 * The function that writes a draft, part by part. In it `n` and `t` are the numbers and texts that came, `k` is how many rows
 * the part has, and `p` and `q` are where it begins in the two. What is a row alone is written without a list of one being made
 * a table of, since a lone caller feels that.
 */

/** Where a column of the only row of a part is. */
function cell(part: PartName, column: string): string {
  const number = numbersOf(part).indexOf(column)
  return number >= 0 ? `n[p + ${number}]` : `t[q + ${textsOf(part).indexOf(column)}]`
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

/** Sets the columns of rows that must be there. */
function update(part: PartName, [table, ...id]: Table): string {
  const changing = columnsOf(part).filter((column) => !id.includes(column))
  const set = (value: (column: string) => string): string =>
    changing.map((column) => `${column} = ${kept(part, column, value(column))}`).join(', ')
  const where = (value: (column: string) => string): string =>
    id.map((column) => `a.${column} = ${value(column)}`).join(' and ')
  const one = (column: string): string => cell(part, column)
  const each = (column: string): string => `c.${column}`
  return `
    if k = 1 then
      update {schema}.${table} a set ${set(one)} where ${where(one)};
    else
      update {schema}.${table} a set ${set(each)} from ${rows(part)} where ${where(each)};
    end if;
    get diagnostics done = row_count;
    if done <> k then raise exception 'a row is gone' using errcode = 'serialization_failure'; end if;`
}

function insert(part: PartName, table: string): string {
  const columns = columnsOf(part)
  const into = `insert into {schema}.${table} (${columns.join(', ')})`
  return `
    if k = 1 then
      ${into} values (${columns.map((column) => kept(part, column, cell(part, column))).join(', ')});
    else
      ${into} select ${columns.map((column) => kept(part, column, `c.${column}`)).join(', ')} from ${rows(part)};
    end if;`
}

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
    few := n[${partNames.indexOf('wallets') + 1}] = k and k <= 4;
    if not few then
      perform 1 from (
        select w.number from unnest(n[p : p + k - 1], n[p + k : p + 2 * k - 1]) with ordinality s (number, version, place)
        join {schema}.wallet w on w.number = s.number and w.version = s.version
        order by s.place for no key update of w) locked;
      get diagnostics done = row_count;
      if done <> k then return -1; end if;
    end if;`

const total = (columns: readonly string[], value: (column: string) => string): string =>
  columns.map((column) => `${value(column)}::numeric`).join(' + ')

/** What came in is what became of it. The columns keep amounts from being below zero; this is too dear for a check of theirs. */
const isOff = (value: (column: string) => string): string =>
  `${total(countedColumns.slice(0, 4), value)} <> ${total(countedColumns.slice(4), value)}`

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
const ofEach = (column: string): string => `c.${column}`

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

/** The entries of one batch at one wallet are one row, cut out of all its entries. */
const sheets = `
    e := p + ${numbersOf('sheets').length} * k;
    m := n[${partNames.indexOf('entries') + 1}];
    if k = 1 then
      insert into {schema}.sheet (wallet, last, at, movement, amount, lot, hold)
      values (n[p], n[p + 1], n[e : e + m - 1], n[e + m : e + 2 * m - 1]::smallint[], n[e + 2 * m : e + 3 * m - 1],
        n[e + 3 * m : e + 4 * m - 1], t[q : q + m - 1]);
    else
      insert into {schema}.sheet (wallet, last, at, movement, amount, lot, hold)
      select c.wallet, c.last, n[e + c.begins : e + c.ends], n[e + m + c.begins : e + m + c.ends]::smallint[],
        n[e + 2 * m + c.begins : e + 2 * m + c.ends], n[e + 3 * m + c.begins : e + 3 * m + c.ends],
        t[q + c.begins : q + c.ends]
      from ${rows('sheets')};
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
  changedHolds: update('changedHolds', ['hold', 'id']),
  below: remove('below', 'hold_above'),
  above: insert('above', 'hold_above'),
  goneKeys: remove('goneKeys', 'key'),
  keys: insert('keys', 'key'),
  sheets,
  entries: undefined,
}

function step(part: PartName, place: number): string {
  const [numbers, texts] = [numbersOf(part).length, textsOf(part).length]
  return `
  k := n[${place + 1}];
  if k > 0 then${writing[part]}
    p := p + ${numbers} * k;
    q := q + ${texts} * k;
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
begin${partNames
  .filter((part) => writing[part] !== undefined)
  .map(step)
  .join('')}
  return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
end $$;
`
