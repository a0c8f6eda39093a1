import type pg from 'pg'
import type { LedgerCycle } from '../../src/testing/conformance/ledger/ledger-speed.ts'

/**
 * A ledger without the library: a wallet, a hold and an entry for each call, in one transaction of one statement, which is the
 * fastest form of a transaction. It has no grants, levels, caps or idempotency.
 */
export const naiveSchema = `
drop schema if exists naive cascade;
create schema naive;
create table naive.wallet (id bigint primary key, available bigint not null check (available >= 0), reserved bigint not null, spent bigint not null) with (fillfactor = 50);
create table naive.hold (id text primary key, wallet bigint not null, amount bigint not null, state text not null, expires_at timestamptz not null);
create table naive.entry (number bigint generated always as identity primary key, wallet bigint not null, hold text not null, type text not null, amount bigint not null, at timestamptz not null default now());
insert into naive.wallet values (1, 4000000000000000000, 0, 0);
create function naive.reserve(h text, w bigint, a bigint) returns boolean language plpgsql as $$
begin
  update naive.wallet set available = available - a, reserved = reserved + a where id = w and available >= a;
  if not found then return false; end if;
  insert into naive.hold values (h, w, a, 'held', now() + interval '1 minute');
  insert into naive.entry (wallet, hold, type, amount) values (w, h, 'reserved', a);
  return true;
end $$;
create function naive.settle(h text, c bigint) returns boolean language plpgsql as $$
declare
  held naive.hold;
begin
  update naive.hold set state = 'settled' where id = h and state = 'held' returning * into held;
  if not found then return false; end if;
  update naive.wallet set available = available + held.amount - c, reserved = reserved - held.amount, spent = spent + c where id = held.wallet;
  insert into naive.entry (wallet, hold, type, amount) values (held.wallet, h, 'settled', c), (held.wallet, h, 'returned', held.amount - c);
  return true;
end $$;
`

/** Each call is one transaction of one statement. */
export function naiveCycle(pool: pg.Pool): LedgerCycle {
  return {
    reserve: async (hold) => {
      const text = 'select naive.reserve($1, $2, $3) as ok'
      const { rows } = await pool.query({ name: 'naive_reserve', text, values: [hold, '1', '100'] })
      if (rows[0]?.ok !== true) throw new Error('a reservation was refused')
    },
    settle: async (hold) => {
      const text = 'select naive.settle($1, $2) as ok'
      const { rows } = await pool.query({ name: 'naive_settle', text, values: [hold, '60'] })
      if (rows[0]?.ok !== true) throw new Error('a settlement was refused')
    },
  }
}

/** Each call is one transaction of several round trips: begin, lock, read, write, commit. */
export function stepwiseCycle(pool: pg.Pool): LedgerCycle {
  const inTransaction = async (run: (client: pg.PoolClient) => Promise<void>): Promise<void> => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await run(client)
      await client.query('commit')
    } finally {
      client.release()
    }
  }
  return {
    reserve: (hold) =>
      inTransaction(async (client) => {
        const { rows } = await client.query('select available from naive.wallet where id = 1 for update')
        if (BigInt(rows[0].available) < 100n) throw new Error('a reservation was refused')
        await client.query(
          'update naive.wallet set available = available - 100, reserved = reserved + 100 where id = 1',
        )
        await client.query("insert into naive.hold values ($1, 1, 100, 'held', now() + interval '1 minute')", [hold])
        await client.query("insert into naive.entry (wallet, hold, type, amount) values (1, $1, 'reserved', 100)", [
          hold,
        ])
      }),
    settle: (hold) =>
      inTransaction(async (client) => {
        await client.query('select 1 from naive.wallet where id = 1 for update')
        const { rowCount } = await client.query(
          "update naive.hold set state = 'settled' where id = $1 and state = 'held'",
          [hold],
        )
        if (rowCount !== 1) throw new Error('a settlement was refused')
        await client.query(
          'update naive.wallet set available = available + 40, reserved = reserved - 100, spent = spent + 60 where id = 1',
        )
        await client.query(
          "insert into naive.entry (wallet, hold, type, amount) values (1, $1, 'settled', 60), (1, $1, 'returned', 40)",
          [hold],
        )
      }),
  }
}
