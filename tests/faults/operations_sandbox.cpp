// What is written at the fifth door.
#include <stdexcept>

#include "core/presence.h"
#include "core/sandbox_talks.h"
#include "faults/operations.h"
#include "sandbox/keys.h"
#include "uplink/session.h"

namespace hy::test {

namespace {

void people(Scene& s) { s.people(); }
// A friend, a group with a member, and the robot, which is bound.
void furnished(Scene& s) {
    s.people();
    s.world.ask([&](db::Session& session) {
        const House& house = s.world.house;
        sandbox::make_friend(session, house, s.user.id, {0, "f1", "friend", "a", "male", true});
        sandbox::make_group(session, house, s.user.id, {0, "g1", "group", ""});
        sandbox::add_member(session, house, s.user.id, "g1",
                            {{0, "m1", "member", "", "male", false}, "member", "", ""});
    });
    s.execute("UPDATE robots SET owner_id = ? WHERE id = ?", {s.user.id, s.robot.id});
    s.execute("UPDATE sandboxes SET robot_id = ? WHERE account_id = ?", {s.robot.id, s.user.id});
}
Answer post(Scene& s, const std::string& path, const std::string& body) {
    return s.http("POST /api/v1/sandbox/" + path, "", body);
}
std::string said(const Scene& s) {
    return R"({"subEvent":"friend","contact":{"peer":"f1"},"sender":{"userId":"f1"},"elements":[{"type":"text","text":"hi"}],"eventId":"e-)" +
           s.tag + "\"}";
}
void spoken(Scene& s) {
    furnished(s);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        sandbox::Report report;
        report.peer = "f1";
        report.event = R"({"elements":[{"type":"text","text":"hi"}]})";
        report.content.text = "hi";
        sandbox::report(session, s.world.house, s.user.id, report, pushes);
    });
}
std::string key(const Scene& s) { return sandbox::key_of(s.world.house, s.user.id, 1); }
Answer opens(Scene& s) {
    return s.ask("ask.sandbox.open", R"({"v":1,"conn":")" + s.conn + R"(","relay":")" + s.host +
                                         R"(","address":"::1","query":{"authorization":")" + key(s) + "\"}}");
}
void connected(Scene& s) {
    furnished(s);
    s.noted = opens(s).text("session");
}
// The relay asks every few seconds; a bench whose owner stands is not sent away then.
void still_stands(Scene&, const Answer& answer) {
    if (answer.body.find("close") != std::string::npos) throw std::runtime_error("a bench was closed: " + answer.body);
}
uplink::Session bench(const Scene& s) {
    uplink::Session session{"sandbox", {}, 0, {}, key(s)};
    session.identity.principal = account_principal(s.user.id);
    return session;
}
void there(Scene& s) {
    furnished(s);
    s.world.ask([&](db::Session& session) {
        outbox::Pushes none;
        presence::opened(session, s.world.house, {s.conn, s.host, "sandbox", account_principal(s.user.id)}, 0, "",
                         none);
    });
}
#define HY_COUNT(sql) [](Scene& s) { return s.number(sql, {s.user.id}); }

// clang-format off
#define HY_ASK(path, body) [](Scene& s) { (void)s; return post(s, path, body); }
const Operation kOperations[] = {
    {"POST /api/v1/sandbox/url", people, HY_ASK("url", R"({"renew":true})"), HY_COUNT("SELECT COALESCE(MAX(key_ver) - 1, 0) FROM sandboxes WHERE account_id = ?"), Again::more},
    {"POST /api/v1/sandbox/self", furnished, HY_ASK("self", ""), nullptr},
    {"POST /api/v1/sandbox/self/update", people, HY_ASK("self/update", R"({"nick":"new"})"), HY_COUNT("SELECT COUNT(*) FROM sandboxes WHERE account_id = ? AND nick = 'new'")},
    {"POST /api/v1/sandbox/self/bind", furnished, HY_ASK("self/bind", R"({"robotId":""})"), HY_COUNT("SELECT COUNT(*) FROM sandboxes WHERE account_id = ? AND robot_id IS NULL")},
    {"POST /api/v1/sandbox/friend/create", people, HY_ASK("friend/create", R"({"id":"f2","nick":"n","avatar":"a"})"), HY_COUNT("SELECT COUNT(*) FROM sandbox_people WHERE account_id = ? AND is_friend = 1")},
    {"POST /api/v1/sandbox/friend/list", furnished, HY_ASK("friend/list", ""), nullptr},
    {"POST /api/v1/sandbox/friend/delete", furnished, HY_ASK("friend/delete", R"({"id":"f1"})"), HY_COUNT("SELECT COUNT(*) FROM sandbox_people WHERE account_id = ? AND public_id = 'f1' AND is_friend = 0"), Again::same, false, 200, 404},
    {"POST /api/v1/sandbox/friend/update", furnished, HY_ASK("friend/update", R"({"userId":"f1","nick":"new"})"), HY_COUNT("SELECT COUNT(*) FROM sandbox_people WHERE account_id = ? AND nick = 'new'")},
    {"POST /api/v1/sandbox/group/create", people, HY_ASK("group/create", R"({"groupId":"g2","name":"n","member":{"userId":"m2"}})"), HY_COUNT("SELECT COUNT(*) DIV 2 FROM sandbox_members m JOIN sandbox_groups g ON g.id = m.group_id WHERE g.account_id = ?")},
    {"POST /api/v1/sandbox/group/list", furnished, HY_ASK("group/list", ""), nullptr},
    {"POST /api/v1/sandbox/group/delete", furnished, HY_ASK("group/delete", R"({"id":"g1"})"), HY_COUNT("SELECT COUNT(*) = 0 FROM sandbox_groups WHERE account_id = ?"), Again::same, false, 200, 404},
    {"POST /api/v1/sandbox/group/update", furnished, HY_ASK("group/update", R"({"groupId":"g1","name":"new"})"), HY_COUNT("SELECT COUNT(*) FROM sandbox_groups WHERE account_id = ? AND name = 'new'")},
    {"POST /api/v1/sandbox/group/member/list", furnished, HY_ASK("group/member/list", R"({"groupId":"g1"})"), nullptr},
    {"POST /api/v1/sandbox/group/member/create", furnished, HY_ASK("group/member/create", R"({"groupId":"g1","userId":"f1"})"), HY_COUNT("SELECT COUNT(*) DIV 3 FROM sandbox_members m JOIN sandbox_groups g ON g.id = m.group_id WHERE g.account_id = ?")},
    {"POST /api/v1/sandbox/group/member/delete", furnished, HY_ASK("group/member/delete", R"({"groupId":"g1","userId":"m1"})"), HY_COUNT("SELECT COUNT(*) = 1 FROM sandbox_members m JOIN sandbox_groups g ON g.id = m.group_id WHERE g.account_id = ?"), Again::same, false, 200, 404},
    {"POST /api/v1/sandbox/group/member/update", furnished, HY_ASK("group/member/update", R"({"groupId":"g1","userId":"m1","card":"new"})"), HY_COUNT("SELECT COUNT(*) FROM sandbox_members m JOIN sandbox_groups g ON g.id = m.group_id WHERE g.account_id = ? AND m.card = 'new'")},
    {"POST /api/v1/sandbox/webhook", furnished, HY_ASK("webhook", said(s)), HY_COUNT("SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.kind = 5 AND c.account_id = ?")},
    {"POST /api/v1/sandbox/msg/list", spoken, HY_ASK("msg/list", R"({"type":"friend","targetId":"f1"})"), nullptr},
    {"POST /api/v1/sandbox/msg/recall", spoken, [](Scene& s) { return post(s, "msg/recall", R"({"messageId":")" + std::to_string(s.number("SELECT m.message_id FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.kind = 5 AND c.account_id = ?", {s.user.id})) + "\"}"); }, HY_COUNT("SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.kind = 5 AND c.account_id = ? AND m.recalled_at IS NOT NULL")},
    {"ask.sandbox.open", furnished, [](Scene& s) { return opens(s); }, HY_COUNT("SELECT COUNT(*) FROM connections WHERE door = 'sandbox' AND principal_id = ?"), Again::same, true},
    {"ask.core.heads (a bench)", connected, [](Scene& s) { return s.ask("ask.core.heads", R"({"v":1,"relay":")" + s.host + R"(","channels":[],"sessions":[{"conn":")" + s.conn + R"(","session":")" + s.noted + R"(","since":1}]})"); }, nullptr, Again::same, false, 200, 200, still_stands},
    {"ask.sandbox.ready", there, [](Scene& s) { return s.ask("ask.sandbox.ready", R"({"v":1,"conn":")" + s.conn + R"(","session":")" + uplink::seal(s.services, bench(s)) + "\"}"); }, nullptr},
    {"ask.sandbox.close", there, [](Scene& s) { return s.ask("ask.sandbox.close", R"({"v":1,"conns":[{"conn":")" + s.conn + R"(","session":""}]})"); }, HY_COUNT("SELECT COUNT(*) = 0 FROM connections WHERE principal_id = ?")},
};
#undef HY_ASK
#undef HY_COUNT
// clang-format on

}  // namespace

std::span<const Operation> sandbox_operations() { return kOperations; }

}  // namespace hy::test
