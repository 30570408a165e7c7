# An answer: status, headers as they came, body as bytes; and JSON with the
# order of its keys and the text of its values kept.
package Byline::Test::Response;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use JSON::PP ();

our @EXPORT_OK = qw(json_parts);

# Hashes of passwords that answers held: there must be none.
our @hashes;
our $hash = qr/\$2[abxy]\$[0-9]{2}\$/;

sub look_for_hash
{
    my ($what, $text) = @_;
    push @hashes, $what if $text =~ $hash;
    return $text;
}

sub new
{
    my ($class, %o) = @_;
    my $self = bless { status => 0, headers => [], body => '', %o }, $class;
    look_for_hash("an answer with status $self->{status}",
        join "\n", $self->{body}, map { "@$_" } @{ $self->{headers} });
    return $self;
}

sub parse_headers
{
    my ($text) = @_;
    return map { /^([^:]+):[ \t]*(.*?)[ \t]*$/ ? [ $1, $2 ] : () }
        split /\r?\n/, $text;
}

sub from_cgi
{
    my ($class, $text) = @_;
    my ($head, $body) = split /\r?\n\r?\n/, $text, 2;
    my @headers = parse_headers($head // '');
    my ($status) = map { $_->[1] =~ /^(\d+)/ }
        grep { lc $_->[0] eq 'status' } @headers;
    return $class->new(status => $status // 200, headers => \@headers,
        body => $body // '');
}

# The header file that curl -D writes; the last block is the answer's.
sub from_curl
{
    my ($class, $head, $body) = @_;
    my $block = (grep { m{^HTTP/} } split /\r\n\r\n/, $head)[-1] // '';
    my ($version, $status) = $block =~ m{^HTTP/(\S+) (\d+)};
    return $class->new(status => $status // 0, version => $version,
        headers => [ parse_headers($block =~ s/^[^\n]*\n//r) ],
        body => $body);
}

sub status { return $_[0]{status} }
sub body { return $_[0]{body} }
sub version { return $_[0]{version} }

# Every value of a header, in the order they came.
sub headers
{
    my ($self, $name) = @_;
    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{ $self->{headers} };
}

# Its only value; undef without, and when it came twice.
sub header
{
    my ($self, $name) = @_;
    my @values = $self->headers($name);
    return @values == 1 ? $values[0] : undef;
}

# The value of a cookie that it sets, and what it says of it: the attributes
# with their names in lower case. undef, or nothing, without.
sub cookie
{
    my ($self, $name) = @_;
    for my $line ($self->headers('Set-Cookie')) {
        my ($value, $rest) = $line =~ /^\Q$name\E=([^;]*)(.*)$/ or next;
        return $value if !wantarray;
        my %attribute = map { /^\s*([^=]+)(?:=(.*))?$/ ? (lc $1 => $2) : () }
            split /;/, $rest;
        return ($value, \%attribute);
    }
    return wantarray ? () : undef;
}

sub names { return map { lc $_->[0] } @{ $_[0]{headers} } }

# The body decoded; undef when it is no JSON.
sub json
{
    my ($self) = @_;
    my $json = JSON::PP->new->utf8->allow_nonref->allow_bignum;
    return eval { $json->decode($self->{body}) };
}

# Path => text of the value, for every value of the body, and the paths in
# their order: "author.name", "0.id".
sub parts
{
    my ($self) = @_;
    return json_parts($self->{body});
}

# The paths of an object's keys, in order: join ',', $r->keys('author').
sub keys
{
    my ($self, $at) = @_;
    my (undef, $order) = $self->parts;
    my $prefix = defined $at && length $at ? "$at." : '';
    return map { substr $_, length $prefix }
        grep { /^\Q$prefix\E[^.]+$/ } @$order;
}

# The bytes of one value.
sub raw
{
    my ($self, $at) = @_;
    my ($value) = $self->parts;
    return $value->{$at};
}

my $string = qr/"(?:[^"\\]|\\.)*"/s;
my $scalar = qr/$string|-?[0-9.eE+-]+|true|false|null/;

sub parse_value
{
    my ($text, $at, $found, $order) = @_;
    $$text =~ /\G\s+/gc;
    my $start = pos $$text // 0;
    if ($$text =~ /\G([{\[])\s*/gc) {
        my $object = $1 eq '{';
        my $n = 0;
        while ($$text !~ /\G\s*[}\]]/gc) {
            my $key = $n++;
            if ($object) {
                $$text =~ /\G\s*($string)\s*:/gc or return 0;
                $key = substr $1, 1, -1;
            }
            my $path = length $at ? "$at.$key" : $key;
            push @$order, $path;
            parse_value($text, $path, $found, $order) or return 0;
            $$text =~ /\G\s*,/gc;
        }
    } elsif ($$text !~ /\G$scalar/gc) {
        return 0;
    }
    $found->{$at} = substr $$text, $start, pos($$text) - $start;
    return 1;
}

sub json_parts
{
    my ($body) = @_;
    my (%found, @order);
    my $copy = $body;
    pos($copy) = 0;
    parse_value(\$copy, '', \%found, \@order)
        or croak 'not JSON: ' . substr $body, 0, 200;
    return (\%found, \@order);
}

1;
