# `byline status`: who serves, and what does not.
use Byline::Test;
use POSIX ();

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE others (id integer PRIMARY KEY, extra text);
INSERT INTO things VALUES (1, 'x');
SQL
my $site = site(schema => $schema,
    resources => "[resource things]\ncolumns = id, name\n\n"
        . "[resource others]\ncolumns = id, extra\n",
    routes => <<'INI', workers => 2);
[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route other]
match    = GET /others/:id
handler  = item
resource = others
INI

my ($status, $out, $err);
sub status { return ($status, $out, $err) = $site->byline('status') }

subtest 'all is well' => sub {
    wait_for('both workers', sub { status(); $status == 0 });
    like $out, qr/^byline \S+, process $site->{pid}, serves since \d{4}-/,
        'the master';
    like $out, qr/^\Q@{[ $site->config ]}\E: generation 1, read \d{4}-/m,
        'the configuration';
    for my $worker ($site->workers) {
        like $out, qr/^main +$worker +waits +\S+ +\S+ +\d+$/m,
            "worker $worker";
    }
    like $out, qr/^routes: 4, disabled: 0$/m, 'routes';
    is $err, '', 'nothing else';
};

subtest 'a worker that is busy' => sub {
    my $lock = $site->pg->session(user => 'byline_owner');
    $lock->('BEGIN; LOCK TABLE things;');
    my $socket = fcgi_connect($site->socket);
    $site->count('GET');
    print {$socket} fcgi_request([ REQUEST_METHOD => 'GET',
        DOCUMENT_URI => '/things/1', QUERY_STRING => '' ]);
    $socket->flush;
    wait_for('it', sub { status(); $out =~ /^main +\d+ +busy +\d/m });
    is $status, 0, 'is no failure';
    $lock->('COMMIT;');
    fcgi_answer($socket);
};

subtest 'a route that does not fit the database' => sub {
    $site->pg->sql('ALTER TABLE others DROP COLUMN extra',
        user => 'byline_owner');
    $site->direct('/others/1');
    wait_for('the workers to see it', sub {
        $site->direct('/others/1');
        status();
        return $out =~ /disabled: 1/;
    });
    is $status, 1, 'has a status of its own';
    like $out, qr/^\[route other\] is disabled since \d{4}-.* does not fit/m,
        'and is named';
    $site->pg->sql('ALTER TABLE others ADD COLUMN extra text;
        GRANT SELECT (extra) ON others TO byline', user => 'byline_owner');
    wait_for('both to see that it is back', sub {
        $site->direct('/others/1');
        status();
        return $status == 0;
    });
    like $out, qr/disabled: 0/, 'it is back';
    $site->claim(qr/\[route other\]|others has no column/);
    $site->pg->claim(qr/ERROR/);
};

subtest 'no database' => sub {
    $site->pg->stop;
    wait_for('the workers to see it', sub {
        $site->direct('/things/1');
        status();
        return $out =~ /no database/;
    });
    is $status, 1, 'has a status of its own';
    $site->pg->start;
    wait_for('the workers to be back',
        sub { $site->direct('/things/1'); status(); $status == 0 });
    pass 'it is back';
    $site->claim(qr/no database/);
    $site->pg->claim(qr/FATAL 57P01/);
};

# A scoreboard is written by the pools, whom root need not believe.
subtest 'a scoreboard that was tampered with' => sub {
    my $path = $site->socket . '.scoreboard';
    my $whole = slurp($path);
    for my $at (map { 8 * $_ } 0 .. length($whole) / 8 - 1) {
        substr(my $odd = $whole, $at, 8) = "\x7f\xff\e[2J\xff\xff\xff";
        open my $file, '+<:raw', $path or die "$path: $!";
        syswrite $file, $odd;
        close $file;
        next if $at % 64;
        status();
        next if $status =~ /^[013]$/ && "$out$err" !~ /\e/;
        fail "$at: $status";
    }
    open my $file, '+<:raw', $path or die "$path: $!";
    syswrite $file, $whole;
    close $file;
    pass 'is printed as well as can be';
};

subtest 'nobody serves' => sub {
    my $scoreboard = $site->socket . '.scoreboard';
    ok -e $scoreboard, 'the scoreboard is beside the socket';
    is sprintf('%o', (stat $scoreboard)[2] & 07777), '640',
        'and not for everybody';
    kill 'KILL', $site->{pid};
    stop_process(delete $site->{pid});
    status();
    is $status, 3, 'has a status of its own, also after a violent end';
    like $err, qr/nobody serves/, '... and is said';
    $site->start_pool;
    status();
    isnt $status, 3, 'the stale scoreboard is replaced';
    $site->stop_pool;
    ok !-e $scoreboard, 'and gone in the end';
    status();
    is $status, 3, 'as before';
    spew($scoreboard, 'x' x 10000);
    status();
    is $status, 3, 'a file of nobody is none';
    unlink $scoreboard;
    POSIX::mkfifo($scoreboard, 0600);
    status();
    is $status, 3, 'nor is a pipe waited for';
    unlink $scoreboard;
};

done;
