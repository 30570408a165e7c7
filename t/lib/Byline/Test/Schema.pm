# A schema as a structure of Perl, from which tables and INI are written.
#
#     { enums => { name => [labels] }, embed_rows,
#       users => resource that [accounts] is about,
#       resources => [ {
#           name, table, key => [columns], keyless => 1, view => SELECT,
#           columns => [ { name, type, null, as, private } ],
#           owner => column, within => relation,
#           where => { sql, is => sub { my ($values, $viewer) } },
#           foreign => [ [ [columns], table, [columns] ] ],
#           relations => [ { name, kind => one | many | through, to => name,
#               via => [ours or theirs], key => [what via pairs with],
#               table, ours => [], theirs => [],      # through
#               order => [], limit, where => as above } ] } ],
#       through => [ { table, columns => [ { name, type } ], foreign } ],
#       routes => [ { name, path, handler, resource, parameters => [columns],
#           tree => node, filterable => [ [path, type, [ops]] ],
#           sortable => [paths], sort => [paths], where => as above,
#           limit, limit_max, search => { column, text } } ] }
#
# A node of a tree: { relation, columns => [names], embeds => [nodes],
# count => 1, default => in `with` and not in `also`, narrow => written with
# its columns in parentheses }.
package Byline::Test::Schema;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(json_name column_name schema_sql schema_resources
    schema_routes resource_of relation_of column_of tree_items);

sub resource_of
{
    my ($schema, $name) = @_;
    return (grep { $_->{name} eq $name } @{ $schema->{resources} })[0];
}

sub relation_of
{
    my ($resource, $name) = @_;
    return (grep { $_->{name} eq $name } @{ $resource->{relations} })[0];
}

sub column_of
{
    my ($resource, $name) = @_;
    return (grep { $_->{name} eq $name } @{ $resource->{columns} })[0];
}

# made_at is madeAt.
sub json_name { return $_[0] =~ s/(?<=[^_])_([a-z0-9])/\U$1/gr }

# What the column is called in JSON.
sub column_name
{
    my ($resource, $name) = @_;
    my $column = column_of($resource, $name);
    return json_name($column->{as} // $name);
}

# --- SQL -------------------------------------------------------------------

sub quoted { return join ', ', map { qq("$_") } @_ }

sub foreign_sql
{
    my ($columns, $table, $other) = @{ $_[0] };
    return 'FOREIGN KEY (' . quoted(@$columns)
        . qq{) REFERENCES "$table" (} . quoted(@$other) . ')';
}

sub table_sql
{
    my ($table) = @_;
    return qq(CREATE VIEW "$table->{table}" AS $table->{view};\n)
        if $table->{view};
    my @lines = map { qq("$_->{name}" $_->{type})
        . ($_->{null} ? '' : ' NOT NULL') } @{ $table->{columns} };
    push @lines, $_ for @{ $table->{extra} // [] };
    push @lines, 'PRIMARY KEY (' . quoted(@{ $table->{key} }) . ')'
        if $table->{key};
    push @lines, map { foreign_sql($_) } @{ $table->{foreign} // [] };
    return qq{CREATE TABLE "$table->{table}" (\n    }
        . join(",\n    ", @lines) . "\n);\n";
}

sub schema_sql
{
    my ($schema) = @_;
    my $sql = '';
    for my $enum (sort keys %{ $schema->{enums} }) {
        $sql .= "CREATE TYPE $enum AS ENUM ("
            . join(', ', map { "'$_'" } @{ $schema->{enums}{$enum} })
            . ");\n";
    }
    return $sql . join '', map { table_sql($_) } @{ $schema->{resources} },
        @{ $schema->{through} // [] };
}

# --- INI -------------------------------------------------------------------

# A list, continued in as many keys as iniparser's lines ask for.
sub list_ini
{
    my ($key, @items) = @_;
    my ($text, $n) = ('', 1);
    while (@items) {
        my $line = shift @items;
        $line .= ', ' . shift @items
            while @items && length($line) + length($items[0]) < 800;
        $text .= $key . ($n > 1 ? ".$n" : '') . " = $line\n";
        $n++;
    }
    return $text;
}

sub relation_ini
{
    my ($resource, $relation) = @_;
    my $text = "\n[relation $resource->{name}.$relation->{name}]\n";
    $text .= ($relation->{kind} eq 'one' ? 'to' : 'many')
        . " = $relation->{to}\n";
    $text .= $relation->{kind} eq 'through'
        ? "through = $relation->{table}("
            . join(', ', @{ $relation->{ours} }, @{ $relation->{theirs} })
            . ")\n"
        : list_ini(via => @{ $relation->{via} });
    $text .= list_ini(order => @{ $relation->{order} })
        if $relation->{order};
    $text .= "limit = $relation->{limit}\n" if $relation->{limit};
    $text .= "where = $relation->{where}{sql}\n" if $relation->{where};
    return $text;
}

sub resource_ini
{
    my ($resource) = @_;
    my @columns = grep { !$_->{hidden} } @{ $resource->{columns} };
    my $text = "\n[resource $resource->{name}]\n";
    $text .= "table = $resource->{table}\n"
        if $resource->{table} ne $resource->{name};
    $text .= list_ini(columns => map { $_->{name}
        . (defined $_->{as} ? " as $_->{as}" : '') } @columns);
    my @private = map { $_->{name} } grep { $_->{private} } @columns;
    $text .= list_ini(private => @private) if @private;
    $text .= list_ini(key => @{ $resource->{declared_key} })
        if $resource->{declared_key};
    $text .= "owner = $resource->{owner}\n" if $resource->{owner};
    $text .= "where = $resource->{where}{sql}\n" if $resource->{where};
    $text .= "within = $resource->{within}\n" if $resource->{within};
    return $text . join '', map { relation_ini($resource, $_) }
        @{ $resource->{relations} };
}

sub schema_resources
{
    my ($schema) = @_;
    return join '', map { resource_ini($_) } @{ $schema->{resources} };
}

# a(id, b(name)) of a node that is written with parentheses.
sub node_ini
{
    my ($node) = @_;
    return "$node->{relation}.count" if $node->{count};
    return $node->{relation} if !$node->{narrow};
    return "$node->{relation}(" . join(', ', @{ $node->{columns} },
        map { node_ini($_) } @{ $node->{embeds} }) . ')';
}

# The items of `with`, or of `also`, at a node and below.
sub items
{
    my ($node, $prefix, $default) = @_;
    my @items;
    for my $embed (@{ $node->{embeds} }) {
        push @items, $prefix . node_ini($embed)
            if !$embed->{default} == !$default;
        push @items, items($embed, "$prefix$embed->{relation}.", $default)
            if !$embed->{count} && !$embed->{narrow};
    }
    return @items;
}

# All of them, as the INI has them.
sub tree_items { return map { items($_[0], '', $_) } 1, 0 }

sub route_ini
{
    my ($route) = @_;
    my $text = "\n[route $route->{name}]\nmatch = GET $route->{path}\n"
        . "handler = $route->{handler}\nresource = $route->{resource}\n"
        . "auth = optional\n";
    my $tree = $route->{tree};
    $text .= list_ini(with => items($tree, '', 1));
    $text .= list_ini(also => items($tree, '', 0));
    $text .= list_ini(filterable => map { "$_->[0]("
        . join(', ', @{ $_->[2] }) . ')' } @{ $route->{filterable} });
    $text .= list_ini($_ => @{ $route->{$_} // [] }) for qw(sortable sort);
    $text .= "where = $route->{where}{sql}\n" if $route->{where};
    $text .= "search = $route->{search}{column}(simple)\n"
        if $route->{search};
    for my $key (qw(limit limit_max)) {
        $text .= "$key = $route->{$key}\n" if $route->{$key};
    }
    return $text;
}

sub schema_routes
{
    my ($schema) = @_;
    return join '', map { route_ini($_) } @{ $schema->{routes} };
}

1;
