# What the database refuses, and what a client is told of it: every kind of
# constraint and of failure that a write can meet. Never PostgreSQL's words,
# and nothing stored.
use utf8;
use Byline::Test;

my $schema = <<'SQL';
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL,
    password text NOT NULL, role text NOT NULL, tokens_since timestamptz);
INSERT INTO users VALUES (1, 'a', '*', 'admin'), (2, 'b', '*', 'user');
CREATE TABLE groups (
    id integer PRIMARY KEY,
    name text,
    parent_id integer CONSTRAINT groups_parent REFERENCES groups
);
INSERT INTO groups VALUES (1, 'one', NULL), (2, 'two', 1), (3, 'three', NULL);
CREATE TABLE things (
    id serial PRIMARY KEY,
    code text CONSTRAINT things_code UNIQUE,
    label text,
    a integer,
    b integer,
    spoken text,
    silent text CONSTRAINT things_silent CHECK (silent <> 'secretvalue'),
    low integer,
    high integer,
    pair_low integer,
    group_id integer REFERENCES groups,
    strict_id integer CONSTRAINT things_strict REFERENCES groups
        ON DELETE RESTRICT,
    late_id integer CONSTRAINT things_late REFERENCES groups
        DEFERRABLE INITIALLY DEFERRED,
    late_code text CONSTRAINT things_late_code UNIQUE
        DEFERRABLE INITIALLY DEFERRED,
    slot int4range,
    trouble text,
    UNIQUE (a, b),
    CONSTRAINT things_spoken CHECK (spoken <> 'secretvalue'),
    CONSTRAINT things_order CHECK (low <= high),
    CONSTRAINT things_slot EXCLUDE USING gist (slot WITH &&)
);
CREATE UNIQUE INDEX things_label ON things (lower(label));
CREATE UNIQUE INDEX things_pair_low ON things (pair_low, lower(spoken));
COMMENT ON CONSTRAINT things_code ON things IS 'this code is taken';
COMMENT ON INDEX things_label IS 'this label is taken';
COMMENT ON CONSTRAINT things_spoken ON things IS 'say something else';
COMMENT ON CONSTRAINT groups_parent ON groups IS 'groups stand in a tree';
COMMENT ON CONSTRAINT things_strict ON things IS 'strictly needed';
COMMENT ON CONSTRAINT things_slot ON things IS 'this slot is taken';
INSERT INTO things (code, label, a, b, slot, late_code)
    VALUES ('x', 'Label', 1, 1, '[1,5)', 'l');
CREATE TABLE owned (id serial PRIMARY KEY, owner_id integer NOT NULL
    CONSTRAINT owned_owner REFERENCES users DEFERRABLE INITIALLY DEFERRED,
    group_id integer NOT NULL CONSTRAINT owned_group REFERENCES groups,
    text text);
CREATE FUNCTION lose_user() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER AS $$ BEGIN
    IF NEW.text = 'gone' THEN DELETE FROM users WHERE id = NEW.owner_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lose_user AFTER INSERT ON owned FOR EACH ROW
    EXECUTE FUNCTION lose_user();
CREATE SEQUENCE tries;
GRANT USAGE ON SEQUENCE tries TO byline;
CREATE FUNCTION make_trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    CASE split_part(NEW.trouble, ' ', 1)
    WHEN 'state' THEN
        RAISE EXCEPTION 'secretvalue %', NEW.trouble
            USING ERRCODE = split_part(NEW.trouble, ' ', 2),
            DETAIL = 'secretvalue', HINT = 'secretvalue';
    WHEN 'plain' THEN RAISE EXCEPTION 'secretvalue %', NEW.trouble;
    WHEN 'retry' THEN
        IF nextval('tries') < split_part(NEW.trouble, ' ', 3)::integer THEN
            RAISE EXCEPTION 'secretvalue'
                USING ERRCODE = split_part(NEW.trouble, ' ', 2);
        END IF;
    WHEN 'sleep' THEN PERFORM pg_sleep(60);
    WHEN 'required' THEN
        RAISE EXCEPTION 'secretvalue' USING ERRCODE = '23502',
            TABLE = 'things', COLUMN = 'label', SCHEMA = 'public';
    WHEN 'cast' THEN NEW.a := 'secretvalue'::integer;
    WHEN 'zero' THEN NEW.a := 1 / 0;
    WHEN 'skip' THEN RETURN NULL;
    ELSE
    END CASE;
    RETURN NEW;
END $$;
CREATE TRIGGER make_trouble BEFORE INSERT OR UPDATE ON things
    FOR EACH ROW WHEN (NEW.trouble IS NOT NULL)
    EXECUTE FUNCTION make_trouble();
SQL

my $resources = <<'INI';
[resource users]
columns = id
[resource groups]
columns  = id, name, parent_id
writable = id, name, parent_id
[resource things]
columns    = id, code, label, a, b, spoken, silent, low, high, pair_low
columns.2  = group_id, strict_id, late_id, late_code, slot, trouble
writable   = code, label, a, b, spoken, silent, low, high, pair_low
writable.2 = group_id, strict_id, late_id, late_code, slot, trouble
[resource owned]
columns  = id, owner_id, group_id, text
writable = text
owner    = owner_id
[relation things.group]
to  = groups
via = group_id
INI

my $routes = <<'INI';
[route thing]
match    = GET /things/:id
handler  = item
resource = things
[route thing-create]
match    = POST /things
handler  = create
resource = things
[route thing-update]
match    = PATCH /things/:id
handler  = update
resource = things
[route thing-replace]
match    = PUT /things/:id
handler  = replace
resource = things
[route thing-create-in]
match    = POST /groups/:group_id/things
handler  = create
resource = things
[route thing-create-strict]
match    = POST /strict/:strict_id/things
handler  = create
resource = things
[route group-create]
match    = POST /groups
handler  = create
resource = groups
[route group-update]
match    = PATCH /groups/:id
handler  = update
resource = groups
[route group-remove]
match    = DELETE /groups/:id
handler  = remove
resource = groups
[route owned-create]
match    = POST /groups/:group_id/owned
handler  = create
resource = owned
auth     = required
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, ini => { 'database main' => {
        lock_timeout => '300ms', statement_timeout => '1s' } });
$site->claim(qr/warning: .* anybody can/);

my @answers;

sub ask
{
    my ($method, $path, $body, @rest) = @_;
    my $answer = $site->request($method, $path,
        $body ? (json => $body) : (), @rest);
    push @answers, $answer;
    return $answer;
}

sub post { return ask('POST', '/things', @_) }

# Everything there is, to be compared: sequences have moved.
sub all
{
    return $site->sql('SELECT things FROM things ORDER BY id;
        SELECT groups FROM groups ORDER BY id; SELECT owned FROM owned;
        SELECT id FROM users ORDER BY id');
}

# That a body is refused: status, errors, message, if one is expected.
sub refuses
{
    my ($name, $answer, $status, $errors, $message) = @_;
    problem_ok $answer, $status, $name, @$errors;
    return if !defined $message;
    my $json = $answer->json;
    is $json->{errors} ? $json->{errors}[0]{message} : $json->{detail},
        $message, "$name: the message";
}

sub keeps_unique
{
    $site->pg->claim(qr/^ERROR 23505 /);
    my $before = all();
    refuses('a column, with a COMMENT', post({ code => 'x' }), 409,
        [ 'code unique' ], 'this code is taken');
    refuses('an index over an expression', post({ label => 'LABEL' }), 409,
        [ 'label unique' ], 'this label is taken');
    refuses('two columns, without a COMMENT', post({ a => 1, b => 1 }), 409,
        [ 'a unique' ], 'another row has this already');
    refuses('deferred to the end', post({ lateCode => 'l' }), 409,
        [ 'lateCode unique' ]);
    is all(), $before, 'nothing is stored of these';
    post({ code => 'y', pairLow => 1, spoken => 'A' });
    $before = all();
    refuses('a column and an expression', post({ pairLow => 1,
        spoken => 'a' }), 409, [ 'pairLow unique' ]);
    my $id = $site->sql("SELECT id FROM things WHERE code = 'y'");
    refuses('a change', ask('PATCH', "/things/$id", { code => 'x' }), 409,
        [ 'code unique' ]);
    refuses('a change of one of two', ask('PUT', "/things/$id",
        { b => 1, a => 1 }), 409, [ 'a unique' ]);
    is all(), $before, 'nothing is stored of these';
    $site->pg->claim(qr/^ERROR 23P01 /);
    refuses('an exclusion', post({ slot => '[4,9)' }), 409,
        [ 'slot unique' ], 'this slot is taken');
    is all(), $before, 'nothing is stored';
}

sub keeps_references
{
    $site->pg->claim(qr/^ERROR 23503 /);
    my $before = all();
    refuses('a row that is not there', post({ groupId => 99 }), 422,
        [ 'groupId reference' ], 'there is nothing with this key');
    refuses('one that is looked for at the end', post({ lateId => 99 }), 422,
        [ 'lateId reference' ]);
    refuses('a change', ask('PATCH', '/things/1', { groupId => 99 }), 422,
        [ 'groupId reference' ]);
    refuses('a replacement', ask('PUT', '/things/1', { groupId => 99 }), 422,
        [ 'groupId reference' ]);
    refuses('with a COMMENT', ask('POST', '/groups', { id => 9,
        parentId => 99 }), 422, [ 'parentId reference' ],
        'groups stand in a tree');
    refuses('one that the path names', ask('POST', '/strict/99/things', {}),
        404);
    refuses('one that is looked for before',
        ask('POST', '/groups/99/things', {}), 404);
    refuses('one of the body below a path', ask('POST', '/groups/1/things',
        { lateId => 99 }), 422, [ 'lateId reference' ]);
    my $token = $site->forge({ userId => 2 });
    refuses('an owner who goes meanwhile', ask('POST', '/groups/1/owned',
        { text => 'gone' }, bearer => $token), 401);
    refuses('a parent of what has an owner', ask('POST', '/groups/99/owned',
        { text => 'x' }, bearer => $token), 404);
    is all(), $before, 'nothing is stored of these';
}

sub keeps_what_is_referenced
{
    my $before = all();
    my $by_group = ask('DELETE', '/groups/1');
    refuses('a row of its own table', $by_group, 409, undef,
        'something else still refers to it: groups stand in a tree');
    refuses('a key that changes', ask('PATCH', '/groups/1', { id => 100 }),
        409);
    is all(), $before, 'nothing changes';
    $site->sql('UPDATE things SET group_id = 3 WHERE id = 1');
    $before = all();
    refuses('a row of another table', ask('DELETE', '/groups/3'), 409, undef,
        'something else still refers to it');
    refuses('its key', ask('PATCH', '/groups/3', { id => 100 }), 409);
    $site->sql('UPDATE things SET group_id = NULL, strict_id = 3');
    refuses('ON DELETE RESTRICT', ask('DELETE', '/groups/3'), 409, undef,
        'something else still refers to it: strictly needed');
    $site->sql('UPDATE things SET strict_id = NULL, late_id = 3');
    refuses('a deferred one', ask('DELETE', '/groups/3'), 409);
    is $site->sql('SELECT count(*) FROM groups'), 3, 'all are there';
    $site->sql('UPDATE things SET late_id = NULL');
}

sub keeps_rules
{
    $site->pg->claim(qr/^ERROR 23514 /, qr/^ERROR 23502 /);
    my $before = all();
    refuses('a CHECK with a COMMENT', post({ spoken => 'secretvalue' }), 422,
        [ 'spoken check' ], 'say something else');
    refuses('one without', post({ silent => 'secretvalue' }), 422,
        [ 'silent check' ], 'this breaks a rule of the database');
    refuses('one over two columns', post({ low => 2, high => 1 }), 422,
        [ 'low check' ]);
    refuses('one over two columns, of which one is there', ask('PATCH',
        '/things/1', { low => 2, high => 1 }), 422, [ 'low check' ]);
    refuses('a value that a trigger asks for', post({ trouble => 'required' }),
        422, [ 'label required' ], 'a value is required');
    refuses('a rule that only a trigger knows',
        post({ trouble => 'state 23514' }), 422);
    is all(), $before, 'nothing is stored of these';
}

sub refuses_values
{
    $site->pg->claim(qr/^ERROR 22/);
    $site->claim(qr/statement failed: 22012/);
    my $before = all();
    refuses('a range that is none', post({ slot => 'secretvalue' }), 422,
        [ 'slot type' ]);
    refuses('one upside down', post({ slot => '[5,1)' }), 422,
        [ 'slot type' ]);
    refuses('a value of a trigger', post({ trouble => 'cast' }), 422);
    refuses('a number of a trigger', post({ trouble => 'state 22003' }), 422);
    refuses('a division by zero is not the client\'s',
        post({ trouble => 'zero' }), 500);
    is all(), $before, 'nothing is stored of these';
}

sub fails
{
    $site->pg->claim(qr/^ERROR P0001 /, qr/^ERROR XX000 /, qr/^ERROR 23000 /,
        qr/^ERROR 57014 /, qr/^ERROR 55P03 /);
    $site->claim(qr/statement failed: (?:XX000|23000)/,
        qr/lock timeout: 55P03/, qr/statement timeout: 57014/);
    my $before = all();
    refuses('an exception of a trigger', post({ trouble => 'plain' }), 422,
        [], 'this breaks a rule of the database');
    refuses("SQLSTATE $_", post({ trouble => "state $_" }), 500)
        for qw(XX000 23000);
    refuses('a write that takes too long', post({ trouble => 'sleep' }), 504);
    my $session = $site->pg->session(user => 'byline_owner');
    $session->('BEGIN; LOCK TABLE things IN EXCLUSIVE MODE;');
    my $locked = post({ code => 'z' });
    refuses('a lock that somebody has', $locked, 503, undef,
        'the rows are in use; try again');
    like $locked->header('Retry-After'), qr/^\d+$/, 'with Retry-After';
    $session->('ROLLBACK;');
    is all(), $before, 'nothing is stored of these';
    is post({ code => 'z' })->status, 201, 'and then all is well';
    $session->('BEGIN; SELECT FROM things WHERE id = 1 FOR UPDATE;');
    refuses('a row that somebody has', ask('PATCH', '/things/1',
        { code => 'q' }), 503);
    $session->('ROLLBACK;');
}

sub tries_again
{
    $site->pg->claim(qr/^ERROR 40001 /, qr/^ERROR 40P01 /);
    $site->claim(qr/serialization failure: 40/);
    for my $state ('40001', '40P01') {
        # Attempts that do not count, for the standing check.
        $site->sql('ALTER SEQUENCE tries RESTART');
        $site->count('POST', 2);
        my $answer = post({ trouble => "retry $state 3" });
        is $answer->status, 201, "$state: the third try succeeds";
        is $site->sql("SELECT count(*) FROM things
            WHERE trouble = 'retry $state 3'"), 1, 'and stores one row';
        $site->sql('ALTER SEQUENCE tries RESTART');
        $site->count('POST', 2);
        refuses("$state: three are enough", post({
            trouble => "retry $state 4" }), 503, undef,
            'the rows are in use; try again');
        is $site->sql('SELECT last_value FROM tries'), 3, 'not more';
        is $site->sql("SELECT count(*) FROM things
            WHERE trouble = 'retry $state 4'"), 0, 'nothing is stored';
    }
}

# What was prepared no longer fits: nothing was stored, and it is done again.
sub follows_the_schema
{
    $site->pg->claim(qr/^ERROR 0A000 /, qr/^ERROR 42703 /);
    my @changes = (
        [ 'ALTER TABLE things ALTER label TYPE varchar(9)', 'abc' ],
        [ 'ALTER TABLE things ADD extra integer NOT NULL DEFAULT 5', 'def' ],
        [ 'ALTER TABLE things ALTER label TYPE text', 'many' ],
        [ 'ALTER TABLE things RENAME a TO aa;
            ALTER TABLE things ADD a bigint;
            GRANT SELECT (a), INSERT (a), UPDATE (a) ON things TO byline',
            'one' ],
    );
    for my $case (@changes) {
        my ($sql, $label) = @$case;
        $site->sql($sql);
        $site->count('POST', 2);
        is post({ label => $label, a => 7 })->status, 201, "after $sql";
        is $site->sql("SELECT count(*) FROM things WHERE label = '$label'"),
            1, 'one row is stored';
        $site->sql('DELETE FROM things WHERE id > 1');
    }
}

sub keeps_quiet
{
    my @refused = grep { $_->status >= 400 } @answers;
    cmp_ok scalar @refused, '>', 40, 'many were refused';
    my @loud = grep { $_->body =~ /secretvalue|SQLSTATE|ERROR|violates
        |constraint|duplicate|Key \(|relation|plpgsql|pg_|things_|public
        |"[0-9A-Z]{2}\d{2}[0-9A-Z]"/x } @refused;
    is_deeply [ map { $_->body } @loud ], [],
        'none says what only the database should know';
    unlike slurp($site->{log}), qr/secretvalue/,
        'nor does the log quote a value that a type refused';
}

subtest 'unique' => \&keeps_unique;
subtest 'reference' => \&keeps_references;
subtest 'referenced' => \&keeps_what_is_referenced;
subtest 'rules' => \&keeps_rules;
subtest 'values' => \&refuses_values;
subtest 'failures' => \&fails;
subtest 'again' => \&tries_again;
subtest 'schema' => \&follows_the_schema;
subtest 'quiet' => \&keeps_quiet;

done;
