-- Who has written how much: authors with the number of their articles and of
-- the words in these, those with the most articles first. Drafts do not count,
-- whoever asks. Words are counted for the authors of the page alone.
SELECT author.id AS "author.id",
       author.name AS "author.name",
       page.articles AS "articles",
       written.words
FROM (
    SELECT author_id, count(*) AS articles
    FROM articles
    WHERE published_at <= now()
    GROUP BY author_id
    ORDER BY articles DESC, author_id
    LIMIT :limit OFFSET :offset
) AS page
JOIN users AS author ON author.id = page.author_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(regexp_count(content, '\S+')), 0) AS words
    FROM articles
    WHERE author_id = page.author_id AND published_at <= now()
) AS written
ORDER BY page.articles DESC, author.id;
