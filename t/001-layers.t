# The rooms of src/: who may include whom, and what no room may know.
use Byline::Test;
use File::Find ();

my $src = srcdir() . '/src';

# A room, and the rooms above it that its files may include.
my %may_use = (
    base     => [],
    config   => [qw(base)],
    db       => [qw(base config)],
    query    => [qw(base config db)],
    http     => [qw(base config)],
    auth     => [qw(base config)],
    handlers => [qw(base config db query http auth)],
    serve    => [qw(base config db query http auth handlers)],
    tools    => [qw(base config db query http auth handlers serve)],
);

# The one file that may include the header of a library.
my %only_in = (
    'iniparser.h' => 'config', 'libpq-fe.h' => 'db', 'fcgiapp.h' => 'http',
    'fcgi_config.h' => 'http', 'fastcgi.h' => 'http', 'json.h' => 'http',
    'json-c/json.h' => 'http', 'jwt.h' => 'auth', 'crypt.h' => 'auth',
    'xxhash.h' => 'base',
);

my @files;
File::Find::find({ no_chdir => 1, wanted => sub {
    push @files, $File::Find::name if /\.[ch]$/;
} }, $src);
@files = sort @files;

sub name { return substr $_[0], length "$src/" }

# [line number, the path, whether in quotes] of each #include.
sub includes
{
    my ($path) = @_;
    my ($n, @found) = (0);
    for my $line (split /\n/, slurp($path)) {
        $n++;
        push @found, [ $n, $2, $1 eq '"' ]
            if $line =~ /^\s*#\s*include\s+(["<])([^">]+)[">]/;
    }
    return @found;
}

cmp_ok scalar @files, '>', 20, 'there are sources to look at';

subtest 'every file stands in a known room' => sub {
    for my $file (map { name($_) } @files) {
        my ($room) = $file =~ m{^([^/]+)/};
        ok $file eq 'main.c' || $may_use{ $room // '' }, $file;
    }
};

my @wrong;
for my $path (@files) {
    my $file = name($path);
    my ($room) = $file =~ m{^([^/]+)/} or next;
    my %allowed = map { $_ => 1 } $room, @{ $may_use{$room} // [] };
    for my $include (includes($path)) {
        my ($line, $target, $own) = @$include;
        next if !$own;
        my ($other) = $target =~ m{^([^/]+)/};
        push @wrong, "$file:$line: $target"
            if !defined $other ? $target ne 'config.h' : !$allowed{$other};
    }
}
is_deeply \@wrong, [], 'includes point to the rooms above only';

my %users;
for my $path (@files) {
    push @{ $users{ $_->[1] } }, name($path)
        for grep { !$_->[2] && $only_in{ $_->[1] } } includes($path);
}
for my $header (sort keys %users) {
    my @in = @{ $users{$header} };
    is scalar @in, 1, "<$header> is included once: @in";
    like $in[0], qr{^$only_in{$header}/[^/]+\.c$}, "<$header> in its room";
}
for my $header ('iniparser.h', 'libpq-fe.h', 'fcgiapp.h',
    'json-c/json.h', 'jwt.h', 'crypt.h') {
    ok $users{$header}, "<$header> is included";
}

# What a library declares is not seen above its file.
my %names = (
    'libpq-fe.h'  => qr/\b(?:PQ[a-z]\w+|PG(?:conn|result)\b|PGRES_\w+)/,
    'iniparser.h' => qr/\b(?:iniparser_\w+|dictionary_\w+)/,
    'fcgiapp.h'   => qr/\bFCGX_\w+/,
    'json-c/json.h' => qr/\bjson_(?:object|tokener|type)(?:_\w+)?\b/,
    'jwt.h'   => qr/\b(?:jwt_\w+|JWT_\w+)/,
    'crypt.h' => qr{\b(?:crypt\s*\(|crypt_\w+|CRYPT_\w+)},
);

sub code_of
{
    my ($path) = @_;
    my $code = slurp($path);
    $code =~ s{/\*.*?\*/}{ "\n" x ($& =~ tr/\n//) }gse;
    return $code;
}

for my $header (sort keys %names) {
    my %home = map { $_ => 1 } @{ $users{$header} // [] };
    my @seen;
    for my $path (grep { !$home{ name($_) } } @files) {
        push @seen, name($path) . ": $&" if code_of($path) =~ $names{$header};
    }
    is_deeply \@seen, [], "no name of <$header> outside of its file";
}

subtest 'no word of the shipped schema stands in src' => sub {
    my @found;
    for my $path (@files) {
        my $n = 0;
        for my $line (split /\n/, slurp($path)) {
            $n++;
            push @found, name($path) . ":$n: $line"
                if $line =~ /\b(?:articles?|authors?|addresses)\b/i;
        }
    }
    is_deeply \@found, [], 'none';
};

subtest 'what review refuses' => sub {
    my $refused = qr/\b(?:strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok
        |gets|alloca)\s*\(/x;
    my @found;
    for my $path (@files) {
        push @found, name($path) . ": $&" if code_of($path) =~ $refused;
        push @found, name($path) . ': a note to do'
            if slurp($path) =~ /\b(?:TODO|FIXME|XXX)\b/;
    }
    is_deeply \@found, [], 'none of it';
};

done;
