-- Brings the predecessor's articles to what 0003-articles-author.sql makes.
-- All of them have an author: the check saw to that.

SELECT pg_temp.drop_rules('articles', 'author_id');

ALTER TABLE articles
    ALTER author_id TYPE bigint,
    ALTER author_id SET NOT NULL,
    ADD CONSTRAINT articles_author_id_fkey FOREIGN KEY (author_id)
        REFERENCES users (id) ON DELETE NO ACTION;

COMMENT ON CONSTRAINT articles_author_id_fkey ON articles IS
    'an article needs an author who exists';

-- With id, so that an author's articles are read newest first without a sort.
CREATE INDEX articles_author_id_id_idx ON articles (author_id, id);
