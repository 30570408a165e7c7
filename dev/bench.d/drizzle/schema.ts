// The tables of migrations/, as far as the routes that are measured need them.
import { relations } from 'drizzle-orm';
import {
  bigint,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const key = (name: string) => bigint(name, { mode: 'number' });
const time = (name: string) => timestamp(name, { withTimezone: true });

export const addresses = pgTable('addresses', {
  id: key('id').primaryKey().generatedByDefaultAsIdentity(),
  street: text('street').notNull(),
  city: text('city').notNull(),
  country: text('country').notNull(),
});

export const users = pgTable('users', {
  id: key('id').primaryKey().generatedByDefaultAsIdentity(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  phoneNumber: text('phone_number'),
  addressId: key('address_id').references(() => addresses.id),
});

export const articles = pgTable('articles', {
  id: key('id').primaryKey().generatedByDefaultAsIdentity(),
  title: text('title').notNull(),
  content: text('content'),
  authorId: key('author_id')
    .notNull()
    .references(() => users.id),
  publishedAt: time('published_at').defaultNow(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const categories = pgTable('categories', {
  id: key('id').primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull(),
});

export const articlesCategories = pgTable(
  'articles_categories',
  {
    articleId: key('article_id')
      .notNull()
      .references(() => articles.id),
    categoryId: key('category_id')
      .notNull()
      .references(() => categories.id),
  },
  (table) => [primaryKey({ columns: [table.articleId, table.categoryId] })],
);

export const usersRelations = relations(users, ({ one }) => ({
  address: one(addresses, {
    fields: [users.addressId],
    references: [addresses.id],
  }),
}));

export const articlesRelations = relations(articles, ({ one, many }) => ({
  author: one(users, {
    fields: [articles.authorId],
    references: [users.id],
  }),
  categories: many(articlesCategories),
}));

export const articlesCategoriesRelations = relations(
  articlesCategories,
  ({ one }) => ({
    article: one(articles, {
      fields: [articlesCategories.articleId],
      references: [articles.id],
    }),
    category: one(categories, {
      fields: [articlesCategories.categoryId],
      references: [categories.id],
    }),
  }),
);
