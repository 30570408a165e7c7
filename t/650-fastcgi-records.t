# What no server in front would send: records torn, out of order, of another
# version or kind, without an end. After each of them the pool answers.
use Byline::Test;
use Byline::Test::FastCGI qw(record pairs begin);

my $site = site(
    schema => "CREATE TABLE things (id integer PRIMARY KEY, name text);
        INSERT INTO things VALUES (1, 'One')",
    resources => "[resource things]\ncolumns  = id, name\nwritable = name\n",
    routes => <<'INI', nginx => 0, workers => 2, patience => 0,
[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route update]
match    = PATCH /things/:id
handler  = update
resource = things
INI
    ini => { 'pool main' => { request_timeout => '2s' },
        'database main' => { statement_timeout => '900ms',
            lock_timeout => '500ms', connect_timeout => '500ms' } });
$site->claim(qr/anybody can/);

use constant { ABORT => 2, END_REQUEST => 3, PARAMS => 4, IN => 5,
    DATA => 8, GET_VALUES => 9 };

my @params = (REQUEST_METHOD => 'GET', DOCUMENT_URI => '/things/1',
    QUERY_STRING => '', REQUEST_ID => 'f' x 32);
my $end_of_params = record(PARAMS, 1, '');
my $end_of_body = record(IN, 1, '');
my $request = fcgi_request(\@params);

# What comes back for these pieces, each written by itself, until the pool
# hangs up; `half`: this side has nothing more to say.
sub exchange
{
    my ($pieces, %o) = @_;
    local $SIG{PIPE} = 'IGNORE';
    $site->{sent}++;
    my $socket = fcgi_connect($site->socket) or return 'no connection';
    for my $piece (@$pieces) {
        syswrite $socket, $piece or last;
    }
    shutdown $socket, 1 if $o{half};
    return '' if $o{leave};
    my ($text, $end) = ('', time + 10);
    while (time < $end) {
        my $bits = '';
        vec($bits, fileno $socket, 1) = 1;
        select $bits, undef, undef, 1 or next;
        sysread $socket, $text, 65536, length $text or return $text;
    }
    return "$text and no end";
}

sub serves
{
    my ($after) = @_;
    my $answer = wait_for('an answer', sub {
        my $got = $site->direct('/things/1');
        $got && $got->status != 503 && $got; # it has no connection yet
    });
    is $answer->status, 200, "$after: the next request is answered";
}

my $row = qr/\{"id":1,"name":"One"\}/;

subtest 'torn at every byte' => sub {
    my @wrong;
    for my $at (1 .. length($request) - 1) {
        my $got = exchange([ substr($request, 0, $at),
            substr $request, $at ]);
        push @wrong, $at if $got !~ $row;
    }
    is_deeply \@wrong, [], 'each is answered';
    like exchange([ split //, $request ]), $row, 'and byte by byte';
};

subtest 'cut off at every byte' => sub {
    my @wrong;
    for my $at (0 .. length($request) - 1) {
        my $got = exchange([ substr $request, 0, $at ], half => 1);
        push @wrong, "$at: $got" if $got =~ /Status: 2/
            && $at < length($request) - 8; # what lacks is a body of nothing
        exchange([ substr $request, 0, $at ], leave => 1);
    }
    is_deeply \@wrong, [], 'no part of a request is answered as one';
    serves('after them');
};

# Each: its name, the bytes, what comes of them ('' nothing, or a pattern).
my $many = pairs(@params, map { ("X_$_" => 'y' x 900) } 1 .. 150);
my $name_first = pairs(REQUEST_METHOD => 'GET', DOCUMENT_URI => '/things/1',
    QUERY_STRING => '');
my @cases = (
    [ 'a value of 65,000 bytes', fcgi_request([ @params,
        HTTP_X => 'x' x 65000 ]), $row ],
    [ 'parameters in three records', begin() . join('', map {
        record(PARAMS, 1, $_) } unpack '(a10)*', pairs(@params))
        . $end_of_params . $end_of_body, $row ],
    [ 'records of 65,535 bytes', begin() . join('', map {
        record(PARAMS, 1, $_) } unpack '(a65535)*', $many)
        . $end_of_params . $end_of_body, $row ],
    [ 'lengths in four bytes', begin() . record(PARAMS, 1, join '', map {
        pack('NNa*a*', 0x80000000 | length $params[2 * $_], 0x80000000
            | length $params[2 * $_ + 1], @params[2 * $_, 2 * $_ + 1]) }
        0 .. 3) . $end_of_params . $end_of_body, $row ],
    [ 'an absurd length of a name', begin() . record(PARAMS, 1,
        "\xff\xff\xff\xff\x01ab") . $end_of_params . $end_of_body, '' ],
    [ 'an absurd length of a value', begin() . record(PARAMS, 1,
        "\x01\xff\xff\xff\xffab") . $end_of_params . $end_of_body, '' ],
    [ 'a length and no more', begin() . record(PARAMS, 1, "\x84")
        . $end_of_params . $end_of_body, '' ],
    [ 'an empty name', begin() . record(PARAMS, 1, pairs('', 'x', @params))
        . $end_of_params . $end_of_body, $row ],
    [ 'no parameters', begin() . $end_of_params . $end_of_body,
        qr/Status: 400/ ],
    [ 'no end of parameters', begin() . record(PARAMS, 1, $name_first)
        . $end_of_body, '' ],
    [ 'a body in front of parameters', begin() . record(IN, 1, 'x')
        . record(PARAMS, 1, pairs(@params)) . $end_of_params . $end_of_body,
        '' ],
    [ 'parameters after their end', begin() . record(PARAMS, 1,
        $name_first) . $end_of_params . record(PARAMS, 1,
        pairs(QUERY_STRING => 'x')) . $end_of_params . $end_of_body,
        undef ],
    [ 'no BEGIN_REQUEST', substr($request, 16), '' ],
    [ 'BEGIN_REQUEST twice', begin() . $request, undef ],
    [ 'another request at once', begin() . record(1, 2, pack 'nCx5', 1, 0)
        . substr($request, 16), undef ],
    [ 'records of another request', begin() . record(PARAMS, 7,
        pairs(QUERY_STRING => 'no=1')) . substr($request, 16), undef ],
    [ 'another role', record(1, 1, pack 'nCx5', 2, 0)
        . substr($request, 16), undef ],
    [ 'no role', record(1, 1, pack 'nCx5', 99, 0) . substr($request, 16),
        undef ],
    [ 'another version', "\x02" . substr($request, 1), '' ],
    [ 'an unknown type', record(99, 1, 'x') . $request, undef ],
    [ 'an unknown type of management', record(99, 0, 'x') . $request,
        undef ],
    [ 'ABORT_REQUEST', begin() . record(ABORT, 1, ''), '' ],
    [ 'ABORT_REQUEST after parameters', begin() . record(PARAMS, 1,
        pairs(@params)) . record(ABORT, 1, ''), '' ],
    [ 'DATA', begin() . record(DATA, 1, 'x') . substr($request, 16), '' ],
    [ 'DATA amid parameters', begin() . record(PARAMS, 1, $name_first)
        . record(DATA, 1, 'x') . record(PARAMS, 1, pairs(X => 'y'))
        . $end_of_params . $end_of_body, '' ],
    [ 'an abort amid parameters', begin() . record(PARAMS, 1, $name_first)
        . record(ABORT, 1, '') . $end_of_params . $end_of_body, '' ],
    [ 'END_REQUEST', record(END_REQUEST, 1, "\0" x 8) . $request, undef ],
    [ 'padding', begin() . pack('CCnnCC', 1, PARAMS, 1,
        length pairs(@params), 7, 0) . pairs(@params) . "\xaa" x 7
        . $end_of_params . $end_of_body, $row ],
    [ 'much padding', pack('CCnnCC', 1, 1, 1, 8, 255, 0)
        . pack('nCx5', 1, 0) . "\xaa" x 255 . substr($request, 16),
        undef ],
    [ 'GET_VALUES, unknown', record(GET_VALUES, 0, pairs(X => ''))
        . $request, undef ],
    [ 'GET_VALUES, one name', record(GET_VALUES, 0,
        pairs(FCGI_MPXS_CONNS => '')) . $request, undef ],
    [ 'GET_VALUES, four names', record(GET_VALUES, 0, pairs(
        map { ($_ => '') } qw(FCGI_MAX_CONNS FCGI_MAX_REQS FCGI_MPXS_CONNS
        FCGI_MAX_CONNS))) . $request, undef ],
    [ 'zeros', "\0" x 4096, '' ],
    [ 'ones', "\xff" x 4096, '' ],
    [ 'HTTP', "GET / HTTP/1.1\r\nHost: x\r\n\r\n", '' ],
    [ 'nothing', '', '' ],
);
for my $case (@cases) {
    my ($name, $bytes, $expected) = @$case;
    my $waits = $name =~ /^(?:DATA|an abort)/;
    subtest $name => sub {
        my $got = exchange([$bytes], half => 1);
        if (!defined $expected) {
            unlike $got, qr/Status: (?!200)|no end/, 'nothing wrong';
        } elsif (ref $expected) {
            $got = exchange([$bytes]);
            like $got, $expected, 'answered';
        } else {
            unlike $got, qr/Status:|no end/, 'not answered';
            unlike exchange([$bytes]), qr/Status:/, 'nor to who waits'
                if $waits;
        }
        serves($name);
    };
}

subtest 'a write is not done by halves' => sub {
    my $body = '{"name":"Two"}';
    my $head = begin() . record(PARAMS, 1, pairs(REQUEST_METHOD => 'PATCH',
        DOCUMENT_URI => '/things/1', CONTENT_TYPE => 'application/json',
        CONTENT_LENGTH => length $body));
    for my $case ([ 'cut in the parameters', $head ],
        [ 'no end of parameters', $head . record(IN, 1, $body)
            . $end_of_body ],
        [ 'half of the body', $head . $end_of_params
            . record(IN, 1, substr $body, 0, 5) . $end_of_body ],
        [ 'an abort', $head . $end_of_params
            . record(IN, 1, substr $body, 0, 5) . record(ABORT, 1, '') ]) {
        my ($name, $bytes) = @$case;
        unlike exchange([$bytes], half => 1), qr/Status: 2/, $name;
        serves($name);
    }
    is $site->pg->sql('SELECT name FROM things'), 'One', 'nothing changed';
};

subtest 'those who hold a worker are dropped' => sub {
    my @silent = map { fcgi_connect($site->socket) } 1 .. 2;
    for my $socket (@silent) {
        syswrite $socket, substr $request, 0, 5;
    }
    serves('after five bytes of a header');
    for my $socket (@silent = map { fcgi_connect($site->socket) } 1 .. 2) {
        syswrite $socket, begin() . record(PARAMS, 1, $name_first);
    }
    serves('amid parameters');
    @silent = map { fcgi_connect($site->socket) } 1 .. 2;
    serves('nothing at all');
};

$site->claim(qr/worker \d+ is stuck and replaced/,
    qr/no database: /, qr/worker \d+ was ended by signal (?:6|9|11)/, qr/Assertion|smashing/);
$site->pg->claim(qr/57014|FATAL 08006/);
done;
