# Another schema by INI alone: what the program knows of tables and paths is
# what it is told.
use utf8;
use Byline::Test;

my $schema = <<'SQL';
CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE directors (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    country_code text REFERENCES countries
);
CREATE TABLE films (
    id integer PRIMARY KEY,
    title text NOT NULL,
    year smallint,
    gross numeric(30, 2),
    views bigint,
    director_id uuid NOT NULL REFERENCES directors,
    sequel_of integer REFERENCES films
);
CREATE TABLE isos (nr integer PRIMARY KEY, iso text NOT NULL UNIQUE);
CREATE DOMAIN small AS smallint;
CREATE DOMAIN smaller AS small;
CREATE TABLE actors (id smaller PRIMARY KEY, name text NOT NULL);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE odd (
    "select" mood PRIMARY KEY,
    "we""ird\name" text,
    "100%s%n" text,
    größe integer,
    iso text REFERENCES isos (iso)
);
CREATE TABLE days (day date PRIMARY KEY);
CREATE TABLE parts (
    film_id integer REFERENCES films,
    actor_id smallint REFERENCES actors,
    part text NOT NULL,
    PRIMARY KEY (film_id, actor_id)
);
CREATE TABLE loose (
    id integer PRIMARY KEY,
    director_id uuid NOT NULL,
    country_code text NOT NULL
);
INSERT INTO loose VALUES (1, '33333333-3333-3333-3333-333333333333', 'xx');
ALTER TABLE loose ADD FOREIGN KEY (country_code) REFERENCES countries
    NOT VALID;
CREATE TABLE logs (id integer, at date, PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO logs VALUES (1, '2024-05-06'), (1, '2024-01-02');
CREATE MATERIALIZED VIEW counts AS
    SELECT director_id, count(*) AS films FROM films GROUP BY 1 WITH NO DATA;
CREATE SCHEMA archive;
CREATE TABLE archive."Screenings" (
    "Id" bigint PRIMARY KEY,
    "filmId" integer NOT NULL REFERENCES films,
    "select" date NOT NULL
);
CREATE VIEW recent AS SELECT * FROM films WHERE year >= 2000;
INSERT INTO countries VALUES ('PL', 'Poland'), ('no w', 'Norway'),
    ('ü', 'Umlaut'), ('A%B', 'Per cent'), ('a+b', 'Plus'),
    ('a?b=c#d;e', 'Marks');
INSERT INTO directors VALUES
    ('11111111-1111-1111-1111-111111111111', 'Ada', 'PL'),
    ('22222222-2222-2222-2222-22222222222a', 'Bo', NULL);
INSERT INTO films VALUES
    (1, 'Start', 1999, 12345678901234567890.50, 9007199254740993,
        '11111111-1111-1111-1111-111111111111', NULL),
    (2, 'Sequel', 2001, NULL, NULL,
        '22222222-2222-2222-2222-22222222222a', 1),
    (3, 'Again', 2001, 0.10, 1,
        '11111111-1111-1111-1111-111111111111', 2);
INSERT INTO actors VALUES (1, 'Cy'), (2, 'Di');
INSERT INTO parts VALUES (1, 1, 'Hero'), (1, 2, 'Fool'), (2, 1, 'Hero');
INSERT INTO isos VALUES (7, 'pl');
INSERT INTO odd VALUES ('good', 'w', 'p', 5, 'pl'),
    ('bad', NULL, NULL, NULL, NULL);
INSERT INTO days VALUES ('2024-02-29');
INSERT INTO archive."Screenings" VALUES (7, 2, '2024-02-29');
SQL

my $resources = <<'INI';
[resource countries]
columns = code, name

[resource directors]
columns = id, name, country_code

[relation directors.country]
to  = countries
via = country_code

[resource films]
columns   = id, title as film_title, year, gross, views
columns.2 = director_id, sequel_of

[relation films.director]
to  = directors
via = director_id

[relation films.predecessor]
to  = films
via = sequel_of

[resource actors]
columns = id, name

[resource odd]
columns = select, we"ird\name, 100%s%n, größe

[relation odd.iso]
to  = isos
via = iso

[resource isos]
columns = nr, iso

[resource days]
columns = day

[resource loose]
columns = id

[relation loose.director]
to  = directors
via = director_id

[relation loose.country]
to  = countries
via = country_code

[resource logs]
columns = id, at

[resource counts]
columns = director_id, films
key     = director_id

[resource parts]
columns = part, film_id, actor_id

[relation parts.film]
to  = films
via = film_id

[relation parts.actor]
to  = actors
via = actor_id

[resource screenings]
table   = archive.Screenings
columns = Id, filmId, select as day

[relation screenings.film]
to  = films
via = filmId

[resource recent]
columns = id, title, director_id
key     = id

[relation recent.director]
to  = directors
via = director_id
INI

my $routes = <<'INI';
[routes]
limit     = 2
limit_max = 3

[route films]
match    = GET /films
handler  = list
resource = films
sort     = -year, title

[route latest]
match    = GET /films/latest
handler  = list
resource = films
sort     = -id
limit    = 1
limit_max = 10

[route film]
match    = GET /films/:id
handler  = item
resource = films
with     = director.country, predecessor.predecessor.director

[route film-title]
match    = GET /films/:id/title
handler  = item
resource = films
with     = director(name), predecessor(id, director(country(name)))

[route director]
match    = GET /directors/:id
handler  = item
resource = directors
with     = country

[route director-films]
match    = GET /directors/:director_id/films
handler  = list
resource = films
sort     = id

[route country]
match    = GET /countries/:code
handler  = item
resource = countries

[route countries]
match    = GET /countries
handler  = list
resource = countries

[route parts]
match    = GET /films/:film_id/parts
handler  = list
resource = parts
with     = actor
sort     = actor_id

[route part]
match    = GET /films/:film_id/parts/:actor_id
handler  = item
resource = parts
with     = film.director, actor

[route actor]
match    = GET /actors/:id
handler  = item
resource = actors

[route loose]
match    = GET /loose/:id
handler  = item
resource = loose
with     = director, country

[route logs]
match    = GET /logs
handler  = list
resource = logs

[route log]
match    = GET /logs/:id/:at
handler  = item
resource = logs

[route counts]
match    = GET /counts
handler  = list
resource = counts

[route odd]
match    = GET /odd/:select
handler  = item
resource = odd
with     = iso

[route day]
match    = GET /days/:day
handler  = item
resource = days

[route screening]
match    = GET /screenings/:Id
handler  = item
resource = screenings
with     = film.director

[route recent]
match    = GET /recent
handler  = list
resource = recent
with     = director
sort     = id

[route recent-pages]
match    = GET /recent-pages
handler  = list
resource = recent
sort     = -director_id

[route recent-one]
match    = GET /recent/:id
handler  = item
resource = recent
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes);
my $ada = '11111111-1111-1111-1111-111111111111';
my $bo = '22222222-2222-2222-2222-22222222222a';

# The body of the answer, which one statement made.
sub body_of
{
    my ($path) = @_;
    my $answer;
    my @sent = $site->statements_of(sub { $answer = $site->get($path) });
    is $answer->status, 200, "$path is found";
    is scalar @sent, 1, "$path is one statement";
    return $answer->body;
}

sub status_of { return $site->get($_[0])->status }

subtest 'relations nest, three levels and more' => sub {
    is body_of('/films/1'), '{"id":1,"filmTitle":"Start","year":1999,'
        . '"gross":12345678901234567890.50,"views":9007199254740993,'
        . qq("directorId":"$ada","sequelOf":null,)
        . qq("director":{"id":"$ada","name":"Ada","countryCode":"PL",)
        . '"country":{"code":"PL","name":"Poland"}},"predecessor":null}',
        'a row that refers to none of its own table';
    my $third = body_of('/films/3');
    my $answer = Byline::Test::Response->new(body => $third);
    is $answer->raw('predecessor.filmTitle'), '"Sequel"', 'to one that does';
    is $answer->raw('predecessor.predecessor.director.name'), '"Ada"',
        'along a chain that may end and one that may not';
    is $answer->raw('director.country.name'), '"Poland"', 'beside another';
    is $site->get('/films/2')->raw('predecessor.predecessor'), 'null',
        'that ends midway';
    is $site->get('/films/2')->raw('director.country'), 'null',
        'a director without a country';
};

subtest 'an embed is narrowed' => sub {
    my $answer = $site->get('/films/2/title');
    is $answer->raw('director'), '{"name":"Bo"}', 'to a column';
    is $answer->raw('predecessor'),
        '{"id":1,"director":{"country":{"name":"Poland"}}}',
        'to columns of what it embeds itself';
    is $site->get('/films/1/title')->raw('predecessor'), 'null',
        'and still is null without a partner';
    is $site->get('/films/3/title')->raw('predecessor'),
        '{"id":2,"director":{"country":null}}', 'on every level';
};

subtest 'a uuid is a key' => sub {
    like body_of("/directors/$ada"), qr/^\{"id":"$ada","name":"Ada"/, 'found';
    is status_of('/directors/' . uc $bo), 200, 'in capitals';
    is status_of('/directors/33333333-3333-3333-3333-333333333333'), 404,
        'unknown';
    problem_ok $site->get('/directors/1'), 400, 'not a uuid', 'id type';
    problem_ok $site->get("/directors/${ada}1"), 400, 'too long', 'id type';
    is scalar @{ $site->get("/directors/$ada/films")->json }, 2,
        'of a parent';
    is status_of('/directors/33333333-3333-3333-3333-333333333333/films'),
        404, 'of a parent that is not there';
    is $site->get("/directors/$ada/films?limit=1&offset=1")->raw('0.id'), 3,
        'with pages';
};

subtest 'a text is a key' => sub {
    is body_of('/countries/PL'), '{"code":"PL","name":"Poland"}', 'found';
    is body_of('/countries/no%20w'), '{"code":"no w","name":"Norway"}',
        'with a blank';
    is status_of('/countries/%C3%BC'), 200, 'beyond ASCII';
    is status_of('/countries/A%25B'), 200, 'with a per cent sign';
    is status_of("/countries/$_"), 200, "as $_"
        for qw(a+b a%2Bb), 'a%3Fb=c%23d;e';
    is status_of('/countries/pl'), 404, 'in its own case';
    is status_of('/countries/%27%20or%201=1--'), 404, 'never as SQL';
    is status_of('/countries/' . 'x' x 5000), 404, 'long';
    problem_ok $site->get('/countries/%FF'), 400, 'no UTF-8';
    is_deeply [ map { $_->{code} } @{ $site->get('/countries')->json } ],
        [ split /\n/, $site->sql('SELECT code FROM countries
            ORDER BY code LIMIT 2') ], 'a list is in the order of the key';
};

subtest 'a key has two columns' => sub {
    my $answer = $site->get('/films/1/parts/2');
    is $answer->raw('part'), '"Fool"', 'found';
    is $answer->raw('film.director.name'), '"Ada"', 'with what it embeds';
    is status_of('/films/3/parts/1'), 404, 'unknown';
    is status_of('/films/1/parts/40000'), 404,
        'beyond the type of one column';
    problem_ok $site->get('/films/x/parts/y'), 400, 'wrong in both',
        'filmId type', 'actorId type';
    is_deeply [ map { $_->{part} } @{ $site->get('/films/1/parts')->json } ],
        [ 'Hero', 'Fool' ], 'and a list by the first of them';
    is status_of('/films/9/parts'), 404, 'if that is there';
    is $site->get('/films/3/parts')->body, '[]', 'be it without any';
};

subtest 'integers keep to their type' => sub {
    is status_of('/actors/1'), 200, 'found';
    is status_of("/actors/$_"), 404, "$_ is no row"
        for qw(32767 32768 65537 4294967297), '9' x 30;
    is status_of("/films/$_"), 404, "$_ is no row"
        for qw(2147483647 2147483648 4294967297 18446744073709551617);
};

subtest 'a literal segment beats a parameter' => sub {
    is_deeply [ map { $_->{id} } @{ $site->get('/films/latest')->json } ],
        [ 3 ], 'and has its own limit';
    is status_of('/films/latest?limit=10'), 200, 'and greatest limit';
    is status_of('/films?limit=4'), 400, 'others keep the common one';
    is status_of('/films/latest/title'), 400,
        'below it the parameter is what is left';
};

subtest 'a list is sorted by several columns' => sub {
    is_deeply [ map { $_->{id} } @{ $site->get('/films?limit=3')->json } ],
        [ 3, 2, 1 ], 'each in its direction';
    is scalar @{ $site->get('/films')->json }, 2, 'cut at the default';
};

subtest 'names of other schemas and in capitals' => sub {
    my $answer = $site->get('/screenings/7');
    is $answer->status, 200, 'found';
    like $answer->raw(''), qr/^\{"id":7,"filmId":2,"day":"2024-02-29",/i,
        'shown';
    is $answer->raw('film.director.name'), '"Bo"', 'joined';
};

subtest 'names that need quotes' => sub {
    my $answer = $site->get('/odd/good');
    my $expected = '{"select":"good","we\\"ird\\\\name":"w","100%s%n":"p",'
        . '"größe":5,"iso":{"nr":7,"iso":"pl"}}';
    utf8::encode($expected);
    is $answer->body, $expected, 'in SQL and in JSON';
    is $site->get('/odd/bad')->json->{iso}, undef,
        'a relation to another key than the first';
};

subtest 'a key that PostgreSQL has to judge' => sub {
    is status_of('/days/2024-02-29'), 200, 'a date';
    is status_of('/days/2024-03-01'), 404, 'that no row has';
    for my $path (qw(/days/2024-13-01 /days/x /odd/no)) {
        problem_ok $site->get($path), 400, $path;
    }
    $site->pg->claim(qr/^ERROR 22/);
};

subtest 'a row that points to nothing' => sub {
    is $site->get('/loose/1')->body,
        '{"id":1,"director":null,"country":null}',
        'is still there, if no constraint rules it out';
};

subtest 'a partitioned table is a resource' => sub {
    is $site->get('/logs')->body, '[{"id":1,"at":"2024-01-02"},'
        . '{"id":1,"at":"2024-05-06"}]', 'in the order of its key';
    is status_of('/logs/1/2024-05-06'), 200, 'found by it';
};

subtest 'so is a materialized view' => sub {
    $site->pg->owner_sql('REFRESH MATERIALIZED VIEW counts');
    is $site->get('/counts')->raw('0.films'), 2, 'once it is filled';
};

subtest 'a view is a resource' => sub {
    is_deeply [ map { $_->{id} } @{ $site->get('/recent')->json } ], [ 2, 3 ],
        'listed';
    is $site->get('/recent')->raw('1.director.name'), '"Ada"', 'joined';
    is status_of('/recent/2'), 200, 'found by the key that is declared';
    is status_of('/recent/1'), 404, 'what it hides is not there';
};

subtest 'paths are what the routes say' => sub {
    is status_of($_), 404, $_
        for qw(/articles /film /films/1/parts/1/x /health /Films /filmsx);
    is status_of('/films/'), 200, 'a slash at the end changes nothing';
};
$site->stop;

subtest 'names, bigint, numeric and parameters as [api] says' => sub {
    my $other = site(schema => $schema, resources => $resources,
        routes => $routes, postgres => $site->pg, database => 'other',
        ini => { api => { names => 'snake', bigint => 'string',
            numeric => 'string', unknown_parameters => 'ignore' } });
    my $answer = $other->get('/films/1');
    is join(',', $answer->keys), 'id,film_title,year,gross,views,'
        . 'director_id,sequel_of,director,predecessor',
        'names are the database\'s';
    is $answer->raw('views'), '"9007199254740993"', 'bigint is a string';
    is $answer->raw('gross'), '"12345678901234567890.50"', 'numeric, too';
    is $answer->raw('id'), 1, 'integer stays a number';
    is $other->get('/films/2')->raw('views'), 'null', 'NULL stays null';
    is $other->get('/films?limt=1')->status, 200,
        'an unknown parameter is ignored';
    is $other->get('/films?limit=99')->status, 400, 'a known one is not';
    $other->stop;
};

subtest 'limits as [limits] says' => sub {
    my $other = site(schema => $schema, resources => $resources,
        routes => $routes, postgres => $site->pg, database => 'limited',
        ini => { limits => { uri => '300B', parameters => 2,
            embed_depth => 5 }, api => { ignored_parameters => 'x, y*' } });
    problem_ok $other->get('/films?' . 'x' x 300), 414, 'uri';
    is $other->get('/films?x=' . 'z' x 250)->status, 200, 'not beyond it';
    problem_ok $other->get('/films?x=1&y=2&yy=3'), 400, 'parameters',
        'query too_many';
    is $other->get('/films?x=1&yy=2')->status, 200, 'those ignored here';
    problem_ok $other->get('/films?_=1'), 400, 'no longer the default ones',
        '_ unknown_parameter';
    $other->stop;
};

subtest 'the same by explain and routes' => sub {
    my $table = $site->must('routes');
    like $table, qr{GET\s+/films/:id\b.*}, 'the table of routes';
    for my $route (qw(film director-films part recent)) {
        my $sql = $site->must('explain', $route);
        ok eval { $site->sql("PREPARE p AS $sql"); 1 },
            "the SQL of $route can be prepared" or diag $@;
    }
    like $site->must('explain', 'recent-pages'),
        qr/ORDER BY [^()]*"director_id" DESC[^()]*"id"/,
        'an order that leaves ties ends with the key';
    my ($status, undef, $err) = $site->byline('explain', 'flim');
    isnt $status, 0, 'a route that is not there';
    like $err, qr/did you mean "film"/, 'is guessed';
};

done;
