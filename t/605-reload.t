# HUP and `byline reload`: a new configuration takes over without a failed
# request, or the one before goes on as if nothing was.
use Byline::Test;

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL, secret text);
INSERT INTO things SELECT n, 'name ' || n, 'x' FROM generate_series(1, 50) n;
SQL
my $resources = "[resource things]\ncolumns = id, name\n";
my $routes = <<'INI';
[route thing]
match    = GET /things/:id
handler  = item
resource = things
INI
my $more = <<'INI';

[route things]
match    = GET /things
handler  = list
resource = things
INI
my @cases = ([ '/things/1', 200 ], [ '/things/999', 404 ],
    [ '/nothing', 404 ]);

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 3,
    ini => { 'pool main' => { request_timeout => '30s' },
        'database main' => { lock_timeout => '15s',
            statement_timeout => '20s' } });
my ($err, $status, $out);

sub put { spew("$site->{home}/$_[0]", $_[1]) }
sub reload { return ($status, $out, $err) = $site->byline('reload') }

# What is on disk is refused with that text, and the same workers serve on.
sub refused_ok
{
    my ($like, $why) = @_;
    my @before = sort $site->workers;
    reload();
    is $status, 1, "$why: reload fails";
    like $err, $like, '... and says why';
    is $site->direct('/things/1')->body, '{"id":1,"name":"name 1"}',
        '... what was served is';
    wait_for('the others to go',
        sub { "@{[ sort $site->workers ]}" eq "@before" });
    pass '... by the same workers';
}

subtest 'a new configuration takes over' => sub {
    my @before = $site->workers;
    my @loads = map { $site->load(@cases) } 1 .. 2;
    put('resources.ini', "[resource things]\ncolumns = id, name as title\n");
    put('routes.ini', $routes . $more);
    reload();
    is $status, 0, 'reload succeeds' or diag $err;
    is $out, "reloaded\n", '... and says so';
    is $site->direct('/things/1')->body, '{"id":1,"title":"name 1"}',
        'what is answered from then on is new';
    is $site->direct('/things?limit=1')->status, 200, '... as are routes';
    wait_for('the workers before to end', sub {
        my %now = map { ($_ => 1) } $site->workers;
        return !grep { $now{$_} } @before;
    });
    is scalar $site->workers, 3, 'there are as many workers as before';
    put('resources.ini', $resources);
    for my $round (1 .. 3) {
        reload();
        is $status, 0, 'and again' or diag $err;
    }
    for my $load (@loads) {
        my ($count, @failed) = $load->();
        cmp_ok $count, '>', 5, "there was load: $count requests";
        is_deeply \@failed, [], 'no request failed';
    }
};

subtest 'HUP does the same' => sub {
    put('routes.ini', $routes);
    kill 'HUP', $site->{pid};
    wait_for('the new configuration',
        sub { $site->direct('/things')->status == 404 });
    is $site->direct('/things/1')->status, 200, 'it serves';
};

subtest 'a request in flight is answered by the worker that has it' => sub {
    my $lock = $site->pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    my $socket = fcgi_connect($site->socket);
    $site->count('GET');
    print {$socket} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/things/2', QUERY_STRING => '' ]);
    $socket->flush;
    wait_for('the request to run', sub {
        $site->pg->sql("SELECT count(*) FROM pg_stat_activity WHERE
            usename = 'byline' AND wait_event_type = 'Lock'") > 0;
    });
    my @before = $site->workers;
    put('routes.ini', $routes . $more);
    kill 'HUP', $site->{pid};
    wait_for('workers besides', sub { $site->workers > 3 });
    $lock->('COMMIT;');
    my ($answer, undef, $whole) = fcgi_answer($socket);
    ok $whole, 'it is whole';
    like $answer, qr/"id":2/, 'and right';
    wait_for('the new configuration',
        sub { $site->direct('/things')->status == 200 });
    wait_for('the old workers to go', sub { $site->workers == 3 });
};

subtest 'what is wrong is refused' => sub {
    put('routes.ini', "${routes}lmit = 3\n");
    refused_ok(qr/routes\.ini:5: \[route thing\] lmit: .*did you mean/,
        'a mistake');
    put('routes.ini', $routes);

    put('resources.ini', "[resource things]\ncolumns = id, name, gone\n");
    refused_ok(qr/does not fit the database of \[pool main\].*gone/,
        'what does not fit the database');
    put('resources.ini', "[resource things]\ncolumns = id, name, secret\n");
    refused_ok(qr/does not fit the database of \[pool main\].*secret/,
        'a right that nobody has granted');
    put('resources.ini', $resources);

    my $ini = slurp($site->config);
    put('byline.ini', $ini =~ s/^conninfo\s*=.*/conninfo = host=$site->{home} dbname=x user=x/mr);
    refused_ok(qr/\[pool main\] has no database: /, 'no database');
    put('byline.ini', $ini . "\n[pool other]\nlisten = nowhere\/other.sock\nworkers = 1\nrequest_timeout = 30s\n");
    refused_ok(qr/sockets or scoreboard cannot be made/, 'no socket');
    put('byline.ini', $ini =~ s/^target\s*=.*//mr =~ s/^\[log\]/[log]\ntarget = $site->{home}\/nowhere\/log/mr);
    refused_ok(qr/target: .*nowhere/, 'no log');
    put('byline.ini', $ini);
    reload();
    is $status, 0, 'what is right is taken over after all that' or diag $err;
    $site->claim(qr/not reloaded; |resources\.ini:2|\[route thing\] |no database|cannot be/);
    $site->pg->claim(qr/FATAL|ERROR/);
};

subtest 'what the master alone finds wrong is refused' => sub {
    put('routes.ini', "[route\n");
    kill 'HUP', $site->{pid};
    wait_for('the log', sub { slurp($site->{log}) =~ /not reloaded; .*route/ });
    is $site->direct('/things/1')->status, 200, 'service goes on';
    ($status, $out, $err) = $site->byline('status');
    is $status, 0, 'status has no need of what is wrong';
    put('routes.ini', $routes);
    like $out, qr/^a reload was refused .*routes\.ini/m,
        'and tells of the reload';
    $site->claim(qr/routes\.ini/);
};

subtest 'pools come and go' => sub {
    my $ini = slurp($site->config);
    my $other = "$site->{home}/other.sock";
    put('byline.ini', "$ini\n[pool other]\nlisten = other.sock\n"
        . "listen_group =\nworkers = 2\nrequest_timeout = 30s\n");
    put('routes.ini', $routes . $more . "pool     = other\n");
    reload();
    is $status, 0, 'a pool comes' or diag $err;
    $site->count('GET');
    is fcgi_get($other, '/things?limit=1')->status, 200, 'and serves';
    wait_for('5 workers', sub { $site->workers == 5 });
    put('byline.ini', $ini);
    put('routes.ini', $routes);
    reload();
    is $status, 0, 'it goes' or diag $err;
    wait_for('3 workers', sub { $site->workers == 3 });
    ok !-e $other, 'with its socket';
};

subtest 'the log is opened anew' => sub {
    my $ini = slurp($site->config);
    my $log = "$site->{home}/own.log";
    put('byline.ini', $ini =~ s/^target\s*=.*//mr
        =~ s/^\[log\]/[log]\ntarget = $log/mr);
    reload();
    is $status, 0, 'a log of its own' or diag $err;
    rename $log, "$log.1";
    reload();
    is $status, 0, 'reload after it was moved away';
    like slurp($log), qr/reloaded/, 'goes on in a new file';
    put('byline.ini', $ini);
    reload();
    is $status, 0, 'and back';
};

subtest 'several at once' => sub {
    my @load = $site->load(@cases);
    my $before = $site->{pid};
    kill 'HUP', $site->{pid} for 1 .. 20;
    reload();
    is $status, 0, 'reload waits for its own' or diag $err;
    wait_for('3 workers', sub { $site->workers == 3 });
    my ($count, @failed) = $load[0]->();
    is_deeply \@failed, [], 'no request failed';
};

subtest 'a worker that does not end is ended' => sub {
    $site->stop_pool;
    $site->write_ini(2, { 'pool main' => { request_timeout => '5s' },
        'database main' => { connect_timeout => '2s',
            statement_timeout => '2s', lock_timeout => '1s' } });
    $site->start_pool(wait => 0);
    wait_for('the workers', sub { ($site->byline('status'))[0] == 0 });
    my @before = $site->workers;
    kill 'STOP', $before[0];
    kill 'HUP', $site->{pid};
    wait_for('the end of those before', sub {
        my %now = map { ($_ => 1) } $site->workers;
        return !grep { $now{$_} } @before;
    });
    is $site->direct('/things/1')->status, 200, 'after a reload';
    my ($first) = $site->workers;
    kill 'STOP', $first;
    is $site->stop_pool, 0, 'and at the end';
    $site->claim(qr/1 workers did not end in time|ended by signal 9/);
    $site->write_ini(3, {});
    $site->start_pool(wait => 0);
    wait_for('3 workers', sub { ($site->byline('status'))[0] == 0 });
};

subtest 'TERM while workers get ready' => sub {
    my $lock = $site->pg->session;
    $lock->('BEGIN; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE;');
    kill 'HUP', $site->{pid};
    wait_for('a reload', sub {
        ($site->byline('status'))[1] =~ /^a reload is under way/m });
    kill 'TERM', $site->{pid};
    wait_for('the log', sub {
        slurp($site->{log}) =~ /not reloaded; .*the service is stopping/ });
    $lock->('COMMIT;');
    is $site->stop_pool, 0, 'it ends well';
    reload();
    is $status, 3, 'reload without a master has a status of its own';
    like $err, qr/nobody serves/, '... and says so';
    $site->claim(qr/not reloaded; .*stopping/);
};

done;
