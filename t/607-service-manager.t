# What systemd does for a service: it hands over sockets, so that another
# binary takes over without a refused connection, and it is told how service
# stands (sd_listen_fds(3), sd_notify(3)).
use Byline::Test;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM SOCK_STREAM);

my $schema = 'CREATE TABLE things (id integer PRIMARY KEY);
    INSERT INTO things SELECT generate_series(1, 9);';
my $site = site(schema => $schema,
    resources => "[resource things]\ncolumns = id\n",
    routes => <<'INI', workers => 2, nginx => 0);
[route thing]
match    = GET /things/:id
handler  = item
resource = things
INI
$site->stop_pool;

# As systemd does it: descriptor 3 listens, LISTEN_PID is the program's.
my $socket = $site->socket;
my $listener = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $socket,
    Listen => 64) or die "$socket: $!";
chmod 0666, $socket;
my $inbox = "$site->{home}/notify";
my $notify = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $inbox)
    or die "$inbox: $!";
$notify->blocking(0);

sub start
{
    my (%env) = @_;
    my $n = fileno $listener;
    $site->{pid} = spawn([ 'bash', '-c',
        "exec 3<&$n; LISTEN_PID=\$\$ exec \"\$@\"", 'bash', binary(), 'serve',
        '-c', $site->config ], cwd => $site->{home}, stdout => $site->{log},
        name => 'byline', env => { LISTEN_FDS => 1, NOTIFY_SOCKET => $inbox,
            %env });
    return;
}

my @told;

# Waits for a message with that line; those before it are in @told.
sub told_ok
{
    my ($line) = @_;
    my $is_there = eval {
        wait_for($line, sub {
            while (defined $notify->recv(my $text, 4096)) {
                push @told, $text;
                return 1 if $text =~ /^\Q$line\E(?:\n|$)/m;
            }
            return 0;
        });
    };
    ok $is_there, "systemd is told $line" or diag explain \@told;
}

{
    no warnings 'once';
    $^F = 63;    # descriptors of ours that children inherit
}
fcntl $listener, 2, 0;

subtest 'a socket that is handed over' => sub {
    start();
    told_ok('READY=1');
    $site->wait_until_ready;
    is $site->direct('/things/1')->status, 200, 'is served';
    kill 'HUP', $site->{pid};
    told_ok('RELOADING=1');
    like $told[-1], qr/^MONOTONIC_USEC=\d+$/m, 'with its time';
    told_ok('READY=1');
    is $site->direct('/things/1')->status, 200, 'also after a reload';
};

subtest 'one takes over from another' => sub {
    my $load = $site->load([ '/things/1', 200 ], [ '/things/99', 404 ]);
    for my $round (1 .. 3) {
        is $site->stop_pool, 0, 'one ends';
        told_ok('STOPPING=1');
        ok -S $socket, 'its socket stays';
        start();
        told_ok('READY=1');
    }
    my ($count, @failed) = $load->();
    cmp_ok $count, '>', 5, "there was load: $count requests";
    is_deeply \@failed, [], 'no request failed, no connection was refused';
};

subtest 'the watchdog' => sub {
    $site->stop_pool;
    start(WATCHDOG_USEC => 1_000_000);
    told_ok('WATCHDOG=1') for 1 .. 3;
    $site->stop_pool;
};

subtest 'a socket that no pool has' => sub {
    my $other = "$site->{home}/other.sock";
    rename $socket, $other;
    start();
    wait_for('the log', sub { slurp($site->{log}) =~ /was handed over/ });
    $site->wait_until_ready;
    is $site->direct('/things/1')->status, 200,
        'is left alone, and the pool has its own';
    $site->stop_pool;
    ok !-e $socket, 'which goes with it';
    $site->claim(qr/was handed over/);
    rename $other, $socket;
};

subtest 'variables that are not for us' => sub {
    unlink $socket;
    $site->{pid} = spawn([ binary(), 'serve', '-c', $site->config ],
        cwd => $site->{home}, stdout => $site->{log}, name => 'byline',
        env => { LISTEN_FDS => 1, LISTEN_PID => 1, NOTIFY_SOCKET => 'x',
            WATCHDOG_USEC => 'abc' });
    $site->wait_until_ready;
    is $site->direct('/things/1')->status, 200, 'change nothing';
    $site->stop_pool;
};

subtest 'a configuration that cannot serve' => sub {
    my $ini = slurp($site->config);
    spew($site->config, "$ini\n[pool main]\nwrong = 1\n");
    my ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    is $status, 78, 'has the status that systemd does not restart (EX_CONFIG)';
    like $err, qr/\[pool main\]/, '... and words';
    spew($site->config, $ini);
    spew("$site->{home}/resources.ini", "[resource things]\ncolumns = id, x\n");
    $site->write_ini(2, { byline => { on_schema_mismatch => 'refuse' } });
    ($status, undef, $err) = $site->byline('serve', { timeout => 10 });
    is $status, 78, 'so has one that must fit its database and does not';
};

done;
