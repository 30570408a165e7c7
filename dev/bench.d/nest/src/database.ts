import { drizzle, NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import * as schema from './schema';

export const DATABASE = Symbol('DATABASE');

export type Database = NodePgDatabase<typeof schema>;

export const databaseProvider = {
  provide: DATABASE,
  useFactory: (): Database =>
    drizzle(new Pool({ max: 10 }), { schema }),
};
