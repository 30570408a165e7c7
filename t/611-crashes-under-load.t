# The database crashes, its processes are killed or stand still, its places
# are taken, it only reads: all of that while clients read and write. They are
# told 503 or 504 at the worst, no write that was acknowledged is lost, and
# none is done twice.
use Byline::Test;
use Byline::Test::Load qw(load_schema load_resources load_routes load_queries);
use Time::HiRes qw(time);

my %short = (lock_timeout => '300ms', statement_timeout => '1s',
    connect_timeout => '1s');
my $site = site(schema => load_schema(), resources => load_resources(),
    routes => load_routes(), queries => load_queries(), workers => 4,
    ini => { 'database main' => \%short });
my $pg = $site->pg;
my $backends = "FROM pg_stat_activity WHERE usename = 'byline'";

# What is acknowledged has to be on its way to the disk; and few places, so
# that they are soon taken.
$pg->sql('ALTER SYSTEM SET synchronous_commit = on');
$pg->sql('ALTER SYSTEM SET max_connections = 12');
$pg->stop;
$pg->start;

# What is said meanwhile is expected, in every log.
$pg->claim(qr/57P0[123]|08006 connection to client lost|25006|53300|57014/);
$pg->claim(qr/WARNING 01000 .*terminating connection because of crash/);
$site->claim(qr/"no database: /, qr/connection lost/, qr/database unable/);
$site->claim(qr/the server did not answer in time/, qr/anybody can run/);
$site->nginx->claim(qr/FastCGI sent in stderr/);

sub load { return Byline::Test::Load->new($site, clients => 6, @_) }

# Waits until all is well, that is several answers by several workers, and
# says how long it took since the database was.
sub serves
{
    my ($since) = @_;
    wait_for('service', sub { $site->health('ready') == 200 });
    note sprintf 'service after %.3fs', time - $since;
    wait_for('all of it', sub {
        return !grep { $site->direct('/things/1')->status != 200 } 1 .. 8;
    });
    my $took = time - $since;
    note sprintf 'all of it after %.3fs', $took;
    cmp_ok $took, '<', 5, 'service is soon back';
}

subtest 'nothing happens' => sub {
    my $load = load();
    $load->beat(200);
    my @answers = $load->finish('quiet');
    is scalar(grep { $_->{status} !~ /^2/ } @answers), 0,
        'all of it is answered';
};

subtest 'an immediate restart' => sub {
    my $load = load();
    my @workers = sort $site->workers;
    for my $round (1 .. 3) {
        $pg->stop('immediate');
        $load->beat;
        $pg->start;
        serves(time);
        $load->beat;
    }
    $load->finish('restart');
    is_deeply [ sort $site->workers ], \@workers, 'no worker died of it';
};

subtest 'backends are terminated' => sub {
    my $load = load();
    for my $round (1 .. 20) {
        $pg->sql("SELECT pg_terminate_backend(pid) $backends");
        $load->beat(20);
    }
    serves(time);
    $load->finish('terminated');
};

subtest 'a backend is killed, and all others with it' => sub {
    my $load = load();
    for my $round (1 .. 3) {
        my $mark = $pg->mark;
        my ($pid) = split /\n/, $pg->sql("SELECT pid $backends");
        kill 'KILL', $pid;
        wait_for('the recovery', sub { grep { $_->{text} =~
            /ready to accept/ } $pg->entries($mark) });
        serves(time);
        $load->beat;
    }
    $load->finish('killed');
};

subtest 'backends stand still' => sub {
    my $load = load();
    for my $all (0, 1) {
        my @pids = split /\n/, $pg->sql("SELECT pid $backends");
        @pids = $pids[0] if !$all;
        kill 'STOP', @pids;
        $load->beat(60);
        kill 'CONT', @pids;
        serves(time);
    }
    $load->finish('stopped');
    wait_for('the end of those that stood still', sub {
        return $pg->sql("SELECT count(*) $backends") <= 4;
    });
};

subtest 'the postmaster stands still, and its backends are gone' => sub {
    my $load = load();
    my @pids = split /\n/, $pg->sql("SELECT pid $backends");
    kill 'STOP', $pg->{pid};
    kill 'TERM', @pids;
    $load->beat(60);
    kill 'CONT', $pg->{pid};
    serves(time);
    my @answers = $load->finish('no postmaster');
    ok scalar(grep { $_->{status} == 503 } @answers), 'there was no way in';
};

subtest 'somebody else has all connections' => sub {
    my $load = load();
    # The workers stand still while others take their places.
    my @workers = $site->workers;
    kill 'STOP', @workers;
    $pg->sql("SELECT pg_terminate_backend(pid, 5000) $backends");
    my $places = $pg->sql("SELECT current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int");
    $pg->session(user => 'byline_owner')->('SELECT 1;') for 1 .. $places;
    kill 'CONT', @workers;
    $load->beat;
    $pg->end_sessions;
    wait_for('their end', sub { $pg->sql("SELECT count(*) FROM
        pg_stat_activity WHERE usename = 'byline_owner'") == 0 });
    serves(time);
    my @answers = $load->finish('no places');
    ok scalar(grep { $_->{status} == 503 } @answers), 'there was no way in';
};

subtest 'the role has no connection left' => sub {
    my $load = load();
    my $mark = $pg->mark;
    $pg->sql("ALTER ROLE byline CONNECTION LIMIT 0;
        SELECT pg_terminate_backend(pid) $backends");
    $load->beat(500);
    $pg->sql('ALTER ROLE byline CONNECTION LIMIT -1');
    serves(time);
    my $tries = grep { $_->{state} eq '53300' } $pg->entries($mark);
    my @answers = $load->finish('role');
    my $refused = grep { $_->{status} == 503 } @answers;
    cmp_ok $tries, '>', 0, 'it was tried';
    cmp_ok $tries, '<', $refused / 4,
        "but not for each request: $tries times for $refused";
};

subtest 'the database only reads' => sub {
    my $load = load();
    $pg->sql('ALTER SYSTEM SET default_transaction_read_only = on');
    $pg->sql('SELECT pg_reload_conf()');
    wait_for('the first refusal', sub { $site->direct('/notes',
        method => 'POST', json => { tag => 'x' })->status == 503 });
    $load->beat;
    my ($start, $mark) = (time, $pg->mark);
    $load->beat(500);
    my $end = time;
    my %pids = map { $_->{pid} => 1 } grep { $_->{user} eq 'byline' }
        $pg->entries($mark);
    $pg->sql("SET default_transaction_read_only = off;
        ALTER SYSTEM RESET default_transaction_read_only");
    $pg->sql('SELECT pg_reload_conf()');
    my $back = time;
    wait_for('writes', sub { $site->direct('/notes', method => 'POST',
        json => { tag => 'x' })->status == 201 });
    note sprintf 'writes after %.3fs', time - $back;
    my @answers = $load->finish('read only');
    my @meanwhile = grep { $_->{at} > $start
        && $_->{at} + $_->{seconds} < $end } @answers;
    is scalar(grep { $_->{method} eq 'GET' && $_->{status} != 200 }
        @meanwhile), 0, 'meanwhile reads are answered';
    my @refused = grep { $_->{status} == 503 } @meanwhile;
    is scalar(@refused), scalar(grep { $_->{method} eq 'POST' } @meanwhile),
        'and writes are not';
    cmp_ok scalar(keys %pids), '<', @refused / 2,
        'each of which does not cost a connection';
};

subtest 'the database lets nobody in' => sub {
    my $load = load();
    my $hba = "$pg->{data}/pg_hba.conf";
    my $before = slurp($hba);
    my $write = sub {
        open my $file, '>', $hba or die "$hba: $!";
        print {$file} @_;
        close $file;
        $pg->sql('SELECT pg_reload_conf()');
    };
    $write->("local all byline reject\n$before");
    $pg->sql("SELECT pg_terminate_backend(pid) $backends");
    $load->beat;
    $write->($before);
    serves(time);
    my @answers = $load->finish('rejected');
    ok scalar(grep { $_->{status} == 503 } @answers), 'it was told so';
    $pg->claim(qr/^FATAL 28000 pg_hba.conf rejects/);
};

done;
