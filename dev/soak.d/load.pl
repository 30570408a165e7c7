#!/usr/bin/perl
# dev/soak.d/load.pl OPTION...: clients of dev/soak that read and write until
# they had --count answers or are told by TERM, and compare every answer with
# what it must be, byte for byte where nothing changes it.
#
#   --port N      nginx, without TLS
#   --socket PATH the pool: every second client talks FastCGI to it
#   --fresh       a connection for each request: whoever ends one that is kept
#                 need not know of the request that is on its way
#   --faults      503 and 504 are answers, too, if they say when to come again
#   --clients N   processes, 8; --count N requests of all together
#   --last N      articles 1 to N are there, and nobody changes them
#   --name TEXT   how all titles begin that this run writes
#   --directory D gets N.progress of each client, N.told (the titles that were
#                 acknowledged) and N.complaints; token is read from there
#
# A line at the end for each figure: its name, and the number.
use strict;
use warnings;
use Fcntl qw(SEEK_SET);
use Getopt::Long qw(GetOptions);
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use POSIX ();
use Socket qw(SOL_SOCKET SO_RCVTIMEO);
use Time::HiRes qw(time);

my %option = (clients => 8, count => 0, last => 200, name => 'soak');
GetOptions(\%option, 'port=i', 'socket=s', 'fresh', 'faults', 'clients=i',
    'count=i', 'last=i', 'name=s', 'directory=s')
    && $option{port} && $option{directory} or die "see the comment\n";

my $seconds = 30;    # for an answer
my $progress = 50;   # requests, until a client says how many it had
my $complaints = 20; # of a client, that are written down
my $is_over = 0;
my $token = first_line("$option{directory}/token");
my %figure = map { ($_ => 0) } qw(sent answered failed cut wrong unasked);
my @took; # how many answers took so many ms

sub first_line
{
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    chomp(my $line = <$file>);
    return $line;
}

# --- connections -----------------------------------------------------------

sub limit_wait
{
    my ($socket) = @_;
    setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'l!l!', $seconds, 0;
    return $socket;
}

# Appends what comes; false at the end, and when nothing comes any more.
sub more
{
    my ($socket, $text) = @_;
    while (1) {
        my $got = sysread $socket, $$text, 65536, length $$text;
        return $got if defined $got || !$!{EINTR};
    }
}

sub put
{
    my ($socket, $text) = @_;
    while (length $text) {
        my $done = syswrite $socket, $text;
        next if !defined $done && $!{EINTR};
        return 0 if !$done;
        substr $text, 0, $done, '';
    }
    return 1;
}

# A function that sends a request and returns (status, body, head), or nothing
# when the connection ends before the answer does.
sub by_http
{
    my $socket;
    return sub {
        my ($method, $path, $is_known, $body) = @_;
        my $text = "$method $path HTTP/1.1\r\nHost: localhost\r\n";
        $text .= "Connection: close\r\n" if $option{fresh};
        # Without either nginx answers from what it keeps.
        $text .= $is_known ? "Authorization: Bearer $token\r\n"
            : "Cookie: a=b\r\n";
        $text .= "Content-Type: application/json\r\nContent-Length: "
            . length($body) . "\r\n" if defined $body;
        $text .= "\r\n" . ($body // '');
        $socket //= connect_to_nginx() or return;
        my @answer = put($socket, $text) ? http_answer($socket) : ();
        $socket = undef if !@answer || $answer[2] =~ /^connection: close/mi;
        return @answer;
    };
}

sub connect_to_nginx
{
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $option{port}) or return;
    return limit_wait($socket);
}

sub http_answer
{
    my ($socket) = @_;
    my $text = '';
    more($socket, \$text) or return while index($text, "\r\n\r\n") < 0;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    my ($status) = $head =~ m{^HTTP/1\.1 (\d+)} or return;
    if ($head =~ /^content-length: *(\d+)/mi) {
        my $length = $1;
        more($socket, \$body) or return while length $body < $length;
    } elsif ($head =~ /^transfer-encoding: *chunked/mi) {
        more($socket, \$body) or return while $body !~ /(?:^|\n)0\r\n\r\n\z/;
        $body = unchunk($body);
    }
    return ($status, $body, $head);
}

sub unchunk
{
    my ($chunks) = @_;
    my ($text, $at) = ('', 0);
    while (substr($chunks, $at) =~ /^([0-9a-fA-F]+)[^\n]*\n/) {
        my $length = hex $1 or last;
        $text .= substr $chunks, $at + $+[0], $length;
        $at += $+[0] + $length + 2;
    }
    return $text;
}

# --- FastCGI ---------------------------------------------------------------

sub record
{
    my ($type, $content) = @_;
    return pack('CCnnCC', 1, $type, 1, length $content, 0, 0) . $content;
}

sub pair
{
    my ($name, $value) = @_;
    return join '', map({ length $_ < 128 ? chr length $_
        : pack 'N', length($_) | 0x8000_0000 } $name, $value), $name, $value;
}

# All is there before the connection is: a worker waits for no slow client.
sub by_fcgi
{
    return sub {
        my ($method, $path, $is_known, $body) = @_;
        my ($document, $query) = split /\?/, $path, 2;
        my @params = (REQUEST_METHOD => $method, REQUEST_URI => $path,
            DOCUMENT_URI => $document, QUERY_STRING => $query // '',
            SERVER_PROTOCOL => 'HTTP/1.1', REQUEST_ID => 'f' x 32,
            CONTENT_LENGTH => defined $body ? length $body : '',
            CONTENT_TYPE => defined $body ? 'application/json' : '');
        push @params, HTTP_AUTHORIZATION => "Bearer $token" if $is_known;
        my $pairs = '';
        while (my ($name, $value) = splice @params, 0, 2) {
            $pairs .= pair($name, $value);
        }
        my $text = record(1, pack 'nCx5', 1, 0);
        $text .= record(4, $pairs) . record(4, '');
        $text .= record(5, $body) if length($body // '');
        $text .= record(5, '');
        my $socket = IO::Socket::UNIX->new(Peer => $option{socket}) or return;
        limit_wait($socket);
        return put($socket, $text) ? fcgi_answer($socket) : ();
    };
}

sub fcgi_answer
{
    my ($socket) = @_;
    my ($text, $out, $at) = ('', '', 0);
    while (1) {
        my ($type, $length, $pad);
        more($socket, \$text) or return while length $text < $at + 8;
        (undef, $type, undef, $length, $pad) = unpack 'CCnnC',
            substr $text, $at, 8;
        $at += 8;
        more($socket, \$text) or return
            while length $text < $at + $length + $pad;
        $out .= substr $text, $at, $length if $type == 6;
        last if $type == 3;
        $at += $length + $pad;
    }
    my ($head, $body) = split /\r\n\r\n/, $out, 2;
    my ($status) = ($head // '') =~ /^Status: (\d+)/mi ? $1 : 200;
    return ($status, $body // '', $head // '');
}

# --- what is asked ---------------------------------------------------------

# What nobody changes meanwhile, with its status.
sub constant_requests
{
    my $last = $option{last};
    my @list;
    for my $n (1 .. 40) {
        push @list,
            [ '/articles/' . (1 + $n * 77 % $last), 200 ],
            [ '/articles/' . (1 + $n * 31 % $last)
                . '?with=categories,comments.count', 200 ],
            [ '/articles/' . (1 + $n * 13 % $last) . '/comments', 200 ],
            [ '/articles?sort=id&limit=5&offset=' . $n * 3, 200 ],
            [ '/articles?sort=id&limit=10&with=author.address,categories'
                . '&author.address.country=Norway', 200 ],
            [ '/users/' . (1 + $n % 20) . '/articles?limit=3', 200 ],
            [ '/users/' . (1 + $n % 20), 200 ],
            [ '/articles/' . (1_000_000_000 + $n), 404 ],
            [ "/nowhere/$n", 404 ],
            [ "/articles/x$n", 400 ],
            [ "/articles?limt=$n", 400 ];
    }
    return @list;
}

# Each is asked for twice while all is quiet: that is what it has to be.
sub learn
{
    my @requests = constant_requests();
    my @ways = (by_http(), $option{socket} ? by_fcgi() : by_http());
    my %known;
    for my $request (@requests) {
        my ($path, $wanted) = @$request;
        my @texts = map { alike($_) } $known{$path} // map {
            my ($status, $body) = $_->('GET', $path);
            die "$path: ", $status // 'no answer', ", $wanted wanted\n"
                if ($status // 0) != $wanted;
            $body } @ways;
        die "$path: two answers\n$texts[0]\n$texts[-1]\n"
            if $texts[0] ne $texts[-1];
        $request->[2] = $known{$path} = $texts[0];
    }
    return @requests;
}

# A problem's id is the request's.
sub alike
{
    my ($body) = @_;
    return $body =~ s/"requestId":"[^"]*"/"requestId":""/r;
}

# --- a client --------------------------------------------------------------

# Counts; what is wrong is written down. True if the answer is the right one.
sub ask
{
    my ($client, $method, $path, $wanted, %o) = @_;
    my $start = time;
    my ($status, $body, $head) = $client->{send}->($method, $path,
        $o{is_known}, $o{body});
    my $ms = int((time - $start) * 1000);
    had_one($client);
    if (!defined $status) {
        $figure{cut}++;
        return complain($client, "$method $path: cut after $ms ms");
    }
    $figure{answered}++;
    $figure{"status_$status"}++;
    $took[$ms]++;
    $client->{body} = $body;
    return 1 if $status == $wanted && $o{fits}->($body);
    return 0 if $option{faults} && is_excuse($status, $body, $head);
    $figure{ $status == $wanted ? 'wrong' : 'unasked' }++;
    return complain($client, "$method $path: $status after $ms ms, $wanted"
        . " wanted\n$body");
}

sub is_excuse
{
    my ($status, $body, $head) = @_;
    return ($status == 503 || $status == 504)
        && $head =~ /^Retry-After: [1-9]\d?\r?$/mi
        && $head =~ m{^Content-Type: application/problem\+json}mi
        && index($body, "\"status\":$status") > 0;
}

sub complain
{
    my ($client, $text) = @_;
    $figure{failed}++;
    if ($client->{complaints}++ < $complaints) {
        $client->{complain}->printflush(
            POSIX::strftime('%H:%M:%S ', localtime),
            $text =~ s/\s+/ /gr, "\n");
    }
    return 0;
}

sub had_one
{
    my ($client) = @_;
    my $sent = ++$figure{sent};
    $is_over = 1 if $client->{count} && $sent >= $client->{count};
    return if $sent % $progress && !$is_over;
    sysseek $client->{progress}, 0, SEEK_SET;
    syswrite $client->{progress}, sprintf "%10d\n", $sent;
}

sub ask_constant
{
    my ($client, $request) = @_;
    my ($path, $wanted, $known) = @$request;
    ask($client, 'GET', $path, $wanted,
        fits => sub { alike($_[0]) eq $known });
}

# Writes an article, changes it, reads it; and what must be refused. A change
# that was not acknowledged can have been made.
sub write_and_read
{
    my ($client) = @_;
    my $title = "$option{name}-$client->{n}-" . ++$client->{titles};
    my $text = "the first text of $title";
    my $is = sub {
        my ($body) = @_;
        return $body =~ /^\{"id":\d+,"title":"$title",/
            && (!defined $text || index($body, "\"$text\"") > 0)
            && substr($body, -1) eq '}';
    };
    ask($client, 'POST', '/articles', 201, is_known => 1, fits => $is,
        body => "{\"title\":\"$title\",\"content\":\"$text\"}") or return;
    $client->{told}->printflush("$title\n");
    my ($id) = $client->{body} =~ /^\{"id":(\d+)/;
    my $path = "/articles/$id";
    $text = "the second text of $title";
    ask($client, 'PATCH', $path, 200, is_known => 1, fits => $is,
        body => "{\"content\":\"$text\"}") or $text = undef;
    ask($client, 'GET', $path, 200, fits => $is);
    ask($client, 'PATCH', $path, 422, is_known => 1,
        body => '{"title":""}', fits => sub { $_[0] =~ /"field":"title"/ });
    ask($client, 'POST', '/articles', 401, body => '{"title":"nobody\'s"}',
        fits => sub { $_[0] =~ /"status":401/ });
    ask($client, 'GET', '/articles', 200,
        fits => sub { 20 == (() = $_[0] =~ /"author":\{/g) });
}

sub run_client
{
    my ($client, @requests) = @_;
    local $SIG{TERM} = sub { $is_over = 1 };
    my $at = $client->{n} * 53;
    until ($is_over) {
        write_and_read($client);
        for (1 .. 14) {
            last if $is_over;
            ask_constant($client, $requests[ $at++ % @requests ]);
        }
    }
}

sub new_client
{
    my ($n) = @_;
    my %client = (n => $n, titles => 0, complaints => 0,
        count => POSIX::ceil($option{count} / $option{clients}),
        send => $option{socket} && $n % 2 ? by_fcgi() : by_http());
    for ([ told => 'told' ], [ progress => 'progress' ],
        [ complain => 'complaints' ]) {
        my ($name, $end) = @$_;
        open $client{$name}, '>', "$option{directory}/$n.$end"
            or die "$n.$end: $!\n";
    }
    return \%client;
}

# --- all of them -----------------------------------------------------------

# A process of its own, whose figures come by the pipe.
sub start
{
    my ($n, @requests) = @_;
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    return ($pid, $from) if $pid;
    local $SIG{PIPE} = 'IGNORE';
    close $from;
    %figure = map { ($_ => 0) } keys %figure;
    @took = ();
    eval { run_client(new_client($n), @requests); 1 } or print STDERR $@;
    print {$to} map { "$_ $figure{$_}\n" } keys %figure;
    print {$to} map { "took_$_ $took[$_]\n" } grep { $took[$_] } 0 .. $#took;
    close $to;
    POSIX::_exit($@ ? 1 : 0);
}

sub longest
{
    my ($percent, $answers, @took) = @_;
    my ($rest, $ms) = ($answers * (1 - $percent / 100), $#took);
    for (; $ms > 0; $ms--) {
        $rest -= $took[$ms] // 0;
        last if $rest < 0;
    }
    return $ms < 0 ? 0 : $ms;
}

sub main
{
    my (%pipe, $is_bad);
    my @requests = learn();
    my $since = time;
    # All of them can be stopped together for a moment.
    setpgrp;
    for my $n (1 .. $option{clients}) {
        my ($pid, $from) = start($n, @requests);
        $pipe{$pid} = $from;
    }
    $SIG{TERM} = sub { kill 'TERM', keys %pipe };
    for my $pid (keys %pipe) {
        my $from = $pipe{$pid};
        while (<$from>) {
            my ($name, $n) = split;
            if ($name =~ /^took_(\d+)/) { $took[$1] += $n }
            else { $figure{$name} += $n }
        }
        waitpid $pid, 0;
        $is_bad ||= $?;
    }
    $figure{seconds} = int(time - $since) || 1;
    $figure{p99_ms} = longest(99, $figure{answered}, @took);
    $figure{max_ms} = longest(100, $figure{answered}, @took);
    print map { "$_ $figure{$_}\n" } sort keys %figure;
    exit($is_bad ? 1 : 0);
}

main();
