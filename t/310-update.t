# PATCH changes what it names, PUT replaces, DELETE removes; and who may: the
# shipped articles, and tables with other keys, owners and roles.
use utf8;
use Byline::Test;

my $people = <<'SQL';
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'admin@example.org', 'Admin', '*', 'admin'),
    (2, 'anna@example.org', 'Anna', '*', 'user'),
    (3, 'bert@example.org', 'Bert', '*', 'user');
INSERT INTO articles (id, title, content, author_id, created_at, updated_at)
    SELECT n, 'Title ' || n, 'Text', 2, '2024-01-01+00', '2024-01-01+00'
    FROM generate_series(1, 20) n;
SQL

my $site = site(sql => $people);
my %token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 3, 9;

# Who asks is a number of %token, or 0.
sub ask
{
    my ($who, $method, $path, @body) = @_;
    return $site->request($method, $path,
        $who ? (bearer => $token{$who}) : (), @body ? (json => $body[0]) : ());
}

sub row
{
    my ($id) = @_;
    return $site->sql("SELECT title, content, author_id,
        updated_at = '2024-01-01+00' FROM articles WHERE id = $id");
}

sub patches
{
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = ask(2, PATCH => '/articles/1', { content => 'New' });
    });
    is $answer->status, 200, 'changed';
    is scalar @sent, 2, 'by one statement that writes and one that reads';
    is $answer->header('Cache-Control'), 'private, no-store', 'for one alone';
    is $answer->header('Location'), undef, 'without Location';
    is $answer->body, ask(2, GET => '/articles/1')->body,
        'the answer is what GET answers';
    is row(1), 'Title 1|New|2|f', 'what is absent is kept';
    is ask(2, PATCH => '/articles/1', { content => undef })->raw('content'),
        'null', 'null clears';
    is row(1), 'Title 1||2|f', 'and is NULL';
    problem_ok ask(2, PATCH => '/articles/1', { title => undef }), 422,
        'null is refused where it cannot be', 'title null';
    is row(1), 'Title 1||2|f', 'then nothing changes';
    is ask(2, PATCH => '/articles/1', { title => 'A', content => 'B' })
        ->status, 200, 'two at once';
    is row(1), 'A|B|2|f', 'are both changed';
}

sub leaves_alone
{
    for my $body ({}, { nope => 1 }, { id => 5, createdAt => 'x' }) {
        my $answer = ask(2, PATCH => '/articles/2', $body);
        is $answer->status, 200, 'a body that sets nothing';
        is $answer->body, ask(2, GET => '/articles/2')->body, 'is answered';
        is row(2), 'Title 2|Text|2|t', 'and changes nothing';
    }
    my $answer = ask(2, PATCH => '/articles/2', { authorId => 3 });
    is $answer->json->{authorId}, 2, 'an author is not given away';
    is row(2), 'Title 2|Text|2|t', 'what is ignored changes nothing';
    is ask(2, PATCH => '/articles/2', { authorId => 'x' })->status, 200,
        'whatever it is';
    problem_ok ask(0, PATCH => '/articles/2', {}), 401, 'not for nobody';
    problem_ok ask(3, PATCH => '/articles/2', {}), 403, 'not for others';
    problem_ok ask(2, PATCH => '/articles/99', {}), 404, 'not of nothing';
}

sub lets_admins
{
    is ask(1, PATCH => '/articles/3', { title => 'By admin' })->status, 200,
        'an admin changes rows of others';
    is row(3), 'By admin|Text|2|f', 'which stay theirs';
    is ask(1, PATCH => '/articles/3', { authorId => 3 })->json->{authorId}, 3,
        'an admin gives a row to another';
    is ask(3, PATCH => '/articles/3', { title => 'Mine' })->status, 200,
        'who then owns it';
    problem_ok ask(2, PATCH => '/articles/3', { title => 'Mine' }), 403,
        'and who had it does not';
    problem_ok ask(1, PATCH => '/articles/3', { authorId => 'x' }), 422,
        'from an admin a malformed author counts', 'authorId type';
    $site->pg->claim(qr/23503 .*articles_author_id_fkey/);
    problem_ok ask(1, PATCH => '/articles/3', { authorId => 99 }), 422,
        'and one who is not there', 'authorId reference';
    problem_ok ask(1, PATCH => '/articles/3', { authorId => undef }), 422,
        'and none', 'authorId null';
    is row(3), 'Mine|Text|3|f', 'nothing changes then';
}

sub replaces
{
    my $answer = ask(2, PUT => '/articles/4', { title => 'New' });
    is $answer->status, 200, 'replaced';
    is $answer->body, ask(2, GET => '/articles/4')->body,
        'the answer is what GET answers';
    is row(4), 'New||2|f', 'what is absent is NULL, the author is kept';
    is ask(2, PUT => '/articles/4', { title => 'N', content => 'C',
        authorId => 3 })->json->{authorId}, 2, 'an author is not given away';
    is row(4), 'N|C|2|f', 'all is set';
    problem_ok ask(2, PUT => '/articles/4', { content => 'x' }), 422,
        'what is required has to be there', 'title required';
    problem_ok ask(2, PUT => '/articles/4', {}), 422, 'also alone',
        'title required';
    problem_ok ask(2, PUT => '/articles/99', { title => 'x' }), 404,
        'nothing is created';
    problem_ok ask(3, PUT => '/articles/4', { title => 'x' }), 403,
        'by others neither';
    is row(4), 'N|C|2|f', 'nothing changes then';
    is ask(1, PUT => '/articles/4', { title => 'x', authorId => 3 })
        ->json->{authorId}, 3, 'an admin gives it to another';
    is ask(1, PUT => '/articles/4', { title => 'y' })->json->{authorId}, 3,
        'or leaves it theirs';
}

sub removes
{
    my $answer;
    my @sent = $site->statements_of(sub {
        $answer = ask(2, DELETE => '/articles/5');
    });
    is $answer->status, 204, 'removed';
    is scalar @sent, 1, 'by one statement';
    is $answer->body, '', 'without a body';
    is $answer->header('Content-Type'), undef, 'or a type';
    is row(5), '', 'it is gone';
    problem_ok ask(2, GET => '/articles/5'), 404, 'for readers';
    problem_ok ask(2, DELETE => '/articles/5'), 404, 'and once more';
    problem_ok ask(2, PATCH => '/articles/5', { title => 'x' }), 404,
        'nor can it be changed';
    is ask(1, DELETE => '/articles/6')->status, 204,
        'an admin removes rows of others';
    problem_ok ask(3, DELETE => '/articles/7'), 403, 'others do not';
    problem_ok ask(0, DELETE => '/articles/7'), 401, 'nor does nobody';
    problem_ok ask(9, DELETE => '/articles/7'), 401, 'nor who is gone';
    is row(7), 'Title 7|Text|2|t', 'it is still there';
    is ask(2, DELETE => '/articles/8', { any => 'body' })->status, 204,
        'a body is ignored';
    problem_ok ask(2, DELETE => '/articles/x'), 400, 'a key that is none',
        'id type';
    problem_ok ask(2, DELETE => '/articles/' . '9' x 30), 404,
        'a key beyond all numbers';
}

sub tells_in_order
{
    for my $method (qw(PATCH PUT)) {
        my @body = { title => 'x' };
        my @sent = $site->statements_of(sub {
            problem_ok ask(0, $method, '/articles/99', {}), 401,
                "$method: nobody, before all else";
            problem_ok ask(2, $method, '/articles/x', \'{"title":'), 400,
                "$method: a malformed body before a row's rules", 'body malformed';
            problem_ok ask(2, $method, '/articles/x', { title => 5 }), 400,
                "$method: a malformed path before the fields", 'id type';
            problem_ok ask(3, $method, '/articles/99', { title => 5 }), 422,
                "$method: the fields before who owns what", 'title type';
        });
        is_deeply \@sent, [], 'none of it asks the database';
        problem_ok ask(9, $method, '/articles/99', @body), 401,
            "$method: who is gone before what is gone";
        problem_ok ask(3, $method, '/articles/99', @body), 404,
            "$method: what is not there before whose it is";
        problem_ok ask(3, $method, '/articles/9', @body), 403,
            "$method: then whose it is";
    }
    is row(9), 'Title 9|Text|2|t', 'nothing changes';
}

subtest 'patch' => \&patches;
subtest 'nothing' => \&leaves_alone;
subtest 'admin' => \&lets_admins;
subtest 'put' => \&replaces;
subtest 'delete' => \&removes;
subtest 'order' => \&tells_in_order;
$site->stop;

# --- other keys, owners and roles ------------------------------------------

my $schema = <<'SQL';
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL,
    password text NOT NULL, role text NOT NULL, tokens_since timestamptz);
INSERT INTO users VALUES (1, 'a', '*', 'admin'), (2, 'b', '*', 'user'),
    (3, 'c', '*', 'editor');
CREATE TABLE things (
    id integer PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    word text DEFAULT 'default',
    number integer NOT NULL DEFAULT 7,
    needed integer NOT NULL
);
INSERT INTO things SELECT n, 's' || n, 'w', 1, 1 FROM generate_series(1, 9) n;
CREATE TABLE pairs (a integer, b text, note text, PRIMARY KEY (a, b));
INSERT INTO pairs VALUES (1, 'x', 'n'), (1, 'y', 'n'), (2, 'x', 'n');
CREATE TABLE pages (id integer PRIMARY KEY, text text, status text);
INSERT INTO pages VALUES (1, 't', 'draft');
CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users,
    text text);
INSERT INTO profiles VALUES (1, 'one'), (2, 'two');
SQL

my $resources = <<'INI';
[resource users]
columns  = id, role
writable = role
owner    = id
[field users.role]
role = admin
[resource things]
columns  = id, slug, word, number, needed
writable = id, slug, word, number, needed
[resource pairs]
columns  = a, b, note
writable = a, b, note
[resource pages]
columns  = id, text, status
writable = text, status
[field pages.status]
role = editor
[resource profiles]
columns  = user_id, text
writable = text
owner    = user_id
INI

my $routes = <<'INI';
[route thing]
match    = GET /things/:id
handler  = item
resource = things
[route thing-update]
match    = PATCH /things/:id
handler  = update
resource = things
[route thing-replace]
match    = PUT /things/:id
handler  = replace
resource = things
[route thing-by-slug]
match    = GET /by-slug/:slug
handler  = item
resource = things
[route thing-update-by-slug]
match    = PATCH /by-slug/:slug
handler  = update
resource = things
[route thing-remove-by-slug]
match    = DELETE /by-slug/:slug
handler  = remove
resource = things
[route pair]
match    = GET /pairs/:a/:b
handler  = item
resource = pairs
[route pair-update]
match    = PATCH /pairs/:a/:b
handler  = update
resource = pairs
[route pair-remove]
match    = DELETE /pairs/:a/:b
handler  = remove
resource = pairs
[route page-update]
match    = PATCH /pages/:id
handler  = update
resource = pages
auth     = optional
[route page-replace]
match    = PUT /pages/:id
handler  = replace
resource = pages
auth     = optional
[route page-remove]
match    = DELETE /pages/:id
handler  = remove
resource = pages
auth     = required
role     = editor
[route user-update]
match    = PATCH /users/:id
handler  = update
resource = users
auth     = required
[route profile-mine]
match    = PATCH /profile
handler  = update
resource = profiles
viewer   = user_id
auth     = required
[route profile-mine-remove]
match    = DELETE /profile
handler  = remove
resource = profiles
viewer   = user_id
auth     = required
INI

$site = site(schema => $schema, resources => $resources, routes => $routes);
$site->claim(qr/warning: .* anybody can/);
%token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 3, 9;

sub changes_keys
{
    is ask(0, PATCH => '/things/1', { id => 101 })->body,
        '{"id":101,"slug":"s1","word":"w","number":1,"needed":1}',
        'a key can change, and the answer is the row under the new one';
    problem_ok ask(0, GET => '/things/1'), 404, 'the old one is no more';
    is ask(0, PATCH => '/by-slug/s1', { word => 'x' })->json->{word}, 'x',
        'another unique key names a row';
    is ask(0, PATCH => '/by-slug/s1', { slug => 't1', id => 1 })->body,
        '{"id":1,"slug":"t1","word":"x","number":1,"needed":1}',
        'and can change, with the primary one';
    problem_ok ask(0, PATCH => '/by-slug/s1', { word => 'x' }), 404,
        'the old one is no more';
    $site->pg->claim(qr/23505 .*things_(?:pkey|slug_key)/);
    problem_ok ask(0, PATCH => '/things/2', { slug => 's3' }), 409,
        'not to one that is taken', 'slug unique';
    problem_ok ask(0, PATCH => '/things/2', { id => 3 }), 409,
        'nor the primary one', 'id unique';
    is ask(0, DELETE => '/by-slug/s9')->status, 204, 'or to remove it by';

    is ask(0, PATCH => '/pairs/1/x', { b => 'z' })->body,
        '{"a":1,"b":"z","note":"n"}', 'a part of a key can change';
    is ask(0, PATCH => '/pairs/1/z', { note => 'changed' })->json->{note},
        'changed', 'a key of two columns names a row';
    is $site->sql('SELECT string_agg(a || b || note, \',\' ORDER BY a, b)
        FROM pairs'), '1yn,1zchanged,2xn', 'and no other';
    is ask(0, DELETE => '/pairs/1/y')->status, 204, 'removed by such a key';
    is $site->sql('SELECT count(*) FROM pairs'), 2, 'one row alone';
}

sub replaces_with_defaults
{
    is ask(0, PUT => '/things/4', { id => 4, slug => 's4', needed => 2 })
        ->body, '{"id":4,"slug":"s4","word":"default","number":7,"needed":2}',
        'what is absent has its default';
    is ask(0, PUT => '/things/4', { id => 4, slug => 's4', needed => 2,
        word => undef })->raw('word'), 'null', 'null is null';
    problem_ok ask(0, PUT => '/things/4', { number => undef }), 422,
        'all that is wrong is told at once', 'id required', 'slug required',
        'needed required', 'number null';
    is ask(0, PATCH => '/things/4', { number => 5 })->raw('word'), 'null',
        'a change gives no defaults';
}

sub asks_for_roles
{
    is ask(3, PATCH => '/pages/1', { status => 'final' })->json->{status},
        'final', 'who has the role of a field sets it';
    for my $who (0, 2) {
        is ask($who, PATCH => '/pages/1', { status => 'draft', text => 'u' })
            ->body, '{"id":1,"text":"u","status":"final"}',
            'from others it is ignored, and the rest is not';
    }
    is ask(2, PUT => '/pages/1', {})->body,
        '{"id":1,"text":null,"status":"final"}', 'a replaced row keeps it';
    is ask(3, PUT => '/pages/1', { text => 'e', status => 's' })->body,
        '{"id":1,"text":"e","status":"s"}', 'but for who may set it';
    problem_ok ask(9, PATCH => '/pages/1', { text => 'x' }), 401,
        'who is gone is not nobody';
    problem_ok ask(2, DELETE => '/pages/1'), 403, 'a route with a role';
    problem_ok ask(2, DELETE => '/pages/9'), 404,
        'what is not there before the role';
    problem_ok ask(9, DELETE => '/pages/9'), 401, 'who is gone first';
    is ask(3, DELETE => '/pages/1')->status, 204, 'for who has it';

    is ask(2, PATCH => '/users/2', { role => 'admin' })->json->{role},
        'user', 'nobody makes himself an admin';
    is ask(1, PATCH => '/users/2', { role => 'editor' })->json->{role},
        'editor', 'an admin does';
    $site->sql("UPDATE users SET role = 'user' WHERE id = 1");
    problem_ok ask(1, PATCH => '/users/2', { role => 'user' }), 403,
        'a role that was taken away is gone at once';
}

sub changes_what_is_mine
{
    is ask(2, PATCH => '/profile', { text => 'mine' })->body,
        '{"userId":2,"text":"mine"}', 'the row of who asks';
    is $site->sql('SELECT text FROM profiles WHERE user_id = 1'), 'one',
        'and of nobody else';
    problem_ok ask(3, PATCH => '/profile', { text => 'x' }), 404,
        'who has none';
    problem_ok ask(0, PATCH => '/profile', { text => 'x' }), 401, 'nobody';
    problem_ok ask(9, PATCH => '/profile', { text => 'x' }), 401, 'gone';
    is ask(2, DELETE => '/profile')->status, 204, 'removed';
    is $site->sql('SELECT user_id FROM profiles'), 1, 'one row alone';
}

subtest 'keys' => \&changes_keys;
subtest 'defaults' => \&replaces_with_defaults;
subtest 'roles' => \&asks_for_roles;
subtest 'mine' => \&changes_what_is_mine;

done;
