#include "core/quotas.h"

namespace hy::quotas {

namespace {

constexpr const char* kUse =
    "INSERT INTO quotas (name, subject, ends_at, used) VALUES (?, ?, ?, 1) ON DUPLICATE KEY UPDATE used = used + 1";
constexpr const char* kUndo =
    "UPDATE quotas SET used = used - 1 WHERE name = ? AND subject = ? AND ends_at = ? AND used > 0";
constexpr const char* kUsed = "SELECT used FROM quotas WHERE name = ? AND subject = ? AND ends_at = ?";

constexpr size_t kLongestSubject = 80;

int64_t window_end(const House& house, const Quota& quota) {
    const int64_t length = quota.seconds * 1000;
    return (house.clock.now_ms() / length + 1) * length;
}

int64_t used(db::Session& s, const Quota& quota, std::string_view subject, int64_t end) {
    db::Rows rows = s.query(kUsed, {std::string_view(quota.name), subject.substr(0, kLongestSubject), end});
    return rows.next() ? rows.integer(1) : 0;
}

[[noreturn]] void refuse(const House& house, const Quota& quota, int64_t end) {
    throw Error(Fault::too_many, quota.name, std::to_string((end - house.clock.now_ms() + 999) / 1000));
}

}  // namespace

void use(db::Session& s, const House& house, const Quota& quota, std::string_view subject) {
    count(s, house, quota, subject);
    const int64_t end = window_end(house, quota);
    if (used(s, quota, subject, end) > quota.most) refuse(house, quota, end);
}

void check(db::Session& s, const House& house, const Quota& quota, std::string_view subject) {
    const int64_t end = window_end(house, quota);
    if (used(s, quota, subject, end) >= quota.most) refuse(house, quota, end);
}

void count(db::Session& s, const House& house, const Quota& quota, std::string_view subject) {
    s.execute(kUse, {std::string_view(quota.name), subject.substr(0, kLongestSubject), window_end(house, quota)});
}

void undo(db::Session& s, const House& house, const Quota& quota, std::string_view subject) {
    s.execute(kUndo, {std::string_view(quota.name), subject.substr(0, kLongestSubject), window_end(house, quota)});
}

}  // namespace hy::quotas
