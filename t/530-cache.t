# What nginx keeps of routes with `cache`: whose answers, whom they are shown
# to, for how long, and what is shown while the database is away.
use Byline::Test;
use IO::Socket::INET;

# /brief/ is what this has no time for.
my $seconds = 3;
my $site = site(cache => 1,
    routes => slurp(srcdir() . '/conf/routes.ini')
        =~ s/^cache( *)= 5s/cache$1= 1min/gmr . <<"INI", sql => <<'SQL');
[route brief]
match    = GET /brief/:id
handler  = item
resource = articles
auth     = optional
with     = author
cache    = ${seconds}s
INI
INSERT INTO users (id, email, name, password)
    VALUES (1, 'bert@example.org', 'Bert', '*');
INSERT INTO articles (id, title, author_id)
    SELECT n, 'Title ' || n, 1 FROM generate_series(1, 60) AS n;
SELECT setval(pg_get_serial_sequence('articles', 'id'), 1000);
SELECT setval(pg_get_serial_sequence('users', 'id'), 1000);
SQL
my $pg = $site->pg;
my $anna = $site->sign_up(email => 'anna@example.org', name => 'Anna',
    password => 'a long secret');

sub cache { return join ' ', map { $_->header('X-Cache') // '-' } @_ }

# A path that nobody asked for yet.
my $fresh = 1;
sub fresh { return ($_[0] // '/articles/') . ++$fresh }
sub brief { return fresh('/brief/') }

sub wait_until_old
{
    my $until = time + $seconds;
    wait_for('that it is old', sub { time > $until });
}

# Sends the requests at once, each on a connection of its own, and calls the
# code when all are out; the answers, as bytes.
sub at_once
{
    my ($requests, $meanwhile) = @_;
    $site->count('GET', scalar @$requests);
    my @sockets = map {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $site->nginx->http_port) or die "nginx: $!";
        print {$socket} "$_ HTTP/1.1\r\nHost: localhost\r\n"
            . "Connection: close\r\n\r\n";
        $socket->flush;
        $socket;
    } @$requests;
    $meanwhile->();
    return map { my $socket = $_; local $/; scalar <$socket> } @sockets;
}

subtest 'the second who asks gets it without a statement' => sub {
    for my $path ('/articles/1', '/articles', '/statistics/authors') {
        my @answers = $site->get_all($path);
        my @statements = $site->statements_of(sub {
            push @answers, $site->get_all($path, $path);
        });
        is cache(@answers), 'MISS HIT HIT', $path;
        is scalar @statements, 0, 'no statement';
        is $answers[1]->body, $answers[0]->body, 'the same body';
        is $answers[1]->header($_), $answers[0]->header($_), "the same $_"
            for qw(Content-Type Content-Length Link Vary Cache-Control);
        is $answers[1]->header('Cache-Control'), 'no-cache',
            'that a browser asks for again';
        is $answers[1]->header('X-Accel-Expires'), undef,
            'nobody learns how long';
    }
    my ($one, $other) = $site->get_all('/articles/1', '/articles/1');
    like $other->header('X-Request-Id'), qr/^[0-9a-f]{32}$/, 'an id of';
    isnt $other->header('X-Request-Id'), $one->header('X-Request-Id'),
        'each request';
    for my $name (qw(Strict-Transport-Security X-Content-Type-Options)) {
        is scalar(my @values = $other->headers($name)), 1, "$name, once";
    }
    my ($entry) = grep { index($_, $other->header('X-Request-Id')) >= 0 }
        $site->nginx->access;
    like $entry, qr/"route":"article"/, 'the log has the route';
};

subtest 'what the pool says' => sub {
    my $keep = 60 - 1;
    my %request = (
        'of nobody'      => [ $keep ],
        'with a cookie'  => [ undef, cookie => 'theme=dark' ],
        'with a token'   => [ undef, bearer => $anna->{token} ],
        'with Basic'     => [ undef, headers => [ 'Authorization: Basic x' ] ],
        'whose cookie is bad' => [ undef, cookie => 'Authentication=bad' ],
    );
    for my $path ('/articles/1', '/articles', '/statistics/authors') {
        for my $who (sort keys %request) {
            my ($expires, @options) = @{ $request{$who} };
            is $site->direct($path, @options)->header('X-Accel-Expires'),
                $expires, "$path $who";
        }
    }
    is $site->direct($_)->header('X-Accel-Expires'), undef, $_
        for '/articles/x', '/articles?limit=0', '/categories', '/users/me',
        '/health/ready';
    is $site->direct('/articles/99999')->header('X-Accel-Expires'), '@1',
        'a 404 ends what was kept';
    my @names = $site->direct('/articles/1')->names;
    my %at = map { $names[$_] => $_ } 0 .. $#names;
    cmp_ok $at{'x-accel-expires'}, '<', $at{'cache-control'},
        'before Cache-Control, which would win otherwise';
};

subtest 'HEAD and GET' => sub {
    my $path = fresh();
    my $head = $site->request('HEAD', $path);
    my $get = $site->get($path);
    is cache($head, $get), 'MISS MISS', 'are kept apart';
    like $get->json->{title}, qr/^Title/, 'so that GET has a body';
    $head = $site->request('HEAD', $path);
    is cache($head), 'HIT', 'HEAD again';
    is $head->header('Content-Length'), length $get->body,
        'has the length of the body';
};

subtest 'what is one thing, and what is two' => sub {
    my $path = fresh();
    my ($id) = $path =~ /(\d+)/;
    my $coded = join '', map { sprintf '%%%02x', ord } split //, $id;
    is cache($site->get_all($path, "/articles//$id", "/articles/$coded",
        "/x/../articles/./$id")), 'MISS HIT HIT HIT', 'the same path';
    is cache($site->get_all("$path?fields=id", "$path?fields=title",
        "$path?fields=id")), 'MISS MISS HIT', 'the query counts';
    is $site->get("$path?fields=title")->body, qq({"title":"Title $id"}),
        'and each has its answer';
    is $site->get("$path?fields=id")->body, qq({"id":$id}), 'of its own';
    is cache($site->get($path, scheme => 'http')), 'MISS', 'scheme counts';
    my $broken = $site->get("$path%3Ffields=id");
    problem_ok $broken, 400, 'a ? in the path begins no query';
    my @ranges = $site->requests(map { { path => $path,
        headers => [ 'Range: bytes=0-3' ] } } 1 .. 2);
    is $_->status, 200, 'a part of it is not to be had' for @ranges;
};

subtest 'nobody gets what is another\'s' => sub {
    my $path = '/articles/' . $anna->post('/articles',
        { title => 'Hers' })->json->{id};
    my $hers = $anna->get($path);
    is cache($hers), 'BYPASS', 'who is somebody asks the pool';
    is $hers->json->{author}{email}, 'anna@example.org', 'and sees hers';
    is $hers->header('Cache-Control'), 'private, no-store', 'alone';
    my $nobody = $site->get($path);
    is cache($nobody, $site->get($path)), 'MISS HIT', 'nothing was left';
    is $nobody->json->{author}{email}, undef, 'and nobody sees less';
    for my $case ([ cookie => "Authentication=$anna->{token}" ],
        [ bearer => $anna->{token} ]) {
        my $again = $site->get($path, @$case);
        is cache($again), 'BYPASS', "by $case->[0]";
        is $again->json->{author}{email}, 'anna@example.org',
            'what is kept is not for her';
    }
    problem_ok $site->get($path, bearer => 'bad'), 401, 'a bad token';
    my $bad = $site->get($path, cookie => 'Authentication=bad');
    is cache($bad), 'BYPASS', 'a bad cookie';
    like $bad->header('Set-Cookie'), qr/^Authentication=;/, 'is cleared';
    is cache($site->get($path, cookie => 'theme=dark')), 'BYPASS',
        'any cookie';
    my $after = $site->get($path);
    is cache($after), 'HIT', 'none of that changed what is kept';
    is $after->header('Set-Cookie'), undef, 'no cookie is in it';
    is $after->body, $nobody->body, 'it is as it was';
    is $after->header('Vary') =~ s/Accept-Encoding, //r,
        'Authorization, Cookie', 'and says what it depends on';
};

# nginx would judge these itself, fetch what is too old, and not keep it.
subtest 'a condition is for the pool' => sub {
    my $path = fresh();
    for my $name ('not there', 'there') {
        my $failed = $site->get($path, headers => ['If-Match: "x"']);
        problem_ok $failed, 412, "If-Match: it is $name";
        is cache($failed), 'BYPASS', '... the pool is asked';
        my $old = 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT';
        my $ignored = $site->get($path, headers => [$old]);
        is $ignored->status, 200, 'If-Unmodified-Since is ignored';
        is cache($ignored), 'BYPASS', '... by the pool';
        is cache($site->get($path)), $name eq 'there' ? 'HIT' : 'MISS',
            'what is kept is as before';
    }
    my $kept = $site->get($path);
    my $none = $site->get($path,
        headers => ['If-None-Match: ' . $kept->header('ETag')]);
    is $none->status, 304, 'nginx answers If-None-Match';
    is cache($none), 'HIT', '... by itself';
};

subtest 'what is not kept' => sub {
    my %request = (
        '/articles/99999'     => 404,
        '/articles/x'         => 400,
        '/articles?sort=no'   => 400,
        '/categories'         => 200,
        '/health/ready'       => 200,
        '/users/me'           => 401,
    );
    for my $path (sort keys %request) {
        my @answers = $site->get_all($path, $path);
        is $_->status, $request{$path}, $path for @answers;
        unlike cache(@answers), qr/HIT/, "$path is not kept";
    }
    is cache($site->get_all('/categories', '/health/ready', '/')), '- - -',
        'X-Cache is of what could be';
    my $path = fresh();
    $site->get($path);
    my $options = $site->request('OPTIONS', $path);
    is $options->status, 204, 'OPTIONS';
    is cache($options), '-', 'goes to the pool';
    is cache($anna->post('/articles', { title => 'New' })), '-', 'and POST';
};

subtest 'how far behind' => sub {
    my $id = $anna->post('/articles', { title => 'before' })->json->{id};
    my $path = "/articles/$id";
    is $site->get("/brief/$id")->json->{title}, 'before', 'a reader';
    is $anna->patch($path, { title => 'after' })->json->{title}, 'after',
        'a change';
    is $anna->get("/brief/$id")->json->{title}, 'after',
        'the writer sees it';
    my $reader;
    wait_for('the reader', sub {
        $reader = $site->get("/brief/$id");
        return cache($reader) ne 'HIT' || $reader->json->{title} ne 'before';
    });
    is cache($reader), 'EXPIRED', 'a reader does when it is fetched again';
    is $reader->json->{title}, 'after', 'and not later';
};

subtest 'for how long' => sub {
    my $path = brief();
    is cache($site->get($path)), 'MISS', 'it is there';
    my ($begun, @ages) = time;
    wait_for('that it is fetched', sub {
        my $asked = time;
        return 1 if cache($site->get($path)) ne 'HIT';
        push @ages, $asked - $begun;
        return 0;
    });
    cmp_ok $ages[-1] // 0, '<', $seconds, 'not longer than the route says';
};

subtest 'what nobody asked for in a while is not shown first' => sub {
    my $path = brief();
    my ($id) = $path =~ /(\d+)/;
    $site->get($path);
    $site->sql("UPDATE articles SET title = 'new' WHERE id = $id");
    wait_until_old();
    my $answer = $site->get($path);
    is cache($answer), 'EXPIRED', 'it is fetched';
    is $answer->json->{title}, 'new', 'before it is shown';
};

# While a lock holds up the first, nobody else goes to the pool: the number
# of statements, and the answers; so many come before it ends.
sub held
{
    my ($path, $before) = @_;
    my $logged = () = $site->nginx->access;
    my $lock = $pg->session(user => 'byline_owner');
    my @answers;
    $lock->('BEGIN; LOCK TABLE articles;');
    my @statements = $site->statements_of(sub {
        @answers = at_once([ map { "GET $path" } 1 .. 20 ], sub {
            wait_for('the first', sub { waiting() > 0 });
            $site->nginx->access($logged + ($before // 0));
            $lock->('COMMIT;');
        });
    });
    return (scalar @statements, @answers);
}

sub waiting
{
    return $pg->sql('SELECT count(*) FROM pg_locks WHERE NOT granted');
}

sub all_have
{
    my ($pattern, @answers) = @_;
    return scalar grep { $_ =~ $pattern } @answers;
}

subtest 'many at once' => sub {
    my $path = brief();
    my ($statements, @answers) = held($path);
    is $statements, 1, 'cost one statement';
    is all_have(qr{^HTTP/1.1 200 }, @answers), 20, 'all are answered';
    is all_have(qr/^X-Cache: MISS/m, @answers), 1, 'by the one';
    wait_until_old();
    ($statements, @answers) = held($path, 19);
    is $statements, 1, 'once it is old, too';
    is all_have(qr{^HTTP/1.1 200 }, @answers), 20, 'all are answered';
    is all_have(qr/^X-Cache: UPDATING/m, @answers), 19,
        'who does not fetch it gets the last';
};

subtest 'a row that goes' => sub {
    my @ask = (brief(), scheme => 'http');
    my ($path, $id) = ($ask[0], $ask[0] =~ /(\d+)/);
    is $site->get(@ask)->status, 200, 'is there';
    $site->sql("DELETE FROM articles WHERE id = $id");
    is cache($site->get(@ask)), 'HIT', 'is kept as others are';
    wait_until_old();
    problem_ok $site->get(@ask), 404, 'and is gone';
    my (undef, @answers) = held($path, 19);
    is all_have(qr{^HTTP/1.1 404 }, @answers), 20,
        'also for those who ask at once';
};

subtest 'where nothing is kept, nobody waits for another' => sub {
    my $lock = $pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE categories;');
    my @answers = at_once([ ('GET /categories') x 2 ], sub {
        wait_for('both', sub { waiting() == 2 });
        $lock->('COMMIT;');
    });
    is all_have(qr{^HTTP/1.1 200 }, @answers), 2, 'two at once';
};

subtest 'while the database is away' => sub {
    my ($path, $kept, $gone) = (brief(), fresh(), brief());
    my $body = $site->get($path)->body;
    $site->get($_) for $kept, $gone;
    $site->sql('DELETE FROM articles WHERE id = ' . $gone =~ s/\D+//r);
    wait_until_old();
    is $site->get($gone)->status, 404, 'a row goes';
    $pg->stop;
    is cache($site->get($kept)), 'HIT', 'what is kept is shown';
    my $answer = $site->get($path);
    is $answer->status, 200, 'what is old, too';
    is cache($answer), 'STALE', 'and that is said';
    is $answer->body, $body, 'the last that was known';
    is $site->get($gone)->status, 404, 'what was gone stays so';
    problem_ok $anna->get($path), 503, 'nothing is shown to somebody';
    problem_ok $site->get('/articles/60'), 503, 'what is not there is not';
    $site->stop_pool;
    delete $site->{exit};
    is cache($site->get($path)), 'STALE', 'without a pool, too';
    problem_ok $site->get('/articles/60'), 503, 'what is not there is not';
    $pg->start;
    $site->start_pool;
    $site->sql("UPDATE articles SET title = 'afterwards'");
    is $site->get($path)->json->{title}, 'afterwards', 'then as before';
    $pg->claim(qr/57P01|57P03|57P02/);
    $site->claim(qr/"no database: /);
    $site->nginx->claim(qr/connect\(\) to unix:.* failed/);
};

subtest 'the paths that ship' => sub {
    my $shipped = site(start => 0, nginx => 0, postgres => $pg,
        database => 'shipped');
    is slurp(srcdir() . '/nginx/snippets/byline-cached.conf'),
        $shipped->must('routes', '--cached'),
        'are those of the routes that ship';
};

done;
