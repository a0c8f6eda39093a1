/**
 * The schema of a policy log as a list of migrations, each a list of statements. A released migration never changes; a
 * change to the schema is a new migration at the end. `{schema}` stands for the quoted schema name. The statements use
 * no function, trigger, domain or lock, so that distributed engines with the dialect of PostgreSQL can run them.
 *
 * - `head`: one row, the version of the log. Every commit updates it, which orders the commits.
 * - `event`: the events. `commit_end` is the version after the commit of the event. `at`, `actor_type` and `actor_id`
 *   are copies of fields of `body` for the indexes; the `actor_id` of an actor without an id is empty.
 * - `event_subject`: the things that each event concerns.
 * - `command`: the commits that had a command id.
 * - `snapshot` and `snapshot_part`: `parts` and `size` are the number of parts and of their characters.
 * - `cursor`: bookmarks in the log.
 */
export const policyMigrations: readonly (readonly string[])[] = [
  [
    `create table {schema}.head (
      is_only boolean primary key default true check (is_only),
      log uuid not null,
      base bigint not null,
      version bigint not null,
      check (base >= 0 and base <= version)
    )`,
    `create table {schema}.event (
      version bigint primary key,
      commit_end bigint not null,
      schema bigint not null,
      at bigint not null,
      actor_type text not null,
      actor_id text not null,
      command text,
      checksum text not null,
      body text not null
    )`,
    'create index event_at on {schema}.event (at)',
    'create index event_actor on {schema}.event (actor_type, actor_id, version)',
    `create table {schema}.event_subject (
      type text not null,
      id text not null,
      version bigint not null,
      primary key (type, id, version)
    )`,
    `create table {schema}.command (
      id text primary key,
      after bigint not null,
      version bigint not null,
      digest text not null
    )`,
    `create table {schema}.snapshot (
      version bigint primary key,
      schema bigint not null,
      parts bigint not null,
      size bigint not null
    )`,
    `create table {schema}.snapshot_part (
      version bigint not null,
      part bigint not null,
      checksum text not null,
      body text not null,
      primary key (version, part)
    )`,
    'create table {schema}.cursor (name text primary key, version bigint not null)',
  ],
]
