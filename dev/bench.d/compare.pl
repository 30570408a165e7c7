#!/usr/bin/perl
# dev/bench.d/compare.pl [--created] FILE FILE...: whether all files hold the
# same JSON, line by line. Instants are the same however they are written,
# which is a matter of taste. --created: of rows that were made one after the
# other, whose key and times differ, and need only be there.
use strict;
use warnings;
use JSON::PP ();

my $is_created = @ARGV && $ARGV[0] eq '--created' && shift;
my $json = JSON::PP->new->canonical->allow_nonref;

sub plain_value
{
    my ($value) = @_;
    if (ref $value eq 'HASH') {
        return { map { ($_ => plain_value($value->{$_})) } keys %$value };
    } elsif (ref $value eq 'ARRAY') {
        return [ map { plain_value($_) } @$value ];
    } elsif (defined $value && $value =~ m{^(\d{4}-\d\d-\d\d)[T ]
            (\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00(?::00)?)$}x) {
        return "$1T$2Z";
    }
    return $value;
}

sub lines_of
{
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    my @rows = map { plain_value($json->decode($_)) } <$file>;
    if ($is_created) {
        for my $row (@rows) {
            $_ = defined $_ ? 'is there' : undef
                for @$row{qw(id publishedAt createdAt updatedAt)};
        }
    }
    return map { $json->encode($_) } @rows;
}

my ($first, @others) = @ARGV;
my @wanted = lines_of($first);
die "$first is empty\n" if !@wanted;
for my $path (@others) {
    my @lines = lines_of($path);
    for my $n (0 .. $#wanted) {
        next if defined $lines[$n] && $lines[$n] eq $wanted[$n];
        die "$first and $path differ:\n  $wanted[$n]\n  ",
            $lines[$n] // 'nothing', "\n";
    }
    die "$path has more than $first\n" if @lines != @wanted;
}
