# A value looks as to_json shows it in UTC, wherever it stands.
use utf8;
use Byline::Test;
use MIME::Base64 qw(decode_base64);

# name, type, and two values as SQL
my @types = (
    [ 'smallint', "'-32768'", "'32767'" ],
    [ 'integer', "'-2147483648'", "'0'" ],
    [ 'bigint', "'-9223372036854775808'", "'9007199254740993'" ],
    [ 'numeric', "'123456789012345678901234567890.120'", "'NaN'" ],
    [ 'numeric(10,4)', "'1.5'", "'-0.0001'" ],
    [ 'numeric', "'1e-30'", "'Infinity'" ],
    [ 'numeric', "'1e40'", "'-Infinity'" ],
    [ 'real', "'0.1'", "'NaN'" ],
    [ 'real', "'1e-40'", "'Infinity'" ],
    [ 'double precision', "'0.1'", "'NaN'" ],
    [ 'double precision', "'1.7976931348623157e308'", "'-Infinity'" ],
    [ 'double precision', "'-0'", "'1e21'" ],
    [ 'boolean', "'t'", "'f'" ],
    [ 'text', "'plain'", "''" ],
    [ 'text', "E'\"\\\\\\b\\f\\n\\r\\t/\\u0001\\u001f\\u007f'",
        "E'\\u0080\\u2028\\u2029\\uFEFF日本 😀 é'" ],
    [ 'varchar(5)', "'abc'", "'12345'" ],
    [ 'char(5)', "'ab'", "'12345'" ],
    [ '"char"', "'x'", "''" ],
    [ 'name', "'a_name'", "''" ],
    [ 'bytea', "'\\x00ff41'", "''" ],
    [ 'date', "'2024-02-29'", "'0044-03-15 BC'" ],
    [ 'date', "'infinity'", "'-infinity'" ],
    [ 'time', "'23:59:59.123456'", "'24:00'" ],
    [ 'timetz', "'12:00:00+05:30'", "'00:00:00-12'" ],
    [ 'timestamp', "'2024-02-29 12:34:56.7'", "'infinity'" ],
    [ 'timestamp', "'0044-03-15 12:00 BC'", "'10000-01-01'" ],
    [ 'timestamptz', "'2024-02-29 12:34:56.7+02'", "'-infinity'" ],
    [ 'timestamptz', "'0044-03-15 12:00+00 BC'", "'99999-01-01+00'" ],
    [ 'interval', "'1 year 2 mons -3 days 04:05:06.7'", "'0'" ],
    [ 'uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
        "'00000000-0000-0000-0000-000000000000'" ],
    [ 'json', "'{\"a\" : 1,  \"a\": [ ],\n\t\"b\":\"\\u00e9\\u0000\"}'",
        "' null '" ],
    [ 'json', "'\"text\"'", "'1.0e5'" ],
    [ 'jsonb', "'{\"b\":[1,{\"c\":null}],\"a\":1.50}'", "'null'" ],
    [ 'xml', "'<a b=\"c\">d</a>'", "''" ],
    [ 'mood', "'so so'", "'\"quoted\"'" ],
    [ 'positive', "'5'", "'1'" ],
    [ 'tiny', "'5'", "'1'" ],
    [ 'label', "'five'", "''" ],
    [ 'stamps', "'{2024-02-29 12:00+02}'", "'{}'" ],
    [ 'place', "'(1,\"a b\",2024-02-29 12:00+02)'", "'(,,)'" ],
    [ 'place[]', "'{\"(1,a,)\",NULL}'", "'{}'" ],
    [ 'integer[]', "'{1,NULL,-3}'", "'{}'" ],
    [ 'integer[]', "'{{1,2},{3,4}}'", "'[0:1]={5,6}'" ],
    [ 'text[]', "'{a,\"b,\\\"c\",NULL,\"NULL\",\"\"}'", "'{}'" ],
    [ 'boolean[]', "'{t,f}'", "'{}'" ],
    [ 'double precision[]', "'{NaN,0.1}'", "'{}'" ],
    [ 'timestamptz[]', "'{2024-02-29 12:00+02,infinity}'", "'{}'" ],
    [ 'date[]', "'{2024-02-29}'", "'{}'" ],
    [ 'json[]', "ARRAY['{\"a\" :1}'::json]", "'{}'" ],
    [ 'jsonb[]', "ARRAY['{\"a\":1}'::jsonb]", "'{}'" ],
    [ 'mood[]', "ARRAY['so so'::mood]", "'{}'" ],
    [ 'int4range', "'[1,5)'", "'empty'" ],
    [ 'numrange', "'(,5.50]'", "'(,)'" ],
    [ 'daterange', "'[2024-02-29,2024-03-01]'", "'[,2024-01-01)'" ],
    [ 'tsrange', "'[2024-02-29 12:00,)'", "'empty'" ],
    [ 'tstzrange', "'[2024-02-29 12:00+02,2024-03-01 00:00+00)'",
        "'(,infinity)'" ],
    [ 'int4multirange', "'{[1,3),[5,8)}'", "'{}'" ],
    [ 'tstzmultirange', "'{[2024-02-29 12:00+02,)}'", "'{}'" ],
    [ 'int4range[]', "ARRAY['[1,5)'::int4range]", "'{}'" ],
    [ 'inet', "'192.168.0.1/24'", "'::1'" ],
    [ 'cidr', "'10.0.0.0/8'", "'::/0'" ],
    [ 'macaddr', "'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'" ],
    [ 'bit(3)', "B'101'", "B'000'" ],
    [ 'bit varying', "B'1'", "''" ],
    [ 'money', "'1234.5'", "'-1'" ],
    [ 'point', "'(1,2.5)'", "'(0,0)'" ],
    [ 'polygon', "'((0,0),(1,1),(1,0))'", "'((0,0))'" ],
    [ 'tsvector', "'a:1 b:2'", "''" ],
    [ 'tsquery', "'a & b'", "''" ],
    [ 'oid', "'4294967295'", "'0'" ],
    [ 'pg_lsn', "'16/B374D848'", "'0/0'" ],
    [ 'jsonpath', "'\$.a'", "'\$'" ],
);

my @columns = map { "c$_" } 0 .. $#types;
my $schema = <<'SQL'
CREATE TYPE mood AS ENUM ('so so', '"quoted"');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN tiny AS positive CHECK (VALUE < 10);
CREATE DOMAIN label AS text;
CREATE DOMAIN stamps AS timestamptz[];
CREATE TYPE place AS (number integer, "Some Name" text, at timestamptz);
SQL
    . "CREATE TABLE every (id integer PRIMARY KEY"
    . join('', map { ", $columns[$_] $types[$_][0]" } 0 .. $#types) . ");\n"
    . "SET datestyle = 'ISO, YMD';\n"
    . join('', map { my $n = $_; "INSERT INTO every VALUES ($n"
        . join('', map { ", $_->[$n]" } @types) . ");\n" } 1, 2)
    . "INSERT INTO every VALUES (3);\n" . <<'SQL';
CREATE TABLE holders (id integer PRIMARY KEY,
    every_id integer REFERENCES every);
INSERT INTO holders SELECT n, nullif(n, 4) FROM generate_series(1, 4) n;
SQL

my $resources = "[resource every]\ncolumns = id, "
    . join(', ', @columns) . "\n" . <<'INI';

[resource holders]
columns = id

[relation holders.every]
to  = every
via = every_id
INI

my $routes = <<'INI';
[route every]
match    = GET /every/:id
handler  = item
resource = every

[route all]
match    = GET /every
handler  = list
resource = every

[route holder]
match    = GET /holders/:id
handler  = item
resource = holders
with     = every
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes);

# What PostgreSQL makes of the row, by column.
sub expected
{
    my ($id) = @_;
    my @text = map { "coalesce(replace(encode(convert_to("
        . "to_json($_)::text, 'UTF8'), 'base64'), E'\\n', ''), '')" }
        @columns;
    my $out = $site->sql('SELECT ' . join(", ", @text)
        . " FROM every WHERE id = $id");
    return map { s/^\s+|\s+$//gr }
        map { length $_ ? decode_base64($_) : 'null' }
        split /\|/, $out, -1;
}

sub is_row
{
    my ($answer, $at, $id, $what) = @_;
    is $answer->status, 200, "$what: found" or return;
    ok defined $answer->json, "$what: JSON";
    my @expected = expected($id);
    my ($value) = $answer->parts;
    my $prefix = length $at ? "$at." : '';
    for my $n (0 .. $#types) {
        is $value->{"$prefix$columns[$n]"}, $expected[$n],
            "$what: $types[$n][0] " . ($id == 3 ? 'NULL' : $types[$n][$id]);
    }
}

for my $id (1 .. 3) {
    subtest "row $id" => sub {
        is_row($site->get("/every/$id"), '', $id, 'alone');
        is_row($site->get('/every'), $id - 1, $id, 'in a list');
        is_row($site->get("/holders/$id"), 'every', $id, 'embedded');
    };
}
is $site->get('/holders/4')->raw('every'), 'null',
    'no row at all is null, one full of NULL is not';

done;
