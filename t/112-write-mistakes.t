# What must not be configured about writes and accounts: each would let
# somebody write what is not theirs, or lock somebody out.
use utf8;
use Byline::Test;

my %base = (
    'byline.ini' => <<'INI',
[database main]
conninfo = dbname=films

[pool main]
listen       = main.sock
listen_group =

[accounts]
resource = users
login    = email
password = password
role     = role
since    = tokens_since

[token]
secrets    = secrets/*.key
clock_skew = 1s
INI
    'resources.ini' => <<'INI',
[resource users]
columns  = id, email
private  = email
writable = email, password
owner    = id

[field users.password]
hash       = bcrypt
min_length = 8

[resource addresses]
columns  = id, city
writable = city

[resource members]
columns  = id, name, owner_id
writable = name, address
owner    = owner_id

[relation members.address]
to    = addresses
via   = address_id
owned = on

[relation members.user]
to  = users
via = user_id
INI
    'routes.ini' => <<'INI',
[route sign-up]
match    = POST /users
handler  = create
resource = users
auth     = optional

[route member-create]
match    = POST /members
handler  = create
resource = members
auth     = required

[route member-update]
match    = PATCH /members/:id
handler  = update
resource = members
auth     = required

[route member]
match    = GET /members/:id
handler  = item
resource = members

[route admin-member]
match    = GET /admin/members/:id
handler  = item
resource = members
auth     = required
role     = admin
INI
);

my $home = dir() . '/conf';
mkdir $home;
mkdir "$home/secrets", 0700;
chmod 0400, spew("$home/secrets/test.key", 'x' x 48);

# Checks the base with changes: file => code that changes $_.
sub check
{
    my (%changes) = @_;
    for my $file (keys %base) {
        local $_ = $base{$file};
        $changes{$file}->() if $changes{$file};
        spew("$home/$file", $_);
    }
    my ($status, $out, $err) = byline('check', '--offline', '-c',
        'byline.ini', { cwd => $home });
    return ($status, [ grep { /^\w+\.ini:/ && !/: warning: / }
        split /\n/, $err ], $err);
}

# That a change is refused by one mistake at that place.
sub refuses
{
    my ($name, $place, %changes) = @_;
    my ($status, $mistakes, $err) = check(%changes);
    is $status, 1, "$name: refused";
    is scalar @$mistakes, 1, "$name: by one mistake" or diag $err;
    like $mistakes->[0] // '', qr/^\Q$place\E(?!\w)/, "$name: at its place";
}

sub accepts
{
    my ($name, %changes) = @_;
    my ($status, undef, $err) = check(%changes);
    is $status, 0, "$name: accepted" or diag $err;
}

accepts 'the base';

subtest 'an account is a row of its own' => sub {
    my $owned = sub { s/^(to  = users\nvia = user_id)$/$1\nowned = on/m };
    refuses 'one that another row owns',
        'resources.ini:28: [relation members.user] owned',
        'resources.ini' => $owned;
    refuses 'one that is written within it',
        'resources.ini:28: [relation members.user] owned',
        'resources.ini' => sub { $owned->(); s/name, address/$&, user/ };
    accepts 'one that is pointed to', 'resources.ini' => sub {
        s/name, address/$&, user_id/ };
};

subtest 'what leads to an owned row is not set' => sub {
    refuses 'by the resource', 'resources.ini:17: [resource members] writable',
        'resources.ini' => sub { s/name, address$/$&, address_id/m };
    refuses 'by the resource, without the relation',
        'resources.ini:17: [resource members] writable',
        'resources.ini' => sub { s/name, address$/name, address_id/m };
    refuses 'by a route', 'routes.ini:17: [route member-update] writable',
        'routes.ini' => sub {
            s/update\nresource = members\n/$&writable = name, address_id\n/ };
    accepts 'the row itself', 'routes.ini' => sub {
        s/update\nresource = members\n/$&writable = address\n/ };
};

subtest 'an owner that a body can set' => sub {
    my $owner = sub { s/name, address$/$&, owner_id/m };
    accepts 'by admins', 'resources.ini' => $owner;
    accepts 'by a role', 'resources.ini' => sub { $owner->();
        $_ .= "\n[field members.owner_id]\nrole = editor\n" };
    my ($status, $mistakes) = check('resources.ini' => $owner,
        'byline.ini' => sub { s/^role .*\n//m },
        'routes.ini' => sub { s/\n\[route admin-member\].*//s });
    is $status, 1, 'where nobody has a role: refused';
    my @there = grep { /^\w+\.ini:\d+: \[.*\] writable: .*\bowner\b/ }
        @$mistakes;
    cmp_ok scalar @there, '>=', 1, 'by a mistake of what it makes writable';
    is_deeply $mistakes, \@there, 'and nothing else';
    accepts 'no roles, and an owner that only the token tells',
        'byline.ini' => sub { s/^role .*\n//m },
        'routes.ini' => sub { s/\n\[route admin-member\].*//s };
};

subtest 'an answer for others' => sub {
    refuses 'a location with a role', 'routes.ini:11: [route member-create] '
        . 'location', 'routes.ini' => sub {
            s/POST \/members\n.*\n.*\n/$&location = admin-member\n/ };
    accepts 'one without', 'routes.ini' => sub {
        s/POST \/members\n.*\n.*\n/$&location = member\n/ };
    accepts 'one with the role of the route', 'routes.ini' => sub {
        s/POST \/members\n.*\n.*\n/$&location = admin-member\nrole = admin\n/
    };
};

subtest 'a password is what was typed' => sub {
    refuses 'trimmed', 'resources.ini:10: [field users.password] trim',
        'resources.ini' => sub { s/min_length = 8/$&\ntrim = on/ };
    accepts 'not trimmed', 'resources.ini' => sub {
        s/min_length = 8/$&\ntrim = off/ };
    accepts 'another one trimmed', 'resources.ini' => sub {
        $_ .= "\n[field users.email]\ntrim = on\n" };
};

# A token is told in whole seconds, and would be of the future.
subtest 'clocks' => sub {
    for my $skew ('0', '0s', '1ms', '999ms') {
        refuses "a skew of $skew", 'byline.ini:17: [token] clock_skew',
            'byline.ini' => sub { s/clock_skew = 1s/clock_skew = $skew/ };
    }
    accepts 'the default', 'byline.ini' => sub { s/clock_skew.*\n// };
};

# With the database: nothing there keeps two rows from owning one.
subtest 'two owners of one row' => sub {
    my $site = site(start => 0, nginx => 0, accounts => 0,
        schema => <<'SQL', resources => <<'INI', routes => <<'ROUTES');
CREATE TABLE addresses (id integer GENERATED BY DEFAULT AS IDENTITY
    PRIMARY KEY, city text);
CREATE TABLE members (id integer PRIMARY KEY, name text, unit integer,
    address_id integer REFERENCES addresses);
CREATE INDEX ON members (address_id);
CREATE UNIQUE INDEX ON members (address_id, unit);
CREATE UNIQUE INDEX ON members (address_id) WHERE unit > 5;
SQL
[resource addresses]
columns  = id, city
writable = city
[resource members]
columns  = id, name
writable = name, address
[relation members.address]
to    = addresses
via   = address_id
owned = on
INI
[route member-create]
match    = POST /members
handler  = create
resource = members
ROUTES
    my $check = sub {
        my ($status, $out, $err) = $site->byline('check');
        is $status, 0, "$_[0]: accepted" or diag $err;
        return grep { /UNIQUE/ } split /\n/, $err;
    };
    my @warnings = $check->('what may be owned twice');
    is scalar @warnings, 1, 'with a warning';
    like $warnings[0] // '', qr{/resources\.ini:\d+:\ warning:
        \ \[relation\ members\.address\]\ }x, 'at its place';
    my ($statement) = ($warnings[0] // '') =~ /(ALTER TABLE .*;)/;
    is $statement, 'ALTER TABLE "members" ADD UNIQUE ("address_id");',
        'which prints what helps';
    $site->sql($statement // 'SELECT 1');
    is_deeply [ $check->('what may not') ], [], 'and then says nothing';
};

done;
