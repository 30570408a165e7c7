# What a request must answer: nested loops over the rows of all tables, as
# PostgreSQL shows them in JSON. Nothing of it is as the program does it.
#
#     my $oracle = Byline::Test::Oracle->new($schema,
#         sub { $site->sql($_[0]) });
#     my $answer = $oracle->answer($request);
#
# $schema is a structure of Byline::Test::Schema. A request:
#
#     { route => route of the schema, viewer => { id, role } or {},
#       path => { column => text }, with => [JSON paths], fields => [the same],
#       filters => [ [path, op, text or [texts]] ], sort => ['-path'],
#       limit, offset, q => [words] }
#
# Paths of filters and sort are those of the INI. An answer: { status }, and
# of a 200 `body`, or of a list `rows` (the texts of all objects of all
# pages, in order), and the place of the page among them: from, to.
package Byline::Test::Oracle;

use strict;
use warnings;
use JSON::PP ();
use List::Util qw(all any first);
use Byline::Test::Response qw(json_parts);
use Byline::Test::Schema qw(json_name column_name resource_of relation_of
    column_of);

# --- rows ------------------------------------------------------------------

sub tables
{
    my ($schema) = @_;
    return (@{ $schema->{resources} }, @{ $schema->{through} // [] });
}

# Prints every row of every table, a line each.
sub dump_sql
{
    my ($schema) = @_;
    return join '', map { "SELECT '$_->{table} ' || row_to_json(t)"
        . qq( FROM "$_->{table}" t;\n) } tables($schema);
}

sub new
{
    my ($class, $schema, $ask) = @_;
    my $self = bless { schema => $schema, ask => $ask }, $class;
    my %table = map { $_->{table} => $_ } tables($schema);
    $self->{rows}{$_} = [] for keys %table;
    for my $line (split /\n/, $ask->(dump_sql($schema))) {
        my ($name, $json) = $line =~ /^(\w+) (.*)$/s;
        push @{ $self->{rows}{$name} }, $self->row($table{$name}, $json);
    }
    return $self;
}

# raw: the texts of the values in JSON; val: what can be compared, undef for
# NULL.
sub row
{
    my ($self, $table, $json) = @_;
    my ($raw) = json_parts($json);
    my %val = map { $_->{name} => $raw->{ $_->{name} } eq 'null' ? undef
        : $self->comparable($_->{type}, unquote($raw->{ $_->{name} })) }
        @{ $table->{columns} };
    return { raw => $raw, val => \%val };
}

my $json = JSON::PP->new->utf8->allow_nonref;

sub unquote
{
    my ($raw) = @_;
    return $raw =~ /^"/ ? $json->decode($raw) : $raw;
}

my %is_number = map { $_ => 1 } qw(integer bigint numeric smallint);

# -infinity, then years, then infinity; always with six digits of a second.
sub comparable_time
{
    my ($text) = @_;
    return '!' if $text eq '-infinity';
    return '~' if $text eq 'infinity';
    my ($date, $clock, $part) = $text
        =~ /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d+)?)?/
        or die "time $text";
    return $date if !defined $clock;
    return "$date $clock" . substr(($part // '.') . '000000', 0, 7);
}

# The text as something for compare(). A text is a string of characters.
sub comparable
{
    my ($self, $type, $text) = @_;
    return 0 + $text if $is_number{$type};
    return comparable_time($text) if $type =~ /^(?:timestamptz|date)$/;
    return $text eq 'true' ? 1 : 0 if $type eq 'boolean';
    return lc $text if $type eq 'uuid';
    my $labels = $self->{schema}{enums}{$type} or return $text;
    return first { $labels->[$_] eq $text } 0 .. $#$labels;
}

sub compare
{
    my ($self, $type, $one, $other) = @_;
    return $is_number{$type} || $type eq 'boolean'
        || $self->{schema}{enums}{$type} ? $one <=> $other : $one cmp $other;
}

# NULL is greater than every value.
sub compare_null
{
    my ($self, $type, $one, $other) = @_;
    return !defined $one <=> !defined $other
        if !defined $one || !defined $other;
    return $self->compare($type, $one, $other);
}

# --- who sees what ---------------------------------------------------------

sub is_seen
{
    my ($self, $resource, $row, $viewer) = @_;
    return 0 if $resource->{where}
        && !$resource->{where}{is}->($row->{val}, $viewer);
    return 1 if !$resource->{within};
    my $relation = relation_of($resource, $resource->{within});
    return !!$self->related($relation, $row, $viewer);
}

# All rows of a resource that the viewer sees.
sub seen
{
    my ($self, $resource, $viewer) = @_;
    my $who = ($viewer->{id} // '') . ' ' . ($viewer->{role} // '');
    return $self->{seen}{"$resource->{name} $who"} //=
        [ grep { $self->is_seen($resource, $_, $viewer) }
            @{ $self->{rows}{ $resource->{table} } } ];
}

# The columns of one are those of the other, and none is NULL.
sub is_pair
{
    my ($one, $columns, $other, $others) = @_;
    return all { my ($x, $y) = ($one->{val}{ $columns->[$_] },
        $other->{val}{ $others->[$_] });
        defined $x && defined $y && $x eq $y } 0 .. $#$columns;
}

# What stands at the other end of a row, seen or not.
sub is_linked
{
    my ($self, $relation, $row) = @_;
    return sub { is_pair($row, $relation->{via}, $_[0], $relation->{key}) }
        if $relation->{kind} eq 'one';
    return sub { is_pair($row, $relation->{key}, $_[0], $relation->{via}) }
        if $relation->{kind} eq 'many';
    my @links = grep { is_pair($row, $relation->{key}, $_,
        $relation->{ours}) } @{ $self->{rows}{ $relation->{table} } };
    return sub {
        my ($other) = @_;
        return any { is_pair($other, $relation->{other_key}, $_,
            $relation->{theirs}) } @links;
    };
}

# The rows at the other end: one or none of a to-one. They are remembered.
sub related
{
    my ($self, $relation, $row, $viewer) = @_;
    my $who = ($viewer->{id} // '') . ' ' . ($viewer->{role} // '');
    return @{ $row->{related}{"$relation $who"} //= do {
        my $other = resource_of($self->{schema}, $relation->{to});
        my $is_linked = $self->is_linked($relation, $row);
        [ grep { $is_linked->($_) && (!$relation->{where}
            || $relation->{where}{is}->($_->{val}, $viewer)) }
            @{ $self->seen($other, $viewer) } ];
    } };
}

# --- filters and order -----------------------------------------------------

my %test = (
    eq => sub { $_[0] == 0 },
    ne => sub { $_[0] != 0 },
    lt => sub { $_[0] < 0 },
    lte => sub { $_[0] <= 0 },
    gt => sub { $_[0] > 0 },
    gte => sub { $_[0] >= 0 },
);

# Whether a value, or NULL, satisfies a condition.
sub satisfies
{
    my ($self, $type, $value, $op, $wanted) = @_;
    return !defined $value == ($wanted eq 'true') if $op eq 'null';
    return $op eq 'ne' || $op eq 'nin' if !defined $value;
    return index(lc $value, lc $wanted) >= 0 if $op eq 'contains';
    return index($value, $wanted) == 0 if $op eq 'starts';
    if ($op eq 'in' || $op eq 'nin') {
        my $is_in = any { $self->compare($type, $value,
            $self->comparable($type, $_)) == 0 } @$wanted;
        return $op eq 'in' ? $is_in : !$is_in;
    }
    return $test{$op}->($self->compare($type, $value,
        $self->comparable($type, $wanted)));
}

# Whether the row satisfies all conditions. What stands behind the same
# relation is about the same row there. No row (undef) has only NULLs, and
# nothing to its many.
sub matches
{
    my ($self, $resource, $row, $viewer, @conditions) = @_;
    my %behind;
    for my $condition (@conditions) {
        my ($path, $op, $wanted) = @$condition;
        if ($path =~ /^(\w+)\.(.+)$/) {
            push @{ $behind{$1} }, [ $2, $op, $wanted ];
            next;
        }
        return 0 if !$self->satisfies(column_of($resource, $path)->{type},
            $row && $row->{val}{$path}, $op, $wanted);
    }
    for my $name (sort keys %behind) {
        my $relation = relation_of($resource, $name);
        my $other = resource_of($self->{schema}, $relation->{to});
        my @found = $row ? $self->related($relation, $row, $viewer) : ();
        @found = (undef) if !@found && $relation->{kind} eq 'one';
        return 0 if !any { $self->matches($other, $_, $viewer,
            @{ $behind{$name} }) } @found;
    }
    return 1;
}

# The value at the end of a path of to-ones, and its type.
sub value_at
{
    my ($self, $resource, $row, $viewer, $path) = @_;
    my @names = split /\./, $path;
    my $last = pop @names;
    for my $name (@names) {
        my $relation = relation_of($resource, $name);
        $row &&= ($self->related($relation, $row, $viewer))[0];
        $resource = resource_of($self->{schema}, $relation->{to});
    }
    return ($row && $row->{val}{$last}, column_of($resource, $last)->{type});
}

# By the keys of the order, and by the resource's own key in the end.
sub sorted
{
    my ($self, $resource, $viewer, $order, @rows) = @_;
    my @order = (@$order, @{ $resource->{key} // [] });
    my (@keys, @types, @signs);
    for my $n (0 .. $#order) {
        my ($sign, $path) = $order[$n] =~ /^(-?)(.*)$/;
        $signs[$n] = $sign ? -1 : 1;
        for my $row (0 .. $#rows) {
            ($keys[$row][$n], $types[$n]) = $self->value_at($resource,
                $rows[$row], $viewer, $path);
        }
    }
    my $by = sub {
        my ($one, $other) = @_;
        for my $n (0 .. $#order) {
            my $sign = $signs[$n] * $self->compare_null($types[$n],
                $keys[$one][$n], $keys[$other][$n]);
            return $sign if $sign;
        }
        return 0;
    };
    return @rows[ sort { $by->($a, $b) } 0 .. $#rows ];
}

# --- what is shown ---------------------------------------------------------

# "a.b.c" => a, a.b, a.b.c; of "a.b.count" it is a and itself.
sub prefixes
{
    my ($path) = @_;
    my @names = split /\./, $path =~ s/\.count$//r;
    my @found = map { join '.', @names[ 0 .. $_ ] } 0 .. $#names;
    $found[-1] = $path if $path =~ /\.count$/;
    return @found;
}

# The paths that are named, and those on the way there.
sub named
{
    my ($paths) = @_;
    return undef if !$paths;
    my %named = (exact => { map { $_ => 1 } @$paths }, way => {});
    for my $path (@$paths) {
        $named{way}{$_} = 1 for prefixes($path);
    }
    return \%named;
}

sub is_shown
{
    my ($embed, $at, $with, $fields) = @_;
    return $embed->{default} if !$with && !$fields;
    return ($with && $with->{way}{$at}) || ($fields && $fields->{way}{$at});
}

# The columns of a node of the tree that are shown, and whether it is whole:
# then what its parentheses embed comes with it. `with` names the root, too.
sub columns_shown
{
    my ($resource, $node, $at, $o) = @_;
    my ($with, $fields) = @$o{qw(with fields)};
    my $prefix = length $at ? "$at." : '';
    my @columns = grep { $fields && $fields->{exact}{ $prefix
        . column_name($resource, $_) } } @{ $node->{columns} };
    return (0, @columns) if @columns;
    my $is_whole = $o->{part} || (!$with && !$fields)
        || ($with && ($at eq '' || $with->{way}{$at}))
        || ($fields && $fields->{exact}{$at});
    return ($is_whole, $is_whole ? @{ $node->{columns} } : ());
}

# --- JSON ------------------------------------------------------------------

sub may_see_private
{
    my ($viewer, $owner) = @_;
    return 0 if !defined $viewer->{id};
    return $viewer->{role} eq 'admin'
        || (defined $owner && $owner == $viewer->{id});
}

# The members of an embed.
sub embed
{
    my ($self, $resource, $row, $embed, $at, $o) = @_;
    my $relation = relation_of($resource, $embed->{relation});
    my $other = resource_of($self->{schema}, $relation->{to});
    my $name = json_name($relation->{name});
    my @found = $self->related($relation, $row, $o->{viewer});
    return qq("${name}Count":) . @found if $embed->{count};
    if ($relation->{kind} eq 'one') {
        return qq("$name":) . (@found
            ? $self->object($other, $found[0], $embed, $at, $o) : 'null');
    }
    @found = $self->sorted($other, $o->{viewer}, $relation->{order} // [],
        @found);
    my $limit = $relation->{limit} // $self->{schema}{embed_rows} // 100;
    my $more = @found > $limit;
    splice @found, $limit if $more;
    return (qq("$name":[) . join(',', map { $self->object($other, $_, $embed,
        $at, $o) } @found) . ']', $more ? qq("${name}More":true) : ());
}

sub object
{
    my ($self, $resource, $row, $node, $at, $o) = @_;
    my $owner = $resource->{owner} ? $row->{val}{ $resource->{owner} }
        : $o->{owner};
    my $all = may_see_private($o->{viewer}, $owner);
    my @members;
    my ($is_whole, @columns) = columns_shown($resource, $node, $at, $o);
    for my $name (@columns) {
        my $raw = column_of($resource, $name)->{private} && !$all ? 'null'
            : $row->{raw}{$name};
        push @members, '"' . column_name($resource, $name) . qq(":$raw);
    }
    for my $embed (@{ $node->{embeds} }) {
        my $below = (length $at ? "$at." : '') . json_name($embed->{relation})
            . ($embed->{count} ? '.count' : '');
        my $is_named = is_shown($embed, $below, @$o{qw(with fields)});
        my $is_part = !$is_named && $is_whole && $node->{narrow};
        push @members, $self->embed($resource, $row, $embed, $below,
            { %$o, owner => $owner, part => $is_part })
            if $is_named || $is_part;
    }
    return '{' . join(',', @members) . '}';
}

# --- requests --------------------------------------------------------------

# A column of the path that is the via of a to-one: that must be there.
sub has_parents
{
    my ($self, $resource, $route, $path, $viewer) = @_;
    for my $column (@{ $route->{parameters} }) {
        my $relation = first { $_->{kind} eq 'one' && @{ $_->{via} } == 1
            && $_->{via}[0] eq $column } @{ $resource->{relations} };
        next if !$relation || $route->{handler} eq 'item';
        my $value = $self->comparable(column_of($resource, $column)->{type},
            $path->{$column});
        return 0 if !$self->related($relation, { val => { $column =>
            $value } }, $viewer);
    }
    return 1;
}

# Rows with all words, whatever their case.
sub has_words
{
    my ($route, $row, $words) = @_;
    my %has = map { lc $_ => 1 }
        split /[^A-Za-z]+/, $row->{val}{ $route->{search}{text} } // '';
    return all { $has{ lc $_ } } @$words;
}

# Rows as they come, but the best matches first. How good a match is, only
# PostgreSQL knows: a number for each key, in JSON, by what it prints for this.
sub rank_sql
{
    my ($resource, $column, @words) = @_;
    return 'SELECT ' . join(" || ' ' || ", map { qq{to_json("$_")} }
        @{ $resource->{key} }) . qq{ || ' ' || ts_rank("$column",}
        . " websearch_to_tsquery('simple', '@words'))"
        . qq{ FROM "$resource->{table}"};
}

sub ranked
{
    my ($self, $resource, $words, @rows) = @_;
    my $rank = $self->{ranks}{"$resource->{name} @$words"} //= {
        map { /^(.*) (\S+)$/ } split /\n/, $self->{ask}->(
            rank_sql($resource, 'words', @$words)) };
    my %rank = map { $_ => $rank->{ join ' ', @{ $rows[$_]{raw} }{
        @{ $resource->{key} } } } } 0 .. $#rows;
    return @rows[ sort { $rank{$b} <=> $rank{$a} || $a <=> $b } 0 .. $#rows ];
}

sub found
{
    my ($self, $resource, $request) = @_;
    my ($route, $viewer) = @$request{qw(route viewer)};
    my @conditions = ((map { [ $_, 'eq', $request->{path}{$_} ] }
        @{ $route->{parameters} }), @{ $request->{filters} // [] });
    my @rows = grep { !$route->{where}
        || $route->{where}{is}->($_->{val}, $viewer) }
        @{ $self->seen($resource, $viewer) };
    @rows = grep { has_words($route, $_, $request->{q}) } @rows
        if $request->{q};
    return grep { $self->matches($resource, $_, $viewer, @conditions) }
        @rows;
}

sub answer
{
    my ($self, $request) = @_;
    my ($route, $viewer) = @$request{qw(route viewer)};
    my $resource = resource_of($self->{schema}, $route->{resource});
    my %o = (viewer => $viewer, with => named($request->{with}),
        fields => named($request->{fields}));
    my @rows = $self->found($resource, $request);
    if ($route->{handler} eq 'item') {
        return { status => 404 } if !@rows;
        return { status => 200, body => $self->object($resource, $rows[0],
            $route->{tree}, '', \%o) };
    }
    return { status => 404 } if !$self->has_parents($resource, $route,
        $request->{path}, $viewer);
    my $is_ranked = $request->{q} && !$request->{sort};
    @rows = $self->sorted($resource, $viewer, $is_ranked ? []
        : $request->{sort} // $route->{sort} // [], @rows);
    @rows = $self->ranked($resource, $request->{q}, @rows) if $is_ranked;
    my $from = $request->{offset} // 0;
    my $limit = $request->{limit} // $route->{limit} // 20;
    my $to = $from + $limit < @rows ? $from + $limit : @rows;
    return { status => 200, from => $from, to => $to, limit => $limit,
        count => scalar @rows, row => sub { $self->object($resource,
            $rows[ $_[0] ], $route->{tree}, '', \%o) } };
}

# The body of the page of a list from one row up to before another.
sub page
{
    my ($answer, $from, $to) = @_;
    return '[' . join(',', map { $answer->{row}->($_) } $from .. $to - 1)
        . ']';
}

1;
