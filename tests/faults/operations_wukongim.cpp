// What is written at the third door: messages over HTTP and on a connection, groups, marks.
#include <stdexcept>

#include "base/encode.h"
#include "core/groups.h"
#include "faults/operations.h"
#include "json/value.h"
#include "uplink/session.h"

namespace hy::test {

namespace {

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

void people(Scene& s) { s.people(); }

std::string group_id(const Scene& s) { return "g-" + s.tag; }
groups::Group group(Scene& s) {
    return s.world.ask([&](db::Session& session) { return groups::find_any(session, group_id(s)).value(); });
}

// The user's group, with the robot's owner in it.
void own_group(Scene& s) {
    s.people();
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        const auto made =
            groups::create(session, s.world.house, group_id(s), {"old", ""}, account_principal(s.user.id), pushes);
        groups::invite(session, s.world.house, made, account_principal(s.user.id), {account_principal(s.owner.id)},
                       pushes);
    });
}
void group_with_robot(Scene& s) {
    own_group(s);
    s.agent(s.conn);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        groups::invite(session, s.world.house, *groups::find(session, group_id(s)), account_principal(s.user.id),
                       {robot_principal(s.robot.id)}, pushes);
    });
}
void gone_group(Scene& s) {
    own_group(s);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        groups::dissolve(session, s.world.house, *groups::find(session, group_id(s)), account_principal(s.user.id),
                         pushes);
    });
}
// The two have spoken: the owner said two things, which the user has not read.
void spoken_to(Scene& s) {
    s.people();
    s.channel = s.world.ask([&](db::Session& session) {
        return channels::person(session, s.world.house, account_principal(s.user.id), account_principal(s.owner.id));
    });
    for (int i = 0; i < 2; ++i)
        s.channel = s.world.now(s.channel), s.world.say(s.channel, account_principal(s.owner.id), "x");
}

std::string to_owner(const Scene& s) { return R"("channelId":")" + s.owner.uid + R"(","channelType":1)"; }
std::string to_group(const Scene& s) { return R"("channelId":")" + group_id(s) + R"(","channelType":2)"; }
std::string message(const std::string& where, const std::string& no) {
    return "{" + where + R"(,"payload":"aGk=","clientMsgNo":")" + no + "\"}";
}

Answer send(Scene& s, const std::string& where) {
    return s.http("POST /api/v1/im/message/send", "", message(where, "no-" + s.tag));
}
int64_t sent(Scene& s) {
    return s.number("SELECT COUNT(*) FROM messages WHERE sender_type = 0 AND sender_id = ? AND client_no LIKE 'no-%'",
                    {s.user.id});
}
void check_sent(Scene& s, const Answer& answer) {
    const auto value = json::parse(answer.body);
    const std::string id = value && value->find("data") ? value->find("data")->text_or("messageId") : "";
    require(s.number("SELECT COUNT(*) FROM messages WHERE CAST(message_id AS CHAR) = ?", {std::string_view(id)}) == 1,
            "an acknowledged message is not stored under its id");
}
void check_woken(Scene& s, const Answer& answer) {
    check_sent(s, answer);
    require(s.number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ?", {s.robot.id}) == 1,
            "the robot that was spoken to does not hear of it");
}

Answer batch(Scene& s) {
    return s.http("POST /api/v1/im/message/sendbatch", "",
                  "[" + message(to_group(s), "no-1-" + s.tag) + "," + message(to_group(s), "no-2-" + s.tag) + "," +
                      message(to_group(s), "no-3-" + s.tag) + "]");
}

std::string mention(const Scene& s) {
    const std::string payload = R"({"type":1,"content":"hi","mention":{"uids":[")" + s.robot.public_id + R"("]}})";
    return base64(payload);
}

std::string chat(const Scene& s) { return R"({"channel_id":")" + s.owner.uid + R"(","channel_type":1})"; }
int64_t read(Scene& s) {
    return s.number(
        "SELECT read_seq = 2 FROM channel_members WHERE channel_id = ? AND member_type = 0 AND member_id = ?",
        {s.channel.id, s.user.id});
}
int64_t cleared(Scene& s) {
    return s.number(
        "SELECT cleared_seq = 2 FROM channel_members WHERE channel_id = ? AND member_type = 0 AND member_id = ?",
        {s.channel.id, s.user.id});
}

Answer create(Scene& s) {
    return s.http("POST /api/v1/im/channel/create", "", "{" + to_group(s) + R"(,"name":"new"})");
}
int64_t created(Scene& s) {
    const std::string id = group_id(s);
    return s.number("SELECT COUNT(*) FROM channel_groups WHERE public_id = ? AND name = 'new' AND deleted_at IS NULL",
                    {std::string_view(id)});
}
void check_owner(Scene& s, const Answer&) {
    require(s.number("SELECT role FROM channel_members WHERE channel_id = ? AND member_type = 0 AND member_id = ?",
                     {group(s).channel.id, s.user.id}) == 2,
            "a group without its owner");
}

Answer dissolve(Scene& s) { return s.http("POST /api/v1/im/channel/delete", "", "{" + to_group(s) + "}"); }
int64_t dissolved(Scene& s) {
    const std::string id = group_id(s);
    return s.number("SELECT COUNT(*) FROM channel_groups WHERE public_id = ? AND deleted_at IS NOT NULL",
                    {std::string_view(id)});
}
void check_nobody(Scene& s, const Answer&) {
    require(s.number("SELECT COUNT(*) FROM channel_members WHERE channel_id = ?", {group(s).channel.id}) == 0,
            "members of a group that is gone");
}

std::string subscribers(const Scene& s, const std::string& id) {
    return "{" + to_group(s) + R"(,"subscribers":[")" + id + "\"]}";
}
Answer add(Scene& s) { return s.http("POST /api/v1/im/channel/subscriber/add", "", subscribers(s, s.robot.public_id)); }
int64_t added(Scene& s) {
    return s.number("SELECT COUNT(*) FROM channel_members WHERE channel_id = ? AND member_type = 1",
                    {group(s).channel.id});
}
Answer send_away(Scene& s) {
    return s.http("POST /api/v1/im/channel/subscriber/remove", "", subscribers(s, s.owner.uid));
}
int64_t sent_away(Scene& s) {
    return s.number(
        "SELECT COUNT(*) = 0 FROM channel_members WHERE channel_id = ? AND member_type = 0 AND member_id = ?",
        {group(s).channel.id, s.owner.id});
}

// ---- a connection ----------------------------------------------------------------------

std::string session(Scene& s) {
    const auto identity = s.world.services.standing.check(s.world.db, s.world.house, s.access);
    return uplink::seal(s.world.services, {"wukongim", identity.value()});
}
std::string master(Scene& s) {
    const auto identity = s.world.services.standing.check(s.world.db, s.world.house, s.access);
    return sessions::connection_token(s.world.house, identity.value(), true);
}
// A master of the same flag is there.
void a_rival(Scene& s) {
    s.people();
    s.world.ask([&](db::Session& session) {
        outbox::Pushes none;
        presence::Connection rival{"rival-" + s.tag, s.host, "wukongim", account_principal(s.user.id),
                                   "wukongim:a" + std::to_string(s.user.id) + ":1"};
        rival.device = "1:other";
        presence::opened(session, s.world.house, rival, 0, "", none);
    });
}
Answer open(Scene& s) {
    return s.ask("ask.wukongim.open", R"({"v":1,"relay":")" + s.host + R"(","conn":")" + s.conn + R"(","address":")" +
                                          s.address + R"(","query":{"uid":")" + s.user.uid + R"(","token":")" +
                                          master(s) + R"(","deviceFlag":"1","deviceId":"d"}})");
}
int64_t opened(Scene& s) {
    return s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(s.conn)});
}
void check_alone(Scene& s, const Answer&) {
    const std::string rival = "rival-" + s.tag;
    require(s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(rival)}) == 0,
            "two masters of one flag");
}
Answer frames(Scene& s, const std::string& ops) {
    return s.ask("ask.wukongim.frames", R"({"v":1,"conn":")" + s.conn + R"(","session":")" + session(s) +
                                            R"(","n":1,"frames":[)" + ops + "]}");
}
std::string op(const Scene& s, int type, const std::string& channel, const std::string& no,
               const std::string& payload = "aGk=") {
    return R"({"op":"send","ref":"1","type":)" + std::to_string(type) + R"(,"channel":")" + channel +
           R"(","payload":")" + payload + R"(","client_no":")" + no + "-" + s.tag + "\"}";
}
Answer says_two(Scene& s) { return frames(s, op(s, 2, group_id(s), "no-1") + "," + op(s, 2, group_id(s), "no-2")); }
int64_t said_two(Scene& s) { return sent(s) / 2; }
Answer close(Scene& s) {
    return s.ask("ask.wukongim.close", R"({"v":1,"conns":[{"conn":"rival-)" + s.tag + R"(","session":""}]})");
}
int64_t closed(Scene& s) {
    const std::string rival = "rival-" + s.tag;
    return s.number("SELECT COUNT(*) = 0 FROM connections WHERE conn = ?", {std::string_view(rival)});
}

// clang-format off
const Operation kOperations[] = {
    {"POST /api/v1/im/token", people, [](Scene& s) { return s.http("POST /api/v1/im/token", "", "{}"); }, nullptr},
    {"POST /api/v1/im/message/send (to a person)", people, [](Scene& s) { return send(s, to_owner(s)); }, sent, Again::same, false, 200, 200, check_sent},
    {"POST /api/v1/im/message/send (to a robot)", people,
     [](Scene& s) { return send(s, R"("channelId":")" + s.robot.public_id + R"(","channelType":1)"); }, sent, Again::same, false, 200, 200, check_woken},
    {"POST /api/v1/im/message/send (to a group)", own_group, [](Scene& s) { return send(s, to_group(s)); }, sent, Again::same, false, 200, 200, check_sent},
    {"POST /api/v1/im/message/sendbatch", own_group, batch, [](Scene& s) { return sent(s) / 3; }},
    {"POST /api/v1/im/conversation/sync", spoken_to, [](Scene& s) { return s.http("POST /api/v1/im/conversation/sync", "", "{}"); }, nullptr},
    {"POST /api/v1/im/conversations/clearUnread", spoken_to, [](Scene& s) { return s.http("POST /api/v1/im/conversations/clearUnread", "", chat(s)); }, read},
    {"POST /api/v1/im/conversations/delete", spoken_to, [](Scene& s) { return s.http("POST /api/v1/im/conversations/delete", "", chat(s)); }, cleared},
    {"POST /api/v1/im/channel/create", people, create, created, Again::same, false, 200, 200, check_owner},
    {"POST /api/v1/im/channel/create (again)", gone_group, create, created, Again::same, false, 200, 200, check_owner},
    {"POST /api/v1/im/channel/delete", own_group, dissolve, dissolved, Again::same, false, 200, 404, check_nobody},
    {"POST /api/v1/im/channel/delete (a talk)", spoken_to,
     [](Scene& s) { return s.http("POST /api/v1/im/channel/delete", "", "{" + to_owner(s) + "}"); }, cleared},
    {"POST /api/v1/im/channel/subscriber/add", own_group, add, added},
    {"POST /api/v1/im/channel/subscriber/remove", own_group, send_away, sent_away},
    {"ask.wukongim.open", a_rival, open, opened, Again::same, false, 200, 200, check_alone},
    {"ask.wukongim.ready", own_group, [](Scene& s) { return s.ask("ask.wukongim.ready", R"({"v":1,"conn":")" + s.conn + R"(","session":")" + session(s) + R"("})"); }, nullptr},
    {"ask.wukongim.frames (two in one group)", own_group, says_two, said_two},
    {"ask.wukongim.frames (a robot is mentioned)", group_with_robot,
     [](Scene& s) { return frames(s, op(s, 2, group_id(s), "no-1", mention(s))); }, sent, Again::same, false, 200, 200,
     [](Scene& s, const Answer&) { require(s.number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ?", {s.robot.id}) == 1, "it does not hear of it"); }},
    {"ask.wukongim.close", a_rival, close, closed},
    {"ask.core.base", spoken_to, [](Scene& s) { return s.ask("ask.core.base", R"({"v":1,"channel":)" + std::to_string(s.channel.id) + R"(,"to":2,"since":1})"); }, nullptr},
};
// clang-format on

}  // namespace

std::span<const Operation> wukongim_operations() { return kOperations; }

}  // namespace hy::test
