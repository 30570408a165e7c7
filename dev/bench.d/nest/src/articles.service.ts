import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { and, desc, eq, lte, sql } from 'drizzle-orm';
import { CreateArticleDto } from './articles.dto';
import { Database, DATABASE } from './database';
import { articles } from './schema';
import { showAuthor, showCategories } from './shapes';

const published = () => lte(articles.publishedAt, sql`now()`);
const authorColumns = { id: true, name: true, addressId: true } as const;

@Injectable()
export class ArticlesService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async getById(id: number) {
    const article = await this.database.query.articles.findFirst({
      where: and(eq(articles.id, id), published()),
      with: {
        author: {
          columns: authorColumns,
          with: { address: { columns: { street: false } } },
        },
      },
    });

    if (!article) {
      throw new NotFoundException();
    }
    return { ...article, author: showAuthor(article.author) };
  }

  async getAll(limit: number) {
    const rows = await this.database.query.articles.findMany({
      where: published(),
      orderBy: desc(articles.id),
      limit,
      with: { author: { columns: authorColumns } },
    });

    return rows.map((article) => ({
      ...article,
      author: showAuthor(article.author),
    }));
  }

  async getAllWithCategories(limit: number) {
    const rows = await this.database.query.articles.findMany({
      where: published(),
      orderBy: desc(articles.id),
      limit,
      with: {
        author: { columns: authorColumns },
        categories: { columns: {}, with: { category: true } },
      },
    });

    return rows.map((article) => ({
      ...article,
      author: showAuthor(article.author),
      categories: showCategories(article.categories),
    }));
  }

  // Who wrote it sees all of its own.
  async create(article: CreateArticleDto, authorId: number) {
    const [{ id }] = await this.database
      .insert(articles)
      .values({ ...article, authorId })
      .returning({ id: articles.id });

    return this.database.query.articles.findFirst({
      where: eq(articles.id, id),
      with: { author: { with: { address: true } } },
    });
  }
}
