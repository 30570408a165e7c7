-- What keeps the predecessor's articles from becoming those of
-- 0001-articles.sql: a text for each row, up to 20 of a kind, and how many
-- more there are.

WITH obstacle (kind, id, obstacle) AS (
    SELECT 'articles without a title', id,
        format('article %s has no title', id)
    FROM articles WHERE coalesce(title, '') = ''
    UNION ALL
    SELECT 'articles with an empty content', id,
        format('article %s has an empty content: write one, or set it to NULL',
            id)
    FROM articles WHERE content = ''
), counted AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY id) AS nth,
        count(*) OVER (PARTITION BY kind) AS total
    FROM obstacle
)
SELECT CASE WHEN nth <= 20 OR total = 21 THEN obstacle
    ELSE format('and %s more %s', total - 20, kind) END
FROM counted WHERE nth <= 21
ORDER BY kind, nth;
