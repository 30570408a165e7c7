# Processes that a test starts: always stopped by their pid, never lost.
package Byline::Test::Process;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use POSIX ();
use Time::HiRes qw(time);
use Byline::Test::Run qw(dir slurp watcher_pid);

our @EXPORT_OK = qw(spawn stop_process wait_for run_program alive children
    signal_tree descendants pause);

my %running;

# Orphans of our servers come to us instead of to init, so that none can be
# left over unseen. prctl(2) has a number per machine.
BEGIN {
    my %number = (x86_64 => 157, aarch64 => 167, i686 => 172);
    my $prctl = $number{ (POSIX::uname())[4] };
    syscall($prctl, 36, 1, 0, 0, 0) if $prctl;
}

# The time between two looks of a poll: nobody waits for a fixed time.
sub pause { select undef, undef, undef, $_[0] // 0.01 }

# Polls until the code is true; returns what it was, or dies.
sub wait_for
{
    my ($what, $code, $seconds) = @_;
    my $end = time + ($seconds // 20);
    while (1) {
        my $value = $code->();
        return $value if $value;
        croak "waited in vain for $what" if time > $end;
        pause();
    }
}

sub environment
{
    my (%extra) = @_;
    my $report = dir() . '/sanitizer';
    my %env = (
        PATH => $ENV{PATH}, HOME => dir(), LANG => 'C.UTF-8', TZ => 'UTC',
        TMPDIR => $ENV{TMPDIR} || '/tmp',
        ASAN_OPTIONS => join(':', grep { length } $ENV{ASAN_OPTIONS} // '',
            "log_path=$report"),
        UBSAN_OPTIONS => join(':', grep { length } $ENV{UBSAN_OPTIONS} // '',
            "print_stacktrace=1:log_path=$report"),
        LSAN_OPTIONS => $ENV{LSAN_OPTIONS} // '',
    );
    return (%env, %extra);
}

sub child
{
    my ($command, %o) = @_;
    setpgrp 0, 0;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    open STDIN, '<', $o{stdin} // '/dev/null' or die "stdin: $!"
        if !$o{stdin_handle};
    POSIX::dup2(fileno $o{stdin_handle}, 0) if $o{stdin_handle};
    open STDOUT, '>>', $o{stdout} or die "$o{stdout}: $!";
    open STDERR, '>>', $o{stderr} or die "$o{stderr}: $!";
    chdir $o{cwd} or die "$o{cwd}: $!" if $o{cwd};
    %ENV = %{ $o{environment} };
    no warnings 'exec';
    exec { $command->[0] } @$command;
}

# Starts a program; stdout and stderr are appended to files. Returns its
# pid. The kernel tells it to end, should this test be killed.
sub spawn
{
    my ($command, %o) = @_;
    $o{stdout} //= '/dev/null';
    $o{stderr} //= $o{stdout};
    my @command = ($o{keep_parent} ? () : ('setpriv', '--pdeathsig', 'TERM'),
        @$command);
    my $path = $command[0] =~ m{/} ? $command[0]
        : (grep { -x } map { "$_/$command[0]" } split /:/, $ENV{PATH})[0];
    croak "$command[0]: not found" if !$path;
    $command[0] = $path;
    $o{environment} = { environment(%{ $o{env} // {} }) };
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        eval { child(\@command, %o) };
        print STDERR "$command[0]: ", $@ || $!, "\n";
        POSIX::_exit(127);
    }
    $running{$pid} = $o{name} // $command->[0];
    return $pid;
}

# Whether the process still runs; a zombie of ours is reaped and is not.
sub alive
{
    my ($pid) = @_;
    return 0 if !$running{$pid};
    return 1 if waitpid($pid, POSIX::WNOHANG()) == 0;
    delete $running{$pid};
    return 0;
}

# Sends the signal and waits for the end; SIGKILL after the deadline.
# Returns the wait status, or undef when it had to be killed.
sub stop_process
{
    my ($pid, $signal, $seconds) = @_;
    return 0 if !$pid || !$running{$pid};
    kill $signal // 'TERM', $pid;
    my $end = time + ($seconds // 15);
    while (time < $end) {
        if (waitpid($pid, POSIX::WNOHANG()) != 0) {
            delete $running{$pid};
            return $?;
        }
        pause(0.005);
    }
    kill 'KILL', $pid;
    waitpid $pid, 0;
    delete $running{$pid};
    return undef;
}

# Runs a program to its end: (exit status, stdout, stderr). A program that
# died of a signal has 128 + signal; one that took too long has 124.
my $runs = 0;
our @reports; # of sanitizers that write to stderr

sub run_program
{
    my ($command, %o) = @_;
    my $base = dir() . '/run-' . ++$runs;
    if (defined $o{input}) {
        $o{stdin} = "$base.in";
        Byline::Test::Run::spew($o{stdin}, $o{input});
    }
    my $pid = spawn($command, %o, stdout => "$base.out",
        stderr => "$base.err");
    my $end = time + ($o{timeout} // 30);
    my $status;
    while (1) {
        if (waitpid($pid, POSIX::WNOHANG()) != 0) {
            $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
            last;
        }
        if (time > $end) {
            kill 'KILL', -$pid;
            waitpid $pid, 0;
            $status = 124;
            last;
        }
        pause(0.002);
    }
    delete $running{$pid};
    my @result = ($status, slurp("$base.out"), slurp("$base.err"));
    push @reports, $result[2]
        if $result[2] =~ /runtime error: |Sanitizer: /;
    unlink grep { defined } "$base.out", "$base.err", "$base.in";
    return @result;
}

# [pid, parent, state, name] of every process.
sub table
{
    my @rows;
    for my $path (glob '/proc/[0-9]*/stat') {
        my $text = slurp($path);
        next if $text !~ /^(\d+) \((.*)\) (\S) (\d+)/s;
        push @rows, [ $1, $4, $3, $2 ];
    }
    return @rows;
}

# The pids of the children of a process that are no zombies.
sub children
{
    my ($pid) = @_;
    return map { $_->[0] }
        grep { $_->[1] == $pid && $_->[2] ne 'Z' } table();
}

sub descendants
{
    my ($pid) = @_;
    return map { ($_, descendants($_)) } children($pid);
}

# What is still there when everything was stopped: "pid name" each.
sub left_over
{
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    return map { "$_->[0] $_->[3]" }
        grep { $_->[1] == $$ && $_->[2] ne 'Z' && $_->[0] != watcher_pid() }
        table();
}

sub kill_all
{
    for my $round (1 .. 500) {
        my @pids = grep { $_ != watcher_pid() } descendants($$);
        last if !@pids;
        kill 'KILL', @pids;
        pause(0.01);
        1 while waitpid(-1, POSIX::WNOHANG()) > 0;
    }
    %running = ();
}

1;
