# One wrong configuration per mistake about who may do what and what a body
# can set, and exactly what is said about it.
use Byline::Test;

my %base = (
    'byline.ini' => <<'INI',
[byline]
public_url = https://example.org

[database main]
conninfo = dbname=films

[pool main]
listen       = main.sock
listen_group =

[accounts]
resource = people
login    = email
password = password
role     = role
since    = since

[token]
secrets = keys/*.key
INI
    'resources.ini' => <<'INI',
[resource people]
columns  = id, email, place_id
private  = email
writable = email, place
owner    = id

[field people.email]
format     = email
max_length = 200

[field people.password]
hash       = bcrypt

[field people.role]
role = admin

[relation people.place]
to    = places
via   = place_id
owned = on

[resource places]
columns  = id, city
writable = city

[resource films]
columns  = id, title, owner_id
writable = title
owner    = owner_id

[relation films.owner]
to  = people
via = owner_id
INI
    'routes.ini' => <<'INI',
[route person]
match    = GET /people/:id
handler  = item
resource = people
auth     = optional
with     = place

[route me]
match    = GET /me
handler  = item
resource = people
viewer   = id
auth     = required

[route sign-up]
match    = POST /people
handler  = create
resource = people
writable = email, password

[route person-update]
match    = PATCH /people/:id
handler  = update
resource = people
auth     = required

[route log-in]
match    = POST /log-in
handler  = log_in
resource = people

[route log-out]
match    = POST /log-out
handler  = log_out

[route password]
match    = PUT /password
handler  = set_password
auth     = required

[route film]
match    = GET /films/:id
handler  = item
resource = films

[route film-create]
match    = POST /films
handler  = create
resource = films
auth     = required

[route film-update]
match    = PATCH /films/:id
handler  = update
resource = films
auth     = required
INI
);

my $home = dir() . '/conf';
mkdir $_ for $home, "$home/keys";
my $key = "$home/keys/a.key";
chmod 0400, spew($key, 'x' x 32);

# The status, and what is said: without the numbers of the lines.
sub check
{
    my (%files) = @_;
    my %all = (%base, %files);
    spew("$home/$_", $all{$_}) for keys %all;
    my ($status, $out, $err) = byline('check', '--offline', '-c',
        'byline.ini', { cwd => $home });
    return ($status, grep { !/^\d+ (?:mistake|error)/ }
        map { s/^(\w+\.ini):\d+: /$1: /r } split /\n/, $err);
}

# The file changed by code, or with text at its end, and all that is said.
sub says
{
    my ($name, $file, $change, @expected) = @_;
    local $_ = $base{$file};
    ref $change ? $change->() : ($_ .= "\n$change");
    isnt $_, $base{$file}, "$name: is made";
    my ($status, @lines) = check("$file" => $_);
    is $status, 1, "$name: refused";
    is_deeply \@lines, \@expected, "$name: told so";
}

my ($status, @lines) = check();
is $status, 0, 'the base is right' or diag join "\n", @lines;
is_deeply \@lines, [], 'without a word of complaint';

# One route's text changed.
sub in_route
{
    my ($route, $from, $to) = @_;
    return sub { s/(\[route \Q$route\E\]\n(?:.+\n)*?.*?)$from/$1$to/ };
}

subtest 'accounts' => sub {
    for my $key (qw(login password resource)) {
        my @more = $key eq 'resource' ? (
            'byline.ini: [accounts]: resource is missing') : (
            "byline.ini: [accounts]: $key is missing");
        says "no $key", 'byline.ini', sub { s/^\Q$key\E .*\n//m }, @more;
    }
    says 'a resource that is not there', 'byline.ini',
        sub { s/= people/= peple/ }, 'byline.ini: [accounts] resource: '
        . 'there is no resource "peple"; did you mean "people"?';
    says 'a password that is shown', 'resources.ini',
        sub { s/(columns  = id, email)/$1, password/ },
        'resources.ini: [resource people] columns: password is stored as a '
            . 'hash, which must never be shown',
        'resources.ini: [resource people] columns: password is the password '
            . 'of [accounts], which must never be shown';
    says 'a password that is shown under another name', 'resources.ini',
        sub { s/\[field people.password\]\nhash.*\n\n//;
            s/(columns  = id, email)/$1, password as p/ },
        'resources.ini: [resource people] columns: password is the password '
            . 'of [accounts], which must never be shown',
        'routes.ini: [route sign-up] writable: password would be stored as '
            . 'it is: [field people.password] needs hash = bcrypt';
    says 'a password that is stored as it is', 'resources.ini',
        sub { s/\[field people.password\]\nhash.*\n\n//;
            s/(writable = email)/$1, password/ },
        'resources.ini: [resource people] writable: password would be stored '
            . 'as it is: [field people.password] needs hash = bcrypt',
        'routes.ini: [route sign-up] writable: password would be stored as '
            . 'it is: [field people.password] needs hash = bcrypt',
        'routes.ini: [route person-update] writable: a password is changed '
            . 'by the handler set_password, which asks for the old one';
    says 'one that a route lets be stored so', 'resources.ini',
        sub { s/\[field people.password\]\nhash.*\n\n// },
        'routes.ini: [route sign-up] writable: password would be stored as '
            . 'it is: [field people.password] needs hash = bcrypt';
    says 'an account within another row', 'resources.ini',
        sub { s/(via = owner_id\n)/${1}owned = on\n/;
            s/(writable = email), place/$1/ },
        'resources.ini: [relation films.owner] owned: an account is a row '
            . 'of its own: password and role are not set within another';
    says 'a role that nobody has', 'byline.ini', sub { s/^role .*\n//m },
        'resources.ini: [field people.role] role: [accounts] names no column '
            . 'with the role';
    says 'no accounts', 'byline.ini', sub { s/\[accounts\]\n(?:\S.*\n)*// },
        'resources.ini: [field people.role] role: [accounts] names no column '
            . 'with the role',
        map { my ($route, $key) = @$_;
            "routes.ini: [route $route] $key: nobody can log in: byline.ini "
            . 'has no [accounts]' } [ person => 'auth' ], [ me => 'auth' ],
            [ 'person-update' => 'auth' ], [ 'log-in' => 'handler' ],
            [ 'log-out' => 'handler' ], [ password => 'handler' ],
            [ 'film-create' => 'auth' ],
            [ 'film-update' => 'auth' ];
    says 'no secrets', 'byline.ini', sub { s/\[token\]\n.*\n// },
        map { my ($route, $key) = @$_;
            "routes.ini: [route $route] $key: nobody can be known: byline.ini "
            . 'has no [token] with secrets' } [ person => 'auth' ],
            [ me => 'auth' ], [ 'person-update' => 'auth' ],
            [ 'log-in' => 'handler' ], [ 'log-out' => 'handler' ],
            [ password => 'handler' ],
            [ 'film-create' => 'auth' ], [ 'film-update' => 'auth' ];
};

subtest 'origins' => sub {
    my $words = ' is no origin; write scheme, name and port, such as '
        . 'https://example.org:8443';
    for my $text ('example.org', 'ftp://example.org', 'https://',
        'https://example.org/path', 'https://example.org/',
        'https://user@example.org', 'https://a.org?b') {
        says "public_url = $text", 'byline.ini',
            sub { s{^(public_url = ).*}{$1$text}m },
            "byline.ini: [byline] public_url: \"$text\"$words";
        says "allow_origins = $text", 'byline.ini',
            "[cors]\nallow_origins = https://a.org, $text\n",
            "byline.ini: [cors] allow_origins: \"$text\"$words";
    }
    says 'null', 'byline.ini', "[cors]\nallow_origins = null\n",
        "byline.ini: [cors] allow_origins: \"null\"$words";
    says 'all', 'byline.ini', "[cors]\nallow_origins = *\n",
        "byline.ini: [cors] allow_origins: \"*\"$words";
};

subtest 'routes and who asks' => sub {
    says 'a role without a need to be known', 'routes.ini',
        in_route('person', 'auth', "role = admin\nauth"),
        'routes.ini: [route person] role: only auth = required tells the '
            . 'role';
    says 'a viewer without a need to be known', 'routes.ini',
        in_route('me', '= required', '= optional'),
        'routes.ini: [route me] viewer: only auth = required tells the '
            . 'viewer';
    says 'a password of nobody', 'routes.ini',
        in_route('password', '= required', '= none'),
        'routes.ini: [route password] auth: set_password needs auth = '
            . 'required';
    for my $auth (qw(none optional)) {
        says "rows of an owner, $auth", 'routes.ini',
            in_route('film-update', '= required', "= $auth"),
            'routes.ini: [route film-update] auth: rows have an owner: who '
                . 'changes them must be known by auth = required';
    }
    says 'a role without a column for it', 'byline.ini',
        sub { s/^role .*\n//m },
        'resources.ini: [field people.role] role: [accounts] names no column '
            . 'with the role';
    my ($status, @lines) = check('byline.ini' => $base{'byline.ini'}
        =~ s/^role .*\n//mr, 'resources.ini' => $base{'resources.ini'}
        =~ s/\[field people.role\]\n.*\n//r, 'routes.ini' =>
        $base{'routes.ini'} =~ s/(\[route me\])/$1\nrole = x/r);
    is_deeply \@lines, [ 'routes.ini: [route me] role: [accounts] names no '
        . 'column with the role' ], 'a route of a role that nobody has';
    says 'a log-in to something else', 'routes.ini',
        in_route('log-in', 'people\n', "films\n"),
        'routes.ini: [route log-in] resource: who logs in is a row of '
            . 'people, as [accounts] says';
    for my $auth (qw(none required)) {
        says "a log-in with auth = $auth", 'routes.ini',
            in_route('log-in', 'resource', "auth = $auth\nresource"),
            'routes.ini: [route log-in] auth: the handler log_in has no use '
                . 'for it';
    }
    says 'a log-in that writes', 'routes.ini',
        in_route('log-in', 'resource', "writable = email\nresource"),
        'routes.ini: [route log-in] writable: the handler log_in has no use '
            . 'for it';
    my @warned = check('resources.ini' => $base{'resources.ini'}
        =~ s/^owner    = owner_id\n//mr, 'routes.ini' => $base{'routes.ini'}
        =~ s/(\[route film-update\]\n(?:\S.*\n)*?)auth.*\n/$1/r);
    is_deeply \@warned, [ 0, 'routes.ini: warning: [route film-update] auth: '
        . 'anybody can update rows of films' ], 'rows of nobody: a warning';
};

subtest 'what belongs to an account' => sub {
    says 'a password by PATCH', 'routes.ini',
        in_route('person-update', 'auth', "writable = password\nauth"),
        'routes.ini: [route person-update] writable: a password is changed '
            . 'by the handler set_password, which asks for the old one';
    says 'the end of tokens', 'routes.ini',
        in_route('person-update', 'auth', "writable = since\nauth"),
        'routes.ini: [route person-update] writable: since of [accounts] is '
            . 'set with the password alone';
    my ($status, @lines) = check('resources.ini' => $base{'resources.ini'}
        =~ s/\[field people.role\]\n.*\n\n//r, 'routes.ini' =>
        $base{'routes.ini'} =~ s/(= email, password)/$1, role/r);
    is $status, 1, 'a role that all can take: refused';
    is_deeply \@lines, [ 'routes.ini: [route sign-up] writable: anybody '
        . 'could give himself any role: the [field] of the role\'s column '
        . 'needs role = admin' ], 'told so';
    says 'a path through passwords', 'routes.ini',
        in_route('person', ':id', ':password'), 'routes.ini: [route person] '
        . 'match: password is secret, and a path would show it';
    my $in_columns = 'people has no column "password" in its columns';
    for my $case ([ sort => 'password', $in_columns ],
        [ sort => '-password', $in_columns ], [ with => 'password',
            'people has no relation "password"' ],
        [ with => 'place(password)',
            'places has no column or relation "password"' ]) {
        my ($key, $value, $words) = @$case;
        my ($status, @lines) = check('routes.ini' => $base{'routes.ini'}
            . "\n[route all]\nmatch = GET /people\nhandler = list\n"
            . "resource = people\n$key = $value\n");
        is $status, 1, "$key = $value: refused";
        is_deeply \@lines, [ "routes.ini: [route all] $key: $words" ],
            'told so';
    }
};

subtest 'what a body can set' => sub {
    my $in = sub {
        my ($resource, $text) = @_;
        return sub { s/(\[resource $resource\]\n.*\nwritable = )\w+/$1$text/ };
    };
    says 'a column twice', 'resources.ini', $in->(films => 'title, title'),
        'resources.ini: [resource films] writable: "title" is there twice';
    says 'two columns of one name', 'resources.ini',
        sub {
            s/(\[resource films\]\n.*\nwritable = )\w+/$1a_b, aB/ },
        'resources.ini: [resource films] writable: "aB" is there twice';
    says 'a relation that is not owned', 'resources.ini',
        $in->(films => 'title, owner'), 'resources.ini: [resource films] '
        . 'writable: a body cannot set owner: [relation films.owner] does '
        . 'not say owned = on';
    says 'parentheses', 'resources.ini', $in->(films => 'title(x)'),
        'resources.ini: [resource films] writable: nothing in parentheses '
            . 'can follow title';
    says 'nothing', 'resources.ini',
        sub { s/(\[resource films\]\n.*\n)writable.*\n/$1/ },
        map { "routes.ini: [route $_] writable: there is nothing that a body "
            . 'could set: neither the route nor [resource films] names any' }
            'film-create', 'film-update';
    says 'an owned row of nothing', 'resources.ini',
        sub { s/(\[resource places\]\n.*\n)writable.*\n/$1/ },
        'resources.ini: [relation people.place] owned: [resource places] '
            . 'has nothing writable';
    says 'the column of an owned row', 'resources.ini',
        sub { s/email, place\n/email, place, place_id\n/ },
        'resources.ini: [resource people] writable: place_id leads to an '
            . 'owned row, and is set with it';
    says 'owned rows in a row', 'resources.ini', sub {
        s/(columns  = id, city)/$1, land_id/;
        s/(writable = city)/$1, land/;
        $_ .= "\n[resource lands]\ncolumns = id, name\nwritable = name\n\n"
            . "[relation places.land]\nto = lands\nvia = land_id\nowned = on\n"
    }, 'resources.ini: [relation people.place] owned: an owned row cannot '
        . 'own another: land is in writable of [resource places]';
};

subtest 'rules of fields' => sub {
    my $rule = sub {
        my ($text, @expected) = @_;
        says $text, 'resources.ini', "[field films.title]\n$text\n",
            map { "resources.ini: [field films.title] $_" } @expected;
    };
    $rule->('min = x', 'min: "x" is no number');
    $rule->('max = 1x', 'max: "1x" is no number');
    $rule->('min = 0x10', 'min: "0x10" is no number');
    $rule->('max = nan', 'max: "nan" is no number');
    $rule->("min = 5\nmax = 4", 'max: max (4) is below min (5)');
    $rule->("min_length = 5\nmax_length = 4",
        'max_length: max_length (4) is below min_length (5)');
    $rule->('pattern = "("', 'pattern: "(" is no regular expression: '
        . 'Unmatched ( or \\(');
    $rule->('one_of = a(b)',
        'one_of: nothing in parentheses can follow a');
    says 'no name', 'resources.ini', "[field films]\nmin = 1\n",
        'resources.ini: [field films]: is named [field RESOURCE.COLUMN]';
    says 'half a name', 'resources.ini', "[field films.]\nmin = 1\n",
        'resources.ini: [field films.]: is named [field RESOURCE.COLUMN]';
    says 'a resource that is not there', 'resources.ini',
        "[field flims.title]\nmin = 1\n", 'resources.ini: [field '
        . 'flims.title]: there is no resource "flims"; did you mean "films"?';
    says 'a hash that is shown', 'resources.ini',
        "[field films.title]\nhash = bcrypt\n", 'resources.ini: [resource '
        . 'films] columns: title is stored as a hash, which must never be '
        . 'shown';
};

subtest 'what shows what was written' => sub {
    says 'a route that is not there', 'routes.ini',
        in_route('film-create', 'auth', "location = flim\nauth"),
        'routes.ini: [route film-create] location: "flim" is no item route '
            . 'of films; did you mean "film"?';
    says 'a route of something else', 'routes.ini',
        in_route('film-create', 'auth', "location = person\nauth"),
        'routes.ini: [route film-create] location: "person" is no item route '
            . 'of films';
    says 'a route that writes', 'routes.ini',
        in_route('film-create', 'auth', "location = film-update\nauth"),
        'routes.ini: [route film-create] location: "film-update" is no item '
            . 'route of films';
};

subtest 'secrets' => sub {
    my $said = sub {
        my ($name, @expected) = @_;
        my ($status, @lines) = check();
        is $status, 1, "$name: refused";
        is_deeply \@lines, [ map { "byline.ini: [token] secrets: $_" }
            @expected ], "$name: told so";
        unlike join("\n", @lines), qr/xxx/, 'no secret is told';
        my ($serve, $out, $err) = byline('serve', '-c', 'byline.ini',
            { cwd => $home });
        is $serve, 78, "$name: nothing starts";
    };
    my $path = 'keys/a.key';
    chmod 0600, $key;
    spew($key, 'x' x 31);
    $said->('a short one', "$path has 31 bytes; a secret has 32 or more");
    spew($key, 'x' x 31 . "\n");
    $said->('one of which a line end is part',
        "$path has 31 bytes; a secret has 32 or more");
    spew($key, '');
    $said->('an empty one', "$path has 0 bytes; a secret has 32 or more");
    spew($key, 'x' x 4097);
    $said->('a long one', "$path has more than 4096 bytes");
    spew($key, 'x' x 40);
    for my $mode (0640, 0604, 0620, 0444) {
        chmod $mode, $key;
        $said->(sprintf('one of mode %04o', $mode), "$path is open to others "
            . "than its owner: chmod 0400 $path");
    }
    chmod 0400, $key;
    chmod 0400, spew("$home/keys/a b.key", 'x' x 40);
    $said->('an odd name', 'keys/a b.key: the name of a secret has up to 64 '
        . 'letters, digits and any of ._-');
    unlink "$home/keys/a b.key";
    mkdir "$home/keys/b.key";
    $said->('a folder', 'keys/b.key is no file');
    rmdir "$home/keys/b.key";
    unlink $key;
    $said->('none', 'there is no file keys/*.key');
    rmdir "$home/keys";
    $said->('no folder', 'there is no file keys/*.key');
};

done;
