// Who acts: an account, a robot, somebody in WeCom who writes to a robot, or one of the invented people of a test bench; by
// the internal number.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hy {

enum class PrincipalType : int { account = 0, robot = 1, contact = 2, guest = 3 };

struct Principal {
    PrincipalType type = PrincipalType::account;
    int64_t id = 0;

    int64_t type_number() const { return static_cast<int64_t>(type); }
    auto operator<=>(const Principal&) const = default;
    // "account", "robot", "contact", "guest"
    const char* kind() const {
        constexpr const char* kinds[] = {"account", "robot", "contact", "guest"};
        return kinds[static_cast<int>(type)];
    }
    // "account.3", "robot.5": in subjects and logs.
    std::string name() const { return std::string(kind()) + "." + std::to_string(id); }
    // "a3", "r5": in keys.
    std::string key() const { return kind()[0] + std::to_string(id); }
};

inline Principal account_principal(int64_t id) { return {PrincipalType::account, id}; }
inline Principal contact_principal(int64_t id) { return {PrincipalType::contact, id}; }
inline Principal guest_principal(int64_t id) { return {PrincipalType::guest, id}; }
inline Principal robot_principal(int64_t id) { return {PrincipalType::robot, id}; }

}  // namespace hy
