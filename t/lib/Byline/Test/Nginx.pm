# The shipped nginx configuration, filled in by the shipped program for that,
# on free ports of the loopback.
package Byline::Test::Nginx;

use strict;
use warnings;
use Carp qw(croak);
use IO::Socket::INET;
use Byline::Test::Process qw(spawn stop_process wait_for run_program alive);
use Byline::Test::Run qw(run_dir in_lock srcdir slurp spew free_port);

sub must_run
{
    my ($command, %o) = @_;
    my ($status, $out, $err) = run_program($command, %o);
    croak "@$command: status $status\n$out$err" if $status != 0;
    return $out;
}

# One self-signed certificate a run: (certificate, key).
sub certificate
{
    my $base = run_dir() . '/tls';
    in_lock(tls => sub {
        return if -e "$base.made";
        must_run([ qw(openssl req -x509 -newkey ec -pkeyopt
            ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost
            -addext), 'subjectAltName=DNS:localhost,IP:127.0.0.1',
            '-keyout', "$base.key", '-out', "$base.crt" ]);
        spew("$base.made", '');
    });
    return ("$base.crt", "$base.key");
}

sub substitute
{
    my ($self, $template, $target) = @_;
    my %value = %{ $self->{values} };
    spew($target, must_run([ srcdir() . '/nginx/substitute',
        map { "$_=$value{$_}" } sort keys %value ], stdin => $template));
}

# Options: home (a directory to be made), socket (of a pool: all of them are in
# that directory), https (its port), limit (1: that of the accounts pool as it
# ships, else nobody meets it), cached (the paths that nginx keeps, in place of
# those that ship), main (text of the main context instead of
# dev.conf; @KEY@ are filled in), edit (code that gets and returns the text of
# the main file).
sub new
{
    my ($class, %o) = @_;
    mkdir $o{home} or croak "$o{home}: $!";
    mkdir "$o{home}/snippets";
    my ($crt, $key) = certificate();
    my $self = bless { %o, claims => [], error_log => "$o{home}/error.log",
        https => $o{https} // free_port(), http => free_port(),
        cacert => $crt }, $class;
    $self->{values} = {
        SERVER_NAME => 'localhost', HTTPS_PORT => $self->{https},
        HTTP_PORT => $self->{http}, CERTIFICATE => $crt,
        CERTIFICATE_KEY => $key, SNIPPETS => "$o{home}/snippets",
        HTML => srcdir() . '/nginx/html', LOGDIR => $o{home},
        RUNDIR => $o{socket} =~ s{/[^/]+$}{}r, STATE => $o{home},
        CACHEDIR => "$o{home}/cache",
        NGINX_GROUP => 'root', MIGRATIONS => srcdir() . '/migrations',
        $o{limit} ? () : (ACCOUNTS_RATE => '100000r/s',
            ACCOUNTS_BURST => 100_000),
    };
    return $self->write->start;
}

sub write
{
    my ($self) = @_;
    my $nginx = srcdir() . '/nginx';
    for my $template (glob "$nginx/snippets/*.conf") {
        $self->substitute($template,
            "$self->{home}/snippets/" . $template =~ s{.*/}{}r);
    }
    spew("$self->{home}/snippets/byline-cached.conf", $self->{cached})
        if defined $self->{cached};
    my $main = "$nginx/dev.conf";
    if ($self->{main}) {
        $main = spew("$self->{home}/main.in", $self->{main});
        $self->substitute("$nginx/site.conf", "$self->{home}/site.conf");
    }
    $self->substitute($main, "$self->{home}/nginx.conf");
    my $text = slurp("$self->{home}/nginx.conf");
    # In the foreground, so that it is our child; as root, workers that may
    # read what we may.
    $text =~ s/^daemon .*$/daemon off;/m or $text = "daemon off;\n$text";
    $text = "user root root;\n$text" if $> == 0;
    $text =~ s/^error_log .*$/error_log "$self->{error_log}" warn;/m;
    $text = $self->{edit}->($text) if $self->{edit};
    spew("$self->{home}/nginx.conf", $text);
    return $self;
}

sub start
{
    my ($self) = @_;
    my $out = "$self->{home}/stderr";
    $self->{pid} = spawn([ 'nginx', '-p', $self->{home}, '-e',
        $self->{error_log}, '-c', "$self->{home}/nginx.conf" ],
        stdout => $out, name => 'nginx');
    wait_for('nginx', sub {
        alive($self->{pid}) or croak 'nginx did not start: '
            . slurp($out) . slurp($self->{error_log});
        my $probe = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $self->{https}) or return 0;
        close $probe;
        return 1;
    });
    return $self;
}

sub stop
{
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    stop_process($pid, 'QUIT', 15);
}

sub https_port { return $_[0]{https} }
sub http_port { return $_[0]{http} }

# What curl needs to reach a path: scheme => 'http' for the plain port.
sub target
{
    my ($self, $request) = @_;
    my $scheme = $request->{scheme} // 'https';
    my $port = $self->{$scheme};
    return (url => "$scheme://localhost:$port" . ($request->{path} // '/'),
        resolve => "localhost:$port:127.0.0.1", cacert => $self->{cacert});
}

# The lines of the access log; once they are there, for nginx writes one
# after the answer is out.
sub access
{
    my ($self, $least) = @_;
    my @lines;
    wait_for('the access log', sub {
        @lines = map { split /\n/, slurp($_) }
            glob "$self->{home}/*access.log";
        return @lines >= ($least // 0);
    });
    return @lines;
}

# What the error log may say.
sub claim
{
    my ($self, @patterns) = @_;
    push @{ $self->{claims} }, @patterns;
}

sub unclaimed
{
    my ($self) = @_;
    my @bad;
    for my $line (split /\n/, slurp($self->{error_log})
        . slurp("$self->{home}/stderr")) {
        next if $line =~ /\[(?:debug|info|notice)\]/;
        next if grep { $line =~ $_ } @{ $self->{claims} };
        push @bad, $line;
    }
    return @bad;
}

1;
