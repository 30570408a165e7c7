# The figures of dev/bench, and what is computed from them.
package Figures;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(read_results read_facts median spread rate cpu_all
    cpu_shares);

my @columns = qw(answers failed us p50 p99 due load app nginx pg);

# {workload}{peer}{round}, a hash of figures each; of memory and start the
# first are kB and processes, and ms.
sub read_results
{
    my ($path) = @_;
    my %found;
    open my $file, '<', $path or die "$path: $!\n";
    while (my $line = <$file>) {
        chomp $line;
        my ($workload, $round, $peer, @figures) = split /\t/, $line;
        my %turn;
        @turn{ @columns[ 0 .. $#figures ] } = @figures;
        $found{$workload}{$peer}{$round} = \%turn;
    }
    return \%found;
}

sub read_facts
{
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    return { map { chomp; split /\t/, $_, 2 } <$file> };
}

sub median
{
    my @sorted = sort { $a <=> $b } @_;
    return if !@sorted;
    return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}

# Requests a second of a turn.
sub rate
{
    my ($turn) = @_;
    return $turn->{answers} / $turn->{us} * 1e6;
}

# Median, least and most of the ratios of one peer to another in each round.
sub spread
{
    my ($one, $other) = @_;
    my @ratios = sort { $a <=> $b }
        map { rate($one->{$_}) / rate($other->{$_}) }
        grep { $other->{$_} && $other->{$_}{answers} } keys %$one;
    return if !@ratios;
    return (median(@ratios), $ratios[0], $ratios[-1]);
}

# Ticks of all but the clients.
sub cpu_all
{
    my ($turn) = @_;
    return $turn->{app} + $turn->{nginx} + $turn->{pg};
}

# How many processors were busy, and whose part of that is what.
sub cpu_shares
{
    my ($ticks, @turns) = @_;
    my %sum;
    my ($seconds, $all) = (0, 0);
    for my $turn (@turns) {
        $sum{'the application'} += $turn->{app} / $ticks;
        $sum{nginx} += $turn->{nginx} / $ticks;
        $sum{PostgreSQL} += $turn->{pg} / $ticks;
        $sum{'the clients'} += $turn->{load} / 1000;
        $seconds += $turn->{us} / 1e6;
    }
    $all += $_ for values %sum;
    return ($all / $seconds, map { ($_ => $sum{$_} / ($all || 1)) } keys %sum);
}

1;
