# What a value of a body must be: by its column's type, and by its [field].
# All that is wrong is told at once, and most of it costs no statement.
use utf8;
use Byline::Test;

my @types = (
    i2 => 'smallint', i4 => 'integer', i8 => 'bigint', num => 'numeric',
    num4 => 'numeric(4, 2)', num30 => 'numeric(30, 2)',
    tens => 'numeric(3, -2)', tiny => 'numeric(2, 4)',
    f4 => 'real', f8 => 'double precision', yes => 'boolean', txt => 'text',
    vc => 'varchar(5)', ch => 'char(5)', id => 'uuid', day => 'date',
    clock => 'time', clockz => 'timetz', at => 'timestamp',
    atz => 'timestamptz', mood => 'mood', pos => 'positive',
    word => 'word', js => 'json', jb => 'jsonb', ints => 'integer[]',
    texts => 'text[]', place => 'place', places => 'place[]',
    rng => 'int4range', bytes => 'bytea', addr => 'inet', span => 'interval',
    ids => 'uuid[]',
);
my %type = @types;
my @names = @types[ grep { $_ % 2 == 0 } 0 .. $#types ];
my $columns = join ', ', map { qq("$_" $type{$_}) } @names;
my @fields = qw(len chars num_of price email phone choice code trimmed
    both nothing);

my $schema = <<"SQL";
CREATE TYPE mood AS ENUM ('good', 'so so', 'it''s "bad"');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN needed AS text NOT NULL;
CREATE DOMAIN word AS varchar(4);
CREATE TYPE place AS (number integer, "Some Name" text);
CREATE TABLE values (key serial PRIMARY KEY, $columns);
CREATE TABLE rules (
    key serial PRIMARY KEY,
    len text, chars varchar(8), num_of integer, price numeric(6, 2),
    email text, phone text, choice text, code text, trimmed text,
    "both" text, nothing text
);
CREATE TABLE must (key serial PRIMARY KEY, name text NOT NULL,
    number integer NOT NULL, word needed, list integer[] NOT NULL,
    extra jsonb NOT NULL);
SQL
$schema =~ s/TABLE values/TABLE "values"/;

my $list = join ', ', @names;
my $resources = <<"INI";
[resource values]
columns  = key, $list
writable = $list
[resource rules]
columns  = key, ${\ join(', ', @fields) }
writable = ${\ join(', ', @fields) }
[field rules.len]
min_length = 2
max_length = 4
[field rules.chars]
min_length = 1
[field rules.num_of]
min = 1
max = 10
[field rules.price]
min = 0.01
[field rules.email]
format = email
[field rules.phone]
format = phone
[field rules.choice]
one_of = red, green, dark blue
[field rules.code]
pattern = ^[A-Z]{2}[0-9]+\$
[field rules.trimmed]
trim       = on
min_length = 1
max_length = 3
[field rules.both]
max_length = 3
pattern    = ^a
[resource must]
columns  = key, name, number, word, list, extra
writable = name, number, word, list, extra
INI

my $routes = join '', map { <<"INI" } qw(values rules must);
[route $_]
match    = GET /$_/:key
handler  = item
resource = $_
[route $_-create]
match    = POST /$_
handler  = create
resource = $_
[route $_-update]
match    = PATCH /$_/:key
handler  = update
resource = $_
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes);
$site->claim(qr/warning: .* anybody can/);

sub post_all
{
    my ($path, @bodies) = @_;
    return $site->requests(map { { method => 'POST', path => $path,
        json => \$_ } } @bodies);
}

my $nested = '{"a":{"b":[1,2.50,"x",null,true]},"c":"\u00e9"}';

# name => values as JSON, each with how it comes back if that differs
my @taken = (
    i2 => [ '-32768', '32767', '0', [ '-0', '0' ] ],
    i4 => [ '-2147483648', '2147483647' ],
    i8 => [ '-9223372036854775808', '9223372036854775807',
        '9007199254740993' ],
    num => [ '123456789012345678901234567890.120', '1',
        [ '1e3', '1000' ], [ '1E-30', '0.' . '0' x 29 . '1' ],
        [ '1e400', '1' . '0' x 400 ],
        [ '1e5000', '1' . '0' x 5000 ], '-0.5', '18446744073709551617' ],
    num4 => [ [ '99.994', '99.99' ], [ '-99.99', '-99.99' ],
        [ '1', '1.00' ], [ '0.005', '0.01' ], [ '1e-9', '0.00' ] ],
    num30 => [ '9' x 28 . '.99', '-' . '9' x 28 . '.99' ],
    tens => [ [ '99900', '99900' ], [ '12345', '12300' ], [ '49', '0' ] ],
    tiny => [ [ '0.0099', '0.0099' ], [ '-0.00994', '-0.0099' ] ],
    f4 => [ '0.5', [ '3.4028235e38', '3.4028235e+38' ], [ '1e-45', '1e-45' ],
        [ '0', '0' ], [ '0.0e5', '0' ] ],
    f8 => [ '0.1', [ '1.7976931348623157e308', '1.7976931348623157e+308' ],
        [ '5e-324', '5e-324' ], [ '1e21', '1e+21' ] ],
    yes => [ 'true', 'false' ],
    txt => [ '"plain"', '""', '" x "', '"é\"\\\\\n"' ],
    vc => [ '"12345"', '"ééééé"', '"日本語日本"', '""' ],
    ch => [ [ '"ab"', '"ab   "' ], '"ééééé"' ],
    id => [ '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"',
        [ '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"',
            '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"' ] ],
    day => [ '"2024-02-29"', '"0001-01-01"', '"infinity"' ],
    clock => [ '"23:59:59.123456"', [ '"12:30"', '"12:30:00"' ],
        '"24:00:00"' ],
    clockz => [ [ '"12:00:00+05:30"', '"12:00:00+05:30"' ] ],
    at => [ '"2024-02-29T12:34:56.7"',
        [ '"2024-02-29 12:34"', '"2024-02-29T12:34:00"' ],
        [ '"2024-02-29"', '"2024-02-29T00:00:00"' ] ],
    atz => [ [ '"2024-02-29T12:34:56Z"', '"2024-02-29T12:34:56+00:00"' ],
        [ '"2024-02-29T12:34:56.789+02:00"',
            '"2024-02-29T10:34:56.789+00:00"' ],
        [ '"2024-02-29T12:34:56-0330"', '"2024-02-29T16:04:56+00:00"' ],
        [ '"2024-02-29T12:34:56"', '"2024-02-29T12:34:56+00:00"' ] ],
    mood => [ '"good"', '"so so"', '"it\'s \"bad\""' ],
    pos => [ '1', '2147483647' ],
    word => [ '"abcd"', '"éééé"' ],
    js => [ $nested, '[]', '"text"', '1.50', 'true', '{"a":1,"a":2}' ],
    jb => [ [ '{"b":1,"a":[1,2.50]}', '{"a": [1, 2.50], "b": 1}' ],
        [ '[]', '[]' ], '"te\"xt"', '1.50', 'false' ],
    ints => [ '[1,null,-3]', '[]', '[[1,2],[3,4]]' ],
    texts => [ '["a","b,\"c\\\\","","NULL",null,"é"]' ],
    place => [ [ '{"number":1,"Some Name":"a b"}',
        '{"number":1,"Some Name":"a b"}' ],
        [ '{}', '{"number":null,"Some Name":null}' ] ],
    places => [ [ '[{"number":1},null]',
        '[{"number":1,"Some Name":null},null]' ] ],
    rng => [ [ '"[1,4]"', '"[1,5)"' ], '"empty"' ],
    bytes => [ '"\\\\x00ff41"', [ '"abc"', '"\\\\x616263"' ],
        [ '""', '"\\\\x"' ] ],
    addr => [ '"192.168.0.1/24"', '"::1"' ],
    span => [ [ '"1 year 2 months"', '"1 year 2 mons"' ],
        [ '"P1DT2H"', '"1 day 02:00:00"' ] ],
    ids => [ '["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]' ],
);

sub takes_values
{
    my (@bodies, @expected, @what);
    while (my ($name, $values) = splice @taken, 0, 2) {
        for my $case (@$values, 'null') {
            my ($sent, $shown) = ref $case ? @$case : ($case, $case);
            utf8::encode($sent);
            utf8::encode($shown);
            push @bodies, qq({"$name":$sent});
            push @expected, $shown;
            push @what, $name;
        }
    }
    my @answers = post_all('/values', @bodies);
    for my $i (0 .. $#bodies) {
        is $answers[$i]->status == 201 ? $answers[$i]->raw($what[$i])
            : $answers[$i]->body, $expected[$i], "$type{$what[$i]}: " . substr $bodies[$i], 0, 60;
    }
}

# name => what is refused, each with its code, which is "type" otherwise
my @refused = (
    i2 => [ [ '32768', 'range' ], [ '-32769', 'range' ], '"1"', '1.5', '1e2',
        'true', '[]', '{}', '""', [ '9' x 30, 'range' ] ],
    i4 => [ [ '2147483648', 'range' ], [ '-2147483649', 'range' ], '"x"' ],
    i8 => [ [ '9223372036854775808', 'range' ], '"1"',
        [ '-9223372036854775809', 'range' ], '1.0' ],
    num => [ '"1"', '"NaN"', 'true', '[]', [ '1e131072', 'range' ],
        [ '1e-16384', 'range' ], [ '1e99999999999999999999', 'range' ] ],
    num4 => [ [ '100', 'range' ], [ '99.995', 'range' ],
        [ '-99.995', 'range' ], [ '1e2', 'range' ], [ '1e400', 'range' ],
        '"1"' ],
    num30 => [ [ '9' x 28 . '.995', 'range' ], [ '1e28', 'range' ] ],
    tens => [ [ '100000', 'range' ], [ '99950', 'range' ] ],
    tiny => [ [ '0.01', 'range' ], [ '0.00995', 'range' ] ],
    f4 => [ [ '3.5e38', 'range' ], [ '1e-60', 'range' ], '"1"' ],
    f8 => [ [ '1.8e308', 'range' ], [ '1e400', 'range' ],
        [ '-1e400', 'range' ], [ '1e-400', 'range' ], '"NaN"' ],
    yes => [ '"true"', '0', '1', '"t"', '{}' ],
    txt => [ '1', 'true', '[]', '{}', [ '"a\u0000b"', 'nul' ],
        [ '"\u0000"', 'nul' ] ],
    vc => [ [ '"123456"', 'max_length' ], [ '"éééééé"', 'max_length' ],
        '1' ],
    ch => [ [ '"123456"', 'max_length' ] ],
    id => [ '"x"', '""', '1', '"a0eebc999c0b4ef8bb6d6bb9bd380a11"',
        '"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"' ],
    day => [ '"2023-02-29"', '"2024-13-01"', '"2024-00-10"', '"today"',
        '"29.02.2024"', '"2024-2-9"', '20240229', '""', '"now"',
        '"2024-02-29T00:00:00"', '"0000-01-01"' ],
    clock => [ '"25:00"', '"12:60"', '"noon"', '"12"', '"24:00:01"',
        '"12:00:00."', '1200' ],
    clockz => [ '"12:00+16"', '"12:00+aa"' ],
    at => [ '"2024-02-30T00:00"', '"2024-02-29T"', '"2024-02-29X12:00"',
        '"yesterday"', '1709210096' ],
    atz => [ '"2024-02-29T12:00 Europe/Oslo"', '"epoch"',
        '"2024-02-29T12:00+"' ],
    mood => [ [ '"bad"', 'one_of' ], [ '""', 'one_of' ],
        [ '"good\u001f"', 'one_of' ], '1' ],
    word => [ [ '"abcde"', 'max_length' ] ],
    jb => [ [ '"a\u0000"', 'nul' ], [ '{"a":"\u0000"}', 'nul' ],
        [ '["x\\\\\u0000"]', 'nul' ] ],
    js => [ [ '"a\u0000"', 'nul' ] ],
    texts => [ [ '["\u0000"]', 'nul' ] ],
);

sub refuses_values
{
    my (@bodies, @expected);
    while (my ($name, $values) = splice @refused, 0, 2) {
        for my $case (@$values) {
            my ($sent, $code) = ref $case ? @$case : ($case, 'type');
            utf8::encode($sent);
            push @bodies, qq({"$name":$sent});
            push @expected, "$name $code";
        }
    }
    my @answers;
    my @sent = $site->statements_of(sub {
        @answers = post_all('/values', @bodies);
    });
    is_deeply [ map { $_->{text} } @sent ], [], 'without the database';
    problem_ok $answers[$_], 422, substr($bodies[$_], 0, 60), $expected[$_]
        for 0 .. $#bodies;
}

# What only PostgreSQL knows: still a 422 that names the field.
sub asks_the_database
{
    $site->pg->claim(qr/^ERROR (?:22|23514)/);
    my @cases = (
        [ rng => '"[5,1]"' ], [ rng => '"x"' ], [ addr => '"x"' ],
        [ span => '"x"' ], [ bytes => '"\\\\xZZ"' ], [ ints => '["x"]' ],
        [ ints => '5' ], [ ints => '{"a":1}' ], [ ints => '[[1],[2,3]]' ],
        [ place => '[]' ], [ place => '{"number":"x"}' ], [ ids => '["x"]' ],
        [ ints => '[1e30]' ], [ jb => '{"a":1e200000}' ],
    );
    my @answers = post_all('/values', map { qq({"$_->[0]":$_->[1]}) } @cases);
    problem_ok $answers[$_], 422, "$type{$cases[$_][0]}: $cases[$_][1]",
        "$cases[$_][0] type" for 0 .. $#cases;
    problem_ok((post_all('/values', '{"pos":0,"i4":0,"txt":"x"}'))[0],
        422, 'a domain', 'pos check');
    is $site->sql('SELECT count(*) FROM "values" WHERE pos = 0'), 0,
        'nothing is stored';
}

sub needs_values
{
    my @answers = post_all('/must', '{}', '{"name":null,"number":null,'
        . '"word":null,"list":null,"extra":null}', '{"name":"n","number":1,'
        . '"word":"w","list":[1],"extra":{}}');
    problem_ok $answers[0], 422, 'all that is missing', map { "$_ required" }
        qw(name number word list extra);
    problem_ok $answers[1], 422, 'and all that is null', map { "$_ null" }
        qw(name number word list extra);
    is $answers[2]->status, 201, 'with all of it';
    is $answers[2]->body, '{"key":1,"name":"n","number":1,"word":"w",'
        . '"list":[1],"extra":{}}', 'it is stored';
    is $site->request('PATCH', '/must/1', json => { list => [ 2 ] })
        ->raw('list'), '[2]', 'an array beside a domain that is never NULL';
    is $site->request('PATCH', '/must/1', json => { word => 'v' })
        ->raw('word'), '"v"', 'and such a domain';
    problem_ok $site->request('PATCH', '/must/1', json => { word => undef }),
        422, 'is never NULL', 'word null';
}

my @rules = (
    [ len => '"a"', 'min_length', 'at least 2 characters', min => 2 ],
    [ len => '"é"', 'min_length' ], [ len => '""', 'min_length' ],
    [ len => '"abcde"', 'max_length', 'at most 4 characters', max => 4 ],
    [ len => '"éééé"' ], [ len => '"日本"' ], [ len => '"😀😀😀😀"' ],
    [ chars => '""', 'min_length', 'at least 1 character', min => 1 ],
    [ chars => '"123456789"', 'max_length', 'at most 8 characters',
        max => 8 ],
    [ num_of => '0', 'range', 'between 1 and 10', min => 1, max => 10 ],
    [ num_of => '11', 'range' ], [ num_of => '10' ],
    [ price => '0', 'range', 'at least 0.01', min => 0.01 ],
    [ price => '-1', 'range' ], [ price => '0.01', undef ],
    [ email => '"a@b.c"' ], [ email => '"A.b+c@sub.example.org"' ],
    map({ [ email => qq("$_"), 'format' ] } '', 'a', 'a@b', '@b.c', 'a@b.',
        'a@.c', 'a b@c.d', 'a@b@c.d', 'a@b..c', 'a@b.c ', "a\\n\@b.c"),
    [ email => '"é@ü.de"' ],
    [ phone => '"+48 123-456.789"', undef, '"+48123456789"' ],
    [ phone => '"+1 (555) 010/9999"', undef, '"+15550109999"' ],
    map({ [ phone => qq("$_"), 'format' ] } '', '123456789', '+0123456789',
        '+12345', '+1234567890123456', '+48 12a456789', '++48123456789',
        '+48+123456789', '00 48 123456789'),
    [ choice => '"red"' ], [ choice => '"dark blue"' ],
    [ choice => '"Red"', 'one_of', 'one of: red, green, dark blue' ],
    [ choice => '""', 'one_of' ],
    [ code => '"AB1"' ], [ code => '"ab1"', 'pattern' ],
    [ code => '"AB1\n"', 'pattern' ], [ code => '""', 'pattern' ],
    [ trimmed => '" \t abc \n"', undef, '"abc"' ],
    [ trimmed => '"   "', 'min_length' ], [ trimmed => '" abcd "',
        'max_length' ], [ trimmed => '" a c "', undef, '"a c"' ],
    [ both => '"bbbb"', 'max_length' ], [ both => '"bb"', 'pattern' ],
    [ both => '"ab"' ], [ nothing => '"  anything  "' ],
);

sub keeps_rules
{
    my @bodies = map { my $text = "{\"" . camel($_->[0]) . "\":$_->[1]}";
        utf8::encode($text); $text } @rules;
    my @answers = post_all('/rules', @bodies);
    for my $i (0 .. $#rules) {
        my ($name, $sent, $code, @more) = @{ $rules[$i] };
        my $field = camel($name);
        if (!defined $code) {
            my $shown = $more[0] // $sent;
            utf8::encode($shown);
            is $answers[$i]->status == 201 ? $answers[$i]->raw($field)
                : $answers[$i]->body, $shown, "$name takes $sent";
            next;
        }
        problem_ok $answers[$i], 422, "$name refuses $sent", "$field $code";
        my ($message, %limits) = @more;
        my $error = $answers[$i]->json->{errors}[0];
        is $error->{message}, $message, 'with its message'
            if defined $message;
        is $error->{$_}, $limits{$_}, "and $_" for sort keys %limits;
    }
    my $null = $site->request('POST', '/rules', json => { map { (camel($_),
        undef) } @fields });
    is $null->status, 201, 'rules are for values: null is none';
}

sub camel { return $_[0] =~ s/_(\w)/\U$1/gr }

sub tells_all_at_once
{
    my $answer = $site->request('POST', '/rules', json => { len => 'a',
        chars => 5, numOf => 0, price => 'x', email => 'a', phone => '1',
        choice => 'x', code => 'x', trimmed => '', both => "\0" });
    problem_ok $answer, 422, 'all that is wrong', 'len min_length',
        'chars type', 'numOf range', 'price type', 'email format',
        'phone format', 'choice one_of', 'code pattern',
        'trimmed min_length', 'both nul';
    is $answer->json->{detail}, '10 fields are wrong', 'is counted';
    is_deeply [ grep { !length $_->{message} }
        @{ $answer->json->{errors} } ], [], 'with a message each';
    is $site->sql("SELECT count(*) FROM rules WHERE len = 'a'"), 0,
        'nothing is stored';
}

subtest 'taken' => \&takes_values;
subtest 'refused' => \&refuses_values;
subtest 'database' => \&asks_the_database;
subtest 'needed' => \&needs_values;
subtest 'rules' => \&keeps_rules;
subtest 'at once' => \&tells_all_at_once;
$site->stop;

# --- other names and numbers -----------------------------------------------

$site = site(postgres => $site->pg, database => 'other', schema => $schema,
    resources => $resources, routes => $routes, ini => { api => {
        names => 'snake', bigint => 'string', numeric => 'string' } });
$site->claim(qr/warning: .* anybody can/);

sub takes_numbers_as_strings
{
    my @good = ([ i8 => '"9007199254740993"' ], [ num => '"1.50"' ],
        [ num30 => '"-1.00"' ], [ i8 => '"-1"' ], [ num => '"12"' ]);
    my @answers = post_all('/values', map { qq({"$_->[0]":$_->[1]}) } @good);
    is $answers[$_]->raw($good[$_][0]), $good[$_][1],
        "$type{$good[$_][0]} as a string: $good[$_][1]" for 0 .. $#good;
    is((post_all('/values', '{"i8":5}'))[0]->raw('i8'), '"5"',
        'a number is taken as well');
    my @bad = ([ i8 => '"x"' ], [ i8 => '""' ], [ i8 => '"1.5"' ],
        [ i8 => '" 1"' ], [ i8 => '"9223372036854775808"', 'range' ],
        [ num => '"x"' ], [ num => '""' ], [ num => '"NaN"' ],
        [ num => '"Infinity"' ], [ num => '"1e"' ], [ num => '"0x10"' ],
        [ num => '" 1"' ], [ num4 => '"100"', 'range' ], [ i4 => '"1"' ],
        [ f8 => '"1"' ]);
    @answers = post_all('/values', map { qq({"$_->[0]":$_->[1]}) } @bad);
    problem_ok $answers[$_], 422, "not $bad[$_][1]",
        "$bad[$_][0] " . ($bad[$_][2] // 'type') for 0 .. $#bad;
}

sub takes_snakes
{
    my $answer = $site->request('POST', '/rules', json => { num_of => 5,
        numOf => 99 });
    is $answer->status, 201, 'names are those of the database';
    is $answer->raw('num_of'), '5', 'in body and answer';
    problem_ok $site->request('POST', '/rules', json => { num_of => 0 }), 422,
        'and in errors', 'num_of range';
}

subtest 'strings' => \&takes_numbers_as_strings;
subtest 'snake' => \&takes_snakes;

done;
