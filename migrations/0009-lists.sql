-- What lists are filtered by, apart from keys. There is none of titles: an
-- index that sorts cannot hold texts of any length.

CREATE INDEX articles_created_at_id_idx ON articles (created_at, id);

-- By hash for the same reason: a country is compared as a whole.
CREATE INDEX addresses_country_idx ON addresses USING hash (country);
