-- What clients have created with an Idempotency-Key, so that a request that is
-- sent again after a lost answer creates nothing twice.

CREATE TABLE idempotency_keys (
    route text NOT NULL,
    key text NOT NULL,
    viewer text NOT NULL,
    request_hash bigint NOT NULL,
    row_key text[] NOT NULL,
    is_shown boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (route, key, viewer)
);

-- Later requests remove what has expired, a few rows each.
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

COMMENT ON TABLE idempotency_keys IS
    'The Idempotency-Key of each request that created a row lately.';
COMMENT ON CONSTRAINT idempotency_keys_pkey ON idempotency_keys IS
    'this key has created something already';
COMMENT ON COLUMN idempotency_keys.viewer IS
    'The key of the account that sent it; empty: nobody was logged in.';
COMMENT ON COLUMN idempotency_keys.request_hash IS
    'Of path and body: the same key with another request is refused.';
COMMENT ON COLUMN idempotency_keys.row_key IS
    'The key of the row that was created.';
COMMENT ON COLUMN idempotency_keys.is_shown IS
    'Whether who sent it could see the row.';
