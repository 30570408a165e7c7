# A row that another owns is written within it and removed with it: the
# shipped users and their addresses; and what is required, or more than one.
use utf8;
use Byline::Test;

my $site = site(sql => <<'SQL');
INSERT INTO users (id, email, name, password, role) VALUES
    (1, 'admin@example.org', 'Admin', '*', 'admin'),
    (2, 'anna@example.org', 'Anna', '*', 'user'),
    (3, 'bert@example.org', 'Bert', '*', 'user'),
    (4, 'cora@example.org', 'Cora', '*', 'user');
ALTER TABLE users ALTER id RESTART WITH 100;
SQL

my %token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 4;
my %whole = (street => 'S 1', city => 'Oslo', country => 'Norway');

sub patch
{
    my ($who, $body) = @_;
    return $site->request('PATCH', '/users/me', bearer => $token{$who},
        json => $body);
}

sub sign_up
{
    my (%fields) = @_;
    return $site->request('POST', '/authentication/sign-up',
        json => { name => 'New', password => 'a long secret', %fields });
}

# The address of a user, and the number of those that nobody has.
sub address
{
    my ($id) = @_;
    return $site->sql("SELECT street, city, country FROM addresses
        JOIN users ON users.address_id = addresses.id WHERE users.id = $id");
}

sub orphans
{
    return $site->sql('SELECT count(*) FROM addresses WHERE id NOT IN
        (SELECT address_id FROM users WHERE address_id IS NOT NULL)');
}

sub creates_with_an_address
{
    my $answer = sign_up(email => 'a1@example.org', address => \%whole);
    is $answer->status, 201, 'an account with an address';
    my $id = $answer->json->{id};
    is join(',', $answer->keys),
        'id,email,name,addressId,phoneNumber,address', 'is shown with it';
    is $answer->json->{email}, 'a1@example.org', 'as the account sees itself';
    is $answer->json->{address}{street}, 'S 1', 'the address as well';
    is $answer->header('Location'), "/users/$id", 'Location is the account';
    is $site->get("/users/$id", bearer => $site->forge({ userId => $id }))
        ->body, $answer->body, 'which the account sees just so';
    is address($id), 'S 1|Oslo|Norway', 'both are stored';
    for my $none ({}, { address => undef }) {
        my $email = 'a' . (%$none ? 2 : 3) . '@example.org';
        my $bare = sign_up(email => $email, %$none);
        is $bare->status, 201, 'one without';
        is $bare->raw('address'), 'null', 'has none';
        is $bare->raw('addressId'), 'null', 'and no key of one';
    }
    is orphans(), 0, 'no address is left alone';
}

sub stores_all_or_nothing
{
    my $count = sub {
        return $site->sql('SELECT (SELECT count(*) FROM users),
            (SELECT count(*) FROM addresses)');
    };
    my $before = $count->();
    $site->pg->claim(qr/23505 .*users_email_key/,
        qr/23514 .*addresses_city_check/);
    problem_ok sign_up(email => 'ANNA@example.org', address => \%whole), 409,
        'an e-mail address that is taken', 'email unique';
    is $count->(), $before, 'stores neither account nor address';
    my @wrong = (
        [ { city => 'Oslo' }, 'address.street required',
            'address.country required' ],
        [ {}, map { "address.$_ required" } qw(street city country) ],
        [ { %whole, city => undef }, 'address.city null' ],
        [ { %whole, city => 5, street => '' }, 'address.city type',
            'address.street min_length' ],
        [ 'text', 'address type' ], [ [], 'address type' ],
        [ \1, 'address type' ], [ 5, 'address type' ],
    );
    my @sent = $site->statements_of(sub {
        for my $case (@wrong) {
            my ($address, @errors) = @$case;
            problem_ok sign_up(email => 'b1@example.org',
                address => $address), 422, 'an address that is none', @errors;
        }
        problem_ok sign_up(email => 'x', name => '', address => {
            city => '' }), 422, 'everything that is wrong',
            'email format', 'name min_length', 'address.street required',
            'address.city min_length', 'address.country required';
    });
    is_deeply \@sent, [], 'without the database';
    $site->sql("ALTER TABLE addresses DROP CONSTRAINT addresses_city_check,
        ADD CONSTRAINT addresses_city_check CHECK (city <> 'Nowhere')");
    problem_ok sign_up(email => 'b1@example.org',
        address => { %whole, city => 'Nowhere' }), 422,
        'an address that the database refuses', 'address.city check';
    is $count->(), $before, 'stores neither';
    is orphans(), 0, 'no address is left alone';
}

sub changes
{
    my $created = patch(2, { address => \%whole });
    is $created->status, 200, 'an address for who had none';
    is address(2), 'S 1|Oslo|Norway', 'is created';
    is $created->body, $site->get('/users/me', bearer => $token{2})->body,
        'the answer is what GET answers';
    my $id = $created->json->{addressId};
    my $part = patch(2, { address => { city => 'Bergen' } });
    is $part->status, 200, 'a part of it';
    is address(2), 'S 1|Bergen|Norway', 'changes that part';
    is $part->json->{addressId}, $id, 'of the same address';
    is patch(2, { address => { %whole, street => 'S 2' } })
        ->json->{addressId}, $id, 'as does the whole';
    is address(2), 'S 2|Oslo|Norway', 'which is changed';
    is patch(2, { name => 'Anna B' })->json->{addressId}, $id,
        'a body without it leaves it';
    is patch(2, { address => {} })->json->{addressId}, $id,
        'an empty one as well';
    is address(2), 'S 2|Oslo|Norway', 'as it is';
    my @sent = $site->statements_of(sub {
        problem_ok patch(2, { address => { street => undef, city => 5 } }),
            422, 'what is wrong', 'address.street null', 'address.city type';
    });
    is_deeply \@sent, [], 'is found without the database';
    is address(2), 'S 2|Oslo|Norway', 'and changes nothing';

    my $keys = patch(2, { addressId => 77, address => { id => 99,
        city => 'Rome' } });
    is $keys->json->{addressId}, $id, 'its key cannot be set';
    is $keys->json->{address}{id}, $id, 'by either of its names';
    is address(3), '', 'nobody else gets one';
    is orphans(), 0, 'no address is left alone';
}

sub needs_it_whole
{
    problem_ok patch(3, { address => { city => 'Rome' } }), 422,
        'who has none needs a whole one', 'address.street required',
        'address.country required';
    problem_ok patch(3, { name => 'X', address => {} }), 422, 'not nothing',
        map { "address.$_ required" } qw(street city country);
    is $site->sql('SELECT name FROM users WHERE id = 3'), 'Bert',
        'then nothing changes';
    problem_ok $site->request('PATCH', '/users/me', json => { address =>
        { city => 'x' } }, bearer => $site->forge({ userId => 99 })), 401,
        'who is gone needs nothing';
    is orphans(), 0, 'no address is left alone';
}

sub removes
{
    my $count = sub { return $site->sql('SELECT count(*) FROM addresses') };
    patch(4, { address => \%whole });
    my $before = $count->();
    my $answer = patch(4, { address => undef });
    is $answer->status, 200, 'null removes it';
    is $answer->raw('address'), 'null', 'then there is none';
    is $answer->raw('addressId'), 'null', 'nor its key';
    is $count->(), $before - 1, 'in the database neither';
    is patch(4, { address => undef })->status, 200, 'also when there is none';
    is patch(4, { address => \%whole })->status, 200, 'there can be a new one';

    is $count->(), $before, 'there are two';
    problem_ok $site->request('DELETE', '/users/4', bearer => $token{3}), 403,
        'who is not the owner removes neither';
    is $count->(), $before, 'both are there';
    $site->pg->claim(qr/23503 .*articles_author_id_fkey/);
    $site->sql("INSERT INTO articles (title, author_id) VALUES ('x', 4)");
    problem_ok $site->request('DELETE', '/users/4', bearer => $token{4}), 409,
        'who still has articles cannot go';
    is $count->(), $before, 'nor can the address';
    $site->sql('DELETE FROM articles');
    my $gone = $site->request('DELETE', '/users/4', bearer => $token{4});
    is $gone->status, 204, 'who goes';
    my ($cookie, $attributes) = $gone->cookie('Authentication');
    is $cookie, '', 'has no cookie any more';
    is $attributes->{'max-age'}, 0, 'from now on';
    is $count->(), $before - 1, 'takes the address along';
    my $other = $site->request('DELETE', '/users/3', bearer => $token{1});
    is $other->status, 204, 'who has none goes alone';
    is $other->cookie('Authentication'), undef,
        'which costs an admin no cookie';
    is $count->(), $before - 1, 'no other address goes';
    is orphans(), 0, 'no address is left alone';
}

subtest 'create' => \&creates_with_an_address;
subtest 'all or nothing' => \&stores_all_or_nothing;
subtest 'change' => \&changes;
subtest 'whole' => \&needs_it_whole;
subtest 'remove' => \&removes;
$site->stop;

# --- required, several, and with fields of every sort ----------------------

my $schema = <<'SQL';
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL,
    password text NOT NULL, role text NOT NULL, tokens_since timestamptz);
INSERT INTO users VALUES (1, 'a', '*', 'admin'), (2, 'b', '*', 'user');
CREATE TABLE places (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    stars integer NOT NULL DEFAULT 3,
    note text,
    tags text[],
    secret text NOT NULL DEFAULT 's'
);
CREATE TABLE trips (
    id serial PRIMARY KEY,
    title text,
    start_id uuid NOT NULL REFERENCES places,
    finish_id uuid REFERENCES places
);
SQL

my $resources = <<'INI';
[resource users]
columns = id
[resource places]
columns  = id, name, stars, note, tags, secret
writable = name, stars, note, tags, secret
[field places.secret]
role = admin
[resource trips]
columns  = id, title
writable = title, start, finish
[relation trips.start]
to    = places
via   = start_id
owned = on
[relation trips.finish]
to    = places
via   = finish_id
owned = on
INI

my $routes = <<'INI';
[route trip]
match    = GET /trips/:id
handler  = item
resource = trips
with     = start(name, stars, note, tags, secret), finish(name, stars)
[route trip-create]
match    = POST /trips
handler  = create
resource = trips
auth     = optional
[route trip-update]
match    = PATCH /trips/:id
handler  = update
resource = trips
auth     = optional
[route trip-replace]
match    = PUT /trips/:id
handler  = replace
resource = trips
auth     = optional
[route trip-remove]
match    = DELETE /trips/:id
handler  = remove
resource = trips
[route trip-only-places]
match    = POST /only-places
handler  = create
resource = trips
writable = start
[route trip-only-finish]
match    = PATCH /trips/:id/finish
handler  = update
resource = trips
writable = finish
INI

$site = site(schema => $schema, resources => $resources, routes => $routes);
$site->claim(qr/warning: .* anybody can/);
%token = map { $_ => $site->forge({ userId => $_ }) } 1, 2;

sub trip
{
    my ($method, $path, $body, $who) = @_;
    return $site->request($method, $path, json => $body,
        $who ? (bearer => $token{$who}) : ());
}

sub places
{
    return $site->sql("SELECT string_agg(name || stars, ',' ORDER BY name)
        FROM places");
}

sub lonely
{
    return $site->sql('SELECT count(*) FROM places WHERE id NOT IN
        (SELECT start_id FROM trips UNION ALL
         SELECT finish_id FROM trips WHERE finish_id IS NOT NULL)');
}

sub needs_what_is_required
{
    problem_ok trip(POST => '/trips', { title => 'x' }), 422,
        'an owned row that must be there', 'start required';
    problem_ok trip(POST => '/trips', { start => undef }), 422, 'or null',
        'start null';
    problem_ok trip(POST => '/trips', { start => {}, finish => {} }), 422,
        'each names what it lacks', 'start.name required',
        'finish.name required';
    my $answer = trip(POST => '/trips', { title => 't', start => {
        name => 'A', tags => [ 'x', 'y' ] }, finish => { name => 'B',
        stars => 5 } });
    is $answer->body, '{"id":1,"title":"t","start":{"name":"A","stars":3,'
        . '"note":null,"tags":["x","y"],"secret":"s"},'
        . '"finish":{"name":"B","stars":5}}', 'two of one table';
    is trip(POST => '/only-places', { start => { name => 'C' } })->status,
        201, 'a body may set an owned row alone';
    is places(), 'A3,B5,C3', 'all are stored';
    problem_ok trip(PATCH => '/trips/1', { start => undef }), 422,
        'it cannot be removed', 'start null';
    is trip(PATCH => '/trips/1', { start => { stars => 1 } })
        ->json->{start}{stars}, 1, 'but changed';
    is trip(PATCH => '/trips/1', { title => 'u' })->json->{title}, 'u',
        'or left as it is';
    is places(), 'A1,B5,C3', 'the others are as they were';
    is lonely(), 0, 'no place is left alone';
}

sub replaces_owned
{
    my $answer = trip(PUT => '/trips/1', { start => { name => 'AA' },
        finish => { name => 'BB' } });
    is $answer->body, '{"id":1,"title":null,"start":{"name":"AA","stars":3,'
        . '"note":null,"tags":null,"secret":"s"},'
        . '"finish":{"name":"BB","stars":3}}', 'defaults, or NULL';
    problem_ok trip(PUT => '/trips/1', { finish => { stars => 1 } }), 422,
        'a replaced row needs all', 'start required', 'finish.name required';
    is trip(PUT => '/trips/1', { start => { name => 'AA' } })->raw('finish'),
        'null', 'one that is absent is removed';
    is places(), 'AA3,C3', 'and gone';
    is trip(PATCH => '/trips/1/finish', { finish => { name => 'D' } })
        ->json->{finish}{name}, 'D', 'a route can set an owned row alone';
    is trip(PUT => '/trips/1', { start => { name => 'AA' }, finish =>
        { name => 'E' } })->json->{finish}{name}, 'E', 'one that is there';
    is places(), 'AA3,C3,E3', 'is changed';
    is lonely(), 0, 'no place is left alone';
}

sub guards_owned_fields
{
    is trip(PATCH => '/trips/1', { start => { secret => 'mine' } }, 2)
        ->raw('start.secret'), '"s"', 'a field with a role is ignored';
    is trip(PATCH => '/trips/1', { start => { secret => 'new' } }, 1)
        ->raw('start.secret'), '"new"', 'but from who has it';
    is trip(PUT => '/trips/1', { start => { name => 'F', secret => 5 } }, 2)
        ->raw('start.secret'), '"new"', 'kept when others replace it';
    problem_ok trip(PATCH => '/trips/1', { start => { secret => 5 } }, 1),
        422, 'from who has it a malformed one counts', 'start.secret type';
    is trip(POST => '/trips', { start => { name => 'G', secret => 'x' } }, 2)
        ->raw('start.secret'), '"s"', 'a new one has its default';
}

sub removes_owned
{
    my $places = $site->sql('SELECT count(*) FROM places');
    is $site->request('DELETE', '/trips/1')->status, 204, 'removed';
    is $site->sql('SELECT count(*) FROM places'), $places - 1,
        'with what it owned';
    is lonely(), 0, 'no place is left alone';
    $site->pg->claim(qr/23503 .*trips_(?:start|finish)_id_fkey/);
    $site->sql('INSERT INTO trips (id, start_id, finish_id) SELECT 50,
        start_id, start_id FROM trips WHERE id = 2');
    problem_ok $site->request('DELETE', '/trips/2'), 409,
        'what another row has is not removed';
    problem_ok trip(PATCH => '/trips/50', { finish => undef }), 409,
        'nor by null';
    is $site->sql('SELECT count(*) FROM trips WHERE id IN (2, 50)
        AND start_id IS NOT NULL'), 2, 'then nothing changes';
}

subtest 'required' => \&needs_what_is_required;
subtest 'replace' => \&replaces_owned;
subtest 'role' => \&guards_owned_fields;
subtest 'remove with' => \&removes_owned;

done;
