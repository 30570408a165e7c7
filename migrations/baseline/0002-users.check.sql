-- What keeps the predecessor's users and addresses from becoming those of
-- 0002-users.sql.

WITH obstacle (kind, id, obstacle) AS (
    SELECT 'users without an e-mail', id,
        format('user %s has no e-mail', id)
    FROM users WHERE coalesce(email, '') = ''
    UNION ALL
    SELECT 'users with an e-mail that is none', id,
        format('user %s has an e-mail that is none: there is no @ with '
            'something on both sides', id)
    FROM users WHERE email <> '' AND email NOT LIKE '_%@_%'
    UNION ALL
    SELECT 'e-mails that differ by case only', min(id),
        format('users %s have %s',
            string_agg(id::text, ' and ' ORDER BY id),
            CASE WHEN min(email) = max(email) THEN 'the same e-mail'
            ELSE 'e-mails that differ by case only' END)
    FROM users WHERE email <> '' GROUP BY lower(email) HAVING count(*) > 1
    UNION ALL
    SELECT 'users without a name', id,
        format('user %s has no name', id)
    FROM users WHERE coalesce(name, '') = ''
    UNION ALL
    SELECT 'users without a password', id,
        format('user %s has no password: * says that nobody can log in', id)
    FROM users WHERE coalesce(password, '') = ''
    UNION ALL
    SELECT 'addresses of several users', min(id),
        format('users %s have the same address %s',
            string_agg(id::text, ' and ' ORDER BY id), address_id)
    FROM users WHERE address_id IS NOT NULL
    GROUP BY address_id HAVING count(*) > 1
    UNION ALL
    SELECT 'users with an address that is not there', id,
        format('user %s has the address %s, which is not there', id,
            address_id)
    FROM users WHERE address_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM addresses a WHERE a.id = address_id)
    UNION ALL
    SELECT 'addresses without ' || part, id,
        format('address %s has no %s', id, part)
    FROM addresses, LATERAL (VALUES ('street', street), ('city', city),
        ('country', country)) AS parts (part, value)
    WHERE coalesce(value, '') = ''
), counted AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY id) AS nth,
        count(*) OVER (PARTITION BY kind) AS total
    FROM obstacle
)
SELECT CASE WHEN nth <= 20 OR total = 21 THEN obstacle
    ELSE format('and %s more %s', total - 20, kind) END
FROM counted WHERE nth <= 21
ORDER BY kind, nth;
