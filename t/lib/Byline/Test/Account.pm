# Somebody who is logged in at a site, as a browser there: every request
# carries the cookie and the site's own Origin, and a new cookie replaces the
# old one. $site->sign_up and $site->log_in make one.
#
#     $anna->post('/articles', { title => 'x' })->json->{id};
#     $anna->get('/authentication');
#     $site->get('/articles/1', bearer => $anna->token);
#     $site->direct('/articles/1', $anna->identity);
package Byline::Test::Account;

use strict;
use warnings;

# Options: site, email, and the answer to a log-in.
sub new
{
    my ($class, %o) = @_;
    my $self = bless { site => $o{site}, email => $o{email},
        id => $o{answer}->json->{id} }, $class;
    return $self->take_cookie($o{answer});
}

sub id { return $_[0]{id} }
sub email { return $_[0]{email} }

# '' after a log-out.
sub token { return $_[0]{token} // '' }

sub take_cookie
{
    my ($self, $answer) = @_;
    my $token = $answer->cookie($self->{site}->cookie_name);
    $self->{token} = $token if defined $token;
    return $self;
}

# Options of a request that make it this account's.
sub identity
{
    my ($self) = @_;
    return ((length $self->token
            ? (cookie => $self->{site}->cookie_name . '=' . $self->token)
            : ()), origin => $self->{site}->public_url);
}

# As Site::request.
sub request
{
    my ($self, $method, $path, %o) = @_;
    my $answer = $self->{site}->request($method, $path, $self->identity, %o);
    $self->take_cookie($answer);
    return $answer;
}

sub get
{
    my ($self, $path, %o) = @_;
    return $self->request('GET', $path, %o);
}

sub delete
{
    my ($self, $path, %o) = @_;
    return $self->request('DELETE', $path, %o);
}

# The path, what the body is in JSON if there is to be one, and options.
sub write_json
{
    my ($self, $method, $path, @rest) = @_;
    unshift @rest, 'json' if @rest % 2;
    return $self->request($method, $path, @rest);
}

sub post { return shift->write_json('POST', @_) }
sub put { return shift->write_json('PUT', @_) }
sub patch { return shift->write_json('PATCH', @_) }

1;
