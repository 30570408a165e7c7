#!/usr/bin/perl
# dev/bench.d/processes.pl ticks PID...: CPU time that each process and all
# below it have taken until now, those that have ended too, in ticks.
# dev/bench.d/processes.pl memory PID...: the memory of each and all below it,
# in kB, where a page that several share counts once (PSS); and how many they
# are.
use strict;
use warnings;

my ($what, @roots) = @ARGV;
my (%children, %ticks);

sub read_text
{
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/ = undef;
    return scalar(<$file>) // '';
}

for my $path (glob '/proc/[0-9]*/stat') {
    # From the end of the name, which may have any characters.
    my ($pid, $rest) = read_text($path) =~ /^(\d+) .*\) (.*)/s or next;
    my @fields = split ' ', $rest;
    push @{ $children{ $fields[1] } }, $pid;
    $ticks{$pid} = $fields[11] + $fields[12] + $fields[13] + $fields[14];
}

sub family
{
    my ($pid) = @_;
    return ($pid, map { family($_) } @{ $children{$pid} // [] });
}

for my $root (@roots) {
    my ($sum, $count) = (0, 0);
    for my $pid (grep { defined $ticks{$_} } family($root)) {
        $count++;
        if ($what eq 'ticks') {
            $sum += $ticks{$pid};
        } elsif (read_text("/proc/$pid/smaps_rollup") =~ /^Pss: +(\d+)/m) {
            $sum += $1;
        }
    }
    print $what eq 'ticks' ? "$sum\n" : "$sum\t$count\n";
}
