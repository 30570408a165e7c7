# Walks through a long table, by Link from page to page, there and back, while
# others insert, delete and change rows: what was there all the time, with the
# key it is sorted by, is met once. And far pages cost what the first one
# costs, where an index serves the order.
use Byline::Test;
use MIME::Base64 qw(decode_base64url);

my $rows = 100_000;
my $page = 1_000;

my $site = site(nginx => 0, workers => 1, schema => <<"SQL", resources => <<'INI', routes => <<"ROUTES");
CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);
CREATE INDEX ON people (name);
CREATE TABLE events (id integer PRIMARY KEY, score integer,
    seen timestamptz NOT NULL, title text NOT NULL, kind integer NOT NULL,
    person_id integer NOT NULL REFERENCES people, note text);
INSERT INTO people SELECT n, 'name ' || n / 2 FROM generate_series(1, 200) n;
INSERT INTO events SELECT n,
    CASE WHEN n % 40 = 0 THEN NULL WHEN n % 100 = 1 THEN 500
        ELSE n::bigint * 7919 % $rows END,
    '2026-01-01T00:00:00Z'::timestamptz
        + n * 7907::bigint % $rows / 3 * interval '1 microsecond',
    CASE n % 1000 WHEN 0 THEN '' WHEN 1 THEN 'a "b", c' WHEN 2 THEN U&'\\00FC'
        ELSE 'title ' || n * 7901::bigint % $rows END,
    n % 100, n % 200 + 1
    FROM generate_series(1, $rows) n;
CREATE INDEX ON events (score, id);
CREATE INDEX ON events (seen, id);
CREATE INDEX ON events (title);
CREATE INDEX ON events (kind, seen DESC, id);
CREATE INDEX ON events (person_id, id);
ANALYZE people, events;
SQL
[resource people]
columns = id, name
[resource events]
columns = id, score, seen, title, kind, note
[relation events.person]
to  = people
via = person_id
INI
[route events]
match      = GET /events
handler    = list
resource   = events
sortable   = id, score, seen, title, kind, person.name
limit      = $page
limit_max  = $page
ROUTES

my $other = $site->pg->session(user => 'byline_owner');

# What others do between two pages; the ids whose rows are gone, or stand
# somewhere else now. New rows come everywhere in each order.
my $turn = 0;
my $newest = $rows;
sub disturb
{
    my $n = ++$turn;
    my $from = $newest + 1;
    $newest += 50;
    my $some = sub {
        my ($step) = @_;
        return "id = ANY(ARRAY(SELECT generate_series($n, $rows, $step)))";
    };
    return split /\n/, $other->(<<"SQL");
UPDATE events SET note = 'turn $n' WHERE @{[ $some->(331) ]};
INSERT INTO events SELECT n, nullif(n * 7919::bigint % 105000, 500) % 104000,
    '2026-01-01T00:00:00Z'::timestamptz + n % 33334 * interval '1 us',
    'title ' || n * 31 % 100000, n % 100, n % 200 + 1
    FROM generate_series($from, $newest) n;
DELETE FROM events WHERE @{[ $some->(4999) ]} RETURNING id;
UPDATE events SET score = nullif(id * 7::bigint % 90000, $n * 100),
    seen = seen + interval '11111 us', title = 'title ' || id * 3 % 100000,
    kind = (kind + 37) % 100, person_id = (id + $n * 13) % 200 + 1
    WHERE @{[ $some->(4973) ]} RETURNING id;
SQL
}

sub link_of
{
    my ($answer, $relation) = @_;
    my ($path) = ($answer->header('Link') // '')
        =~ /<([^>]+)>; rel="$relation"/;
    return $path;
}

# Follows a relation of Link to the end: the paths, the ids on their pages,
# and what was disturbed on the way.
sub walk
{
    my ($path, $relation) = @_;
    my %walk = (newest => $newest);
    while (defined $path && @{ $walk{paths} // [] } < 2 * $rows / $page) {
        my $answer = $site->direct($path);
        die "$path: ", $answer->body if $answer->status != 200;
        push @{ $walk{paths} }, $path;
        push @{ $walk{pages} }, [ $answer->body =~ /"id":(\d+)/g ];
        @{ $walk{disturbed} }{ disturb() } = ()
            if @{ $walk{paths} } % 7 == 3;
        $path = link_of($answer, $relation);
    }
    return \%walk;
}

sub ids_by
{
    my ($order) = @_;
    return split /\n/, $other->('SELECT e.id FROM events e '
        . "JOIN people p ON p.id = e.person_id ORDER BY $order;");
}

# The first place where two lists differ, or nothing.
sub difference
{
    my ($got, $expected) = @_;
    my ($first) = grep { ($got->[$_] // '') ne ($expected->[$_] // '') }
        0 .. ($#$got > $#$expected ? $#$got : $#$expected);
    return if !defined $first;
    return "place $first of " . @$expected . ': got '
        . ($got->[$first] // 'the end') . ', expected '
        . ($expected->[$first] // 'the end');
}

# Whether all that was there and was not disturbed was met once, and in its
# order. Ids do not come again: what is there now and has an old one was there.
sub met_once
{
    my ($name, $order, $walk, @met) = @_;
    my $stays = sub {
        return grep { $_ <= $walk->{newest}
            && !exists $walk->{disturbed}{$_} } @_;
    };
    my @expected = $stays->(ids_by($order));
    cmp_ok scalar @expected, '>', $rows * 0.9, "$name: most rows stay";
    is difference([ $stays->(@met) ], \@expected), undef,
        "$name: each of them once";
}

# The values of the cursor in a path, as SQL.
sub values_of
{
    my ($path) = @_;
    my ($cursor) = $path =~ /(?:after|before)=([\w-]+)/ or return;
    my $bytes = substr decode_base64url($cursor), 8;
    my @values;
    while ($bytes =~ /\G(?:(-)|\+(\d+):)/gc) {
        push @values, 'NULL' and next if $1;
        my $value = substr $bytes, pos $bytes, $2;
        pos($bytes) += $2;
        push @values, "'" . ($value =~ s/'/''/gr) . "'";
    }
    return @values;
}

# What the statement of a page does, planned for these values or for any.
sub plan_of
{
    my ($mode, $sql, $types, @values) = @_;
    my $arguments = @values ? '(' . join(', ', @values) . ')' : '';
    return $other->("SET plan_cache_mode = force_${mode}_plan;\n"
        . 'PREPARE page' . (@values ? "($types)" : '') . " AS $sql;\n"
        . 'EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) '
        . "EXECUTE page$arguments;\nDEALLOCATE page;");
}

# Looks at the plans of a page; how many buffers the worse one touches.
sub buffers_of
{
    my ($name, $path, $types) = @_;
    my ($sent) = $site->statements_of(sub { $site->direct($path) });
    my $most = 0;
    for my $mode (qw(custom generic)) {
        my $plan = plan_of($mode, $sent->{text}, $types, values_of($path));
        subtest "$name, a $mode plan" => sub {
            unlike $plan, qr/Seq Scan on events/, 'does not scan all';
            like $plan, qr/Index (?:Only )?Scan/, 'uses an index';
        } or diag $plan;
        my ($hit, $read) = $plan =~
            /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/;
        my $buffers = ($hit // 0) + ($read // 0);
        $most = $buffers if $buffers > $most;
    }
    return $most;
}

my @walks = (
    [ '', 'e.id', 'integer' ],
    [ '-id', 'e.id DESC', 'integer' ],
    [ 'score', 'e.score, e.id', 'integer, integer' ],
    [ '-score', 'e.score DESC, e.id', 'integer, integer' ],
    [ 'seen', 'e.seen, e.id', 'timestamptz, integer' ],
    [ 'title', 'e.title, e.id', 'text, integer' ],
    [ 'kind,-seen', 'e.kind, e.seen DESC, e.id',
        'integer, timestamptz, integer' ],
    [ 'person.name', 'p.name, e.id', 'text, integer' ],
);

for my $walk (@walks) {
    my ($sort, $order, $types) = @$walk;
    my $start = '/events?fields=id' . ($sort ? "&sort=$sort" : '');
    my $name = $sort || 'the key';

    my $there = walk($start, 'next');
    my @paths = @{ $there->{paths} };
    met_once("$name, forward", $order, $there,
        map { @$_ } @{ $there->{pages} });

    my $end = $site->direct($paths[-1]);
    my @tail = $end->body =~ /"id":(\d+)/g;
    my $back = walk(link_of($end, 'prev'), 'prev');
    met_once("$name, back", $order, $back,
        (map { @$_ } reverse @{ $back->{pages} }), @tail);

    # The last page is short, and so is the first one from behind.
    my %path = (first => $paths[0], middle => $paths[ @paths / 2 ],
        last => $paths[-2], back => $back->{paths}[-2]);
    my %buffers = map { $_ => buffers_of("$name, $_", $path{$_}, $types) }
        sort keys %path;
    diag sprintf '%-12s buffers: first page %d, in the middle %d, last %d, '
        . 'first from behind %d', $name, @buffers{qw(first middle last back)};
}

done;
