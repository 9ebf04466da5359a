import { Column, fillPlaceholders, is, SQL, type Query } from 'drizzle-orm';
import type { PgSelectBuilder, SelectedFieldsFlat } from 'drizzle-orm/pg-core';
import type { Database } from './client.ts';

type Answer = PromiseLike<readonly object[]> & { toSQL: () => Query };
type Rows<Q> = Q extends PromiseLike<readonly (infer Row)[]> ? Row[] : never;
type Decode = (value: unknown) => unknown;

interface Compiled {
  query: Query;
  /** Null: the value is there as it is. */
  decoders: readonly (readonly [name: string, decode: Decode | null])[];
}

/**
 * A select of one table's or several joined tables' columns, written once for a database and kept prepared: what the paths that are
 * asked most cost is the writing of their SQL, again and again, and the ORM's way from each value to a field. `sql.placeholder` stands
 * for what differs. An outer join's missing side is not told from one whose columns are null.
 */
export function statement<Fields extends SelectedFieldsFlat, Q extends Answer>(fields: Fields, build: (select: PgSelectBuilder<Fields>) => Q): (db: Database, values: Record<string, unknown>) => Promise<Rows<Q>> {
  const compiled = new WeakMap<Database, Compiled>();
  return (db, values) => {
    const known = compiled.get(db) ?? compile(db, fields, build);
    compiled.set(db, known);
    return run<Q>(db, known, values);
  };
}

/** The same for a select that is another one each time: only its rows are read the short way. */
export const selectRows = <Fields extends SelectedFieldsFlat, Q extends Answer>(db: Database, fields: Fields, build: (select: PgSelectBuilder<Fields>) => Q): Promise<Rows<Q>> =>
  run<Q>(db, compile(db, fields, build), {});

function compile<Fields extends SelectedFieldsFlat, Q extends Answer>(db: Database, fields: Fields, build: (select: PgSelectBuilder<Fields>) => Q): Compiled {
  return { query: build(db.select(fields)).toSQL(), decoders: Object.entries(fields).map(([name, field]) => [name, decoderOf(field)]) };
}

function decoderOf(field: SelectedFieldsFlat[string]): Decode | null {
  const decoder: Column = is(field, Column) ? field : ((is(field, SQL.Aliased) ? field.sql : field) as SQL & { decoder: Column }).decoder;
  return decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue ? null : (value) => decoder.mapFromDriverValue(value);
}

async function run<Q>(db: Database, { query, decoders }: Compiled, values: Record<string, unknown>): Promise<Rows<Q>> {
  const found = await db.$client.unsafe(query.sql, fillPlaceholders(query.params, values) as never[]).values();
  return found.map((row: unknown[]) => {
    const fields: Record<string, unknown> = {};
    for (let at = 0; at < decoders.length; at++) {
      const [name, decode] = decoders[at] as (typeof decoders)[number];
      const value = row[at];
      fields[name] = value === null || decode === null ? value : decode(value);
    }
    return fields;
  }) as Rows<Q>;
}
