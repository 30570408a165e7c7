# The roles of the pools have what `byline grants` prints, and with it all
# routes work; nothing else is theirs.
use Byline::Test;

my $site = site();
my $pg = $site->pg;
my $secret = 'a long secret';
my %person = (name => 'Somebody', password => $secret);

# That PostgreSQL refuses a statement of a role, which no worker sends.
my $now = $site;

sub refused
{
    my ($role, $sql, %o) = @_;
    $now->count('GET');
    my $died = !eval { $pg->sql($sql, user => $role, %o); 1 };
    like $died ? $@ : 'it passed', qr/permission denied|must be owner/,
        "$role: $sql";
}

subtest 'every route of the shipped configuration' => sub {
    my $anna = $site->sign_up(%person, email => 'anna@example.org',
        phoneNumber => '+48123456789', address => { street => 'a',
            city => 'b', country => 'c' });
    my $bert = $site->sign_up(%person, email => 'bert@example.org');
    my ($a, $b) = map { $_->id } $anna, $bert;
    my $id = $anna->post('/articles', { title => 'x' })->json->{id};
    my $other = $anna->post('/articles', { title => 'y' })->json->{id};
    my $address = { street => 's', city => 't', country => 'u' };
    $site->sql("INSERT INTO categories (id, name)
        VALUES (90, 'one'), (91, 'two')");
    my $comment = $anna->post("/articles/$id/comments", { content => 'c' })
        ->json->{id};
    my @requests = (
        [ articles => 200, 'GET', '/articles' ],
        [ article => 200, 'GET', "/articles/$id" ],
        [ 'article-create' => 201, 'POST', '/articles',
            { title => 'z', content => 'c' } ],
        [ 'article-replace' => 200, 'PUT', "/articles/$id",
            { title => 'z', content => 'c' } ],
        [ 'article-update' => 200, 'PATCH', "/articles/$id",
            { content => undef } ],
        [ 'article-remove' => 204, 'DELETE', "/articles/$other" ],
        [ categories => 200, 'GET', '/categories' ],
        [ category => 200, 'GET', '/categories/90' ],
        [ comments => 200, 'GET', "/articles/$id/comments" ],
        [ comment => 200, 'GET', "/comments/$comment" ],
        [ 'comment-create' => 201, 'POST', "/articles/$id/comments",
            { content => 'd' } ],
        [ 'comment-update' => 200, 'PATCH', "/comments/$comment",
            { content => 'e' } ],
        [ 'comment-remove' => 204, 'DELETE', "/comments/$comment" ],
        [ user => 200, 'GET', "/users/$a" ],
        [ 'user-articles' => 200, 'GET', "/users/$a/articles" ],
        [ 'my-account' => 200, 'GET', '/users/me' ],
        [ 'my-account-update' => 200, 'PATCH', '/users/me',
            { name => 'n', phoneNumber => undef } ],
        [ 'my-account-update' => 200, 'PATCH', '/users/me',
            { address => { city => 'x' } } ],
        [ 'my-account-update' => 200, 'PATCH', '/users/me',
            { address => undef } ],
        [ 'my-account-update' => 200, 'PATCH', '/users/me',
            { address => $address } ],
        [ 'my-articles' => 200, 'GET', '/users/me/articles' ],
        [ me => 200, 'GET', '/authentication' ],
        [ 'sign-up' => 201, 'POST', '/authentication/sign-up', { %person,
            email => 'carl@example.org', address => $address } ],
        [ 'log-in' => 200, 'POST', '/authentication/log-in',
            { email => 'anna@example.org', password => $secret } ],
        [ password => 204, 'PUT', '/authentication/password',
            { currentPassword => $secret, password => $secret } ],
        [ 'log-out' => 200, 'POST', '/authentication/log-out' ],
        [ 'author-statistics' => 200, 'GET', '/statistics/authors' ],
        [ live => 200, 'GET', '/health/live' ],
        [ ready => 200, 'GET', '/health/ready' ],
        [ metrics => 200, 'GET', '/metrics' ],
    );
    my %done;
    for my $request (@requests) {
        my ($route, $status, $method, $path, $json) = @$request;
        my $answer = $anna->write_json($method, $path,
            $json ? $json : ());
        is $answer->status, $status, "$route: $method $path";
        $done{$route}++;
        $anna = $site->log_in('anna@example.org', $secret)
            if $route eq 'log-out';
    }
    $pg->sql("UPDATE users SET role = 'admin' WHERE id = $a");
    is $anna->delete("/users/$b")->status, 204, 'user-remove';
    is $anna->patch("/articles/$id", { authorId => $a })->status, 200,
        'what an admin may set';
    is $anna->post('/categories', { name => 'new' })->status, 201,
        'category-create';
    for my $name ('with a key', 'sent again') {
        my $answer = $site->request('POST', '/categories', $anna->identity,
            json => { name => 'keyed' }, headers => ['Idempotency-Key: "k"']);
        is $answer->status, 201, $name;
    }
    is $anna->patch('/categories/90', { name => 'other' })->status, 200,
        'category-update';
    is $anna->delete('/categories/91')->status, 204, 'category-remove';
    $pg->sql("UPDATE users SET role = 'user'");
    $done{$_}++ for qw(user-remove category-create category-update
        category-remove);
    my @routes = slurp(srcdir() . '/conf/routes.ini') =~ /^\[route (\S+)\]/gm;
    is_deeply [ sort keys %done ], [ sort @routes ], 'no route is left out';
};

subtest 'of passwords' => sub {
    $pg->claim(qr/42501 permission denied/);
    refused(byline => $_) for 'SELECT password FROM users',
        'SELECT * FROM users', 'SELECT count(*) FROM users u WHERE u IS NULL',
        "UPDATE users SET password = '*'",
        "INSERT INTO users (email, name, password) VALUES ('a', 'b', 'c')",
        "SELECT 1 FROM users WHERE password LIKE '\$2b\$04%'",
        'COPY users (password) TO STDOUT';
    $site->count('GET');
    like $pg->sql('SELECT password FROM users', user => 'byline_accounts'),
        qr/^\$2b\$/, 'the other role reads them';
};

subtest 'of keys of requests' => sub {
    refused(byline => $_) for
        "UPDATE idempotency_keys SET viewer = '1'",
        "UPDATE idempotency_keys SET key = 'x'",
        'TRUNCATE idempotency_keys';
    refused(byline_accounts => $_) for 'SELECT key FROM idempotency_keys',
        'DELETE FROM idempotency_keys';
};

subtest 'of the rest' => sub {
    refused(byline => $_) for "UPDATE users SET role = 'admin'",
        "UPDATE users SET email = 'x'", 'UPDATE users SET id = 0',
        'UPDATE users SET tokens_since = now()',
        'UPDATE articles SET id = 0', 'UPDATE articles SET created_at = now()',
        'INSERT INTO articles (id, title, author_id) VALUES (1, $$x$$, 1)',
        'TRUNCATE users', 'DROP TABLE articles',
        'CREATE TABLE mine (a integer)';
    refused(byline_accounts => $_) for "UPDATE users SET role = 'admin'",
        "UPDATE users SET email = 'x'", 'DELETE FROM users',
        "INSERT INTO users (email, name, password, role)
            VALUES ('a', 'b', 'c', 'admin')",
        'SELECT title FROM articles', 'DELETE FROM articles',
        'UPDATE addresses SET city = $$x$$', 'DELETE FROM addresses',
        'TRUNCATE users';
    $pg->claim(qr/42501 must be owner/);
};

subtest 'what is printed' => sub {
    my $all = $site->must('grants');
    my ($main, $accounts) = map { $site->must('grants', '--pool', $_) }
        qw(main accounts);
    is $all, join('', $all =~ /\A-- \[pool main\]/ ? ($main, $accounts)
        : ($accounts, $main)), 'one set for each pool';
    unlike $main, qr/"password"/, 'the readers\' has no password';
    like $main, qr/^--[ ]\[pool[ ]main\]\n(?:GRANT[ ].*[ ]TO[ ]"byline";\n)+
        --[ ]and,[ ]for[ ]\[route[ ]author-statistics\],.*\n\z/x,
        'and one role';
    like $accounts,
        qr/^-- \[pool accounts\]\n(?:GRANT .* TO "byline_accounts";\n)+\z/,
        'the other\'s another';
    like $accounts, qr/^GRANT SELECT \(.*"password".*\) ON "users"/m,
        'with the password';
    unlike $accounts, qr/"articles"|DELETE/, 'without articles';
    unlike $all, qr/SEQUENCE/, 'identity columns need no sequence';
};

$site->stop;

# Serial keys, schemas and names that want quotes.
my $own = site(postgres => $pg, database => 'own', schema => <<'SQL',
CREATE SCHEMA "Odd Schema";
CREATE TABLE users (id serial PRIMARY KEY, email text, password text,
    role text, tokens_since timestamptz);
CREATE TABLE "Odd Schema"."Order" ("Nr" serial PRIMARY KEY, name text,
    lot bigserial, place_id integer UNIQUE);
CREATE SEQUENCE "It's a sequence";
CREATE TABLE "Odd Schema".places (
    id integer PRIMARY KEY DEFAULT nextval('"It''s a sequence"'),
    city text NOT NULL);
ALTER TABLE "Odd Schema"."Order" ADD FOREIGN KEY (place_id)
    REFERENCES "Odd Schema".places;
CREATE TABLE spare (id serial PRIMARY KEY, name text);
SQL
    resources => <<'INI', routes => <<'INI');
[resource users]
columns = id, email
owner   = id

[field users.password]
hash = bcrypt

[resource orders]
table    = Odd Schema.Order
columns  = Nr as id, name, lot, place_id
writable = name, place

[resource places]
table    = Odd Schema.places
columns  = id, city
writable = city

[resource spare]
columns = id, name

[relation orders.place]
to    = places
via   = place_id
owned = on
INI
[route user]
match    = GET /users/:id
handler  = item
resource = users
auth     = optional

[route sign-up]
match    = POST /sign-up
handler  = create
resource = users
writable = email, password
pool     = accounts

[route order]
match    = GET /orders/:Nr
handler  = item
resource = orders
with     = place

[route order-create]
match    = POST /orders
handler  = create
resource = orders

[route order-update]
match    = PATCH /orders/:Nr
handler  = update
resource = orders

[route spare]
match    = GET /spare/:id
handler  = item
resource = spare
INI

$now = $own;
$own->claim(qr/warning: .* anybody can update rows of orders/);

subtest 'serial keys in another schema' => sub {
    my $answer = $own->direct('/sign-up', method => 'POST',
        pool => 'accounts', json => { email => 'a', password => 'secret' });
    is $answer->status, 201, 'an account' or diag $answer->body;
    $answer = $own->direct('/orders', method => 'POST',
        json => { name => 'x', place => { city => 'Oslo' } });
    is $answer->status, 201, 'a row that owns one' or diag $answer->body;
    is $answer->json->{lot}, 1, 'with what counts by itself';
    my $path = $answer->header('Location');
    is $own->direct($path)->json->{place}{city}, 'Oslo', 'is shown';
    $answer = $own->direct('/orders', method => 'POST',
        json => { name => 'y' });
    is $own->direct($answer->header('Location'), method => 'PATCH',
        json => { place => { city => 'Rome' } })->json->{place}{city},
        'Rome', 'and gets one later';
    my $grants = $own->must('grants');
    unlike $grants, qr/spare_id_seq/, 'what only reads needs no sequence';
    refused(byline => 'SELECT nextval($$users_id_seq$$)',
        database => 'own');
};

done;
