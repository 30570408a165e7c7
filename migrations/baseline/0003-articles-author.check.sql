-- What keeps the predecessor's articles from having an author each, as by
-- 0003-articles-author.sql.

WITH obstacle (kind, id, obstacle) AS (
    SELECT 'articles without an author', id,
        format('article %s has no author', id)
    FROM articles WHERE author_id IS NULL
    UNION ALL
    SELECT 'articles with an author who is not there', id,
        format('article %s has the author %s, who is not there', id, author_id)
    FROM articles WHERE author_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM users u WHERE u.id = author_id)
), counted AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY id) AS nth,
        count(*) OVER (PARTITION BY kind) AS total
    FROM obstacle
)
SELECT CASE WHEN nth <= 20 OR total = 21 THEN obstacle
    ELSE format('and %s more %s', total - 20, kind) END
FROM counted WHERE nth <= 21
ORDER BY kind, nth;
