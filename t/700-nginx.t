# The shipped nginx configuration: TLS, headers, static files, its own error
# pages, the access log.
use Byline::Test;
use Byline::Test::Nginx;
use JSON::PP ();

my $site = site(nginx => 0, sql => <<'SQL');
INSERT INTO users (id, email, name, password)
    VALUES (1, 'anna@example.org', 'Anna', '*');
INSERT INTO articles (id, title, author_id) VALUES (1, 'First', 1);
SQL

# A host that includes the complete site. IPv6 may be missing where tests run.
my $ipv6 = IO::Socket::INET->can('new') && eval {
    require IO::Socket::IP;
    IO::Socket::IP->new(LocalHost => '::1', Listen => 1, Proto => 'tcp');
};
$site->start_nginx(main => <<'CONF', edit => sub { $_[0] });
error_log "@STATE@/error.log" warn;
pid "@STATE@/nginx.pid";
events { }
http {
    types { text/html html; text/css css; }
    client_body_temp_path "@STATE@/body";
    fastcgi_temp_path "@STATE@/fastcgi";
    proxy_temp_path "@STATE@/proxy";
    scgi_temp_path "@STATE@/scgi";
    uwsgi_temp_path "@STATE@/uwsgi";
    include "@STATE@/site.conf";
}
CONF
diag 'no IPv6 here: nginx may not start' if !$ipv6;

my %security = (
    'X-Content-Type-Options'  => qr/^nosniff$/,
    'X-Frame-Options'         => qr/^DENY$/,
    'Referrer-Policy'         => qr/./,
    'Content-Security-Policy' => qr/default-src 'none'/,
    'X-Request-Id'            => qr/^[0-9a-f]{32}$/,
);

sub has_headers
{
    my ($answer, $what, $secure) = @_;
    like $answer->header($_), $security{$_}, "$what: $_ once"
        for sort keys %security;
    my $hsts = $answer->header('Strict-Transport-Security');
    if ($secure // 1) {
        my ($age) = ($hsts // '') =~ /max-age=(\d+)/;
        cmp_ok $age // 0, '>=', 63072000, "$what: HSTS";
    } else {
        is $hsts, undef, "$what: no HSTS";
    }
    unlike $answer->header('Server') // '', qr/\d/, "$what: no version";
}

subtest 'every answer has the headers' => sub {
    my %answer = (
        'a row'          => $site->get('/articles/1'),
        'not found'      => $site->get('/nothing'),
        'a wrong id'     => $site->get('/articles/abc'),
        'a wrong method' => $site->request('PUT', '/articles/1'),
        'a static file'  => $site->get('/'),
        'a style sheet'  => $site->get('/byline.css'),
        'static, wrong method' => $site->request('POST', '/'),
        'too long'       => $site->get('/' . 'x' x 20_000),
        'TRACE'          => $site->request('TRACE', '/'),
        'OPTIONS'        => $site->request('OPTIONS', '/articles'),
    );
    has_headers($answer{$_}, $_) for sort keys %answer;
};

subtest 'HTTP leads to HTTPS' => sub {
    my $port = $site->nginx->https_port;
    for my $method (qw(GET POST HEAD)) {
        my $answer = $site->request($method, '/articles/1?a=b%20c',
            scheme => 'http');
        ok $answer->status == 301 || $answer->status == 308,
            "$method: " . $answer->status;
        is $answer->header('Location'),
            "https://localhost:$port/articles/1?a=b%20c", 'the same place';
        has_headers($answer, $method, 0);
    }
    is $site->request('GET', '/', scheme => 'http',
        headers => [ 'Host: evil.example' ])->header('Location'),
        "https://localhost:$port/", 'never to a name from the request';
};

subtest 'TLS' => sub {
    my %exit;
    for my $version (qw(1.0 1.1 1.2 1.3)) {
        my $answer = $site->get('/articles/1', args => [ "--tlsv$version",
            '--tls-max', $version, '--ciphers', 'DEFAULT:@SECLEVEL=0' ]);
        $exit{$version} = $answer->status;
    }
    is_deeply \%exit, { '1.0' => 0, '1.1' => 0, '1.2' => 200, '1.3' => 200 },
        '1.2 and 1.3 only';
    for my $cipher (qw(AES128-SHA AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA)) {
        is $site->get('/', args => [ '--tls-max', '1.2', '--ciphers',
            $cipher ])->status, 0, "$cipher is refused";
    }
    is $site->get('/articles/1', args => [ '--tls-max', '1.2', '--ciphers',
        'ECDHE-ECDSA-AES128-GCM-SHA256' ])->status, 200, 'one that is good';
    my $plain = raw_http($site->nginx->https_port,
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    like $plain, qr{^HTTP/1\.1 400 .*"type":"/problems/tls"}s,
        'HTTP on the port of HTTPS is a problem';
};

subtest 'static files' => sub {
    my $page = $site->get('/');
    is $page->status, 200, 'a page';
    like $page->header('Content-Type'), qr{^text/html}, 'of HTML';
    like $page->body, qr/running/, 'says what is running';
    like $site->get('/byline.css')->header('Content-Type'), qr{^text/css},
        'a style sheet';
    my $again = $site->get('/', headers => [ 'If-None-Match: '
        . $page->header('ETag') ]);
    is $again->status, 304, 'is not sent twice';
    has_headers($again, 'not modified');
    problem_ok $site->request('POST', '/', body => 'x'), 405,
        'cannot be written';
    problem_ok $site->get($_), 404, $_
        for qw(/byline.js /.git/config /problems/nope /nginx.conf);
    for my $slug (qw(not-found gone unavailable validation)) {
        my $type = $site->get("/problems/$slug");
        is $type->status, 200, "the type $slug is a page";
        like $type->header('Content-Type'), qr{^text/html}, 'of HTML';
        unlike $type->body, qr/<!--#/, 'that is filled in';
    }
    is $site->get('/problems')->status, 200, 'and there is a list of them';
};

subtest 'problems of nginx itself' => sub {
    problem_ok $site->get('/articles?x=' . 'y' x 20_000), 414, 'the URI';
    problem_ok $site->request('GET', '/',
        headers => [ 'X: ' . 'y' x 20_000 ]), 431, 'the header';
    problem_ok $site->request('POST', '/articles', body => 'x' x 1_100_000),
        413, 'the body';
    problem_ok $site->get('/articles/%00'), 400, 'the encoding';
    $site->nginx->claim(qr/client intended to send too large body/);
};

subtest 'the access log' => sub {
    my @before = $site->nginx->access;
    my $row = $site->get('/articles/1?_=secret',
        headers => [ "User-Agent: a \"b\" \\ \x{1}" ]);
    my $static = $site->get('/byline.css');
    my $missing = $site->get('/nothing');
    my @lines = $site->nginx->access(@before + 3);
    my %by_id;
    for my $line (@lines) {
        my $entry = eval { JSON::PP::decode_json($line) };
        ok defined $entry, 'a line is JSON' or diag $line;
        $by_id{ $entry->{requestId} } = $entry if $entry;
    }
    my $entry = $by_id{ $row->header('X-Request-Id') };
    is $entry->{route}, 'article', 'it names the route';
    is $entry->{status}, 200, 'the status';
    is $entry->{path}, '/articles/1', 'the path without the query';
    like $entry->{upstreamDuration}, qr/^[0-9.]+$/, 'the time of the pool';
    like $entry->{duration}, qr/^[0-9.]+$/, 'and all of it';
    is $by_id{ $static->header('X-Request-Id') }{upstreamDuration}, undef,
        'a static file took no time of the pool';
    is $by_id{ $missing->header('X-Request-Id') }{route} // '', '',
        'what is not there has no route';
    unlike join("\n", @lines), qr/secret/, 'no query is logged';
};

subtest 'the pool is away' => sub {
    $site->stop_pool;
    delete $site->{exit};
    my $answer = $site->get('/articles/1');
    problem_ok $answer, 503, 'a request';
    has_headers($answer, 'a request');
    like $answer->header('Retry-After'), qr/^\d+$/, 'may be tried again';
    is $site->get('/')->status, 200, 'static files are there';
    $site->nginx->claim(qr/connect\(\) to unix:.* failed/);
    $site->start_pool;
    is $site->get('/articles/1')->status, 200, 'the next one is answered';
};

subtest 'the queue of the pool is full, or nobody takes from it' => sub {
    $site->stop_pool;
    unlink $site->socket;
    my $listen = IO::Socket::UNIX->new(Local => $site->socket, Listen => 1);
    my @waiting;
    for (1 .. 20) {
        my $socket = IO::Socket::UNIX->new(Peer => $site->socket,
            Timeout => 0.05, Blocking => 0) or last;
        push @waiting, $socket;
    }
    problem_ok $site->get('/articles/1'), 503, 'a full queue';
    $site->nginx->claim(qr/Resource temporarily unavailable/);
    close $_ for @waiting;
    close $listen;
    unlink $site->socket;
};

done;
