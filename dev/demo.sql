-- What dev/up shows: 20 users, 15 of them with an address, and as many
-- articles as the variable :articles says, in categories and with comments;
-- behind the first of them are a few drafts. Does what is missing.

BEGIN;

CREATE TEMPORARY TABLE person (
    n int GENERATED ALWAYS AS IDENTITY,
    name text, email text, phone text, street text, city text, country text
) ON COMMIT DROP;

INSERT INTO person (name, email, phone, street, city, country) VALUES
    ('Marta Nowak', 'marta@example.org', '+48 22 555 01 10',
        'Długa 14', 'Warsaw', 'Poland'),
    ('Tomás Ferreira', 'tomas@example.org', '+351 21 555 0120',
        'Rua do Século 5', 'Lisbon', 'Portugal'),
    ('Ingrid Solberg', 'ingrid@example.org', NULL,
        'Thereses gate 31', 'Oslo', 'Norway'),
    ('Kenji Mori', 'kenji@example.org', '+81 3 5555 0140',
        'Nezu 2-19-8', 'Tokyo', 'Japan'),
    ('Amara Okafor', 'amara@example.org', NULL, NULL, NULL, NULL),
    ('Louis Girard', 'louis@example.org', '+33 4 55 55 01 60',
        'Rue Mercière 48', 'Lyon', 'France'),
    ('Eleni Pappas', 'eleni@example.org', '+30 231 555 0170',
        'Olympou 77', 'Thessaloniki', 'Greece'),
    ('Sam Whitaker', 'sam@example.org', NULL,
        'Cowgate 112', 'Edinburgh', 'Scotland'),
    ('Priya Raman', 'priya@example.org', '+91 80 5555 0190',
        'Church Street 9', 'Bengaluru', 'India'),
    ('Jonas Weber', 'jonas@example.org', NULL, NULL, NULL, NULL),
    ('Lucía Herrera', 'lucia@example.org', '+34 95 555 0210',
        'Calle Feria 60', 'Seville', 'Spain'),
    ('Mei-Ling Chen', 'meiling@example.org', NULL,
        'Dihua Street 156', 'Taipei', 'Taiwan'),
    ('Henrik Lund', 'henrik@example.org', '+45 55 55 02 30',
        'Mejlgade 28', 'Aarhus', 'Denmark'),
    ('Fatima Zahra', 'fatima@example.org', '+212 5 55 55 02 40',
        'Derb Lferrane 3', 'Fez', 'Morocco'),
    ('Oleh Bondar', 'oleh@example.org', NULL, NULL, NULL, NULL),
    ('Rosa Bianchi', 'rosa@example.org', '+39 081 555 0260',
        'Via Tribunali 201', 'Naples', 'Italy'),
    ('Daniel Kaya', 'daniel@example.org', NULL,
        'Moda Caddesi 88', 'Istanbul', 'Türkiye'),
    ('Hanna Virtanen', 'hanna@example.org', '+358 9 555 0280',
        'Hämeentie 54', 'Helsinki', 'Finland'),
    ('Peter O’Brien', 'peter@example.org', NULL, NULL, NULL, NULL),
    ('Zsófia Kis', 'zsofia@example.org', NULL, NULL, NULL, NULL);

DELETE FROM person WHERE EXISTS (SELECT FROM users);

INSERT INTO addresses (street, city, country)
SELECT street, city, country FROM person WHERE street IS NOT NULL ORDER BY n;

-- Nobody can log in as one of them: * is no password's hash.
INSERT INTO users (email, name, phone_number, password, address_id)
SELECT email, name, phone, '*', a.id
FROM person LEFT JOIN addresses a USING (street, city, country) ORDER BY n;

-- The articles that are still to get categories and comments: the new ones,
-- and where there are no categories yet, all.
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT a.id FROM articles a JOIN users u ON u.id = author_id
WHERE password = '*' AND NOT EXISTS (SELECT FROM categories);

INSERT INTO categories (name)
SELECT name
FROM unnest(ARRAY['Cities', 'Crafts', 'Food', 'History', 'Machines',
    'Nature', 'People', 'Travel']) AS name
WHERE NOT EXISTS (SELECT FROM categories);

WITH words AS (
    SELECT
        ARRAY['rain', 'bread', 'night trains', 'maps', 'libraries',
            'small harbours', 'bicycles', 'old radios', 'weather stations',
            'street markets', 'lighthouses', 'gardens on roofs',
            'handwriting', 'tram lines', 'clocks', 'bridges', 'letters',
            'tea houses', 'wind', 'winter light'] AS subject,
        ARRAY['What we owe to %s', 'A short history of %s',
            'In praise of %s', 'The people who look after %s',
            'Learning to notice %s', 'Why a city needs %s',
            'Notes on %s', 'A year with %s', 'The economics of %s',
            'Questions about %s'] AS title,
        ARRAY['It began with %s and a notebook that nobody else wanted.',
            'Most of us have lived with %s and never gave it a thought.',
            'Ask around, and everybody has a story about %s.',
            'For a month I wrote down whatever I could learn about %s.',
            'There is a room in the town hall that is given over to %s.',
            'My grandmother had firm opinions about %s.',
            'Plans are made without %s, and then amended.']
            AS opening,
        ARRAY['The records go back further than the buildings do.',
            'What looks like chance turns out to be patient work.',
            'The people who know most about it are rarely asked.',
            'It costs less than one would think, and gives back more.',
            'A map of it would have to be redrawn every week.',
            'Some of this is written down; the rest is passed on.',
            'The numbers are modest, and they have not changed in years.',
            'Two neighbours told me the same thing in different words.',
            'It is easiest to see early in the morning, before the noise.',
            'The old method was slower, and it was seldom wrong.',
            'Every repair leaves a trace for those who can read it.']
            AS middle,
        ARRAY['I went home by another road, and saw it everywhere.',
            'That is reason enough to look again.',
            'Next year they want to try it once more.',
            'The notebook is full now, and I have bought a second one.',
            'Some things are kept only by those who use them.']
            AS closing
), new AS (
INSERT INTO articles (title, content, author_id, published_at, created_at,
    updated_at)
SELECT
    format(title[1 + (n / 20 + n) % 10], subject[1 + n % 20])
        || CASE WHEN n >= 200 THEN format(', part %s', 1 + n / 200)
           ELSE '' END,
    CASE WHEN n % 25 <> 10 THEN
        concat_ws(' ', format(opening[1 + n % 7], subject[1 + n % 20]),
            middle[1 + n % 11],
            middle[1 + (n + 1 + n / 11 % 5) % 11])
        || E'\n\n'
        || concat_ws(' ', middle[1 + (n + 6 + n / 7 % 5) % 11],
            closing[1 + n % 5])
    END,
    author[1 + n * 7 % cardinality(author)],
    CASE WHEN n < :articles THEN written
        WHEN n % 4 = 3 THEN now() + interval '30 days' END,
    written, written
FROM words,
    (SELECT array_agg(id ORDER BY id) AS author FROM users
        WHERE password = '*') AS users,
    (SELECT count(*)::int AS have,
        coalesce(max(created_at), now() - interval '200 days') AS latest
        FROM articles) AS articles,
    generate_series(have, :articles - 1
        + CASE have WHEN 0 THEN 8 ELSE 0 END) AS n,
    LATERAL (SELECT date_trunc('minute', latest + (now() - latest)
        * least(1, (n - have + 1.0) / greatest(:articles - have, 1))))
        AS time (written)
RETURNING id
)
INSERT INTO fresh SELECT id FROM new;

INSERT INTO articles_categories (article_id, category_id)
SELECT f.id, c.id
FROM fresh f, (SELECT id, row_number() OVER (ORDER BY name) AS n
    FROM categories WHERE name IN ('Cities', 'Crafts', 'Food', 'History',
        'Machines', 'Nature', 'People', 'Travel')) AS c
WHERE (f.id + c.n) % 8 = 0 OR (f.id * 3 + c.n) % 11 = 0;

WITH words AS (
    SELECT ARRAY['I had wondered about that for years.',
        'My street has one of these, too.',
        'Is there more to read about it?',
        'The second part says it better than I could.',
        'That is not how it is done here, but it is close.',
        'Please write more of this kind.',
        'I asked my neighbour, who remembers it differently.'] AS remark
)
INSERT INTO comments (article_id, author_id, content, created_at)
SELECT a.id, u.id, remark[1 + (a.id * 5 + n) % 7], least(now(),
    a.created_at + n * interval '5 hours')
FROM words, fresh JOIN articles a USING (id),
    generate_series(1, a.id % 5) AS n,
    LATERAL (SELECT id FROM users WHERE password = '*' AND id <> author_id
        ORDER BY (id * 7 + a.id * 3 + n * 5) % 20, id LIMIT 1) AS u
WHERE published_at <= now()
ORDER BY a.id, n;

COMMIT;
