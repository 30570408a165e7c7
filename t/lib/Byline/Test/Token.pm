# Tokens made by hand: those of the predecessor, and those that nobody should
# take.
package Byline::Test::Token;

use strict;
use warnings;
use Digest::SHA ();
use Exporter qw(import);
use JSON::PP ();
use MIME::Base64 ();

our @EXPORT_OK = qw(make_token read_token base64url);

sub base64url
{
    return MIME::Base64::encode_base64($_[0], '') =~ tr{+/=}{-_}dr;
}

sub encode
{
    my ($part) = @_;
    return base64url(ref $part ? JSON::PP->new->utf8->canonical->encode($part)
        : $part);
}

my %sign = (
    HS256 => \&Digest::SHA::hmac_sha256,
    HS384 => \&Digest::SHA::hmac_sha384,
    HS512 => \&Digest::SHA::hmac_sha512,
);

# The claims and the header as hashes, or as text that is JSON or not. The
# algorithm of the signature may be another than the header's.
sub make_token
{
    my ($claims, %o) = @_;
    my $header = $o{header} // { alg => $o{algorithm} // 'HS256',
        typ => 'JWT' };
    my $signed = encode($header) . '.' . encode($claims);
    my $sign = $sign{ $o{algorithm} // 'HS256' };
    return "$signed." . base64url($sign->($signed, $o{secret} // ''));
}

# (header, claims) of a token, unverified; nothing when it is none.
sub read_token
{
    my ($token) = @_;
    my @parts = split /\./, $token // '', -1;
    return if @parts != 3;
    return map {
        eval { JSON::PP::decode_json(MIME::Base64::decode_base64(
            tr{-_}{+/}r)) }
    } @parts[ 0, 1 ];
}

1;
