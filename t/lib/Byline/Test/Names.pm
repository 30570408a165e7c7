# The shipped schema under other names: migrations, INI and SQL of a test
# are rewritten by program, the JSON stays what it is.
package Byline::Test::Names;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(rename_sql rename_resources rename_routes rename_names);

my %table = (
    articles  => 'stuecke',
    users     => 'Leute',
    addresses => 'order',
    articles_categories => 'in_Faechern',
    categories => 'Faecher',
    comments => 'group',
);

my %column = (
    id           => 'nr',
    title        => 'Ueber_Schrift',
    content      => 'Text',
    author_id    => 'wer',
    published_at => 'seit',
    created_at   => 'angelegt',
    updated_at   => 'geaendert',
    email        => 'post',
    name         => 'select',
    password     => 'losung',
    phone_number => 'fon',
    address_id   => 'ort',
    street       => 'strasse',
    city         => 'stadt',
    country      => 'land',
    role         => 'amt',
    tokens_since => 'gueltig_ab',
    article_id   => 'stueck',
    category_id  => 'fach',
    search       => 'Worte',
);

sub quoted
{
    my ($name) = @_;
    return '"' . $name =~ s/"/""/gr . '"';
}

my $known = join '|', map { quotemeta }
    sort { length $b <=> length $a } keys %table, keys %column;

sub renamed_words
{
    my ($sql) = @_;
    return $sql =~ s/\b($known)\b/quoted($table{$1} || $column{$1})/ger;
}

# Every known word outside of comments, placeholders and string constants, but
# for quoted names behind AS, which are what a client sees; and those in a
# constant that is SQL itself, for format() and EXECUTE.
sub rename_sql
{
    my ($sql) = @_;
    my $out = '';
    pos($sql) = 0;
    while (pos $sql < length $sql) {
        if ($sql =~ /\G('(?:[^']|'')*')/gc) {
            my $constant = $1;
            $out .= $constant =~ /\b(?:TABLE|COLUMN|INTO|FROM)\b/
                ? renamed_words($constant) : $constant;
        } elsif ($sql =~ /\G(--[^\n]*|:\w+)/gc) {
            $out .= $1;
        } elsif ($sql =~ /\G(AS "(?:[^"]|"")*")/gc) {
            $out .= $1;
        } elsif ($sql =~ /\G"((?:[^"]|"")*)"/gc) {
            $out .= quoted($table{$1} || $column{$1} || $1 =~ s/""/"/gr);
        } elsif ($sql =~ /\G\b($known)\b/gc) {
            $out .= quoted($table{$1} || $column{$1});
        } elsif ($sql =~ /\G(\w+|.)/gcs) {
            $out .= $1;
        }
    }
    return $out;
}

sub other { return $column{ $_[0] } // $_[0] }

# "id, author_id as writer" -> "nr as id, wer as writer"
sub rename_columns
{
    my ($list) = @_;
    my @items;
    for my $item (split /\s*,\s*/, $list) {
        my ($name, $as) = split /\s+as\s+/, $item;
        $as //= $name;
        push @items, other($name) eq $as ? $as : other($name) . " as $as";
    }
    return join ', ', @items;
}

sub rename_names
{
    my ($list) = @_;
    return $list =~ s/(\w+)/other($1)/ger;
}

# "table(column, column)"
sub rename_through
{
    my ($text) = @_;
    my ($name, $columns) = $text =~ /^(\w+)(.*)/;
    return ($table{$name} // $name) . rename_names($columns);
}

# In parentheses: a value of INI that begins with a quoted name ends with it.
sub rename_where
{
    my ($sql) = @_;
    return '(' . rename_sql($sql) . ')';
}

sub rename_ini
{
    my ($text, $rename, $after_section) = @_;
    my $out = '';
    for my $line (split /\n/, $text) {
        if ($line =~ /^\[([^\]]+)\]/) {
            $out .= rename_section($line) . "\n" . $after_section->($1);
        } elsif ($line =~ /^([\w.]+)(\s*=\s*)([^;#]*?)(\s*[;#].*)?$/) {
            my ($key, $equals, $value) = ($1, $2, $3);
            my $code = $rename->{ $key =~ s/\.\d+$//r };
            $out .= $key . $equals . ($code ? $code->($value) : $value)
                . "\n";
        } else {
            $out .= "$line\n";
        }
    }
    return $out;
}

# "[field users.email]", whose text is all the line.
sub rename_section
{
    my ($line) = @_;
    return $line =~ s/^(\[field \w+\.)(\w+)/$1 . other($2)/er;
}

# A resource keeps its name and gets another table.
sub rename_resources
{
    my ($text) = @_;
    return rename_ini($text, {
        columns => \&rename_columns, private => \&rename_names,
        key => \&rename_names, via => \&rename_names,
        writable => \&rename_names, owner => \&rename_names,
        order => \&rename_names, through => \&rename_through,
        where => \&rename_where,
    }, sub {
        my ($name) = $_[0] =~ /^resource (\w+)$/ or return '';
        return $table{$name} ? "table = $table{$name}\n" : '';
    });
}

sub rename_routes
{
    my ($text) = @_;
    return rename_ini($text, {
        match => sub { $_[0] =~ s/:(\w+)/':' . other($1)/ger },
        sort => \&rename_names, sortable => \&rename_names,
        with => \&rename_names, also => \&rename_names,
        filterable => \&rename_names, search => \&rename_names,
        where => \&rename_where,
        writable => \&rename_names, viewer => \&rename_names,
    }, sub { '' });
}

1;
