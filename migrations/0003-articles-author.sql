-- Every article has an author, those written before there were authors too:
-- they get one default author, who is made only if there are such articles.

-- No article may come between the question and the new column.
LOCK TABLE articles;

-- The default author goes in as the column's constant default: that touches
-- no row, so it is quick on a large table and leaves updated_at alone. On an
-- empty table the default is NULL, and nothing takes it.
DO $$
DECLARE
    author bigint;
BEGIN
    IF EXISTS (SELECT FROM articles) THEN
        INSERT INTO users (email, name, password)
        VALUES ('unknown-author@byline.invalid', 'Unknown author', '*')
        RETURNING id INTO author;
    END IF;
    EXECUTE format('ALTER TABLE articles'
        ' ADD COLUMN author_id bigint NOT NULL DEFAULT %L', author);
END
$$;

ALTER TABLE articles ALTER COLUMN author_id DROP DEFAULT;

-- An author who still has articles cannot be deleted: what was published
-- should not vanish as a side effect. An operator who wants just that says so
-- in a migration of the site's own:
--
--   ALTER TABLE articles DROP CONSTRAINT articles_author_id_fkey,
--       ADD CONSTRAINT articles_author_id_fkey FOREIGN KEY (author_id)
--           REFERENCES users (id) ON DELETE CASCADE;
--
-- and repeats the COMMENT, which went with the old constraint.
ALTER TABLE articles ADD CONSTRAINT articles_author_id_fkey
    FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE NO ACTION;

COMMENT ON CONSTRAINT articles_author_id_fkey ON articles IS
    'an article needs an author who exists';

-- With id, so that an author's articles are read newest first without a sort.
CREATE INDEX articles_author_id_id_idx ON articles (author_id, id);
