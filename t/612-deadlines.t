# Whatever PostgreSQL is asked, and whenever it falls silent, the answer comes
# before the worker counts as stuck. A relay in front of the server holds what
# comes, or cuts the connection once it is done.
use Byline::Test;
use Byline::Test::Load qw(load_schema load_resources load_routes load_queries);
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(time);

my $pg = Byline::Test::Postgres->new;
my $relay = dir() . '/relay';
mkdir $relay;

# "hold PATTERN": what fits and all after it is kept from the server. "cut
# PATTERN": the server gets it, and its answer gets nowhere.
sub rule { return spew("$relay/rule", $_[0] // '') }

# One connection, both ways, as long as both ends are there.
sub pass_on
{
    my ($client) = @_;
    my $server = IO::Socket::UNIX->new(
        Peer => "$pg->{host}/.s.PGSQL.$pg->{port}") or return;
    my $select = IO::Select->new($client, $server);
    my $mode = 'pass';
    while (1) {
        for my $from ($select->can_read) {
            my $is_client = $from == $client;
            sysread $from, my $bytes, 65536 or return;
            my ($todo, $pattern) = slurp("$relay/rule") =~ /^(\w+) (.*)/;
            $mode = $todo
                if $is_client && defined $todo && $bytes =~ /$pattern/s;
            next if $mode eq 'hold';
            # ReadyForQuery ends what the server has to say.
            return if $mode eq 'cut' && !$is_client && $bytes =~ /Z\x00{3}\x05.\z/s;
            next if $mode eq 'cut' && !$is_client;
            syswrite $is_client ? $server : $client, $bytes;
        }
    }
}

sub start_relay
{
    my $listener = IO::Socket::UNIX->new(Listen => 10,
        Local => "$relay/.s.PGSQL.5432") or die "relay: $!";
    rule();
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    local $SIG{CHLD} = 'IGNORE';
    local $SIG{TERM} = 'DEFAULT';
    while (my $client = $listener->accept) {
        next if fork;
        pass_on($client);
        POSIX::_exit(0);
    }
    POSIX::_exit(0);
}

my $relay_pid = start_relay();
my $routes = load_routes() =~ s/^limit +=.*/filterable = id(eq)/mr;
my $site = site(postgres => $pg, nginx => 0, workers => 1,
    schema => load_schema(), resources => load_resources(),
    routes => $routes, queries => load_queries(), ini => {
        'database main' => {
            conninfo => "host=$relay port=5432 dbname=byline user=byline",
            lock_timeout => '100ms', statement_timeout => '500ms',
            connect_timeout => '500ms' },
        'pool main' => { request_timeout => '2500ms' } });
my @workers = $site->workers;
$site->claim(qr/"no database: /, qr/did not answer in time/,
    qr/anybody can run/, qr/connection lost/, qr/no time is left/);
$pg->claim(qr/08006 connection to client lost|57P01|57014/);

sub hang_up
{
    $pg->sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE usename = 'byline'");
}

sub post
{
    my ($path, $tag) = @_;
    return $site->direct($path, method => 'POST', json => { tag => $tag });
}

sub stored
{
    my ($tag) = @_;
    return $site->sql("SELECT count(*) FROM notes WHERE tag = '$tag'");
}

# The answer of the code, in time, and by a worker that is still the same
# afterwards, when the rule is gone.
sub in_time
{
    my ($name, $rule, $status, $code) = @_;
    subtest $name => sub {
        rule($rule);
        my $start = time;
        my $answer = $code->();
        my $took = time - $start;
        rule();
        cmp_ok $took, '<', 2.5, sprintf 'in time: %.3fs', $took;
        ok $answer, 'there is an answer' or return;
        problem_ok $answer, $status, 'which says so, and when to come again';
        wait_for('service', sub { $site->health('ready') == 200 });
        is_deeply [ $site->workers ], \@workers, 'nobody died';
    };
}

subtest 'a server that falls silent' => sub {
    in_time('while it is connected to', 'hold user.byline', 503, sub {
        hang_up();
        return $site->direct('/things/1');
    });
    in_time('at the settings', 'hold SET TimeZone', 503, sub {
        hang_up();
        return $site->direct('/things/1');
    });
    in_time('when asked for the catalog', 'hold pg_attribute', 503, sub {
        hang_up();
        return $site->direct('/things/1');
    });
    in_time('at the first statement to prepare', 'hold ^P.*INSERT', 503, sub {
        hang_up();
        return post('/notes', 'never');
    });
    in_time('at a read', 'hold .', 504, sub {
        return $site->direct('/things/1');
    });
    in_time('at a read that is composed', 'hold .', 504, sub {
        return $site->direct('/things?id=1');
    });
    in_time('at a read that comes again, and is prepared', 'hold ^P', 504,
        sub {
            rule();
            is $site->direct('/things?id=2')->status, 200, 'once';
            rule('hold ^P');
            return $site->direct('/things?id=2');
        });
    in_time('at a write', 'hold .', 504, sub { post('/notes', 'never') });
    in_time('at own SQL', 'hold .', 504, sub { post('/own', 'never') });
    in_time('when asked whether it is there', 'hold .', 504, sub {
        return $site->direct('/health/ready');
    });
    is stored('never'), 0, 'nothing of it was done';
};

subtest 'a connection that goes before the answer' => sub {
    my %path = (create => '/notes', own => '/own');
    for my $name (sort keys %path) {
        rule('cut ^[PB]');
        my $answer = post($path{$name}, $name);
        rule();
        problem_ok $answer, 503, "$name: nobody knows";
        is stored($name), 1, 'it was done, and once';
        wait_for('service', sub { $site->health('ready') == 200 });
    }
    rule('cut ^[PB].*');
    my $answer = $site->direct('/things/1');
    problem_ok $answer, 503, 'a read finds no connection that lasts';
    rule();
    wait_for('service', sub { $site->health('ready') == 200 });
};

# Each try takes its time, and fails in a way that is worth another.
subtest 'tries that add up' => sub {
    $site->sql(<<'SQL');
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(0.9);
    RAISE EXCEPTION 'again' USING ERRCODE = '40001';
END $$;
CREATE TRIGGER again BEFORE INSERT ON notes
    FOR EACH ROW WHEN (NEW.tag = 'again') EXECUTE FUNCTION again();
SQL
    $site->stop_pool;
    $site->write_ini(1, { 'database main' => { lock_timeout => '100ms',
        statement_timeout => '1500ms', connect_timeout => '100ms' },
        'pool main' => { request_timeout => '2200ms' } });
    $site->start_pool;
    @workers = $site->workers;
    $pg->claim(qr/^ERROR 40001 again/);
    $site->count('POST', 2);
    in_time('a serialization failure', undef, 504,
        sub { post('/notes', 'again') });
};

$site->stop;
kill 'TERM', $relay_pid;
waitpid $relay_pid, 0;
done;
