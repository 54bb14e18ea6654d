#include "core/commands.h"

#include <limits>

#include "base/text.h"
#include "core/jobs.h"
#include "core/live_connections.h"
#include "core/statistics.h"
#include "core/third_parties.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::commands {

namespace {

constexpr const char* kInsert =
    "INSERT INTO commands (command_id, robot_id, params, run_at, created_at) VALUES (?, ?, ?, ?, ?)";
#define HY_COMMAND_COLUMNS                                                                                 \
    "SELECT id, robot_id, command_id, params, status, attempts, run_at, COALESCE(sent_at, 0), created_at," \
    " COALESCE(finished_at, 0), COALESCE(result, ''), round FROM commands "
constexpr const char* kFind = HY_COMMAND_COLUMNS "WHERE command_id = ?";
constexpr const char* kLock = HY_COMMAND_COLUMNS "WHERE command_id = ? AND robot_id = ? FOR UPDATE";
#define HY_DUE "WHERE robot_id = ? AND status IN (0, 1) AND run_at <= ? AND (status = 0 OR sent_at <= ?)"
constexpr const char* kDue = HY_COMMAND_COLUMNS HY_DUE " ORDER BY id LIMIT ? FOR UPDATE";
constexpr const char* kList = HY_COMMAND_COLUMNS "WHERE robot_id = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr const char* kListOf =
    HY_COMMAND_COLUMNS "WHERE robot_id = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr const char* kOwed =
    "SELECT 1 FROM commands WHERE robot_id = ? AND status IN (0, 1) AND run_at <= ? AND (status = 0 OR sent_at <= ?)"
    " LIMIT 1";
#undef HY_DUE
#undef HY_COMMAND_COLUMNS
// Whoever comes anew gets all of it, in order: what others were given is due at once.
constexpr const char* kTakeBack = "UPDATE commands SET sent_at = 0 WHERE robot_id = ? AND status = 1";
constexpr const char* kOpen = "SELECT COUNT(*) FROM commands WHERE robot_id = ? AND status IN (0, 1)";
constexpr const char* kSent = "UPDATE commands SET status = 1, sent_at = ?, sent_to = ? WHERE id = ?";
constexpr const char* kEnd = "UPDATE commands SET status = ?, attempts = ?, finished_at = ?, result = ? WHERE id = ?";
constexpr const char* kAgain = "UPDATE commands SET status = 0, attempts = ?, run_at = ?, result = ? WHERE id = ?";
// As if it had been asked for now: it lives its hours once more.
constexpr const char* kRetry =
    "UPDATE commands SET command_id = ?, status = 0, attempts = 0, run_at = ?, created_at = ?, sent_at = NULL,"
    " sent_to = NULL, finished_at = NULL, result = NULL, round = round + 1 WHERE id = ?";
constexpr const char* kConnection =
    "SELECT c.conn FROM " HY_LIVE_CONNECTIONS
    "WHERE c.principal_type = 1 AND c.principal_id = ? AND c.door = 'workbot' AND r.seen_at > ? LIMIT 1";
constexpr const char* kOld = "SELECT id, robot_id FROM commands WHERE status = ? AND created_at < ? LIMIT ? FOR UPDATE";
constexpr const char* kExpire = "UPDATE commands SET status = 4, finished_at = ? WHERE id = ?";
constexpr const char* kForget = "DELETE FROM commands WHERE finished_at < ? LIMIT ?";

constexpr int64_t kUnreportedMs = 60'000, kRetryMs = 1000;
constexpr int64_t kMost = 100, kMostOpen = 1000;
constexpr size_t kMostPage = 1 << 20;
constexpr size_t kMostBytes = 256 << 10;
constexpr const char* kNames[] = {"pending", "sent", "success", "failed", "expired"};

Command read(const db::Rows& rows) {
    Command c;
    c.id = rows.integer(1);
    c.robot = rows.integer(2);
    c.command_id = rows.text(3);
    c.params = rows.text(4);
    c.status = static_cast<Status>(rows.integer(5));
    c.attempts = rows.integer(6);
    c.run_at = rows.integer(7);
    c.sent_at = rows.integer(8);
    c.created_at = rows.integer(9);
    c.finished_at = rows.integer(10);
    c.result = rows.text(11);
    c.round = rows.integer(12);
    return c;
}

std::string to_json(const Result& r) {
    json::Writer w;
    w.begin_object()
        .field("errorCode", r.error_code)
        .field("errorReason", r.reason)
        .field("executionTimeMs", r.took_ms);
    const auto list = [&](const char* name, const std::vector<std::string>& names) {
        w.key(name).begin_array();
        for (const auto& one : names) w.string(one);
        w.end_array();
    };
    list("successList", r.success);
    list("failList", r.fail);
    w.end_object();
    return std::move(w).take();
}

std::string new_id(int64_t now) { return "cmd_" + std::to_string(now) + "_" + random_text(8, kLowerDigits); }

// What the column can hold; anything else is nobody's.
bool may_be_id(const std::string& text) { return text.size() <= 40 && is_ascii(text); }

void push_later(db::Session& s, const House& house, const robots::Robot& robot, int64_t run_at,
                outbox::Pushes& pushes) {
    // One for a robot and a moment, whatever is due then.
    jobs::add(s, house,
              {.kind = "command",
               .key = robot.public_id.substr(0, 40) + "@" + std::to_string(run_at),
               .tenant = jobs::tenant_of(robot.owner, robot.id),
               .run_at = run_at,
               .payload = robot.public_id},
              pushes);
}

void end(db::Session& s, const House& house, const robots::Robot& robot, const Command& command, Status status,
         int64_t attempts, const std::string& result, outbox::Pushes& pushes) {
    const int64_t now = house.clock.now_ms();
    s.execute(kEnd, {static_cast<int64_t>(status), attempts, now, result, command.id});
    // A late success belongs to the day on which it was given up.
    if (command.status == Status::expired) statistics::note_late_success(s, robot.id, command.finished_at);
    else statistics::note_finished(s, robot.id, now, status == Status::success);
    third_parties::tell_result(s, house, robot, {command.command_id, command.round}, pushes);
}

}  // namespace

const char* name_of(Status status) { return kNames[static_cast<int>(status)]; }

Command create(db::Session& s, const House& house, const robots::Robot& robot, const std::string& params,
               int64_t delay_ms, outbox::Pushes& pushes) {
    Command c;
    c.robot = robot.id;
    c.created_at = house.clock.now_ms();
    c.run_at = c.created_at + delay_ms;
    c.command_id = new_id(c.created_at);
    c.params = params;
    try {
        s.execute(kInsert, {c.command_id, c.robot, c.params, c.run_at, c.created_at});
    } catch (const db::Duplicate&) {
        throw db::Retry{};
    }
    c.id = static_cast<int64_t>(s.last_insert_id());
    if (delay_ms > 0) push_later(s, house, robot, c.run_at, pushes);
    else push(s, house, robot, pushes);
    return c;
}

void require_room(db::Session& s, int64_t robot) {
    db::Rows rows = s.query(kOpen, {robot});
    if (rows.next() && rows.integer(1) >= kMostOpen) throw Error(Fault::too_many, "command.limit");
}

std::optional<Command> find(db::Session& s, const std::string& command_id) {
    if (!may_be_id(command_id)) return std::nullopt;
    db::Rows rows = s.query(kFind, {command_id});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::vector<Command> hand_out(db::Session& s, const House& house, int64_t robot, const std::string& taker, bool anew) {
    std::vector<Command> found;
    const int64_t now = house.clock.now_ms();
    size_t bytes = 0;
    if (anew) s.execute(kTakeBack, {robot});
    db::Rows rows = s.query(kDue, {robot, now, now - kUnreportedMs, kMost});
    // What is left over is found when something of this is reported, or at the next look.
    while (rows.next() && bytes < kMostBytes) {
        found.push_back(read(rows));
        bytes += found.back().params.size();
    }
    for (const auto& command : found) s.execute(kSent, {now, taker, command.id});
    return found;
}

bool owed(db::Session& s, const House& house, int64_t robot) {
    const int64_t now = house.clock.now_ms();
    return s.query(kOwed, {robot, now, now - kUnreportedMs}).next();
}

void push(db::Session& s, const House& house, const robots::Robot& robot, outbox::Pushes& pushes) {
    db::Rows rows = s.query(kConnection, {robot.id, house.clock.now_ms() - house.config.relay.lease_seconds * 1000});
    if (!rows.next()) return;
    const std::string conn = rows.text(1);
    for (const auto& command : hand_out(s, house, robot.id, conn, false))
        pushes.add("live.device." + std::to_string(robot.id), render_push(command, conn));
}

std::string render(const Command& c) {
    json::Writer w;
    w.begin_object().field("commandId", c.command_id).field("commandType", "send_message");
    w.key("commandParams").raw(c.params).field("createdAt", iso8601(c.created_at)).end_object();
    return std::move(w).take();
}

std::string render_push(const Command& c, const std::string& conn) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "command").field("conn", conn).key("command").raw(render(c));
    w.end_object();
    return std::move(w).take();
}

Result Result::from_json(std::string_view text) {
    Result r;
    const auto value = json::parse(text);
    if (!value) return r;
    r.error_code = value->int_or("errorCode");
    r.reason = value->text_or("errorReason");
    r.took_ms = value->int_or("executionTimeMs");
    r.success = json::texts(value->find("successList"));
    r.fail = json::texts(value->find("failList"));
    return r;
}

void report(db::Session& s, const House& house, const robots::Robot& robot, const std::string& command_id,
            const Result& result, outbox::Pushes& pushes) {
    if (!may_be_id(command_id)) throw Error(Fault::not_found, "command.not_found");
    db::Rows rows = s.query(kLock, {command_id, robot.id});
    if (!rows.next()) throw Error(Fault::not_found, "command.not_found");
    const Command command = read(rows);
    const std::string text = to_json(result);
    const bool over = command.status == Status::success || command.status == Status::failed;
    if (!over && result.error_code == 0) {
        end(s, house, robot, command, Status::success, command.attempts, text, pushes);
    } else if (command.status == Status::sent) {
        // Of the attempt that is out; what came twice finds it pending already.
        const int64_t failures = command.attempts + 1;
        if (failures > house.config.workbot.command_retries) {
            end(s, house, robot, command, Status::failed, failures, text, pushes);
        } else {
            const int64_t at = house.clock.now_ms() + kRetryMs;
            s.execute(kAgain, {failures, at, text, command.id});
            push_later(s, house, robot, at, pushes);
        }
    }
    // There is room for what waits behind it.
    push(s, house, robot, pushes);
}

std::optional<Status> status_named(std::string_view name) {
    for (size_t i = 0; i < std::size(kNames); ++i)
        if (name == kNames[i]) return static_cast<Status>(i);
    return std::nullopt;
}

Page list(db::Session& s, int64_t robot, std::optional<Status> status, int64_t before, int64_t most) {
    if (before <= 0) before = std::numeric_limits<int64_t>::max();
    Page page;
    size_t bytes = 0;
    db::Rows rows = status ? s.query(kListOf, {robot, static_cast<int64_t>(*status), before, most + 1})
                           : s.query(kList, {robot, before, most + 1});
    while (rows.next()) {
        if (static_cast<int64_t>(page.commands.size()) == most || bytes > kMostPage) {
            page.more = true;
            break;
        }
        page.commands.push_back(read(rows));
        bytes += page.commands.back().params.size() + page.commands.back().result.size();
    }
    return page;
}

Command retry(db::Session& s, const House& house, const robots::Robot& robot, const std::string& command_id,
              outbox::Pushes& pushes) {
    if (!may_be_id(command_id)) throw Error(Fault::not_found, "command.not_found");
    db::Rows rows = s.query(kLock, {command_id, robot.id});
    if (!rows.next()) throw Error(Fault::not_found, "command.not_found");
    Command command = read(rows);
    if (command.status != Status::failed && command.status != Status::expired)
        throw Error(Fault::conflict, "command.not_failed");
    require_room(s, robot.id);
    const int64_t now = house.clock.now_ms();
    if (command.status == Status::expired && command.sent_at) command.command_id = new_id(now);
    try {
        s.execute(kRetry, {command.command_id, now, now, command.id});
    } catch (const db::Duplicate&) {
        throw db::Retry{};
    }
    statistics::note_retried(s, robot.id, command.finished_at);
    push(s, house, robot, pushes);
    command.status = Status::pending;
    return command;
}

size_t expire(db::Session& s, const House& house, int64_t most) {
    const int64_t now = house.clock.now_ms(), before = now - house.config.workbot.command_hours * 3'600'000;
    size_t done = 0;
    for (const int64_t status : {0, 1}) {
        std::vector<std::pair<int64_t, int64_t>> old;
        db::Rows rows = s.query(kOld, {status, before, most});
        while (rows.next()) old.emplace_back(rows.integer(1), rows.integer(2));
        for (const auto& [id, robot] : old) {
            s.execute(kExpire, {now, id});
            statistics::note_finished(s, robot, now, false);
        }
        done += old.size();
    }
    return done;
}

size_t forget(db::Session& s, const House& house, int64_t most) {
    return s.execute(kForget, {house.clock.now_ms() - house.config.workbot.keep_commands_days * 86'400'000, most});
}

}  // namespace hy::commands
