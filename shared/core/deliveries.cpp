#include "core/deliveries.h"

#include <limits>

#include "base/text.h"
#include "core/replies.h"

namespace hy::deliveries {

namespace {

constexpr const char* kNote =
    "INSERT INTO deliveries (delivery_id, robot_id, kind, status, attempts, http_status, fault, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE status = VALUES(status), attempts = VALUES(attempts),"
    " http_status = VALUES(http_status), fault = VALUES(fault), updated_at = VALUES(updated_at)";
#define HY_DELIVERY_COLUMNS                                                                                      \
    "SELECT id, delivery_id, robot_id, kind, status, attempts, http_status, fault, created_at, updated_at FROM " \
    "deliveries "
constexpr const char* kList = HY_DELIVERY_COLUMNS "WHERE robot_id = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr const char* kListOf =
    HY_DELIVERY_COLUMNS "WHERE robot_id = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr const char* kFind = HY_DELIVERY_COLUMNS "WHERE delivery_id = ?";
constexpr const char* kEnded =
    "SELECT CAST(COALESCE(SUM(status = 1), 0) AS SIGNED), CAST(COALESCE(SUM(status = 2), 0) AS SIGNED) FROM deliveries"
    " WHERE updated_at >= ?";
constexpr const char* kLock = HY_DELIVERY_COLUMNS "WHERE delivery_id = ? AND robot_id = ? FOR UPDATE";
#undef HY_DELIVERY_COLUMNS
constexpr const char* kAgain = "UPDATE deliveries SET status = 0, updated_at = ? WHERE id = ?";
constexpr const char* kGiveUp =
    "UPDATE deliveries SET status = 2, fault = ?, updated_at = ? WHERE delivery_id = ? AND status = 0";
constexpr const char* kForget = "DELETE FROM deliveries WHERE updated_at < ? LIMIT ?";

constexpr int64_t kRetries[] = {1'000, 3'000, 5'000, 60'000, 600'000};
constexpr const char* kNames[] = {"pending", "success", "failed"};
constexpr std::string_view kPrefix = "dlv_";

Delivery read(const db::Rows& rows) {
    Delivery d;
    d.id = rows.integer(1);
    d.delivery_id = rows.text(2);
    d.robot = rows.integer(3);
    d.is_result = rows.integer(4) != 0;
    d.outcome = static_cast<Outcome>(rows.integer(5));
    d.attempts = rows.integer(6);
    d.http_status = static_cast<int>(rows.integer(7));
    d.fault = rows.text(8);
    d.created_at = rows.integer(9);
    d.updated_at = rows.integer(10);
    return d;
}

// What the column can hold; anything else is nobody's.
bool may_be_id(const std::string& text) { return text.size() <= 64 && is_ascii(text); }

void tell_message(db::Session& s, const House& house, const robots::Robot& robot, const std::string& number,
                  outbox::Pushes& pushes) {
    if (robot.brain != "third_party" || third_parties::find(s, robot.id).message_url.empty())
        throw Error(Fault::conflict, "delivery.no_webhook");
    const auto message = messages::find_by_id(s, to_int(number.substr(0, number.find('_'))).value_or(0));
    if (!message || message->recalled) throw Error(Fault::not_found, "delivery.gone");
    replies::ask_again(s, house, robot, *message, pushes);
}

void tell_result(db::Session& s, const House& house, const robots::Robot& robot, const std::string& key,
                 outbox::Pushes& pushes) {
    if (third_parties::find(s, robot.id).result_url.empty()) throw Error(Fault::conflict, "delivery.no_webhook");
    const auto ending = third_parties::Ending::from_key(key);
    if (!third_parties::result_body(s, robot, ending)) throw Error(Fault::not_found, "delivery.gone");
    third_parties::tell_result(s, house, robot, ending, pushes);
}

}  // namespace

std::optional<int64_t> retry_after(int64_t attempts) {
    if (attempts < 1 || attempts > static_cast<int64_t>(std::size(kRetries))) return std::nullopt;
    return kRetries[attempts - 1];
}

const char* name_of(Outcome outcome) { return kNames[static_cast<int>(outcome)]; }

std::optional<Outcome> outcome_named(std::string_view name) {
    for (size_t i = 0; i < std::size(kNames); ++i)
        if (name == kNames[i]) return static_cast<Outcome>(i);
    return std::nullopt;
}

void note(db::Session& s, const House& house, const Attempt& a) {
    const int64_t now = house.clock.now_ms();
    s.execute(kNote, {a.delivery_id, a.robot, int64_t{a.is_result}, static_cast<int64_t>(a.outcome), a.attempts,
                      int64_t{a.http_status}, utf8_prefix(a.fault, 200), now, now});
}

std::string id_of_message(uint64_t message, int64_t robot) {
    return std::string(kPrefix) + std::to_string(message) + "_" + std::to_string(robot);
}
std::string id_of_result(const third_parties::Ending& ending) { return std::string(kPrefix) + ending.key(); }

void give_up(db::Session& s, const House& house, const std::string& delivery_id, const std::string& why) {
    s.execute(kGiveUp, {utf8_prefix(why, 200), house.clock.now_ms(), delivery_id});
}

std::vector<Delivery> list(db::Session& s, int64_t robot, std::optional<Outcome> outcome, int64_t before,
                           int64_t most) {
    if (before <= 0) before = std::numeric_limits<int64_t>::max();
    std::vector<Delivery> found;
    db::Rows rows = outcome ? s.query(kListOf, {robot, static_cast<int64_t>(*outcome), before, most})
                            : s.query(kList, {robot, before, most});
    while (rows.next()) found.push_back(read(rows));
    return found;
}

Tally ended_since(db::Session& s, int64_t since_ms) {
    db::Rows rows = s.query(kEnded, {since_ms});
    return rows.next() ? Tally{rows.integer(1), rows.integer(2)} : Tally{};
}

std::optional<Delivery> find(db::Session& s, const std::string& delivery_id) {
    if (!may_be_id(delivery_id)) return std::nullopt;
    db::Rows rows = s.query(kFind, {delivery_id});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

void retry(db::Session& s, const House& house, const robots::Robot& robot, const std::string& delivery_id,
           outbox::Pushes& pushes) {
    if (!may_be_id(delivery_id)) throw Error(Fault::not_found, "delivery.not_found");
    db::Rows rows = s.query(kLock, {delivery_id, robot.id});
    if (!rows.next()) throw Error(Fault::not_found, "delivery.not_found");
    const Delivery delivery = read(rows);
    if (delivery.outcome == Outcome::under_way) throw Error(Fault::conflict, "delivery.open");
    const std::string what = delivery_id.substr(std::min(kPrefix.size(), delivery_id.size()));
    if (delivery.is_result) tell_result(s, house, robot, what, pushes);
    else tell_message(s, house, robot, what, pushes);
    s.execute(kAgain, {house.clock.now_ms(), delivery.id});
}

size_t forget(db::Session& s, const House& house, int64_t most) {
    return s.execute(kForget, {house.clock.now_ms() - house.config.workbot.keep_commands_days * 86'400'000, most});
}

}  // namespace hy::deliveries
