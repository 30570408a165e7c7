# HTTP by curl: TLS, HTTP/2 and many requests in one process.
package Byline::Test::Client;

use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::INET;
use JSON::PP ();
use Byline::Test::Process qw(run_program spawn);
use Byline::Test::Response;
use Byline::Test::Run qw(dir slurp spew);

our @EXPORT_OK = qw(curl raw_http headers_of body_of);

my $count = 0;

# What a request says besides its method and path, for curl and for FastCGI:
#   headers    list of lines
#   body       bytes; or
#   json       what is to be encoded, with the Content-Type for it unless
#              headers have one; \'text' is sent as it is
#   cookie     the value of the header
#   bearer     a token, for Authorization
#   origin     the value of the header
sub headers_of
{
    my ($o) = @_;
    my @lines = @{ $o->{headers} // [] };
    push @lines, 'Content-Type: application/json'
        if exists $o->{json} && !grep { /^content-type:/i } @lines;
    push @lines, "Cookie: $o->{cookie}" if defined $o->{cookie};
    push @lines, "Authorization: Bearer $o->{bearer}" if defined $o->{bearer};
    push @lines, "Origin: $o->{origin}" if defined $o->{origin};
    return @lines;
}

sub body_of
{
    my ($o) = @_;
    return $o->{body} if !exists $o->{json};
    return ${ $o->{json} } if ref $o->{json} eq 'SCALAR';
    return JSON::PP->new->utf8->allow_nonref->canonical->encode($o->{json});
}

# The options of one request: method, url, those above, http (1.0, 1.1, 2),
# cacert, resolve, args (more of curl's).
sub options
{
    my ($o, $base) = @_;
    my $method = $o->{method} // 'GET';
    my @args = ('-sS', '-g', '--path-as-is', '--max-time', $o->{timeout} // 30,
        '-o', "$base.body", '-D', "$base.head");
    push @args, $method eq 'HEAD' ? '-I' : ('-X', $method);
    push @args, map { ('-H', $_) } headers_of($o);
    push @args, '--http' . ($o->{http} // '1.1');
    push @args, '--cacert', $o->{cacert} if $o->{cacert};
    push @args, '--resolve', $o->{resolve} if $o->{resolve};
    push @args, @{ $o->{args} // [] };
    my $body = body_of($o);
    push @args, '--data-binary', '@' . spew("$base.in", $body)
        if defined $body;
    return (@args, $o->{url});
}

# Sends the requests (hashes, see above) by one curl, in their order.
sub curl
{
    my (@requests) = @_;
    my (@args, @bases, %paths, %is_head);
    for my $request (@requests) {
        my $base = dir() . '/curl-' . ++$count;
        push @args, '--next' if @bases;
        push @args, options($request, $base);
        push @bases, $base;
        $paths{$base} = $request->{path};
        $is_head{$base} = ($request->{method} // '') eq 'HEAD';
    }
    my ($status, $out, $err) = run_program([ 'curl', '-q', @args ],
        keep_parent => 1, timeout => 120);
    my @answers = map {
        # Of a HEAD, curl's output is the headers; it reads no body.
        my $answer = Byline::Test::Response->from_curl(
            slurp("$_.head"), $is_head{$_} ? '' : slurp("$_.body"));
        unlink grep { -e } "$_.head", "$_.body", "$_.in";
        $answer->{path} = $paths{$_};
        $answer->{curl} = $err;
        $answer->{exit} = $status;
        $answer;
    } @bases;
    return wantarray ? @answers : $answers[0];
}

# What no client library would send: bytes to a port, bytes back.
sub raw_http
{
    my ($port, $bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Timeout => 10) or croak "port $port: $!";
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} $bytes;
    $socket->flush;
    my $answer = '';
    my $end = time + 20;
    while (time < $end) {
        my $bits = '';
        vec($bits, fileno $socket, 1) = 1;
        select($bits, undef, undef, 1) or next;
        last if !sysread $socket, $answer, 65536, length $answer;
    }
    return Byline::Test::Response::look_for_hash('raw bytes', $answer);
}

1;
