# The text format of Prometheus, read strictly: what it does not allow is an
# error, and so is what makes no sense, such as a histogram whose buckets
# shrink.
package Byline::Test::Metrics;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(parse_metrics);

my $name = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $label = qr/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/;

# { family => { type, samples => { 'name{a="x",b="y"}' => value } } }, labels
# in the order of their names. Dies with the line that is wrong.
sub parse_metrics
{
    my ($text) = @_;
    my (%family, $current);
    die "the last line has no end\n" if $text !~ /\n\z/;
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP ($name) \S.*$/) {
            die "twice: $line\n" if $family{$1};
            $family{ $current = $1 } = { samples => {} };
        } elsif ($line =~ /^# TYPE ($name) (counter|gauge|histogram)$/) {
            die "no HELP before: $line\n" if ($current // '') ne $1;
            die "TYPE twice: $line\n" if $family{$1}{type};
            $family{$1}{type} = $2;
        } else {
            add_sample($family{ $current // die "no family: $line\n" },
                $current, $line);
        }
    }
    check_family($_, $family{$_}) for keys %family;
    return \%family;
}

sub add_sample
{
    my ($family, $current, $line) = @_;
    my ($sample, undef, $labels, $value) = $line
        =~ /^($name)(\{((?:$label(?:,(?=[a-zA-Z_]))?)+)\})? (\d+(?:\.\d+)?)$/
        ? ($1, $2, $3, $+) : die "malformed: $line\n";
    die "no TYPE before: $line\n" if !$family->{type};
    my $suffix = $family->{type} eq 'histogram' ? qr/_(?:bucket|sum|count)/
        : qr//;
    die "of another family: $line\n" if $sample !~ /^\Q$current\E$suffix$/;
    my (%label, @order);
    while (($labels // '') =~ /$label/g) {
        die "label twice: $line\n" if exists $label{$1};
        $label{$1} = $2;
        push @order, $1;
    }
    my $key = $sample . '{'
        . join(',', map { qq($_="$label{$_}") } sort @order) . '}';
    die "sample twice: $line\n" if exists $family->{samples}{$key};
    $family->{samples}{$key} = $value;
    push @{ $family->{rows} }, [ $sample, \%label, $value ];
}

sub check_family
{
    my ($family_name, $family) = @_;
    die "$family_name has no TYPE\n" if !$family->{type};
    die "$family_name: a counter is a total\n"
        if $family->{type} eq 'counter' && $family_name !~ /_total$/;
    return if $family->{type} ne 'histogram';
    my (%last, %count, %has_sum);
    for my $row (@{ $family->{rows} // [] }) {
        my ($sample, $label, $value) = @$row;
        my %rest = %$label;
        my $le = delete $rest{le};
        my $of = join ',', map { "$_=$rest{$_}" } sort keys %rest;
        if ($sample =~ /_bucket$/) {
            my $bound = $le eq '+Inf' ? 9**9**9 : $le;
            my $last = $last{$of} // [ 0, 0 ];
            die "$family_name: bounds of $of\n" if $bound <= $last->[0];
            die "$family_name: $of shrinks\n" if $value < $last->[1];
            $last{$of} = [ $bound, $value ];
        }
        $count{$of} = $value if $sample =~ /_count$/;
        $has_sum{$of} = 1 if $sample =~ /_sum$/;
    }
    for my $of (keys %last) {
        die "$family_name: $of has no +Inf\n" if $last{$of}[0] != 9**9**9;
        die "$family_name: $of has no sum\n" if !$has_sum{$of};
        die "$family_name: the count of $of\n"
            if ($count{$of} // -1) != $last{$of}[1];
    }
}

1;
