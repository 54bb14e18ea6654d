// Activation codes: made by an admin, bound to a device by its first activation, and what becomes of the
// robot behind them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/devices.h"
#include "core/robots.h"

namespace hy::activation {

enum class Status : int { unused = 0, used = 1, expired = 2, disabled = 3 };
const char* name_of(Status status);
std::optional<Status> status_named(std::string_view name);

struct Code {
    int64_t id = 0;
    std::string code;
    Status status = Status::unused;
    int64_t validity_days = 0, price_cents = 0;
    int64_t account = 0;  // whose it is; 0: anybody's
    int64_t robot = 0;    // 0: none yet
    int64_t created_at = 0;
    int64_t first_activated_at = 0, last_activated_at = 0, expires_at = 0;  // 0: not yet
};

// `account` 0: bound to nobody, else not_found "user.not_found" when there is none.
std::vector<Code> generate(db::Session& s, const House& house, int64_t count, int64_t validity_days, int64_t account);

// In upper case, as codes are looked up.
std::string normal(std::string_view code);

struct Activated {
    robots::Robot robot;
    std::string robot_uuid;
    devices::Tokens tokens;
    bool is_new = false;  // 201: the first device, or a new one after an unbinding
};

// Another device has the code.
struct Taken {
    std::string device_id, robot_id;
    int64_t activated_at = 0;
};

struct Outcome {
    std::optional<Activated> activated;
    std::optional<Taken> taken;
};

// Throws not_found "code.not_found", forbidden "code.disabled", "code.expired", "robot.deleted". Of two devices at
// once one is first: the other finds it taken.
Outcome activate(db::Session& s, const House& house, const std::string& code, const std::string& device_id,
                 const std::string& device_info, outbox::Pushes& pushes);

// Failures an hour, for an address and for a code: throws too_many "activation.address", "activation.code".
void check_failures(db::Session& s, const House& house, const std::string& address, const std::string& code);
void count_failure(db::Session& s, const House& house, const std::string& address, const std::string& code);

// A robot whose code was bound to nobody becomes the account's. Throws not_found "code.not_found", conflict
// "code.unused", "robot.claimed".
robots::Robot claim(db::Session& s, const House& house, const std::string& code, int64_t account);
// Ties an unused code, unbound or the owner's, to a robot that exists, whatever it was tied to before. Throws not_found
// "code.not_found", conflict "code.used", forbidden "code.foreign", "code.disabled", "code.expired".
void tie(db::Session& s, const House& house, const robots::Robot& robot, const std::string& code);

struct Unbound {
    std::string device_id, robot_id;
    int64_t unbound_at = 0;
};
// Throws not_found "code.not_found", conflict "code.unbound" when no device is there.
Unbound unbind(db::Session& s, const House& house, const std::string& code, const std::string& reason,
               const std::string& actor, outbox::Pushes& pushes);
// Twice is once. What the code has left is gone, but time that a later code was put on stays. Throws not_found
// "code.not_found".
void disable(db::Session& s, const House& house, const std::string& code, const std::string& actor,
             outbox::Pushes& pushes);

// For lists: a code with who has it and what runs on it.
struct Card {
    Code code;
    std::string owner_name, owner_phone;
    std::string device_id, device_info;
};
struct Page {
    int64_t total = 0;
    std::vector<Card> cards;
};
// Newest first.
Page list(db::Session& s, std::optional<Status> status, int64_t page, int64_t page_size);
// The code that a robot runs under; nothing without a device.
// Bound to an account.
int64_t count(db::Session& s, int64_t account);
// Codes in use that end between the two, ms.
int64_t ending(db::Session& s, int64_t from_ms, int64_t until_ms);
std::optional<Code> of_robot(db::Session& s, int64_t robot);

// Codes whose time has come: expired, their robots' connections closed. Returns how many.
size_t expire(db::Session& s, const House& house, int64_t most, outbox::Pushes& pushes);

}  // namespace hy::activation
