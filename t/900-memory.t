# A worker loses no memory and reads none that is not its own.
use Byline::Test;
use IO::Socket::UNIX;

my $schema = <<'SQL';
CREATE TABLE owners (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE things (id integer PRIMARY KEY, name text,
    tags text[], body jsonb, owner_id integer REFERENCES owners);
INSERT INTO owners VALUES (1, 'One');
INSERT INTO things SELECT n, repeat('x', n), '{a,b}', '{"a": [1, 2]}',
    nullif(1, n % 2) FROM generate_series(1, 200) n;
SQL
my $resources = <<'INI';
[resource owners]
columns = id, name

[resource things]
columns = id, name, tags, body

[relation things.owner]
to  = owners
via = owner_id
INI
my $routes = <<'INI';
[route things]
match    = GET /things
handler  = list
resource = things
with     = owner

[route thing]
match    = GET /things/:id
handler  = item
resource = things
with     = owner

[route own]
match   = GET /own/:id
handler = sql
file    = queries/own.sql
params  = id(int), tags(text[], null), at(timestamptz, 2026-01-31T12:00:00Z)

[route own-write]
match   = POST /own
handler = sql
file    = queries/own-write.sql
params  = name(text), id(int, 1)

[route owned]
match    = GET /owners/:owner_id/things
handler  = list
resource = things
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 1, nginx => 0, queries => {
        own => 'SELECT id AS "a.id", :tags AS "a.tags", :at AS at FROM things
            WHERE id = :id',
        'own-write' => 'UPDATE things SET name = :name WHERE id = :id
            RETURNING id, tags',
    }, sql => 'GRANT UPDATE (name) ON things TO byline');
$site->claim(qr/anybody can run this statement/);
my $sanitized = slurp(binary()) =~ /libasan|__asan_init/;

my @mixed = ([ '/things/1', 200 ], [ '/things/2?_=1', 200 ],
    [ '/things/999', 404 ], [ '/things/x', 400 ], [ '/nothing', 404 ],
    [ '/things?limit=3&offset=50', 200 ], [ '/things?limt=3', 400 ],
    [ '/owners/1/things?limit=1', 200 ], [ '/owners/9/things', 404 ],
    [ '/health/ready', 200 ], [ '/things?limit=100', 200 ],
    [ '/own/1?tags=["x"]&at=2026-01-31T12:00:00+01:00', 200 ],
    [ '/own/x', 400 ], [ '/own/1?tags=x', 400 ], [ '/own/999', 200 ],
    [ '/own', 200, method => 'POST', json => { name => 'x' x 9 } ],
    [ '/own', 422, method => 'POST', json => { id => 'x' } ],
    [ '/things/%FF', 400 ], [ '/things?%zz', 400 ]);

sub send_mixed
{
    my ($rounds) = @_;
    my @wrong;
    for (1 .. $rounds) {
        for my $case (@mixed) {
            my ($path, $status, @options) = @$case;
            my $answer = $site->direct($path, seconds => 60, @options);
            my $got = $answer ? $answer->status : 'none';
            push @wrong, "$path $got" if $got ne $status;
        }
    }
    is_deeply \@wrong, [], $rounds * @mixed . ' requests';
}

# Private memory of a process in kB.
sub private_kb
{
    my ($pid) = @_;
    my $sum = 0;
    $sum += $_ for slurp("/proc/$pid/smaps_rollup")
        =~ /^Private_(?:Clean|Dirty):\s+(\d+)/gm;
    return $sum;
}

subtest 'the memory of a worker does not grow' => sub {
    plan skip_all => 'memory of a sanitizer is no measure' if $sanitized;
    my ($pid) = $site->workers;
    send_mixed(40);
    my $before = private_kb($pid);
    cmp_ok $before, '>', 0, 'it can be measured';
    send_mixed(300);
    my $after = private_kb($pid);
    is_deeply [ $site->workers ], [ $pid ], 'one worker served them all';
    cmp_ok $after - $before, '<=', 64, 'not by 64 kB';
    note "private memory: $before kB, then $after kB";
};

subtest 'file descriptors stay as many as they were' => sub {
    my ($pid) = $site->workers;
    my $before = () = glob "/proc/$pid/fd/*";
    send_mixed(5);
    my $after = () = glob "/proc/$pid/fd/*";
    is $after, $before, 'none is lost';
};

subtest 'valgrind finds nothing' => sub {
    my ($valgrind) = grep { -x } map { "$_/valgrind" } split /:/, $ENV{PATH};
    plan skip_all => 'valgrind is not installed' if !$valgrind;
    plan skip_all => 'a sanitizer does it already' if $sanitized;
    $site->stop_pool;
    my $report = dir() . '/valgrind';
    my @valgrind = ($valgrind, '--leak-check=full', '--error-exitcode=99',
        '--show-leak-kinds=definite,possible', "--log-file=$report",
        '--errors-for-leak-kinds=definite,possible', '-q');
    my $listen = IO::Socket::UNIX->new(Local => $site->socket, Listen => 8)
        or die "socket: $!";
    my $pid = spawn([ @valgrind, binary(), 'worker', '-c', $site->config ],
        stdin_handle => $listen, stdout => $site->{log});
    send_mixed(20);
    $site->pg->sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = 'byline'");
    send_mixed(5);
    is stop_process($pid, 'TERM', 60), 0, 'the worker ends with status 0';
    is slurp($report), '', 'no error, no leak';
    for my $args ([ 'check' ], [ 'config' ], [ 'routes' ],
        [ 'explain', 'thing' ], [ 'explain', 'own' ], ['grants']) {
        unlink $report;
        my ($status, undef, $err) = run_program([ @valgrind, binary(),
            @$args, '-c', $site->config ], timeout => 60);
        is $status, 0, "byline @$args";
        is slurp($report), '', 'no error, no leak';
    }
    close $listen;
    unlink $site->socket;
    $site->pg->claim(qr/57P01/);
};

done;
