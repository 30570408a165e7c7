# A private PostgreSQL: a copy of the run's template, on a Unix socket.
#
# The template has the database "byline", its owner "byline_owner" and the
# unprivileged roles "byline" and "byline_accounts", as dev/up makes them.
package Byline::Test::Postgres;

use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use IO::Handle;
use IO::Select;
use IPC::Open2;
use Byline::Test::Run qw(dir run_dir in_lock slurp spew);
use Byline::Test::Process qw(spawn stop_process wait_for run_program alive);

my $settings = <<'CONF';
listen_addresses = ''
max_connections = 60
shared_buffers = 16MB
min_wal_size = 4MB
max_wal_size = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
log_statement = all
log_parameter_max_length = 0
log_error_verbosity = terse
log_line_prefix = '[%p %u %e] '
log_checkpoints = off
log_timezone = 'UTC'
timezone = 'Pacific/Chatham'
datestyle = 'German, DMY'
CONF

sub bin
{
    my ($name) = @_;
    my @known = sort { ($b =~ m{/(\d+)/bin})[0] <=> ($a =~ m{/(\d+)/bin})[0] }
        glob '/usr/lib/postgresql/*/bin';
    for my $dir (@known, split /:/, $ENV{PATH}) {
        return "$dir/$name" if -x "$dir/$name";
    }
    croak "$name: not found (Debian: postgresql)";
}

# PostgreSQL refuses root: then it is "postgres", or else "nobody".
sub as_server
{
    return () if $> != 0;
    for my $name (qw(postgres nobody)) {
        my (undef, undef, $uid, $gid) = getpwnam $name or next;
        return ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups');
    }
    croak 'we are root, and there is neither postgres nor nobody';
}

sub give_to_server
{
    my ($path) = @_;
    my ($uid) = map { /--reuid=(\d+)/ ? $1 : () } as_server();
    chown $uid, -1, $path or croak "chown $path: $!" if defined $uid;
}

sub must_run
{
    my ($command, %o) = @_;
    my ($status, $out, $err) = run_program($command, timeout => 120, %o);
    croak "@$command: status $status\n$out$err" if $status != 0;
    return $out;
}

sub make_template
{
    my ($parent) = @_;
    mkdir $parent, 0711 or croak "$parent: $!";
    give_to_server($parent);
    my $data = "$parent/data";
    must_run([ as_server(), bin('initdb'), '-D', $data, '-U', 'postgres',
        '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N',
        '--wal-segsize=1', '--no-instructions' ], cwd => '/');
    open my $conf, '>>', "$data/postgresql.conf" or croak "conf: $!";
    print {$conf} $settings;
    close $conf;
    must_run([ as_server(), bin('postgres'), '--single', '-D', $data,
        'postgres' ], cwd => '/', input => <<'SQL');
CREATE ROLE byline_owner LOGIN
CREATE ROLE byline LOGIN
CREATE ROLE byline_accounts LOGIN
CREATE DATABASE byline OWNER byline_owner
SQL
    return $data;
}

sub template
{
    my $parent = run_dir() . '/template';
    return in_lock(template => sub {
        return "$parent/data" if -e "$parent/made";
        make_template($parent);
        spew("$parent/made", '');
        return "$parent/data";
    });
}

my $count = 0;
our @all;

# Options: port (for two clusters side by side), database.
sub new
{
    my ($class, %o) = @_;
    my $home = dir() . '/pg' . (++$count > 1 ? $count : '');
    mkdir $home, 0755 or croak "$home: $!";
    give_to_server($home);
    must_run([ 'cp', '-a', '--reflink=auto', template(), "$home/data" ]);
    my $self = bless {
        home => $home, data => "$home/data", host => $home, port => 5432,
        log => "$home/log", database => 'byline', %o, claims => [],
    }, $class;
    push @all, $self;
    return $self->start;
}

# A standby of this one, which has to have committed what this one
# acknowledges; in a directory of its own.
sub standby
{
    my ($self) = @_;
    my $home = dir() . '/pg' . ++$count;
    mkdir $home, 0755 or croak "$home: $!";
    give_to_server($home);
    must_run([ as_server(), bin('pg_basebackup'), '-D', "$home/data", '-R',
        '-c', 'fast', '-h', $self->{host}, '-p', $self->{port},
        '-U', 'postgres' ], cwd => '/');
    my $standby = bless { %$self, home => $home, data => "$home/data",
        host => $home, log => "$home/log", claims => [], sessions => [],
        pid => undef }, ref $self;
    push @all, $standby;
    $standby->start;
    $self->sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    $self->sql('ALTER SYSTEM SET synchronous_commit = on');
    $self->sql('SELECT pg_reload_conf()');
    wait_for('the standby', sub { $self->sql("SELECT count(*)
        FROM pg_stat_replication WHERE sync_state = 'sync'") == 1 });
    return $standby;
}

sub promote { return $_[0]->sql('SELECT pg_promote()') }

sub start
{
    my ($self) = @_;
    my $from = -s $self->{log} // 0;
    $self->{pid} = spawn([ as_server(), 'setpriv', '--pdeathsig', 'INT',
        bin('postgres'), '-D', $self->{data}, '-k', $self->{host},
        '-p', $self->{port} ], keep_parent => 1, cwd => '/',
        stdout => $self->{log}, name => 'postgres');
    wait_for('PostgreSQL', sub {
        alive($self->{pid})
            or croak "PostgreSQL did not start:\n" . slurp($self->{log});
        return substr(slurp($self->{log}), $from)
            =~ /ready to accept (?:read-only )?connections/;
    }, 60);
    return $self;
}

# fast by default; "immediate" is a crash; "smart" lets those who have hung
# up finish, which a fast one might meet halfway.
my %signal = (fast => 'INT', immediate => 'QUIT', smart => 'TERM');

sub stop
{
    my ($self, $mode) = @_;
    my $pid = delete $self->{pid} or return;
    $self->end_sessions;
    stop_process($pid, $signal{ $mode // 'fast' }, 30);
    return;
}

sub conninfo
{
    my ($self, $user, $database) = @_;
    return join ' ', "host=$self->{host}", "port=$self->{port}",
        'dbname=' . ($database // $self->{database}),
        'user=' . ($user // 'byline');
}

sub psql_command
{
    my ($self, %o) = @_;
    return [ bin('psql'), '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->conninfo($o{user} // 'postgres', $o{database}) ];
}

# Runs SQL as the superuser (or user => NAME); dies of an error.
# Returns the output without its last newline.
sub sql
{
    my ($self, $sql, %o) = @_;
    my $out = must_run([ @{ $self->psql_command(%o) }, '-f', '-' ],
        input => "SET timezone = 'UTC';\nSET datestyle = 'ISO';\n$sql",
        env => { PGCLIENTENCODING => 'UTF8' });
    chomp $out;
    return $out;
}

# The owner's hand: what migrations would do.
sub owner_sql
{
    my ($self, $sql, %o) = @_;
    return $self->sql($sql, user => 'byline_owner', %o);
}

# A session that stays, to hold a lock. $session->("SQL") returns its output.
sub session
{
    my ($self, %o) = @_;
    my $pid = open2(my $out, my $in, @{ $self->psql_command(%o) });
    push @{ $self->{sessions} }, [ $pid, $in ];
    my $n = 0;
    return sub {
        my ($sql) = @_;
        my $mark = 'done-' . ++$n;
        print {$in} "$sql\n\\echo $mark\n";
        $in->flush;
        my $text = '';
        while (my $line = <$out>) {
            return $text if $line eq "$mark\n";
            $text .= $line;
        }
        croak "the session ended: $sql";
    };
}

sub end_sessions
{
    my ($self) = @_;
    for my $session (@{ delete $self->{sessions} // [] }) {
        close $session->[1];
        waitpid $session->[0], 0;
    }
}

# The entries of the log between the offsets: hashes of pid, user, state,
# level, text (continuation lines included).
sub entries
{
    my ($self, $from, $to) = @_;
    my @entries;
    my $text = slurp($self->{log});
    substr($text, $to) = '' if defined $to;
    for my $line (split /\n/, substr $text, $from // 0) {
        if ($line =~ /^\[(\d+) (\S*) (\w{5})\] (\w+):  (.*)/) {
            push @entries, { pid => $1, user => $2, state => $3,
                level => $4, text => $5 };
        } elsif (@entries) {
            $entries[-1]{text} .= "\n$line";
        }
    }
    return @entries;
}

# The end of the log, to be given to entries() and statements() later.
sub mark { return -s $_[0]{log} // 0 }

# What the workers' roles sent, or the role of that name: hashes of pid, user
# and text, the SQL only.
sub statements
{
    my ($self, $from, $to, $user) = @_;
    my $wanted = defined $user ? qr/^\Q$user\E$/
        : qr/^byline(?:_accounts)?$/;
    my @found;
    for my $entry ($self->entries($from, $to)) {
        next if $entry->{user} !~ $wanted || $entry->{level} ne 'LOG';
        next if $entry->{text} !~
            /^(?:statement|execute [^:]*|fastpath[^:]*): (.*)/s;
        push @found, { pid => $entry->{pid}, user => $entry->{user},
            text => $1 };
    }
    return @found;
}

# An ERROR that a test expects.
sub claim
{
    my ($self, @patterns) = @_;
    push @{ $self->{claims} }, @patterns;
}

sub unclaimed
{
    my ($self) = @_;
    my @bad;
    for my $entry ($self->entries) {
        next if $entry->{level} !~ /^(?:ERROR|FATAL|PANIC|WARNING)$/;
        my $text = "$entry->{level} $entry->{state} $entry->{text}";
        next if grep { $text =~ $_ } @{ $self->{claims} };
        push @bad, "[$entry->{user}] $text";
    }
    return @bad;
}

1;
