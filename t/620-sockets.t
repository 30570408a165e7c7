# The socket of a pool: who may connect, who owns it, and what may come in.
use Byline::Test;
use Byline::Test::FastCGI qw(record pairs begin);
use IO::Socket::UNIX;

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE others (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO things VALUES (1, 'One');
INSERT INTO others VALUES (1, 'Other');
SQL
my $resources = "[resource things]\ncolumns = id, name\n\n"
    . "[resource others]\ncolumns = id, name\n";
my $routes = <<'INI';
[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route other]
match    = GET /others/:id
handler  = item
resource = others
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 1, patience => 0);

sub mode_of { return sprintf '%04o', (stat $_[0])[2] & 07777 }

sub restart_with
{
    my ($pool, %o) = @_;
    $site->stop_pool;
    $site->write_ini(1, { 'pool main' => $pool });
    $site->start_pool(%o);
}

subtest 'mode and group' => sub {
    is mode_of($site->socket), '0660', 'for owner and group';
    my $umask = umask 0;
    restart_with({ listen_mode => '0600' });
    umask $umask;
    is mode_of($site->socket), '0600', 'as configured, whatever the umask';
    SKIP: {
        my ($name, $gid) = map { (getgrgid $_)[0, 2] }
            $> == 0 ? (getgrnam 'nogroup')[2] : (split ' ', $))[-1];
        skip 'no other group', 1 if !defined $name;
        restart_with({ listen_group => $name, listen_mode => '0666' });
        is +(stat $site->socket)[5], $gid, "group $name";
        is mode_of($site->socket), '0666', 'and a wider mode';
    }
    my ($status, undef, $err);
    $site->stop_pool;
    $site->write_ini(1, { 'pool main' => { listen_group => 'no_such' } });
    ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 0, 'a group that is not there';
    isnt $status, 124, 'is no reason to wait';
    like $err, qr/no_such/, 'and is named';
};

subtest 'a second instance does not steal the socket' => sub {
    restart_with({});
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 0, 'it ends';
    isnt $status, 124, 'at once';
    like $err, qr/main\.sock/, 'and names the socket';
    is $site->direct('/things/1')->status, 200, 'the first one serves on';
};

subtest 'nor does one of another user, who may not connect' => sub {
    my (undef, undef, $uid, $gid) = getpwnam 'nobody';
    plan skip_all => 'we are not root' if $> != 0 || !$uid;
    my $mode = (stat $site->{home})[2] & 07777;
    chmod 0777, $site->{home};
    my ($status, undef, $err) = run_program([ 'setpriv', "--reuid=$uid",
        "--regid=$gid", '--clear-groups', binary(), 'serve', '-c',
        $site->config ], cwd => $site->{home}, timeout => 10);
    chmod $mode, $site->{home};
    isnt $status, 0, 'it ends';
    isnt $status, 124, 'at once';
    like $err, qr/another process listens there/, 'and says why';
    is $site->direct('/things/1')->status, 200, 'the first one serves on';
};

subtest 'what stands at the path of the socket' => sub {
    $site->stop_pool;
    my $dead = IO::Socket::UNIX->new(Local => $site->socket, Listen => 1);
    close $dead;
    ok -S $site->socket, 'a socket that nobody listens on';
    $site->start_pool;
    is $site->direct('/things/1')->status, 200, 'is taken over';
    $site->stop_pool;
    spew($site->socket, "precious\n");
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 0, 'a file is not';
    is slurp($site->socket), "precious\n", 'it stays';
    like $err, qr/main\.sock/, 'and is named';
    unlink $site->socket;
    $site->write_ini(1, { 'pool main' => { listen => 'x' x 120 } });
    ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    isnt $status, 0, 'a path that is too long for a socket';
    isnt $status, 124, 'is refused';
    like $err, qr/listen/, 'by its key';
};

subtest 'bytes that nginx never sends' => sub {
    # What libfcgi loses of a request that it cannot read is its own affair.
    my $known = spew(dir() . '/known-leaks', "leak:libfcgi.so\n");
    restart_with({}, spawn => { env => {
        LSAN_OPTIONS => "suppressions=$known:print_suppressions=0" } });
    $site->claim(qr/worker \d+ was ended by signal/, qr/stack smashing/,
        qr/[Aa]ssert/);
    my $params = pairs(REQUEST_METHOD => 'GET', DOCUMENT_URI => '/things/1');
    my $end = record(4, 1, '') . record(5, 1, '');
    my %bytes = (
        'nothing' => '',
        'a part of a header' => "\x01\x01\x00",
        'noise' => join('', map { chr(($_ * 7919) % 256) } 1 .. 3000),
        'another protocol' => "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        'another version' => "\x02" . substr(begin(), 1),
        'a question with four known names' => record(9, 0, pairs(
            FCGI_MAX_CONNS => '', FCGI_MAX_REQS => '',
            FCGI_MPXS_CONNS => '', FCGI_MPXS_CONNS => '')),
        'a record of no known type' => record(77, 0, 'x' x 20),
        'another role' => record(1, 1, pack 'nCx5', 2, 0) . $end,
        'parameters without a beginning' => record(4, 1, $params) . $end,
        'parameters that end midway' => begin() . record(4, 1,
            substr $params, 0, 10),
        'a parameter longer than the record' => begin() . record(4, 1,
            "\x0e\xff\xff\xff\xff" . 'REQUEST_METHOD') . $end,
        'a parameter of two gigabytes' => begin() . record(4, 1,
            "\xff\xff\xff\xff\xff\xff\xff\xffx") . $end,
        'no parameters' => begin() . $end,
        'an abort' => begin() . record(4, 1, $params) . record(2, 1, ''),
        'two beginnings' => begin() . begin() . record(4, 1, $params) . $end,
        'a body shorter than promised' => begin() . record(4, 1, $params
            . pairs(CONTENT_LENGTH => '5000')) . record(4, 1, '')
            . record(5, 1, 'short'),
        'an unpaired name' => begin() . record(4, 1, "\x05") . $end,
        'a NUL in a path' => begin() . record(4, 1, pairs(
            REQUEST_METHOD => 'GET', DOCUMENT_URI => "/things/1\0")) . $end,
        'a path of 60 kB' => begin() . record(4, 1, pairs(
            REQUEST_METHOD => 'GET', DOCUMENT_URI => '/' . 'x' x 60_000))
            . $end,
    );
    for my $name (sort keys %bytes) {
        my $socket = fcgi_connect($site->socket) or next;
        local $SIG{PIPE} = 'IGNORE';
        print {$socket} $bytes{$name};
        $socket->flush;
        shutdown $socket, 1;
        fcgi_answer($socket, 5);
        close $socket;
        $site->{sent}++;
        my $answer = wait_for('the pool', sub { $site->direct('/things/1') });
        is $answer->status, 200, "after $name";
    }
};

subtest 'a peer that falls silent does not hold a worker for ever' => sub {
    $site->claim(qr/worker \d+ is stuck/);
    $site->write_ini(1, { 'pool main' => { request_timeout => '2s' },
        'database main' => { connect_timeout => '500ms',
            lock_timeout => '300ms',
            statement_timeout => '500ms' } });
    $site->stop_pool;
    $site->start_pool;
    for my $bytes ("\x01\x01\x00\x01\x00", begin(),
        begin() . record(4, 1, "\x01")) {
        my $silent = fcgi_connect($site->socket);
        print {$silent} $bytes;
        $silent->flush;
        my $answer = $site->direct('/things/1', seconds => 10);
        is $answer && $answer->status, 200,
            'after ' . length($bytes) . ' bytes and silence';
        close $silent;
    }
};

subtest 'a peer that leaves while it is answered' => sub {
    restart_with({});
    $site->pg->owner_sql("INSERT INTO things VALUES (2,
        repeat('x', 3000000))");
    my @before = $site->workers;
    for my $round (1 .. 10) {
        my $socket = fcgi_connect($site->socket);
        print {$socket} fcgi_request([ REQUEST_METHOD => 'GET',
            DOCUMENT_URI => '/things/2', QUERY_STRING => '' ]);
        $socket->flush;
        sysread $socket, my $some, 1000;
        close $socket;
        $site->{sent}++;
    }
    is $site->direct('/things/1')->status, 200, 'the next one is answered';
    is_deeply [ $site->workers ], \@before, 'by the same worker';
    is length $site->direct('/things/2')->json->{name}, 3_000_000,
        'and a large answer is whole';
};

subtest 'two pools' => sub {
    $site->stop_pool;
    my $more = "\n[pool second]\nlisten = second.sock\nworkers = 1\n"
        . "listen_group =\n";
    $site->write_ini(1, {});
    spew($site->config, slurp($site->config) . $more);
    my $routes = slurp("$site->{home}/routes.ini");
    spew("$site->{home}/routes.ini",
        $routes =~ s/(route other\])/$1\npool = second/r);
    $site->start_pool;
    my $second = "$site->{home}/second.sock";
    $site->{sent} += 2;
    is fcgi_get($second, '/others/1')->status, 200, 'each serves its own';
    is $site->direct('/things/1')->status, 200, 'routes';
    problem_ok fcgi_get($second, '/things/1'), 503, 'not those of another';
    $site->claim(qr/belongs to \[pool main\]/);
    $site->stop_pool;
    ok !-e $second, 'both sockets are removed';
    spew("$site->{home}/routes.ini", $routes);
    restart_with({});
};

subtest 'odd requests get an answer' => sub {
    my %status = (
        'no method' => [ 400, DOCUMENT_URI => '/things/1' ],
        'no path' => [ 400, REQUEST_METHOD => 'GET' ],
        'a path without a slash' => [ 400, REQUEST_METHOD => 'GET',
            DOCUMENT_URI => 'things/1' ],
        'only the encoded path' => [ 200, REQUEST_METHOD => 'GET',
            REQUEST_URI => '/%74hings/%31?_=1', QUERY_STRING => '_=1' ],
        'the method twice' => [ 200, REQUEST_METHOD => 'GET',
            REQUEST_METHOD => 'PUT', DOCUMENT_URI => '/things/1' ],
    );
    for my $name (sort keys %status) {
        my ($expected, @params) = @{ $status{$name} };
        my $socket = fcgi_connect($site->socket);
        print {$socket} fcgi_request(\@params);
        $socket->flush;
        $site->{sent}++;
        my ($out, undef, $whole) = fcgi_answer($socket);
        ok $whole, "$name: an answer";
        my $answer = Byline::Test::Response->from_cgi($out);
        ok $answer->status == $expected
            || ($expected == 400 && $answer->status =~ /^40[045]$/),
            "$name: " . $answer->status;
        like $answer->header('X-Request-Id'), qr/^[0-9A-Za-z-]{16,}$/,
            "$name: an id is made up";
    }
    my $evil = $site->direct('/things/1', params => []);
    my $socket = fcgi_connect($site->socket);
    print {$socket} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/things/1', QUERY_STRING => '',
        REQUEST_ID => "x\r\nX-Evil: yes" ]);
    $socket->flush;
    $site->{sent}++;
    my ($out) = fcgi_answer($socket);
    unlike $out, qr/^X-Evil/m, 'an id with a line end makes no header';
};

subtest 'a request whose client is gone is not run' => sub {
    my $lock = $site->pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    my $mark = $site->pg->mark;
    my $first = fcgi_connect($site->socket);
    print {$first} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/things/1', QUERY_STRING => '' ]);
    $first->flush;
    wait_for('the worker to be busy', sub {
        $site->pg->sql("SELECT count(*) FROM pg_stat_activity WHERE
            usename = 'byline' AND wait_event_type = 'Lock'") > 0;
    });
    my $second = fcgi_connect($site->socket);
    print {$second} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/others/1', QUERY_STRING => '' ]);
    $second->flush;
    close $second;
    $lock->('COMMIT;');
    my ($out) = fcgi_answer($first);
    like $out, qr/"id":1/, 'the one before it is answered';
    $site->{sent} += 2;
    is $site->direct('/things/1')->status, 200, 'and the one after it';
    is_deeply [ grep { $_->{text} =~ /others/ }
        $site->pg->statements($mark) ], [], 'nothing was asked for it';
};

subtest 'workers of another manager' => sub {
    $site->stop_pool;
    SKIP: {
        my ($spawn) = grep { -x } map { "$_/spawn-fcgi" }
            split /:/, $ENV{PATH};
        skip 'spawn-fcgi is not installed', 1 if !$spawn;
        my ($status, $out, $err) = run_program([ $spawn, '-s', $site->socket,
            '-M', '0660', '-F', 4, '--', binary(), 'worker', '-c',
            $site->config ], keep_parent => 1);
        is $status, 0, "spawn-fcgi starts workers: $out$err";
        my @workers = wait_for('four workers', sub {
            my @now = grep { slurp("/proc/$_/comm") eq "byline\n" }
                children($$);
            return @now == 4 ? \@now : 0;
        });
        is $site->get('/things/1')->status, 200, 'they answer through nginx';
        my @status = map { $site->get('/things/1')->status } 1 .. 10;
        is_deeply \@status, [ (200) x 10 ], 'time and again';
        my ($one, @rest) = @{ $workers[0] };
        kill 'TERM', $one;
        wait_for('its end', sub { waitpid($one, 1) != 0 });
        is $?, 0, 'TERM ends one, with status 0';
        is $site->get('/things/1')->status, 200, 'the others answer';
        kill 'TERM', @rest;
        for my $pid (@rest) {
            wait_for('its end', sub { waitpid($pid, 1) != 0 });
        }
    }
    unlink $site->socket;
    my $listen = IO::Socket::UNIX->new(Local => $site->socket, Listen => 8);
    my $pid = spawn([ binary() ], stdin_handle => $listen,
        env => { BYLINE_CONFIG => $site->config }, stdout => $site->{log});
    is $site->direct('/things/1')->status, 200,
        'byline without a command serves a socket that it inherits';
    is stop_process($pid), 0, 'and ends by TERM';
    my ($status, undef, $err) = byline('worker', '-c', $site->config);
    isnt $status, 0, 'a worker without a socket does not start';
    like $err, qr/socket/, 'and says what it needs';
};

done;
