# The limits of the style that a program can hold.
use Byline::Test;
use File::Find ();

my $src = srcdir() . '/src';
my @files;
File::Find::find({ no_chdir => 1, wanted => sub {
    push @files, $File::Find::name if /\.[ch]$/;
} }, $src);

my (@long_files, @wide, @tabs, @no_opening, @long_functions, @lengths);

# Functions have their name on a line of its own and end with a brace in
# the first column.
sub look_at_functions
{
    my ($file, @lines) = @_;
    my ($name, $start);
    for my $n (0 .. $#lines) {
        if ($lines[$n] eq '{' && $n > 0) {
            $start = $n;
            my $at = $n - 1;
            $at-- while $at > 0 && $lines[$at] =~ /^\s/;
            ($name) = $lines[$at] =~ /^(\w+)\(/;
        } elsif ($lines[$n] eq '}' && defined $start) {
            my $length = $n - $start - 1;
            push @lengths, $length if defined $name;
            push @long_functions, "$file: $name has $length lines"
                if defined $name && $length > 40;
            undef $start;
        }
    }
}

for my $path (sort @files) {
    my $file = substr $path, length "$src/";
    my $text = slurp($path);
    my @lines = split /\n/, $text, -1;
    pop @lines;
    push @long_files, "$file: " . @lines if @lines > 500;
    push @no_opening, $file if $text !~ m{\A/\*};
    for my $n (1 .. @lines) {
        my $line = $lines[ $n - 1 ];
        utf8::decode($line);
        push @wide, "$file:$n" if length $line > 79;
        push @tabs, "$file:$n" if $line =~ /\t|\s$/;
    }
    look_at_functions($file, @lines);
}

cmp_ok scalar @lengths, '>', 100, 'functions were found';
is_deeply \@long_files, [], 'no file over 500 lines';
is_deeply \@long_functions, [], 'no function over 40 lines';
is_deeply \@wide, [], 'no line over 79 columns';
is_deeply \@tabs, [], 'no tab and no blank at the end of a line';
is_deeply \@no_opening, [], 'every file opens with its purpose';

done;
