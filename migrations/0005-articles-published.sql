-- Drafts: an article is published at a time, which may be one to come, or has
-- none yet. Who says nothing publishes at once, as before there were drafts.

-- Not by an UPDATE, which would move updated_at: a new column takes its values
-- from another one while the table is rewritten.
ALTER TABLE articles ADD COLUMN published_at timestamptz DEFAULT now();
ALTER TABLE articles
    ALTER COLUMN published_at TYPE timestamptz USING created_at;

COMMENT ON COLUMN articles.published_at IS
    'When readers see the article; NULL while it is a draft.';

-- An author's drafts, and what is published of his.
CREATE INDEX articles_author_id_published_at_idx
    ON articles (author_id, published_at);
