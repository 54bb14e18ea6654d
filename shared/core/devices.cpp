#include "core/devices.h"

#include "base/text.h"
#include "core/kicks.h"

namespace hy::devices {

namespace {

#define HY_DEVICE_COLUMNS \
    "SELECT d.robot_id, d.code_id, COALESCE(d.device_id, ''), d.info, d.ver, d.bound_at, d.polled_at, d.expires_at"
constexpr const char* kSilent =
    "SELECT r.public_id FROM robot_devices d JOIN robots r ON r.id = d.robot_id WHERE d.device_id IS NOT NULL"
    " AND d.expires_at > ? AND d.polled_at < ? AND d.bound_at < ? AND r.deleted_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM connections k WHERE k.principal_type = 1 AND k.principal_id = d.robot_id AND k.door = 'workbot')"
    " LIMIT ?";
constexpr const char* kFind = HY_DEVICE_COLUMNS " FROM robot_devices d WHERE d.robot_id = ?";
constexpr const char* kLock = HY_DEVICE_COLUMNS " FROM robot_devices d WHERE d.robot_id = ? FOR UPDATE";
constexpr const char* kIdentify = HY_DEVICE_COLUMNS
    ", COALESCE(r.owner_id, 0) FROM robots r JOIN robot_devices d ON d.robot_id = r.id"
    " LEFT JOIN accounts a ON a.id = r.owner_id"
    " WHERE r.public_id = ? AND r.deleted_at IS NULL AND COALESCE(a.status, 0) = 0";
#undef HY_DEVICE_COLUMNS
constexpr const char* kRobotsOn =
    "SELECT d.robot_id FROM robot_devices d JOIN robots r ON r.id = d.robot_id"
    " WHERE d.device_id = ? AND r.deleted_at IS NULL ORDER BY d.robot_id LIMIT 100";
constexpr const char* kBind =
    "INSERT INTO robot_devices (robot_id, code_id, device_id, info, bound_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
    // The same device stays bound since when it was; what is set first still sees the old one.
    " ON DUPLICATE KEY UPDATE bound_at = IF(device_id <=> VALUES(device_id), bound_at, VALUES(bound_at)),"
    " polled_at = IF(device_id <=> VALUES(device_id), polled_at, 0), device_id = VALUES(device_id),"
    " code_id = VALUES(code_id), info = VALUES(info), expires_at = VALUES(expires_at), ver = ver + 1";
constexpr const char* kUnbind = "UPDATE robot_devices SET device_id = NULL, ver = ver + 1 WHERE robot_id = ?";
constexpr const char* kKeep =
    "INSERT INTO device_history (robot_id, code_id, device_id, info, reason, bound_at, unbound_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kEndAt = "UPDATE robot_devices SET expires_at = LEAST(expires_at, ?) WHERE robot_id = ?";
constexpr const char* kRevoke = "UPDATE robot_devices SET ver = ver + 1 WHERE robot_id = ?";
constexpr const char* kStands =
    "SELECT 1 FROM robots r JOIN robot_devices d ON d.robot_id = r.id LEFT JOIN accounts a ON a.id = r.owner_id"
    " WHERE r.id = ? AND r.deleted_at IS NULL AND COALESCE(a.status, 0) = 0 AND d.ver = ? AND d.device_id IS NOT NULL"
    " AND d.expires_at > ?";
// At most once a second: a device that reports in bursts writes no row for each report.
constexpr const char* kSeen = "UPDATE robot_devices SET polled_at = ? WHERE robot_id = ? AND polled_at < ?";

constexpr int kBadToken = 4001;

Device read(const db::Rows& rows) {
    return {rows.integer(1), rows.integer(2), rows.text(3),    rows.text(4),
            rows.integer(5), rows.integer(6), rows.integer(7), rows.integer(8)};
}

std::optional<Device> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::string sign(const House& house, const std::string& robot_id, const Device& device, const char* kind,
                 int64_t life_seconds, int64_t& expires_at) {
    auth::Claims claims;
    claims.subject = robot_id;
    claims.kind = kind;
    claims.id = random_text(20);
    claims.version = device.version;
    claims.issued = house.clock.now_ms() / 1000;
    claims.expires = std::min(claims.issued + life_seconds, device.expires_at / 1000);
    expires_at = claims.expires * 1000;
    return auth::sign(house.keys, claims);
}

}  // namespace

void close(int64_t robot, int code, const std::string& reason, outbox::Pushes& pushes) {
    kicks::add(pushes, "device." + std::to_string(robot), {.code = code, .reason = reason});
}

std::optional<Device> find(db::Session& s, int64_t robot) { return one(s.query(kFind, {robot})); }
std::optional<Device> lock(db::Session& s, int64_t robot) { return one(s.query(kLock, {robot})); }

std::vector<int64_t> robots_on(db::Session& s, const std::string& device_id) {
    std::vector<int64_t> robots;
    db::Rows rows = s.query(kRobotsOn, {device_id});
    while (rows.next()) robots.push_back(rows.integer(1));
    return robots;
}

Device bind(db::Session& s, const House& house, const Device& wanted, outbox::Pushes& pushes) {
    s.execute(kBind, {wanted.robot, wanted.code, wanted.id, wanted.info, house.clock.now_ms(), wanted.expires_at});
    close(wanted.robot, kBadToken, "Token 已失效", pushes);
    return *find(s, wanted.robot);
}

void unbind(db::Session& s, const House& house, const Device& device, const std::string& reason,
            outbox::Pushes& pushes) {
    s.execute(kKeep,
              {device.robot, device.code, device.id, device.info, reason, device.bound_at, house.clock.now_ms()});
    s.execute(kUnbind, {device.robot});
    close(device.robot, kBadToken, "设备已解绑", pushes);
}

void revoke(db::Session& s, int64_t robot, int code, const std::string& reason, outbox::Pushes& pushes) {
    s.execute(kRevoke, {robot});
    close(robot, code, reason, pushes);
}

Tokens issue(const House& house, const std::string& robot_id, const Device& device) {
    Tokens tokens;
    int64_t end = 0;
    const auto& lives = house.config.workbot;
    tokens.refresh = sign(house, robot_id, device, "robot_refresh", lives.robot_refresh_seconds, end);
    tokens.access = sign(house, robot_id, device, "robot", lives.robot_seconds, tokens.expires_at);
    return tokens;
}

Held identify(db::Session& s, const House& house, const std::string& token, const char* kind) {
    const auto refuse = [] { throw Error(Fault::unauthorized, "token"); };
    const int64_t now = house.clock.now_ms();
    // One that ran out is looked at too: it may have ended with its code.
    const auto claims = auth::verify(house.keys, token, kind, now, auth::Expiry::ignored);
    if (!claims || !is_ascii(claims->subject)) refuse();
    db::Rows rows = s.query(kIdentify, {claims->subject});
    if (!rows.next()) refuse();
    Held held{rows.integer(1), rows.integer(9), claims->subject, read(rows), claims->expires * 1000};
    if (held.device.version != claims->version || held.device.id.empty()) refuse();
    if (held.device.expires_at <= now) throw Error(Fault::forbidden, "code.expired");
    if (held.expires_ms <= now) throw Error(Fault::unauthorized, "token.expired");
    return held;
}

void end_at(db::Session& s, int64_t robot, int64_t when) { s.execute(kEndAt, {when, robot}); }

bool stands(db::Session& s, const House& house, int64_t robot, int64_t version) {
    return s.query(kStands, {robot, version, house.clock.now_ms()}).next();
}

void seen(db::Session& s, const House& house, int64_t robot) {
    const int64_t now = house.clock.now_ms();
    s.execute(kSeen, {now, robot, now - 1000});
}

std::vector<std::string> silent(db::Session& s, const House& house, int64_t since_ms, int64_t most) {
    std::vector<std::string> found;
    db::Rows rows = s.query(kSilent, {house.clock.now_ms(), since_ms, since_ms, most});
    while (rows.next()) found.push_back(rows.text(1));
    return found;
}

}  // namespace hy::devices
