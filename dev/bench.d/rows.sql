-- What dev/bench reads: 10,000 users, three of four with an address, and
-- :articles articles, each by one of them, in two categories and with two
-- comments. An item's JSON has about 600 bytes.

BEGIN;

TRUNCATE articles, users, addresses, categories, comments,
    articles_categories RESTART IDENTITY;

-- What is right by the way it is made needs no check, and an index is made
-- faster in one go.
SET LOCAL session_replication_role = replica;
SET LOCAL maintenance_work_mem = '512MB';
DROP INDEX articles_search_idx;

INSERT INTO addresses (street, city, country)
SELECT 'Street ' || n,
    (ARRAY['Łódź', 'Lisbon', 'Oslo', 'Kyoto', 'Lyon', 'Fez', 'Naples',
        'Århus'])[1 + n % 8],
    (ARRAY['Poland', 'Portugal', 'Norway', 'Japan', 'France', 'Morocco',
        'Italy', 'Denmark'])[1 + n % 8]
FROM generate_series(1, 7500) AS n;

INSERT INTO users (email, name, phone_number, password, address_id)
SELECT format('author-%s@example.org', n), 'Author ' || n,
    CASE WHEN n % 2 = 0 THEN '+48 22 555 ' || n END, '*',
    CASE WHEN n % 4 <> 0 THEN n - n / 4 END
FROM generate_series(1, 10000) AS n;

INSERT INTO articles (title, content, author_id, published_at, created_at,
    updated_at)
SELECT format('What we owe to "%s", part %s', 1 + n % 97, n),
    repeat(format('Ask around, and everybody has a story about %s. ',
        1 + n % 89), 3) || E'\n\n' ||
    repeat('It costs less than one would think, and gives back more. ', 2),
    1 + n * 7919::bigint % 10000, written, written, written
FROM generate_series(1, :articles) AS n,
    LATERAL (SELECT timestamptz '2026-01-01 00:00:00+00'
        + n % 100000 * interval '1 minute') AS time (written);

INSERT INTO categories (name)
SELECT unnest(ARRAY['Cities', 'Crafts', 'Food', 'History', 'Machines',
    'Nature', 'People', 'Travel']);

INSERT INTO articles_categories (article_id, category_id)
SELECT id, 1 + (id + n * 3) % 8
FROM articles, generate_series(0, 1) AS n;

INSERT INTO comments (article_id, author_id, content)
SELECT id, 1 + (id * 31 + n) % 10000, 'My street has one of these, too.'
FROM articles, generate_series(0, 1) AS n;

CREATE INDEX articles_search_idx ON articles USING gin (search);

COMMIT;

VACUUM ANALYZE;
CHECKPOINT;
