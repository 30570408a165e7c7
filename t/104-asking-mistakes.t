# What a configuration can get wrong about relations with many rows, about who
# sees rows, and about what clients can ask; and what is said about it.
use utf8;
use Byline::Test;

my $home = dir() . '/conf';
mkdir $home;
my $byline = <<'INI';
[database main]
conninfo = dbname=films
[pool main]
listen       = main.sock
listen_group =
INI
my $accounts = <<'INI';
[accounts]
resource = people
login    = email
password = password
[token]
secrets = *.key
INI
my $resources = <<'INI';
[resource people]
columns = id, name, secret, limit_no as limit
private = secret

[field people.password]
hash = bcrypt

[resource films]
columns = id, title, director_id
%s
[resource genres]
columns = id, name

[relation films.director]
to  = people
via = director_id

[relation people.films]
many = films
via  = director_id
%s
[relation films.genres]
many    = genres
through = films_genres(film_id, genre_id)
%s
INI
my $routes = <<'INI';
[route films]
match    = GET /films
handler  = list
resource = films
%s
[route people]
match    = GET /people
handler  = list
resource = people
%s
[route film]
match    = GET /films/:id
handler  = item
resource = films
%s
INI

spew("$home/a.key", 'x' x 48);
chmod 0400, "$home/a.key";

# The mistakes of the files with these lines put in.
sub mistakes
{
    my (%o) = @_;
    spew("$home/byline.ini", $byline . ($o{accounts} ? $accounts : ''));
    spew("$home/resources.ini", sprintf $resources, map { $_ // '' }
        @o{qw(films many through)});
    spew("$home/routes.ini", sprintf $routes, map { $_ // '' }
        @o{qw(list people item)});
    my ($status, $out, $err) = byline('check', '--offline', '-c',
        'byline.ini', { cwd => $home });
    utf8::decode($err);
    return map { s/^\w+\.ini:\d+: //r } grep { /^\w+\.ini:/ && !/warning/ }
        split /\n/, $err;
}

sub says
{
    my ($name, $expected, %o) = @_;
    is_deeply [ mistakes(%o) ], [ ref $expected ? @$expected : $expected ],
        $name;
}

is_deeply [ mistakes() ], [], 'the base is right';

subtest 'relations with many rows' => sub {
    says 'a limit over embed_rows', '[relation people.films] limit: '
        . 'is over embed_rows (100)', many => 'limit = 101';
    says 'an order by nothing', '[relation people.films] order: films has no '
        . 'column "titel" in its columns; did you mean "title"?',
        many => 'order = titel';
    says 'an order by many', '[relation people.films] order: genres has many '
        . 'rows, and none of them is the one to sort by',
        many => 'order = genres.name';
    says 'a key without a use', '[relation films.genres] via: a relation '
        . 'with `through` has no use for it', through => 'via = id';
    says 'neither one nor many', [ '[relation films.x]: needs to = RESOURCE '
        . '(one row) or many = RESOURCE' ],
        through => "[relation films.x]\nvia = director_id";
    says 'a way without columns', '[relation films.x] through: write the '
        . 'table and its columns, the ones with our key first: '
        . 'films_genres(film_id, genre_id)',
        through => "[relation films.x]\nmany = genres\nthrough = table";
    says 'a parenthesis that is not closed', '[relation films.x] through: '
        . 'a ( is never closed', through => "[relation films.x]\n"
        . "many = genres\nthrough = films_genres(a, b";
};

subtest 'who sees rows' => sub {
    says 'a string that does not end', '[resource films] where: the predicate '
        . 'has a string that does not end', films => "where = title = 'x";
    says 'another placeholder', '[resource films] where: there is no :viewr; '
        . 'did you mean "viewer"?; there are :viewer and :role',
        films => 'where = id = :viewr';
    says 'nobody to be known', '[resource films] where: :viewer needs '
        . '[accounts]: nobody is known', films => 'where = id = :viewer';
    is_deeply [ mistakes(accounts => 1, films => 'where = id = :viewer') ], [],
        'with accounts it is right';
    like join("\n", mistakes(list => 'where = "id = 1; DROP TABLE films"')),
        qr/^\[route films\] where: the predicate /, 'two statements';
    like join("\n", mistakes(films => 'where = true) OR (true')),
        qr/^\[resource films\] where: the predicate /,
        'a parenthesis that leaves its own';
    says 'within nothing', '[resource films] within: films has no to-one '
        . 'relation "diretor"; did you mean "director"?',
        films => 'within = diretor';
    says 'within many', '[resource films] within: films has no to-one '
        . 'relation "genres"', films => 'within = genres';
    like join("\n", mistakes(films => 'within = sequel', through =>
        "[relation films.sequel]\nto = films\nvia = id")),
        qr/\[resource films\] within: leads back to films/, 'a circle';
};

subtest 'what is asked' => sub {
    says 'no such relation', '[route films] also: films has no relation '
        . '"genre"; did you mean "genres"?', list => 'also = genre';
    says 'a filter by nothing', '[route films] filterable: people has no '
        . 'column "nam" in its columns; did you mean "name"?',
        list => 'filterable = director.nam';
    says 'no such operator', '[route films] filterable: there is no operator '
        . '"equals"; there are: eq, ne, lt, lte, gt, gte, in, nin, null, '
        . 'contains, starts', list => 'filterable = title(equals)';
    says 'a filter by what is private', '[route films] filterable: secret is '
        . 'private, and a filter would show it',
        list => 'filterable = director.secret';
    says 'an order by what is private', '[route films] sortable: secret is '
        . 'private, and an order would show it',
        list => 'sortable = director.secret';
    says 'an order by many', '[route films] sortable: genres has many rows, '
        . 'and none of them is the one to sort by',
        list => 'sortable = genres.name';
    says 'a name that is taken', '[route people] filterable: ?limit= means '
        . 'something else; show the column by another name: `limit_no as …` '
        . 'in columns', people => 'filterable = limit_no';
    says 'a search without a language', '[route films] search: write the '
        . 'column and its configuration: search(english)',
        list => 'search = words';
    says 'a list of one row', '[route film] filterable: the handler item has '
        . 'no use for it', item => 'filterable = title';
    says 'a count of one', '[route films] with: people has no relation '
        . '"count"', list => 'with = director.count';
};

done;
