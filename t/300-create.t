# POST makes a row, says where it is, and answers what a GET of it answers:
# the shipped articles, and tables with keys and defaults of every sort.
use utf8;
use Byline::Test;

# --- the shipped articles --------------------------------------------------

my $site = site(sql => <<'SQL');
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'admin@example.org', 'Admin', '*', 'admin'),
    (2, 'anna@example.org', 'Anna', '*', 'user'),
    (3, 'bert@example.org', 'Bert', '*', 'user');
SQL

my %token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 3;

sub post
{
    my ($who, $body, @rest) = @_;
    return $site->request('POST', '/articles', bearer => $token{$who},
        json => $body, @rest);
}

sub stored { return $site->sql("SELECT count(*) FROM articles") }

sub creates
{
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = post(2, { title => 'One', content => 'Text' });
    });
    is $answer->status, 201, 'created';
    is scalar @sent, 2, 'by one statement that writes and one that reads';
    unlike join(' ', map { $_->{text} } @sent), qr/One/,
        'no value is written into SQL';
    like $answer->header('Content-Type'), $JSON_TYPE, 'as JSON';
    is $answer->header('Cache-Control'), 'private, no-store',
        'an answer to a write is nobody else\'s';
    my $json = $answer->json;
    is join(',', $answer->keys),
        'id,title,content,authorId,publishedAt,createdAt,updatedAt,author',
        'the keys are those of the item route';
    is_deeply [ @$json{qw(title content authorId)} ], [ 'One', 'Text', 2 ],
        'with the values, and the author of the token';
    is $answer->header('Location'), "/articles/$json->{id}",
        'Location is the path of the item route';
    my $read = $site->get($answer->header('Location'), bearer => $token{2});
    is $read->status, 200, 'and leads to what was created';
    is $read->body, $answer->body, 'which looks the same, byte for byte';
}

sub hides_from_others
{
    my $answer = post(2, { title => 'Mine' });
    my $path = $answer->header('Location');
    is $answer->raw('author.email'), '"anna@example.org"',
        'the author sees what is private';
    is $site->get($path)->raw('author.email'), 'null', 'nobody else does';
    my $by_admin = post(1, { title => 'x', authorId => 2 });
    is $by_admin->raw('author.email'), '"anna@example.org"',
        'an admin sees what is private of others';
}

sub takes_the_author_from_the_token
{
    is post(2, { title => 'x', authorId => 3 })->json->{authorId}, 2,
        'an author in the body is ignored';
    for my $wrong ('x', \'1.5', [], {}, \'null', '') {
        my $text = ref $wrong eq 'SCALAR' ? $$wrong
            : JSON::PP->new->allow_nonref->encode($wrong);
        my $answer = post(2, \qq({"title":"x","authorId":$text}));
        is $answer->status, 201, "from a user even $text";
        is $answer->json->{authorId}, 2, 'is ignored';
    }
    is post(1, { title => 'x', authorId => 3 })->json->{authorId}, 3,
        'an admin can write for others';
    is post(1, { title => 'x' })->json->{authorId}, 1,
        'and else is the author';
    my $before = stored();
    $site->pg->claim(qr/23503 .*articles_author_id_fkey/);
    problem_ok post(1, { title => 'x', authorId => 99 }), 422,
        'an author who is not there', 'authorId reference';
    problem_ok post(1, { title => 'x', authorId => 'x' }), 422,
        'from an admin a malformed author counts', 'authorId type';
    problem_ok post(1, \'{"title":"x","authorId":99999999999999999999}'), 422,
        'so does one beyond all numbers', 'authorId range';
    problem_ok post(1, \'{"title":"x","authorId":null}'), 422,
        'and none', 'authorId null';
    is stored(), $before, 'nothing is stored of these';
}

sub reads_bodies
{
    is post(2, { title => 'x', nope => [ 1, { a => 2 } ], id => 77,
        createdAt => 'never', author => { name => 'y' } })->status, 201,
        'unknown properties are ignored';
    is $site->sql('SELECT count(*) FROM articles WHERE id = 77'), 0,
        'also those that are columns, but not writable';
    is post(2, \'{"title":"a","title":"b","titl\u0065":"c"}')->json->{title},
        'c', 'the last of duplicate keys counts';
    is post(2, \'{"title":"good","title":5}')->status, 422,
        'also when it is wrong';
    is post(2, { title => 'x' })->raw('content'), 'null', 'absent is null';
    is post(2, { title => 'x', content => undef })->raw('content'), 'null',
        'null is null';
    my $blank = post(2, { title => "  a\t\n ", content => ' ' });
    is $blank->json->{title}, "  a\t\n ", 'blanks are kept';
    is $site->sql("SELECT content = ' ' FROM articles WHERE id = "
        . $blank->json->{id}), 't', 'in the database as well';
    my $text = "\"\\/\b\f\n\r\t\x01\x7f é 日本 😀 \x{2028}</script>' OR 1=1--";
    is post(2, { title => $text })->json->{title}, $text,
        'every character comes back';
    is post(2, \'{"title":"\ud83d\ude00\u00e9"}')->json->{title}, "\x{1f600}é",
        'escapes are what they stand for';
}

sub asks_who
{
    my $before = stored();
    my @sent = $site->statements_of(sub {
        problem_ok $site->request('POST', '/articles', json => {}), 401,
            'nobody';
        problem_ok $site->request('POST', '/articles', json => {},
            bearer => 'x'), 401, 'a token that is none';
        problem_ok post(2, {}), 422, 'a title is required', 'title required';
    });
    is_deeply \@sent, [], 'without the database';
    problem_ok $site->request('POST', '/articles', json => { title => 'x' },
        bearer => $site->forge({ userId => 99 })), 401,
        'somebody who is gone';
    is stored(), $before, 'nothing is stored';
    $site->sql('DELETE FROM articles; DELETE FROM users WHERE id = 3');
    problem_ok post(3, { title => 'x' }), 401, 'gone since the token';
}

subtest 'an article' => \&creates;
subtest 'private' => \&hides_from_others;
subtest 'author' => \&takes_the_author_from_the_token;
subtest 'body' => \&reads_bodies;
subtest 'who' => \&asks_who;
$site->stop;

# --- a schema of the test's own --------------------------------------------

my $schema = <<'SQL';
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL,
    password text NOT NULL, role text NOT NULL, tokens_since timestamptz);
INSERT INTO users VALUES (1, 'a', '*', 'user'), (2, 'b', '*', 'admin');
CREATE TABLE articles (id serial PRIMARY KEY, title text NOT NULL);
INSERT INTO articles (title) VALUES ('first');
CREATE TABLE comments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id integer NOT NULL REFERENCES articles,
    author_id integer REFERENCES users,
    text text NOT NULL
);
CREATE TYPE mood AS ENUM ('so so', 'good');
CREATE FUNCTION one() RETURNS double precision LANGUAGE sql AS 'SELECT 1.0';
CREATE TABLE defaults (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    word text DEFAULT 'it''s $1',
    number bigint DEFAULT 1,
    sum numeric(8, 2) DEFAULT 0,
    small smallint DEFAULT 2,
    approx real DEFAULT 0,
    feeling mood DEFAULT 'good',
    tags text[] DEFAULT '{a}',
    extra jsonb DEFAULT '{"a": 1}',
    day date DEFAULT '2024-02-29',
    at timestamp DEFAULT '2024-02-29 12:00',
    needed boolean NOT NULL DEFAULT true,
    computed integer GENERATED ALWAYS AS (7) STORED,
    lossy bigint DEFAULT one(),
    text_of_number text DEFAULT 5,
    short varchar(3) DEFAULT 'abc'
);
CREATE TABLE pairs (a text, b integer, note text, PRIMARY KEY (a, b));
CREATE TABLE loose (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id serial PRIMARY KEY, owner_id integer NOT NULL
    REFERENCES users, text text);
CREATE TABLE open (id serial PRIMARY KEY, owner_id integer NOT NULL
    REFERENCES users, text text);
SQL

my $resources = <<'INI';
[resource users]
columns = id, role
[resource articles]
columns  = id, title
writable = title
[resource comments]
columns  = id, article_id, author_id, text
writable = text
owner    = author_id
[relation comments.article]
to  = articles
via = article_id
[resource defaults]
columns    = id, word, number, sum, small, approx, feeling, tags, extra
columns.2  = day, at, needed, computed, lossy, text_of_number, short
writable   = word, number, sum, small, approx, feeling, tags, extra
writable.2 = day, at, needed, lossy, text_of_number, short
[resource pairs]
columns  = a, b, note
writable = a, b, note
[resource loose]
columns  = id, name as called
writable = name
[resource notes]
columns  = id, owner_id, text
writable = text
owner    = owner_id
[resource open]
columns  = id, owner_id, text
writable = owner_id, text
owner    = owner_id
INI

my $routes = <<'INI';
[route article-create]
match    = POST /articles
handler  = create
resource = articles
[route article]
match    = GET /articles/:id
handler  = item
resource = articles
[route comment-create]
match    = POST /articles/:article_id/comments
handler  = create
resource = comments
auth     = optional
[route comment]
match    = GET /comments/:id
handler  = item
resource = comments
with     = article
[route default-create]
match    = POST /defaults
handler  = create
resource = defaults
[route default]
match    = GET /defaults/:id
handler  = item
resource = defaults
[route pair-short]
match    = GET /short/:b/:a
handler  = item
resource = pairs
[route pair]
match    = GET /pairs/:a/:b
handler  = item
resource = pairs
[route pair-create]
match    = POST /pairs
handler  = create
resource = pairs
location = pair
[route pair-create-first]
match    = POST /pairs-first
handler  = create
resource = pairs
[route pair-create-here]
match    = POST /pairs/:a/:b
handler  = create
resource = pairs
writable = note
[route loose-create]
match    = POST /loose
handler  = create
resource = loose
[route note-create]
match    = POST /me/notes
handler  = create
resource = notes
viewer   = owner_id
auth     = required
[route note-create-of]
match    = POST /users/:owner_id/notes
handler  = create
resource = notes
auth     = required
[route open-create-of]
match    = POST /users/:owner_id/open
handler  = create
resource = open
auth     = required
[route note]
match    = GET /notes/:id
handler  = item
resource = notes
[route open-create]
match    = POST /open
handler  = create
resource = open
auth     = required
[route admin-create]
match    = POST /admin/articles
handler  = create
resource = articles
auth     = required
role     = admin
INI

$site = site(schema => $schema, resources => $resources, routes => $routes);
%token = map { $_ => $site->forge({ userId => $_ }) } 1, 2;

sub create
{
    my ($path, $body, @rest) = @_;
    return $site->request('POST', $path, json => $body, @rest);
}

sub makes_keys
{
    my $serial = create('/articles', { title => 'x' });
    is $serial->status, 201, 'a serial key, without identity';
    is $serial->body, '{"id":2,"title":"x"}', 'comes from the sequence';
    is $serial->header('Location'), '/articles/2', 'and is in Location';
    is $site->get('/articles/2')->body, $serial->body, 'where the row is';

    my $uuid = create('/defaults', {});
    is $uuid->status, 201, 'a key that is a default';
    like $uuid->json->{id}, qr/^[0-9a-f]{8}-/, 'is made';
    is $uuid->header('Location'), "/defaults/" . $uuid->json->{id},
        'and is in Location';

    my $pair = create('/pairs', { a => 'A b+ü?#%;', b => -5 });
    is $pair->status, 201, 'a key of two columns';
    is $pair->header('Location'), '/pairs/A%20b+%C3%BC%3F%23%25;/-5',
        'is in Location, percent-encoded';
    is $site->get($pair->header('Location'))->body, $pair->body,
        'which leads to the row';
    is create('/pairs-first', { a => 'x', b => 1 })->header('Location'),
        '/short/1/x', 'without location = it is the first item route';
    my $here = create('/pairs/h%20h/7', { a => 'no', b => 8, note => 'n' });
    is $here->body, '{"a":"h h","b":7,"note":"n"}',
        'a key can come from the path';
    is $here->header('Location'), '/pairs/h%20h/7', 'which then is its own';
    $site->pg->claim(qr/23505 .*pairs_pkey/);
    problem_ok create('/pairs/h%20h/7', {}), 409, 'but not twice',
        'a unique';

    my $loose = create('/loose', { called => 'x' });
    is $loose->status, 201, 'a resource without an item route';
    is $loose->body, '{"id":1,"called":"x"}', 'is shown by its columns';
    is $loose->header('Location'), undef, 'without Location';
}

sub fills_defaults
{
    my $all = '"word":"it\'s $1","number":1,"sum":0.00,"small":2,"approx":0,'
        . '"feeling":"good","tags":["a"],"extra":{"a": 1},'
        . '"day":"2024-02-29","at":"2024-02-29T12:00:00","needed":true,'
        . '"computed":7,"lossy":1,"textOfNumber":"5","short":"abc"';
    like create('/defaults', {})->body, qr/^\{"id":"[^"]*",\Q$all\E\}$/,
        'what is absent has its default';
    my @names = qw(word number sum small approx feeling tags extra day at
        lossy textOfNumber short);
    my $null = create('/defaults', { map { $_ => undef } @names });
    is_deeply [ grep { $null->raw($_) ne 'null' } @names ], [],
        'null is null';
    problem_ok create('/defaults', { needed => undef }), 422,
        'where it can be', 'needed null';
    my $given = '"word":"w","number":9007199254740993,"sum":1.50,"small":3,'
        . '"approx":0.5,"feeling":"so so","tags":["x",null],'
        . '"extra":[1, "a"],"day":"2023-01-01","at":"2023-01-01T00:00:01",'
        . '"needed":false,"lossy":9007199254740993,"textOfNumber":"t",'
        . '"short":"s"';
    my $set = create('/defaults', \"{$given,\"computed\":1}");
    is $set->status, 201, 'all of them can be set';
    is $set->body =~ s/^\{"id":"[^"]*",|"computed":7,//gr, "$given}",
        'to what is given, exactly';
}

sub creates_below_parents
{
    my $answer = create('/articles/1/comments', { text => 'x' });
    is $answer->status, 201, 'below a parent';
    is $answer->body, '{"id":1,"articleId":1,"authorId":null,"text":"x",'
        . '"article":{"id":1,"title":"first"}}', 'which it has from the path';
    is $answer->header('Location'), '/comments/1', 'under its own path';
    is create('/articles/1/comments', { text => 'x' }, bearer => $token{1})
        ->json->{authorId}, 1, 'with its owner, if somebody asks';
    my $before = $site->sql('SELECT count(*) FROM comments');
    problem_ok create("/articles/$_/comments", { text => 'x' }), 404,
        "no parent $_" for 99, -1, '9' x 30;
    problem_ok create('/articles/x/comments', { text => 'x' }), 400,
        'a parent that is none', 'articleId type';
    problem_ok create('/articles/1/comments', { text => 'x' },
        bearer => $site->forge({ userId => 9 })), 401, 'somebody is gone';
    is $site->sql('SELECT count(*) FROM comments'), $before,
        'nothing is stored of these';
}

sub makes_nobody_an_owner
{
    my $note = create('/users/1/notes', { text => 'x' }, bearer => $token{1});
    is $note->status, 201, 'a path may name the owner';
    is $note->json->{ownerId}, 1, 'who is who asks';
    my $before = $site->sql('SELECT count(*) FROM notes');
    problem_ok create('/users/2/notes', {}, bearer => $token{1}), 403,
        'and nobody else';
    is $site->sql('SELECT count(*) FROM notes'), $before, 'nothing is stored';
    is create('/users/1/notes', {}, bearer => $token{2})->json->{ownerId}, 1,
        'but for an admin';
    is create('/users/1/open', { ownerId => 2 }, bearer => $token{1})
        ->json->{ownerId}, 1, 'the path is stronger than the body';
    $site->pg->claim(qr/23503 .*notes_owner_id_fkey/);
    problem_ok create('/users/9/notes', {}, bearer => $token{2}), 404,
        'an owner who is not there';
}

sub knows_who_asks
{
    my $note = create('/me/notes', { text => 'x', ownerId => 2 },
        bearer => $token{1});
    is $note->body, '{"id":1,"ownerId":1,"text":"x"}',
        'viewer = fills the column';
    is $site->get($note->header('Location'))->body, $note->body,
        'Location leads to the row';
    problem_ok create('/me/notes', {}), 401, 'nobody has no column';
    is create('/open', { text => 'x' }, bearer => $token{1})
        ->json->{ownerId}, 1, 'an owner that is writable is the viewer';
    is create('/open', { text => 'x', ownerId => 2 }, bearer => $token{1})
        ->json->{ownerId}, 1, 'whatever the body says';
    is create('/open', { text => 'x', ownerId => 1 }, bearer => $token{2})
        ->json->{ownerId}, 1, 'unless an admin sends it';

    is create('/admin/articles', { title => 'x' }, bearer => $token{2})
        ->status, 201, 'role = lets the role in';
    problem_ok create('/admin/articles', { title => 'x' },
        bearer => $token{1}), 403, 'and others not';
    problem_ok create('/admin/articles', { title => 'x' }), 401,
        'nor nobody';
    is $site->sql('SELECT count(*) FROM articles'), 3,
        'nothing is stored of these';
}

subtest 'keys' => \&makes_keys;
subtest 'defaults' => \&fills_defaults;
subtest 'parents' => \&creates_below_parents;
subtest 'viewer' => \&knows_who_asks;
subtest 'owner' => \&makes_nobody_an_owner;

done;
