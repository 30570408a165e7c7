<?php
// The peer of dev/bench in PHP: articles with their authors, as one writes it
// with PDO and without a framework.
declare(strict_types=1);

const ARTICLE = 'a.id, a.title, a.content, a.author_id, a.published_at,
    a.created_at, a.updated_at, u.name, u.address_id';

function database(): PDO
{
    return new PDO($_SERVER['DSN'], null, null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_EMULATE_PREPARES => false,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    ]);
}

function answer(int $status, mixed $body): never
{
    $text = json_encode(
        $body,
        JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
    );
    http_response_code($status);
    header('Content-Type: application/json');
    header('Content-Length: ' . strlen($text));
    echo $text;
    exit;
}

function show_time(?string $time): ?string
{
    return $time === null ? null : str_replace(' ', 'T', $time) . ':00';
}

function show_article(array $row, array $author): array
{
    return [
        'id' => $row['id'],
        'title' => $row['title'],
        'content' => $row['content'],
        'authorId' => $row['author_id'],
        'publishedAt' => show_time($row['published_at']),
        'createdAt' => show_time($row['created_at']),
        'updatedAt' => show_time($row['updated_at']),
        'author' => $author,
    ];
}

function show_author(array $row): array
{
    return [
        'id' => $row['author_id'],
        'email' => $row['email'] ?? null,
        'name' => $row['name'],
        'addressId' => $row['address_id'],
        'phoneNumber' => $row['phone_number'] ?? null,
    ];
}

function show_address(array $row): ?array
{
    return $row['address_id'] === null ? null : [
        'id' => $row['address_id'],
        'street' => $row['street'] ?? null,
        'city' => $row['city'],
        'country' => $row['country'],
    ];
}

function show_with_address(array $row): array
{
    $author = show_author($row) + ['address' => show_address($row)];

    return show_article($row, $author);
}

function get_article(int $id): never
{
    $statement = database()->prepare('SELECT ' . ARTICLE . ',
            d.city, d.country
        FROM articles a
        JOIN users u ON u.id = a.author_id
        LEFT JOIN addresses d ON d.id = u.address_id
        WHERE a.id = ? AND a.published_at <= now()');
    $statement->execute([$id]);
    $row = $statement->fetch();
    if ($row === false) {
        answer(404, ['message' => 'there is no such article']);
    }
    answer(200, show_with_address($row));
}

function get_articles(int $limit): never
{
    if ($limit < 1 || $limit > 100) {
        answer(400, ['message' => 'limit is 1 to 100']);
    }
    $statement = database()->prepare('SELECT ' . ARTICLE . "
        FROM articles a
        JOIN users u ON u.id = a.author_id
        WHERE a.published_at <= now()
        ORDER BY a.id DESC
        LIMIT $limit");
    $statement->execute();
    $articles = [];
    foreach ($statement as $row) {
        $articles[] = show_article($row, show_author($row));
    }
    answer(200, $articles);
}

// Two statements: the second has the categories of all rows of the first.
function get_articles_with_categories(): never
{
    $database = database();
    $statement = $database->prepare('SELECT ' . ARTICLE . '
        FROM articles a
        JOIN users u ON u.id = a.author_id
        WHERE a.published_at <= now()
        ORDER BY a.id DESC
        LIMIT 20');
    $statement->execute();
    $articles = [];
    foreach ($statement as $row) {
        $articles[$row['id']] = show_article($row, show_author($row))
            + ['categories' => []];
    }
    $statement = $database->prepare('SELECT ac.article_id, c.id, c.name
        FROM articles_categories ac
        JOIN categories c ON c.id = ac.category_id
        WHERE ac.article_id = ANY (?)
        ORDER BY c.name');
    $statement->execute(['{' . implode(',', array_keys($articles)) . '}']);
    foreach ($statement as $row) {
        $articles[$row['article_id']]['categories'][] =
            ['id' => $row['id'], 'name' => $row['name']];
    }
    answer(200, array_values($articles));
}

function decode(string $part): string
{
    return (string) base64_decode(strtr($part, '-_', '+/'), true);
}

function is_signed(array $parts): bool
{
    $header = json_decode(decode($parts[0]), true);
    $mac = hash_hmac('sha256', "$parts[0].$parts[1]", $_SERVER['JWT_SECRET'],
        true);

    return ($header['alg'] ?? '') === 'HS256'
        && hash_equals($mac, decode($parts[2]));
}

function read_user(): int
{
    $authorization = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    $token = str_starts_with($authorization, 'Bearer ')
        ? substr($authorization, 7) : $_COOKIE['Authentication'] ?? '';
    $parts = explode('.', $token);
    if (count($parts) === 3 && is_signed($parts)) {
        $payload = json_decode(decode($parts[1]), true);
        if (($payload['exp'] ?? 0) > time()) {
            return $payload['userId'];
        }
    }
    answer(401, ['message' => 'log in first']);
}

function read_article(): array
{
    $body = json_decode(file_get_contents('php://input'), true);
    $title = $body['title'] ?? null;
    $content = $body['content'] ?? null;
    if (!is_string($title) || $title === '' || iconv_strlen($title) > 200
        || ($content !== null && (!is_string($content) || $content === ''))) {
        answer(422, ['message' => 'a title and a content are needed']);
    }

    return [$title, $content];
}

function post_article(): never
{
    $author = read_user();
    $statement = database()->prepare('WITH new AS (
            INSERT INTO articles (title, content, author_id)
            VALUES (?, ?, ?)
            RETURNING id, title, content, author_id, published_at,
                created_at, updated_at
        )
        SELECT ' . ARTICLE . ', u.email, u.phone_number, d.street, d.city,
            d.country
        FROM new a
        JOIN users u ON u.id = a.author_id
        LEFT JOIN addresses d ON d.id = u.address_id');
    $statement->execute([...read_article(), $author]);
    $row = $statement->fetch();
    header("Location: /articles/$row[id]");
    answer(201, show_with_address($row));
}

function route(): never
{
    $path = $_SERVER['DOCUMENT_URI'];
    if ($path === '/articles') {
        match (true) {
            $_SERVER['REQUEST_METHOD'] === 'POST' => post_article(),
            ($_GET['with'] ?? '') === 'author,categories' =>
                get_articles_with_categories(),
            default => get_articles((int) ($_GET['limit'] ?? 20)),
        };
    }
    if (preg_match('{^/articles/(\d{1,18})$}', $path, $match)) {
        get_article((int) $match[1]);
    }
    answer(404, ['message' => 'there is nothing here']);
}

route();
