# The units for systemd: what they forbid, and that byline can do without.
# None is started here: its targets would be started with it, and those are
# the host's.
use Byline::Test;

my $conf = srcdir() . '/conf/systemd';

sub has
{
    my ($program) = @_;
    return scalar grep { -x "$_/$program" } split /:/, $ENV{PATH};
}

# The directives of a unit: name => [ values ], in the order they stand.
sub directives
{
    my ($text) = @_;
    my %found;
    push @{ $found{$1} }, $2 while $text =~ /^(\w+)=(.*)$/mg;
    return \%found;
}

subtest 'what the service says' => sub {
    my $unit = directives(slurp("$conf/byline.service"));
    my %wanted = (
        Type => 'notify', RestartPreventExitStatus => '78',
        KillMode => 'mixed', OOMPolicy => 'continue',
        ExecStart => '/usr/bin/byline serve',
        ExecReload => '/usr/bin/byline reload', User => 'byline',
        PrivateNetwork => 'yes', RestrictAddressFamilies => 'AF_UNIX',
        LoadCredential => 'token:/etc/byline/secrets', LimitCORE => '0',
        NoExecPaths => '/', StartLimitIntervalSec => '0',
    );
    is_deeply $unit->{$_}, [ $wanted{$_} ], $_ for sort keys %wanted;
    my (undef, $keys) = byline('config', '--keys');
    my ($default) = $keys =~ /^pool\trequest_timeout\t\w+\t(\d+)s\t/m;
    my ($stop) = $unit->{TimeoutStopSec}[0] =~ /^(\d+)s$/;
    cmp_ok $stop, '>=', 2 * ($default + 2),
        'it waits longer than byline drains';
};

subtest 'the sockets are those that ship' => sub {
    my $unit = directives(slurp("$conf/byline.socket"));
    my $ini = slurp(srcdir() . '/conf/byline.ini.in');
    is_deeply $unit->{ListenStream}, [ map { s{\@RUNDIR\@}{/run/byline}r }
        $ini =~ /^listen +=\s*(\S+)/mg ], 'their paths';
    my ($least) = sort { $a <=> $b } $ini =~ /^;?listen_backlog +=\s*(\d+)/mg;
    is_deeply $unit->{Backlog}, [ $least ], 'the shortest queue';
    is_deeply $unit->{SocketMode}, [ $ini =~ /^;listen_mode +=\s*(\d+)/m ],
        'their mode';
};

# By what the shipped unit says, and drop-ins.
sub exposure
{
    my (@files) = @_;
    my $dir = dir() . '/units' . @files;
    mkdir $dir;
    spew("$dir/byline.service", slurp("$conf/byline.service"));
    mkdir "$dir/byline.service.d";
    spew("$dir/byline.service.d/$_", slurp("$conf/$_")) for @files;
    my (undef, $out) = run_program([ qw(systemd-analyze security
        --offline=yes --no-pager), "$dir/byline.service" ]);
    return $out =~ /Overall exposure level for byline.service: ([\d.]+)/
        ? $1 : 10;
}

subtest 'exposure' => sub {
    plan skip_all => 'there is no systemd-analyze' if !has('systemd-analyze');
    cmp_ok exposure(), '<=', 0.5, 'by Unix sockets';
    my ($status) = run_program([ qw(systemd-analyze security --offline=yes
        --threshold=5 --no-pager), "$conf/byline.service" ]);
    is $status, 0, 'also where it lies in the source';
    my $over_tcp = exposure('tcp.conf');
    cmp_ok $over_tcp, '<=', 1.5, 'with a database over TCP';
    cmp_ok $over_tcp, '>', exposure(), 'which costs something';
};

subtest 'systemd understands the units' => sub {
    plan skip_all => 'there is no systemd-analyze' if !has('systemd-analyze');
    my $dir = dir() . '/verify';
    mkdir $dir;
    my $program = binary();
    spew("$dir/$_", slurp("$conf/$_") =~ s{/usr/bin/byline\b}{$program}gr)
        for qw(byline.service byline.socket);
    mkdir "$dir/byline.service.d";
    spew("$dir/byline.service.d/tcp.conf", slurp("$conf/tcp.conf"));
    my (undef, $out, $err) = run_program([ qw(systemd-analyze verify
        --man=no), map { "$dir/$_" } qw(byline.service byline.socket) ]);
    is join('', grep { /byline/ } "$out$err" =~ /(.*\n)/g), '',
        'without a complaint';
};

# --- system calls ----------------------------------------------------------

# Those of sets, and of the sets in them.
sub calls_of
{
    my (@names) = @_;
    my %found;
    while (defined(my $name = shift @names)) {
        if ($name !~ /^@/) {
            $found{$name} = 1;
            next;
        }
        my (undef, $out) = run_program([ qw(systemd-analyze syscall-filter
            --no-pager), $name ]);
        push @names, grep { !/^#/ } map { /^ +(\S+)/ ? $1 : () }
            split /\n/, $out;
    }
    return keys %found;
}

# What the service leaves: each line adds to it or, with a ~, takes away.
sub allowed_calls
{
    my %allowed;
    my $unit = directives(slurp("$conf/byline.service"));
    for my $line (@{ $unit->{SystemCallFilter} }) {
        my $is_denied = $line =~ s/^~//;
        for my $call (calls_of(split ' ', $line)) {
            delete $allowed{$call} if $is_denied;
            $allowed{$call} = 1 if !$is_denied;
        }
    }
    return \%allowed;
}

# Requests of every handler.
sub ask_everything
{
    my ($site) = @_;
    my $anna = $site->sign_up(email => 'anna@example.org', name => 'Anna',
        password => 'a long secret', address => { street => 's', city => 'c',
            country => 'c' });
    my $id = $anna->post('/articles', { title => 'T', content => 'C' })
        ->json->{id};
    my @statuses = map { $_->status } (
        $site->get("/articles/$id"), $site->get('/articles?q=t&sort=title'),
        $anna->patch("/articles/$id", { title => 'U' }),
        $anna->put("/articles/$id", { title => 'U', content => 'D' }),
        $site->get('/statistics/authors'), $site->get('/health/ready'),
        $anna->get('/authentication'), $anna->delete("/articles/$id"),
        $anna->put('/authentication/password', { password => 'a new secret',
            currentPassword => 'a long secret' }),
        $anna->post('/authentication/log-out'));
    is_deeply \@statuses, [ (200) x 7, 204, 204, 200 ], 'everything is answered';
    return;
}

# The life of a pool: requests, a worker that dies, SIGHUP, TERM. What strace
# tells of it.
sub trace_of_life
{
    my ($site) = @_;
    my $trace = dir() . '/trace';
    $site->{pid} = spawn([ qw(strace -f -q -o), $trace, binary(), 'serve',
        '-c', $site->config ], cwd => $site->{home}, stdout => $site->{log},
        name => 'byline');
    $site->wait_until_ready;
    $site->start_nginx;
    ask_everything($site);
    my ($master) = children($site->{pid});
    my $killed = (children($master))[0];
    kill 'KILL', $killed;
    wait_for('another worker', sub {
        my @now = children($master);
        return @now == 4 && !grep { $_ == $killed } @now;
    });
    my %before = map { $_ => 1 } children($master);
    kill 'HUP', $master;
    wait_for('the next generation alone', sub {
        my @now = children($master);
        return @now == 4 && !grep { $before{$_} } @now;
    });
    is $site->get('/health/ready')->status, 200, 'ready again';
    kill 'TERM', $master;
    wait_for('the end', sub { !alive($site->{pid}) });
    delete $site->{pid};
    $site->claim(qr/was ended by signal 9/);
    return slurp($trace);
}

subtest 'system calls' => sub {
    plan skip_all => 'there is no strace' if !has('strace');
    plan skip_all => 'there is no systemd-analyze' if !has('systemd-analyze');
    plan skip_all => 'sanitizers have calls of their own'
        if slurp(binary()) =~ /__asan_init/;
    my $trace = trace_of_life(site(start => 0,
        ini => { 'pool accounts' => { nice => 5 } }));
    my %used = map { $_ => 1 } $trace =~ /^\d+ +(\w+)\(/mg;
    ok $used{$_}, "$_ was seen" for qw(execve setpriority epoll_pwait);
    my $allowed = allowed_calls();
    is_deeply [ grep { !$allowed->{$_} } sort keys %used ], [],
        'all are allowed';
    is_deeply [ grep { $_ ne 'AF_UNIX' } $trace =~ /\bsocket\((AF_\w+)/g ],
        [], 'all sockets are of Unix';
    is_deeply [ grep { /PROT_WRITE/ && /PROT_EXEC/ }
        $trace =~ /\bm(?:map|protect)\(([^)]*)/g ], [],
        'no memory is both written and run';
    is scalar(() = $trace =~ /\bexecve\(/g), 1, 'no other program is run';
};

done;
