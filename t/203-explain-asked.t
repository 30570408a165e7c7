# explain of a query, what routes says, what check warns of, and which
# statements are prepared.
use utf8;
use Byline::Test;

my $site = site(nginx => 0, workers => 1, schema => <<'SQL', resources => <<'INI', routes => <<'ROUTES');
CREATE TABLE films (id integer PRIMARY KEY, title text, year integer);
INSERT INTO films SELECT i, 'film ' || i, i % 100
    FROM generate_series(1, 50000) AS i;
ANALYZE films;
CREATE TABLE awards (id integer PRIMARY KEY,
    film_id integer REFERENCES films, name text);
SQL
[resource films]
columns = id, title, year
where   = year < 90
[resource awards]
columns = id, name
[relation films.awards]
many = awards
via  = film_id
INI
[route films]
match      = GET /films
handler    = list
resource   = films
also       = awards, awards.count
filterable = title, id(in)
sortable   = year
limit      = 5
[route film]
match    = GET /films/:id
handler  = item
resource = films
ROUTES
$site->claim(qr/warning/);

subtest 'explain' => sub {
    my $text = $site->must('explain', 'films', 'title=film%201&with=');
    like $text, qr/^SELECT .* WHERE t0\."title" = \$1 ORDER BY/m,
        'the statement';
    like $text, qr/^-- \$1: film 1$/m, 'its parameter';
    like $text, qr/^-- +(?:-> +)?Seq Scan on films.*\n-- \^ reads all of a/m,
        'a large table that is read as a whole is pointed at';
    unlike $site->must('explain', 'films', 'id[in]=1,2&with='),
        qr/reads all of/, 'and one that is not, is not';
    like $site->must('explain', 'film'), qr/^-- \$1: id of the path$/m,
        'a parameter of the path';
    my ($status, $out, $err) = $site->byline('explain', 'films', 'titel=x');
    is $status, 1, 'a query that is refused';
    like $err, qr/titel: .*did you mean "title"\?/, 'as clients are told';
};

subtest 'routes' => sub {
    my $text = $site->must('routes');
    like $text, qr/^GET \/films +list +anybody +main +films$/m, 'the table';
    like $text, qr/^ +shows +id, title, year$/m, 'what is shown';
    like $text, qr/^ +with= +awards, awards\.count$/m, 'what can be asked';
    like $text, qr/^ +filters +title\(eq\), id\(in\)$/m, 'filters';
    like $text, qr/^ +sort= +year$/m, 'orders';
    like $text, qr/^ +rows where +year < 90$/m, 'and which rows there are';
};

subtest 'check' => sub {
    my ($status, $out, $err) = $site->byline('check');
    is $status, 0, 'passes';
    for ([ 'filterable', 'title has no index, and filtering reads all rows: '
            . 'CREATE INDEX ON "films" ("title");' ],
        [ 'sortable', 'year has no index, and sorting reads all rows: '
            . 'CREATE INDEX ON "films" ("year");' ],
        [ 'via', 'no index, and embedding awards reads all rows each time: '
            . 'CREATE INDEX ON "awards" ("film_id");' ]) {
        my ($key, $what) = @$_;
        like $err, qr/$key: warning: \Q$what\E|warning: .*$key: \Q$what\E/,
            "warns of $key without an index";
    }
};

subtest 'statements' => sub {
    my @sent = map { my $n = $_; $site->statements_of(sub {
        $site->direct("/films?title=film%20$n&with=") }) } 1 .. 4;
    is scalar(grep { $_->{text} ne $sent[0]{text} } @sent), 0,
        'are the same for other values';
    my $log = slurp($site->pg->{log});
    my @names = $log =~ /execute (\S+): SELECT[^\n]*"title" = \$1/g;
    is scalar(@names), 4, 'each is sent once' or diag "@names";
    is $names[0], '<unnamed>', 'unnamed at first';
    isnt $names[2], '<unnamed>', 'prepared when it comes again';
    is $names[3], $names[2], 'and from then on';
};

done;
