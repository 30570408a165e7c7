# Byline's own log, and what its workers sent to PostgreSQL.
package Byline::Test::Log;

use strict;
use warnings;
use JSON::PP ();
use Byline::Test::Run qw(slurp);

# The lines of the log from the offset on, decoded; a line that is not the
# log's own (of a library, of a sanitizer) has level "stray".
sub entries
{
    my ($path, $from) = @_;
    my @entries;
    for my $line (split /\n/, substr slurp($path), $from // 0) {
        my $entry = $line =~ /^\{/ ? eval { JSON::PP::decode_json($line) }
            : $line =~ /^\S+Z \[\d+\] (\w+): / ? { level => $1 } : undef;
        $entry //= { level => 'stray' };
        $entry->{line} = $line;
        push @entries, $entry;
    }
    return @entries;
}

sub unclaimed
{
    my ($path, $claims) = @_;
    my @bad;
    for my $entry (entries($path)) {
        next if $entry->{level} =~ /^(?:debug|info|notice)$/;
        next if grep { $entry->{line} =~ $_ } @$claims;
        push @bad, $entry->{line};
    }
    return @bad;
}

# What a connection does before its first request, and by itself.
my $setup = qr/^(?:SET|DEALLOCATE|EXPLAIN) |\bpg_(?:class|catalog)\b|^SELECT 1$/;

sub requests_statements
{
    my ($site) = @_;
    return grep { $_->{text} !~ $setup }
        $site->pg->statements($site->{from}, $site->{to});
}

1;
