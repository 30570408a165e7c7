# Query strings that are wrong, on purpose and by chance: refused with 400
# before the database is asked, in words that say nothing of SQL; or answered.
# Never a 500, and no worker ends. BYLINE_SEED=N asks for other chances,
# BYLINE_REQUESTS=N for so many.
use utf8;
use Byline::Test;
use Byline::Test::Generator qw(one_of chance);

my $seed = $ENV{BYLINE_SEED} // 1;
my $mutations = $ENV{BYLINE_REQUESTS} // 1500;
note "BYLINE_SEED=$seed BYLINE_REQUESTS=$mutations";

# What of the query language is tried.
my %has = map { $_ => 1 } qw(page with fields filters sort cursor count search item
    many);

my $schema = <<'SQL';
CREATE TYPE mood AS ENUM ('good', 'so so');
CREATE TABLE writers (id integer PRIMARY KEY, name text NOT NULL,
    secret text NOT NULL);
CREATE TABLE pieces (id integer PRIMARY KEY, title text, price numeric,
    made_at timestamptz, born_on date, is_open boolean, mark uuid, mass bigint,
    mood mood, small smallint, ratio double precision, hour time,
    writer_id integer NOT NULL REFERENCES writers, hidden text,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english',
        coalesce(title, ''))) STORED);
CREATE TABLE remarks (id integer PRIMARY KEY,
    piece_id integer NOT NULL REFERENCES pieces, text text);
INSERT INTO writers VALUES (1, 'Ada', 'secret'), (2, 'Bo', 'secret');
INSERT INTO pieces SELECT n, 'title ' || n, n / 4.0,
    '2024-01-01T00:00:00Z'::timestamptz + n * interval '1 hour',
    '2024-01-01'::date + n, n % 2 = 0, gen_random_uuid(), n, 'good', n, n,
    '12:00', 1 + n % 2, 'hidden' FROM generate_series(1, 30) n;
INSERT INTO remarks SELECT n, 1 + n % 30, 'text' FROM generate_series(1, 60) n;
SQL

my $resources = <<'INI';
[resource writers]
columns = id, name

[resource pieces]
columns   = id, title, price, made_at, born_on, is_open, mark, mass
columns.2 = mood, small, ratio, hour, writer_id

[relation pieces.writer]
to  = writers
via = writer_id

[resource remarks]
columns = id, piece_id, text

[relation remarks.piece]
to  = pieces
via = piece_id
INI
$resources .= <<'INI' if $has{many};

[relation pieces.remarks]
many = remarks
via  = piece_id
INI

my $list = 'with = writer';
$list .= "\nalso = remarks, remarks.count, remarks.piece(id, title)"
    if $has{with};
$list .= <<'INI' if $has{filters};

filterable   = id(eq, ne, in, nin, null, lt, gt), mass(eq, in)
filterable.2 = title(eq, ne, in, null, contains, starts), price(eq, lt, in)
filterable.3 = made_at(eq, in, gte, lt), born_on(eq, gt), is_open(eq, ne)
filterable.4 = mark(eq, in), mood(eq, in, gt), small(eq), ratio(eq, lt)
filterable.5 = hour(eq, lt), writer.name, writer.id(gt), remarks.text(eq, in)
filterable.6 = remarks.id(gt, lt)
INI
$list .= "\nsortable = id, title, made_at, writer.name, price" if $has{sort};
$list .= "\nsearch = words(english)" if $has{search};

my $routes = <<"INI";
[route pieces]
match    = GET /pieces
handler  = list
resource = pieces
$list

[route others]
match    = GET /others
handler  = list
resource = pieces
$list

[route of-writer]
match    = GET /writers/:writer_id/pieces
handler  = list
resource = pieces
$list

[route piece]
match    = GET /pieces/:id
handler  = item
resource = pieces
with     = writer
INI

my $site = site(schema => $schema, resources => $resources,
    routes => $routes, nginx => 0);

# --- the corpus ------------------------------------------------------------

# Query => the code of the refusal; "ok" for none, "any" for either, "400" for
# whatever code.
my %corpus = (
    page => [
        'limit=0' => 'range', 'limit=-1' => 'range', 'limit=101' => 'range',
        'limit=' => 'type', 'limit=1.0' => 'type', 'limit=%31' => 'ok',
        'limit=1;offset=1' => 'type', 'limit=1%00' => '400',
        'limit=1%20' => 'type', 'limit=' . '9' x 3000 => 'range',
        'offset=-1' => 'range', 'offset=1e3' => 'type',
        'offset=' . '9' x 19 => 'range', 'limit=1&limit=1' =>
            'repeated_parameter', 'limit[eq]=1' => 'unknown_parameter',
        'nope=1' => 'unknown_parameter', 'LIMIT=1' => 'unknown_parameter',
        '=1' => '400', '%' => '400', '%zz=1' => '400', 'x=%f' => '400',
        'x=%FF' => '400', '%C0%AF=1' => '400', "\xff=1" => '400',
        'x=%ED%A0%80' => '400', 'x=%F4%90%80%80' => '400',
        'x%00y=1' => '400', '&&&' => 'ok', '' => 'ok', '?' => '400',
        '==' => '400', 'limit==1' => 'type',
        'select=1&from=pg_class' => 'unknown_parameter',
        "'" => 'unknown_parameter', '"' => 'unknown_parameter',
        join('&', map { "p$_=1" } 1 .. 60) => '400',
        'x' x 5000 => 'unknown_parameter',
    ],
    with => [
        'with=' => 'ok', 'with=writer' => 'ok', 'with=remarks' => 'ok',
        'with=remarks.count' => 'ok', 'with=remarks.piece' => 'ok',
        'with' => 'ok', 'with=nope' => 'unknown_relation',
        'with=writer,writer' => '400', 'with=writer,' => '400',
        'with=,' => '400', 'with=.' => '400', 'with=writer.' => '400',
        'with=.writer' => '400', 'with=writer..name' => '400',
        'with=writer.name' => 'unknown_relation',
        'with=writer.count' => 'unknown_relation',
        'with=remarks.count.count' => '400', 'with=*' => '400',
        'with=Writer' => 'unknown_relation', 'with=%20writer' => '400',
        'with=writer%20' => '400', 'with=writer%00' => '400',
        'with=writer&with=remarks' => 'repeated_parameter',
        'with=remarks.piece.remarks' => 'unknown_relation',
        'with=remarks(id)' => '400', 'with[]=writer' => '400',
        'with=' . join('.', ('writer') x 500) => '400',
        'with=' . ',' x 4000 => '400', "with=writer'--" => '400',
    ],
    fields => [
        'fields=id' => 'ok', 'fields=writer' => 'ok', 'fields=' => '400',
        'fields=writer.name,id' => 'ok', 'fields=remarks.count' => 'ok',
        'fields' => '400', 'fields=nope' => 'unknown_field',
        'fields=id,id' => '400', 'fields=id,,title' => '400',
        'fields=id,' => '400', 'fields=id.x' => '400',
        'fields=hidden' => 'unknown_field',
        'fields=writer.secret' => 'unknown_field',
        'fields=made_at' => 'unknown_field', 'fields=ID' => 'unknown_field',
        'fields=words' => 'unknown_field', 'fields=xmin' => 'unknown_field',
        'fields=writer.' => '400', 'fields=*' => '400',
        'fields=count(id)' => '400', 'fields=id%20AS%20x' => '400',
        'fields=id&fields=title' => 'repeated_parameter',
        'fields=remarks.piece.id' => 'ok',
        'fields=remarks.piece.price' => 'unknown_field',
        'with=&fields=writer.name' => 'any', 'fields=%FF' => '400',
    ],
    filters => [
        'id=1' => 'ok', 'id[eq]=1' => 'ok', 'id%5Beq%5D=1' => 'ok',
        'id=' => 'type', 'id=abc' => 'type', 'id=1.5' => 'type',
        'id=1e3' => 'type', 'id=0x1' => 'type', 'id=--1' => 'type',
        'id=99999999999' => 'range', 'id=-2147483649' => 'range',
        'id=' . '9' x 4000 => 'range', 'id=1%00' => '400',
        'id=%D9%A1' => 'type', 'id=1%20OR%201=1' => 'type',
        'id=1)%20--' => 'type', 'id=$1' => 'type', 'small=32768' => 'range',
        'mass=9223372036854775808' => 'range',
        'mass=-9223372036854775809' => 'range',
        'id[in]=' => 'type', 'id[in]=1,' => 'type', 'id[in]=,1' => 'type',
        'id[in]=1,x' => 'type', 'id[in]=1,99999999999' => 'range',
        'id[in]=' . join(',', 1 .. 101) => '400',
        'id[in]=' . join(',', 1 .. 100) => 'ok', 'id[in]="1"' => 'ok',
        'id[in]="1' => '400', 'id[in]="1"2' => '400',
        'id[in]={1,2}' => 'type', 'id[in]=(1)' => 'type',
        'title[in]="a"",b",c' => 'ok', 'title[in]="a' => '400',
        'title[in]="a"b' => '400', 'title[in]=%22%22' => 'ok',
        'title[in]={a}' => 'ok', 'title[in]=NULL' => 'ok',
        'title[in]=\\' => 'ok', 'title[in]={"a\\' => 'any',
        'id[foo]=1' => 'unknown_operator',
        'id[contains]=1' => 'unknown_operator',
        'id[EQ]=1' => 'unknown_operator', 'id[]=1' => '400',
        'price[gt]=1' => 'unknown_operator', 'id[eq=1' => '400',
        'id]=1' => '400', 'id[eq]x=1' => '400', '[eq]=1' => '400',
        'id[eq][ne]=1' => '400', 'id[[eq]]=1' => '400', 'id[%00]=1' => '400',
        'id[%FF]=1' => '400', "id[eq'--]=1" => '400',
        'hidden=x' => 'unknown_parameter', 'made_at=x' => 'unknown_parameter',
        'writer=1' => '400', 'writer.secret=x' => 'unknown_parameter',
        'writer.=1' => '400', '.id=1' => '400', 'writer..id=1' => '400',
        'writer.id=1' => 'unknown_operator', 'writer.name=x' => 'ok',
        'remarks.piece.id=1' => 'unknown_parameter',
        'remarks.text[in]=text,x&remarks.id[gt]=3' => 'ok',
        'remarks.count=1' => 'unknown_parameter',
        'id=1&id=2' => 'repeated_parameter',
        'id=1&id[eq]=2' => 'repeated_parameter',
        'id[gt]=1&id%5Bgt%5D=2' => 'repeated_parameter',
        'id[gt]=1&id[lt]=2&id[ne]=5' => 'ok',
        'madeAt=2024-01-01T00:00:00Z' => 'ok',
        'madeAt=2024-01-01T00:00:00 02:00' => 'ok',
        'madeAt=2024-01-01T00:00:00+02:00' => 'ok',
        'madeAt=2024-01-01' => 'ok', 'madeAt[gte]=yesterday' => 'type',
        'madeAt=now' => 'type', 'madeAt=epoch' => 'type',
        'madeAt=2024-02-30T00:00:00Z' => 'type',
        'madeAt=2024-13-01' => 'type', 'madeAt=2024-01-01T25:00:00' => 'type',
        'madeAt=2024-01-01T00:00:00+99:00' => 'type',
        'madeAt=294277-01-01T00:00:00Z' => 'type',
        'madeAt=0000-01-01T00:00:00Z' => 'type', 'madeAt=' => 'type',
        'madeAt=infinity' => 'any', 'madeAt=2024-01-01T00:00:00%00' => '400',
        'madeAt=2024-01-01T00:00:00+15:59' => 'any',
        'madeAt=2024-01-01 00:00:00 Europe/Berlin' => 'type',
        'madeAt[in]=2024-01-01,x' => 'type', 'bornOn=2023-02-29' => 'type',
        'bornOn=x' => 'type', 'bornOn=5874898-01-01' => 'type',
        'bornOn=2024-01-01T00:00:00Z' => 'any', 'bornOn=J1' => 'type',
        'hour=25:00' => 'type', 'hour=24:00' => 'any', 'hour=x' => 'type',
        'isOpen=maybe' => 'type', 'isOpen=' => 'type', 'isOpen=2' => 'type',
        'isOpen=TRUE' => 'any', 'isOpen=t' => 'any', 'isOpen=true' => 'ok',
        'mark=xyz' => 'type', 'mark=' => 'type',
        'mark={a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}' => 'type',
        'mark=a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1' => 'type',
        'mark=A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' => 'ok',
        'mood=good' => 'ok', 'mood=bad' => '400', 'mood=' => '400',
        'mood[in]=good,bad' => '400', 'mood=GOOD' => '400',
        'price=1e5' => 'any', 'price=NaN' => 'any', 'price=Infinity' => 'any',
        'price=1e999999' => 'any', 'price=1e131072' => 'any',
        'price=' . '9' x 5000 => 'any', 'price=0x1' => 'type',
        'price=1_000' => 'type', 'price=,' => 'type', 'price=' => 'type',
        'price=1.' => 'any', 'price=.5' => 'any', 'price[in]=1,2.5' => 'ok',
        'ratio=1e400' => 'any', 'ratio=1e-400' => 'any', 'ratio=x' => 'type',
        'ratio=nan' => 'any', 'title[null]=yes' => '400',
        'title[null]=' => '400', 'title[null]=true' => 'ok',
        'title[null]=1' => '400', 'title=' => 'ok', 'title' => 'ok',
        'title=%00' => '400', 'title=%FF' => '400', 'title=%C0%AF' => '400',
        'title=%ED%A0%80' => '400', 'title=%EF%BF%BE' => 'any',
        "title=' OR 1=1--" => 'ok', 'title="; DROP TABLE pieces' => 'ok',
        'title[contains]=%25%27%5C_' => 'ok', 'title[contains]=%5C' => 'ok',
        'title[contains]=' => 'any', 'title[starts]=%5C' => 'ok',
        'title[starts]=' . '%25' x 500 => 'ok',
        'title[contains]=' . '_%25' x 500 => 'ok',
        'title=' . 'x' x 7000 => 'ok', 'title=$1' => 'ok',
        'title=:viewer' => 'ok', 'title=%E2%80%AE' => 'ok',
        'viewer=1' => 'unknown_parameter', 'role=admin' => 'unknown_parameter',
        'constructor=1' => 'unknown_parameter',
    ],
    sort => [
        'sort=id' => 'ok', 'sort=-title,id' => 'ok',
        'sort=-writer.name' => 'ok', 'sort=' => '400', 'sort' => '400',
        'sort=-' => '400', 'sort=--id' => '400', 'sort=id,' => '400',
        'sort=,id' => '400', 'sort=id,id' => '400', 'sort=id,-id' => '400',
        'sort=+id' => '400', 'sort=nope' => 'unknown_field',
        'sort=price' => 'ok', 'sort=mass' => 'unknown_field',
        'sort=hidden' => 'unknown_field', 'sort=made_at' => 'unknown_field',
        'sort=id%20desc' => '400', 'sort=id;drop' => '400', 'sort=1' => '400',
        'sort=random()' => '400', 'sort=(select%201)' => '400',
        'sort=remarks.id' => 'unknown_field', 'sort=writer' => '400',
        'sort=writer.secret' => 'unknown_field', 'sort=%FF' => '400',
        'sort=id&sort=id' => 'repeated_parameter', 'sort=id%00' => '400',
        'sort[id]=asc' => '400',
        'sort=' . join(',', ('id') x 900) => '400',
    ],
    cursor => [
        'after=' => 'cursor', 'after=x' => 'cursor', 'before=x' => 'cursor',
        'after=!!!' => 'cursor', 'after=AAAA' => 'cursor',
        'after=' . 'A' x 4000 => 'cursor', 'after=%00' => '400',
        'after=%FF' => '400', 'offset=1&after=AAAA' => 'conflict',
        'after=AAAA&before=AAAA' => 'conflict',
        'offset=0&before=AAAA' => 'conflict',
        'after=e30' => 'cursor', 'after=W10' => 'cursor',
        'after=eyJpZCI6MX0' => 'cursor', 'after=MQ' => 'cursor',
        'after=AAAA&after=AAAA' => 'repeated_parameter',
    ],
    count => [
        'count=exact' => 'ok', 'count=' => 'one_of', 'count=1' => 'one_of',
        'count=EXACT' => 'one_of', 'count=true' => 'one_of',
        'count=exact&count=exact' => 'repeated_parameter',
        'count=exact&offset=5000' => 'ok',
    ],
    search => [
        'q=title' => 'ok', 'q=' => 'min_length', 'q=%20' => 'any',
        'q=%22unbalanced' => 'ok', 'q=or' => 'ok', 'q=-' => 'ok',
        'q=!!%26|()' => 'ok', "q=a'b" => 'ok', 'q=\\' => 'ok',
        'q=%00' => '400', 'q=%FF' => '400', 'q=' . 'a%20' x 1500 => 'any',
        'q=' . 'x' x 7000 => 'any', 'q=a:*' => 'ok', 'q=:viewer' => 'ok',
        'q=the' => 'ok', 'q=a&q=b' => 'repeated_parameter',
    ],
    item => [
        'limit=1' => 'unknown_parameter', 'sort=id' => 'unknown_parameter',
        'q=x' => 'unknown_parameter', 'count=exact' => 'unknown_parameter',
        'id=1' => 'unknown_parameter', 'after=AAAA' => 'unknown_parameter',
    ],
);

my @groups = grep { $has{$_} } sort keys %corpus;

# --- the judge -------------------------------------------------------------

my $sql = qr/\b(?:SELECT|ORDER\ BY|WHERE|DISTINCT|LATERAL|JOIN|EXISTS|ILIKE)\b
    |\bt\d+\.|invalid\ input|does\ not\ exist|SQLSTATE|22P02|pg_catalog
    |row_to_json|to_json|::\w/x;

# What is wrong with how an answer refuses, or does not.
sub mistake
{
    my ($uri, $answer) = @_;
    my $status = $answer ? $answer->status : 'none';
    return "status $status" if $status !~ /^(?:200|400|404|414)$/;
    my $body = $answer->json // return 'no JSON: ' . $answer->body;
    return if $status == 200;
    return 'type of media' if ($answer->header('Content-Type') // '')
        !~ $PROBLEM_TYPE;
    return 'type' if $status == 400
        && $body->{type} ne '/problems/bad-request';
    return 'status in the body' if $body->{status} != $status;
    return 'no detail' if !length($body->{detail} // '');
    for my $field (@{ $body->{errors} // [] }) {
        return "no $_ in errors" for grep { !length($field->{$_} // '') }
            qw(code message);
        return 'no field in errors' if !defined $field->{field};
        return "code $field->{code}" if $field->{code} !~ /^[a-z_]+$/;
        return "SQL: $field->{message}" if $field->{message} =~ $sql
            && index($uri, $&) < 0;
    }
    return "SQL: $body->{detail}" if $body->{detail} =~ $sql;
    return;
}

# Straight to the pool, as bytes.
sub ask { return $site->direct($_[0]) }

sub codes
{
    my ($answer) = @_;
    return map { $_->{code} } @{ ($answer->json // {})->{errors} // [] };
}

sub is_expected
{
    my ($answer, $expected) = @_;
    my $status = $answer ? $answer->status : 0;
    return $status == 200 || $status == 400 if $expected eq 'any';
    return $status == 200 if $expected eq 'ok';
    return 0 if $status != 400;
    return $expected eq '400'
        || !!grep { $_ eq $expected } codes($answer);
}

my @before = sort $site->workers;
my %refused;

for my $group (@groups) {
    my @cases = @{ $corpus{$group} };
    my (@mistakes, @others);
    my $path = $group eq 'item' ? '/pieces/1' : '/pieces';
    while (my ($query, $expected) = splice @cases, 0, 2) {
        my $uri = "$path?$query";
        my $answer = ask($uri);
        my $wrong = mistake($uri, $answer);
        my $shown = substr $uri, 0, 100;
        push @mistakes, "$shown: $wrong" if $wrong;
        push @others, "$shown: expected $expected, got "
            . substr $answer->body, 0, 400
            if !$wrong && !is_expected($answer, $expected);
        $refused{$uri} = 1 if $answer && $answer->status == 400;
    }
    is_deeply \@mistakes, [], "$group: each has its answer";
    is_deeply \@others, [], "$group: the right one";
}

# --- by chance -------------------------------------------------------------

srand $seed;

my @pieces = ('%00', '%FF', '%C3%A9', '%', '%4', '%zz', '+', '%2B', '.', ',',
    ';', '&', '=', '[', ']', '%5B', '%5D', "'", '"', '\\', '%0A', '-', '(',
    ')', '*', '$1', ':role', '0', '1', '9' x 12, 'x' x 300, 'eq', 'in', 'null',
    'true', 'id', 'title', 'writer', 'remarks', 'count', 'with=', 'fields=',
    'sort=', 'limit=', 'offset=', 'after=', 'q=', 'writer.name',
    '%F0%9F%98%80', '%ED%A0%80', '--', '/*', 'NaN', '1e5', '[in]=', '[gt]=');

sub mutated
{
    my ($query) = @_;
    for (1 .. rand 4) {
        my $at = int rand 1 + length $query;
        my $kind = one_of(qw(insert insert replace cut repeat));
        if ($kind eq 'insert') {
            substr($query, $at, 0) = one_of(@pieces);
        } elsif ($kind eq 'replace') {
            substr($query, $at, 1 + rand 4) = one_of(@pieces);
        } elsif ($kind eq 'cut') {
            substr($query, $at, 1 + rand 6) = '';
        } else {
            $query .= '&' . substr $query, $at;
        }
    }
    return substr $query, 0, 7000;
}

# Pieces of the corpus, one or several, not too long.
my %expected = map { @{ $corpus{$_} } } @groups;
my @seeds = grep { length $_ < 200 } sort keys %expected;
my @fine = grep { $expected{$_} eq 'ok' } @seeds;
my (@mistakes, %count);
for (1 .. $mutations) {
    my $path = one_of(qw(/pieces /pieces /pieces /writers/1/pieces
        /writers/7/pieces /pieces/1));
    my $uri = "$path?" . mutated(join '&', map { one_of(one_of(@seeds),
        one_of(@fine), one_of(@fine)) } 0 .. rand 3);
    my $answer = ask($uri);
    my $wrong = mistake($uri, $answer);
    push @mistakes, "$uri: $wrong" if $wrong;
    my $status = $answer ? $answer->status : 'none';
    $count{$status}++;
    $refused{$uri} = 1 if $status eq '400';
}
is_deeply [ map { s/[^ -~]/?/gr } @mistakes ], [],
    'whatever is asked has its answer';
note join ', ', map { "$_: $count{$_}" } sort keys %count;

my @sent = $site->statements_of(sub { ask($_) for sort keys %refused });
is_deeply [ map { $_->{text} } @sent ], [],
    'what is refused costs no statement: ' . keys %refused;
is_deeply [ sort $site->workers ], \@before, 'no worker ended';

done;
