# The FastCGI protocol by hand: what nginx would send, and what it never
# would.
package Byline::Test::FastCGI;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::UNIX;
use Byline::Test::Response;

our @EXPORT_OK = qw(record pairs begin fcgi_request fcgi_connect
    fcgi_answer fcgi_get);

use constant { BEGIN_REQUEST => 1, ABORT => 2, END_REQUEST => 3, PARAMS => 4,
    STDIN_ => 5, STDOUT_ => 6, STDERR_ => 7, GET_VALUES => 9 };

sub record
{
    my ($type, $id, $content) = @_;
    return pack('CCnnCC', 1, $type, $id, length $content, 0, 0) . $content;
}

sub size
{
    my ($n) = @_;
    return $n < 128 ? chr $n : pack 'N', $n | 0x8000_0000;
}

sub pairs
{
    my (@list) = @_;
    my $text = '';
    while (my ($name, $value) = splice @list, 0, 2) {
        $text .= size(length $name) . size(length $value) . $name . $value;
    }
    return $text;
}

sub begin { return record(BEGIN_REQUEST, 1, pack 'nCx5', 1, $_[0] // 0) }

# A whole request as bytes. Parameters are name => value, in order.
sub fcgi_request
{
    my ($params, $body) = @_;
    my $text = begin();
    my $bytes = pairs(@$params);
    $text .= record(PARAMS, 1, substr $bytes, 0, 65535, '')
        while length $bytes;
    $text .= record(PARAMS, 1, '');
    $body //= '';
    $text .= record(STDIN_, 1, substr $body, 0, 65535, '')
        while length $body;
    return $text . record(STDIN_, 1, '');
}

sub fcgi_connect
{
    my ($path) = @_;
    return IO::Socket::UNIX->new(Peer => $path, Timeout => 10);
}

sub read_exactly
{
    my ($socket, $n, $end) = @_;
    my $text = '';
    while (length $text < $n) {
        my $bits = '';
        vec($bits, fileno $socket, 1) = 1;
        my $left = $end - time;
        return undef if $left <= 0;
        select($bits, undef, undef, $left) or return undef;
        my $got = sysread $socket, $text, $n - length $text, length $text;
        return undef if !$got;
    }
    return $text;
}

# Reads to END_REQUEST: (stdout, stderr, whether the end came).
sub fcgi_answer
{
    my ($socket, $seconds) = @_;
    my ($out, $err) = ('', '');
    my $end = time + ($seconds // 20);
    while (defined(my $head = read_exactly($socket, 8, $end))) {
        my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $head;
        my $content = $n + $pad ? read_exactly($socket, $n + $pad, $end) : '';
        last if !defined $content;
        $content = substr $content, 0, $n;
        return ($out, $err, 1) if $type == END_REQUEST;
        $out .= $content if $type == STDOUT_;
        $err .= $content if $type == STDERR_;
    }
    return ($out, $err, 0);
}

# One GET, straight to the pool; undef when there is no answer.
sub fcgi_get
{
    my ($path, $uri, %o) = @_;
    my $socket = fcgi_connect($path) or return undef;
    my ($document, $query) = split /\?/, $uri, 2;
    my @params = (REQUEST_METHOD => $o{method} // 'GET',
        DOCUMENT_URI => $document, REQUEST_URI => $uri,
        QUERY_STRING => $query // '', CONTENT_LENGTH => '',
        CONTENT_TYPE => '', REQUEST_ID => 'f' x 32,
        SERVER_PROTOCOL => 'HTTP/1.1', @{ $o{params} // [] });
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} fcgi_request(\@params, $o{body});
    $socket->flush;
    my ($out, undef, $whole) = fcgi_answer($socket, $o{seconds});
    close $socket;
    return undef if !$whole;
    return Byline::Test::Response->from_cgi($out);
}

1;
