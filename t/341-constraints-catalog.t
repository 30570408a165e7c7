# What the catalog has to know of constraints for a refusal to name a field:
# those of partitions, by whose names the server tells them, and those that
# have no column.
use utf8;
use Byline::Test;

my $schema = <<'SQL';
CREATE SCHEMA parts;
CREATE TABLE groups (id integer NOT NULL PRIMARY KEY)
    PARTITION BY RANGE (id);
CREATE TABLE groups_1 PARTITION OF groups FOR VALUES FROM (0) TO (100);
INSERT INTO groups VALUES (1), (2);
CREATE TABLE things (
    id integer NOT NULL PRIMARY KEY,
    label text CONSTRAINT things_label CHECK (label <> ''),
    code text,
    word text CONSTRAINT things_word CHECK (word <> ''),
    group_id integer CONSTRAINT things_group REFERENCES groups
) PARTITION BY RANGE (id);
CREATE UNIQUE INDEX things_code ON things (id, lower(code));
CREATE TABLE parts.low PARTITION OF things FOR VALUES FROM (0) TO (100);
CREATE TABLE parts.high PARTITION OF things FOR VALUES FROM (100) TO (300)
    PARTITION BY RANGE (id);
CREATE TABLE parts.higher PARTITION OF parts.high
    FOR VALUES FROM (100) TO (200);
ALTER TABLE parts.low ADD CONSTRAINT low_code UNIQUE (code);
CREATE UNIQUE INDEX low_word ON parts.low (lower(word));
COMMENT ON CONSTRAINT things_pkey ON things IS 'this id is taken';
COMMENT ON CONSTRAINT things_label ON things IS 'say something';
COMMENT ON CONSTRAINT things_word ON things IS 'say a word';
COMMENT ON CONSTRAINT things_word ON parts.low IS 'say a low word';
COMMENT ON CONSTRAINT low_code ON parts.low IS 'this code is taken';
COMMENT ON CONSTRAINT things_group ON things IS 'no such group';
CREATE TABLE pairs (id serial PRIMARY KEY, a text, b text);
CREATE FUNCTION has_any(pairs) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS 'SELECT $1.a IS NOT NULL OR $1.b IS NOT NULL';
ALTER TABLE pairs ADD CONSTRAINT pairs_any CHECK (has_any(pairs.*));
SQL

my $resources = <<'INI';
[resource things]
columns  = id, label, code, word, group_id
writable = id, label, code, word, group_id
[resource low]
table    = parts.low
columns  = id, label, code, word
writable = id, label, code, word
[resource groups]
columns  = id
[resource pairs]
columns  = id, a, b
writable = a, b
INI

my $routes = join '', map { <<"INI" } qw(things low pairs);
[route create-$_]
match    = POST /$_
handler  = create
resource = $_
INI
$routes .= <<'INI';
[route group-remove]
match    = DELETE /groups/:id
handler  = remove
resource = groups
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, nginx => 0);
$site->claim(qr/warning: .* anybody can remove/);

sub refuses
{
    my ($name, $path, $body, $status, $field, $message) = @_;
    my $answer = $site->direct($path, method => 'POST', json => $body);
    problem_ok $answer, $status, $name, $field // ();
    is $answer->json->{errors}[0]{message}, $message, "$name: message"
        if $message;
}

subtest 'constraints of partitions' => sub {
    $site->pg->claim(qr/^ERROR 23505 /, qr/^ERROR 23514 /,
        qr/^ERROR 23503 /);
    for my $id (1, 150) {
        is $site->direct('/things', method => 'POST', json => { id => $id,
            code => "c$id", word => "w$id", groupId => 2 })->status, 201,
            "$id: a row";
        refuses("$id: a key", '/things', { id => $id }, 409, 'id unique',
            'this id is taken');
        refuses("$id: a CHECK", '/things', { id => $id + 1, label => '' },
            422, 'label check', 'say something');
        refuses("$id: a reference", '/things', { id => $id + 1,
            groupId => 99 }, 422, 'groupId reference', 'no such group');
    }
    refuses('a COMMENT of the partition', '/things', { id => 2,
        word => '' }, 422, 'word check', 'say a low word');
    refuses('none of a partition of a partition', '/things', { id => 151,
        word => '' }, 422, 'word check', 'say a word');
    refuses('a constraint of the partition alone', '/things', { id => 2,
        code => 'c1' }, 409, 'code unique', 'this code is taken');
    refuses('an index of the partition alone', '/things', { id => 2,
        word => 'W1' }, 409, 'word unique', 'another row has this already');
    refuses('no partition', '/things', { id => 900 }, 422);
};

subtest 'a partition that is a resource itself' => sub {
    refuses('a key', '/low', { id => 1 }, 409, 'id unique',
        'this id is taken');
    refuses('a constraint', '/low', { id => 2, code => 'c1' }, 409,
        'code unique', 'this code is taken');
};

subtest 'what refers to a partition' => sub {
    my $answer = $site->direct('/groups/2', method => 'DELETE');
    problem_ok $answer, 409, 'a row that is referred to';
    is $answer->json->{detail}, 'something else still refers to it: no such '
        . 'group', 'with the COMMENT';
};

subtest 'a constraint without columns' => sub {
    $site->pg->claim(qr/^ERROR 23514 /);
    my $answer = $site->direct('/pairs', method => 'POST', json => {});
    problem_ok $answer, 422, 'a whole row';
    is $answer->json->{errors}, undef, 'is about no field';
    is $answer->json->{detail}, 'this breaks a rule of the database',
        'and is told';
};

done;
