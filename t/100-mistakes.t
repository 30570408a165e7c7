# One wrong configuration per mistake, and exactly what is said about it.
use utf8;
use Byline::Test;

my %base = (
    'byline.ini' => <<'INI',
[database main]
conninfo = dbname=films

[pool main]
listen       = main.sock
listen_group =
INI
    'resources.ini' => <<'INI',
[resource films]
columns = id, title, director_id

[relation films.director]
to  = directors
via = director_id

[resource directors]
columns = id, name
INI
    'routes.ini' => <<'INI',
[route films]
match    = GET /films
handler  = list
resource = films

[route film]
match    = GET /films/:id
handler  = item
resource = films
with     = director
INI
);

my $home = dir() . '/conf';
mkdir $home;

# Runs a subcommand on the base with some files replaced.
sub run_with
{
    my ($files, @args) = @_;
    my %all = (%base, %$files);
    spew("$home/$_", $all{$_}) for keys %all;
    return byline(@args, '-c', 'byline.ini', { cwd => $home });
}

sub errors_of
{
    my ($files) = @_;
    my ($status, $out, $err) = run_with($files, 'check', '--offline');
    utf8::decode($err);
    return ($status, split /\n/, $err);
}

# The file with text at its end, or changed by code.
sub says
{
    my ($name, $file, $change, @expected) = @_;
    my $text = $base{$file};
    if (ref $change) {
        local $_ = $text;
        $change->();
        $text = $_;
    } else {
        $text .= $change;
    }
    my ($status, @lines) = errors_of({ $file => $text });
    is $status, 1, "$name: refused";
    is_deeply [ grep { !/^\d+ (?:mistake|error)/ } @lines ], \@expected,
        "$name: told so";
}

my ($status, @lines) = errors_of({});
is $status, 0, 'the base is right' or diag join "\n", @lines;

subtest 'what iniparser would change silently' => sub {
    my $ini = 'byline.ini';
    says 'a section twice', $ini, "[log]\nlevel = info\n[log]\n",
        'byline.ini:9: [log] stands on line 7 already';
    says 'a key twice', $ini, "[log]\nlevel = info\nlevel = debug\n",
        'byline.ini:9: [log] level: the key stands on line 8 already';
    says 'a key twice, in another case', $ini,
        "[log]\nlevel = info\nLevel = debug\n",
        'byline.ini:9: [log] Level: the key stands on line 8 already';
    says 'a comment after a section', $ini, "[log] ; of all\n",
        'byline.ini:7: nothing may follow a [section] on its line, '
        . 'not even a comment';
    says 'a comment after a section, and keys', 'routes.ini',
        "[route p] ; of all\nmatch = GET /p\nhandler = health\n",
        'routes.ini:11: nothing may follow a [section] on its line, '
        . 'not even a comment';
    says 'a semicolon', $ini, "[log]\ntarget = a;b\n",
        "byline.ini:8: the value would be cut at ';': quote it";
    says 'a hash', $ini, "[log]\ntarget = a#b\n",
        "byline.ini:8: the value would be cut at '#': quote it";
    says 'text after a quote', $ini, "[log]\ntarget = \"a\" b\n",
        'byline.ini:8: the value goes on after its closing quote; what '
        . 'follows would be lost';
    says 'a quote that stays open', $ini, "[log]\ntarget = \"a\n",
        'byline.ini:8: the value begins with a quote that never closes';
    says 'an escaped quote', $ini, "[log]\ntarget = \"a\\\"b\"\n",
        'byline.ini:8: \" cannot stand in a value: the quote would end it';
    says 'a single quote', $ini, "[log]\ntarget = 'a'\n",
        'byline.ini:8: a value cannot begin with a single quote, which '
        . 'would be lost: put the value in double quotes';
    says 'a colon in a section', $ini, "[pool a:b]\n",
        "byline.ini:7: a section's name cannot hold a colon";
    says 'a section that stays open', $ini, "[log\n",
        'byline.ini:7: a section needs a closing ]';
    says 'a section without a name', $ini, "[ ]\n",
        'byline.ini:7: a section needs a name';
    says 'a comment that swallows a line', $ini, "; a comment \\\n[log]\n",
        'byline.ini:7: a comment that ends in \ would swallow the next line';
    says 'a continuation into nothing', $ini, "[log]\nlevel = info \\\n",
        'byline.ini:8: the last line ends in \ and nothing follows';
    says 'a line without =', $ini, "[log]\nlevel info\n",
        'byline.ini:8: this is no [section], no key = value and no comment';
    says 'a key that is none', $ini, "[log]\nmy level = info\n",
        "byline.ini:8: a key is made of letters, digits, '_' and '.'";
    says 'a key before any section', $ini, sub { $_ = "level = info\n$_" },
        'byline.ini:1: "level" stands before the first [section]';
    says 'a byte order mark', $ini, sub { $_ = "\x{FEFF}$_" },
        'byline.ini:1: the file begins with a byte order mark: save it '
        . 'without';
    says 'a NUL', $ini, "[log]\nlevel = in\0fo\n",
        'byline.ini:8: the line holds a NUL byte';
    says 'a control character', $ini, "[log]\nlevel = in\x01fo\n",
        'byline.ini:8: the line holds a control character';
    my $long = join ', ', map { "column_$_" } 1 .. 100;
    says 'a long line', 'resources.ini',
        "[resource long]\ncolumns = $long\n", 'resources.ini:11: the line '
        . 'has ' . length("columns = $long") . ' bytes, continuations '
        . 'included; at most 1022 are read';
    my $half = join ', ', map { "column_$_" } 1 .. 60;
    my ($status, @lines) = errors_of({ 'resources.ini' =>
        $base{'resources.ini'}
        . "[resource long]\ncolumns = $half, \\\n$half\n" });
    is $status, 1, 'a long continuation: refused';
    like $lines[0], qr/^resources\.ini:11: the line has \d+ bytes/,
        'told so';
};

subtest 'bytes that are no UTF-8' => sub {
    spew("$home/$_", $base{$_}) for keys %base;
    open my $out, '>>:raw', "$home/byline.ini";
    print {$out} "[log]\nlevel = \xff\n";
    close $out;
    my ($status, undef, $err) = byline('check', '--offline', '-c',
        'byline.ini', { cwd => $home });
    is $err =~ s/^\d+ mistake.*\n//mr,
        "byline.ini:8: the line is not UTF-8\n", 'are refused';
};

subtest 'sections and keys' => sub {
    my $ini = 'byline.ini';
    says 'an unknown section', $ini, "[databse x]\nconninfo = x\n",
        'byline.ini:7: [databse x]: there is no such section; did you mean '
        . '"database"?';
    says 'an unknown key', $ini, "[log]\nlvel = info\n",
        'byline.ini:8: [log] lvel: there is no such key in [log]; did you '
        . 'mean "level"?';
    says 'a key of later days', $ini, "[byline]\nworkers = 2\n",
        'byline.ini:8: [byline] workers: there is no such key in [byline]';
    says 'a section without its name', $ini, "[pool]\n",
        'byline.ini:7: [pool]: needs a name: [pool NAME]';
    says 'a section with a name too many', $ini, "[log x]\n",
        'byline.ini:7: [log x]: takes no name: [log]';
    says 'a section in the wrong file', $ini, "[route x]\n",
        'byline.ini:7: [route x]: belongs in routes.ini';
    says 'a key that must be there', $ini, "[database x]\n",
        'byline.ini:7: [database x]: conninfo is missing: any libpq '
        . 'connection string, without a password';
    says 'a number after a key that is no list', $ini,
        "[log]\nlevel = info\nlevel.2 = debug\n",
        'byline.ini:9: [log] level.2: there is no such key in [log]; did you '
        . 'mean "level"?';
    says 'a continuation of nothing', 'resources.ini',
        "[resource x]\ncolumns = a\nprivate.2 = a\n",
        'resources.ini:12: [resource x] private.2: continues private, which '
        . 'is not there';
};

subtest 'values' => sub {
    my $ini = 'byline.ini';
    my $database = "[database x]\nconninfo = dbname=x\n";
    says 'a time without unit', $ini, "${database}lock_timeout = 5\n",
        'byline.ini:9: [database x] lock_timeout: "5" is no duration; write '
        . '10ms to 1h';
    says 'a time with a wrong one', $ini, "${database}lock_timeout = 5 sec\n",
        'byline.ini:9: [database x] lock_timeout: "5 sec" is no duration; '
        . 'write 10ms to 1h';
    says 'too long a time', $ini, "${database}lock_timeout = 2h\n",
        'byline.ini:9: [database x] lock_timeout: 2h is out of range: 10ms '
        . 'to 1h';
    says 'a time beyond all numbers', $ini,
        "${database}lock_timeout = 99999999999999999999s\n",
        'byline.ini:9: [database x] lock_timeout: 99999999999999999999s is '
        . 'out of range: 10ms to 1h';
    says 'a time that overflows by its unit', $ini,
        "${database}lock_timeout = 9223372036854775807h\n",
        'byline.ini:9: [database x] lock_timeout: 9223372036854775807h is '
        . 'out of range: 10ms to 1h';
    says 'a size in wrong letters', $ini, "[limits]\nuri = 1kb\n",
        'byline.ini:8: [limits] uri: "1kb" is no size; write 256B to 64kB';
    says 'a number with letters', $ini,
        "[limits]\nparameters = 12abc\n",
        'byline.ini:8: [limits] parameters: "12abc" is no integer; write 1 '
        . 'to 1000';
    says 'no number', $ini, "[limits]\nparameters =\n",
        'byline.ini:8: [limits] parameters: "" is no integer; write 1 to '
        . '1000';
    says 'a negative number', $ini, "[limits]\nparameters = -1\n",
        'byline.ini:8: [limits] parameters: -1 is out of range: 1 to 1000';
    says 'zero', $ini, "[limits]\nparameters = 0\n",
        'byline.ini:8: [limits] parameters: 0 is out of range: 1 to 1000';
    says 'a mode that is none', $ini, sub { $_ .= "listen_mode = 0888\n" },
        'byline.ini:7: [pool main] listen_mode: "0888" is no mode; write '
        . 'four octal digits, such as 0660';
    says 'a choice that is none', $ini, "[log]\nformat = jsn\n",
        'byline.ini:8: [log] format: "jsn" is none of: text | json; did you '
        . 'mean "json"?';
    says 'times that do not nest', $ini, sub {
        $_ =~ s/films\n/films\nlock_timeout = 5s\n/ },
        'byline.ini:3: [database main] lock_timeout: must be shorter than '
        . 'statement_timeout';
    says 'a request that is shorter than its statement', $ini,
        "request_timeout = 5s\n",
        'byline.ini:7: [pool main] request_timeout: must be longer than '
        . 'connect_timeout and statement_timeout of [database main] '
        . 'together, by more than 500ms';
    says 'a database that is not there', $ini,
        "[pool x]\ndatabase = mian\nlisten = x\n",
        'byline.ini:8: [pool x] database: there is no [database mian]; did '
        . 'you mean "main"?';
    says 'one socket for two', $ini, "[pool x]\nlisten = main.sock\n",
        'byline.ini:8: [pool x] listen: [pool main] listens there already';
    my $path = '/' . 'x' x 107;
    says 'a socket with a long path', $ini, "[pool x]\nlisten = $path\n",
        "byline.ini:8: [pool x] listen: $path has more than 107 bytes";
    says 'no pool', $ini, sub { $_ = "[database main]\nconninfo = x=y\n" },
        'byline.ini: there is no [pool NAME]',
        'routes.ini:1: [route films] pool: there is no [pool main]',
        'routes.ini:6: [route film] pool: there is no [pool main]';
    says 'a bracket that stays open', 'resources.ini', sub {
        s/columns = id, name/columns = id, name(/ },
        'resources.ini:9: [resource directors] columns: an item is missing';
};

subtest 'resources and relations' => sub {
    my $ini = 'resources.ini';
    says 'no columns', $ini, "[resource x]\n",
        'resources.ini:10: [resource x]: columns is missing: all that can '
        . 'ever be shown; `x as y` shows x as if it were named y';
    says 'a column twice', $ini, sub { s/id, name/id, name, id/ },
        'resources.ini:9: [resource directors] columns: id is there twice';
    says 'two columns under one name', $ini, sub {
        s/id, name/id, name, full_name as name/ },
        'resources.ini:9: [resource directors] columns: name and full_name '
        . 'would both be shown as "name"';
    says 'a column of two words', $ini, sub { s/id, name/id name/ },
        'resources.ini:9: [resource directors] columns: "id name" is no '
        . 'column; write `x`, or `x as y`';
    says 'brackets after a column', $ini, sub { s/id, name/id, name(x)/ },
        'resources.ini:9: [resource directors] columns: nothing in '
        . 'parentheses can follow name';
    says 'a private column that is not shown', $ini, "private = nmae\n",
        'resources.ini:10: [resource directors] private: directors has no '
        . 'column "nmae" in its columns; did you mean "name"?';
    says 'a column by the name in JSON', $ini, sub {
        s/id, name/id, full_name/; $_ .= "private = fullName\n" },
        'resources.ini:10: [resource directors] private: directors has no '
        . 'column "fullName" in its columns; did you mean "full_name"?';
    says 'a private key', $ini, "key = id\nprivate = id\n",
        'resources.ini:10: [resource directors] key: id is private; a key '
        . 'cannot be';
    says 'a relation to nowhere', $ini, sub {
        s/to  = directors/to  = drectors/ },
        'resources.ini:5: [relation films.director] to: there is no resource '
        . '"drectors"; did you mean "directors"?';
    says 'a relation of nowhere', $ini,
        "[relation flms.x]\nto = films\nvia = y\n",
        'resources.ini:10: [relation flms.x]: there is no resource "flms"; '
        . 'did you mean "films"?';
    says 'a relation without a resource', $ini,
        "[relation x]\nto = films\nvia = y\n",
        'resources.ini:10: [relation x]: is named [relation RESOURCE.NAME]';
    says 'a relation under the name of a column', $ini,
        "[relation films.title]\nto = films\nvia = y\n",
        'resources.ini:10: [relation films.title]: column title is shown as '
        . '"title" already';
    says 'two relations shown alike', 'resources.ini',
        join('', map { "[relation films.$_]\nto = directors\n"
            . "via = director_id\n" } qw(co_director coDirector)),
        'resources.ini:13: [relation films.coDirector]: '
        . '[relation films.co_director] is shown as "coDirector" already';
    my $many = sub {
        my ($name, $more) = @_;
        return "[relation films.$name]\nmany = films\n"
            . 'through = pairs(a, b)' . "\n" . ($more // '');
    };
    says 'a relation whose count has the name of a column', $ini, sub {
        s/^columns = id, title\K/, parts_count/m; $_ .= $many->('parts') },
        'resources.ini:10: [relation films.parts]: column parts_count is '
        . 'shown as "partsCount" already';
    says 'a relation whose more has the name of another', $ini,
        $many->('parts') . $many->('parts_more'),
        'resources.ini:13: [relation films.parts_more]: [relation '
        . 'films.parts] is shown as "partsMore" already';
    says 'a relation with the name of another\'s count', $ini,
        "[relation films.parts_count]\nto = directors\nvia = director_id\n"
        . $many->('parts'),
        'resources.ini:13: [relation films.parts]: [relation '
        . 'films.parts_count] is shown as "partsCount" already';
    says 'a set with the name of a column', $ini,
        $many->('parts', "set = director_id\n"),
        'resources.ini:10: [relation films.parts]: column director_id is '
        . 'shown as "directorId" already';
    says 'a set with the name of its relation', $ini,
        $many->('parts', "set = parts\n"),
        'resources.ini:10: [relation films.parts]: [relation films.parts] is '
        . 'shown as "parts" already';
    says 'two sets of one name', $ini,
        $many->('parts', "set = part_ids\n")
        . $many->('bits', "set = part_ids\n"),
        'resources.ini:14: [relation films.bits]: [relation films.parts] is '
        . 'set as "partIds" already';
    says 'rules for a set', $ini,
        $many->('parts', "set = part_ids\n") . "[field films.part_ids]\n",
        'resources.ini:14: [field films.part_ids]: part_ids is a set of '
        . 'keys, for which there are no rules';
    says 'a set under the name of its relation', $ini, sub {
        s/^columns.*title.*\K/\nwritable = parts/m;
        $_ .= $many->('parts', "set = part_ids\n") },
        'resources.ini:3: [resource films] writable: a body sets parts by '
        . 'part_ids, as [relation films.parts] says';
    says 'many rows that are no set', $ini, sub {
        s/^columns.*title.*\K/\nwritable = parts/m;
        $_ .= $many->('parts') },
        'resources.ini:3: [resource films] writable: a body cannot set '
        . 'parts: [relation films.parts] does not say set = NAME';
    says 'an owned row with a set', $ini, sub {
        s/^via.*\K/\nowned = on/m;
        s/^columns = id, name\K/\nwritable = part_ids/m;
        $_ .= $many->('parts', "set = part_ids\n")
            =~ s/films\./directors./r },
        'resources.ini:7: [relation films.director] owned: an owned row has '
        . 'no sets: part_ids is in writable of [resource directors]';
    says 'a relation without a way', $ini, "[relation films.x]\nto = films\n",
        'resources.ini:10: [relation films.x]: via is missing: the column '
        . 'that holds the other row\'s key';
};

subtest 'routes' => sub {
    my $ini = 'routes.ini';
    says 'a relation that is not there', $ini, sub {
        s/with     = director/with     = driector/ },
        'routes.ini:10: [route film] with: films has no relation "driector"; '
        . 'did you mean "director"?';
    says 'a column that is not there', $ini, sub {
        s/= director/= director(id, nmae)/ },
        'routes.ini:10: [route film] with: directors has no column or '
        . 'relation "nmae"; did you mean "name"?';
    says 'a column twice in an embed', 'routes.ini', sub {
        s/= director$/= director(id, id)/m },
        'routes.ini:10: [route film] with: id is there twice';
    says 'an embed that is narrowed twice', $ini, sub {
        s/= director/= director(id), director(name)/ },
        'routes.ini:10: [route film] with: director is narrowed twice';
    says 'an unknown resource', $ini, sub {
        s/resource = films\n\n/resource = flims\n\n/ },
        'routes.ini:4: [route films] resource: there is no resource "flims"; '
        . 'did you mean "films"?';
    says 'an unknown handler', $ini, sub { s/= list/= lst/ },
        'routes.ini:3: [route films] handler: there is no handler "lst"; did '
        . 'you mean "list"?';
    says 'two routes of one shape', $ini, "[route twin]\n"
        . "match = GET /films/:title\nhandler = item\nresource = films\n",
        'routes.ini:12: [route twin] match: [route film] matches the same '
        . 'requests';
    says 'a match that is none', $ini, sub { s{GET /films\n}{/films\n} },
        'routes.ini:2: [route films] match: "/films" is no match; write a '
        . 'method and a path, such as GET /films/:id';
    says 'a method that the handler does not answer', $ini, sub {
        s{GET /films\n}{POST /films\n} },
        'routes.ini:2: [route films] match: list answers GET, not POST';
    says 'a slash at the end', $ini, sub { s{GET /films\n}{GET /films/\n} },
        'routes.ini:2: [route films] match: leave out the / at the end: it '
        . 'is optional';
    says 'two slashes', $ini, sub { s{GET /films\n}{GET //films\n} },
        'routes.ini:2: [route films] match: two slashes in a row';
    says 'a parameter without a name', $ini, sub { s{/:id}{/:} },
        'routes.ini:7: [route film] match: a : needs the name of a column';
    says 'a parameter twice', $ini, sub { s{/:id}{/:id/:id} },
        'routes.ini:7: [route film] match: :id is there twice';
    says 'one row without a key', $ini, sub { s{/:id}{/first} },
        'routes.ini:7: [route film] match: the path of one row holds its '
        . 'key, such as /:id';
    says 'health of rows', $ini, "[route live]\nmatch = GET /live\n"
        . "handler = health\nresource = films\n",
        'routes.ini:14: [route live] resource: the handler health has no use '
        . 'for it';
    says 'a list without a resource', $ini, "[route x]\nmatch = GET /x\n"
        . "handler = list\n",
        'routes.ini:11: [route x]: resource is missing: the handler list '
        . 'needs one';
    says 'a page over the most', $ini, sub {
        s/= list\n/= list\nlimit = 200\n/ },
        'routes.ini:4: [route films] limit: limit (200) is over limit_max '
        . '(100)';
    says 'pages of one row', $ini, "limit = 5\n",
        'routes.ini:11: [route film] limit: the handler item has no use for '
        . 'it';
    says 'an unknown pool', $ini, "pool = mian\n",
        'routes.ini:11: [route film] pool: there is no [pool mian]; did you '
        . 'mean "main"?';
    says 'a switch that is none', $ini, "[route live]\nmatch = GET /live\n"
        . "handler = health\ndatabase = yes\n",
        'routes.ini:14: [route live] database: "yes" is neither on nor off';
    says 'no route', $ini, sub { $_ = "[routes]\n" },
        'routes.ini: there is no [route NAME]';
};

subtest 'relations that nest too deep' => sub {
    my ($status, @lines) = errors_of({
        'byline.ini' => "$base{'byline.ini'}\n[limits]\nembed_depth = 2\n",
        'resources.ini' => $base{'resources.ini'}
            . "\n[relation directors.mentor]\nto = directors\n"
            . "via = mentor_id\n",
        'routes.ini' => $base{'routes.ini'}
            =~ s/= director\n/= director.mentor.mentor\n/r });
    is $status, 1, 'are refused';
    is $lines[0], 'routes.ini:10: [route film] with: "mentor" is '
        . 'relation 3 in a row; embed_depth allows 2', 'told so';
};

subtest 'a private column does not show through the order' => sub {
    my ($status, @lines) = errors_of({
        'resources.ini' => $base{'resources.ini'} . "private = name\n",
        'routes.ini' => $base{'routes.ini'} . "\n[route directors]\n"
            . "match = GET /directors\nhandler = list\n"
            . "resource = directors\nsort = name\n" });
    is $lines[0], 'routes.ini:16: [route directors] sort: name is private, '
        . 'and an order would show it', 'refused';
};

subtest 'nor through a path' => sub {
    my ($status, @lines) = errors_of({
        'resources.ini' => $base{'resources.ini'} . "private = name\n",
        'routes.ini' => $base{'routes.ini'} . "\n[route named]\n"
            . "match = GET /directors/named/:name\nhandler = list\n"
            . "resource = directors\n" });
    is $status, 1, 'refused';
    like $lines[0],
        qr/^\Qroutes.ini:13: [route named] match: name is private\E/,
        'told so';
};

subtest 'files that are not there' => sub {
    my ($status, undef, $err) = byline('check', '--offline', '-c',
        'none.ini', { cwd => $home });
    is $status, 1, 'no byline.ini';
    like $err, qr/^none\.ini: cannot be read: No such file or directory$/m,
        'told so';
    says 'another file', 'byline.ini', "[byline]\nroutes = none.ini\n",
        'none.ini: cannot be read: No such file or directory';
    mkdir "$home/folder";
    says 'a folder', 'byline.ini', "[byline]\nroutes = folder\n",
        'folder: cannot be read: Is a directory';
};

subtest 'tokens' => sub {
    my $ini = 'byline.ini';
    says 'a cookie with a blank in its name', $ini,
        "[token]\ncookie = my token\n",
        'byline.ini:8: [token] cookie: "my token" is no name of a cookie: it '
        . q{has letters, digits, and any of !#$%&'*+-.^_`|~};
    says 'a cookie that would end itself', $ini,
        "[token]\ncookie = \"a;b\"\n",
        'byline.ini:8: [token] cookie: "a;b" is no name of a cookie: it '
        . q{has letters, digits, and any of !#$%&'*+-.^_`|~};
    says 'a cookie that browsers refuse', $ini, '[token]' . "\n"
        . "cookie_same_site = None\ncookie_secure = off\n",
        'byline.ini:8: [token] cookie_same_site: None needs cookie_secure = '
        . 'on: browsers refuse the cookie otherwise';
    says 'a claim with a quote', $ini, "[token]\nclaim = user\"Id\n",
        'byline.ini:8: [token] claim: "user"Id" is no name of a claim: it '
        . 'has letters, digits, and any of _-.';
    says 'a claim that is a time', $ini, "[token]\nclaim = exp\n",
        'byline.ini:8: [token] claim: exp is a time of the token, and says '
        . 'not who it is';
    says 'parts of seconds', $ini,
        "[token]\nlifetime = 1500ms\nclock_skew = 1500ms\n",
        'byline.ini:8: [token] lifetime: times in tokens are whole seconds',
        'byline.ini:9: [token] clock_skew: times in tokens are whole seconds';
    says 'an empty cookie', $ini, "[token]\ncookie =\nclaim =\n",
        'byline.ini:8: [token] cookie: "" is no name of a cookie: it has '
        . q{letters, digits, and any of !#$%&'*+-.^_`|~},
        'byline.ini:9: [token] claim: "" is no name of a claim: it has '
        . 'letters, digits, and any of _-.';
};

subtest 'all mistakes at once, and nothing starts' => sub {
    my %wrong = (
        'byline.ini' => "$base{'byline.ini'}workers = many\n[log]\n"
            . "lvel = x\n",
        'resources.ini' => $base{'resources.ini'} =~ s/= directors/= nobody/r,
        'routes.ini' => $base{'routes.ini'} =~ s/= list/= lst/r,
    );
    my @places = ('byline.ini:7', 'byline.ini:9', 'resources.ini:5',
        'routes.ini:3');
    for my $command ([ 'check', '--offline' ], ['check'], ['serve'],
        ['config'], ['routes'], [ 'explain', 'film' ], ['grants'],
        ['worker']) {
        my ($status, $out, $err) = run_with(\%wrong, @$command);
        isnt $status, 0, "@$command: ends";
        is_deeply [ $err =~ /^([\w.]+:\d+): /gm ], \@places,
            'all of them, in the order of files and lines';
        is $out, '', 'and nothing else';
    }
    ok !-e "$home/main.sock", 'no socket was made';
};

subtest 'how the program is called' => sub {
    ($status, my $out, my $err) = byline('--version');
    is $status, 0, '--version';
    like $out, qr/^byline \d+\.\d+/, 'tells it';
    ($status, $out, $err) = byline('--help');
    is $status, 0, '--help';
    like $out, qr/\b$_\b/, "knows $_"
        for qw(serve worker check config routes explain grants migrate);
    for my $args ([], ['chek'], [ 'check', '--ofline' ], [ 'check', '-c' ],
        [ 'explain' ], [ 'grants', 'role' ], [ 'grants', '--pool' ]) {
        ($status, $out, $err) = byline(@$args, { cwd => $home });
        is $status, 2, "byline @$args: wrong usage";
        like $err, qr/\S/, 'and what is right';
    }
    ($status, $out, $err) = byline('chek');
    like $err, qr/did you mean "check"/, 'a command is guessed';
    run_with({}, 'check', '--offline');
    ($status) = byline('check', '--offline',
        { env => { BYLINE_CONFIG => "$home/byline.ini" } });
    is $status, 0, 'BYLINE_CONFIG names the file';
};

done;
