-- Accounts: what a user may do, and which tokens no longer count. A token says
-- who somebody is; the role is looked up with every request, so that it is
-- gone at once when it is taken away.

-- Constant defaults touch no row: this is quick on a large table.
ALTER TABLE users
    ADD COLUMN role text NOT NULL DEFAULT 'user',
    ADD COLUMN tokens_since timestamptz,
    ADD CONSTRAINT users_role_check CHECK (role IN ('user', 'admin'));

COMMENT ON COLUMN users.role IS
    'What the account may do: user changes what is its own, admin all.';
COMMENT ON COLUMN users.tokens_since IS
    'Tokens issued before this are dead, as after a change of the password; '
    'NULL while none is.';
COMMENT ON CONSTRAINT users_role_check ON users IS
    'a role is user or admin';

-- An account with articles still cannot be deleted. 0003-articles-author.sql
-- says in a comment how to let the articles go with their author instead.
