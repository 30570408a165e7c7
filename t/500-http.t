# Methods, paths and errors, as a client sees them over HTTPS.
use utf8;
use Byline::Test;

my $site = site(sql => <<'SQL');
INSERT INTO users (id, email, name, password)
    VALUES (1, 'anna@example.org', 'Anna', '*');
INSERT INTO articles (id, title, content, author_id)
    SELECT n, 'Title ' || n, repeat('Long text. ', 400), 1
    FROM generate_series(1, 120) n;
SQL

my @ids_seen;

# Every answer that is looked at has exactly one id, and no other had it.
sub checked
{
    my ($answer, $what) = @_;
    my @ids = $answer->headers('X-Request-Id');
    is scalar @ids, 1, "$what: one id";
    push @ids_seen, @ids;
    return $answer;
}

subtest 'HEAD is GET without the body' => sub {
    for my $path ('/articles/1', '/articles?limit=2', '/users/1/articles',
        '/health/live', '/articles/999', '/articles/abc', '/nothing', '/') {
        my ($get, $head) = $site->requests({ path => $path },
            { path => $path, method => 'HEAD' });
        is $head->status, $get->status, "$path: the status";
        is $head->header('Content-Type'), $get->header('Content-Type'),
            "$path: the type";
        is $head->header('Link'), $get->header('Link'), "$path: the links";
        my $length = $head->header('Content-Length');
        is $length, length $get->body, "$path: the length of the body"
            if defined $length && $head->status == 200;
        my $direct = $site->direct($path, method => 'HEAD');
        is $direct->body, '', "$path: no body from the pool";
    }
    my $raw = raw_http($site->nginx->http_port, "HEAD /articles/1 HTTP/1.1\r\n"
        . "Host: x\r\nConnection: close\r\n\r\n");
    like $raw, qr/\r\n\r\n\z/, 'nothing follows the headers';
};

my %methods = (
    '/articles' => 'GET,HEAD,OPTIONS,POST',
    '/articles/1' => 'DELETE,GET,HEAD,OPTIONS,PATCH,PUT',
    '/users/1' => 'DELETE,GET,HEAD,OPTIONS',
    '/users/me' => 'GET,HEAD,OPTIONS,PATCH',
    '/users/1/articles' => 'GET,HEAD,OPTIONS',
    '/authentication' => 'GET,HEAD,OPTIONS',
    '/authentication/log-out' => 'OPTIONS,POST',
    '/health/ready' => 'GET,HEAD,OPTIONS',
);
$methods{'/articles/'} = $methods{'/articles'};
$methods{'/articles/abc'} = $methods{'/articles/1'};

subtest 'OPTIONS tells the methods' => sub {
    for my $path (sort keys %methods) {
        my $answer = checked($site->request('OPTIONS', $path), $path);
        is $answer->status, 204, "$path: no content";
        is $answer->body, '', "$path: none";
        is join(',', sort split /,\s*/, $answer->header('Allow') // ''),
            $methods{$path}, "$path: the methods";
    }
    problem_ok $site->request('OPTIONS', '/nothing'), 404,
        'of what is not there';
};

subtest 'another method is refused' => sub {
    for my $method (qw(POST PUT PATCH DELETE FOO)) {
        for my $path (grep { $methods{$_} !~ /\b$method\b/ }
            sort keys %methods) {
            my $answer = $site->request($method, $path,
                $method =~ /^P/ ? (body => '{"title":"x"}') : ());
            my @allow = split /,\s*/, $answer->header('Allow') // '';
            problem_ok checked($answer, "$method $path"), 405,
                "$method $path";
            is join(',', sort @allow), $methods{$path}, 'what is allowed';
        }
    }
    problem_ok $site->request('POST', '/nothing', body => '{}'), 404,
        'no such path comes first';
    ok $site->request('TRACE', '/articles')->status >= 400, 'TRACE';
};

subtest 'what is not there' => sub {
    for my $path (qw(/nothing /articles/1/nothing /articles/1/1 /Articles
        /article /articlesx /users /users/1/articles/1 /health
        /health/ready/x /.problem/internal /..%2f..%2fetc/passwd
        /%2e%2e/%2e%2e/etc/passwd /articles%2F1%2F2 /%F0%9F%98%80)) {
        my $answer = $site->get($path);
        problem_ok checked($answer, $path),
            $path =~ m{^/(?:\.\.|%2e)} ? $answer->status == 400 ? 400 : 404
            : 404, $path;
    }
};

subtest 'paths are understood as nginx does' => sub {
    for my $path (qw(/articles/1 /articles/1/ //articles/1 /articles//1
        /articles/./1 /x/../articles/1 /%61rticles/%31 /articles/1?)) {
        is $site->get($path)->json->{id}, 1, $path;
    }
};

subtest 'what is malformed' => sub {
    for my $path (qw(/articles/%zz /articles/% /articles/%4 /articles/%00
        /articles/1%00 /articles/%FF /articles/%C0%AF /articles/%ED%A0%80
        /articles?limit=%zz /articles?x=%FF)) {
        problem_ok checked($site->get($path), $path), 400, $path;
    }
};

subtest 'a body on GET is read and forgotten' => sub {
    for my $size (2, 100_000, 1_000_000) {
        my @answers = $site->requests(
            { path => '/articles/1', body => 'x' x $size },
            { path => '/articles/1' });
        is_deeply [ map { $_->status } @answers ], [ 200, 200 ],
            "$size bytes";
    }
    is $site->request('GET', '/articles/1', body => 'x' x 50_000,
        headers => [ 'Transfer-Encoding: chunked' ])->status, 200,
        'without a length';
};

subtest 'what is too large' => sub {
    problem_ok checked($site->get('/articles?x=' . 'y' x 9000), 'URI'), 414,
        'a URI over 8 kB';
    problem_ok checked($site->get('/articles?x=' . 'y' x 20_000), 'URI'),
        414, 'a URI that nginx does not take';
    problem_ok checked($site->request('GET', '/articles/1',
        headers => [ 'X-Long: ' . 'y' x 20_000 ]), 'header'), 431,
        'a long header';
    problem_ok $site->request('GET', '/articles/1',
        headers => [ map { "X-Long-$_: " . 'y' x 6000 } 1 .. 10 ]), 431,
        'many headers';
    problem_ok checked($site->request('POST', '/articles',
        body => 'x' x 1_100_000), 'body'), 413, 'a body over 1 MB';
    my $long = $site->get('/articles/' . 'x' x 7000);
    problem_ok $long, 400, 'a long segment is a wrong id';
};

subtest 'a large answer arrives whole' => sub {
    my $answer = $site->get('/articles?limit=100');
    is scalar @{ $answer->json }, 100, 'every row';
    cmp_ok length $answer->body, '>', 400_000, 'of many bytes';
    my $zipped = $site->get('/articles?limit=100',
        args => [ '--compressed' ]);
    is $zipped->body, $answer->body, 'compressed as well';
};

subtest 'versions of HTTP' => sub {
    my $second = checked($site->get('/articles/1', http => '2'), 'HTTP/2');
    is $second->version, 2, 'HTTP/2 is spoken';
    is $second->json->{id}, 1, 'and answers the same';
    problem_ok $site->get('/articles/abc', http => '2'), 400,
        'a problem over HTTP/2', 'id type';
    is $site->get('/articles/1', http => '1.0')->json->{id}, 1, 'HTTP/1.0';
};

subtest 'health' => sub {
    for my $path (qw(/health/live /health/ready)) {
        my $answer = checked($site->get($path), $path);
        is $answer->status, 200, $path;
        is $answer->body, '{"status":"ok"}', 'all is well';
        like $answer->header('Content-Type'), $JSON_TYPE, 'as JSON';
    }
    my @sent = $site->statements_of(sub { $site->get('/health/live') });
    is_deeply \@sent, [], 'being alive needs no database';
    problem_ok $site->get('/health/live?x=1'), 400,
        'an unknown parameter here as well', 'x unknown_parameter';
};

subtest 'the id of a request' => sub {
    my $answer = $site->get('/articles/abc',
        headers => [ 'X-Request-Id: mine' ]);
    isnt $answer->header('X-Request-Id'), 'mine', 'is never the client\'s';
    is $answer->json->{requestId}, $answer->header('X-Request-Id'),
        'is that of the problem';
    checked($site->get('/byline.css'), 'a static file');
    my %times;
    $times{$_}++ for @ids_seen;
    is_deeply [ grep { $times{$_} > 1 } keys %times ], [],
        'is never used twice';
};

subtest 'requests that only a program without a library sends' => sub {
    my $port = $site->nginx->http_port;
    my %status = (
        "GET /articles/1 HTTP/1.0\r\n\r\n" => 200,
        "GET http://localhost/articles/1 HTTP/1.1\r\nHost: x\r\n"
            . "Connection: close\r\n\r\n" => 200,
        "GET /articles/1 HTTP/1.1\r\nConnection: close\r\n\r\n" => 400,
        "GET /art\x01icles HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            => 400,
        "GET /articles/1 HTTP/1.1\r\nHost: x\r\nProxy: evil\r\n"
            . "Connection: close\r\n\r\n" => 200,
        "nonsense\r\n\r\n" => 400,
    );
    for my $bytes (sort keys %status) {
        $site->{sent}++;
        my $answer = raw_http($port, $bytes);
        my $name = substr $bytes =~ s/[^ -~]/./gr, 0, 60;
        like $answer, qr{^HTTP/1\.\d $status{$bytes} }, $name;
        my @ids = $answer =~ /^X-Request-Id: (\S+)/gm;
        is scalar @ids, 1, 'one id';
        like $answer, qr{"type":"/problems/bad-request"}, 'a problem'
            if $status{$bytes} == 400;
    }
};

# nginx says at "info" what clients do wrong; what it says louder is ours.
$site->nginx->claim(qr/client intended to send too large body/,
    qr/body is buffered to a temporary file/);
done;
