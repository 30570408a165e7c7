import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { verify } from 'hono/jwt';
import { inCluster } from './cluster.js';
import {
  articleById,
  articlesWithCategories,
  insertArticle,
  list,
  ownArticle,
} from './queries.js';
import { showAuthor, showCategories } from './shapes.js';

const secret = process.env.JWT_SECRET ?? '';
const app = new Hono();

async function userOf(token: string | undefined) {
  try {
    const payload = await verify(token ?? '', secret, 'HS256');

    return payload.userId as number;
  } catch {
    throw new HTTPException(401);
  }
}

function readArticle(body: { title?: unknown; content?: unknown }) {
  const { title, content = null } = body;
  const isTitle =
    typeof title === 'string' && title !== '' && title.length <= 200;
  const isContent =
    content === null || (typeof content === 'string' && content !== '');

  if (!isTitle || !isContent) {
    throw new HTTPException(422);
  }
  return { title, content };
}

app.get('/articles', async (c) => {
  const limit = Number(c.req.query('limit') ?? 20);

  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new HTTPException(400);
  }
  if (c.req.query('with')?.split(',').includes('categories')) {
    const rows = await articlesWithCategories.execute();

    return c.json(
      rows.map((article) => ({
        ...article,
        author: showAuthor(article.author),
        categories: showCategories(article.categories),
      })),
    );
  }
  const rows = await list(limit);

  return c.json(
    rows.map((article) => ({
      ...article,
      author: showAuthor(article.author),
    })),
  );
});

app.get('/articles/:id{[0-9]+}', async (c) => {
  const article = await articleById.execute({ id: Number(c.req.param('id')) });

  if (!article) {
    throw new HTTPException(404);
  }
  return c.json({ ...article, author: showAuthor(article.author) });
});

app.post('/articles', async (c) => {
  const [, bearer] = c.req.header('authorization')?.split(' ') ?? [];
  const authorId = await userOf(bearer ?? getCookie(c, 'Authentication'));
  const article = readArticle(await c.req.json());
  const [{ id }] = await insertArticle.execute({ ...article, authorId });

  c.header('Location', `/articles/${id}`);
  return c.json(await ownArticle.execute({ id }), 201);
});

inCluster(async (socket) => {
  createAdaptorServer({ fetch: app.fetch }).listen({
    path: socket,
    backlog: 1024,
  });
});
