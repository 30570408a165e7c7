# Legal requests by chance, over schemas and rows by chance: each answer is
# what nested loops over all rows make of it (Byline::Test::Oracle).
#
# The chance is the same each time. BYLINE_SEED=N asks for another,
# BYLINE_REQUESTS=N for so many requests in all (10000, say). The n-th schema
# is the first one of seed + n - 1.
use utf8;
use Byline::Test;
use Time::HiRes qw(time);
use Byline::Test::Generator qw(random_schema rows_sql random_request
    request_uri chance one_of);
use Byline::Test::Oracle;
use Byline::Test::Schema qw(schema_sql schema_resources schema_routes);

my $seed = $ENV{BYLINE_SEED} // 1;
my $total = $ENV{BYLINE_REQUESTS} // 1800;
my $each = 300;
note "BYLINE_SEED=$seed BYLINE_REQUESTS=$total";

# What of the query language may occur.
my %has = map { $_ => 1 } qw(many visibility with fields filters sort cursor
    count search);

my @viewers = ({}, { id => 1, role => 'user' }, { id => 2, role => 'user' },
    { id => 3, role => 'admin' });

my $pg = Byline::Test::Postgres->new;

sub random_site
{
    my ($seed) = @_;
    srand $seed;
    my $schema = random_schema(\%has);
    my @texts = (schema_sql($schema) . rows_sql($schema),
        schema_resources($schema), schema_routes($schema));
    utf8::encode($_) for @texts;
    my $site = site(postgres => $pg, database => "seed$seed",
        schema => $texts[0], resources => $texts[1], routes => $texts[2],
        accounts => 1, nginx => 0, workers => 1,
        ini => { limits => { embed_rows => $schema->{embed_rows} } });
    # What the harness took of the chance is of no account.
    srand $seed;
    return ($site, $schema, Byline::Test::Oracle->new($schema,
        sub { $site->sql($_[0]) }));
}

sub send_as
{
    my ($site, $viewer, $uri) = @_;
    my $id = $viewer->{id} or return $site->direct($uri);
    $site->{tokens}{$id} //= $site->forge({ userId => $id });
    return $site->direct($uri, bearer => $site->{tokens}{$id});
}

sub differs
{
    my ($expected, $answer) = @_;
    return 'status ' . $answer->status . ': ' . $answer->body
        if $answer->status != 200;
    return "expected $expected\ngot      " . $answer->body
        if $expected ne $answer->body;
    return;
}

# The targets of the links, by relation.
sub links
{
    my ($answer) = @_;
    return map { /^<([^>]*)>; rel="(\w+)"$/ ? ($2 => $1) : (wrong => $_) }
        split /,\s*(?=<)/, $answer->header('Link') // '';
}

# Whether the page from one row on is right, and has the links it must have.
sub page_mistake
{
    my ($right, $request, $from, $answer) = @_;
    my $to = $from + $right->{limit};
    $to = $right->{count} if $to > $right->{count};
    my $wrong = differs(Byline::Test::Oracle::page($right, $from, $to),
        $answer);
    return $wrong if $wrong;
    my $total = $answer->header('X-Total-Count') // 'none';
    my $expected = $request->{count} ? $right->{count} : 'none';
    return "X-Total-Count $total, not $expected" if $total ne $expected;
    my %link = links($answer);
    my $has_next = $to < $right->{count};
    my $has_prev = $from > 0;
    return 'Link: ' . ($answer->header('Link') // '')
        if !$link{next} != !$has_next || $link{wrong}
        || (!$link{prev} != !$has_prev && $from < $right->{count})
        || ($link{prev} && !$link{first});
    return;
}

# From the first page to the last and back, by what the links say.
sub walk_mistake
{
    my ($site, $right, $request, $answer) = @_;
    my ($from, $limit) = (0, $right->{limit});
    for my $rel (qw(next prev)) {
        while (my $uri = { links($answer) }->{$rel}) {
            $from += $rel eq 'next' ? $limit : -$limit;
            $answer = send_as($site, $request->{viewer}, $uri);
            my $wrong = $from < 0 ? 'before the first page'
                : page_mistake($right, $request, $from, $answer);
            return "rel=$rel $uri, from row $from: $wrong" if $wrong;
        }
    }
    return $from == 0 ? () : "prev ends at row $from";
}

# What is wrong with an answer; nothing, if nothing is.
sub mistake
{
    my ($site, $oracle, $request, $answer) = @_;
    my $right = $oracle->answer($request);
    return "status $right->{status}, not " . $answer->status . ': '
        . $answer->body if $answer->status != $right->{status};
    return if $right->{status} != 200;
    return differs($right->{body}, $answer) if defined $right->{body};
    return page_mistake($right, $request, $right->{from}, $answer)
        // ($has{cursor} && !defined $request->{offset} && $request->{walk}
            ? walk_mistake($site, $right, $request, $answer) : ());
}

# The least of a request that still goes wrong, in words.
sub reduced
{
    my ($site, $schema, $oracle, $request) = @_;
    my $is_wrong = sub {
        my ($less) = @_;
        my $answer = send_as($site, $less->{viewer},
            request_uri($schema, $less));
        return mistake($site, $oracle, $less, $answer);
    };
    for my $key (qw(walk count offset limit q sort fields with)) {
        my %less = %$request;
        next if !defined delete $less{$key};
        $request = \%less if $is_wrong->(\%less);
    }
    for my $key (qw(filters sort fields with)) {
        for my $item (@{ $request->{$key} // [] }) {
            my @rest = grep { $_ ne $item } @{ $request->{$key} };
            my %less = (%$request, $key => \@rest);
            delete $less{$key} if !@rest && $key ne 'with';
            $request = \%less if $is_wrong->(\%less);
        }
    }
    my $uri = request_uri($schema, $request);
    my $viewer = $request->{viewer};
    my $wrong = $is_wrong->($request) // 'but now it is right';
    return "[route $request->{route}{name}] by "
        . ($viewer->{id} ? "$viewer->{role} $viewer->{id}" : 'nobody')
        . ": GET $uri\n$wrong";
}

for (my $n = 0; $n * $each < $total; $n++) {
    my $start = time;
    my ($site, $schema, $oracle) = random_site($seed + $n);
    my ($ready, $wrong, %count) = (time, '');
    for my $number (1 .. $each) {
        my $request = random_request($schema, \%has, @viewers);
        my $uri = request_uri($schema, $request);
        my $answer = send_as($site, $request->{viewer}, $uri);
        $count{ $answer->status }++;
        $request->{walk} = chance(0.2);
        next if !mistake($site, $oracle, $request, $answer);
        $wrong = "request $number: $uri\n"
            . reduced($site, $schema, $oracle, $request);
        last;
    }
    is $wrong, '', 'BYLINE_SEED=' . ($seed + $n);
    note sprintf '%.1f s to start, %.1f s; %s', $ready - $start,
        time - $ready, join ', ', map { "$_: $count{$_}" } sort keys %count;
    $site->stop;
}

done;
