# Who sees what, and who may do what.
use utf8;
use Byline::Test;

my $site = site();
my $pg = $site->pg;
my $secret = 'a long secret';
my $count = 0;

sub sign_up
{
    my ($name, %o) = @_;
    return $site->sign_up(name => $name, password => $secret,
        email => lc($name) . ++$count . '@example.org',
        phoneNumber => '+4812345678' . $count, %o);
}

sub make_admin
{
    my ($account) = @_;
    $pg->sql("UPDATE users SET role = 'admin' WHERE id = " . $account->id);
    return $account;
}

my $anna = sign_up('Anna', address => { street => 'Long Street 1',
    city => 'Oslo', country => 'Norway' });
my $bert = sign_up('Bert', address => { street => 'Short Street 2',
    city => 'Rome', country => 'Italy' });
my $admin = make_admin(sign_up('Edith'));
my $mine = $anna->post('/articles', { title => 'mine' })->json->{id};
my $theirs = $bert->post('/articles', { title => 'theirs' })->json->{id};

# One request as somebody, or as nobody.
sub ask
{
    my ($who, $path, %o) = @_;
    return $site->direct($path, $who ? $who->identity : (), %o);
}

subtest 'private columns of an item' => sub {
    my $path = '/users/' . $anna->id;
    for my $case ([ $anna, 'the owner', 1 ], [ $admin, 'an admin', 1 ],
        [ $bert, 'somebody else', 0 ], [ undef, 'nobody', 0 ]) {
        my ($who, $name, $sees) = @$case;
        my $answer = ask($who, $path);
        my $user = $answer->json;
        is_deeply [ $answer->keys ], [ qw(id email name addressId
            phoneNumber address) ], "$name: the keys are the same";
        is $user->{email}, $sees ? $anna->email : undef, 'e-mail address';
        is $user->{phoneNumber}, $sees ? '+48123456781' : undef,
            'phone number';
        is $user->{address}{street}, $sees ? 'Long Street 1' : undef,
            'street, which is that of the owner of the user';
        is $user->{address}{city}, 'Oslo', 'the city is for all';
        is $user->{name}, 'Anna', 'and the name';
    }
};

subtest 'private columns of what is embedded' => sub {
    my %sees = (nobody => [], anna => [$mine], bert => [$theirs],
        admin => [ $mine, $theirs ]);
    my %who = (nobody => undef, anna => $anna, bert => $bert,
        admin => $admin);
    my %address = ($mine => $anna->email, $theirs => $bert->email);
    for my $name (sort keys %who) {
        my %email = map { $_ => undef } $mine, $theirs;
        $email{$_} = $address{$_} for @{ $sees{$name} };
        for my $id ($mine, $theirs) {
            my $article = ask($who{$name}, "/articles/$id")->json;
            is $article->{author}{email}, $email{$id},
                "$name: the author of article $id";
            is defined $article->{author}{address}{street},
                defined $email{$id}, 'and the street';
        }
        my %listed = map { $_->{id} => $_->{author}{email} }
            @{ ask($who{$name}, '/articles')->json };
        is_deeply \%listed, \%email, "$name: those of a list";
        my ($first) = @{ ask($who{$name}, '/users/' . $anna->id
            . '/articles')->json };
        is $first->{author}{email}, $email{$mine}, "$name: those of a user";
    }
};

subtest 'private columns after a write' => sub {
    my $answer = $anna->patch("/articles/$mine", { content => 'x' });
    is $answer->json->{author}{email}, $anna->email, 'one\'s own';
    is $answer->json->{author}{address}{street}, 'Long Street 1', 'street';
    is $answer->body, $anna->get("/articles/$mine")->body,
        'it is the answer of GET';
    $answer = $admin->patch("/articles/$mine", { content => 'y' });
    is $answer->json->{author}{email}, $anna->email, 'an admin';
    is $answer->json->{authorId}, $anna->id, 'who does not take it over';
    $answer = $anna->patch('/users/me', { name => 'Anna B.',
        address => { street => 'New Street 3' } });
    is $answer->json->{address}{street}, 'New Street 3',
        'of an owned row that was written';
    is $answer->json->{email}, $anna->email, 'beside it';
};

subtest 'nobody\'s columns are not fetched for nobody' => sub {
    my @sent = $site->statements_of(sub { ask(undef, '/articles') });
    is scalar @sent, 1, 'one statement';
    unlike $sent[0]{text}, qr/email|street|phone/, 'without them';
};

subtest 'who may change a row' => sub {
    my %body = (PATCH => { title => 'new' }, PUT => { title => 'new' });
    for my $method (qw(PATCH PUT DELETE)) {
        my @json = $body{$method} ? (json => $body{$method}) : ();
        my $path = "/articles/$theirs";
        problem_ok ask(undef, $path, method => $method, @json), 401,
            "$method by nobody";
        problem_ok ask($anna, $path, method => $method, @json), 403,
            "$method by another";
    }
    is ask(undef, "/articles/$theirs")->json->{title}, 'theirs',
        'it is as it was';
    is $bert->patch("/articles/$theirs", $body{PATCH})->status, 200,
        'the owner may';
    is $admin->put("/articles/$theirs", $body{PUT})->status, 200,
        'an admin may';
    my $id = $bert->post('/articles', { title => 'x' })->json->{id};
    is $admin->delete("/articles/$id")->status, 204, 'and remove it';
    problem_ok $bert->delete("/articles/$id"), 404, 'then it is gone';
};

subtest 'whose a new row is' => sub {
    my $by = sub {
        my ($who, $method, $path, $author) = @_;
        my $answer = $who->write_json($method, $path, { title => 'x',
            authorId => $author });
        return $answer->status < 300 ? $answer->json->{authorId}
            : $answer->status;
    };
    my ($a, $b, $e) = map { $_->id } $anna, $bert, $admin;
    is $by->($anna, 'POST', '/articles', $_), $a, 'of who writes it'
        for $b, $a, undef, 'x', 10 ** 30, [];
    is $by->($anna, 'PATCH', "/articles/$mine", $_), $a, 'and stays his'
        for $b, 'x', undef;
    is $by->($anna, 'PUT', "/articles/$mine", $b), $a, 'as a whole, too';
    is $by->($admin, 'POST', '/articles', $b), $b, 'an admin says whose';
    is $admin->post('/articles', { title => 'x' })->json->{authorId}, $e,
        'or does not';
    is $by->($admin, 'PATCH', "/articles/$mine", $b), $b,
        'and gives it to another';
    problem_ok $anna->patch("/articles/$mine", { title => 'y' }), 403,
        'who wrote it has no right to it any more';
    is $by->($admin, 'PATCH', "/articles/$mine", $a), $a, 'and back';
    problem_ok $admin->patch("/articles/$mine", { authorId => 'x' }), 422,
        'an admin is told of mistakes', 'authorId type';
    problem_ok $admin->patch("/articles/$mine", { authorId => 999_999 }),
        422, 'and of an author who is not there', 'authorId reference';
    $pg->claim(qr/23503 .*"articles_author_id_fkey"/);
    is $admin->put("/articles/$mine", { title => 'z' })->json->{authorId},
        $a, 'PUT without an author leaves it';
};

subtest 'a role that is taken away' => sub {
    my $path = "/articles/$mine";
    my $other = make_admin(sign_up('Otto'));
    is $other->patch($path, { title => 'x' })->status, 200, 'an admin';
    is $other->get($path)->json->{author}{email}, $anna->email, 'sees all';
    $pg->sql("UPDATE users SET role = 'user' WHERE id = " . $other->id);
    problem_ok $other->patch($path, { title => 'x' }), 403,
        'is none with the next request';
    is $other->get($path)->json->{author}{email}, undef, 'and sees less';
    is $other->get('/users/me')->status, 200, 'but is somebody';
    $pg->sql('DELETE FROM users WHERE id = ' . $other->id);
    problem_ok $other->get('/users/me'), 401, 'until he is nobody';
    problem_ok $other->patch($path, { title => 'x' }), 401, 'for writes';
    is $other->get($path)->status, 200, 'who reads what all can';
};

subtest 'leaving' => sub {
    my $clear = 'Authentication=; HttpOnly; Path=/; Max-Age=0; Secure; '
        . 'SameSite=Lax';
    my $leaver = sign_up('Lea', address => { street => 's', city => 'c',
        country => 'Atlantis' });
    my $token = $leaver->token;
    problem_ok $site->direct('/users/' . $leaver->id, method => 'DELETE'),
        401, 'nobody removes anybody';
    problem_ok $bert->delete('/users/' . $leaver->id), 403, 'nor another';
    my $answer = $leaver->delete('/users/' . $leaver->id);
    is $answer->status, 204, 'oneself one may';
    is $answer->body, '', 'nothing is said';
    is $answer->header('Set-Cookie'), $clear, 'the cookie goes';
    problem_ok $site->get('/users/me', bearer => $token), 401,
        'the token is nobody\'s';
    is $pg->sql("SELECT count(*) FROM addresses WHERE country = 'Atlantis'"),
        0, 'the address went with the user';
    my $removed = sign_up('Rolf');
    $answer = $admin->delete('/users/' . $removed->id);
    is $answer->status, 204, 'an admin removes another';
    is_deeply [ $answer->headers('Set-Cookie') ], [],
        'and stays logged in';
    is $admin->get('/users/me')->status, 200, 'indeed';
    problem_ok $removed->get('/users/me'), 401, 'the other one is not';
    problem_ok $anna->delete('/users/' . $anna->id), 409,
        'somebody with articles stays';
    is $anna->get('/users/me')->status, 200, 'logged in as well';
};

subtest 'who may keep an answer' => sub {
    for my $path ('/articles', "/articles/$mine", '/users/' . $anna->id,
        '/users/' . $anna->id . '/articles') {
        my $answer = ask(undef, $path);
        is $answer->header('Cache-Control'), 'no-cache', "$path: of nobody";
        is $answer->header('Vary'), 'Authorization, Cookie',
            'by who asks';
        $answer = ask($anna, $path);
        is $answer->header('Cache-Control'), 'private, no-store',
            "$path: of somebody";
        is $answer->header('Vary'), 'Authorization, Cookie', 'by who asks';
        is $site->direct($path, bearer => $anna->token)
            ->header('Cache-Control'), 'private, no-store', 'by a token';
    }
    for my $path (qw(/users/me /authentication /users/me/articles)) {
        is ask($anna, $path)->header('Cache-Control'), 'private, no-store',
            $path;
    }
    for my $answer ($anna->post('/articles', { title => 'x' }),
        $anna->patch("/articles/$mine", { title => 'x' }),
        $anna->put("/articles/$mine", { title => 'x' }),
        $anna->patch('/users/me', {})) {
        is $answer->header('Cache-Control'), 'private, no-store',
            'of a write';
    }
    for my $answer (ask(undef, '/articles/999999'), ask($anna,
        '/articles/999999'), ask(undef, '/users/me'),
        $bert->delete("/articles/$mine")) {
        is $answer->header('Cache-Control'), 'no-store', 'of a failure';
    }
};

# A schema of its own: roles of routes and fields that the shipped one does
# not have.
my $own = site(postgres => $pg, database => 'own', schema => <<'SQL',
CREATE TABLE users (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    email text, password text, role text NOT NULL DEFAULT 'reader',
    tokens_since timestamptz);
CREATE TABLE locks (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    label text NOT NULL, pin text);
CREATE TABLE notes (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    body text NOT NULL, state text NOT NULL DEFAULT 'draft',
    owner_id integer NOT NULL REFERENCES users,
    lock_id integer UNIQUE REFERENCES locks);
CREATE TABLE tags (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name text);
SQL
    resources => <<'INI', routes => <<'INI');
[resource users]
columns = id, email, role
private = email
writable = role
owner   = id

[field users.role]
role   = admin
one_of = reader, editor, admin

[resource notes]
columns  = id, body, state, owner_id
writable = body, state, lock
owner    = owner_id

[resource locks]
columns  = id, label
writable = label, pin

[field locks.pin]
hash       = bcrypt
min_length = 4

[relation notes.lock]
to    = locks
via   = lock_id
owned = on

[field notes.state]
role   = editor
one_of = draft, final

[resource tags]
columns  = id, name
writable = name
INI
[route user]
match    = GET /users/:id
handler  = item
resource = users
auth     = required

[route user-update]
match    = PATCH /users/:id
handler  = update
resource = users
auth     = required

[route note]
match    = GET /notes/:id
handler  = item
resource = notes
auth     = required

[route note-create]
match    = POST /notes
handler  = create
resource = notes
auth     = required

[route note-update]
match    = PATCH /notes/:id
handler  = update
resource = notes
auth     = required

[route all-notes]
match    = GET /notes
handler  = list
resource = notes
auth     = required
role     = editor

[route tag]
match    = GET /tags/:id
handler  = item
resource = tags
auth     = required
role     = editor

[route tag-create]
match    = POST /tags
handler  = create
resource = tags
auth     = required
role     = editor

[route tag-suggest]
match    = POST /suggestions
handler  = create
resource = tags
auth     = optional

[route tag-remove]
match    = DELETE /tags/:id
handler  = remove
resource = tags
auth     = required
role     = editor
INI

my %id = (reader => 1, editor => 2, admin => 3);
$own->sql(join ';', map { "INSERT INTO users (id, email, role, password)
    VALUES ($id{$_}, '$_\@b.org', '$_', '*')" } keys %id);

sub as
{
    my ($who, $method, $path, $json) = @_;
    return $own->direct($path, method => $method,
        $who ? (bearer => $own->forge({ userId => $id{$who} })) : (),
        $json ? (json => $json) : ());
}

subtest 'routes of a role' => sub {
    my $tag = as('editor', 'POST', '/tags', { name => 'x' })->json->{id};
    ok $tag, 'who has it creates';
    for my $case ([ 'GET', '/notes' ], [ 'GET', "/tags/$tag" ],
        [ 'POST', '/tags', { name => 'x' } ], [ 'DELETE', "/tags/$tag" ]) {
        problem_ok as('reader', @$case), 403, "@$case[0, 1]: another role";
        problem_ok as(undef, @$case), 401, "@$case[0, 1]: nobody";
    }
    is as('editor', 'GET', '/notes')->body, '[]', 'an empty list';
    is as('admin', 'GET', '/notes')->body, '[]', 'an admin has every role';
    problem_ok as('reader', 'GET', '/tags/999'), 404,
        'what is not there comes first';
    problem_ok as('reader', 'DELETE', '/tags/999'), 404, 'also to remove';
    is as('editor', 'GET', "/tags/$tag")->json->{name}, 'x', 'an item';
    is as('editor', 'DELETE', "/tags/$tag")->status, 204, 'and its end';
    $own->sql("UPDATE users SET role = 'reader' WHERE id = 2");
    problem_ok as('editor', 'GET', '/notes'), 403, 'until it is taken away';
    $own->sql("UPDATE users SET role = 'editor' WHERE id = 2");
};

subtest 'a write of whoever' => sub {
    my $post = sub {
        return $own->direct('/suggestions', method => 'POST',
            json => { name => 'x' }, @_);
    };
    my $gone = $own->forge({ userId => 999 });
    my $expired = $own->forge({ userId => 1, exp => 1 });
    is $post->()->status, 201, 'nobody may';
    is $post->(bearer => $own->forge({ userId => 1 }))->status, 201,
        'and somebody';
    for my $token ($gone, $expired) {
        my $answer = $post->(cookie => "Authentication=$token");
        is $answer->status, 201, 'a cookie of nobody is as good as none';
        is scalar $answer->cookie('Authentication'), '', 'and goes';
        problem_ok $post->(bearer => $token), 401, 'a token is not';
    }
    my $count = 'SELECT count(*) FROM tags';
    is $own->sql($count), 4, 'each is written once';
};

subtest 'fields of a role' => sub {
    my $note = sub { as($_[0], 'POST', '/notes', { body => 'x', @_[1 .. $#_] }) };
    is $note->('reader', state => 'final')->json->{state}, 'draft',
        'ignored from others';
    is $note->('reader', state => 'nonsense')->json->{state}, 'draft',
        'whatever it is';
    is $note->('editor', state => 'final')->json->{state}, 'final',
        'taken from who has it';
    problem_ok $note->('editor', state => 'nonsense'), 422,
        'who is told of mistakes', 'state one_of';
    is $note->('admin', state => 'final')->json->{state}, 'final',
        'an admin has every role';
    my $id = $note->('editor', state => 'final')->json->{id};
    is as('admin', 'PATCH', "/notes/$id", { state => 'draft' })
        ->json->{state}, 'draft', 'also in what he changes';
    is as('editor', 'PATCH', "/notes/$id", { state => 'final' })
        ->json->{state}, 'final', 'who has it changes it back';
};

subtest 'a hash in an owned row' => sub {
    my $stored = sub { $own->sql("SELECT string_agg(pin, ' ') FROM locks") };
    my $hash = qr{^\$2b\$04\$[./A-Za-z0-9]{53}$};
    my $answer = as('reader', 'POST', '/notes', { body => 'x',
        lock => { label => 'a', pin => 'geheim' } });
    is $answer->status, 201, 'a new one';
    unlike $answer->body, qr/geheim|pin/, 'is not shown';
    like $stored->(), $hash, 'and stored as one';
    my $path = '/notes/' . $answer->json->{id};
    my $first = $stored->();
    for my $json ({ pin => 'geheimer' }, { label => 'b', pin => 'neu!' }) {
        is as('reader', 'PATCH', $path, { lock => $json })->status, 200,
            'another one';
        like $stored->(), $hash, 'is a hash as well';
        isnt $stored->(), $first, 'not the same';
    }
    problem_ok as('reader', 'PATCH', $path, { lock => { pin => $_->[0] } }),
        422, "one that is $_->[1]", "lock.pin $_->[1]"
        for [ 'x' x 73, 'max_length' ], [ 'abc', 'min_length' ];
    is as('reader', 'PATCH', $path, { lock => { pin => undef } })->status,
        200, 'none';
    is $stored->(), '', 'is NULL';
};

subtest 'the role itself' => sub {
    is as('reader', 'PATCH', '/users/1', { role => 'admin' })
        ->json->{role}, 'reader', 'nobody gives it to himself';
    is as('admin', 'PATCH', '/users/1', { role => 'editor' })
        ->json->{role}, 'editor', 'an admin gives it';
    is as('reader', 'GET', '/notes')->status, 200, 'it counts at once';
    is as('admin', 'PATCH', '/users/1', { role => 'reader' })
        ->json->{role}, 'reader', 'and takes it away';
    problem_ok as('reader', 'GET', '/notes'), 403, 'at once';
    my $answer = as('admin', 'PATCH', '/users/3', { role => 'reader' });
    is $answer->json->{role}, 'reader', 'his own as well';
    is $answer->json->{email}, 'admin@b.org',
        'the answer is for the owner still';
};

done;
