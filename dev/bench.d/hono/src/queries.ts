// Each query is made into SQL once, and prepared by each connection once.
import { and, desc, eq, lte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from './schema.js';

const { articles } = schema;
const database = drizzle(new pg.Pool({ max: 10 }), { schema });

const id = sql.placeholder('id');
const published = lte(articles.publishedAt, sql`now()`);
const authorColumns = { id: true, name: true, addressId: true } as const;

export const articleById = database.query.articles
  .findFirst({
    where: and(eq(articles.id, id), published),
    with: {
      author: {
        columns: authorColumns,
        with: { address: { columns: { street: false } } },
      },
    },
  })
  .prepare('article_by_id');

// A limit in the text lets PostgreSQL keep its plan.
const makeList = (limit: number) =>
  database.query.articles
    .findMany({
      where: published,
      orderBy: desc(articles.id),
      limit,
      with: { author: { columns: authorColumns } },
    })
    .prepare(`articles_${limit}`);

const lists = new Map<number, ReturnType<typeof makeList>>();

export function list(limit: number) {
  let query = lists.get(limit);

  if (!query) {
    query = makeList(limit);
    lists.set(limit, query);
  }
  return query.execute();
}

export const articlesWithCategories = database.query.articles
  .findMany({
    where: published,
    orderBy: desc(articles.id),
    limit: 20,
    with: {
      author: { columns: authorColumns },
      categories: { columns: {}, with: { category: true } },
    },
  })
  .prepare('articles_with_categories');

export const insertArticle = database
  .insert(articles)
  .values({
    title: sql.placeholder('title'),
    content: sql.placeholder('content'),
    authorId: sql.placeholder('authorId'),
  })
  .returning({ id: articles.id })
  .prepare('insert_article');

// Who wrote it sees all of its own.
export const ownArticle = database.query.articles
  .findFirst({
    where: eq(articles.id, id),
    with: { author: { with: { address: true } } },
  })
  .prepare('own_article');
