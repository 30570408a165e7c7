-- Full-text search: what is in a title weighs more than what is in a content.

-- Only so much of a text is looked at as a tsvector can hold of any text, so
-- that no article is too long to be saved.
ALTER TABLE articles ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', left(title, 1000)), 'A')
    || setweight(to_tsvector('english', coalesce(left(content, 100000), '')),
        'B')
) STORED;

COMMENT ON COLUMN articles.search IS
    'The words of title (weight A) and content (B), as English: what a search '
    'looks in.';

CREATE INDEX articles_search_idx ON articles USING gin (search);
