# Rows at the other end of a relation are set by an array of their keys: all
# of them at once, on top of the row as it is by then.
use utf8;
use Byline::Test;

my $pg = Byline::Test::Postgres->new;
my $n = 0;

sub small
{
    my ($schema, $resources, $routes, %o) = @_;
    my $site = site(postgres => $pg, database => 'sets' . ++$n, nginx => 0,
        workers => 2, schema => $schema, resources => $resources,
        routes => $routes, %o);
    $site->claim(qr/warning: .* anybody can/);
    return $site;
}

# The five routes of a resource below a path.
sub routes_of
{
    my ($resource, $path, $key, %more) = @_;
    my %handler = (item => 'GET', create => 'POST', update => 'PATCH',
        replace => 'PUT', remove => 'DELETE');
    return join '', map {
        my $at = $_ eq 'create' ? $path : "$path/$key";
        my $more = join '', map { "$_\n" } @{ $more{$_} // [] },
            @{ $more{all} // [] };
        "[route $resource-$_]\nmatch = $handler{$_} $at\n"
            . "handler = $_\nresource = $resource\n$more\n";
    } sort keys %handler;
}

# --- articles ---------------------------------------------------------------

my $articles = small(<<'SQL', <<'INI',
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL,
    password text, role text NOT NULL DEFAULT 'user',
    tokens_since timestamptz);
INSERT INTO users (id, email, role) VALUES (1, 'a', 'user'),
    (2, 'b', 'user'), (3, 'c', 'admin');
CREATE TABLE categories (id smallint PRIMARY KEY, name text NOT NULL,
    hidden boolean NOT NULL DEFAULT false);
INSERT INTO categories (id, name) VALUES (1, 'eins'), (2, 'zwei'),
    (3, 'drei'), (4, 'vier');
INSERT INTO categories VALUES (9, 'neun', true);
CREATE TABLE tags (tag text PRIMARY KEY);
INSERT INTO tags VALUES ('a'), ('b "c" \d'), ('{}'), ('NULL'), (',');
CREATE TABLE details (id serial PRIMARY KEY, text text NOT NULL);
CREATE TABLE articles (id serial PRIMARY KEY, title text NOT NULL,
    author_id integer REFERENCES users,
    detail_id integer UNIQUE REFERENCES details);
CREATE TABLE articles_categories (
    id serial PRIMARY KEY,
    article_id integer NOT NULL REFERENCES articles ON DELETE CASCADE,
    category_id smallint NOT NULL
        CONSTRAINT known_category REFERENCES categories,
    since timestamptz NOT NULL DEFAULT now(),
    CHECK (category_id <> 4),
    UNIQUE (category_id, article_id)
);
COMMENT ON CONSTRAINT known_category ON articles_categories IS
    'there is no such category';
CREATE TABLE articles_tags (
    article_id integer REFERENCES articles,
    tag text REFERENCES tags,
    PRIMARY KEY (article_id, tag)
);
INSERT INTO articles (title, author_id) VALUES ('one', 1), ('two', 2);
SQL
[resource users]
columns = id
[resource categories]
columns  = id, name
writable = article_ids
where    = NOT hidden OR :role = 'admin'
[relation categories.articles]
many    = articles
through = articles_categories(category_id, article_id)
set     = article_ids
[resource tags]
columns = tag
[resource details]
columns  = id, text
writable = text
[resource articles]
columns  = id, title, author_id
writable = title, detail, category_ids, tags_set
owner    = author_id
[relation articles.detail]
to    = details
via   = detail_id
owned = on
[relation articles.categories]
many    = categories
through = articles_categories(article_id, category_id)
set     = category_ids
order   = id
[relation articles.tags]
many    = tags
through = articles_tags(article_id, tag)
set     = tags_set
INI
    routes_of('articles', '/articles', ':id', all => [ 'auth = required' ],
        item => [ 'with = categories(id), tags, detail(text)' ])
    . routes_of('categories', '/categories', ':id')
        =~ s/\[route categories-create\].*?\n\n//sr
    . <<'INI',
[route titles]
match    = PATCH /titles/:id
handler  = update
resource = articles
auth     = required
writable = title
[route tagging]
match    = PATCH /tagging/:id
handler  = update
resource = articles
auth     = required
writable = tags_set
INI
    ini => { 'database main' => { lock_timeout => '30s',
        statement_timeout => '40s' },
        'pool main' => { request_timeout => '60s' } });

my %token = map { $_ => $articles->forge({ userId => $_ }) } 1 .. 3;

# How many sets a request may write: those that its body has, or all.
sub sets_of
{
    my ($method, $body) = @_;
    return 2 if $method eq 'PUT';
    return 0 if ref $body ne 'HASH';
    return scalar grep { exists $body->{$_} } qw(categoryIds tagsSet);
}

sub send_to
{
    my ($method, $path, $who, $body) = @_;
    return $articles->direct($path, method => $method, bearer => $token{$who},
        defined $body ? (json => $body) : (), sets => sets_of($method, $body));
}

sub categories
{
    my ($id) = @_;
    return join ',', split /\n/, $articles->sql("SELECT category_id
        FROM articles_categories WHERE article_id = $id
        ORDER BY category_id");
}

sub tags
{
    my ($id) = @_;
    return $articles->sql("SELECT json_agg(tag ORDER BY tag COLLATE \"C\")
        FROM articles_tags WHERE article_id = $id");
}

sub version
{
    my ($id) = @_;
    return $articles->sql("SELECT xmin FROM articles WHERE id = $id");
}

sub sets_and_keeps
{
    my $answer = send_to(PATCH => '/articles/1', 1, { categoryIds => [ 2, 1 ] });
    is $answer->status, 200, 'categories are set';
    is categories(1), '1,2', 'and stored';
    is $answer->raw('categories'), '[{"id":1},{"id":2}]',
        'the answer shows them';
    ok !exists $answer->json->{categoryIds}, 'and not the keys by themselves';
    is $answer->body, send_to(GET => '/articles/1', 1)->body,
        'it is what GET answers';
    my $row = $articles->sql('SELECT id, since FROM articles_categories
        WHERE category_id = 2');
    is send_to(PATCH => '/articles/1', 1, { categoryIds => [ 3, 2, 2, 3 ] })
        ->status, 200, 'others are set, some of them twice';
    is categories(1), '2,3', 'one comes, one goes, none is there twice';
    is $articles->sql('SELECT id, since FROM articles_categories
        WHERE category_id = 2'), $row, 'what stays is not written again';
    is send_to(PATCH => '/articles/1', 1, { title => 'uno' })->status, 200,
        'a body without them';
    is categories(1), '2,3', 'keeps them';
    is send_to(PATCH => '/titles/1', 1, { title => 'uno', categoryIds => [] })
        ->status, 200, 'a route that does not write them';
    is categories(1), '2,3', 'keeps them, too';
    is send_to(PATCH => '/articles/1', 1, { categoryIds => [] })->status, 200,
        'the empty set';
    is categories(1), '', 'clears';
}

sub writes_hostile_keys
{
    my @all = ('a', 'b "c" \\d', '{}', 'NULL', ',');
    is send_to(PATCH => '/articles/1', 1, { tagsSet => \@all })->status, 200,
        'text that would mean something in an array';
    is tags(1), '[",", "NULL", "a", "b \\"c\\" \\\\d", "{}"]',
        'is what it is';
    my @none = ('x', "'", '{a}', '"a"', 'null', '', 'a,b', "'; DROP TABLE tags",
        'A', "\x{1f600}");
    problem_ok send_to(PATCH => '/articles/1', 1, { tagsSet => [ 'a', $_ ] }),
        422, 'what is no key', 'tagsSet reference' for @none;
    is send_to(PATCH => '/tagging/1', 1, { tagsSet => [ 'NULL' ] })->status,
        200, 'a route that writes nothing else';
    is tags(1), '["NULL"]', 'writes these';
    is send_to(PATCH => '/tagging/1', 1, { tagsSet => [] })->status, 200,
        'and clears them';
}

sub creates_and_replaces
{
    my $answer = send_to(POST => '/articles', 1, { title => 'new',
        categoryIds => [ 3, 1 ], tagsSet => [ 'a' ],
        detail => { text => 'd' } });
    is $answer->status, 201, 'a row with sets and an owned row';
    my $id = $answer->json->{id};
    is $answer->raw('categories'), '[{"id":1},{"id":3}]', 'is shown with them';
    is $answer->raw('detail'), '{"text":"d"}', 'and with that';
    is categories($id) . tags($id), '1,3["a"]', 'all is stored';
    is send_to(PATCH => "/articles/$id", 1, { categoryIds => [ 2 ],
        detail => { text => 'e' } })->raw('detail'), '{"text":"e"}',
        'both change at once';
    is categories($id) . tags($id), '2["a"]', 'what is absent stays';
    is send_to(PUT => "/articles/$id", 1, { title => 't',
        categoryIds => [ 1, 2 ] })->status, 200, 'a row is replaced';
    is categories($id) . tags($id), '1,2', 'with it the set that is absent';
    is send_to(PUT => "/articles/$id", 1, { title => 't' })->status, 200,
        'and once more';
    is categories($id), '', 'nothing is left';
    is send_to(POST => '/articles', 1, { title => 'bare' })->raw('categories'),
        '[]', 'a new row needs none';
    send_to(PATCH => "/articles/$id", 1, { categoryIds => [ 1 ] });
    is send_to(DELETE => "/articles/$id", 1)->status, 204,
        'a row goes with what the database lets go';
    send_to(PATCH => '/articles/1', 1, { tagsSet => [ 'a' ] });
    $pg->claim(qr/^ERROR 23503 .*articles_tags_article_id_fkey/);
    problem_ok send_to(DELETE => '/articles/1', 1), 409,
        'and stays where it does not';
    send_to(PATCH => '/articles/1', 1, { tagsSet => [] });
}

sub refuses_before_the_database
{
    my $beyond = '"categoryIds":[1,123456789012345678901234567890]';
    my @sent = $articles->statements_of(sub {
        my @wrong = (
            [ undef, 'null' ], [ 1, 'type' ], [ '1', 'type' ],
            [ { 0 => 1 }, 'type' ], [ \1, 'type' ],
        );
        problem_ok send_to(PATCH => '/articles/1', 1,
            { categoryIds => $_->[0] }), 422, 'no array',
            "categoryIds $_->[1]" for @wrong;
        problem_ok send_to(PATCH => '/articles/1', 1, { title => undef,
            categoryIds => [ 1, 'x', undef, 1.5, \1, [], {}, 40000, "\0" ],
            tagsSet => [ 'a', 5, "a\0" ] }), 422, 'all that is wrong',
            'title null', 'categoryIds[1] type', 'categoryIds[2] null',
            'categoryIds[3] type', 'categoryIds[4] type',
            'categoryIds[5] type', 'categoryIds[6] type',
            'categoryIds[7] range', 'categoryIds[8] nul', 'tagsSet[1] type',
            'tagsSet[2] nul';
        problem_ok send_to(PATCH => '/articles/1', 1, \"{$beyond}"), 422,
            'a number beyond all', 'categoryIds[1] range';
        problem_ok send_to(PATCH => '/articles/1', 1,
            { categoryIds => [ 1 .. 101 ] }), 422, 'more than may be embedded',
            'categoryIds too_many';
        is send_to(PATCH => '/articles/1', 1, { categoryIds => [ 1 .. 101 ] })
            ->json->{errors}[0]{max}, 100, 'which says how many may';
    });
    is_deeply \@sent, [], 'none of it costs a statement';
    is send_to(PATCH => '/articles/1', 1, { categoryIds => [ (1) x 100 ] })
        ->status, 200, 'a hundred are accepted';
    is categories(1), '1', 'as the one that they are';
}

sub refuses_keys_of_nothing
{
    send_to(PATCH => '/articles/1', 1, { title => 'before',
        categoryIds => [ 1 ], tagsSet => [ 'a' ] });
    my $all = sub { return categories(1) . tags(1) . version(1) };
    my $before = $all->();
    problem_ok send_to(PATCH => '/articles/1', 1, { title => 'x',
        detail => { text => 'x' }, categoryIds => [ 2, 77 ] }), 422,
        'a key of nothing', 'categoryIds reference';
    problem_ok send_to(PUT => '/articles/1', 1, { title => 'x',
        tagsSet => [ 'b', 'a' ], categoryIds => [ 2, 77 ] }), 422,
        'keys of nothing', 'categoryIds reference', 'tagsSet reference';
    problem_ok send_to(PATCH => '/articles/1', 1, { categoryIds => [ 9 ] }),
        422, 'a key of what is not seen', 'categoryIds reference';
    my $count = $articles->sql('SELECT count(*) FROM articles');
    problem_ok send_to(POST => '/articles', 1, { title => 'x',
        categoryIds => [ 77 ] }), 422, 'in a new row',
        'categoryIds reference';
    is $articles->sql('SELECT count(*) FROM articles'), $count,
        'which is not created';
    $pg->claim(qr/^ERROR 23514 .*articles_categories/);
    problem_ok send_to(PATCH => '/articles/1', 1, { title => 'x',
        categoryIds => [ 4 ] }), 422, 'a key that the database refuses',
        'categoryIds check';
    is $all->(), $before, 'nothing is written';
    is_deeply [ map { $_->{message} } @{ send_to(PATCH => '/articles/1', 1,
        { categoryIds => [ 77 ], tagsSet => [ 'x' ] })->json->{errors} } ],
        [ 'there is no such category',
        'there is nothing with one of these keys' ],
        'who wrote the database says what is wrong, or else we do';
    problem_ok send_to(PATCH => '/articles/2', 1, { categoryIds => [ 1 ] }),
        403, 'a row of somebody else';
    problem_ok send_to(PATCH => '/articles/2', 1, { categoryIds => [ 77 ] }),
        403, 'whatever the keys are';
    problem_ok send_to(PUT => '/articles/2', 1, { title => 'x',
        categoryIds => [ 1 ] }), 403, 'and whatever the method';
    problem_ok send_to(PATCH => '/articles/777', 1, { categoryIds => [ 77 ] }),
        404, 'a row that is not there';
    is categories(2), '', 'nobody else\'s sets are written';
}

sub leaves_what_is_not_seen
{
    is send_to(PATCH => '/articles/1', 3, { categoryIds => [ 1, 9 ] })->status,
        200, 'who sees it sets it';
    is send_to(PATCH => '/articles/1', 1, { categoryIds => [ 2 ] })
        ->raw('categories'), '[{"id":2}]', 'who does not see it';
    is categories(1), '2,9', 'does not remove it';
    is send_to(PATCH => '/articles/1', 1, { categoryIds => [] })->status, 200,
        'nor by the empty set';
    is categories(1), '9', 'it stays';
    is send_to(PATCH => '/articles/1', 3, { categoryIds => [] })->status, 200,
        'who sees it clears it';
    is categories(1), '', 'for good';
}

sub moves_the_version
{
    my %moves = ('/articles/1' => [ { categoryIds => [ 1 ] },
            { categoryIds => [] }, { tagsSet => [] },
            { detail => { text => 'x' } }, { detail => undef } ],
        '/tagging/1' => [ { tagsSet => [ 'a' ] }, { tagsSet => [] } ]);
    for my $path (sort keys %moves) {
        for my $body (@{ $moves{$path} }) {
            my $before = version(1);
            is send_to(PATCH => $path, 1, $body)->status, 200, 'a part';
            isnt version(1), $before, 'is a new version of the row';
        }
        my $before = version(1);
        for my $body ({}, { other => 1 }) {
            is send_to(PATCH => $path, 1, $body)->status, 200, 'no part';
        }
        is version(1), $before, 'is none';
    }
    my $before = $articles->sql('SELECT xmin FROM categories WHERE id = 1');
    is $articles->direct('/categories/1', method => 'PATCH', sets => 1,
        json => { articleIds => [ 2 ] })->status, 200, 'from the other end';
    is categories(2), '1', 'a set is written';
    isnt $articles->sql('SELECT xmin FROM categories WHERE id = 1'), $before,
        'with a new version of that row';
    problem_ok $articles->direct('/categories/9', method => 'PATCH',
        json => { articleIds => [ 2 ] }), 404, 'of one that is not seen';
    is $articles->direct('/categories/1', method => 'PUT', sets => 1,
        json => {})->status, 200, 'which is replaced by nothing';
    is categories(2), '', 'and has nothing then';
    is $articles->direct('/categories/1')->json->{name}, 'eins',
        'but what no body can set';
}

# --- races -------------------------------------------------------------------

# Sends a request and returns without its answer, which the code that it
# returns waits for.
sub begin
{
    my ($method, $path, $who, $body) = @_;
    my $text = JSON::PP->new->utf8->encode($body);
    my $socket = fcgi_connect($articles->socket) or die "connect: $!";
    print {$socket} fcgi_request([ REQUEST_METHOD => $method,
        DOCUMENT_URI => $path, REQUEST_URI => $path, QUERY_STRING => '',
        CONTENT_LENGTH => length $text, REQUEST_ID => 'e' x 32,
        CONTENT_TYPE => 'application/json',
        HTTP_AUTHORIZATION => "Bearer $token{$who}" ], $text);
    $socket->flush;
    $articles->count($method, 1, sets_of($method, $body));
    return sub {
        return Byline::Test::Response->from_cgi((fcgi_answer($socket, 60))[0]);
    };
}

sub waiting
{
    my ($count) = @_;
    wait_for('those who wait', sub {
        return $pg->sql("SELECT count(*) FROM pg_stat_activity
            WHERE usename = 'byline' AND wait_event_type = 'Lock'
            AND datname = '$articles->{database}'") == $count;
    }, 60);
}

# The answers to requests that wait while SQL happens before them.
sub after
{
    my ($sql, @requests) = @_;
    my $session = $pg->session(user => 'byline_owner',
        database => $articles->{database});
    $session->("BEGIN; $sql;");
    my @answers;
    for my $request (@requests) {
        push @answers, begin(@$request);
        waiting(scalar @answers);
    }
    $session->('COMMIT;');
    return map { $_->() } @answers;
}

sub keeps_sets_apart
{
    my @sets = ([ 1, 2 ], [ 2, 3 ]);
    for my $case ([ PATCH => '/articles/1', {} ],
        [ PATCH => '/articles/1', { detail => { text => 'x' } } ],
        [ PUT => '/articles/1', { title => 'x' } ]) {
        my ($method, $path, $body) = @$case;
        for my $before ([], [ 1, 2, 3 ], [ 3 ]) {
            send_to(PATCH => '/articles/1', 1, { categoryIds => $before });
            my @answers = after('SELECT FROM articles WHERE id = 1 FOR UPDATE',
                map { [ $method, $path, 1, { %$body, categoryIds => $_ } ] }
                @sets);
            is_deeply [ map { $_->status } @answers ], [ 200, 200 ],
                'two sets at a time are both written';
            my $stored = categories(1);
            ok scalar(grep { join(',', @$_) eq $stored } @sets),
                "one of them is there in the end: $stored";
            is_deeply [ map { join ',', map { $_->{id} }
                @{ $_->json->{categories} } } @answers ],
                [ map { join ',', @$_ } @sets ], 'and each saw its own';
        }
    }
    for my $before ([], [ 'a', ',', 'NULL' ]) {
        send_to(PATCH => '/tagging/1', 1, { tagsSet => $before });
        my @answers = after('SELECT FROM articles WHERE id = 1 FOR UPDATE',
            map { [ PATCH => '/tagging/1', 1, { tagsSet => $_ } ] }
            [ 'a', ',' ], [ 'a', 'NULL' ]);
        is_deeply [ map { $_->status } @answers ], [ 200, 200 ],
            'two at a time where nothing else is written';
        like tags(1), qr/^\["(?:,", "a|NULL", "a)"\]$/, 'are kept apart, too';
    }
    send_to(PATCH => '/tagging/1', 1, { tagsSet => [ 'a' ] });
    my ($answer) = after('UPDATE articles SET author_id = 2 WHERE id = 1',
        [ PATCH => '/tagging/1', 1, { tagsSet => [ ',' ] } ]);
    problem_ok $answer, 404, 'a row that is somebody else\'s by then';
    is tags(1), '["a"]', 'keeps its set';
    $articles->sql('UPDATE articles SET author_id = 1 WHERE id = 1;
        DELETE FROM articles_tags');
}

sub meets_what_happens_meanwhile
{
    send_to(PATCH => '/articles/1', 1, { categoryIds => [ 1 ] });
    my ($answer) = after('UPDATE articles SET author_id = 2 WHERE id = 1',
        [ PATCH => '/articles/1', 1, { categoryIds => [ 2 ] } ]);
    problem_ok $answer, 403, 'a locked row that is somebody else\'s by then';
    is categories(1), '1', 'is not written';
    ($answer) = after('UPDATE articles SET author_id = 1 WHERE id = 1;
        INSERT INTO articles_categories (article_id, category_id)
        VALUES (1, 3)', [ PATCH => '/articles/1', 3,
        { categoryIds => [ 2 ] } ]);
    is $answer->status, 200, 'a set that has changed meanwhile';
    is categories(1), '2', 'is replaced as it is by then';
    $pg->claim(qr/^ERROR 23503 .*known_category/);
    $articles->sql('DELETE FROM articles_categories WHERE category_id = 3');
    my $before = version(1);
    ($answer) = after('DELETE FROM categories WHERE id = 3',
        [ PATCH => '/articles/1', 1, { title => 'y',
            categoryIds => [ 1, 3 ] } ]);
    problem_ok $answer, 422, 'a key of what has gone meanwhile',
        'categoryIds reference';
    is categories(1), '2', 'nothing is written';
    is version(1), $before, 'of the row neither';
    $articles->sql("INSERT INTO categories VALUES (3, 'drei')");
    ($answer) = after('INSERT INTO articles_categories (article_id,
        category_id) VALUES (2, 3)', [ PATCH => '/articles/2', 2,
        { categoryIds => [ 3, 1 ] } ]);
    is $answer->status, 200, 'a pair that somebody else makes meanwhile';
    is categories(2), '1,3', 'is there once';
}

subtest 'sets and keeps' => \&sets_and_keeps;
subtest 'hostile keys' => \&writes_hostile_keys;
subtest 'POST, PUT, DELETE' => \&creates_and_replaces;
subtest 'what is wrong with a body' => \&refuses_before_the_database;
subtest 'keys of nothing' => \&refuses_keys_of_nothing;
subtest 'what is not seen' => \&leaves_what_is_not_seen;
subtest 'versions' => \&moves_the_version;
subtest 'two at a time' => \&keeps_sets_apart;
subtest 'meanwhile' => \&meets_what_happens_meanwhile;
$articles->stop;

# --- another schema ----------------------------------------------------------

# Names that need quotes, keys of every sort, several schemas; a set of a row
# with a key of two columns; two sets in one table in between, which is a
# resource with rows that are not seen.
my $schema = <<'SQL';
CREATE SCHEMA stage;
CREATE TABLE stage."Play" ("Theatre" char(4), "no" integer, note text,
    PRIMARY KEY ("Theatre", "no"));
INSERT INTO stage."Play" VALUES ('Burg', 1, 'a'), ('Burg', 2, 'b'),
    ('Old', 1, 'c');
CREATE TABLE people (id bigint PRIMARY KEY, name text, kind text);
INSERT INTO people SELECT 9007199254740990 + n, 'p' || n,
    CASE WHEN n <= 3 THEN 'actor' ELSE 'crew' END FROM generate_series(1, 6) n;
CREATE TABLE stage."Cast" (
    "we""ird" char(4), "to" integer, person bigint REFERENCES people,
    gone boolean NOT NULL DEFAULT false,
    FOREIGN KEY ("we""ird", "to") REFERENCES stage."Play"
        ON UPDATE CASCADE ON DELETE CASCADE,
    UNIQUE ("we""ird", "to", person) DEFERRABLE INITIALLY DEFERRED);
CREATE DOMAIN short AS char(3) CHECK (VALUE <> 'xxx');
CREATE TABLE codes (code short PRIMARY KEY);
INSERT INTO codes VALUES ('abc'), ('a'), ('abd');
CREATE TABLE plays_codes (theatre char(4), no integer,
    code short REFERENCES codes, FOREIGN KEY (theatre, no)
        REFERENCES stage."Play" ON UPDATE CASCADE);
CREATE TYPE mood AS ENUM ('gay', 'sad,"ly"');
CREATE TABLE moods (mood mood PRIMARY KEY);
INSERT INTO moods VALUES ('gay'), ('sad,"ly"');
CREATE TABLE hosts (host inet PRIMARY KEY);
INSERT INTO hosts VALUES ('10.0.0.1'), ('::1');
CREATE TABLE ids (id uuid PRIMARY KEY);
INSERT INTO ids VALUES ('11111111-1111-1111-1111-111111111111');
CREATE TABLE all_sorts (theatre char(4), no integer,
    id uuid REFERENCES ids, mood mood REFERENCES moods,
    host inet REFERENCES hosts, FOREIGN KEY (no, theatre)
        REFERENCES stage."Play" ("no", "Theatre"));
CREATE UNIQUE INDEX ON all_sorts (no, theatre, id);
CREATE UNIQUE INDEX ON all_sorts (mood, theatre, no);
CREATE UNIQUE INDEX ON all_sorts (theatre, no, host);
SQL
my $resources = <<'INI';
[resource plays]
table    = stage.Play
columns  = Theatre as theatre, no, note
writable = no, note, actors, crew_ids, codes_set, uuids, moods_set, host_set
[resource people]
columns = id, name
[resource codes]
columns = code
[resource cast]
table   = stage.Cast
columns = person
key     = we"ird, to, person
where   = NOT gone
[resource moods]
columns = mood
[resource hosts]
columns = host
[resource ids]
columns = id
[relation plays.acting]
many    = people
through = cast(we"ird, to, person)
where   = kind = 'actor'
set     = actors
[relation plays.crew]
many    = people
through = cast(we"ird, to, person)
where   = kind = 'crew'
set     = crew_ids
[relation plays.codes]
many    = codes
through = plays_codes(theatre, no, code)
set     = codes_set
[relation plays.ids]
many    = ids
through = all_sorts(no, theatre, id)
set     = uuids
[relation plays.moods]
many    = moods
through = all_sorts(no, theatre, mood)
set     = moods_set
[relation plays.hosts]
many    = hosts
through = all_sorts(no, theatre, host)
set     = host_set
INI
my $routes = routes_of('plays', '/plays/:theatre', ':no',
    item => [ 'with = acting(id), crew(name), codes, ids, moods, hosts' ])
    =~ s/\[route plays-create\].*?\n\n//sr =~ s/:theatre/:Theatre/gr;

sub plays
{
    my $site = small($schema, $resources, $routes,
        ini => { api => { names => 'snake', bigint => 'string' } });
    $site->claim(qr/warning: .* nothing keeps a pair from being there twice/);
    my $patch = sub {
        my ($path, $body) = @_;
        return $site->direct($path, method => 'PATCH', json => $body,
            sets => scalar keys %$body);
    };
    my $cast = sub {
        return join ' ', split /\n/, $site->sql('SELECT trim("we""ird")
            || "to" || person - 9007199254740990 || CASE WHEN gone THEN \'-\'
            ELSE \'\' END FROM stage."Cast" ORDER BY 1');
    };
    my @id = map { 9007199254740990 + $_ } 0 .. 6;
    my $answer = $patch->('/plays/Burg/1', { actors => [ "$id[1]",
        "$id[2]" ], crew_ids => [ "$id[5]" ] });
    is $answer->status, 200, 'two sets beside one another';
    is $cast->(), 'Burg11 Burg12 Burg15', 'are in one table';
    is $answer->raw('acting'),
        qq([{"id":"$id[1]"},{"id":"$id[2]"}]), 'and shown apart';
    $patch->('/plays/Old/1', { actors => [ "$id[1]" ] });
    is $patch->('/plays/Burg/1', { actors => [ "$id[2]", "$id[3]" ] })
        ->raw('crew'), '[{"name":"p5"}]', 'one changes';
    is $cast->(), 'Burg12 Burg13 Burg15 Old11', 'the other stays';
    problem_ok $patch->('/plays/Burg/1', { actors => [ "$id[5]" ] }), 422,
        'what the other one shows', 'actors reference';
    problem_ok $patch->('/plays/Burg/1', { actors => [ "$id[1]",
        $id[1] . '0' x 9, 'x' ] }), 422, 'keys that are none',
        'actors[1] range', 'actors[2] type';
    $site->sql('UPDATE stage."Cast" SET gone = true WHERE person % 10 = 2');
    is $patch->('/plays/Burg/1', { actors => [] })->raw('acting'), '[]',
        'all that is seen goes';
    is $cast->(), 'Burg12- Burg15 Old11', 'what is not stays';
    is $patch->('/plays/Burg/1', { actors => [ "$id[2]", "$id[1]" ] })->status,
        200, 'what is there is not written twice';
    is $cast->(), 'Burg11 Burg12- Burg15 Old11', 'seen or not';
    is $patch->('/plays/Burg/1', { no => 7, actors => [ "$id[3]" ] })->raw('no'),
        '7', 'a row that changes its key';
    is $cast->(), 'Burg72- Burg73 Burg75 Old11', 'takes its sets along';
    is $site->direct('/plays/Old/1', method => 'DELETE')->status, 204,
        'what is removed';
    is $cast->(), 'Burg72- Burg73 Burg75', 'takes them along as well';

    is $patch->('/plays/Burg/7', { codes_set => [ 'abc', 'a', 'abc' ] })
        ->raw('codes'), '[{"code":"a  "},{"code":"abc"}]',
        'keys of a fixed length, in no unique pairs';
    problem_ok $patch->('/plays/Burg/7', { codes_set => [ 'ab', 'abcd' ] }),
        422, 'longer ones', 'codes_set[1] max_length';
    problem_ok $patch->('/plays/Burg/7', { codes_set => [ 'ab' ] }), 422,
        'others', 'codes_set reference';
    my $uuid = '11111111-1111-1111-1111-111111111111';
    is $patch->('/plays/Burg/7', { uuids => [ $uuid, $uuid ],
        moods_set => [ 'gay', 'sad,"ly"' ], host_set => [ '::1', '10.0.0.1',
        '::0001' ] })->raw('hosts'),
        '[{"host":"10.0.0.1"},{"host":"::1"}]', 'keys of other types';
    is $site->sql('SELECT count(*) FROM all_sorts'), 5, 'once each';
    problem_ok $patch->('/plays/Burg/7', { uuids => [ 'x' ],
        moods_set => [ 'sad' ] }), 422, 'that are none of theirs',
        'uuids[0] type', 'moods_set[0] one_of';
    $pg->claim(qr/^ERROR 22P02 invalid input syntax for type inet/);
    problem_ok $patch->('/plays/Burg/7', { host_set => [ '::1', 'x' ] }), 422,
        'that only the database can tell', 'host_set type';
    is $site->direct('/plays/Burg/7', method => 'PUT', sets => 6,
        json => { no => 7 })->status, 200, 'a row is replaced';
    is $cast->() . $site->sql('SELECT count(*) FROM all_sorts'), 'Burg72-0',
        'and all sets with it';
    $site->stop;
}

# --- what does not fit -------------------------------------------------------

sub says
{
    my ($what, $sql, $change, @expected) = @_;
    my $ini = <<'INI';
[resource films]
columns  = id
writable = title, genre_ids
[resource genres]
columns = id
[relation films.genres]
many    = genres
through = films_genres(film_id, genre_id)
set     = genre_ids
INI
    $change->() for $ini;
    my $site = site(postgres => $pg, database => 'misfit' . ++$n, nginx => 0,
        start => 0, resources => $ini, ini => {}, routes => <<'INI2',
[route film]
match    = PATCH /films/:id
handler  = update
resource = films
[route films]
match    = POST /films
handler  = create
resource = films
writable = title
INI2
        schema => sub { $_[0]->sql(<<"SQL") });
CREATE TABLE films (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    title text);
CREATE TABLE genres (id integer, lang text UNIQUE, j jsonb UNIQUE,
    PRIMARY KEY (id));
CREATE TABLE films_genres (film_id integer REFERENCES films,
    genre_id integer REFERENCES genres, PRIMARY KEY (film_id, genre_id));
$sql
SQL
    my ($status, undef, $err) = $site->byline('check');
    like $err, qr/resources\.ini:\d+: (?:warning: )?\Q$_\E/, $what
        for @expected;
    return $site;
}

sub fits
{
    no warnings 'redefine';
    local *Byline::Test::Site::grant = sub { };
    my $no = sub { };
    my $at = '[relation films.genres] set: ';
    says 'a key of two columns', '', sub { s/\[resource genres\]\n/$&key = id, lang\n/ },
        $at . 'a body names rows by a key of one column, which genres must '
        . 'have and films_genres must hold';
    says 'another key', '', sub { s/\[resource genres\]\n/$&key = lang\n/ },
        $at . 'a body names rows by a key of one column, which genres must '
        . 'have and films_genres must hold';
    says 'a key of JSON', 'ALTER TABLE films_genres DROP COLUMN genre_id,
        ADD genre_id jsonb REFERENCES genres (j)',
        sub { s/\[resource genres\]\n/$&key = j\n/ },
        $at . 'genres.j is of type jsonb, which no body can set';
    says 'a pair that needs more', 'ALTER TABLE films_genres
        ADD place integer NOT NULL, ADD at integer NOT NULL DEFAULT 1', $no,
        $at . 'films_genres.place needs a value, of which a set of keys has '
        . 'none';
    says 'a column that is computed', 'ALTER TABLE films_genres
        DROP COLUMN genre_id, ADD genre_id integer
        GENERATED ALWAYS AS (film_id) STORED REFERENCES genres', $no,
        $at . 'films_genres.genre_id is computed by the database, and no '
        . 'body can set it';
    says 'pairs that nothing keeps apart', 'ALTER TABLE films_genres
        DROP CONSTRAINT films_genres_pkey', $no,
        $at . 'nothing keeps a pair from being there twice: ALTER TABLE '
        . '"films_genres" ADD UNIQUE ("film_id", "genre_id");';
    says 'nothing but sets', 'ALTER TABLE films DROP COLUMN title',
        sub { s/title, // }, '[resource films] writable: only sets would be '
        . 'written, and no column of films with them';
}

# --- rights ------------------------------------------------------------------

sub rights
{
    no warnings 'redefine';
    local *Byline::Test::Site::grant = sub { };
    my $site = says('', '', sub { s/title, //; s/= id\n/= id, title\n/ });
    my @grants = split /\n/, $site->must('grants');
    is_deeply [ sort grep { /GRANT/ } @grants ], [ sort map { "GRANT $_ TO \"byline\";" }
        'SELECT ("id", "title", "xmin") ON "films"', 'UPDATE ("title") ON "films"',
        'INSERT ("title") ON "films"',
        'SELECT ("id") ON "genres"',
        'SELECT ("film_id", "genre_id") ON "films_genres"',
        'INSERT ("film_id", "genre_id") ON "films_genres"',
        'DELETE ON "films_genres"' ], 'the rights that a set needs';
    $site->pg->owner_sql(join("\n", @grants), database => $site->{database});
    my ($status, undef, $err) = $site->byline('check');
    is $status, 0, 'with which all is well';
    my @explained = grep { !/^--/ } split /\n/,
        $site->must(explain => 'film');
    is scalar @explained, 3, 'a set is a statement of its own';
    like $explained[1], qr/DELETE FROM "films_genres".*INSERT/, 'which explain shows';
    for my $right ('SELECT (genre_id)', 'INSERT (film_id)', 'DELETE') {
        $site->sql("REVOKE $right ON films_genres FROM byline");
        ($status, undef, $err) = $site->byline('check');
        like $err, qr/may not \w+ (?:from )?films_genres/,
            "check misses $right";
        $site->pg->owner_sql(join("\n", @grants),
            database => $site->{database});
    }
}

subtest 'another schema' => \&plays;
subtest 'what does not fit' => \&fits;
subtest 'rights' => \&rights;

done;
