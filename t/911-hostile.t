# Hostile writes by hand and by chance, to the configuration that ships: each
# has one of the answers that are documented, what is stored is what was sent,
# and nobody dies. BYLINE_TEST_SEED=N asks for another chance than the usual.
use utf8;
use Byline::Test;
use JSON::PP ();

my $seed = $ENV{BYLINE_TEST_SEED} // 7;
srand $seed;
note "BYLINE_TEST_SEED=$seed";

my $site = site();
my @accounts = map { $site->sign_up(email => "$_\@example.org", name => $_,
    password => "$_ has one") } qw(anna bert admin);
my ($anna, $bert, $admin) = @accounts;
$site->sql("UPDATE users SET role = 'admin' WHERE id = " . $admin->id);
my $article = $anna->post('/articles', { title => 'old' })->json->{id};
my $path = "/articles/$article";
my @workers = sort $site->workers;

# What clients do wrong, and constraints alone know: no value of ours is so
# wrong that PostgreSQL could not read it.
$site->pg->claim(qr/^ERROR 23(?:503|505|514) /);

my (@wrong, %count);
my $json = JSON::PP->new->utf8->allow_nonref->allow_bignum;
my $documented = qr/^(?:20[014]|40[013459]|41[345]|422)$/;

sub one_of { return $_[ rand @_ ] }

sub printable
{
    my ($text) = @_;
    $text =~ s/([^ -~])/sprintf '\\x{%x}', ord $1/ge;
    return length $text > 210 ? substr($text, 0, 100) . ' ... ' . substr $text, -100 : $text;
}

sub complain
{
    my ($what, $answer, $why) = @_;
    push @wrong, printable("$why: $what -> " . ($answer ? $answer->status
        . ' ' . $answer->body : 'no answer'));
}

# What is wrong with an answer; '' if nothing.
sub flaw
{
    my ($answer, $allowed) = @_;
    return 'none' if !$answer;
    my $status = $answer->status;
    return 'undocumented' if $status !~ $documented;
    return 'another status' if $status !~ /^(?:$allowed)$/;
    my $type = $answer->header('Content-Type') // '';
    return $answer->body eq '' ? '' : 'a body' if $type eq '';
    my $body = eval { $json->decode($answer->body) };
    return 'no JSON' if $@;
    return $type =~ $JSON_TYPE ? '' : 'type' if $status < 400;
    return 'no problem' if $type !~ $PROBLEM_TYPE
        || $body->{status} != $status || $body->{type} !~ m{^/problems/};
    return 'no field' if $status == 422 && !@{ $body->{errors} // [] };
    return 'no Allow' if $status == 405 && !$answer->header('Allow');
    return 'no WWW-Authenticate'
        if $status == 401 && !$answer->header('WWW-Authenticate');
    return '';
}

# Sends, and holds the answer against a pattern of statuses.
sub try_it
{
    my ($allowed, $method, $uri, %o) = @_;
    $o{pool} //= 'accounts' if $uri =~ m{^/auth\S*/(?:log-in|sign-up|pass)};
    my $answer = $site->direct($uri, method => $method, %o);
    my $flaw = flaw($answer, $allowed);
    $count{ $answer ? $answer->status : 'none' }++;
    complain("$method $uri " . (ref $o{json} eq 'SCALAR' ? ${ $o{json} }
        : $o{body} // '') . ' ' . ($o{cookie} // $o{bearer} // ''),
        $answer, "$flaw (wanted $allowed)") if $flaw;
    return $answer;
}

sub post_article
{
    my ($allowed, $body) = @_;
    return try_it($allowed, 'POST', '/articles', $anna->identity,
        json => \$body);
}

# All of the subtest went well, and the same workers are there.
sub all_well
{
    is scalar @wrong, 0, 'each has its answer';
    diag "$_\n" for @wrong[ 0 .. (@wrong > 10 ? 9 : $#wrong) ];
    @wrong = ();
    is_deeply [ sort $site->workers ], \@workers, 'no worker died';
}

my %document = map { (m{([^/]+)\.json$})[0] => slurp($_) }
    glob srcdir() . '/t/json-suite/*.json';

# The character strings that are no title, and what is stored of others.
sub title_ok
{
    my ($text) = @_;
    return length $text && length $text <= 200 && $text !~ /\0/;
}

# A document in place of a title: stored as it is, or refused.
sub try_title
{
    my ($name, $text) = @_;
    my $value = eval { $json->decode($text) };
    my $fits = !$@ && $text =~ /^\s*"/ && title_ok($value);
    my $answer = post_article($name =~ /^i_/ ? '201|400|422'
        : $name =~ /^n_/ || $name =~ /null_in_key/ ? 400
        : $fits ? 201 : 422, "{\"title\":$text}");
    return if !$fits || $answer->status != 201;
    my $stored = eval { $json->decode($answer->body)->{title} } // '';
    complain($name, $answer, 'stored otherwise') if $stored ne $value;
}

subtest 'the JSONTestSuite' => sub {
    cmp_ok scalar keys %document, '>', 300, 'is there';
    for my $name (sort keys %document) {
        my $text = $document{$name};
        my $is_object = $text =~ /^\s*\{/;
        post_article($name =~ /^n_/ || !$is_object
            || $name =~ /null_in_key/ ? 400 : '201|400|422', $text);
        post_article($name =~ /^i_/ ? '201|400'
            : $name =~ /^n_|null_in_key/ ? 400 : 201,
            "{\"title\":\"t\",\"ignored\":$text}");
        try_title($name, $text);
        try_it($name =~ /^n_/ || !$is_object ? 400 : '200|400|422', 'PATCH',
            $path, $anna->identity, json => \$text);
        try_it($name =~ /^n_/ || !$is_object ? 400 : '400|422', 'POST',
            '/authentication/log-in', json => \$text);
    }
    all_well();
};

# --- values in every field ---------------------------------------------

# JSON that is no text.
my @no_text = (qw(true false 0 -0 1 -1 1.5 1e400 -1e-400 [] {} [null] [[]]),
    '9' x 400, '-' . '9' x 400, '1e' . '9' x 50, '["x"]', '{"":""}',
    '{"title":"x"}', '0.' . '1' x 500, '[' x 30 . ']' x 30);

# Method, path, a body that is right, and its fields that are text. What is
# required has a star.
my @forms = (
    [ 'POST', '/articles', { title => 'x', content => 'y' },
        [ qw(title* content) ] ],
    [ 'PUT', $path, { title => 'x', content => 'y' }, [ qw(title* content) ] ],
    [ 'PATCH', $path, {}, [ qw(title* content) ] ],
    [ 'PATCH', '/users/me', {}, [ qw(name* phoneNumber) ] ],
    [ 'POST', '/authentication/sign-up', { email => 'anna@example.org',
        name => 'x', password => 'long enough' },
        [ qw(email* name* password* phoneNumber) ] ],
    [ 'PUT', '/authentication/password', { currentPassword => 'wrong one',
        password => 'long enough' }, [ qw(currentPassword* password*) ] ],
    [ 'POST', '/authentication/log-in', { email => 'anna@example.org',
        password => 'wrong one' }, [ qw(email* password*) ] ],
);

# The body of a form as text, with one value in place of another.
sub with_value
{
    my ($body, $field, $value) = @_;
    my %copy = %$body;
    delete $copy{$field};
    my @members = map { $json->encode($_) . ':' . $json->encode($copy{$_}) }
        sort keys %copy;
    return '{' . join(',', @members, "\"$field\":$value") . '}';
}

sub try_wrong_types
{
    my ($method, $uri, $body, $fields) = @{ $_[0] };
    for my $starred (@$fields) {
        my ($field, $star) = $starred =~ /^(\w+)(\*?)$/;
        for my $value (@no_text, $star ? 'null' : ()) {
            my $answer = try_it(422, $method, $uri, $anna->identity,
                json => \with_value($body, $field, $value)) or next;
            complain("$field = $value", $answer, 'another field')
                if !grep { ($_->{field} // '') eq $field }
                @{ ($answer->json // {})->{errors} // [] };
        }
    }
}

subtest 'what is no text where a text is expected' => sub {
    try_wrong_types($_) for @forms;
    for my $value (grep { !/^\{/ } @no_text, '"x"', '""') {
        for my $form (@forms[ 3, 4 ]) {
            my ($method, $uri, $body) = @$form;
            try_it(422, $method, $uri, $anna->identity,
                json => \with_value($body, 'address', $value));
        }
    }
    for my $value (@no_text, 'null') {
        for my $field (qw(street city country)) {
            my %address = (street => 's', city => 'c', country => 'c');
            try_it(422, $forms[4][0], $forms[4][1], json =>
                \with_value($forms[4][2], 'address',
                    with_value(\%address, $field, $value)));
        }
    }
    all_well();
};

subtest 'the author that a body names' => sub {
    my @values = (@no_text, 'null', '"1"', '"x"', '""', $anna->id, $bert->id,
        -1, 2 ** 31, '9223372036854775807', '9223372036854775808', '1.0',
        '1e0', '01', '+1', ' 1 ');
    for my $value (@values) {
        my $is_json = defined eval { $json->decode($value); 1 };
        my $answer = try_it($is_json ? 201 : 400, 'POST', '/articles',
            $anna->identity, json => \"{\"title\":\"x\",\"authorId\":$value}");
        complain($value, $answer, 'believed') if $answer && $is_json
            && ($answer->json->{authorId} // '') ne $anna->id;
        my $is_known = $value =~ /^\s*(\d+)\s*$/
            && grep { $_->id eq $1 } @accounts;
        try_it(!$is_json ? 400 : $is_known ? 201 : 422, 'POST', '/articles',
            $admin->identity, json =>
            \"{\"title\":\"x\",\"authorId\":$value}");
        try_it(!$is_json ? 400 : $is_known ? 200 : 422, 'PATCH', $path,
            $admin->identity, json => \"{\"authorId\":$value}");
    }
    $site->sql("UPDATE articles SET author_id = " . $anna->id
        . " WHERE id = $article");
    all_well();
};

# --- text ---------------------------------------------------------------

my @ranges = ([ 1, 0x1f ], [ 0x20, 0x7e ], [ 0x7f, 0x9f ], [ 0xa0, 0x7ff ],
    [ 0x800, 0xd7ff ], [ 0xe000, 0xfdcf ], [ 0xfdd0, 0xfdef ],
    [ 0xfe00, 0xfe0f ], [ 0xfff0, 0xffff ], [ 0x10000, 0x1ffff ],
    [ 0x1f300, 0x1faff ], [ 0xe0000, 0xe007f ], [ 0x10fffe, 0x10ffff ],
    [ 0x300, 0x36f ], [ 0x200b, 0x200f ], [ 0x2028, 0x202e ]);

my @pieces = ("\x{feff}", "\x{202e}", "\x{200d}", "e\x{301}", "\x{ffff}",
    "\x{10ffff}", '"', '\\', '\\u0041', '/', '</script>', "'", "''; --", '$1',
    '%s%n', '%00', '{}', "\r\n", "\n", "\t", "\x01", "\x7f", "\x85", ' ',
    "\x{1f468}\x{200d}\x{1f469}", 'İ', 'ß', '🌍');

sub random_text
{
    return join '', map {
        my $range = one_of(@ranges);
        one_of(0, 1) ? one_of(@pieces)
            : chr $range->[0] + int rand $range->[1] - $range->[0] + 1
    } 1 .. 1 + rand 20;
}

# The text as JSON, with characters escaped or not, by chance.
sub random_json
{
    my ($text) = @_;
    no warnings 'nonchar';
    my $out = join '', map {
        my $n = ord;
        if ($n < 0x20 || /["\\]/ || rand() < 0.3) {
            $n -= 0x10000 if $n > 0xffff;
            ord > 0xffff ? sprintf '\\u%04x\\u%04X', 0xd800 + ($n >> 10),
                0xdc00 + ($n & 0x3ff) : sprintf '\\u%04x', $n;
        } else {
            $_;
        }
    } split //, $text;
    utf8::encode($out);
    return "\"$out\"";
}

subtest 'all of Unicode' => sub {
    no warnings 'nonchar';
    for my $text (@pieces, map { random_text() } 1 .. 600) {
        my $answer = post_article(title_ok($text) ? 201 : 422,
            '{"title":' . random_json($text) . '}') or next;
        next if $answer->status != 201;
        my $got = eval { $json->decode($answer->body)->{title} } // '';
        complain($text, $answer, 'stored otherwise') if $got ne $text;
    }
    for my $text (map { my $n = $_; map { one_of('', 'x', '🌍') x $n } 1 .. 2 }
        0, 1, 199, 200, 201, 5000) {
        my $fits = length $text && length $text <= 200;
        post_article($fits ? 201 : 422, '{"title":' . random_json($text)
            . '}');
    }
    all_well();
};

subtest 'what is not UTF-8, and halves of characters' => sub {
    my @bytes = ("\xff", "\xfe", "\x80", "\xc0\x80", "\xc0\xaf", "\xc1\xbf",
        "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xed\xa0\x80\xed\xb0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\0",
        "\x01", "\n", '\\ud800', '\\udc00', '\\ud800\\ud800', '\\udfff\\ud800',
        '\\ud83d', '\\ud83dx', '\\ud83d\\u0041', '\\u', '\\u12', '\\u12G4',
        '\\x41', '\\a', '\\');
    for my $bytes (@bytes) {
        post_article(400, "{\"title\":\"$bytes\"}");
        post_article(400, "{\"title\":\"a${bytes}z\"}");
        post_article(400, "{\"title\":\"t\",\"ignored\":\"$bytes\"}");
        post_article(400, "{\"title\":\"t\",\"x$bytes\":1}");
        try_it(400, 'POST', '/authentication/log-in', json =>
            \"{\"email\":\"$bytes\",\"password\":\"x\"}");
    }
    for my $raw ("\xef\xbb\xbf{\"title\":\"x\"}", "\xff\xfe{\0}\0", "{\0}",
        "{\"title\":\"x\"}\0", "\0{\"title\":\"x\"}", "{\"title\":\"x\"}{}") {
        post_article(400, $raw);
    }
    post_article(422, '{"title":"\\u0000"}');
    post_article(400, '{"title":"x","\\u0000":1}');
    post_article(201, '{"title":"x","ignored":"\\u0000"}');
    all_well();
};

# --- sizes --------------------------------------------------------------

# A body of 13 bytes under another length.
sub try_length
{
    my ($allowed, $length) = @_;
    my $socket = fcgi_connect($site->socket);
    print {$socket} fcgi_request([ REQUEST_METHOD => 'POST',
        DOCUMENT_URI => '/articles', CONTENT_TYPE => 'application/json',
        CONTENT_LENGTH => $length, HTTP_AUTHORIZATION =>
        'Bearer ' . $anna->token ], '{"title":"x"}');
    $socket->flush;
    $site->count('POST');
    my $answer = Byline::Test::Response->from_cgi((fcgi_answer($socket))[0]);
    my $flaw = flaw($answer, $allowed);
    complain("Content-Length $length", $answer, $flaw) if $flaw;
}

subtest 'sizes' => sub {
    my %size = (
        'an object in 31 others' => [ 201,
            '{"title":"x","a":' . '{"a":' x 30 . '1' . '}' x 30 . '}' ],
        'one in 32' => [ 400,
            '{"title":"x","a":' . '{"a":' x 32 . '1' . '}' x 32 . '}' ],
        'arrays without end' => [ 400, '{"a":' . '[' x 500_000 ],
        'objects without end' => [ 400, '{"a":' x 200_000 ],
        'many members' => [ 201, '{"title":"x"' . join('', map {
            ",\"m$_\":$_" } 1 .. 60_000) . '}' ],
        'the same member' => [ 201, '{' . '"title":"x",' x 60_000
            . '"title":"y"}' ],
        'a long name' => [ 201, '{"' . 'n' x 900_000 . '":1,"title":"x"}' ],
        'a long title' => [ 422, '{"title":"' . 'x' x 900_000 . '"}' ],
        'a long content' => [ 201, '{"title":"x","content":"'
            . 'x' x 900_000 . '"}' ],
        'many digits' => [ 201, '{"title":"x","a":' . '9' x 900_000 . '}' ],
        'many digits of a key' => [ 201, '{"title":"x","authorId":'
            . '9' x 900_000 . '}' ],
        'many escapes' => [ 422, '{"title":"' . '\\u0041' x 150_000 . '"}' ],
        'blanks' => [ 201, ' ' x 500_000 . '{"title":"x"}' . "\n" x 400_000 ],
        'too many bytes' => [ 413, '{"title":"' . 'x' x 1_100_000 . '"}' ],
    );
    post_article(@{ $size{$_} }) for sort keys %size;
    try_it(422, 'POST', '/authentication/sign-up', json =>
        \('{"email":"' . 'x' x 800_000 . '@example.org","name":"'
            . 'n' x 100_000 . '","password":"' . 'p' x 100_000 . '"}'));
    try_it(401, 'POST', '/authentication/log-in', json => { email =>
        'x' x 400_000 . '@example.org', password => 'p' x 400_000 });
    for my $length (-1, 'x', '1e3', '99999999999999999999', ' ', '0x10',
        '4294967296', '13,13', '+13', 12, 14, 1_000_000, 2 ** 40) {
        try_length('400|413', $length);
    }
    $site->sql("DELETE FROM articles WHERE id <> $article");
    all_well();
};

# --- who asks -----------------------------------------------------------

sub mutated
{
    my ($text) = @_;
    my @parts = ('.', '=', '-', '_', '+', '/', '%', "\0", "\xff", 'A', 'z',
        ' ', '"', ';', ',', 'eyJhbGciOiJub25lIn0');
    for (0 .. rand 3) {
        my $at = int rand length $text;
        substr $text, $at, one_of(0, 0, 1, 1, 5), one_of(@parts);
    }
    return $text;
}

subtest 'tokens' => sub {
    my $token = $anna->token;
    my ($head, $claims, $signature) = split /\./, $token;
    my @tokens = (map({ mutated($token) } 1 .. 400), "$head.$claims.",
        "$head.$claims", ".$claims.$signature", "$token.", "$token.x",
        "$head..$signature", '..', '.', $token x 2, 'x' x 20_000,
        uc $token, scalar reverse($token), "$token=", "$token==",
        map({ $site->forge($_) } { userId => '' }, { userId => undef },
            { userId => [ 1 ] }, { userId => -1 }, { userId => 2 ** 53 },
            { userId => '1' }, { userId => '1 OR true' }, { userId => 1.5 },
            { userId => JSON::PP::true }, { userId => $anna->id, exp => 1 },
            { userId => $anna->id, exp => -1 },
            { userId => $anna->id, iat => time + 9999 },
            { userId => $anna->id, nbf => time + 9999 },
            { userId => $anna->id, exp => 1e300 }),
        map({ my $c = substr $signature, -1;
            $_ eq $c ? () : "$head.$claims." . substr($signature, 0, -1) . $_ }
            'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_'),
        map({ make_token($_, secret => $site->{secret}) }
            '{"userId":1,"userId":2,"exp":9999999999}', '', '{}', '[]',
            '{"exp":9999999999', "\xff", '{"userId":1,"exp":9999999999}x'),
        $site->forge({ userId => $anna->id }, secret => ''));
    for my $mutant (grep { $_ ne $token } @tokens) {
        try_it(401, 'GET', '/authentication', bearer => $mutant);
        # What a cookie cannot hold ends it: what is left may be the token.
        next if $mutant =~ /[;\s"]/;
        try_it(401, 'PATCH', $path, json => { content => 'stolen' },
            cookie => "Authentication=$mutant");
    }
    all_well();
};

subtest 'cookies, origins and other headers' => sub {
    my $pair = 'Authentication=' . $anna->token;
    my @ours = (origin => $site->public_url);
    for my $cookie ('', ';', '=', 'Authentication', 'Authentication=',
        'authentication=' . $anna->token, "X$pair", 'Authentication="',
        ';' x 20_000, 'a=b; ' x 5000, "\xff\0", "Authentication =x") {
        try_it(401, 'PATCH', $path, @ours, json => {}, cookie => $cookie);
    }
    try_it(200, 'PATCH', $path, @ours, json => {}, cookie => $_)
        for "a=b; $pair", "$pair; a=b", "=; ;;$pair", "x=\xff; $pair";
    for my $origin ('null', 'https://evil.example', $site->public_url . '/',
        $site->public_url . '.evil.example', 'https://localhost',
        uc $site->public_url, 'x' x 9000, "\xff", '*',
        $site->public_url . ' https://evil.example') {
        try_it(403, $_->[0], $_->[1], cookie => $pair, origin => $origin,
            json => { content => 'foreign' }) for [ 'PATCH', $path ],
            [ 'POST', '/articles' ], [ 'POST', '/authentication/log-out' ];
    }
    try_it(403, 'PATCH', $path, cookie => $pair, json => {},
        headers => [ "Sec-Fetch-Site: $_" ])
        for 'cross-site', 'same-site', 'SAME-ORIGIN', 'x', 'none ';
    for my $type ('text/plain', 'application/json2', 'application', '/', ';',
        'text/json', 'x' x 9000, 'application/jso',
        'application/json,text/plain') {
        try_it(415, 'PATCH', $path, $anna->identity, json => {},
            headers => [ "Content-Type: $type" ]);
    }
    is $site->get($path)->raw('content'), 'null', 'nothing was written';
    all_well();
};

# --- by chance ----------------------------------------------------------

my @targets = (map({ [ @$_, '20[01]|400|401|403|404|409|415|422' ] }
    @forms), [ 'DELETE', '/articles/99999', {}, [], '400|403|404' ],
    [ 'POST', '/authentication/log-out', {}, [], '200|403' ]);

sub random_body
{
    my ($body, $fields) = @_;
    my $text = $json->encode({ %$body, map { (s/\*//r => random_text()) }
        grep { rand() < 0.3 } @$fields });
    my @bits = ('{', '}', '[', ']', '"', ':', ',', '\\', 'null', 'true', '1',
        'e', '-', '.', ' ', "\n", "\0", "\xff", '\\u0000', '\\ud800',
        '{"a":', '"title":', '"authorId":', '[' x 40, '9' x 30);
    for (1 .. rand 4) {
        substr $text, int rand 1 + length $text, one_of(0, 0, 1, 3, 20),
            one_of(@bits);
    }
    return $text;
}

subtest 'bodies by chance' => sub {
    for my $n (1 .. 2500) {
        my ($method, $uri, $body, $fields, $allowed) = @{ one_of(@targets) };
        my $text = random_body($body, $fields);
        my $valid = eval { ref $json->decode($text) eq 'HASH' };
        my $who = one_of($anna, $anna, $bert, $admin);
        my $answer = try_it($allowed, $method, $uri, $who->identity,
            json => \$text) or next;
        complain($text, $answer, 'accepted') if !$valid
            && $answer->status < 400 && $method ne 'DELETE'
            && $uri !~ /log-out/;
    }
    all_well();
};

subtest 'addresses by chance' => sub {
    my @bits = ('/', '//', '..', '/articles', '/users', '/me', '/1', '%00',
        '%', '%2F', "\xff", "\0", '?', '?x=1', '&', '9' x 40, '-1', "'",
        '/authentication', '/health', ';', '#', '+', ' ', '0x1', '%C3%A9');
    for my $n (1 .. 1500) {
        my $uri = one_of('/articles', '/users/me', $path, '/', '')
            . join '', map { one_of(@bits) } 0 .. rand 4;
        my $method = one_of(qw(GET HEAD POST PUT PATCH DELETE OPTIONS TRACE),
            'get', '', "G\0", 'X' x 300);
        # Neither article nor account shall go.
        next if $method eq 'DELETE' && $uri =~ m{^/+(?:articles|users)/+\d};
        my $answer = $site->direct($uri, method => $method, one_of(1, 0)
            ? $anna->identity : (), json => { zzz => 1 });
        my $flaw = $method eq 'HEAD' || $method eq 'OPTIONS'
            ? !$answer || $answer->status !~ $documented
            : flaw($answer, '\d+');
        $count{ $answer ? $answer->status : 'none' }++;
        complain("$method $uri", $answer, $flaw) if $flaw;
    }
    all_well();
};

note join ', ', map { "$_: $count{$_}" } sort keys %count;

done;
