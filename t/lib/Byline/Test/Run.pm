# What belongs to one run of the tests, and to one file of it: the
# directories, the template of the cluster, ports nobody else has.
package Byline::Test::Run;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;

our @EXPORT_OK = qw(srcdir builddir binary dir run_dir in_lock free_port
    slurp spew watcher_pid);

my ($dir, $run, $watcher);
my $maker = $$;

sub srcdir
{
    my $here = dirname(abs_path(__FILE__)) . '/../../../..';
    return abs_path($ENV{BYLINE_SRCDIR} || $here);
}

sub builddir
{
    return abs_path($ENV{BYLINE_BUILDDIR} || srcdir() . '/build');
}

# The program under test: $BYLINE, else the one of the build directory.
sub binary
{
    my $path = $ENV{BYLINE} || builddir() . '/byline';
    return abs_path($path) // $path;
}

# This file's directory. Short, for Unix sockets have 107 bytes; open to
# others, for PostgreSQL runs as somebody else when we are root.
sub dir
{
    return $dir if $dir;
    $dir = tempdir('byl-XXXXXX', TMPDIR => 1);
    chmod 0711, $dir or die "chmod $dir: $!";
    return $dir;
}

sub slurp
{
    my ($path) = @_;
    open my $in, '<:raw', $path or return '';
    local $/;
    return <$in> // '';
}

# Characters are written as UTF-8, bytes as they are.
sub spew
{
    my ($path, $text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    open my $out, '>:raw', $path or die "$path: $!";
    print {$out} $text;
    close $out or die "$path: $!";
    return $path;
}

# prove is our parent when there is one: its pid and start make the run.
# Without it the run is this file alone, or that of the test that started us.
sub run_dir
{
    return $run //= $ENV{BYLINE_TEST_RUN} if $ENV{BYLINE_TEST_RUN};
    return $run if $run;
    my $pid  = getppid();
    my $args = join ' ', split /\0/, slurp("/proc/$pid/cmdline");
    return $run = dir() if $args !~ /\bprove\b/;
    my $started = (split ' ', slurp("/proc/$pid/stat") =~ s/^.*\)//sr)[19];
    my $tmp = $ENV{TMPDIR} || '/tmp';
    my $path = "$tmp/byline-run-$>-$pid-$started";
    if (mkdir $path, 0755) {
        watch_over($path, $pid);
    } elsif (!lstat $path || !-d _ || (lstat $path)[4] != $>) {
        die "$path: not a directory of ours\n";
    }
    return $run = $path;
}

# A process that removes the run's directory when prove has ended: no test
# can know that it is the last one.
sub watch_over
{
    my ($path, $prove) = @_;
    $watcher = fork // die "fork: $!";
    return if $watcher;
    require POSIX;
    POSIX::setsid();
    $SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
    POSIX::close($_) for 0 .. 255;
    # pidfd_open(2) has the same number wherever it exists.
    my $fd = syscall(434, $prove, 0);
    if ($fd >= 0) {
        my $bits = '';
        vec($bits, $fd, 1) = 1;
        select $bits, undef, undef, undef;
    } else {
        select undef, undef, undef, 0.2 while kill 0, $prove;
    }
    remove_tree($path, { safe => 0 });
    POSIX::_exit(0);
}

sub watcher_pid { return $watcher // 0 }

# Runs the code while no other test of this run is in the same section.
sub in_lock
{
    my ($name, $code) = @_;
    open my $lock, '>>', run_dir() . "/$name.lock" or die "$name.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    my @result = $code->();
    close $lock;
    return wantarray ? @result : $result[0];
}

# A port of the loopback that is free, kept from every other test for as
# long as this one runs. Below what the kernel gives to clients.
my @held;

sub free_port
{
    my $locks = "/tmp/byline-ports-$>";
    for (1 .. 500) {
        my $port = 20000 + int rand 12000;
        mkdir $locks, 0700;
        open my $lock, '>>', "$locks/$port" or next;
        next if !flock $lock, LOCK_EX | LOCK_NB;
        my $probe = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => $port,
            Proto => 'tcp', Listen => 1, ReuseAddr => 1) or next;
        close $probe;
        push @held, [ $lock, "$locks/$port" ];
        return $port;
    }
    die "no free port\n";
}

sub clean_up
{
    my ($keep) = @_;
    return if $$ != $maker;
    unlink $_->[1] for @held;
    rmdir "/tmp/byline-ports-$>" if @held;
    @held = ();
    return if !$dir;
    if ($keep) {
        print STDERR "# kept: $dir\n";
    } else {
        remove_tree($dir, { safe => 0 });
    }
}

1;
