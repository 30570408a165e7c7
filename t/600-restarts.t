# Workers come and go without a failed request.
use Byline::Test;
use POSIX ();
use Time::HiRes qw(time);

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO things SELECT n, repeat('x', 500) FROM generate_series(1, 50) n;
CREATE VIEW slow AS SELECT id, name FROM things CROSS JOIN pg_sleep(0.05);
SQL
my $resources = "[resource things]\ncolumns = id, name\n\n"
    . "[resource slow]\ncolumns = id, name\nkey = id\n";
my $routes = <<'INI';
[route things]
match    = GET /things
handler  = list
resource = things

[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route slow]
match    = GET /slow/:id
handler  = item
resource = slow
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 3);

my @mixed = ([ '/things/1', 200 ], [ '/things?limit=20', 200 ],
    [ '/things/999', 404 ], [ '/things/x', 400 ]);

sub workers_other_than
{
    my ($gone, $n) = @_;
    return wait_for('a new worker', sub {
        my @now = grep { $_ != $gone } $site->workers;
        return @now == $n ? \@now : 0;
    });
}

is scalar $site->workers, 3, 'as many workers as configured';

subtest 'workers are ended by TERM while there is load' => sub {
    my @loads = map { $site->load(@mixed) } 1 .. 2;
    for my $round (1 .. 20) {
        my $gone = ($site->workers)[ $round % 3 ];
        kill 'TERM', $gone;
        workers_other_than($gone, 3);
    }
    for my $load (@loads) {
        my ($count, @failed) = $load->();
        cmp_ok $count, '>', 100, "there was load: $count requests";
        is_deeply \@failed, [], 'no request failed';
    }
};

subtest 'USR1 is none of the signals that mean something' => sub {
    my @before = sort $site->workers;
    for my $round (1 .. 3) {
        kill 'USR1', $site->{pid}, @before;
        is $site->direct('/things/1')->status, 200, 'requests are answered'
            for 1 .. 5;
    }
    ok alive($site->{pid}), 'the master is there';
    is_deeply [ sort $site->workers ], \@before, 'and the same workers';
};

subtest 'a killed worker is replaced at once' => sub {
    for my $round (1 .. 3) {
        my $gone = ($site->workers)[0];
        my $start = time;
        kill 'KILL', $gone;
        workers_other_than($gone, 3);
        cmp_ok time - $start, '<', 2, 'there is another';
        is $site->direct('/things/1')->status, 200, 'requests are answered';
    }
    $site->claim(qr/\bworker\b.*(?:signal 9|killed|SIGKILL)/i);
};

subtest 'serve drains on TERM' => sub {
    my $lock = $site->pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    my $socket = fcgi_connect($site->socket);
    $site->{sent}++;
    print {$socket} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/things/2', QUERY_STRING => '' ]);
    $socket->flush;
    wait_for('the request to run', sub {
        $site->pg->sql("SELECT count(*) FROM pg_stat_activity WHERE
            usename = 'byline' AND wait_event_type = 'Lock'") > 0;
    });
    kill 'TERM', $site->{pid};
    $lock->('COMMIT;');
    my ($out, undef, $whole) = fcgi_answer($socket);
    ok $whole, 'the request in flight is finished';
    like $out, qr/"id":2/, 'as if nothing was';
    is $site->stop_pool, 0, 'serve ends with status 0';
    ok !-e $site->socket, 'the socket is removed';
};

subtest 'INT ends serve as well' => sub {
    $site->start_pool;
    is $site->stop_pool('INT'), 0, 'status 0';
};

subtest 'workers end with their master' => sub {
    $site->start_pool;
    my @workers = $site->workers;
    is scalar @workers, 3, 'there are workers';
    kill 'KILL', $site->{pid};
    wait_for('the end of the workers', sub {
        !grep { -d "/proc/$_" && slurp("/proc/$_/stat") !~ /\) Z / } @workers;
    });
    pass 'none is left';
    stop_process(delete $site->{pid});
    delete $site->{exit};
    $site->start_pool;
    is $site->direct('/things/1')->status, 200,
        'the stale socket is taken over';
};

subtest 'a worker is recycled after max_requests' => sub {
    $site->stop_pool;
    $site->write_ini(1, { 'pool main' => { max_requests => 5 } });
    $site->start_pool;
    my ($first) = $site->workers;
    my @status = map { $site->direct('/things/1')->status } 1 .. 30;
    is_deeply [ grep { $_ != 200 } @status ], [], 'no request failed';
    isnt(($site->workers)[0], $first, 'another worker answers');
};

subtest 'a worker ends by TERM though its queue never empties' => sub {
    $site->stop_pool;
    $site->write_ini(2, {});
    $site->start_pool;
    my @loads = map { $site->load([ '/slow/1', 200 ]) } 1 .. 12;
    wait_for('the load', sub { $site->pg->sql("SELECT count(*) FROM
        pg_stat_activity WHERE usename = 'byline'
        AND wait_event = 'PgSleep'") == 2 });
    my ($gone) = $site->workers;
    my $start = time;
    kill 'TERM', $gone;
    wait_for('its end', sub { !grep { $_ == $gone } $site->workers });
    cmp_ok time - $start, '<', 2, 'it ends soon';
    workers_other_than($gone, 2);
    my @results = map { [ $_->() ] } @loads;
    is_deeply [ map { @$_[1 .. $#$_] } @results ], [], 'no request failed';
    is scalar(grep { $_->[0] > 0 } @results), 12, 'and none starved';
};

done;
