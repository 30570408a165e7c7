# A site: PostgreSQL, its schema, the configuration, a pool, nginx.
package Byline::Test::Site;

use strict;
use warnings;
use Carp qw(croak);
use POSIX ();
use Byline::Test::Account;
use Byline::Test::Client qw(curl);
use Byline::Test::FastCGI qw(fcgi_get);
use Byline::Test::Names qw(rename_sql rename_resources rename_routes
    rename_names);
use Byline::Test::Nginx;
use Byline::Test::Postgres;
use Byline::Test::Process qw(spawn stop_process wait_for run_program alive
    children);
use Byline::Test::Run qw(dir srcdir binary slurp spew free_port);
use Byline::Test::Token qw(make_token);

our @all;
my $count = 0;

# Options, all of them optional:
#   conf               a directory of conf/: its files are the shipped ones
#                      then, and its migrations, if it has some
#   resources, routes  text of the INI; without: the shipped one
#   queries            { name => SQL }: files queries/name.sql; without: the
#                      shipped ones
#   schema             SQL the owner runs instead of the shipped migrations, or
#                      code that gets the site and makes its tables
#   sql                SQL the owner runs after that
#   ini                { section => { key => value } }: over the defaults;
#                      undef for a section or a value: without it
#   workers            of the main pool (2)
#   accounts           1, 0: with or without [accounts] and [token]; else with
#                      them when routes or resources need an identity
#   limit              1: nginx limits the accounts pool as it ships
#   cache              1: nginx keeps what the routes say; else nothing
#   health             0: do not add the health routes to `routes`
#   start, nginx       0: do not start the pool, or nginx
#   patience           0: silent peers are dropped as soon as it ships
#   postgres           a cluster that is already there
#   database           a new database of that name, instead of "byline"
#   renamed            1: the shipped schema under other names
sub new
{
    my ($class, %o) = @_;
    my $name = 'site' . ++$count;
    my $home = dir() . "/$name";
    mkdir $home, 0755 or croak "$home: $!";
    my $self = bless { home => $home, claims => [], sent => 0, written => 0,
        sets => 0, conf => $o{conf}, renamed => $o{renamed},
        log => "$home/log", limit => $o{limit}, cache => $o{cache},
        patience => $o{patience} // 1,
        nginx_wanted => $o{nginx} // 1, https => free_port() }, $class;
    push @all, $self;
    $self->{pg} = $o{postgres} // Byline::Test::Postgres->new;
    $self->{database} = $o{database} // 'byline';
    $self->{from} = $self->pg->mark;
    $self->pg->sql("CREATE DATABASE $o{database} OWNER byline_owner")
        if $o{database};
    $self->configure(%o);
    $self->prepare_database(%o);
    $self->start if $o{start} // 1;
    return $self;
}

sub pg { return $_[0]{pg} }
sub config { return "$_[0]{home}/byline.ini" }
sub socket { return "$_[0]{home}/" . ($_[1] // 'main') . '.sock' }

# What browsers see it as, and the Origin of its own pages.
sub public_url { return "https://localhost:$_[0]{https}" }

my $health = <<'INI';

[route live]
match   = GET /health/live
handler = health

[route ready]
match    = GET /health/ready
handler  = health
database = on
INI

sub shipped
{
    my ($name, $conf) = @_;
    my $path = 'conf/' . (defined $conf ? "$conf/" : '') . $name;
    my $text = slurp(srcdir() . "/$path");
    croak "$path: not there" if $text eq '';
    return $text;
}

# A section of the byline.ini that ships with the directory; what is not of the
# API or the accounts is about the host.
sub shipped_section
{
    my ($name, $conf) = @_;
    return if !defined $conf;
    my ($text) = shipped('byline.ini.in', $conf)
        =~ /^\[$name\]\n(.*?)(?=^\[|\z)/ms or return;
    return ($name => { $text =~ /^(\w+)[ ]*=[ ]*(.*?)[ ]*(?:;.*)?$/mg });
}

sub configure
{
    my ($self, %o) = @_;
    my $resources = $o{resources} // shipped('resources.ini', $o{conf});
    my $routes = $o{routes} // shipped('routes.ini', $o{conf});
    if ($self->{renamed}) {
        $resources = rename_resources($resources);
        $routes = rename_routes($routes);
    }
    $routes .= $health
        if defined $o{routes} && ($o{health} // 1) && $routes !~ m{/health/};
    spew("$self->{home}/resources.ini", $resources);
    spew("$self->{home}/routes.ini", $routes);
    $self->write_queries($o{queries} // shipped_queries());
    $self->write_ini($o{workers}, { $self->accounts_pool($routes),
        $self->accounts("$routes\n$resources", %o) },
        { shipped_section('api', $o{conf}) }, $o{ini} // {});
}

sub shipped_queries
{
    my %queries;
    for my $path (glob srcdir() . '/conf/queries/*.sql') {
        my ($name) = $path =~ m{([^/]+)\.sql$};
        $queries{$name} = slurp($path);
    }
    return \%queries;
}

# The files of own SQL, under the names of this site.
sub write_queries
{
    my ($self, $queries) = @_;
    mkdir "$self->{home}/queries", 0755;
    for my $name (sort keys %$queries) {
        my $sql = $queries->{$name};
        spew("$self->{home}/queries/$name.sql",
            $self->{renamed} ? rename_sql($sql) : $sql);
    }
}

# The sections of the second pool, when a route names it.
sub accounts_pool
{
    my ($self, $routes) = @_;
    return if $routes !~ /^pool\s*=\s*accounts\b/m;
    return (
        'database accounts' =>
            { conninfo => $self->conninfo('byline_accounts') },
        'pool accounts' => { database => 'accounts', listen => 'accounts.sock',
            listen_group => '', workers => 2 },
    );
}

# The sections of identity, and the secret that signs.
sub accounts
{
    my ($self, $text, %o) = @_;
    my $wanted = $o{accounts}
        // $text =~ /^(?:auth\s*=\s*(?!none)\w|(?:owner|hash)\s*=
        |handler\s*=\s*(?:log_in|log_out|set_password)\b)/mx;
    return if !$wanted;
    mkdir "$self->{home}/secrets", 0700;
    $self->{secret} = join '', map { ('a' .. 'z', 0 .. 9)[ rand 36 ] } 1 .. 48;
    chmod 0400, spew("$self->{home}/secrets/test.key", $self->{secret});
    my %column = (login => 'email', password => 'password', role => 'role',
        since => 'tokens_since');
    %column = map { $_ => rename_names($column{$_}) } keys %column
        if $self->{renamed};
    my (undef, $shipped) = shipped_section('accounts', $o{conf});
    my %accounts = (resource => 'users', %column, %{ $shipped // {} });
    $self->{members} = [ @accounts{qw(login password)} ]
        if !$self->{renamed};
    return (
        accounts => { %accounts, bcrypt_cost => 4 },
        token => { secrets => 'secrets/*.key' },
    );
}

# A token as this site would make it, or as it would not: the claims over
# {userId, iat, exp}, and options of Token::make_token.
sub forge
{
    my ($self, $claims, %o) = @_;
    my %claims = (iat => time, exp => time + 3600, %{ $claims // {} });
    delete @claims{ grep { !defined $claims{$_} } keys %claims };
    return make_token(\%claims, secret => $self->{secret}, %o);
}

sub write_ini
{
    my ($self, $workers, @more) = @_;
    my %ini = (
        byline => { resources => 'resources.ini', routes => 'routes.ini',
            public_url => '"' . $self->public_url . '"' },
        'database main' => { conninfo => $self->conninfo('byline') },
        'database owner' => { conninfo => $self->conninfo('byline_owner') },
        'pool main' => { listen => 'main.sock', listen_group => '',
            workers => $workers // 2 },
        migrations => { directory => $self->migrations,
            database => 'owner' },
        log => { format => 'json', level => 'info' },
    );
    for my $more (@more) {
        for my $section (keys %$more) {
            $ini{$section} = $more->{$section} && { %{ $ini{$section} // {} },
                %{ $more->{$section} } };
        }
    }
    my $text = '';
    for my $section (grep { $ini{$_} } sort keys %ini) {
        $text .= "[$section]\n";
        $text .= "$_ = $ini{$section}{$_}\n"
            for grep { defined $ini{$section}{$_} }
            sort keys %{ $ini{$section} };
    }
    spew($self->config, $text);
}

sub conninfo
{
    my ($self, $user) = @_;
    return $self->pg->conninfo($user, $self->{database});
}

# Those of the directory, or the shipped migrations, or their renamed copy.
sub migrations
{
    my ($self) = @_;
    my $own = srcdir() . '/conf/' . ($self->{conf} // '') . '/migrations';
    return $own if -d $own;
    my $shipped = srcdir() . '/migrations';
    return $shipped if !$self->{renamed};
    my $copy = "$self->{home}/migrations";
    mkdir $copy;
    for my $path (glob "$shipped/*.sql") {
        spew("$copy/" . ($path =~ s{.*/}{}r), rename_sql(slurp($path)));
    }
    return $copy;
}

# Runs a subcommand with this site's configuration:
# (exit status, stdout, stderr).
sub byline
{
    my ($self, $command, @args) = @_;
    my %o = ref $args[-1] ? %{ pop @args } : ();
    return run_program([ binary(), $command, '-c', $self->config, @args ],
        cwd => $self->{home}, %o);
}

# The same, when it has to succeed; returns its stdout.
sub must
{
    my ($self, @args) = @_;
    my ($status, $out, $err) = $self->byline(@args);
    croak "byline @args: status $status\n$out$err" if $status != 0;
    return $out;
}

sub prepare_database
{
    my ($self, %o) = @_;
    if (ref $o{schema}) {
        $o{schema}->($self);
    } elsif (defined $o{schema}) {
        $self->sql($o{schema});
    } else {
        $self->must('migrate');
    }
    $self->sql($o{sql}) if defined $o{sql};
    $self->grant;
}

# What every pool's role needs.
sub grant
{
    my ($self) = @_;
    $self->pg->owner_sql($self->must('grants'),
        database => $self->{database});
}

# SQL of the owner, under the names of this site.
sub sql
{
    my ($self, $sql) = @_;
    return $self->pg->owner_sql($self->{renamed} ? rename_sql($sql) : $sql,
        database => $self->{database});
}

sub start
{
    my ($self) = @_;
    $self->start_pool;
    $self->start_nginx if $self->{nginx_wanted};
    return $self;
}

sub start_pool
{
    my ($self, %o) = @_;
    $self->{pid} = spawn([ binary(), 'serve', '-c', $self->config ],
        cwd => $self->{home}, stdout => $self->{log}, name => 'byline',
        env => $self->patience, %{ $o{spawn} // {} });
    $self->wait_until_ready if $o{wait} // 1;
    return $self;
}

# A worker drops who connects and is silent for half a second, and on a busy
# machine a test can be that slow; patience => 0 keeps what ships.
sub patience
{
    my ($self) = @_;
    return $self->{patience}
        ? { LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT => 10_000 } : {};
}

# The status of one route of health, straight from the pool; 0 when there
# is no answer.
sub health
{
    my ($self, $name) = @_;
    $self->{sent}++;
    my $answer = fcgi_get($self->socket, "/health/$name") or return 0;
    return $answer->status;
}

sub wait_until_ready
{
    my ($self) = @_;
    wait_for('the pool', sub {
        alive($self->{pid})
            or croak "the pool ended:\n" . slurp($self->{log});
        return $self->health('ready') == 200;
    }, 60);
}

sub stop_pool
{
    my ($self, $signal) = @_;
    my $pid = delete $self->{pid} or return;
    return $self->{exit} = stop_process($pid, $signal // 'TERM', 20);
}

# The pids of the workers, all pools together.
sub workers { return $_[0]{pid} ? children($_[0]{pid}) : () }

# Requests straight to the main pool, in another process, one after the other
# until it is told to end: each [path, status] in turn. Returns code that ends
# it and returns (requests, those that were answered otherwise).
sub load
{
    my ($self, @cases) = @_;
    pipe my $from_child, my $to_parent or croak "pipe: $!";
    pipe my $leash, my $hand or croak "pipe: $!";
    my $pid = fork // croak "fork: $!";
    if (!$pid) {
        my ($count, @failed) = (0);
        close $hand;
        vec(my $held = '', fileno $leash, 1) = 1;
        while (!select my $ended = $held, undef, undef, 0) {
            for my $case (@cases) {
                my $answer = fcgi_get($self->socket, $case->[0]);
                my $status = $answer ? $answer->status : 'none';
                push @failed, "$case->[0] $status" if $status ne $case->[1];
                $count++;
            }
        }
        print {$to_parent} join "\n", $count, @failed;
        close $to_parent;
        POSIX::_exit(0);
    }
    close $to_parent;
    return sub {
        syswrite $hand, '.';
        my ($count, @failed) = split /\n/, do { local $/; <$from_child> };
        waitpid $pid, 0;
        $self->{sent} += $count;
        return ($count, @failed);
    };
}

sub start_nginx
{
    my ($self, %o) = @_;
    $self->{nginx} = Byline::Test::Nginx->new(home => "$self->{home}/nginx",
        socket => $self->socket, https => $self->{https},
        limit => $self->{limit}, cached => $self->{cache}
            ? $self->must('routes', '--cached') : '', %o);
}

sub nginx { return $_[0]{nginx} }

sub stop
{
    my ($self) = @_;
    $self->nginx->stop if $self->nginx;
    $self->stop_pool;
    $self->{to} //= $self->pg->mark;
}

# That so many requests are sent, and what they may cost: a read one
# statement, a write three, and one more for each set of keys that it writes
# and for an Idempotency-Key.
sub count
{
    my ($self, $method, $n, $sets) = @_;
    $self->{sent} += $n // 1;
    $self->{sets} += ($n // 1) * ($sets // 0);
    $self->{written} += $n // 1
        if ($method // 'GET') !~ /^(?:GET|HEAD|OPTIONS)$/;
}

sub allowed { return $_[0]{sent} + 2 * $_[0]{written} + $_[0]{sets} }

# How many statements more a request may cost, by its options.
sub more
{
    my ($o) = @_;
    return ($o->{sets} // 0)
        + grep { /^Idempotency-Key[:;]/i } @{ $o->{headers} // [] };
}

# One request through nginx over HTTPS; options as of Client::headers_of and
# Client::options, and `sets`, how many sets of keys it writes.
sub request
{
    my ($self, $method, $path, %o) = @_;
    return scalar $self->requests({ method => $method, path => $path, %o });
}

# Many requests by one client, in their order: hashes with `path`.
sub requests
{
    my ($self, @requests) = @_;
    $self->count($_->{method}, 1, more($_)) for @requests;
    return curl(map { { $self->nginx->target($_), %$_ } } @requests);
}

sub get
{
    my ($self, $path, %o) = @_;
    return $self->request('GET', $path, %o);
}

sub get_all
{
    my ($self, @paths) = @_;
    return $self->requests(map { { path => $_ } } @paths);
}

# One request straight to a pool, "main" if none is given; options as of
# FastCGI::fcgi_get, and `sets`.
sub direct
{
    my ($self, $uri, %o) = @_;
    $self->count($o{method}, 1, more(\%o));
    delete $o{sets};
    return fcgi_get($self->socket(delete $o{pool}), $uri, %o);
}

# What a body calls login and password.
sub members { return @{ $_[0]{members} // [qw(email password)] } }

sub cookie_name { return 'Authentication' }

# Makes an account, with the members that are given, and logs in to it. It is
# a Byline::Test::Account.
sub sign_up
{
    my ($self, %fields) = @_;
    my $answer = $self->request('POST', '/authentication/sign-up',
        json => \%fields);
    croak 'sign-up: ' . $answer->status . ' ' . $answer->body
        if $answer->status != 201;
    return $self->log_in(@fields{ $self->members });
}

sub log_in
{
    my ($self, $email, $password) = @_;
    my %json;
    @json{ $self->members } = ($email, $password);
    my $answer = $self->request('POST', '/authentication/log-in',
        json => \%json);
    croak 'log-in: ' . $answer->status . ' ' . $answer->body
        if $answer->status != 200;
    return Byline::Test::Account->new(site => $self, email => $email,
        answer => $answer);
}

# The statements that the workers' roles sent while the code ran.
sub statements_of
{
    my ($self, $code) = @_;
    my $mark = $self->pg->mark;
    $code->();
    return $self->pg->statements($mark);
}

# What byline's log may say; a pattern of the whole line.
sub claim
{
    my ($self, @patterns) = @_;
    push @{ $self->{claims} }, @patterns;
}

1;
