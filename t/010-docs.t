# The key table, the commented INI files and the manual say the same.
use Byline::Test;

my ($status, $out, $err) = byline('config', '--keys', { cwd => '/' });
is $status, 0, 'the key table is printed' or diag $err;
my @rows = map { [ split /\t/, $_, -1 ] } split /\n/, $out;
cmp_ok scalar @rows, '>', 30, 'and is long';

# "section key" => [type, default, range, meaning]
my %key = map { ("$_->[0] $_->[1]" => [ @$_[2 .. 5] ]) } @rows;

# The keys of a shipped INI file, commented ones too: "section key" => value.
sub documented
{
    my ($file) = @_;
    my (%found, $kind);
    my $text = slurp(srcdir() . "/conf/$file");
    ok length $text, "conf/$file is there";
    for my $line (split /\n/, $text) {
        $kind = $1 if $line =~ /^;?\s*\[(\w+)/;
        next if !defined $kind;
        $found{"$kind $1"} = $2
            if $line =~ /^;?\s*(\w+)\s*=\s*(".*?"|[^;#]*?)\s*(?:[;#].*)?$/;
    }
    return \%found;
}

my %in_files = (
    'byline.ini.in' => qr/^(?:byline|database|pool|migrations|accounts|api
        |limits|cors|token|idempotency|log)$/x,
    'resources.ini' => qr/^(?:resource|relation)$/,
    'routes.ini'    => qr/^(?:routes|route)$/,
);

for my $file (sort keys %in_files) {
    subtest "conf/$file" => sub {
        my $found = documented($file);
        for my $name (sort keys %key) {
            next if (split ' ', $name)[0] !~ $in_files{$file};
            ok exists $found->{$name}, "$name is shown";
        }
        for my $name (sort keys %$found) {
            ok $key{$name}, "$name is in the table";
        }
    };
}

# Keys that stand in conf/ stand elsewhere with the same name.
subtest 'conf/predecessor' => sub {
    for my $file (sort keys %in_files) {
        my $found = documented("predecessor/$file");
        ok $key{$_}, "$_ of $file is in the table" for sort keys %$found;
    }
};

# A commented key shows its default.
subtest 'defaults in conf/' => sub {
    for my $file ('byline.ini.in', 'routes.ini',
        'predecessor/byline.ini.in') {
        my $kind;
        for my $line (split /\n/, slurp(srcdir() . "/conf/$file")) {
            $kind = $1 if $line =~ /^\[(\w+)/;
            next if !defined $kind
                || $line !~ /^;(\w+)\s*=\s*(".*?"|[^;#]*?)\s*(?:[;#].*)?$/;
            my ($name, $value) = ("$kind $1", $2 =~ s/^"(.*)"$/$1/r);
            my $default = ($key{$name} // [])->[1] // '(unknown)';
            $default =~ s/NAME/main/;
            is $value, $default, "$name in conf/$file";
        }
    }
};

# In mdoc(7), a heading with [section in it, and below it .It Cm key (or .It
# with another macro) and what is said of it.
my $item = qr/^\.It\s+(?:Nm\s+)?[A-Z][a-z]\s+"?(\w+)/;

sub manual
{
    my ($page) = @_;
    my (%found, $kind, $name);
    for my $line (split /\n/, slurp($page)) {
        if ($line =~ /^\.S[hs]\b/) {
            ($kind) = $line =~ /\[\s*(\w+)/;
            undef $name;
        } elsif (!defined $kind) {
            next;
        } elsif ($line =~ $item) {
            $name = "$kind $1";
            $found{$name} = "$line\n";
        } elsif (defined $name) {
            $found{$name} .= "$line\n";
        }
    }
    return \%found;
}

my @pages = glob srcdir() . '/doc/*.5';
ok scalar @pages, 'there is a manual of the configuration';
my %manual = map { %{ manual($_) } } @pages;
for my $name (sort keys %key) {
    ok exists $manual{$name}, "$name is in the manual";
    my $default = $key{$name}[1];
    next if !length $default || !exists $manual{$name};
    my $text = $manual{$name} =~ s/\\&//gr;
    like $text, qr/\Q$default\E/, "and so is its default";
}
for my $name (sort keys %manual) {
    ok $key{$name}, "$name of the manual is in the table";
}

subtest 'commands' => sub {
    my ($status, $help) = byline('--help');
    is $status, 0, '--help';
    my $page = slurp(srcdir() . '/doc/byline.8');
    my %in_page = map { $_ =~ $item ? ($1 => 1) : () } split /\n/, $page;
    for my $command (qw(serve worker check config routes explain grants
        migrate user)) {
        like $help, qr/^\s*(?:byline )?$command\b/m, "$command in --help";
        ok $in_page{$command}, "$command in byline.8";
    }
};

done;
