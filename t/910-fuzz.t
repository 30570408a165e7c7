# Requests and files by chance: answers and diagnostics, never a crash. The
# chance is the same each time; BYLINE_TEST_SEED=N asks for another.
use Byline::Test;

my $seed = $ENV{BYLINE_TEST_SEED} // 7;
srand $seed;
note "BYLINE_TEST_SEED=$seed";

sub one_of { return $_[ rand @_ ] }

my $schema = <<'SQL';
CREATE TABLE things (id integer PRIMARY KEY, code text UNIQUE, day date);
INSERT INTO things SELECT n, 'c' || n, '2024-01-01'::date + n
    FROM generate_series(1, 50) n;
SQL
my $resources = "[resource things]\ncolumns = id, code, day\n";
my $routes = <<'INI';
[route things]
match    = GET /things
handler  = list
resource = things

[route thing]
match    = GET /things/:id
handler  = item
resource = things

[route code]
match    = GET /codes/:code
handler  = item
resource = things

[route days]
match    = GET /days/:day
handler  = list
resource = things
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, workers => 2, nginx => 0);

my @bytes = ('%00', '%FF', '%C3%A9', '%', '%4', '%zz', '+', '%2B', '..', '//',
    ';', '&', '=', '?', '#', "'", '"', '\\', '%0A', '%27', ' ', "\xff", "\0",
    '0', '1', '-', '9' x 12, 'x' x 300, '2024-01-05', '2024-13-45',
    'infinity', 'c7', '1e5', '::', '$1', '%F0%9F%98%80', '%ED%A0%80');

sub random_path
{
    my $path = one_of('/things', '/things/', '/codes/', '/days/', '/', '',
        '/health/live', '/health/ready', '/things/1');
    $path .= one_of(@bytes) for 1 .. rand 4;
    return $path;
}

sub random_query
{
    return join one_of('&', '&', ';'), map {
        one_of('limit', 'offset', '_', 'utm_x', 'limt', @bytes)
            . one_of('=', '=', '=', '', '==') . one_of(@bytes, 1 .. 9)
    } 1 .. rand 5;
}

subtest 'requests' => sub {
    my @before = sort $site->workers;
    my (@wrong, %count);
    for my $n (1 .. 2000) {
        my ($path, $query) = (random_path(), random_query());
        my $method = one_of(('GET') x 6, 'HEAD', 'OPTIONS', 'POST', 'G T');
        my $socket = fcgi_connect($site->socket);
        print {$socket} fcgi_request([ REQUEST_METHOD => $method,
            one_of('DOCUMENT_URI', 'DOCUMENT_URI', 'REQUEST_URI') => $path,
            QUERY_STRING => $query, REQUEST_ID => 'f' x 32 ],
            one_of('', '', 'body' x 5000));
        $socket->flush;
        $site->{sent}++;
        my ($out, undef, $whole) = fcgi_answer($socket);
        my $answer = Byline::Test::Response->from_cgi($out);
        my $status = $whole ? $answer->status : 'none';
        $count{$status}++;
        my $fine = $status =~ /^(?:200|204|400|404|405|414|501)$/;
        $fine &&= defined $answer->json
            if $status ne '204' && $method ne 'HEAD';
        $fine &&= $answer->header('Content-Type') =~ $PROBLEM_TYPE
            if $status =~ /^[45]/;
        push @wrong, "$status $method $path ? $query" if !$fine;
    }
    is_deeply [ map { s/[^ -~]/./gr } @wrong ], [], 'each has its answer';
    is_deeply [ sort $site->workers ], \@before, 'no worker died';
    note join ', ', map { "$_: $count{$_}" } sort keys %count;
    $site->pg->claim(qr/^ERROR 22/);
};

subtest 'files' => sub {
    my $home = dir() . '/fuzz';
    mkdir $home;
    my %whole = map { ($_ => slurp("$site->{home}/$_")) }
        qw(byline.ini resources.ini routes.ini);
    my @pieces = ('[', ']', '=', ';', '#', '"', "'", '\\', "\\\n", "\n", "\0",
        "\xff", "\xef\xbb\xbf", ',', '(', ')', '((((', '.', ':', ' as ', '-',
        '99999999999999999999', 'x' x 1100, "[route x]\n", "[log]\n", '%s%n',
        ' ', "\t", "\r\n", "\r", 'columns.2 = a', 'with = a.b.c(d(e))');
    my @wrong;
    for my $n (1 .. 300) {
        my $broken = one_of(sort keys %whole);
        for my $name (keys %whole) {
            my $text = $whole{$name};
            if ($name eq $broken) {
                for (0 .. rand 4) {
                    my $at = int rand length $text;
                    substr($text, $at, one_of(0, 0, 1, 5, 40)) =
                        one_of(@pieces);
                }
            }
            spew("$home/$name", $text);
        }
        my ($status, undef, $err) = byline('check', '--offline', '-c',
            'byline.ini', { cwd => $home, timeout => 10 });
        next if $status == 0 || ($status == 1 && length $err);
        push @wrong, "status $status, $broken: $err";
        rename "$home/$broken", dir() . "/crash-$n-$broken";
    }
    is_deeply \@wrong, [], 'each is accepted or refused in words';
};

done;
