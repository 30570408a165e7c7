# nginx in front of the accounts pool: which paths go there, how many of them
# one client may send, and that nobody else notices. The pool is a stand-in
# that tells what reached it.
use Byline::Test;

my @hashing = map { "/authentication/$_" } qw(log-in sign-up password);

my $site = site(nginx => 0, limit => 1, health => 0,
    schema => 'CREATE TABLE things (id integer PRIMARY KEY)',
    resources => "[resource things]\ncolumns = id\n",
    routes => <<'INI');
[route articles]
match    = GET /articles
handler  = list
resource = things

[route ready]
match    = GET /health/ready
handler  = health
database = on
INI

my $stand_in = spawn([ $^X, '-I', srcdir() . '/t/lib', '-e', <<'PERL',
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP ();
use Byline::Test::FastCGI qw(fcgi_serve);
my $listener = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 64)
    or die "$ARGV[0]: $!";
fcgi_serve($listener, sub {
    my ($params, $body) = @_;
    return "Status: 200 OK\r\nContent-Type: application/json\r\n\r\n"
        . JSON::PP->new->canonical->encode({ %$params, BODY => length $body,
            PADDING => 'x' x 4000 });
});
PERL
    $site->socket('accounts') ], name => 'stand-in',
    stdout => "$site->{home}/stand-in");
wait_for('the stand-in', sub { -S $site->socket('accounts') });

my $nginx = 0;

# Every part begins with nothing counted. A client has the address that it
# says, as behind a proxy.
sub fresh
{
    my (%o) = @_;
    $site->nginx->stop if $site->nginx;
    $site->start_nginx(home => "$site->{home}/nginx" . ++$nginx,
        edit => sub {
            $_[0] =~ s/^http \{/http {\n    set_real_ip_from 127.0.0.1;/mr
        }, %o);
    $site->nginx->claim(qr/limiting requests, .* zone "byline_accounts"/);
}

# One request of a client, counted by nobody else.
sub try_out
{
    my ($client, $path, $method, %o) = @_;
    return { method => $method // 'POST', path => $path,
        headers => [ "X-Real-IP: $client" ],
        $o{body} ? () : (json => {}), %o };
}

# How many of n get through.
sub passed
{
    my ($n, @request) = @_;
    return scalar grep { $_->status != 429 }
        $site->requests(map { try_out(@request) } 1 .. $n);
}

# Whether the second of these is refused: the first takes what has become free
# since a client used up its share.
sub refused
{
    my ($client, @request) = @_;
    my $request = try_out(@request);
    my @answers = $site->requests({ %{ try_out($client, $hashing[0]) },
        scheme => $request->{scheme} }, $request);
    return $answers[1]->status == 429;
}

sub use_up
{
    my ($client) = @_;
    cmp_ok passed(60, $client, $hashing[0]), '<', 60, 'a share is used up';
}

subtest 'which pool gets what' => sub {
    fresh(limit => 0);
    my $port = $site->nginx->https_port;
    my %same = map { $_ => [ "$_/", "$_//", "/$_", "$_?a=b", "/x/..$_",
        $_ =~ s/n/%6e/gr, $_ =~ s{^/authentication}{/%61uthentication/.}r,
        $_ =~ s{/(?=[^/]+$)}{%2F}r, "$_%2f" ] } @hashing;
    for my $path (@hashing) {
        for my $form ($path, @{ $same{$path} }) {
            my $seen = $site->request('POST', $form, json => {})->json // {};
            like $seen->{DOCUMENT_URI} // '(none)', qr{^\Q$path\E/?$},
                "$form is $path";
        }
    }
    for my $path ('/authentication', '/authentication/', '/articles',
        '/authentication/log-out', '/authentication/log-in/x',
        '/authentication/LOG-IN', '/Authentication/log-in',
        '/authentication/log-in%0a', '/authentication/log%252din',
        '/authentication/log-in;x', '/authentication/log-in%20') {
        unlike $site->get($path)->body, qr/DOCUMENT_URI/,
            "$path does not get there";
    }
};

subtest 'a burst, and then a 429' => sub {
    fresh();
    my @answers = $site->requests(map { try_out('192.0.2.1', $hashing[0]) }
        1 .. 30);
    my @status = map { $_->status } @answers;
    cmp_ok scalar(grep { $_ == 200 } @status), '>=', 10,
        'somebody who mistypes gets through';
    cmp_ok $status[-1], '==', 429, 'somebody who tries out does not';
    my $last = $answers[-1];
    problem_ok $last, 429, 'it is a problem';
    is $last->header('Cache-Control'), 'no-store', 'that nobody keeps';
    cmp_ok $last->header('Retry-After'), '>=', 1, 'and says how long to wait';
    like $last->header($_) // '', qr/./, "with $_"
        for qw(Strict-Transport-Security X-Content-Type-Options);
    my $wait = $last->header('Retry-After');
    my $start = time;
    wait_for('the next try', sub {
        passed(1, '192.0.2.1', $hashing[0]);
    });
    cmp_ok time - $start, '<=', $wait + 2, 'which is true';
    ok refused('192.0.2.1', '192.0.2.1', $hashing[0]), 'for one';
};

subtest 'all ways to hash a password have one limit' => sub {
    fresh();
    use_up('192.0.2.1');
    for my $path (@hashing) {
        ok refused('192.0.2.1', '192.0.2.1', $_), $_ for $path, "$path/",
            "$path//", "/$path", "$path?x=1", $path =~ s/n/%6e/r;
    }
    my @same = ('192.0.2.1', '192.0.2.1', $hashing[0]);
    ok refused(@same, $_), "by $_, too" for qw(GET PUT DELETE PROPFIND);
    ok refused(@same, 'POST', http => '2'), 'by HTTP/2, too';
    ok refused(@same, 'POST', scheme => 'http'), 'and at the other port';
};

subtest 'nobody else meets it' => sub {
    fresh();
    use_up('192.0.2.1');
    my @other = $site->requests(map { try_out('192.0.2.1', '/articles',
        'GET') } 1 .. 60);
    is_deeply [ grep { $_->status != 200 } @other ], [],
        'readers at the same address';
    is passed(40, '192.0.2.1', $_), 40, $_
        for '/authentication', '/authentication/log-out';
    is passed(5, '192.0.2.2', $hashing[0]), 5, 'another address';
    is $site->get('/')->status, 200, 'static files';
};

subtest 'who has IPv6 has one address' => sub {
    fresh();
    my $home = '2001:db8:1:2::1';
    use_up($home);
    ok refused($home, $home, $hashing[0]), 'the same one';
    ok refused($home, '2001:db8:1:2:ffff:ffff:ffff:ffff', $hashing[0]),
        'another one of the same network';
    is passed(1, '2001:db8:1:3::1', $hashing[0]), 1, 'another network';
    use_up('2001:db8:a0a:a0a::1');
    ok refused('2001:db8:a0a:a0a::1', '2001:db8:a0a:a0a::2', $hashing[0]),
        'one with line ends in it';
};

subtest 'what the pool is spared' => sub {
    fresh();
    use_up('192.0.2.1');
    my $big = try_out('192.0.2.1', $hashing[0], 'POST',
        body => 'x' x 500_000);
    my @answers = $site->requests(try_out('192.0.2.1', $hashing[0]), $big);
    is $answers[1]->status, 429, 'bodies of those it refuses';
    problem_ok scalar $site->requests({ %$big, headers => [],
        body => 'x' x 1_100_000 }), 413, 'bodies over a megabyte';
    $site->nginx->claim(qr/client intended to send too large body/);
};

subtest 'a slow writer reaches the pool when all is there' => sub {
    fresh(limit => 0);
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $site->nginx->http_port);
    my $send = sub { print {$socket} @_; $socket->flush };
    $send->("POST $hashing[0] HTTP/1.1\r\nHost: localhost\r\n"
        . "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        . "5\r\nabcde\r\n");
    is $site->request('POST', $hashing[0], json => {})->json->{BODY}, 2,
        'others are answered meanwhile';
    $send->("5\r\nfghij\r\n0\r\n\r\n");
    my ($head, $body) = split /\r\n\r\n/, do { local $/; <$socket> };
    like $body, qr/"BODY":10\b/, 'then the body is whole';
    like $body, qr/"CONTENT_LENGTH":"10"/, 'and has a length';
};

subtest 'tokens are not compressed' => sub {
    my @gzip = (headers => [ 'Accept-Encoding: gzip' ]);
    for my $path (@hashing) {
        my $answer = $site->request('POST', $path, json => {}, @gzip);
        cmp_ok length $answer->body, '>', 4000, "$path: a long answer";
        is $answer->header('Content-Encoding'), undef, 'as it is';
    }
    is $site->get('/byline.css', @gzip)->header('Content-Encoding'), 'gzip',
        'other answers are';
};

subtest 'the accounts pool is away' => sub {
    stop_process($stand_in);
    problem_ok $site->request('POST', $hashing[0], json => {}), 503,
        'a log-in';
    is $site->get('/articles')->status, 200, 'readers go on';
    $site->nginx->claim(qr/connect\(\) to unix:.* failed/);
};

done;
