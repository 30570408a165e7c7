# Schemas, rows and legal requests by chance: structures for
# Byline::Test::Schema and Byline::Test::Oracle. Who calls seeds (srand).
package Byline::Test::Generator;

use strict;
use warnings;
use utf8;
use Exporter qw(import);
use List::Util qw(any shuffle);
use POSIX qw(strftime);
use Time::Local qw(timegm);
use Byline::Test::Schema qw(json_name column_name resource_of relation_of
    column_of tree_items);

our @EXPORT_OK = qw(random_schema rows_sql random_request request_uri one_of
    chance some_of);

sub one_of { return $_[ rand @_ ] }
sub chance { return rand() < $_[0] }

# Each of the list with that probability.
sub some_of
{
    my ($probability, @list) = @_;
    return grep { chance($probability) } @list;
}

# --- values ----------------------------------------------------------------

my @texts = ('', 'a', 'A', 'ab', 'AB', 'Ab c', 'abc', '100%', '50%_off', '%',
    '_', '\\', '\\_', 'under_score', 'underXscore', 'back\\slash', "it's",
    '"', '"quoted"', 'a,b', '"a","b"', ',', 'Ärger', 'ärger', 'straße',
    'STRASSE', 'ΣΊΣΥΦΟΣ', 'σίσυφος', 'é', "e\x{301}", '😀', '😀 a', '日本',
    ' lead', 'trail ', "tab\there", "line\nbreak", 'null', 'NULL', 'true',
    '-1', 'x=y&z', 'a+b', '#;?', 'a/b', '$1', ':viewer', '{}', '(a)', 'zz',
    'z', 'Z', '~', "\x{7f}", "\x{80}", '1.0', 'A%B');
my @keys = ('a', 'A', 'b c', 'ü', "it's", '"x"', 'a%b', 'a_b', '😀', 'zz', 'Z',
    'back\\slash', 'a+b', 'x=y&z', '#', ';', '~', '1', 'null', 'a,b', 'é',
    'aa', 'B', 'c.d', '{}', 'k1', 'k2', 'k3', 'k4', 'k5', 'Ü', 'ß', '(a)');
my @words = qw(red green blue stone river);

sub hex_of
{
    my ($n) = @_;
    return join '', map { one_of(0 .. 9, 'a' .. 'f') } 1 .. $n;
}

sub random_day
{
    return sprintf '%04d-%02d-%02d', one_of(1999, 2023, 2024), 1 + rand 12,
        1 + rand 28;
}

sub random_time
{
    return '2999-01-01T00:00:00+00:00' if chance(0.15);
    my $part = one_of('', '', '.5', '.123456', '.12', '.000001', '.999999');
    return random_day() . sprintf 'T%02d:%02d:%02d%s+00:00',
        one_of(0, 23, rand 24), one_of(0, 59), one_of(0, 59), $part;
}

my %value = (
    integer => sub { one_of(-3 .. 12, 5, 5, 2147483647, -2147483648) },
    bigint => sub { one_of(0 .. 5, '9007199254740993', '9007199254740992',
        '-9223372036854775808', '9223372036854775807') },
    numeric => sub { one_of(qw(0 0.00 1.5 1.50 -3.25 100 0.1 0.10 99.99 -0.01
        7), rand(10) =~ /^(\d\.\d\d)/) },
    text => sub { chance(0.9) ? one_of(@texts)
        : one_of(@texts) . one_of(@texts) },
    boolean => sub { one_of(qw(true false)) },
    timestamptz => \&random_time,
    date => \&random_day,
    uuid => sub { join '-', hex_of(8), hex_of(4), hex_of(4), hex_of(4),
        hex_of(12) },
    words => sub { join ' ', map { one_of(@words) } 0 .. rand 4 },
);

sub random_value
{
    my ($schema, $type) = @_;
    my $labels = $schema->{enums}{$type};
    return $labels ? one_of(@$labels) : $value{$type}->();
}

# Of a key, the n-th value: all of them differ.
my %key_value = (
    integer => sub { $_[0] + 1 },
    bigint => sub { $_[0] % 3 == 2 ? 9007199254740990 + $_[0] : $_[0] },
    uuid => sub { $value{uuid}->() },
    text => sub { $_[0] < @keys ? $keys[ $_[0] ] : "k-$_[0]" },
);

# --- tables ----------------------------------------------------------------

my @nouns = qw(stones lamps rivers hills boats cards drums flags);
my @roles = qw(maker parent home source target next twin guard);
my %names = (
    integer => [qw(size weight rank_no)], bigint => [qw(mass seen_total)],
    numeric => [qw(price net_price)], text => [qw(title label note_text)],
    boolean => [qw(is_open is_red)], timestamptz => [qw(made_at seen_at)],
    date => [qw(born_on due_on)], uuid => [qw(mark)], mood => [qw(mood)],
);
my @plain = map { my $type = $_; map { [ $_, $type ] } @{ $names{$type} } }
    sort keys %names;

my @kinds = ([ [ id => 'integer' ] ], [ [ id => 'integer' ] ],
    [ [ id => 'bigint' ] ], [ [ id => 'uuid' ] ], [ [ code => 'text' ] ],
    [ [ series => 'integer' ], [ part => 'text' ] ]);

sub key_columns
{
    my ($resource) = @_;
    return map { column_of($resource, $_) } @{ $resource->{key} };
}

sub random_resource
{
    my ($name, $has) = @_;
    my @key = @{ one_of(grep { @$_ == 1 || $has->{many} } @kinds) };
    my @columns = map { { name => $_->[0], type => $_->[1] } } @key;
    for my $plain ((shuffle(@plain))[ 0 .. 2 + rand 5 ]) {
        push @columns, { name => $plain->[0], type => $plain->[1],
            null => chance(0.6),
            chance(0.1) ? (as => "$plain->[0]_shown") : () };
    }
    return { name => $name, table => chance(0.2) ? "${name}_table" : $name,
        key => [ map { $_->[0] } @key ], columns => \@columns,
        foreign => [], references => [], relations => [],
        count => chance(0.1) ? 0 : int rand one_of(10, 20, 61) };
}

sub users
{
    return { name => 'users', table => 'users', key => ['id'],
        columns => [ { name => 'id', type => 'integer' },
            { name => 'name', type => 'text' },
            { name => 'email', type => 'text', private => 1 },
            { name => 'role', type => 'text', hidden => 1 },
            { name => 'tokens_since', type => 'timestamptz', null => 1,
                hidden => 1 },
            { name => 'password', type => 'text', hidden => 1 } ],
        owner => 'id', foreign => [], references => [], relations => [],
        count => 4 };
}

# A to-one, and perhaps to-many back.
sub refer
{
    my ($resource, $target, $role, $has) = @_;
    my @key = key_columns($target);
    my @via = map { "${role}_$_->{name}" } @key;
    return if any { column_of($resource, $_) } @via;
    my $null = $target == $resource || chance(0.6);
    push @{ $resource->{columns} }, map { { name => $via[$_],
        type => $key[$_]{type}, null => $null } } 0 .. $#via;
    my $is_bound = chance(0.8);
    push @{ $resource->{foreign} },
        [ \@via, $target->{table}, $target->{key} ] if $is_bound;
    push @{ $resource->{references} }, { via => \@via, null => $null,
        target => $target, bound => $is_bound };
    push @{ $resource->{relations} }, { name => $role, kind => 'one',
        to => $target->{name}, via => \@via, key => $target->{key} };
    return if !$has->{many};
    for my $n (some_of(0.6, '', '_other')) {
        push @{ $target->{relations} }, { name =>
            "${role}_$resource->{name}$n", kind => 'many',
            to => $resource->{name}, via => \@via, key => $target->{key} };
    }
}

sub link_table
{
    my ($schema, $n, $one, $other) = @_;
    my @ours = map { "left_$_->{name}" } key_columns($one);
    my @theirs = map { "right_$_->{name}" } key_columns($other);
    my $table = { table => "links_$n", key => [ @ours, @theirs ],
        columns => [ (map { { name => "left_$_->{name}",
            type => $_->{type} } } key_columns($one)),
            map { { name => "right_$_->{name}", type => $_->{type} } }
            key_columns($other) ],
        foreign => [ [ \@ours, $one->{table}, $one->{key} ],
            [ \@theirs, $other->{table}, $other->{key} ] ],
        references => [ { via => \@ours, target => $one, bound => 1 },
            { via => \@theirs, target => $other, bound => 1 } ],
        count => int rand 80 };
    push @{ $schema->{through} }, $table;
    push @{ $one->{relations} }, { name => "linked_$n", kind => 'through',
        to => $other->{name}, table => $table->{table}, ours => \@ours,
        theirs => \@theirs, key => $one->{key}, other_key => $other->{key} };
    push @{ $other->{relations} }, { name => "linking_$n", kind => 'through',
        to => $one->{name}, table => $table->{table}, ours => \@theirs,
        theirs => \@ours, key => $other->{key}, other_key => $one->{key} };
}

# A view without a key, over a table that refers to another.
sub view_of
{
    my ($resource) = @_;
    my $reference = $resource->{references}[0] or return;
    my %view = (name => "view_$resource->{name}",
        table => "view_$resource->{name}", references => [], count => 0,
        columns => [ map { { %$_ } } @{ $resource->{columns} } ]);
    delete @$_{qw(as private)} for @{ $view{columns} };
    $view{view} = 'SELECT ' . join(', ', map { qq("$_->{name}") }
        @{ $view{columns} }) . qq( FROM "$resource->{table}");
    $view{relations} = [ { %{ $resource->{relations}[0] } } ];
    push @{ $reference->{target}{relations} }, {
        name => "seen_$resource->{name}", kind => 'many', to => $view{name},
        via => $reference->{via}, key => $reference->{target}{key},
        order => [ map { (chance(0.5) ? '-' : '') . $_ }
            @{ $resource->{key} } ], limit => 1 + int rand 5 };
    return \%view;
}

# --- predicates ------------------------------------------------------------

sub named_column
{
    my ($resource, @names) = @_;
    return (grep { defined } map { column_of($resource, $_) } @names)[0];
}

# Predicates over a resource's own columns, in SQL and in Perl.
sub predicates
{
    my ($resource) = @_;
    my @found;
    if (my $c = named_column($resource, shuffle qw(is_open is_red))) {
        my $n = $c->{name};
        push @found, { sql => "$n IS NOT FALSE",
                is => sub { !defined $_[0]{$n} || $_[0]{$n} } },
            { sql => "NOT $n", is => sub { defined $_[0]{$n} && !$_[0]{$n} } };
    }
    if (my $c = named_column($resource, shuffle qw(size weight rank_no))) {
        my $n = $c->{name};
        push @found, { sql => "$n > 3 OR $n IS NULL",
                is => sub { !defined $_[0]{$n} || $_[0]{$n} > 3 } },
            { sql => qq($n < 9), is => sub { ($_[0]{$n} // 9) < 9 } };
    }
    if (my $c = named_column($resource, shuffle qw(title label note_text))) {
        my $n = $c->{name};
        push @found, { sql => "$n <> 'it''s'",
            is => sub { ($_[0]{$n} // "it's") ne "it's" } },
            { sql => "$n <> ':viewer' /* :role */",
                is => sub { ($_[0]{$n} // ':viewer') ne ':viewer' } };
    }
    if (named_column($resource, 'mood')) {
        push @found, { sql => "mood <> 'so so'",
            is => sub { ($_[0]{mood} // 1) != 1 } };
    }
    return @found;
}

# The same about who asks, too.
sub visibilities
{
    my ($resource) = @_;
    my @found = (predicates($resource), { sql => ':viewer IS NOT NULL',
        is => sub { defined $_[1]{id} } });
    my ($owner) = map { $_->{via}[0] } grep { $_->{target}{name} eq 'users' }
        @{ $resource->{references} };
    return @found if !$owner;
    push @found, { sql => "$owner = :viewer OR :role = 'admin'", is => sub {
        is_own($_[0]{$owner}, $_[1]) } };
    if (my $c = named_column($resource, shuffle qw(made_at seen_at))) {
        my $n = $c->{name};
        push @found, ({ sql =>
            "$n <= now() OR $owner = :viewer OR :role = 'admin'", is => sub {
                (defined $_[0]{$n} && $_[0]{$n} lt '2900')
                    || is_own($_[0]{$owner}, $_[1]) } }) x 4;
    }
    return @found;
}

sub is_own
{
    my ($owner, $viewer) = @_;
    return ($viewer->{role} // '') eq 'admin' || (defined $owner
        && defined $viewer->{id} && $owner == $viewer->{id});
}

# What is not the same from row to row, so that an order means something.
sub random_order
{
    my ($resource) = @_;
    return [ map { (chance(0.5) ? '-' : '') . $_->{name} }
        (shuffle(grep { !$_->{hidden} && !$_->{private} }
            @{ $resource->{columns} }))[ 0 .. rand 2 ] ];
}

sub complete_relations
{
    my ($schema, $has) = @_;
    for my $resource (@{ $schema->{resources} }) {
        for my $relation (grep { $_->{kind} ne 'one' && !$_->{order} }
            @{ $resource->{relations} }) {
            my $other = resource_of($schema, $relation->{to});
            $relation->{order} = random_order($other) if chance(0.6);
            $relation->{limit} = 1 + int rand 8 if chance(0.6);
            my @where = predicates($other);
            $relation->{where} = one_of(@where) if @where && chance(0.3);
        }
    }
}

# `within` leads to resources that were made before, and so never around.
sub restrict
{
    my ($schema) = @_;
    my %place;
    for my $resource (@{ $schema->{resources} }) {
        $place{ $resource->{name} } = keys %place;
        next if $resource->{name} eq 'users' || !$resource->{key};
        $resource->{where} = one_of(visibilities($resource)) if chance(0.4);
        my @within = grep { $_->{kind} eq 'one' && $_->{to} ne 'users'
            && exists $place{ $_->{to} }
            && $_->{to} ne $resource->{name} } @{ $resource->{relations} };
        $resource->{within} = one_of(@within)->{name}
            if @within && chance(0.4);
    }
}

sub add_owners
{
    my ($schema) = @_;
    for my $resource (@{ $schema->{resources} }) {
        next if $resource->{owner} || !$resource->{key};
        my ($via) = map { $_->{via}[0] } grep { $_->{target}{name} eq 'users' }
            @{ $resource->{references} };
        $resource->{owner} = $via if $via && chance(0.7);
        next if !$resource->{owner};
        for my $column (@{ $resource->{columns} }) {
            $column->{private} = 1 if $names{ $column->{type} } && chance(0.2)
                && any { $_ eq $column->{name} }
                    @{ $names{ $column->{type} } };
        }
    }
}

# --- routes ----------------------------------------------------------------

sub random_embeds
{
    my ($schema, $resource, $depth, $parent) = @_;
    my @embeds;
    # Deep enough, and not so wide that an answer has all rows many times.
    my @shown = $depth > 3 ? () : some_of(1 / ($depth + 0.5),
        shuffle(@{ $resource->{relations} }));
    splice @shown, 4 - $depth if @shown > 4 - $depth;
    for my $relation (@shown) {
        my $other = resource_of($schema, $relation->{to});
        my $default = defined $parent->{default}
            && ($parent->{narrow} || !$parent->{default})
            ? $parent->{default}
            : $schema->{has}{with} && chance(0.5) ? 0 : 1;
        my %node = (relation => $relation->{name}, default => $default);
        push @embeds, { %node, count => 1 }
            if $relation->{kind} ne 'one' && chance(0.3);
        my @all = map { $_->{name} } grep { !$_->{hidden} }
            @{ $other->{columns} };
        $node{narrow} = $parent->{narrow} || chance(0.25);
        my @few = $node{narrow} && chance(0.8) ? some_of(0.5, @all) : @all;
        @few = @all if !@few;
        $node{columns} = \@few;
        $node{embeds} = random_embeds($schema, $other, $depth + 1, \%node);
        push @embeds, \%node;
    }
    return [ sort { $b->{default} <=> $a->{default} } @embeds ];
}

sub random_tree
{
    my ($schema, $resource) = @_;
    my $tree = { columns => [ map { $_->{name} } grep { !$_->{hidden} }
        @{ $resource->{columns} } ] };
    # An item stands in a line of the INI, and iniparser's are short.
    do { $tree->{embeds} = random_embeds($schema, $resource, 1, {}) }
        while any { length $_ > 800 } tree_items($tree);
    return $tree;
}

sub open_columns
{
    my ($resource) = @_;
    return grep { !$_->{hidden} && !$_->{private} } @{ $resource->{columns} };
}

# [path, type] of the columns of a resource and those behind relations.
sub column_paths
{
    my ($schema, $resource, $prefix, $depth, @kinds) = @_;
    my @found = map { [ "$prefix$_->{name}", $_->{type} ] }
        open_columns($resource);
    return @found if $depth == 0;
    for my $relation (@{ $resource->{relations} }) {
        next if !grep { $_ eq $relation->{kind} } @kinds;
        push @found, some_of(0.3, column_paths($schema,
            resource_of($schema, $relation->{to}),
            "$prefix$relation->{name}.", $depth - 1, @kinds));
    }
    return @found;
}

sub operators
{
    my ($type) = @_;
    my @all = qw(eq ne in nin null);
    push @all, qw(lt lte gt gte) if $type ne 'boolean';
    push @all, qw(contains starts) if $type eq 'text';
    my @some = some_of(0.6, @all);
    return @some ? \@some : ['eq'];
}

sub list_options
{
    my ($schema, $resource, $has) = @_;
    my %o;
    if ($has->{filters}) {
        my @paths = shuffle(column_paths($schema, $resource, '', 2,
            'one', $has->{many} ? qw(many through) : ()));
        splice @paths, 24 if @paths > 24;
        $o{filterable} = [ map { [ @$_, operators($_->[1]) ] } @paths ];
    }
    if ($has->{sort}) {
        my @paths = map { $_->[0] } shuffle(column_paths($schema, $resource,
            '', 2, 'one'));
        splice @paths, 12 if @paths > 12;
        $o{sortable} = \@paths;
        $o{sort} = [ map { one_of('', '-') . $_ } @paths[ 0 .. rand 2 ] ]
            if chance(0.3);
    } elsif (chance(0.4)) {
        $o{sort} = random_order($resource);
    }
    if ($has->{visibility} && chance(0.2)) {
        my @where = visibilities($resource);
        $o{where} = one_of(@where);
    }
    $o{search} = { column => 'words', text => 'blurb' }
        if $resource->{search};
    return (%o, limit => 1 + int rand 25, limit_max => 40);
}

sub add_routes
{
    my ($schema, $resource, $has) = @_;
    my ($name, @key) = ($resource->{name}, @{ $resource->{key} });
    push @{ $schema->{routes} }, { name => $name, path => "/$name",
        handler => 'list', resource => $name, parameters => [],
        tree => random_tree($schema, $resource),
        list_options($schema, $resource, $has) };
    push @{ $schema->{routes} }, { name => "$name-one",
        path => "/$name/" . join('/', map { ":$_" } @key), handler => 'item',
        resource => $name, parameters => \@key,
        tree => random_tree($schema, $resource) };
    for my $relation (grep { $_->{kind} eq 'one' && @{ $_->{via} } == 1 }
        @{ $resource->{relations} }) {
        my ($via) = @{ $relation->{via} };
        push @{ $schema->{routes} }, { name => "$name-$relation->{name}",
            path => "/of/$relation->{name}/:$via/$name", handler => 'list',
            resource => $name, parameters => [$via],
            tree => random_tree($schema, $resource),
            list_options($schema, $resource, $has) };
    }
}

# Of the parts of the language, `has` names those that may occur: many, with,
# visibility, filters, sort, search.
sub random_schema
{
    my ($has) = @_;
    my $schema = { has => $has, embed_rows => one_of(9, 20, 100),
        enums => { mood => [ 'zest', 'so so', 'awe' ] },
        routes => [], through => [] };
    my @resources = (users(), map { random_resource($_, $has) }
        (shuffle(@nouns))[ 0 .. 2 + rand 3 ]);
    for my $n (1 .. $#resources) {
        my @roles = shuffle(@roles);
        refer($resources[$n], one_of(@resources[ 0 .. $n ], $resources[0]),
            shift @roles, $has) for 0 .. rand 3;
    }
    $schema->{resources} = \@resources;
    if ($has->{many}) {
        link_table($schema, $_, one_of(@resources[ 1 .. $#resources ]),
            one_of(@resources)) for 1 .. rand 3;
        push @resources, grep { defined } view_of($resources[-1]);
    }
    add_search(one_of(@resources[ 1 .. 2 ])) if $has->{search};
    restrict($schema) if $has->{visibility};
    add_owners($schema);
    complete_relations($schema, $has);
    add_routes($schema, $_, $has) for grep { $_->{key} } @resources;
    return $schema;
}

sub add_search
{
    my ($resource) = @_;
    push @{ $resource->{columns} }, { name => 'blurb', type => 'text',
        null => 1, fill => 'words' };
    $resource->{extra} = [ q{"words" tsvector GENERATED ALWAYS AS}
        . q{ (to_tsvector('simple', coalesce("blurb", ''))) STORED} ];
    $resource->{search} = 1;
    $resource->{count} = 30 + int rand 31;
}

# --- rows ------------------------------------------------------------------

sub literal
{
    my ($value) = @_;
    return 'NULL' if !defined $value;
    return "'" . $value =~ s/'/''/gr . "'";
}

sub fill_references
{
    my ($schema, $table, $row) = @_;
    for my $reference (@{ $table->{references} }) {
        my @targets = @{ $reference->{target}{made} // [] };
        my @via = @{ $reference->{via} };
        my @key = key_columns($reference->{target});
        my $is_null = $reference->{null} && chance(0.2);
        if (!$is_null && !$reference->{bound} && chance(0.3)) {
            $row->{ $via[$_] } = random_value($schema, $key[$_]{type})
                for 0 .. $#via;
        } elsif (!$is_null && @targets) {
            my $target = one_of(@targets);
            $row->{ $via[$_] } = $target->{ $key[$_]{name} } for 0 .. $#via;
        } elsif (!$reference->{null}) {
            return 0 if $reference->{bound};
            $row->{ $via[$_] } = random_value($schema, $key[$_]{type})
                for 0 .. $#via;
        } else {
            @$row{@via} = (undef) x @via;
            $row->{ $via[0] } = random_value($schema, $key[0]{type})
                if @via > 1 && chance(0.5);
        }
    }
    return 1;
}

sub random_row
{
    my ($schema, $table, $n) = @_;
    my %row;
    for my $column (@{ $table->{columns} }) {
        my $is_key = grep { $_ eq $column->{name} } @{ $table->{key} };
        $row{ $column->{name} } = $is_key && $key_value{ $column->{type} }
            ? $key_value{ $column->{type} }->($n)
            : $column->{null} && chance(0.25) ? undef
            : random_value($schema, $column->{fill} // $column->{type});
    }
    $row{series} = 1 + $n % 3 if exists $row{series};
    return fill_references($schema, $table, \%row) ? \%row : undef;
}

sub user_row
{
    my ($n) = @_;
    return { id => $n + 1, name => one_of(@texts),
        email => "user$n\@example.org", role => $n == 2 ? 'admin' : 'user',
        password => '*', tokens_since => undef };
}

sub table_rows_sql
{
    my ($schema, $table) = @_;
    my (%seen, @lines);
    my @names = map { $_->{name} } @{ $table->{columns} };
    for my $n (0 .. $table->{count} - 1) {
        my $row = $table->{name} && $table->{name} eq 'users' ? user_row($n)
            : random_row($schema, $table, $n) or next;
        next if $seen{ join "\0", map { $row->{$_} } @{ $table->{key} } }++;
        push @{ $table->{made} }, $row;
        push @lines, '(' . join(', ', map { literal($row->{$_}) } @names)
            . ')';
    }
    return '' if !@lines;
    return qq{INSERT INTO "$table->{table}" (}
        . join(', ', map { qq("$_") } @names) . ") VALUES\n"
        . join(",\n", @lines) . ";\n";
}

sub rows_sql
{
    my ($schema) = @_;
    return join '', map { table_rows_sql($schema, $_) }
        @{ $schema->{resources} }, @{ $schema->{through} };
}

# --- requests --------------------------------------------------------------

# JSON paths of a tree: of its columns, relations and counts.
sub tree_paths
{
    my ($schema, $resource, $node, $at) = @_;
    my $prefix = length $at ? "$at." : '';
    my %paths = (columns => [ map { $prefix . column_name($resource, $_) }
        @{ $node->{columns} } ], embeds => []);
    for my $embed (@{ $node->{embeds} }) {
        my $path = $prefix . json_name($embed->{relation});
        push @{ $paths{embeds} }, $path . ($embed->{count} ? '.count' : '');
        next if $embed->{count};
        my $relation = relation_of($resource, $embed->{relation});
        my $below = tree_paths($schema, resource_of($schema, $relation->{to}),
            $embed, $path);
        push @{ $paths{$_} }, @{ $below->{$_} } for qw(columns embeds);
    }
    return \%paths;
}

# The resource and column at the end of a path, and the path in JSON.
sub follow
{
    my ($schema, $resource, $path) = @_;
    my @names = split /\./, $path;
    my $last = pop @names;
    my @json;
    for my $name (@names) {
        my $relation = relation_of($resource, $name);
        push @json, json_name($name);
        $resource = resource_of($schema, $relation->{to});
    }
    return ($resource, $last, join '.', @json, column_name($resource, $last));
}

# One that a row has, or any.
sub likely_value
{
    my ($schema, $resource, $name) = @_;
    my $type = column_of($resource, $name)->{type};
    my ($table) = grep { $_->{made} && $_->{table} eq $resource->{table} }
        @{ $schema->{resources} };
    my @values = map { $_->{$name} // () } @{ $table->{made} // [] };
    return @values && chance(0.8) ? one_of(@values)
        : random_value($schema, $type);
}

sub part_of
{
    my ($text) = @_;
    return $text if length $text < 2 || chance(0.3);
    my $from = int rand length $text;
    return substr $text, $from, 1 + rand 3;
}

sub random_filter
{
    my ($schema, $resource, $filterable) = @_;
    my ($path, $type, $ops) = @$filterable;
    my ($at, $name) = follow($schema, $resource, $path);
    my $op = one_of(@$ops);
    return [ $path, $op, one_of(qw(true false)) ] if $op eq 'null';
    return [ $path, $op, [ map { likely_value($schema, $at, $name) }
        0 .. rand 4 ] ] if $op =~ /in$/;
    my $value = likely_value($schema, $at, $name);
    $value = part_of($value) if $op eq 'contains';
    $value = substr $value, 0, 1 + rand 3 if $op eq 'starts';
    return [ $path, $op, $value ];
}

sub random_filters
{
    my ($schema, $resource, $route) = @_;
    my %seen;
    my @pool = @{ $route->{filterable} // [] };
    return [] if !@pool || chance(0.4);
    # Behind one to-many as likely as anywhere.
    my @deep = grep { $_->[0] =~ /\./ } @pool;
    @pool = @deep if @deep && chance(0.4);
    return [ grep { !$seen{"$_->[0] $_->[1]"}++ }
        map { random_filter($schema, $resource, one_of(@pool)) }
        0 .. rand 3 ];
}

sub random_path
{
    my ($schema, $resource, $route) = @_;
    my $row = @{ $resource->{made} // [] } && chance(0.9)
        ? one_of(@{ $resource->{made} }) : {};
    return { map {
        my $type = column_of($resource, $_)->{type};
        my $value = $row->{$_} // random_value($schema, $type);
        # '', '.', '/' and the like are about paths, not about rows.
        $_ => $type eq 'text' && $value =~ m{^[\s.]*$|[/\n\t\x7f\x80]} ? 'k1'
            : $value;
    } @{ $route->{parameters} } };
}

sub random_shown
{
    my ($schema, $resource, $route) = @_;
    my $paths = tree_paths($schema, $resource, $route->{tree}, '');
    my @embeds = @{ $paths->{embeds} };
    my %o;
    $o{with} = [ shuffle(some_of(rand, @embeds)) ] if @embeds && chance(0.4);
    return \%o if !chance(0.4);
    my @whole = some_of(0.15, @embeds);
    my %is_whole = map { $_ => 1 } @whole;
    my @columns = grep { !$is_whole{ s/\.\w+$//r } }
        some_of(one_of(0.1, 0.5), @{ $paths->{columns} });
    $o{fields} = [ shuffle(@whole, @columns) ] if @whole || @columns;
    return \%o;
}

sub random_page
{
    my ($route) = @_;
    my %o;
    $o{limit} = 1 + int rand $route->{limit_max} if chance(0.5);
    $o{offset} = one_of(0, 1, 5, int rand 60, 1000) if chance(0.4);
    return %o;
}

# A request as Byline::Test::Oracle has it, and `count`.
sub random_request
{
    my ($schema, $has, @viewers) = @_;
    my $route = one_of(@{ $schema->{routes} });
    my $resource = resource_of($schema, $route->{resource});
    my %request = (route => $route, viewer => one_of(@viewers),
        path => random_path($schema, $resource, $route));
    my $shown = random_shown($schema, $resource, $route);
    for my $key (qw(with fields)) {
        $request{$key} = $shown->{$key} if $has->{$key} && $shown->{$key};
    }
    return \%request if $route->{handler} eq 'item';
    $request{filters} = random_filters($schema, $resource, $route);
    if ($route->{sortable} && @{ $route->{sortable} } && chance(0.5)) {
        my @paths = (shuffle(@{ $route->{sortable} }))[ 0 .. rand 3 ];
        $request{sort} = [ map { one_of('', '-') . $_ }
            grep { defined } @paths ];
    }
    $request{q} = [ map { one_of(@words) } 1 .. one_of(1, 1, 2) ]
        if $route->{search} && chance(0.6);
    $request{count} = 1 if $has->{count} && chance(0.3);
    return { %request, random_page($route) };
}

# --- URIs ------------------------------------------------------------------

sub percent
{
    my ($text, $is_path) = @_;
    utf8::encode($text);
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    $text =~ s/%20/+/g if !$is_path && chance(0.5);
    return $text;
}

# A time in another zone, or in other words.
sub in_other_words
{
    my ($type, $value) = @_;
    return uc $value if $type eq 'uuid' && chance(0.3);
    return $value . one_of('0', '00') if $type eq 'numeric'
        && $value =~ /\./ && chance(0.3);
    return $value if $type ne 'timestamptz';
    my ($year, $month, $day, $hour, $minute, $second, $part) = $value
        =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?/ or return $value;
    my $time = timegm($second, $minute, $hour, $day, $month - 1, $year);
    my ($zone, $shift) = @{ one_of([ 'Z', 0 ], [ '+00:00', 0 ],
        [ '+02:00', 7200 ], [ '-05:30', -19800 ]) };
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime $time + $shift)
        . ($part // '') . $zone;
}

sub list_item
{
    my ($value) = @_;
    return $value if $value !~ /[,"]|^\s*$|^\s|\s$/ && chance(0.8);
    return '"' . $value =~ s/"/""/gr . '"';
}

sub filter_parameter
{
    my ($schema, $resource, $filter) = @_;
    my ($path, $op, $wanted) = @$filter;
    my ($at, $name, $json) = follow($schema, $resource, $path);
    my $type = column_of($at, $name)->{type};
    my $text = $op eq 'null' ? $wanted : ref $wanted
        ? join(',', map { list_item(in_other_words($type, $_)) } @$wanted)
        : in_other_words($type, $wanted);
    # A + that was not escaped, and so became a blank.
    my $value = percent($text);
    $value =~ s/%2B/+/g if $type eq 'timestamptz' && chance(0.5);
    my ($open, $close) = chance(0.5) ? qw([ ]) : qw(%5B %5D);
    return $json . ($op eq 'eq' && chance(0.9) ? '' : "$open$op$close")
        . "=$value";
}

# The parameters of a request, but for those of the page, in some order.
sub parameters
{
    my ($schema, $request) = @_;
    my $resource = resource_of($schema, $request->{route}{resource});
    my @found = map { filter_parameter($schema, $resource, $_) }
        @{ $request->{filters} // [] };
    for my $key (grep { $request->{$_} } qw(with fields)) {
        push @found, "$key=" . join one_of(',', '%2C'), @{ $request->{$key} };
    }
    push @found, 'sort=' . join ',', map { my ($sign, $path) = /^(-?)(.*)$/;
        $sign . (follow($schema, $resource, $path))[2] } @{ $request->{sort} }
        if $request->{sort};
    push @found, 'q=' . join one_of('+', '%20'), @{ $request->{q} }
        if $request->{q};
    push @found, 'count=exact' if $request->{count};
    push @found, "limit=$request->{limit}" if $request->{limit};
    push @found, "offset=$request->{offset}" if defined $request->{offset};
    return shuffle(@found);
}

# A request as a path and a query; each time in other words.
sub request_uri
{
    my ($schema, $request) = @_;
    my $path = $request->{route}{path} =~ s/:(\w+)/
        percent($request->{path}{$1}, 1)/ger;
    my @parameters = parameters($schema, $request);
    return $path . (@parameters ? '?' . join '&', @parameters : '');
}

1;
