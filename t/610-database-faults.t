# The database goes away, comes back, locks, changes below our feet.
use Byline::Test;
use Time::HiRes qw(time);

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL,
    extra text);
CREATE TABLE others (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO things VALUES (1, 'One', 'more');
INSERT INTO others VALUES (1, 'Other');
CREATE FUNCTION secret(text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RETURN $1; END $$;
CREATE VIEW guarded AS SELECT id, secret(name) AS name FROM others;
SQL
my $resources = <<'INI';
[resource things]
columns = id, name, extra

[resource others]
columns = id, name
key     = id

[resource guarded]
columns = id, name
key     = id
INI
my $routes = <<'INI';
[route things]
match    = GET /things
handler  = list
resource = things

[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route others]
match    = GET /others
handler  = list
resource = others

[route other]
match    = GET /others/:id
handler  = item
resource = others

[route guarded]
match    = GET /guarded/:id
handler  = item
resource = guarded
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 2, ini => { 'database main' => {
        lock_timeout => '300ms', statement_timeout => '1s',
        connect_timeout => '2s' } });
my $pg = $site->pg;

# What is said while the database is away is expected, in every log.
$pg->claim(qr/57P01|57P03|57P02/);

sub seconds_of
{
    my ($code) = @_;
    my $start = time;
    $code->();
    return time - $start;
}

subtest 'the database is stopped and started' => sub {
    for my $mode (qw(fast immediate)) {
        $pg->stop($mode);
        my $answer;
        my $seconds = seconds_of(sub { $answer = $site->get('/things/1') });
        problem_ok $answer, 503, "$mode: a row";
        cmp_ok $seconds, '<', 5, 'in bounded time';
        problem_ok $site->get('/things'), 503, 'a list';
        problem_ok $site->get('/health/ready'), 503, 'not ready';
        is $site->get('/health/live')->status, 200, 'but alive';
        is $site->get('/things?limit=x')->status, 400,
            'what needs no database is answered';
        is $site->get('/nothing')->status, 404, 'that, too';
        is scalar $site->workers, 2, 'the workers are there';
        my @before = sort $site->workers;
        $pg->start;
        wait_for('service', sub { $site->get('/things/1')->status == 200 });
        is_deeply [ sort $site->workers ], \@before, 'no worker restarted';
        is $site->get('/health/ready')->status, 200, 'ready again';
    }
    $site->claim(qr/"no database: /);
};

subtest 'a quick restart is not noticed by idle connections' => sub {
    $pg->stop;
    $pg->start;
    my @status = map { $site->get('/things/1')->status } 1 .. 4;
    is_deeply \@status, [ (200) x 4 ], 'a read is run once more';
};

subtest 'backends are terminated' => sub {
    for my $round (1 .. 3) {
        $pg->sql("SELECT count(pg_terminate_backend(pid, 5000))
            FROM pg_stat_activity WHERE usename = 'byline'");
        is $site->get('/things/1')->status, 200, 'the next read is answered';
    }
};

subtest 'a backend crashes' => sub {
    my ($pid) = split /\n/, $pg->sql("SELECT pid FROM pg_stat_activity
        WHERE usename = 'byline'");
    my $mark = $pg->mark;
    kill 'KILL', $pid;
    wait_for('the recovery', sub { grep { $_->{text} =~ /ready to accept/ }
        $pg->entries($mark) });
    my @status = map { $site->get('/things/1')->status } 1 .. 6;
    is_deeply [ grep { $_ != 200 && $_ != 503 } @status ], [],
        'every answer is 200 or 503';
    wait_for('service', sub { $site->get('/things/1')->status == 200 });
    pass 'and soon 200 again';
    $pg->claim(qr/57P02|terminating any other active/);
};

subtest 'a backend hangs' => sub {
    $site->stop_pool;
    $site->write_ini(1, { 'pool main' => { request_timeout => '4s' },
        'database main' => { lock_timeout => '300ms',
            statement_timeout => '1s' } });
    $site->start_pool;
    my $pid = $pg->sql("SELECT pid FROM pg_stat_activity
        WHERE usename = 'byline'");
    kill 'STOP', $pid;
    my $answer;
    my $seconds = seconds_of(sub { $answer = $site->get('/things/1') });
    kill 'CONT', $pid;
    is $answer->status, 504, 'the request ends';
    cmp_ok $seconds, '<', 5, 'in bounded time';
    wait_for('service', sub { $site->get('/things/1')->status == 200 });
    pass 'and the next are answered';
    $pg->claim(qr/08006 connection to client lost/);
    $site->claim(qr/the server did not answer in time/);
    $site->stop_pool;
    $site->write_ini(2, { 'database main' => { lock_timeout => '300ms',
        statement_timeout => '1s' } });
    $site->start_pool;
};

subtest 'the role has no connection left' => sub {
    $pg->sql("ALTER ROLE byline CONNECTION LIMIT 0;
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE usename = 'byline'");
    problem_ok $site->get('/things/1'), 503, 'a row';
    $pg->sql('ALTER ROLE byline CONNECTION LIMIT -1');
    wait_for('service', sub { $site->get('/things/1')->status == 200 });
    pass 'served once there is one';
    $pg->claim(qr/53300/);
};

subtest 'the pool starts before the database' => sub {
    $site->stop_pool;
    $pg->stop;
    $site->start_pool(wait => 0);
    wait_for('the pool', sub { $site->health('live') == 200 });
    problem_ok $site->get('/things/1'), 503, 'a row';
    $pg->start;
    wait_for('service', sub { $site->get('/things/1')->status == 200 });
    is $site->get('/health/ready')->status, 200, 'ready without a restart';
};

subtest 'a lock' => sub {
    my $lock = $pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    problem_ok $site->get('/things/1'), 503,
        'is not waited for longer than lock_timeout';
    is $site->get('/others/1')->status, 200, 'others are answered';
    $lock->('COMMIT;');
    is $site->get('/things/1')->status, 200, 'afterwards as before';
    $pg->claim(qr/55P03/);
    $site->claim(qr/\[route thing\] lock timeout: 55P03/);
};

subtest 'workers that start while there is a lock' => sub {
    $site->stop_pool;
    my $lock = $pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    $site->start_pool(wait => 0);
    wait_for('the pool', sub { $site->health('live') == 200 });
    my @before = sort $site->workers;
    problem_ok $site->get('/things/1'), 503, 'answer that they cannot';
    $lock->('COMMIT;');
    wait_for('service', sub {
        my @status = map { $site->direct('/things/1')->status } 1 .. 6;
        return !grep { $_ != 200 } @status;
    });
    is_deeply [ sort $site->workers ], \@before,
        'and serve when it is gone, without a restart';
    $site->claim(qr/"no database: .*lock timeout/);
};

subtest 'a statement that takes too long' => sub {
    $pg->owner_sql(<<'SQL');
ALTER TABLE others RENAME TO hidden;
CREATE FUNCTION slow(text) RETURNS text LANGUAGE sql VOLATILE AS
    $$ SELECT $1 FROM pg_sleep(10) $$;
CREATE VIEW others AS SELECT id, slow(name) AS name FROM hidden;
GRANT SELECT ON others, hidden TO byline;
SQL
    my $answer;
    my $seconds = seconds_of(sub { $answer = $site->get('/others/1') });
    problem_ok $answer, 504, 'ends at statement_timeout';
    cmp_ok $seconds, '<', 5, 'in time';
    ok defined $answer->header('Retry-After'), 'and says when to come again';
    is $site->get('/things/1')->status, 200, 'the worker goes on';
    $pg->owner_sql('DROP VIEW others; ALTER TABLE hidden RENAME TO others');
    wait_for('the table', sub { $site->get('/others/1')->status == 200 });
    pass 'the table is back';
    $pg->claim(qr/57014/);
    $site->claim(qr/\[route other\] statement timeout: 57014/);
};

subtest 'a statement that fails for what the rows hold' => sub {
    $pg->owner_sql(<<'SQL');
ALTER TABLE others RENAME TO hidden;
CREATE VIEW others AS SELECT id, (1 / (id - 1))::text AS name FROM hidden;
GRANT SELECT ON others TO byline;
SQL
    problem_ok $site->get('/others'), 500, 'a list without any parameter';
    problem_ok $site->get('/others/1'), 500, 'a row';
    unlike $site->get('/others/1')->body, qr/zero|division/,
        'without the words of PostgreSQL';
    $pg->owner_sql('DROP VIEW others; ALTER TABLE hidden RENAME TO others');
    wait_for('the table', sub { $site->get('/others/1')->status == 200 });
    $pg->claim(qr/22012/);
    $site->claim(qr/22012/);
};

subtest 'a function that the role may not execute' => sub {
    $site->stop_pool;
    $site->write_ini(1, { 'database main' => { lock_timeout => '300ms',
        statement_timeout => '1s' } });
    $site->start_pool;
    $pg->owner_sql('REVOKE ALL ON FUNCTION secret FROM PUBLIC');
    my $catalog = sub { scalar grep { $_->{text} =~ /pg_attribute/ } @_ };
    my @status;
    my $start = time;
    my @first = $site->statements_of(sub {
        problem_ok $site->direct('/guarded/1'), 500, 'the request fails';
    });
    ok $catalog->(@first), 'after another look at the catalog';
    my @rest = $site->statements_of(sub {
        @status = map { $site->direct('/guarded/1')->status } 1 .. 10;
    });
    is_deeply \@status, [ (500) x 10 ], 'ten more fail as well';
    # A look is three statements, and there is one a second at the most.
    cmp_ok $catalog->(@rest), '<=', 3 * int(time - $start),
        'without another each';
    $pg->owner_sql('GRANT EXECUTE ON FUNCTION secret TO PUBLIC');
    is $site->direct('/guarded/1')->status, 200, 'until it may';
    $pg->claim(qr/42501/);
    $site->claim(qr/\[route guarded\] .*42501/);
    $site->stop_pool;
    $site->write_ini(2, { 'database main' => { lock_timeout => '300ms',
        statement_timeout => '1s' } });
    $site->start_pool;
};

subtest 'a column is renamed, and renamed back' => sub {
    $pg->owner_sql('ALTER TABLE things RENAME COLUMN extra TO other');
    $site->claim(qr/things has no column .*extra/,
        qr/\[route things?\] does not fit the database/);
    $pg->claim(qr/42703 column .* does not exist/);
    my @before = sort $site->workers;
    problem_ok $site->get('/things/1'), 503, 'its route is not available';
    $pg->owner_sql('ALTER TABLE things RENAME COLUMN other TO extra');
    wait_for('service', sub {
        my @status = map { $site->direct('/things/1')->status } 1 .. 6;
        return !grep { $_ != 200 } @status;
    });
    is_deeply [ sort $site->workers ], \@before,
        'it comes back without a restart';
};

subtest 'a column is added' => sub {
    $pg->owner_sql('ALTER TABLE things ADD COLUMN newer integer');
    is_deeply [ map { $site->get('/things/1')->status } 1 .. 4 ],
        [ (200) x 4 ], 'nobody notices';
};

subtest 'a column changes its type' => sub {
    $pg->owner_sql('ALTER TABLE things ALTER COLUMN extra TYPE varchar(99)');
    is_deeply [ map { $site->get('/things/1')->status } 1 .. 4 ],
        [ (200) x 4 ], 'it is prepared again';
    $pg->claim(qr/0A000 cached plan must not change/);
};

subtest 'a column is dropped' => sub {
    $pg->owner_sql('ALTER TABLE things DROP COLUMN extra');
    $pg->claim(qr/42703 column .* does not exist/);
    $site->claim(qr/things has no column .*extra/,
        qr/\[route things?\] does not fit the database/);
    problem_ok $site->get('/things/1'), 503, 'its route is not available'
        for 1 .. 4;
    is $site->get('/others/1')->status, 200, 'others are';
    wait_for('readiness to say so', sub {
        $site->get('/health/ready')->body =~ /degraded/;
    });
    my $ready = $site->get('/health/ready');
    is $ready->status, 200, 'the pool is ready';
    is $ready->json->{status}, 'degraded', 'for a part';
    ok scalar(grep { /^things?$/ } @{ $ready->json->{disabled} // [] }),
        'which it names';
    ok !scalar(grep { $_ eq 'other' } @{ $ready->json->{disabled} // [] }),
        'without the others';
    $site->stop_pool;
    $site->start_pool;
    problem_ok $site->get('/things'), 503, 'after a restart as well';
    is $site->get('/others/1')->status, 200, 'and the others';
    $pg->owner_sql("ALTER TABLE things ADD COLUMN extra text;");
    $site->grant;
    $site->stop_pool;
    $site->start_pool;
    is $site->get('/things/1')->status, 200, 'mended by another restart';
};

subtest 'a schema that does not fit can be a reason not to start' => sub {
    $site->stop_pool;
    $site->write_ini(1, { byline => { on_schema_mismatch => 'refuse' } });
    $pg->owner_sql('ALTER TABLE things DROP COLUMN extra');
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 124, 'serve ends';
    isnt $status, 0, 'with a status that tells';
    like $err, qr/\[resource things\].*extra/, 'and why';
};

subtest 'rights are missing' => sub {
    $site->write_ini(1, {});
    $pg->owner_sql('ALTER TABLE things ADD COLUMN extra text;
        REVOKE ALL ON things FROM byline');
    $site->start_pool;
    my $answer = $site->get('/things/1');
    ok $answer->status == 503 || $answer->status == 500,
        'the route fails: ' . $answer->status;
    is $site->get('/others/1')->status, 200, 'others do not';
    unlike $answer->body, qr/permission|things/, 'the reply says no names';
    $pg->claim(qr/42501/);
    $site->claim(qr/may not read things\./);
};

$site->nginx->claim(qr/FastCGI sent in stderr/);
done;
