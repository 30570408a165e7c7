# What a query can ask: relations, fields, filters, orders, pages, counts and
# a search, and what is told to who asks for something else.
use utf8;
use Byline::Test;

my $site = site(nginx => 0, schema => <<'SQL', resources => <<'INI', routes => <<'ROUTES');
CREATE TYPE kind AS ENUM ('short', 'long');
CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);
CREATE INDEX ON people (name);
CREATE TABLE films (id integer PRIMARY KEY, title text NOT NULL,
    year integer, director_id integer REFERENCES people, kind kind,
    seen timestamptz, is_old boolean NOT NULL DEFAULT false,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED);
CREATE INDEX ON films USING gin (words);
CREATE TABLE awards (id integer PRIMARY KEY,
    film_id integer NOT NULL REFERENCES films, name text, prize integer);
CREATE INDEX ON awards (film_id);
CREATE TABLE genres (id integer PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE films_genres (film_id integer REFERENCES films,
    genre_id integer REFERENCES genres, PRIMARY KEY (film_id, genre_id));
INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO films VALUES
    (1, 'The 100 % film', 1999, 1, 'long', '2026-01-01 12:00:00.000001+00'),
    (2, 'A_B, or "C"', NULL, NULL, 'short', NULL),
    (3, 'Running dogs', 1999, 2, NULL, '2026-01-01 12:00:00.000002+00'),
    (4, 'A dog runs', 2001, 2, 'long', NULL);
INSERT INTO awards VALUES (1, 1, 'gold', 1), (2, 1, 'silver', 2),
    (3, 1, 'bronze', 3), (4, 3, NULL, 1), (5, 4, 'gold', 9);
INSERT INTO genres VALUES (1, 'drama'), (2, 'crime');
INSERT INTO films_genres VALUES (1, 1), (1, 2), (3, 2);
SQL
[resource people]
columns = id, name
[resource films]
columns = id, title, year, director_id, kind, seen, is_old
[resource awards]
columns = id, name, prize
[resource genres]
columns = id, name
[relation films.director]
to  = people
via = director_id
[relation people.films]
many  = films
via   = director_id
order = -id
[relation films.awards]
many  = awards
via   = film_id
order = name, -prize
limit = 2
[relation films.genres]
many    = genres
through = films_genres(film_id, genre_id)
order   = name
INI
[route films]
match      = GET /films
handler    = list
resource   = films
with       = director
also       = awards, awards.count, genres(name), director.films(id, awards.count)
filterable = id(eq, in, nin), title(eq, contains, starts), year(eq, ne, lt, lte, gt, gte, null), kind(eq, ne, in), seen(eq, gt), is_old, director.name(eq, ne), awards.name(eq, null), awards.prize(gt, lt), genres.name(eq)
sortable   = id, title, year, seen, director.name
search     = words(english)
limit      = 5
limit_max  = 10
[route film]
match    = GET /films/:id
handler  = item
resource = films
with     = director(name)
also     = awards
ROUTES
$site->claim(qr/warning/);

sub rows
{
    my ($query) = @_;
    my $answer = $site->direct("/films?$query");
    return "$query: " . $answer->status . ' ' . $answer->body
        if $answer->status != 200;
    return $answer->json;
}

# The ids of all rows that a query finds, in their order.
sub finds
{
    my ($query, @ids) = @_;
    my $rows = rows("fields=id&$query");
    is_deeply ref $rows ? [ map { $_->{id} } @$rows ] : $rows, \@ids, $query;
}

sub refuses
{
    my ($query, @fields) = @_;
    problem_ok $site->direct("/films?$query"), 400, $query, @fields;
}

subtest 'what is shown' => sub {
    my %film = (id => 1, title => 'The 100 % film', year => 1999,
        directorId => 1, kind => 'long', isOld => JSON::PP::false,
        seen => '2026-01-01T12:00:00.000001+00:00');
    my $ann = { id => 1, name => 'Ann' };
    my @awards = ({ id => 3, name => 'bronze', prize => 3 },
        { id => 1, name => 'gold', prize => 1 });
    my @expected = (
        [ 'id=1' => { %film, director => $ann } ],
        [ 'with=' => {%film} ],
        [ 'with=awards' => { %film, awards => \@awards,
            awardsMore => JSON::PP::true } ],
        [ 'with=awards.count,genres' => { %film, awardsCount => 3,
            genres => [ { name => 'crime' }, { name => 'drama' } ] } ],
        [ 'with=director.films' => { %film, director => { %$ann,
            films => [ { id => 1, awardsCount => 3 } ] } } ],
        [ 'fields=id,title' => { id => 1, title => $film{title} } ],
        [ 'fields=director.name' => { director => { name => 'Ann' } } ],
        [ 'fields=id,director' => { id => 1, director => $ann } ],
        [ 'fields=id,awards.count' => { id => 1, awardsCount => 3 } ],
        [ 'fields=director.films.id' => { director => {
            films => [ { id => 1 } ] } } ],
        [ 'with=director&fields=id' => { id => 1, director => $ann } ],
        [ 'with=director&fields=director.name' => { %film,
            director => { name => 'Ann' } } ],
        [ 'with=awards&fields=id,awards.prize' => { id => 1,
            awards => [ { prize => 3 }, { prize => 1 } ],
            awardsMore => JSON::PP::true } ],
    );
    is_deeply rows("id=1&$$_[0]"), [ $$_[1] ], $$_[0]
        for map { $$_[0] eq 'id=1' ? [ 'limit=1', $$_[1] ] : $_ } @expected;
    my $item = $site->direct('/films/1?fields=title,awards.name')->body;
    is $item, '{"title":"The 100 % film","awards":[{"name":"bronze"},'
        . '{"name":"gold"}],"awardsMore":true}', 'of an item, too';
    is $site->direct('/films/2?fields=director')->body, '{"director":null}',
        'nobody is null';
    my @sent = $site->statements_of(sub {
        $site->direct('/films/1?with=&fields=id');
    });
    unlike $sent[0]{text}, qr/people|awards|title/,
        'what nobody asked for is neither joined nor selected';
    refuses 'with=actors', 'with unknown_relation';
    refuses 'with=awards,awards', 'with repeated_parameter';
    refuses 'with=director.name', 'with unknown_relation';
    refuses 'with=director,,awards', 'with unknown_relation';
    refuses 'fields=', 'fields min_length';
    refuses 'fields=titel', 'fields unknown_field';
    refuses 'fields=words', 'fields unknown_field';
    refuses 'fields=id,id', 'fields repeated_parameter';
    is scalar @{ $site->direct('/films?fields=' . ',' x 5000)->json->{errors} },
        100, 'a hundred mistakes are told';
    refuses 'fields=genres.id', 'fields unknown_field';
    like $site->direct('/films?with=diretor')->body,
        qr/did you mean \\"director\\"/, 'what was meant';
};

subtest 'filters' => sub {
    finds 'id=3', 3;
    finds 'id[eq]=3', 3;
    finds 'id[in]=3,1,77', 1, 3;
    finds 'id[nin]=3,1', 2, 4;
    finds 'year=1999', 1, 3;
    finds 'year[ne]=1999', 2, 4;
    finds 'year[gt]=1999', 4;
    finds 'year[gte]=1999&year[lt]=2001', 1, 3;
    finds 'year[lte]=1999', 1, 3;
    finds 'year[null]=true', 2;
    finds 'year[null]=false', 1, 3, 4;
    finds 'title=A_B,%20or%20%22C%22', 2;
    finds 'title[contains]=_', 2;
    finds 'title[contains]=%25', 1;
    finds 'title[contains]=DOG', 3, 4;
    finds 'title[starts]=A', 2, 4;
    finds 'title[starts]=a', ();
    finds 'kind=long', 1, 4;
    finds 'kind[ne]=long', 2, 3;
    finds 'kind[in]=long,short', 1, 2, 4;
    finds 'isOld=true', ();
    finds 'seen=2026-01-01T12:00:00.000001%2B00:00', 1;
    finds 'seen=2026-01-01T12:00:00.000001+00:00', 1;
    finds 'seen[gt]=2026-01-01T13:00:00.000001+01:00', 3;
    finds 'director.name=Bob', 3, 4;
    finds 'director.name[ne]=Bob', 1, 2;
    finds 'awards.name=gold', 1, 4;
    finds 'awards.name[null]=true', 3;
    finds 'awards.prize[gt]=1&awards.prize[lt]=3', 1;
    finds 'awards.name=gold&awards.prize[gt]=1', 4;
    finds 'genres.name=crime&awards.name=silver', 1;
    refuses 'id=x', 'id type';
    refuses 'id=99999999999', 'id range';
    refuses 'id[in]=1,x', 'id[in] type';
    refuses 'id[in]=', 'id[in] type';
    refuses 'id[in]=' . join(',', 1 .. 101), 'id[in] max_length';
    refuses 'kind=tall', 'kind one_of';
    refuses 'year[null]=maybe', 'year[null] one_of';
    refuses 'seen=yesterday', 'seen type';
    refuses 'isOld=1', 'isOld type';
    refuses 'year[in]=1', 'year[in] unknown_operator';
    refuses 'id[foo]=1', 'id[foo] unknown_operator';
    refuses 'id=1&id[eq]=1', 'id[eq] repeated_parameter';
    refuses 'id=1&id=2', 'id repeated_parameter';
    refuses 'titel=x', 'titel unknown_parameter';
    refuses 'director=1', 'director unknown_parameter';
    refuses 'director.id=1', 'director.id unknown_parameter';
    refuses 'id=x&year=y', 'id type', 'year type';
    refuses 'limit=0&nope=1&fields=x', 'limit range',
        'nope unknown_parameter', 'fields unknown_field';
};

# Follows a relation of Link until there is none.
sub walk
{
    my ($path, $relation, $most) = @_;
    my @pages;
    while (defined $path && @pages < ($most // 20)) {
        my $answer = $site->direct($path);
        is $answer->status, 200, $path or last;
        push @pages, [ map { $_->{id} } @{ $answer->json } ];
        ($path) = ($answer->header('Link') // '')
            =~ /<([^>]+)>; rel="$relation"/;
        return (\@pages, $answer) if !defined $path;
    }
    return (\@pages);
}

subtest 'orders and pages' => sub {
    my %order = ('' => [ 1 .. 4 ], 'sort=-id' => [ 4, 3, 2, 1 ],
        'sort=title' => [ 4, 2, 3, 1 ], 'sort=-title' => [ 1, 3, 2, 4 ],
        'sort=year' => [ 1, 3, 4, 2 ], 'sort=-year' => [ 2, 4, 1, 3 ],
        'sort=year,-id' => [ 3, 1, 4, 2 ], 'sort=-year,-id' => [ 2, 4, 3, 1 ],
        'sort=seen' => [ 1, 3, 2, 4 ], 'sort=-seen' => [ 2, 4, 3, 1 ],
        'sort=director.name' => [ 1, 3, 4, 2 ],
        'sort=-director.name,-id' => [ 2, 4, 3, 1 ]);
    for my $sort (sort keys %order) {
        finds $sort, @{ $order{$sort} };
        for my $limit (1 .. 3) {
            my ($pages, $last) = walk("/films?$sort&limit=$limit", 'next');
            is_deeply [ map { @$_ } @$pages ], $order{$sort},
                "$sort: pages of $limit have every row once";
            my ($before) = $last->header('Link') =~ /<([^>]+)>; rel="prev"/;
            my ($back) = walk($before, 'prev');
            is_deeply [ map { @$_ } reverse @$back ],
                [ map { @$_ } @$pages[ 0 .. $#$pages - 1 ] ], 'and back';
        }
    }
    my $answer = $site->direct('/films?year[ne]=1&limit=2&sort=-year');
    my ($next) = $answer->header('Link') =~ /<([^>]+)>; rel="next"/;
    like $next, qr{^/films\?year\[ne\]=1&limit=2&sort=-year&after=[\w-]+$},
        'a link is a path with all that was asked';
    my ($cursor) = $next =~ /after=([\w-]+)/;
    for my $other ("sort=year&limit=2&year[ne]=1&after=$cursor",
        "sort=-year&year[ne]=2&after=$cursor", "sort=-year&after=$cursor",
        'after=' . substr($cursor, 1), 'after=', 'after=!',
        'after=' . ($cursor =~ s/.$/A/r), "after=${cursor}AAAA") {
        refuses $other, 'after cursor';
    }
    is $site->direct("/films?after=$cursor&year[ne]=1&limit=1&sort=-year&"
        . 'with=')->status, 200, 'limit and relations may differ';
    refuses 'offset=1&after=x', 'after conflict';
    refuses 'after=x&before=y', 'before conflict';
    refuses 'sort=name', 'sort unknown_field';
    refuses 'sort=', 'sort unknown_field';
    refuses 'sort=id,-id', 'sort repeated_parameter';
    refuses 'limit=11', 'limit range';
};

subtest 'counts' => sub {
    for ([ 'count=exact', 4 ], [ 'count=exact&limit=1', 4 ],
        [ 'count=exact&offset=100', 4 ], [ 'year=1999&count=exact', 2 ],
        [ 'awards.name=gold&count=exact&offset=3', 2 ],
        [ 'director.name=Bob&count=exact', 2 ], [ 'id=77&count=exact', 0 ],
        [ 'q=dog&count=exact', 2 ]) {
        my $answer = $site->direct("/films?$$_[0]");
        is $answer->header('X-Total-Count'), $$_[1], $$_[0];
    }
    is $site->direct('/films')->header('X-Total-Count'), undef,
        'only if asked for';
    refuses 'count=yes', 'count one_of';
};

subtest 'a search' => sub {
    finds 'q=dog', 3, 4;
    finds 'q=running%20-dog', ();
    finds 'q=dog&sort=-id', 4, 3;
    finds 'q=%22dog%20runs%22', 4;
    finds 'q=film&year=1999', 1;
    my ($pages) = walk('/films?q=dog&limit=1', 'next');
    is_deeply [ map { @$_ } @$pages ], [ 3, 4 ], 'is paged';
    finds 'q=' . ($_ x 3), () for '%27', ':*', '%26', '(', '%22';
    refuses 'q=', 'q min_length';
    refuses 'q=%20%20', 'q min_length';
    refuses 'q=' . '-' x 33, 'q max_length';
    refuses 'q=' . '-+' x 40, 'q max_length';
    refuses 'q=' . join('+', map { "w$_" } 1 .. 33), 'q max_length';
    refuses 'q=' . join(',', map { "w$_" } 1 .. 33), 'q max_length';
    finds 'q=' . '-' x 32, ();
    problem_ok $site->direct('/films/1?q=x'), 400, 'of an item',
        'q unknown_parameter';
    problem_ok $site->direct('/films/1?limit=1'), 400, 'a page of an item',
        'limit unknown_parameter';
};

done;
