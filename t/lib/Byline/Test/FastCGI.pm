# The FastCGI protocol by hand: what nginx would send, and what it never
# would.
package Byline::Test::FastCGI;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::UNIX;
use Byline::Test::Client qw(headers_of body_of);
use Byline::Test::Response;

our @EXPORT_OK = qw(record pairs begin fcgi_request fcgi_connect
    fcgi_send fcgi_answer fcgi_get fcgi_serve);

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

# A connection on which the bytes are out; undef without. A worker hangs up on
# who is silent for a moment, as a test is that has to wait for a processor.
# What could not be written was not read: up to so many `tries` are made, one
# where it matters that nobody hangs up.
sub fcgi_send
{
    my ($path, $bytes, $tries) = @_;
    local $SIG{PIPE} = 'IGNORE';
    for (1 .. $tries // 20) {
        my $socket = fcgi_connect($path) or return undef;
        return $socket if print({$socket} $bytes) && $socket->flush;
    }
    return undef;
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
        if ($type == END_REQUEST) {
            Byline::Test::Response::look_for_hash('an answer', $out . $err);
            return ($out, $err, 1);
        }
        $out .= $content if $type == STDOUT_;
        $err .= $content if $type == STDERR_;
    }
    return ($out, $err, 0);
}

# Lines of headers as parameters; Content-Type has a name of its own.
sub header_params
{
    my ($content_type, @params) = ('');
    for my $line (@_) {
        my ($name, $value) = $line =~ /^([^:]+):\s*(.*)$/s or next;
        if (lc $name eq 'content-type') {
            $content_type = $value;
        } else {
            push @params, 'HTTP_' . uc($name) =~ tr/-/_/r => $value;
        }
    }
    return (CONTENT_TYPE => $content_type, @params);
}

# One request, by default a GET, straight to the pool; undef when there is no
# answer. Options: method, seconds, params (more of them), tries (1; see
# fcgi_send), and those of Client::headers_of: no limit of nginx stands in
# their way.
sub fcgi_get
{
    my ($path, $uri, %o) = @_;
    my ($document, $query) = split /\?/, $uri, 2;
    $document =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; # as nginx does
    my $body = body_of(\%o);
    my @params = (REQUEST_METHOD => $o{method} // 'GET',
        DOCUMENT_URI => $document, REQUEST_URI => $uri,
        QUERY_STRING => $query // '',
        CONTENT_LENGTH => defined $body ? length $body : '',
        header_params(headers_of(\%o)), REQUEST_ID => 'f' x 32,
        SERVER_PROTOCOL => 'HTTP/1.1', @{ $o{params} // [] });
    # Before the connection is made: who is silent then is dropped.
    my $bytes = fcgi_request(\@params, $body);
    my $socket = fcgi_connect($path) or return undef;
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} $bytes;
    $socket->flush;
    my ($out, undef, $whole) = fcgi_answer($socket, $o{seconds});
    close $socket;
    return undef if !$whole;
    return Byline::Test::Response->from_cgi($out);
}

# The next record of a connection: (type, content).
sub read_record
{
    my ($socket, $end) = @_;
    my $head = read_exactly($socket, 8, $end) // return;
    my (undef, $type, undef, $n, $pad) = unpack 'CCnnC', $head;
    my $content = read_exactly($socket, $n + $pad, $end) // return;
    return ($type, substr $content, 0, $n);
}

sub unpack_size
{
    my ($text) = @_;
    return unpack 'C', substr $$text, 0, 1, '' if ord $$text < 128;
    return 0x7fff_ffff & unpack 'N', substr $$text, 0, 4, '';
}

sub unpack_pairs
{
    my ($text) = @_;
    my %found;
    while (length $text) {
        my ($name, $value) = (unpack_size(\$text), unpack_size(\$text));
        $name = substr $text, 0, $name, '';
        $found{$name} = substr $text, 0, $value, '';
    }
    return \%found;
}

# Answers one connection after the other, for ever, in place of a pool: the
# code gets the parameters and the body, and returns headers and body as CGI
# has them.
sub fcgi_serve
{
    my ($listener, $code) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (my $socket = $listener->accept) {
        my ($params, $body, $end) = ('', '', time + 20);
        while (my ($type, $content) = read_record($socket, $end)) {
            $params .= $content if $type == PARAMS;
            $body .= $content if $type == STDIN_;
            last if $type == STDIN_ && $content eq '';
        }
        my $answer = $code->(unpack_pairs($params), $body);
        print {$socket} map({ record(STDOUT_, 1, $_) }
            $answer =~ /(.{1,65000})/gs), record(STDOUT_, 1, ''),
            record(END_REQUEST, 1, pack 'NCx3', 0, 0);
        close $socket;
    }
}

1;
