#include "core/activation.h"

#include <algorithm>

#include "base/encode.h"
#include "base/network.h"
#include "base/text.h"
#include "core/accounts.h"
#include "core/audit.h"
#include "core/quotas.h"

namespace hy::activation {

namespace {

#define HY_CODE_COLUMNS                                                                         \
    "SELECT c.id, c.code, c.status, c.validity_days, c.price_cents, COALESCE(c.account_id, 0)," \
    " COALESCE(c.robot_id, 0), c.created_at, COALESCE(c.first_activated_at, 0),"                \
    " COALESCE(c.last_activated_at, 0), COALESCE(c.expires_at, 0)"
constexpr const char* kEnding =
    "SELECT COUNT(*) FROM activation_codes WHERE status = 1 AND expires_at >= ? AND expires_at < ?";
constexpr const char* kLock = HY_CODE_COLUMNS " FROM activation_codes c WHERE c.code = ? FOR UPDATE";
constexpr const char* kOfRobot =
    HY_CODE_COLUMNS " FROM robot_devices d JOIN activation_codes c ON c.id = d.code_id WHERE d.robot_id = ?";
// The page is found in an index alone; only its rows are read.
#define HY_CARDS                                                                    \
    HY_CODE_COLUMNS                                                                 \
    ", COALESCE(a.nickname, ''), COALESCE(a.phone, ''), COALESCE(d.device_id, '')," \
    " COALESCE(d.info, '') FROM (SELECT id FROM activation_codes "
#define HY_CARDS_END                                                               \
    " ORDER BY id DESC LIMIT ? OFFSET ?) p JOIN activation_codes c ON c.id = p.id" \
    " LEFT JOIN accounts a ON a.id = c.account_id"                                 \
    " LEFT JOIN robot_devices d ON d.robot_id = c.robot_id AND d.code_id = c.id ORDER BY c.id DESC"
constexpr const char* kList = HY_CARDS HY_CARDS_END;
constexpr const char* kListOf = HY_CARDS "WHERE status = ?" HY_CARDS_END;
#undef HY_CARDS
#undef HY_CARDS_END
#undef HY_CODE_COLUMNS
constexpr const char* kCount = "SELECT COUNT(*) FROM activation_codes";
constexpr const char* kCountOf = "SELECT COUNT(*) FROM activation_codes WHERE status = ?";
constexpr const char* kCountOfAccount = "SELECT COUNT(*) FROM activation_codes WHERE account_id = ?";
constexpr const char* kInsert =
    "INSERT INTO activation_codes (code, validity_days, price_cents, account_id, created_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kUse =
    "UPDATE activation_codes SET status = 1, robot_id = ?, first_activated_at = ?, last_activated_at = ?,"
    " expires_at = ? WHERE id = ?";
constexpr const char* kUsedAgain = "UPDATE activation_codes SET last_activated_at = ? WHERE id = ?";
// One that runs ends now.
constexpr const char* kDisable =
    "UPDATE activation_codes SET status = 3, expires_at = LEAST(expires_at, ?) WHERE id = ?";
constexpr const char* kExpire = "UPDATE activation_codes SET status = 2 WHERE id = ? AND status = 1";
constexpr const char* kSetOwner = "UPDATE activation_codes SET account_id = ? WHERE id = ?";
constexpr const char* kTie = "UPDATE activation_codes SET robot_id = ?, account_id = ? WHERE id = ?";
constexpr const char* kDue =
    "SELECT c.id, COALESCE(d.robot_id, 0) FROM activation_codes c"
    " LEFT JOIN robot_devices d ON d.code_id = c.id WHERE c.status = 1 AND c.expires_at <= ? LIMIT ?";

constexpr int64_t kDayMs = 86'400'000, kHour = 3'600;
constexpr int64_t kMostFailures = 10;
// Without those that are read for each other.
constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr int kExpiredCode = 4007, kBadToken = 4001;

constexpr const char* kNames[] = {"unused", "used", "expired", "disabled"};

Code read(const db::Rows& rows) {
    return {rows.integer(1),  rows.text(2),    static_cast<Status>(rows.integer(3)),
            rows.integer(4),  rows.integer(5), rows.integer(6),
            rows.integer(7),  rows.integer(8), rows.integer(9),
            rows.integer(10), rows.integer(11)};
}

Code locked(db::Session& s, const std::string& code) {
    db::Rows rows = s.query(kLock, {normal(code)});
    if (!rows.next()) throw Error(Fault::not_found, "code.not_found");
    return read(rows);
}

// 30 days 50.00, 180 days 200.00, 365 days 300.00; others by the nearest longer period.
int64_t price_of(const Config& config, int64_t days) {
    int64_t price = 0;
    for (const auto& entry : config.workbot.prices) {
        const size_t colon = entry.find(':');
        price = to_int(std::string_view(entry).substr(colon + 1)).value_or(0);
        if (to_int(std::string_view(entry).substr(0, colon)).value_or(0) >= days) break;
    }
    return price;
}

void refuse_ended(const House& house, const Code& code) {
    if (code.status == Status::disabled) throw Error(Fault::forbidden, "code.disabled");
    const bool over = code.status == Status::used && code.expires_at <= house.clock.now_ms();
    if (code.status == Status::expired || over) throw Error(Fault::forbidden, "code.expired");
}

void use(db::Session& s, const House& house, Code& code, int64_t robot, int64_t from) {
    const int64_t now = house.clock.now_ms();
    code.robot = robot;
    code.expires_at = from + code.validity_days * kDayMs;
    s.execute(kUse, {robot, now, now, code.expires_at, code.id});
}

// The robot of the same owner that runs on this device already: a further code makes it run longer.
std::optional<devices::Device> to_extend(db::Session& s, const Code& code, const std::string& device_id) {
    if (!code.account || code.robot) return std::nullopt;
    for (const int64_t id : devices::robots_on(s, device_id)) {
        const auto robot = robots::find_by_id(s, id);
        if (!robot || robot->owner != code.account || !robots::lock(s, id)) continue;
        // Looked at once more: it may have been unbound, or another one bound, until it was locked.
        if (auto device = devices::lock(s, id); device && device->id == device_id) return device;
    }
    return std::nullopt;
}

Outcome taken_by(db::Session& s, const devices::Device& device) {
    const auto robot = robots::find_by_id(s, device.robot);
    return {std::nullopt, Taken{device.id, robot ? robot->public_id : "", device.bound_at}};
}

Outcome done(db::Session& s, const House& house, const devices::Device& wanted, bool is_new, outbox::Pushes& pushes) {
    const auto robot = robots::find_by_id(s, wanted.robot);
    if (!robot) throw Error(Fault::forbidden, "robot.deleted");
    if (robot->owner) {
        const auto owner = accounts::find(s, robot->owner);
        if (!owner || owner->status != accounts::Status::active) throw Error(Fault::forbidden, "account.disabled");
    }
    const auto device = devices::bind(s, house, wanted, pushes);
    return {Activated{*robot, robots::uuid_of(*robot), devices::issue(house, robot->public_id, device), is_new},
            std::nullopt};
}

// Its first activation.
Outcome activate_unused(db::Session& s, const House& house, Code& code, const std::string& device_id,
                        const std::string& info, outbox::Pushes& pushes) {
    const int64_t now = house.clock.now_ms();
    if (const auto running = to_extend(s, code, device_id)) {
        use(s, house, code, running->robot, std::max(now, running->expires_at));
        return done(s, house, {running->robot, code.id, device_id, info, 0, 0, 0, code.expires_at}, false, pushes);
    }
    if (code.robot) {
        // Two codes tied to one robot come one after the other, also where it has no device yet.
        if (!robots::lock(s, code.robot)) throw Error(Fault::forbidden, "robot.deleted");
        const auto device = devices::lock(s, code.robot);
        const bool runs = device && !device->id.empty() && device->expires_at > now;
        if (runs && device->id != device_id) return taken_by(s, *device);
        // What was paid for before is not lost, whether a device is bound or not.
        use(s, house, code, code.robot, device ? std::max(now, device->expires_at) : now);
    } else {
        use(s, house, code, robots::create_by_code(s, house, code.account).id, now);
    }
    return done(s, house, {code.robot, code.id, device_id, info, 0, 0, 0, code.expires_at}, true, pushes);
}

}  // namespace

const char* name_of(Status status) { return kNames[static_cast<int>(status)]; }

std::optional<Status> status_named(std::string_view name) {
    const auto found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) return std::nullopt;
    return static_cast<Status>(found - std::begin(kNames));
}

std::string normal(std::string_view code) {
    std::string upper(code.substr(0, 8));
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    // Too long is no code, even where it begins like one; nor is what a column of codes cannot hold.
    return code.size() > 8 || !is_ascii(code) ? std::string() : upper;
}

std::vector<Code> generate(db::Session& s, const House& house, int64_t count, int64_t validity_days, int64_t account) {
    const auto owner = accounts::find(s, account);
    if (account && (!owner || owner->status == accounts::Status::closed))
        throw Error(Fault::not_found, "user.not_found");
    const int64_t now = house.clock.now_ms(), price = price_of(house.config, validity_days);
    const auto whose = account ? std::optional<int64_t>(account) : std::nullopt;
    std::vector<Code> codes;
    for (int64_t i = 0; i < count; ++i) {
        Code code;
        code.code = random_text(8, kAlphabet);
        try {
            s.execute(kInsert, {code.code, validity_days, price, db::nullable(whose), now});
        } catch (const db::Duplicate&) {
            throw db::Retry{};  // of 10^12 one that exists
        }
        code.id = static_cast<int64_t>(s.last_insert_id());
        code.validity_days = validity_days;
        code.price_cents = price;
        code.account = account;
        code.created_at = now;
        codes.push_back(std::move(code));
    }
    return codes;
}

Outcome activate(db::Session& s, const House& house, const std::string& text, const std::string& device_id,
                 const std::string& info, outbox::Pushes& pushes) {
    Code code = locked(s, text);
    refuse_ended(house, code);
    if (code.status == Status::unused) return activate_unused(s, house, code, device_id, info, pushes);
    auto device = devices::lock(s, code.robot);
    if (!device) throw Error(Fault::forbidden, "robot.deleted");
    if (!device->id.empty() && device->id != device_id) return taken_by(s, *device);
    const bool again = !device->id.empty();
    const int64_t now = house.clock.now_ms();
    s.execute(kUsedAgain, {now, code.id});
    if (again) audit::write(s, now, "device", "robot.reactivate", normal(text), utf8_prefix(device_id, 64));
    // A later code may have made it run longer: then the end is the device's. Where that one was disabled, what this
    // code has left counts.
    const bool longer = device->expires_at > now;
    return done(s, house,
                {device->robot, longer ? device->code : code.id, device_id, info, 0, 0, 0,
                 longer ? device->expires_at : code.expires_at},
                !again, pushes);
}

void check_failures(db::Session& s, const House& house, const std::string& address, const std::string& code) {
    if (!house.config.rate_limit) return;
    quotas::check(s, house, {"activation.address", kMostFailures, kHour}, neighbour(address));
    if (const auto known = normal(code); !known.empty())
        quotas::check(s, house, {"activation.code", kMostFailures, kHour}, to_hex(auth::sha256(known)));
}

void count_failure(db::Session& s, const House& house, const std::string& address, const std::string& code) {
    if (!house.config.rate_limit) return;
    quotas::count(s, house, {"activation.address", kMostFailures, kHour}, neighbour(address));
    if (const auto known = normal(code); !known.empty())
        quotas::count(s, house, {"activation.code", kMostFailures, kHour}, to_hex(auth::sha256(known)));
}

robots::Robot claim(db::Session& s, const House& house, const std::string& text, int64_t account) {
    const Code code = locked(s, text);
    refuse_ended(house, code);
    if (code.account && code.account != account) throw Error(Fault::conflict, "robot.claimed");
    if (code.status != Status::used) throw Error(Fault::conflict, "code.unused");
    const auto robot = robots::find_by_id(s, code.robot);
    if (!robot) throw Error(Fault::forbidden, "robot.deleted");
    if (robot->owner && robot->owner != account) throw Error(Fault::conflict, "robot.claimed");
    s.execute(kSetOwner, {account, code.id});
    if (robot->owner == 0) robots::set_owner(s, house, *robot, account);
    return *robots::find_by_id(s, robot->id);
}

void tie(db::Session& s, const House& house, const robots::Robot& robot, const std::string& text) {
    const Code code = locked(s, text);
    refuse_ended(house, code);
    if (code.account && code.account != robot.owner) throw Error(Fault::forbidden, "code.foreign");
    if (code.status != Status::unused) throw Error(Fault::conflict, "code.used");
    const auto owner = robot.owner ? std::optional<int64_t>(robot.owner) : std::nullopt;
    s.execute(kTie, {robot.id, db::nullable(owner), code.id});
}

Unbound unbind(db::Session& s, const House& house, const std::string& text, const std::string& reason,
               const std::string& actor, outbox::Pushes& pushes) {
    const Code code = locked(s, text);
    const auto device = code.robot ? devices::lock(s, code.robot) : std::nullopt;
    if (!device || device->id.empty()) throw Error(Fault::conflict, "code.unbound");
    devices::unbind(s, house, *device, reason, pushes);
    const int64_t now = house.clock.now_ms();
    audit::write(s, now, actor, "device.unbind", code.code, reason);
    const auto robot = robots::find_by_id(s, code.robot);
    return {device->id, robot ? robot->public_id : "", now};
}

void disable(db::Session& s, const House& house, const std::string& text, const std::string& actor,
             outbox::Pushes& pushes) {
    const Code code = locked(s, text);
    if (code.status == Status::disabled) return;
    const int64_t now = house.clock.now_ms();
    s.execute(kDisable, {now, code.id});
    audit::write(s, now, actor, "code.disable", code.code);
    const auto device = code.robot ? devices::lock(s, code.robot) : std::nullopt;
    // Under a later code it goes on.
    if (!device || device->code != code.id) return;
    devices::end_at(s, code.robot, now);
    devices::revoke(s, code.robot, kBadToken, "激活码已禁用", pushes);
}

Page list(db::Session& s, std::optional<Status> status, int64_t page, int64_t page_size) {
    Page found;
    const int64_t skip = (page - 1) * page_size, wanted = status ? static_cast<int64_t>(*status) : 0;
    db::Rows count = status ? s.query(kCountOf, {wanted}) : s.query(kCount);
    if (count.next()) found.total = count.integer(1);
    db::Rows rows = status ? s.query(kListOf, {wanted, page_size, skip}) : s.query(kList, {page_size, skip});
    while (rows.next()) found.cards.push_back({read(rows), rows.text(12), rows.text(13), rows.text(14), rows.text(15)});
    return found;
}

int64_t count(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kCountOfAccount, {account});
    return rows.next() ? rows.integer(1) : 0;
}

std::optional<Code> of_robot(db::Session& s, int64_t robot) {
    db::Rows rows = s.query(kOfRobot, {robot});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

size_t expire(db::Session& s, const House& house, int64_t most, outbox::Pushes& pushes) {
    size_t done = 0;
    std::vector<std::pair<int64_t, int64_t>> due;
    db::Rows rows = s.query(kDue, {house.clock.now_ms(), most});
    while (rows.next()) due.emplace_back(rows.integer(1), rows.integer(2));
    for (const auto& [code, robot] : due) {
        // Disabled, or given more time, since it was looked at.
        if (s.execute(kExpire, {code}) == 0) continue;
        ++done;
        const auto device = robot ? devices::lock(s, robot) : std::nullopt;
        if (device && device->code == code && device->expires_at <= house.clock.now_ms())
            devices::close(robot, kExpiredCode, "激活码已过期", pushes);
    }
    return done;
}

int64_t ending(db::Session& s, int64_t from_ms, int64_t until_ms) {
    db::Rows rows = s.query(kEnding, {from_ms, until_ms});
    return rows.next() ? rows.integer(1) : 0;
}

}  // namespace hy::activation
