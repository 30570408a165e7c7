-- The statements of bare.c and pgbench: a name, and then one statement. The
-- columns are in the order of their JSON, which bare.c knows.

-- item
SELECT a.id, a.title, a.content, a.author_id, a.published_at, a.created_at,
    a.updated_at, u.id, u.name, u.address_id, d.id, d.city, d.country
FROM articles a
JOIN users u ON u.id = a.author_id
LEFT JOIN addresses d ON d.id = u.address_id
WHERE a.id = $1 AND a.published_at <= now()

-- list20
SELECT a.id, a.title, a.content, a.author_id, a.published_at, a.created_at,
    a.updated_at, u.id, u.name, u.address_id
FROM articles a
JOIN users u ON u.id = a.author_id
WHERE a.published_at <= now()
ORDER BY a.id DESC
LIMIT 20

-- list100
SELECT a.id, a.title, a.content, a.author_id, a.published_at, a.created_at,
    a.updated_at, u.id, u.name, u.address_id
FROM articles a
JOIN users u ON u.id = a.author_id
WHERE a.published_at <= now()
ORDER BY a.id DESC
LIMIT 100

-- embed
SELECT a.id, a.title, a.content, a.author_id, a.published_at, a.created_at,
    a.updated_at, u.id, u.name, u.address_id, c.categories
FROM articles a
JOIN users u ON u.id = a.author_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('id', c.id, 'name', c.name)
        ORDER BY c.name), '[]') AS categories
    FROM articles_categories ac
    JOIN categories c ON c.id = ac.category_id
    WHERE ac.article_id = a.id
) AS c
WHERE a.published_at <= now()
ORDER BY a.id DESC
LIMIT 20

-- create
WITH new AS (
    INSERT INTO articles (title, content, author_id)
    VALUES ($1, $2, $3)
    RETURNING id, title, content, author_id, published_at, created_at,
        updated_at
)
SELECT a.id, a.title, a.content, a.author_id, a.published_at, a.created_at,
    a.updated_at, u.id, u.email, u.name, u.address_id, u.phone_number,
    d.id, d.street, d.city, d.country
FROM new a
JOIN users u ON u.id = a.author_id
LEFT JOIN addresses d ON d.id = u.address_id
