# More clients than a pool can serve: each is answered, those beyond the queue
# at once, and what nobody waits for any more is not done.
use Byline::Test;
use Byline::Test::Load qw(load_schema flood http_connect http_send
    http_answer percentile);
use JSON::PP ();

my $resources = <<'INI';
[resource notes]
columns  = id, tag
writable = tag

[resource slow]
columns = id, name
key     = id

[resource things]
columns = id, name
INI
my $routes = <<'INI';
[route add]
match    = POST /notes
handler  = create
resource = notes

[route change]
match    = PATCH /notes/:id
handler  = update
resource = notes

[route note]
match    = GET /notes/:id
handler  = item
resource = notes

[route own]
match   = POST /own
handler = sql
file    = queries/add.sql
params  = tag(text)
one     = on

[route slow]
match    = GET /slow/:id
handler  = item
resource = slow

[route thing]
match    = GET /things/:id
handler  = item
resource = things
INI
my $site = site(schema => load_schema() . <<'SQL', workers => 4,
CREATE VIEW slow AS SELECT id, name FROM things CROSS JOIN pg_sleep(0.02);
SQL
    resources => $resources, routes => $routes,
    queries => { add => "INSERT INTO notes (tag) VALUES (:tag)
        RETURNING id, tag\n" });
$site->claim(qr/anybody can (?:run|update|create)/);

# By the clock of nginx: this one client is slower than the server.
my $seen = 0;

sub durations
{
    my ($least) = @_;
    my @lines = map { JSON::PP::decode_json($_) }
        $site->nginx->access($seen + $least);
    splice @lines, 0, $seen;
    $seen += @lines;
    my %seconds;
    push @{ $seconds{ $_->{status} } }, $_->{duration} for @lines;
    return \%seconds;
}

sub report
{
    my ($what, @answers) = @_;
    my $seconds = durations(scalar @answers);
    note "$what: ", join '; ', map { sprintf '%d*%s: half in %.3fs, 99%% in '
        . '%.3fs, all in %.3fs', scalar @{ $seconds->{$_} }, $_,
        percentile(50, @{ $seconds->{$_} }),
        percentile(99, @{ $seconds->{$_} }),
        percentile(100, @{ $seconds->{$_} }) } sort keys %$seconds;
    cmp_ok percentile(99, @{ $seconds->{503} // [0] }), '<', 2,
        "$what: who is beyond the queue hears so soon";
    my @bad = grep { $_->{fault} ne '' } @answers;
    splice @bad, 5 if @bad > 5;
    is_deeply [ map { $_->{fault} } @bad ], [],
        "$what: all are answered, by the row or 503";
    is scalar(grep { $_->{status} == 504 } @answers), 0,
        "$what: none had to wait for too long";
    ok scalar(grep { $_->{status} == 200 } @answers), "$what: some are served";
}

subtest 'five hundred at once' => sub {
    my @answers = flood($site, path => '/slow/1');
    is scalar @answers, 2000, 'all of two thousand';
    report('HTTP/1.1', @answers);
    my @refused = grep { $_->{status} == 503 } @answers;
    cmp_ok scalar @refused, '>', 0, 'the queue has an end';
    $site->nginx->claim(qr/Resource temporarily unavailable/);
    is $site->get('/things/1')->status, 200, 'and then it is as before';
};

subtest 'five hundred streams of HTTP/2' => sub {
    my %target = $site->nginx->target({ path => '/slow/[1-50]?_=[1-10]' });
    $site->count('GET', 500);
    my ($status, $out, $err) = run_program([ 'curl', '-q', '-sS', '--http2',
        '-Z', '--parallel-max', 300, '--parallel-immediate', '-o', '/dev/null',
        '--cacert', $target{cacert}, '--resolve', $target{resolve}, '-w',
        '%{http_code} %{time_total} %{content_type} %header{retry-after}\n',
        $target{url} ], keep_parent => 1, timeout => 120);
    my @answers = map { my ($code, $seconds, $type, $after) = split / /;
        +{ status => $code, seconds => $seconds, fault => $code == 200 ? ''
            : $code != 503 ? "status $code"
            : "$type $after" =~ m{^application/problem\+json [1-9]} ? ''
            : "$type, Retry-After $after" } } split /\n/, $out;
    is scalar @answers, 500, 'all of them' or diag $err;
    report('HTTP/2', @answers);
};

# What waits in the queue while all workers are busy with locked rows, and
# whose client leaves.
sub hold
{
    my $lock = $site->pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    my @busy;
    for (1 .. 4) {
        my $socket = fcgi_send($site->socket, fcgi_request([
            REQUEST_METHOD => 'GET', DOCUMENT_URI => '/things/1',
            QUERY_STRING => '' ]));
        $site->count('GET');
        push @busy, $socket;
    }
    wait_for('all workers to be busy', sub { $site->pg->sql("SELECT count(*)
        FROM pg_stat_activity WHERE usename = 'byline'
        AND wait_event_type = 'Lock'") == 4 });
    return sub {
        $lock->('COMMIT;');
        my @out = map { (fcgi_answer($_, 30))[0] } @busy;
        is scalar(grep { /^Status: (?:200|503)/ } @out), 4,
            'those in front are answered';
    };
}

# How many wait in the queue: sockets of that name that nobody has accepted
# yet are still being connected.
sub queued
{
    my $path = $site->socket;
    return scalar grep { / 0001 02 +\d+ \Q$path\E$/ }
        split /\n/, slurp('/proc/net/unix');
}

my %write = ('POST /notes' => '{"tag":"gone"}', 'POST /own' => '{"tag":"gone"}',
    'PATCH /notes/1' => '{"tag":"gone"}');

subtest 'who leaves the queue is not served' => sub {
    $site->sql("INSERT INTO notes (id, tag) VALUES (1, 'old')");
    my $go_on = hold();
    my @left;
    for my $what (sort keys %write) {
        my ($method, $path) = split / /, $what;
        push @left, fcgi_send($site->socket, fcgi_request([
            REQUEST_METHOD => $method, DOCUMENT_URI => $path,
            QUERY_STRING => '', CONTENT_TYPE => 'application/json',
            CONTENT_LENGTH => length $write{$what} ], $write{$what}));
    }
    is queued(), 3, 'three wait';
    close $_ for @left;
    $go_on->();
    # What comes after them in the queue is done after them.
    is $site->direct('/notes/1')->json->{tag}, 'old', 'nothing is changed'
        for 1 .. 8;
    is $site->sql("SELECT count(*) FROM notes WHERE tag = 'gone'"), 0,
        'and nothing written';
    like slurp($site->{log}), qr/dropped a request that nobody waits for/,
        'the log knows';
    $site->claim(qr/lock timeout/);
    $site->pg->claim(qr/55P03/);
};

subtest 'nor who leaves nginx' => sub {
    my $go_on = hold();
    my $count = () = slurp($site->{log}) =~ /nobody waits for/g;
    my @left;
    for my $what (sort keys %write) {
        my $socket = http_connect($site);
        http_send($socket, (split / /, $what), $write{$what});
        push @left, $socket;
    }
    # nginx has them in the queue, and then hears that they leave.
    wait_for('the queue', sub { queued() == 3 });
    close $_ for @left;
    wait_for('nginx to notice', sub {
        my @lines = grep { /"status":499/ } $site->nginx->access;
        return @lines >= 3;
    });
    $go_on->();
    is $site->direct('/notes/1')->json->{tag}, 'old', 'nothing is changed'
        for 1 .. 8;
    is $site->sql("SELECT count(*) FROM notes WHERE tag = 'gone'"), 0,
        'and nothing written';
    my $now = () = slurp($site->{log}) =~ /nobody waits for/g;
    is $now - $count, 3, 'three are dropped';
};

done;
