# Clients that send or read a few bytes at a time hold no worker: nginx takes
# a request before it hands it on, and an answer before it is read.
use Byline::Test;
use Byline::Test::Load qw(http_connect http_send http_answer percentile);
use JSON::PP ();
use Time::HiRes qw(time);
use IO::Select;

my $site = site(workers => 4, nginx => 0, sql => <<'SQL');
INSERT INTO users (id, email, name, password)
    VALUES (1, 'anna@example.org', 'Anna', '*');
INSERT INTO articles (id, title, content, author_id)
    SELECT n, 'Title ' || n, repeat('Long text. ', 1500), 1
    FROM generate_series(1, 120) n;
ALTER TABLE articles ALTER id RESTART WITH 1000;
SQL
# The kernel would take megabytes for a client of this machine.
$site->start_nginx(edit => sub {
    $_[0] =~ s/(listen +127\.0\.0\.1:\d+);/$1 sndbuf=16k;/r;
});
my $token = $site->forge({ userId => 1 });

# The seconds that each of many requests takes, one after the other.
sub others
{
    my ($name) = @_;
    my $socket = http_connect($site);
    my (@seconds, @wrong);
    for (1 .. 300) {
        my $start = time;
        http_send($socket, GET => '/articles/7?fields=id');
        my $answer = http_answer($socket);
        push @seconds, time - $start;
        push @wrong, $answer ? $answer->status : 'none'
            if !$answer || $answer->status != 200;
        $socket = http_connect($site) if !$answer
            || ($answer->header('Connection') // '') eq 'close';
    }
    $site->count('GET', 300);
    is_deeply \@wrong, [], "$name: all others are answered";
    note sprintf '%s: half of the others in %.4fs, 99%% in %.4fs', $name,
        percentile(50, @seconds), percentile(99, @seconds);
    cmp_ok percentile(99, @seconds), '<', 1, "$name: as soon as ever";
}

# How many connections the workers hold, the one that all of them listen on
# aside.
sub held
{
    my $path = $site->socket;
    return scalar grep { / 0001 03 +\d+ \Q$path\E$/ }
        split /\n/, slurp('/proc/net/unix');
}

# What is read of each: not enough to empty any buffer.
sub sip
{
    my ($text) = @_;
    for my $socket (@_) {
        IO::Select->new($socket)->can_read(0)
            and sysread $socket, $text, 16;
    }
}

subtest 'nobody is slow' => sub { others('quiet') };

subtest 'fifty who send slowly' => sub {
    my $text = JSON::PP->new->encode({ title => 'Slow',
        content => 'x' x 50_000 });
    my @slow = map { http_connect($site) } 1 .. 50;
    my $length = length $text;
    print {$_} "POST /articles HTTP/1.1\r\nHost: localhost\r\n"
        . "Authorization: Bearer $token\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nContent-Length: $length\r\n\r\n"
        and $_->flush for @slow;
    for my $round (0 .. 4) {
        syswrite $_, substr $text, 10 * $round, 10 for @slow;
        others("$round tenths of the drip") if $round == 2 || $round == 4;
        is held(), 0, 'no worker is held';
    }
    # The first of them give up, the others finish.
    close shift @slow for 1 .. 10;
    syswrite $_, substr $text, 50 for @slow;
    my @status = map { my $answer = http_answer($_);
        $answer ? $answer->status : 0 } @slow;
    $site->count('POST', scalar @slow);
    is_deeply [ grep { $_ != 201 } @status ], [], 'who finishes is served';
    is $site->sql("SELECT count(*) FROM articles WHERE title = 'Slow'"),
        scalar @slow, 'and who gave up wrote nothing';
};

subtest 'fifty who read slowly' => sub {
    my @slow = map { http_connect($site) } 1 .. 50;
    my $path = '/articles?limit=100';
    http_send($_, GET => $path) for @slow;
    $site->count('GET', scalar @slow);
    wait_for('the answers to begin', sub {
        return @slow == grep { IO::Select->new($_)->can_read(0) } @slow;
    }, 60);
    wait_for('all workers to be free', sub { held() == 0 }, 60);
    for my $round (1 .. 3) {
        sip(@slow);
        others("round $round");
        is held(), 0, 'no worker is held';
    }
    # What nginx keeps for them is whole.
    my $answer = $site->get($path);
    cmp_ok length $answer->body, '>', 1_000_000,
        'an answer is more than the buffers of nginx hold';
    ok slurp($site->nginx->{error_log})
        =~ /upstream response is buffered to a temporary file/,
        'and what they do not hold is in a file';
    $_ = http_answer($_, 60) // 'none' for my @got = @slow[0 .. 2];
    # The first bytes of these are sipped already.
    is_deeply [ grep { $_ eq 'none' } @got ], [], 'who reads on gets the rest';
    close $_ for @slow;
};

$site->nginx->claim(qr/buffered to a temporary file/);
done;
