#include "core/people.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/errors.h"

namespace hy::people {

namespace {

constexpr const char* kFind =
    "SELECT 0, id, uid, nickname FROM accounts WHERE uid = ? AND status <> 2"
    " UNION ALL SELECT 1, id, public_id, name FROM robots WHERE public_id = ? AND deleted_at IS NULL";
constexpr const char* kFindEver =
    "SELECT 0, id, uid, nickname FROM accounts WHERE uid = ?"
    " UNION ALL SELECT 1, id, public_id, name FROM robots WHERE public_id = ?";
constexpr const char* kAccounts = "SELECT 0, id, uid, nickname FROM accounts WHERE status <> 2 AND uid IN (";
constexpr const char* kRobots = "SELECT 1, id, public_id, name FROM robots WHERE deleted_at IS NULL AND public_id IN (";

constexpr const char* kUids = "SELECT id, uid FROM accounts WHERE id IN (";
constexpr const char* kRobotIds = "SELECT id, public_id FROM robots WHERE id IN (";

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

Person read(const db::Rows& rows) {
    return {{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)}, rows.text(3), rows.text(4)};
}

// What remains of `id` when `me` and the separator go.
std::vector<std::string> remainders(const std::string& me, const std::string& id) {
    std::vector<std::string> found;
    for (const char separator : {'@', '_'}) {
        const std::string front = me + separator, back = separator + me;
        if (id.starts_with(front)) {
            const std::string rest = id.substr(front.size());
            if (separator == '@' || me <= rest) found.push_back(rest);
        }
        if (id.ends_with(back)) {
            const std::string rest = id.substr(0, id.size() - back.size());
            if (separator == '@' || rest <= me) found.push_back(rest);
        }
    }
    std::erase_if(found, [](const std::string& rest) { return !valid_id(rest); });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace

bool valid_id(std::string_view id) {
    if (id.empty() || id.size() > 64 || !letter_or_digit(id[0])) return false;
    return std::all_of(id.begin(), id.end(),
                       [](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool house_made(std::string_view id) {
    constexpr std::array<std::string_view, 7> begins = {"hy_",    "robot_",  "wecom_", "sandbox_",
                                                        "group_", "person_", "____"};
    return std::any_of(begins.begin(), begins.end(), [&](std::string_view begin) { return id.starts_with(begin); });
}

bool reserved(std::string_view id) {
    if (house_made(id) || id == "AtAllTag" || id == "imAdmin" || id == "all") return true;
    return std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Person> find(db::Session& s, const std::string& id) {
    if (!valid_id(id)) return std::nullopt;
    db::Rows rows = s.query(kFind, {id, id});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::optional<Person> find_ever(db::Session& s, const std::string& id) {
    if (!valid_id(id)) return std::nullopt;
    db::Rows rows = s.query(kFindEver, {id, id});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::map<std::string, Person> find(db::Session& s, const std::vector<std::string>& ids) {
    std::vector<db::Param> wanted;
    for (const auto& id : ids)
        if (valid_id(id)) wanted.emplace_back(std::string_view(id));
    std::map<std::string, Person> found;
    if (wanted.empty()) return found;
    const std::string marks = db::placeholders(wanted) + ")";
    for (const char* sql : {kAccounts, kRobots}) {
        db::Rows rows = s.query(sql + marks, wanted);
        while (rows.next()) {
            Person person = read(rows);
            found.emplace(person.id, std::move(person));
        }
    }
    return found;
}

std::map<Principal, std::string> ids_of(db::Session& s, const std::vector<Principal>& who) {
    std::map<Principal, std::string> found;
    const std::set<Principal> each(who.begin(), who.end());
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        std::vector<db::Param> wanted;
        for (const auto& one : each)
            if (one.type == type) wanted.emplace_back(one.id);
        if (wanted.empty()) continue;
        const std::string marks = db::placeholders(wanted) + ")";
        db::Rows rows = s.query((type == PrincipalType::account ? kUids : kRobotIds) + marks, wanted);
        while (rows.next()) found.emplace(Principal{type, rows.integer(1)}, rows.text(2));
    }
    return found;
}

Person partner(db::Session& s, const std::string& me, const std::string& id, Gone gone) {
    if (auto person = find(s, id)) return *person;
    if (gone == Gone::taken && valid_id(id)) {
        if (auto person = find_ever(s, id)) return *person;
    }
    const auto rests = remainders(me, id);
    if (rests.empty() && !valid_id(id)) throw Error(Fault::bad_request, "channel.id");
    auto found = find(s, rests);
    if (found.empty() && gone == Gone::taken)
        for (const auto& rest : rests)
            if (auto person = find_ever(s, rest)) found.emplace(rest, *std::move(person));
    if (found.empty()) throw Error(Fault::not_found, "user.not_found");
    if (found.size() > 1) throw Error(Fault::bad_request, "channel.id");
    return found.begin()->second;
}

}  // namespace hy::people
