-- As many articles of some 100 bytes as :articles says, with those that are
-- there; all of it in memory afterwards, as far as it fits.

-- Authors are there by the way the rows are made.
SET session_replication_role = replica;
SET synchronous_commit = off;

INSERT INTO articles (id, title, content, author_id, published_at,
    created_at, updated_at)
SELECT n, 'About small harbours, part ' || n, 'Ask around in harbour ' || n,
    1 + n * 7919::bigint % 10000, written, written, written
FROM (SELECT coalesce(max(id), 0) AS last FROM articles) AS have,
    generate_series(last + 1, :articles) AS n,
    LATERAL (SELECT timestamptz '2026-01-01 00:00:00+00'
        + n % 100000 * interval '1 minute') AS time (written);

VACUUM ANALYZE articles;
CHECKPOINT;
SELECT pg_prewarm('articles', 'prefetch'), pg_prewarm('articles'),
    pg_prewarm('articles_pkey');
