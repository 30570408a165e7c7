# byline user: accounts made and mended by hand, in any table.
use utf8;
use Byline::Test;
use POSIX ();

my $pg = Byline::Test::Postgres->new;
$pg->sql(<<'SQL', user => 'byline_owner');
CREATE TABLE "Members" (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "E-mail" text NOT NULL CHECK ("E-mail" LIKE '_%@_%'),
    name text NOT NULL,
    town text NOT NULL,
    "say ""hi""" text,
    age smallint CONSTRAINT grown_up CHECK (age >= 18),
    nick text CONSTRAINT one_nick UNIQUE,
    rank text NOT NULL DEFAULT 'user' CHECK (rank IN ('user', 'admin')),
    secret text NOT NULL,
    ended timestamptz
);
CREATE UNIQUE INDEX members_login ON "Members" (lower("E-mail"));
COMMENT ON INDEX members_login IS 'there is such a member already';
COMMENT ON CONSTRAINT "Members_E-mail_check" ON "Members" IS
    'an e-mail address has an @ with something on both sides';
CREATE TABLE twins (login text, secret text);
SQL

my $home = dir() . '/conf';
mkdir $home;
spew("$home/resources.ini", <<'INI');
[resource members]
table   = Members
columns = id, name

[resource twins]
columns = login
key     = login
INI
spew("$home/routes.ini", "[route live]\nmatch = GET /live\n"
    . "handler = health\n");

my %accounts = (resource => 'members', login => 'E-mail',
    password => 'secret', role => 'rank', since => 'ended',
    bcrypt_cost => 4);

sub configure
{
    my (%change) = @_;
    my %all = (%accounts, %change);
    my $text = join '', map { "$_ = $all{$_}\n" }
        grep { defined $all{$_} } sort keys %all;
    spew("$home/byline.ini", "[database owner]\nconninfo = "
        . $pg->conninfo('byline_owner', 'byline')
        . "\n[migrations]\ndatabase = owner\n[pool main]\n"
        . "database = owner\nlisten_group =\n"
        . (%change && !defined $all{resource} ? '' : "[accounts]\n$text"));
}

# Runs it with a line of standard input.
sub user
{
    my ($input, @args) = @_;
    utf8::encode($_) for $input, @args;
    my ($status, $out, $err) = byline('user', @args, '-c',
        "$home/byline.ini", { cwd => $home, input => $input });
    utf8::decode($_) for $out, $err;
    return ($status, $out, $err);
}

sub user_ok
{
    my ($expected, @args) = @_;
    my ($status, $out, $err) = user(@args);
    is $status, 0, "user @args[1 .. $#args]" or diag $err;
    is $out, $expected, 'says so';
    is $err, '', 'and no more';
}

# A status of 1 and one message.
sub refused
{
    my ($message, $input, @args) = @_;
    my ($status, $out, $err) = user($input, @args);
    is $status, 1, "user @args is refused";
    is $err, "byline: $message\n", 'with the reason';
    is $out, '', 'and nothing else';
}

sub sql
{
    my $found = $pg->sql($_[0], user => 'byline_owner');
    utf8::decode($found);
    return $found;
}

sub row
{
    my ($login) = @_;
    return sql(qq{SELECT concat_ws('|', "E-mail", name, town, age, rank,
        ended) FROM "Members" WHERE "E-mail" = '$login'});
}

sub hash
{
    my ($login) = @_;
    return sql(qq{SELECT secret FROM "Members" WHERE "E-mail" = '$login'});
}

# What crypt(3) says; Perl has it.
sub fits
{
    my ($password, $hash) = @_;
    utf8::encode($password);
    return crypt($password, $hash) eq $hash;
}

configure();

subtest 'an account is added' => sub {
    user_ok("added Ada\@Example.org\n", "correct horse\n", 'add',
        'Ada@Example.org', 'name=Ada', 'town=Łódź', 'age=36');
    is row('Ada@Example.org'), 'Ada@Example.org|Ada|Łódź|36|user',
        'with its columns, and defaults for the others'
        or diag row('Ada@Example.org');
    like hash('Ada@Example.org'), qr{^\$2b\$04\$[./\w]{53}$}, 'and a hash';
    ok fits('correct horse', hash('Ada@Example.org')), 'of the password';
    user_ok("added bob\@example.org\n", "zażółć gęślą jaźń", 'add',
        'bob@example.org', 'name==a=b', 'town=', 'say "hi"=\'; --',
        'rank=admin');
    is row('bob@example.org'), 'bob@example.org|=a=b||admin',
        'values may hold anything, and a line needs no end';
    is sql('SELECT "say ""hi""" FROM "Members" WHERE "E-mail" LIKE \'bob%\''),
        "'; --", 'as names of columns may';
    ok fits('zażółć gęślą jaźń', hash('bob@example.org')),
        'a password is UTF-8';
};

subtest 'accounts that cannot be' => sub {
    my @ada = ('add', 'ada@example.org', 'name=A', 'town=B');
    my @new = ('add', 'new@example.org', 'name=A', 'town=B');
    refused('there is an account Ada@Example.org already', "secret\n", @ada);
    refused('members has no column "nam"; did you mean "name"?', "secret\n",
        'add', 'x@y', 'nam=A');
    refused('"name" is no COLUMN=VALUE', "secret\n", 'add', 'x@y', 'name');
    refused('"=A" is no COLUMN=VALUE', "secret\n", 'add', 'x@y', '=A');
    refused('name is given twice', "secret\n", @new, 'name=B');
    refused('E-mail is given twice', "secret\n", @new, 'E-mail=b@c');
    refused('secret is asked for: on a command line others could see it',
        "secret\n", @new, 'secret=geheim');
    refused('name, town are missing: byline user add LOGIN name=... town=...',
        "secret\n", 'add', 'x@y');
    refused('town is missing: byline user add LOGIN town=...', "secret\n",
        'add', 'x@y', 'name=A');
    $pg->claim(qr/23502/);
    $pg->claim(qr/23502/);
    refused('an e-mail address has an @ with something on both sides',
        "secret\n", 'add', 'nobody', 'name=A', 'town=B');
    $pg->claim(qr/23514/);
    refused('a value breaks the rule grown_up', "secret\n", @new, 'age=17');
    $pg->claim(qr/23514/);
    user_ok("added c\@d\n", "secret\n", 'add', 'c@d', 'name=C', 'town=D',
        'nick=ace');
    refused('another row of Members has the value already (one_nick)',
        "secret\n", @new, 'nick=ace');
    $pg->claim(qr/23505/);
    my ($status, $out, $err) = user("secret\n", @new, 'age=old');
    is $status, 1, 'a value of another type is refused';
    like $err, qr/^byline: .*smallint: "old"/, 'with what PostgreSQL says';
    $pg->claim(qr/22P02/);
    is sql('SELECT count(*) FROM "Members"'), 3, 'none of them is there';
};

subtest 'passwords that cannot be' => sub {
    my @new = ('add', 'new@example.org', 'name=A', 'town=B');
    my $there_is_none = 'there is no password on standard input';
    refused($there_is_none, '', @new);
    refused('the password is empty', "\n", @new);
    refused('the password has more than 72 bytes', ('x' x 73) . "\n", @new);
    refused('the password has more than 72 bytes', ('x' x 10000) . "\n",
        @new);
    refused('the password has a NUL in it', "a\0b\n", @new);
    my ($status, $out, $err) = byline('user', @new, '-c',
        "$home/byline.ini", { cwd => $home, input => "caf\xe9\n" });
    is $status, 1, 'one that is not UTF-8 is refused';
    like $err, qr/^byline: the password is not UTF-8/, 'with the reason';
    is sql('SELECT count(*) FROM "Members"'), 3, 'none of them is there';
    user_ok("added e\@f\n", ('x' x 72) . "\nmore\n", 'add', 'e@f', 'name=E',
        'town=F');
    ok fits('x' x 72, hash('e@f')), '72 bytes are fine, and one line counts';
    my $text = slurp("$home/resources.ini");
    spew("$home/resources.ini", $text . "[field members.secret]\n"
        . "hash = bcrypt\nmin_length = 10\nmax_length = 12\n");
    refused('the password has fewer than 10 characters', "zażółć gę\n", @new);
    refused('the password has more than 12 characters', "zażółć gęślą j\n",
        @new);
    user_ok("added g\@h\n", "zażółć gęś\n", 'add', 'g@h', 'name=G', 'town=H');
    spew("$home/resources.ini", $text);
};

subtest 'a password is changed' => sub {
    my $before = hash('Ada@Example.org');
    my $bob = hash('bob@example.org');
    my $start = sql('SELECT clock_timestamp()');
    user_ok("changed the password of Ada\@Example.org\n", "another one\n",
        'passwd', 'ADA@example.ORG');
    isnt hash('Ada@Example.org'), $before, 'another hash';
    ok fits('another one', hash('Ada@Example.org')), 'of the new password';
    is hash('bob@example.org'), $bob, 'others keep theirs';
    is sql(qq{SELECT ended = date_trunc('second', ended)
        AND ended > '$start' AND ended <= clock_timestamp()
            + interval '1 second'
        FROM "Members" WHERE "E-mail" = 'Ada\@Example.org'}), 't',
        'and tokens up to the next whole second end';
    refused('there is no account nobody@example.org', "x\n", 'passwd',
        'nobody@example.org');
    refused('the password is empty', "\n", 'passwd', 'ada@example.org');
    ok fits('another one', hash('Ada@Example.org')), 'which changes nothing';
    configure(since => undef);
    user_ok("changed the password of bob\@example.org\n", "new\n", 'passwd',
        'bob@example.org');
    is sql('SELECT ended FROM "Members" WHERE "E-mail" LIKE \'bob%\''), '',
        'without since no token ends';
    configure();
};

subtest 'a role is changed' => sub {
    user_ok("Ada\@Example.org has the role admin\n", '', 'role',
        'ada@example.org', 'admin');
    is sql('SELECT rank FROM "Members" WHERE "E-mail" LIKE \'Ada%\''),
        'admin', 'it is there';
    refused('a value breaks the rule Members_rank_check', '', 'role',
        'ada@example.org', 'king');
    $pg->claim(qr/23514/);
    refused('there is no account nobody', '', 'role', 'nobody', 'admin');
    configure(role => undef);
    refused('there are no roles: [accounts] has no role', '', 'role',
        'ada@example.org', 'admin');
    configure();
};

subtest 'accounts are listed' => sub {
    sql(q{UPDATE "Members" SET "E-mail" = E'e@f\t\n\x1b[31m\u009b'
        WHERE "E-mail" = 'e@f'});
    my ($status, $out) = user('', 'list');
    is $status, 0, 'list';
    is $out, "1\tAda\@Example.org\tadmin\n2\tbob\@example.org\tadmin\n"
        . ($out =~ /^(\d+)\tc/m ? "$1\tc\@d\tuser\n" : '')
        . ($out =~ /^(\d+)\te/m ? "$1\te\@f???[31m?\tuser\n" : '')
        . ($out =~ /^(\d+)\tg/m ? "$1\tg\@h\tuser\n" : ''),
        'key, login and role, and nothing that a terminal would obey';
    configure(role => undef);
    ($status, $out) = user('', 'list');
    like $out, qr/^1\tAda\@Example\.org\t$/m, 'without roles';
    configure();
};

subtest 'a table without a key and with twins' => sub {
    configure(resource => 'twins', login => 'login', role => undef,
        since => undef);
    user_ok("added it's\n", "secret\n", 'add', "it's");
    user_ok("it's\tit's\t\n", '', 'list');
    sql(q{INSERT INTO twins VALUES ('Eve'), ('EVE')});
    refused('2 accounts are named eve in different cases: rename all but one',
        "x\n", 'passwd', 'eve');
    configure();
};

subtest 'how it is called' => sub {
    for my $args ([], ['add'], ['list', 'x'], ['passwd'], ['passwd', 'a', 'b'],
        ['role', 'a'], ['role', 'a', 'b', 'c'], ['remove', 'a']) {
        my ($status, $out, $err) = user('', @$args);
        is $status, 2, "user @$args: wrong usage";
        like $err, qr/^usage: byline user /, 'and what is right';
    }
    configure(resource => undef);
    refused('nobody can log in: there is no [accounts]', '', 'list');
    configure(since => 'endet', role => 'rang');
    my ($status, $out, $err) = user('', 'list');
    is $status, 1, 'columns that are not there';
    is $err, qq{byline: [accounts] role: members has no column "rang"\n}
        . qq{byline: [accounts] since: members has no column "endet"\n},
        'are all told';
    configure();
};

# A terminal of our own: the program's exit status, what it shows, and whether
# it echoes in the end. When the program asks, an answer is typed, or a signal
# sent.
sub at_terminal
{
    my ($answers, @args) = @_;
    open my $master, '+<', '/dev/ptmx' or die "/dev/ptmx: $!";
    my ($locked, $number) = (pack('i', 0)) x 2;
    ioctl $master, 0x40045431, $locked or die "unlock: $!";      # TIOCSPTLCK
    ioctl $master, 0x80045430, $number or die "name: $!";        # TIOCGPTN
    my $name = '/dev/pts/' . unpack 'i', $number;
    open my $slave, '+<', $name or die "$name: $!";
    my $pid = spawn([ binary(), 'user', @args, '-c', "$home/byline.ini" ],
        stdin => $name, stdout => "$home/out", stderr => $name);
    my ($shown, $status) = ('');
    $master->blocking(0);
    wait_for('the end', sub {
        sysread $master, $shown, 4096, length $shown;
        if (@$answers && $shown =~ /$answers->[0][0]\z/) {
            my $answer = shift(@$answers)->[1];
            $answer =~ /^SIG(\w+)/ ? kill($1, $pid)
                : syswrite $master, $answer;
        }
        return 0 if waitpid($pid, POSIX::WNOHANG()) == 0;
        $status = $?;
        return 1;
    });
    sysread $master, $shown, 4096, length $shown;
    my $settings = POSIX::Termios->new;
    $settings->getattr(fileno $slave);
    return ($status, $shown, $settings->getlflag & POSIX::ECHO());
}

subtest 'at a terminal' => sub {
    plan skip_all => 'no /dev/ptmx' if !-w '/dev/ptmx';
    my @passwd = ('passwd', 'ada@example.org');
    my ($status, $shown, $echo) = at_terminal([ [ qr/Password: /,
        "new one\n" ],
        [ qr/Again: /, "new one\n" ] ], @passwd);
    is $status, 0, 'a password is asked for twice';
    unlike $shown, qr/new one/, 'and not shown';
    ok fits('new one', hash('Ada@Example.org')), 'but taken';
    ok $echo, 'the echo is back';
    ($status, $shown) = at_terminal([ [ qr/Password: /, "third\n" ],
        [ qr/Again: /, "thrid\n" ] ], @passwd);
    is $status >> 8, 1, 'two that differ';
    like $shown, qr/byline: the two passwords differ/, 'are refused';
    ok fits('new one', hash('Ada@Example.org')), 'and change nothing';
    ($status, $shown) = at_terminal([ [ qr/Password: /, "\x04" ] ], @passwd);
    is $status >> 8, 1, 'the end of the terminal';
    like $shown, qr/byline: no password was entered/, 'is no password';
    for my $signal (qw(INT TERM)) {
        ($status, $shown, $echo) =
            at_terminal([ [ qr/Password: /, "SIG$signal" ] ], @passwd);
        is $status & 127, POSIX->can("SIG$signal")->(), "SIG$signal ends it";
        ok $echo, 'the echo is back';
    }
};

done;
