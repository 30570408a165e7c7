-- Brings the predecessor's users and addresses to what 0002-users.sql makes.
-- Its hashes of passwords stay: they are bcrypt's. Phone numbers it asked for,
-- and did not keep.

SELECT pg_temp.drop_rules('users', 'email');
SELECT pg_temp.drop_rules('users', 'address_id');
SELECT pg_temp.adopt_key('addresses');
SELECT pg_temp.adopt_key('users');

ALTER TABLE addresses
    ALTER street SET NOT NULL,
    ALTER city SET NOT NULL,
    ALTER country SET NOT NULL,
    ADD CONSTRAINT addresses_street_check CHECK (street <> ''),
    ADD CONSTRAINT addresses_city_check CHECK (city <> ''),
    ADD CONSTRAINT addresses_country_check CHECK (country <> '');

COMMENT ON CONSTRAINT addresses_pkey ON addresses IS
    'an address with this id exists already';
COMMENT ON CONSTRAINT addresses_street_check ON addresses IS
    'a street must not be empty';
COMMENT ON CONSTRAINT addresses_city_check ON addresses IS
    'a city must not be empty';
COMMENT ON CONSTRAINT addresses_country_check ON addresses IS
    'a country must not be empty';

ALTER TABLE users
    ALTER email SET NOT NULL,
    ALTER name SET NOT NULL,
    ALTER password SET NOT NULL,
    ALTER address_id TYPE bigint,
    ADD phone_number text,
    ADD created_at timestamptz NOT NULL DEFAULT now(),
    ADD updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT users_email_check CHECK (email LIKE '_%@_%'),
    ADD CONSTRAINT users_name_check CHECK (name <> ''),
    ADD CONSTRAINT users_phone_number_check CHECK (phone_number <> ''),
    ADD CONSTRAINT users_password_check CHECK (password <> ''),
    ADD CONSTRAINT users_address_id_key UNIQUE (address_id),
    ADD CONSTRAINT users_address_id_fkey
        FOREIGN KEY (address_id) REFERENCES addresses (id);

COMMENT ON COLUMN users.password IS
    'A crypt(3) hash, or * for an account that nobody can log in to.';
COMMENT ON CONSTRAINT users_pkey ON users IS
    'an account with this id exists already';
COMMENT ON CONSTRAINT users_email_check ON users IS
    'an e-mail address has an @ with something on both sides';
COMMENT ON CONSTRAINT users_name_check ON users IS
    'a name must not be empty';
COMMENT ON CONSTRAINT users_phone_number_check ON users IS
    'a phone number must not be empty; null says that there is none';
COMMENT ON CONSTRAINT users_password_check ON users IS
    'a password must not be empty';
COMMENT ON CONSTRAINT users_address_id_key ON users IS
    'this address belongs to another account';
COMMENT ON CONSTRAINT users_address_id_fkey ON users IS
    'an account and its address belong together: the address must exist';

-- Over lower(email), because people do not remember which letters they
-- capitalised, while mail needs the spelling that they gave.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

COMMENT ON INDEX users_email_key IS
    'an account with this e-mail address exists already';

CREATE TRIGGER users_keep_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
