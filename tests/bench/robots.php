<?php
// The peer of GET /ocms/robots/: the same query, token check and answer the usual PHP way, with opcache, a
// persistent PDO connection, and the driver's default of emulated prepares (one round trip instead of two).
declare(strict_types=1);

const QUERY = "SELECT r.public_id, COALESCE(r.owner_id, 0), COALESCE(a.nickname, ''), r.name, r.description,"
    . " r.icon, r.is_private, r.created_at, r.updated_at FROM robots r LEFT JOIN accounts a ON a.id = r.owner_id"
    . " WHERE r.owner_id = ? AND r.deleted_at IS NULL ORDER BY r.id DESC LIMIT ? OFFSET ?";

function bytes_of(string $base64url): string
{
    return (string) base64_decode(strtr($base64url, '-_', '+/'), true);
}

function account_of_token(string $key): ?int
{
    $parts = explode('.', substr($_SERVER['HTTP_AUTHORIZATION'] ?? '', 7));
    if (count($parts) !== 3) {
        return null;
    }
    if (!hash_equals(hash_hmac('sha256', $parts[0] . '.' . $parts[1], $key, true), bytes_of($parts[2]))) {
        return null;
    }
    $claims = json_decode(bytes_of($parts[1]), true);
    $now = time();
    $good = ($claims['iss'] ?? '') === 'hongyan' && ($claims['kind'] ?? '') === 'access' && $claims['exp'] > $now
        && $claims['iat'] <= $now + 60;
    return $good ? (int) $claims['sub'] : null;
}

function iso8601(int $ms): string
{
    return gmdate('Y-m-d\TH:i:s', intdiv($ms, 1000)) . sprintf('.%03dZ', $ms % 1000);
}

header('Content-Type: application/json');
$account = account_of_token(getenv('BENCH_KEY'));
if ($account === null) {
    http_response_code(401);
    exit('{"detail":"无效的 Token"}');
}
$db = new PDO(getenv('BENCH_DSN'), getenv('BENCH_USER'), getenv('BENCH_PASSWORD'), [PDO::ATTR_PERSISTENT => true]);
$statement = $db->prepare(QUERY);
$statement->bindValue(1, $account, PDO::PARAM_INT);
$statement->bindValue(2, (int) ($_GET['limit'] ?? 100), PDO::PARAM_INT);
$statement->bindValue(3, (int) ($_GET['skip'] ?? 0), PDO::PARAM_INT);
$statement->execute();
$robots = [];
while ($row = $statement->fetch(PDO::FETCH_NUM)) {
    $robots[] = [
        'robot_id' => $row[0],
        'name' => $row[3],
        'description' => $row[4],
        'icon' => $row[5],
        'creator_id' => (string) $row[1],
        'creator_name' => $row[2],
        'private' => $row[6] !== 0,
        'created_at' => iso8601($row[7]),
        'updated_at' => iso8601($row[8]),
    ];
}
echo json_encode($robots, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
