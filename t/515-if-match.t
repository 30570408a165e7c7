# If-Match: a write is about one version of a row, and somebody else's write in
# between is not overwritten (RFC 9110, section 13.1.1). What counts as a
# write, who of two wins, and routes that demand it.
use utf8;
use Byline::Test;

my $site = site(workers => 4, nginx => 0, ini => { 'database main' => {
    lock_timeout => '20s', statement_timeout => '30s' },
    'pool main' => { request_timeout => '60s' } }, sql => <<'SQL');
INSERT INTO addresses (id, street, city, country)
    VALUES (1, 'Long Street 1', 'York', 'England');
INSERT INTO users (id, email, name, password, role, address_id)
    VALUES (1, 'admin@example.org', 'Admin', '*', 'admin', NULL),
    (2, 'anna@example.org', 'Anna', '*', 'user', 1),
    (3, 'bert@example.org', 'Bert', '*', 'user', NULL);
INSERT INTO articles (id, title, content, author_id)
    SELECT n, 'Title ' || n, 'x', 2 FROM generate_series(1, 300) n;
INSERT INTO categories (id, name) VALUES (1, 'one'), (2, 'two');
SELECT setval('articles_id_seq', 1000), setval('categories_id_seq', 1000);
SQL

my $hash = '0123456789abcdef';
my %token = map { $_ => $site->forge({ userId => $_ }) } 1 .. 3, 99;

# By somebody, with these lines of headers.
sub ask
{
    my ($method, $path, $who, $json, @headers) = @_;
    return $site->direct($path, method => $method,
        $who ? (bearer => $token{$who}) : (),
        defined $json ? (json => $json) : (), headers => \@headers,
        $json && ref $json eq 'HASH' && $json->{categoryIds}
            ? (sets => 1) : ());
}

sub tag_of { return ask('GET', $_[0], $_[1] // 2)->header('ETag') }
sub version { return $_[0] =~ /^"(\d+)-/ ? $1 : "none in $_[0]" }
sub match { return "If-Match: $_[0]" }

# One that the row does not have.
my $stale = "\"1-$hash\"";

subtest 'what writes answer' => sub {
    my $created = ask('POST', '/articles', 2, { title => 'new' },
        'Idempotency-Key: "k"');
    is $created->status, 201, 'created';
    my $path = $created->header('Location');
    is $created->header('ETag'), tag_of($path), 'with the tag of GET';
    my $again = ask('POST', '/articles', 2, { title => 'new' },
        'Idempotency-Key: "k"');
    is $again->header('ETag'), $created->header('ETag'), 'sent again, too';
    for my $method ('PATCH', 'PUT') {
        my $answer = ask($method, $path, 2, { title => $method });
        is $answer->status, 200, $method;
        is $answer->header('ETag'), tag_of($path), 'has the tag of GET';
    }
    my $before = tag_of($path);
    is ask('DELETE', $path, 2)->header('ETag'), undef, 'DELETE has none';
    is ask('POST', '/articles', 2, { title => 'x' }, match($stale))->status,
        201, 'POST is about no row';
};

subtest 'which tags match' => sub {
    my $path = '/articles/1';
    my $good = sub {
        my ($list, $name) = @_;
        my $answer = ask('PATCH', $path, 2, { content => $name },
            match($list));
        is $answer->status, 200, "$name matches" or diag $answer->body;
        is ask('GET', $path, 2)->json->{content}, $name, 'and it is written';
    };
    my $bad = sub {
        my ($list, $name) = @_;
        my $before = tag_of($path);
        for my $method (qw(PATCH PUT DELETE)) {
            problem_ok ask($method, $path, 2, $method eq 'DELETE' ? undef
                : { title => 'y', content => 'y' }, match($list)), 412,
                "$name: $method";
        }
        is tag_of($path), $before, 'and nothing is written';
    };
    $good->(tag_of($path), 'the one of GET');
    $good->('W/' . tag_of($path), 'one that nginx made weak');
    $good->('*', 'an asterisk');
    $good->("\"x\", $stale," . tag_of($path), 'one of several');
    $good->('"' . version(tag_of($path)) . "-$hash\"", 'another hash');
    $good->(tag_of("$path?fields=id"), 'the one of a part');
    $good->(ask('PATCH', $path, 2, { content => 'z' })->header('ETag'),
        'the one of a write');
    $bad->($stale, 'another version');
    $bad->("\"$hash\"", 'one of a list');
    $bad->('"x"', 'one of somebody else');
    $bad->('', 'nothing');
    $bad->(tag_of($path) =~ s/"//gr, 'one without quotes');
    $bad->(tag_of($path) . ' x', 'one in a list that is none');
    $bad->('"4294967296-' . $hash . '"', 'no version there can be');
    $bad->("\"0@{[ version(tag_of($path)) ]}-$hash\"", 'another spelling');
    my $answer = $site->direct($path, method => 'PATCH', bearer => $token{2},
        json => { content => 'two' }, headers => [ match('"x"'),
            match(tag_of($path)) ]);
    is $answer->status, 200, 'one in the second of two lines';
    my $old = tag_of($path);
    is ask('PUT', $path, 2, { title => 'put' }, match($old))->status, 200,
        'PUT';
    is ask('PUT', $path, 2, { title => 'put' }, match($old))->status, 412,
        'but not twice';
    is ask('DELETE', $path, 2, undef, match($old))->status, 412, 'DELETE';
    is ask('DELETE', $path, 2, undef, match(tag_of($path)))->status, 204,
        'with the new one';
    problem_ok ask($_->[0], $path, 2, $_->[1], match('*')), 404,
        "$_->[0]: what is gone has no version"
        for [ PATCH => {} ], [ PUT => { title => 'x' } ], ['DELETE'];
};

subtest 'If-None-Match' => sub {
    my $path = '/articles/2';
    my $ask = sub {
        return ask('PATCH', $path, 2, { content => 'x' },
            "If-None-Match: $_[0]")->status;
    };
    is $ask->('*'), 412, 'an asterisk: there is a row';
    is $ask->(tag_of($path)), 412, 'the row as it is';
    is $ask->($stale), 200, 'another version';
    is $ask->('x'), 200, 'what is no list is as good as none';
    is ask('DELETE', '/articles/9999', 2, undef, 'If-None-Match: *')->status,
        404, 'nor is there a row that is not there';
    is ask('PUT', $path, 2, { title => 'x' }, match(tag_of($path)),
        'If-None-Match: *')->status, 412, 'both must hold';
};

subtest 'the order of checks' => sub {
    my $path = '/articles/3';
    my $patch = sub {
        my ($who, $json, $at) = @_;
        return ask('PATCH', $at // $path, $who, $json, match($stale));
    };
    problem_ok $patch->(0, {}), 401, 'nobody';
    problem_ok $patch->(99, {}), 401, 'somebody who is gone';
    problem_ok $patch->(2, {}, '/articles/9999'), 404, 'no row';
    problem_ok $patch->(2, {}, '/articles/x'), 400, 'no key';
    problem_ok $patch->(2, \'{'), 400, 'no JSON';
    problem_ok $patch->(3, {}), 403, 'a row of somebody else';
    problem_ok $patch->(2, { name => 'x' }, '/categories/1'), 403,
        'another role';
    problem_ok $patch->(2, { title => '' }), 422, 'a rule, without a look';
    problem_ok $patch->(2, { categoryIds => [99] }), 412,
        'before a key of nothing';
    problem_ok $patch->(1, { authorId => 99 }), 412, 'a reference';
    problem_ok $patch->(1, { authorId => 'x' }), 412,
        'a field of a role that is malformed';
    problem_ok $patch->(1, { name => 'two' }, '/categories/1'), 412,
        'a name that is taken';
    problem_ok ask('PATCH', '/categories/1', 1, { name => 'two' },
        match(tag_of('/categories/1'))), 409, 'which is told to the winner';
    $site->pg->claim(qr/^(?:\[byline\] )?ERROR 23505 /);
    problem_ok $patch->(2, {}), 412, 'what sets nothing has a condition, too';
    my @sent = $site->statements_of(sub { $patch->(2, {}) });
    cmp_ok scalar @sent, '<=', 3, 'it costs no statement more';
};

subtest 'what moves the version' => sub {
    my $moves = sub {
        my ($path, $who, $json, $name, $sets) = @_;
        my $before = tag_of($path, $who);
        my $answer = ask('PATCH', $path, $who, $json);
        is $answer->status, 200, $name or diag $answer->body;
        isnt version($answer->header('ETag')), version($before), 'moves it';
        is ask('PATCH', $path, $who, $json, match($before))->status, 412,
            'and ends the one before';
    };
    my ($me, $article) = ('/users/me', '/articles/4');
    $moves->($article, 2, { title => 'Title 4' }, 'the value that it has');
    $moves->($article, 2, { categoryIds => [1] }, 'only a set');
    $moves->($article, 2, { categoryIds => [1] }, 'the same set');
    $moves->($article, 2, { categoryIds => [] }, 'none in it');
    $moves->($me, 2, { address => { city => 'Leeds' } }, 'only an owned row');
    $moves->($me, 2, { address => undef }, 'that goes');
    $moves->($me, 2, { address => { street => 's', city => 'c',
        country => 'd' } }, 'that comes');
    my $stays = sub {
        my ($path, $who, $json, $name) = @_;
        my $before = tag_of($path, $who);
        my $answer = ask('PATCH', $path, $who, $json, match($before));
        is $answer->status, 200, $name;
        is $answer->header('ETag'), $before, 'moves nothing';
    };
    $stays->($article, 2, {}, 'an empty body');
    $stays->($article, 2, { nothing => 1 }, 'what is not known');
    $stays->($article, 2, { authorId => 3 }, 'what only a role may set');
    my $before = tag_of($me);
    $site->sql("UPDATE addresses SET city = 'Hull'");
    isnt tag_of($me), $before, 'an address that somebody else writes';
    is ask('PATCH', $me, 2, { name => 'Anna' }, match($before))->status, 200,
        'is another row, and in nobody\'s way';
};

# A request on its way.
sub send_one
{
    my ($method, $path, $who, $json, @headers) = @_;
    my $text = defined $json ? JSON::PP->new->utf8->encode($json) : '';
    $site->count($method);
    return fcgi_send($site->socket, fcgi_request([ REQUEST_METHOD => $method,
        DOCUMENT_URI => $path, REQUEST_URI => $path, QUERY_STRING => '',
        CONTENT_LENGTH => length $text, CONTENT_TYPE => 'application/json',
        HTTP_AUTHORIZATION => "Bearer $token{$who}", @headers ], $text))
        // die 'the pool takes no request';
}

sub answer_of
{
    my ($out, undef, $whole) = fcgi_answer($_[0], 60);
    return $whole ? Byline::Test::Response->from_cgi($out)
        : Byline::Test::Response->new;
}

# The statuses of two that are sent at once, each with its own body, and the
# answers.
sub race
{
    my ($method, $path, $who, $tag, @bodies) = @_;
    my @sockets = map { send_one($method, $path, $who, $_,
        HTTP_IF_MATCH => $tag) } @bodies;
    my @answers = map { answer_of($_) } @sockets;
    return (join(' ', sort map { $_->status } @answers), @answers);
}

subtest 'of two that race, one wins' => sub {
    for my $case ([ '/articles/5', 'content' ], [ '/users/me', 'name' ]) {
        my ($path, $member) = @$case;
        my $tag = tag_of($path);
        my (%count, @wrong);
        for my $n (1 .. 500) {
            my ($statuses, @answers) = race('PATCH', $path, 2, $tag,
                { $member => "a$n" }, { $member => "b$n" });
            $count{$statuses}++;
            my ($winner) = grep { $_->status == 200 } @answers or last;
            $tag = $winner->header('ETag');
            push @wrong, $n if $winner->json->{$member} !~ /^[ab]$n$/;
        }
        is_deeply \%count, { '200 412' => 500 }, "$path: 500 races";
        is_deeply \@wrong, [], 'who won wrote';
        is tag_of($path), $tag, 'and nobody after him';
    }
};

# The row is locked by somebody else until both wait for it.
sub held
{
    my ($path, $lock, @requests) = @_;
    my $session = $site->pg->session(user => 'byline_owner');
    $session->("BEGIN; $lock;");
    my @sockets = map { send_one(@$_) } @requests;
    wait_for('both to wait', sub {
        return $site->pg->sql("SELECT count(*) FROM pg_stat_activity
            WHERE usename = 'byline' AND wait_event_type = 'Lock'")
            >= @requests;
    }, 60);
    $site->pg->sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'byline_owner' AND state = 'idle in transaction'");
    return join ' ', sort map { $_->status } map { answer_of($_) } @sockets;
}

subtest 'both wait for the row' => sub {
    $site->pg->claim(qr/57P01/);
    my $lock = 'SELECT FROM articles WHERE id = 6 FOR UPDATE';
    my $path = '/articles/6';
    my @as_it_is = (HTTP_IF_MATCH => tag_of($path));
    is held($path, $lock, [ PATCH => $path, 2, { title => 'a' }, @as_it_is ],
        [ PUT => $path, 2, { title => 'b' }, @as_it_is ]), '200 412',
        'two write';
    is held($path, $lock, [ PATCH => $path, 2, { title => 'a' },
        HTTP_IF_MATCH => '*' ], [ PATCH => $path, 2, { content => 'b' } ]),
        '200 200', 'who does not mind is not refused';
    @as_it_is = (HTTP_IF_MATCH => tag_of($path));
    like held($path, $lock, [ DELETE => $path, 2, undef, @as_it_is ],
        [ PATCH => $path, 2, { title => 'b' }, @as_it_is ]),
        qr/^(?:200|204) 412$/, 'one removes';
    $lock = 'SELECT FROM users WHERE id = 2 FOR UPDATE';
    @as_it_is = (HTTP_IF_MATCH => tag_of('/users/me'));
    is held('/users/me', $lock, map { [ PATCH => '/users/me', 2,
        { address => { city => $_ } }, @as_it_is ] } 'X', 'Y'), '200 412',
        'only an owned row';
};

subtest 'of two that remove, one does' => sub {
    my (%count);
    for my $id (101 .. 200) {
        my ($statuses) = race('DELETE', "/articles/$id", 2,
            tag_of("/articles/$id"), undef, undef);
        $count{ $statuses =~ s/ 4(?:04|12)/ gone/r }++;
    }
    is_deeply \%count, { '204 gone' => 100 }, 'a hundred races';
    %count = ();
    my %expected;
    for my $id (201 .. 300) {
        my $path = "/articles/$id";
        my @headers = (HTTP_IF_MATCH => tag_of($path));
        my @answers = map { answer_of($_) } map { send_one(@$_, @headers) }
            [ DELETE => $path, 2, undef ],
            [ PATCH => $path, 2, { title => 'x' } ];
        my $won = join ' ', map { $_->status } @answers;
        $count{ $won =~ s/^204 4(?:04|12)$|^412 200$/one/r }++;
        $expected{$id} = 1 if $won =~ / 200$/;
    }
    is_deeply \%count, { one => 100 }, 'or one writes: a hundred more';
    is_deeply [ split /\n/, $site->sql('SELECT id FROM articles
        WHERE id BETWEEN 201 AND 300 ORDER BY id') ],
        [ sort { $a <=> $b } keys %expected ], 'who won has done it';
};

# --- routes that demand it --------------------------------------------------

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, a text);
INSERT INTO things VALUES (1, 'x'), (2, 'y');
CREATE VIEW seen AS SELECT id, a FROM things;
SQL
my $resources = <<'INI';
[resource things]
columns  = id, a
writable = a
where    = id < 100
[resource seen]
columns  = id, a
writable = a
key      = id
INI

sub routes
{
    my ($resource, $more) = @_;
    return <<"INI" . join '', map { <<"ROUTE" }
[route $resource]
match = GET /$resource/:id
handler = item
resource = $resource
INI
[route $resource-$_->[0]]
match = $_->[1] /$resource/:id
handler = $_->[0]
resource = $resource
$more
ROUTE
        [ replace => 'PUT' ], [ update => 'PATCH' ], [ remove => 'DELETE' ];
}

my $other = site(postgres => $site->pg, database => 'others', nginx => 0,
    workers => 1, schema => $schema, resources => $resources,
    routes => routes('things', 'if_match = required') . routes('seen', ''));
$other->claim(qr/warning: /);

sub write_to
{
    my ($method, $path, $json, @headers) = @_;
    return $other->direct($path, method => $method, headers => \@headers,
        defined $json ? (json => $json) : ());
}

subtest 'if_match = required' => sub {
    my %json = (PUT => { a => 'p' }, PATCH => { a => 'q' });
    for my $method (qw(PUT PATCH DELETE)) {
        my @sent = $other->statements_of(sub {
            problem_ok write_to($method, '/things/1', $json{$method}), 428,
                "$method without";
        });
        is_deeply \@sent, [], 'which costs no statement';
        problem_ok write_to($method, '/things/99', $json{$method}), 428,
            'whatever is there';
        problem_ok write_to($method, '/things/x', $json{$method}), 400,
            'a bad request comes first';
        problem_ok write_to($method, '/things/1', \'['), 400, 'malformed'
            if $method ne 'DELETE';
        problem_ok write_to($method, '/things/1', $json{$method},
            match('')), 412, 'an empty one is not none';
        problem_ok write_to($method, '/things/1', $json{$method},
            match($stale)), 412, 'another version';
    }
    problem_ok write_to('PATCH', '/things/1', { a => 7 }), 428, 'before 422';
    problem_ok write_to('PATCH', '/things/1', {}, 'If-None-Match: "x"'), 428,
        'If-None-Match is none';
    my $tag = $other->direct('/things/1')->header('ETag');
    my $answer = write_to('PATCH', '/things/1', { a => 'z' }, match($tag));
    is $answer->status, 200, 'with it';
    is write_to('PUT', '/things/1', { a => 'p' },
        match($answer->header('ETag')))->status, 200, 'and the next';
    is write_to('DELETE', '/things/1', undef, match('*'))->status, 204,
        'an asterisk says that it does not matter';
    like $other->must('routes'), qr{^PUT[ ]/things/:id.*\n(?:[ ].*\n)*?
        [ ]+needs[ ]+If-Match\n}mx, 'the table of routes says so';
    like $other->must('config'), qr/^\[route[ ]things-remove\]\n(?:.+\n)*
        if_match[ ]=[ ]required\n/mx, 'the configuration as well';
};

subtest 'views' => sub {
    my $answer = $other->direct('/seen/2');
    like $answer->header('ETag'), qr/^"[0-9a-f]{16}"$/,
        'rows of a view have a hash alone';
    my $tag = $answer->header('ETag');
    is $other->direct('/seen/2', headers => ["If-None-Match: $tag"])->status,
        304, 'which is good for reading';
    problem_ok write_to('PATCH', '/seen/2', { a => 'n' }, match($_)), 412,
        "and not for writing: $_" for $tag, $stale;
    is write_to('PATCH', '/seen/2', { a => 'n' }, match('*'))->status, 200,
        'an asterisk is any row';
    problem_ok write_to('PATCH', '/seen/2', { a => 'n' },
        'If-None-Match: *'), 412, 'and none, the other way round';
    is write_to('PATCH', '/seen/2', { a => 'm' })->status, 200,
        'nothing is nothing';
};

sub checked
{
    my ($routes) = @_;
    spew("$other->{home}/routes.ini", $routes);
    my ($status, $out, $err) = $other->byline('check');
    return $err;
}

subtest 'mistakes' => sub {
    like checked(routes('seen', 'if_match = required')),
        qr/\Q: [route seen-update] if_match: seen is a view, and its rows \E
        \Qhave no version that a request could name\E/x, 'of a view';
    my $item = routes('things', '') =~ s/^resource/if_match = required\n$&/mr;
    like checked($item), qr/\Q: [route things] if_match: the handler item \E
        \Qhas no use for it\E/x, 'of a handler that changes nothing';
    like checked(routes('things', 'if_match = on')),
        qr/: \[route things-update\] if_match: /, 'of a word';
    $other->sql('REVOKE SELECT (xmin) ON things FROM byline');
    like checked(routes('things', '')), qr/\Q[route things] resource: the \E
        \Qdatabase role may not read things.xmin (`byline grants` prints \E
        \Qwhat it needs)\E/x, 'of a role without rights';
    $other->grant;
    unlike checked(routes('things', '')), qr/mistake/,
        'which grants prints';
};

done;
