# What is in force: byline config, its key table, and what never shows.
use utf8;
use Byline::Test;

my $home = dir() . '/conf';
mkdir $home;
spew("$home/resources.ini", <<'INI');
[resource films]
columns   = id, title as film_title
columns.2 = year, CamelCase
columns.3 = director_id

[relation films.director]
to  = directors
via = director_id

[resource directors]
columns = id, name
INI
spew("$home/routes.ini", <<'INI');
[route film]
match    = GET /films/:id
handler  = item
resource = films
with     = director(name)

[route films]
match    = GET /films
handler  = list
resource = films
sort     = -year, \
           title
INI
my $byline_ini = <<'INI';
; a comment with ; and # and = in it
[database main]
conninfo = "host=db.example port=5433 dbname=films user=a#b"
lock_timeout = 1500ms   ; a comment
statement_timeout = 1min

[pool main]
listen = /tmp/x.sock # another
request_timeout = 2min
listen_mode = 600
INI
spew("$home/byline.ini", $byline_ini);

sub config { return byline('config', '-c', @_, { cwd => $home }) }

# section => { key => value } of INI text.
sub sections
{
    my (%found, $at);
    for my $line (split /\n/, $_[0]) {
        $at = $1, next if $line =~ /^\[(.*)\]$/;
        $found{$at}{$1} = $2
            if defined $at && $line =~ /^([\w.]+)\s*=\s*(.*?)\s*$/;
    }
    return \%found;
}

my ($status, $out, $err) = config('byline.ini');
is $status, 0, 'byline config succeeds' or diag $err;
my $shown = sections($out);

subtest 'values in force' => sub {
    is $shown->{'database main'}{lock_timeout}, '1500ms', 'as written';
    is $shown->{'database main'}{statement_timeout}, '1min',
        'in the unit that was written';
    is $shown->{'database main'}{connect_timeout}, '2s', 'a default';
    is $shown->{'pool main'}{listen}, '/tmp/x.sock', 'without the comment';
    is $shown->{'pool main'}{listen_mode}, '0600', 'a mode with four digits';
    is $shown->{'pool main'}{workers}, 8, 'a default of a pool';
    is $shown->{api}{names}, 'camel', 'a section that was not written';
    is $shown->{log}{min_duration}, '250ms', 'and another';
    like $shown->{'resource films'}{columns} // '', qr/\bCamelCase\b/,
        'names keep their case';
    like $shown->{'resource films'}{columns} // '',
        qr/id, title as film_title, year, CamelCase, director_id/,
        'a list is joined in its order';
    is $shown->{'route films'}{limit}, 20, 'a route shows its limits';
};

subtest 'a password is refused, and never shown' => sub {
    like $shown->{'database main'}{conninfo}, qr/db\.example/,
        'what is none is shown';
    my %forms = (
        'plain' => q{host=h password=geheim},
        'quoted' => q{host=h password='ge heim'},
        'escaped' => q{host=h password=ge\\ heim user=y},
        'a URI' => q{postgresql://user:geheim@db.example/films},
        'a parameter of a URI' =>
            q{postgresql://db.example/films?password=geheim},
        'in blanks' => q{host=h password = geheim},
        'encoded' => q{postgresql://user:ge%68eim@db.example/films},
    );
    for my $form (sort keys %forms) {
        spew("$home/other.ini", $byline_ini
            =~ s/^conninfo = .*$/conninfo = "$forms{$form}"/mr);
        my ($status, $out, $err) = config('other.ini');
        is $status, 1, "$form: refused";
        like $err, qr/^other\.ini:3: \[database main\] conninfo: .*passfile/m,
            "$form: with advice";
        unlike $out . $err, qr/heim|ge%68eim/, "$form: not shown";
    }
    spew("$home/other.ini", $byline_ini
        =~ s/^conninfo = .*$/conninfo = host=h sslpassword=geheim/mr);
    (undef, $out, $err) = config('other.ini');
    unlike $out . $err, qr/geheim/, 'nor is that of a key for TLS';
    spew("$home/other.ini", $byline_ini
        =~ s/^conninfo = .*$/conninfo = "host=h pass word=geheim"/mr);
    (undef, $out, $err) = byline('check', '-c', 'other.ini',
        { cwd => $home });
    unlike $out . $err, qr/geheim/, 'nor in what is said of a mistake';
};

subtest 'what it prints can be read again' => sub {
    (undef, $out) = config('byline.ini');
    my %part = (byline => '', resources => '', routes => '');
    my $name;
    for my $line (split /^/, $out) {
        $name = $line =~ /^\[(?:resource|relation) / ? 'resources'
            : $line =~ /^\[routes?\b/ ? 'routes' : 'byline'
            if $line =~ /^\[/;
        $part{$name} .= $line if defined $name;
    }
    mkdir "$home/again";
    $part{byline} =~ s/^(resources|routes)(\s*=).*/$1$2 $1.ini/gm;
    spew("$home/again/$_.ini", $part{$_}) for keys %part;
    my ($status, $second, $err) = byline('config', '-c', 'byline.ini',
        { cwd => "$home/again" });
    is $status, 0, 'it is accepted' or diag $err;
    my ($before, $after) = map { sections($_) } $out, $second;
    delete @{ $_->{byline} }{qw(resources routes)} for $before, $after;
    delete $_->{migrations}{directory} for $before, $after;
    is_deeply $after, $before, 'and means the same';
};

subtest 'the key table' => sub {
    ($status, $out, $err) = byline('config', '--keys', '-c', 'byline.ini',
        { cwd => $home });
    is $status, 0, 'is printed';
    my @rows = map { [ split /\t/, $_, -1 ] } split /\n/, $out;
    is_deeply [ grep { @$_ != 6 } @rows ], [], 'in six columns';
    my %row = map { ("$_->[0].$_->[1]" => $_) } @rows;
    is_deeply $row{'pool.workers'}, [ 'pool', 'workers', 'integer', '8',
        '1 to 1000', $row{'pool.workers'}[5] ], 'a row of it';
    is scalar(grep { !length $_->[5] } @rows), 0, 'each has a meaning';
    ($status) = byline('config', '--keys', { cwd => '/' });
    is $status, 0, 'it needs no configuration';
};

subtest 'relative paths are relative to the file' => sub {
    my ($status, $out, $err) = byline('config', '-c', "$home/byline.ini",
        { cwd => '/' });
    is $status, 0, 'from elsewhere' or diag $err;
    is sections($out)->{byline}{routes}, "$home/routes.ini", 'shown whole';
    spew("$home/broken.ini", $byline_ini . "nope = 1\n");
    (undef, undef, $err) = byline('check', '--offline', '-c',
        'conf/broken.ini', { cwd => dir() });
    like $err, qr{^conf/broken\.ini:\d+: }m, 'a mistake names the file as '
        . 'it was opened';
};

done;
