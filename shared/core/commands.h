// What robots' devices are to do: pending, sent, success, failed or expired. A command is handed out to whoever asks
// for the robot (its connection, a poll), in order, and again until a result is reported; devices drop an id that
// they know. Source: specs workbot, "Commands".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/robots.h"

namespace hy::commands {

enum class Status : int { pending, sent, success, failed, expired };
const char* name_of(Status status);

struct Command {
    int64_t id = 0, robot = 0;
    std::string command_id;  // "cmd_<ms>_<8>"
    std::string params;      // commandParams, JSON
    Status status = Status::pending;
    int64_t attempts = 0;  // that failed
    int64_t round = 0;     // how often it was tried again by hand
    int64_t run_at = 0, sent_at = 0, created_at = 0, finished_at = 0;
    std::string result;  // JSON of Result, "" before there is one
};

// To be handed out from `delay_ms` on; at once, it goes to the device's connection.
Command create(db::Session& s, const House& house, const robots::Robot& robot, const std::string& params,
               int64_t delay_ms, outbox::Pushes& pushes);
std::optional<Command> find(db::Session& s, const std::string& command_id);

// Before somebody sends: throws too_many "command.limit" where 1,000 commands of the robot have not ended.
void require_room(db::Session& s, int64_t robot);

// Marks as sent and returns what `taker` (a connection, or "poll") is to have now, oldest first: what is pending, or
// was sent over a minute ago without a result. `anew`: a connection that has just come, which gets everything without a result.
std::vector<Command> hand_out(db::Session& s, const House& house, int64_t robot, const std::string& taker, bool anew);
inline constexpr const char* kPoll = "poll";
// Whether that would be anything.
bool owed(db::Session& s, const House& house, int64_t robot);
// Pushes to the connection of the robot's device, if there is one.
void push(db::Session& s, const House& house, const robots::Robot& robot, outbox::Pushes& pushes);

// {"commandId","commandType","commandParams","createdAt"}
std::string render(const Command& command);
// The push of it for one connection (infra/docs/uplink.md).
std::string render_push(const Command& command, const std::string& conn);

struct Result {
    int64_t error_code = 0;
    std::string reason;
    int64_t took_ms = 0;
    std::vector<std::string> success, fail;

    static Result from_json(std::string_view json);
};
// A failure is tried again, workbot.command_retries times; what has ended stays as it is, but a success counts after
// expiry. Throws not_found "command.not_found".
void report(db::Session& s, const House& house, const robots::Robot& robot, const std::string& command_id,
            const Result& result, outbox::Pushes& pushes);

// Of a robot, newest first, older than `before` (0: from the newest on): at most `most`, and about 1 MiB.
struct Page {
    std::vector<Command> commands;
    bool more = false;
};
Page list(db::Session& s, int64_t robot, std::optional<Status> status, int64_t before, int64_t most);
std::optional<Status> status_named(std::string_view name);
// What failed or expired waits to be handed out again, under its old id: a device forgets an id on which it reported a
// failure. One that a device was given and never reported on gets another id, since that device would drop the old one;
// whoever asks for it takes into account that it may be done twice. Throws not_found "command.not_found", conflict "command.not_failed", too_many "command.limit".
Command retry(db::Session& s, const House& house, const robots::Robot& robot, const std::string& command_id,
              outbox::Pushes& pushes);

// Ends what waited longer than workbot.command_hours, at most so many.
size_t expire(db::Session& s, const House& house, int64_t most);
// Takes away what ended over workbot.keep_commands_days ago, at most so many.
size_t forget(db::Session& s, const House& house, int64_t most);

}  // namespace hy::commands
