-- What dev/up shows: a few films, of which one is not released, and two
-- cinemas. Does nothing where there are films.

BEGIN;

CREATE TEMPORARY TABLE missing ON COMMIT DROP AS
SELECT 1 WHERE NOT EXISTS (SELECT FROM films);

INSERT INTO countries (code, name)
SELECT code, name FROM missing, (VALUES ('DK', 'Denmark'), ('IT', 'Italy'),
    ('JP', 'Japan'), ('PL', 'Poland')) AS new (code, name);

INSERT INTO genres (id, name)
SELECT id, name FROM missing, (VALUES (1, 'Comedy'), (2, 'Crime'),
    (3, 'Documentary'), (4, 'Drama'), (5, 'Science fiction'))
    AS new (id, name);

INSERT INTO people (id, name, born_in, country_code, mentor_id)
SELECT id, name, born_in, country_code, mentor_id FROM missing, (VALUES
    (1, 'Irena Wolska', 1938, 'PL', NULL),
    (2, 'Carlo Benassi', 1951, 'IT', 1),
    (3, 'Mette Krogh', 1969, 'DK', 1),
    (4, 'Shun Aoyama', 1984, 'JP', 3),
    (5, 'Lidia Sarti', 1977, 'IT', NULL),
    (6, 'Jan Pawlak', 1990, 'PL', NULL),
    (7, 'Yui Hoshino', NULL, 'JP', NULL))
    AS new (id, name, born_in, country_code, mentor_id);

INSERT INTO films (id, title, released_on, minutes, rated, country_code,
    director_id, writer_id, sequel_of_id)
SELECT id, title, released_on::date, minutes, rated::rating, country_code,
    director_id, writer_id, sequel_of_id FROM missing, (VALUES
    (1, 'The Last Ferry', '1987-03-12', 94, '12', 'PL', 1, 1, NULL),
    (2, 'Salt and Oranges', '1999-10-01', 112, '6', 'IT', 2, 5, NULL),
    (3, 'The Ferry Returns', '2004-05-20', 101, '12', 'PL', 1, NULL, 1),
    (4, 'A Lighthouse Keeper’s Year', '2011-02-17', 78, 'all', 'DK', 3, 3,
        NULL),
    (5, 'Eleven Small Moons', '2019-08-30', 126, '16', 'JP', 4, 7, NULL),
    (6, 'The Ferry at Night', NULL, 99, '12', 'PL', 6, 1, 3))
    AS new (id, title, released_on, minutes, rated, country_code,
        director_id, writer_id, sequel_of_id);

INSERT INTO films_genres (film_id, genre_id)
SELECT film_id, genre_id FROM missing, (VALUES (1, 4), (2, 1), (2, 4), (3, 2),
    (3, 4), (4, 3), (5, 4), (5, 5), (6, 2)) AS new (film_id, genre_id);

INSERT INTO roles (film_id, person_id, character, billing)
SELECT film_id, person_id, character, billing FROM missing, (VALUES
    (1, 6, 'The ferryman', 1), (1, 5, 'Agata', 2),
    (2, 5, 'Rosa', 1), (2, 2, 'The customs officer', 2),
    (3, 6, 'The ferryman', 1),
    (5, 7, 'Kei', 1), (5, 6, 'The astronomer', 2),
    (6, 6, 'The ferryman', 1))
    AS new (film_id, person_id, character, billing);

INSERT INTO cinemas (id, name, city)
SELECT id, name, city FROM missing, (VALUES (1, 'Muza', 'Poznań'),
    (2, 'Grand', 'Aarhus')) AS new (id, name, city);

INSERT INTO screens (cinema_id, number, name)
SELECT cinema_id, number, name FROM missing, (VALUES (1, 1, 'Great hall'),
    (1, 2, NULL), (2, 1, 'Balcony')) AS new (cinema_id, number, name);

INSERT INTO seats (cinema_id, screen_number, row_letter, place)
SELECT cinema_id, number, row_letter, place
FROM missing, screens, unnest(ARRAY['A', 'B', 'C']) AS row_letter,
    generate_series(1, 4) AS place;

INSERT INTO screenings (id, film_id, cinema_id, screen_number, starts_at,
    price)
SELECT id, film_id, cinema_id, screen_number, date_trunc('day', now())
    + hours * interval '1 hour', price FROM missing, (VALUES
    (1, 5, 1, 1, 44, 24.00), (2, 5, 2, 1, 45, 90.00), (3, 2, 1, 2, 66, 18.50),
    (4, 6, 1, 1, 500, 30.00))
    AS new (id, film_id, cinema_id, screen_number, hours, price);

INSERT INTO members (id, name, login, secret)
SELECT id, name, login, '*' FROM missing, (VALUES
    (1, 'Ola', 'ola@example.org'), (2, 'Niels', 'niels@example.org'),
    (3, 'Bianca', 'bianca@example.org')) AS new (id, name, login);

INSERT INTO reviews (id, film_id, member_id, stars, text)
SELECT id, film_id, member_id, stars, text FROM missing, (VALUES
    (1, 1, 1, 5, 'I have seen it nine times.'), (2, 1, 2, 4, NULL),
    (3, 2, 3, 4, 'One smells the oranges.'), (4, 5, 1, 3, 'Two too many.'),
    (5, 5, 2, 5, NULL), (6, 5, 3, 5, 'Quiet and strange.'))
    AS new (id, film_id, member_id, stars, text);

INSERT INTO watchlist (member_id, film_id)
SELECT member_id, film_id FROM missing, (VALUES (1, 4), (2, 2))
    AS new (member_id, film_id);

-- The ids above are given out; what comes goes on behind them.
SELECT setval(pg_get_serial_sequence(name, 'id'), 100)
FROM missing, unnest(ARRAY['genres', 'people', 'films', 'cinemas',
    'screenings', 'members', 'reviews']) AS name;

COMMIT;
