// What is written on a stream, as the relay asks for it; and what jobs write.
#include <stdexcept>

#include "core/activation.h"
#include "core/agents.h"
#include "core/erasure.h"
#include "core/groups.h"
#include "core/history.h"
#include "faults/operations.h"
#include "json/value.h"

namespace hy::test {

namespace {

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

void people(Scene& s) { s.people(); }

void open_talk(Scene& s) {
    s.people();
    s.talk("c1");
}

void with_agent(Scene& s) {
    s.people();
    s.agent(s.conn);
    s.talk("c1");
}

void with_queue(Scene& s) {
    s.people();
    s.talk("c1", 2);
    s.agent(s.conn);
}

// Two agents; the first has two messages, the second can take them over.
void two_agents(Scene& s) {
    s.people();
    s.agent(s.conn);
    s.talk("c1", 2);
    s.agent("other-" + s.tag);
}

std::string say(const std::string& no, const std::string& more = R"(,"conversation":"c1")") {
    return R"({"op":"say","text":"hello","client_no":")" + no + R"(","own_no":true)" + more + "}";
}

// ---- messages -------------------------------------------------------------------------

int64_t said(Scene& s) {
    return s.number(
        "SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id"
        " WHERE c.robot_id = ? AND m.client_no LIKE 'no-%'",
        {s.robot.id});
}

// The acknowledged id is the stored one; who is asked, waits for it; who is online, was told.
void check_said(Scene& s, const Answer& answer) {
    const auto value = json::parse(answer.body);
    const json::Value* out = value ? value->find("out") : nullptr;
    int64_t acknowledged = 0;
    require(out && out->array(), "an answer without out");
    for (const auto& op : *out->array()) {
        if (op.text_or("op") != "ack") continue;
        const std::string no = op.text_or("client_no");
        require(s.number("SELECT COUNT(*) FROM messages WHERE client_no = ? AND CONCAT('msg_', message_id) = ?",
                         {std::string_view(no), std::string_view(op.text_or("id"))}) == 1,
                "an acknowledged message is not stored under its id");
        ++acknowledged;
    }
    require(acknowledged == said(s), "not everything that was stored was acknowledged");
    require(s.number("SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id LEFT JOIN agent_queue q"
                     " ON q.channel_id = m.channel_id AND q.seq = m.seq WHERE c.robot_id = ? AND m.sender_type = 0"
                     " AND q.seq IS NULL",
                     {s.robot.id}) == 0,
            "a message for the agent does not wait for it");
}

Answer user_says(Scene& s) { return s.frames(false, say("no-" + s.tag)); }

void with_file(Scene& s) {
    open_talk(s);
    s.noted = "k" + std::string(31 - s.tag.size(), 'x') + s.tag;
    s.execute(
        "INSERT INTO files (file_key, owner_type, owner_id, name, mime, size, created_at)"
        " VALUES (?, 0, ?, 'a.txt', 'text/plain', 5, 1)",
        {std::string_view(s.noted), s.user.id});
}

void deleted_talk(Scene& s) {
    s.people();
    s.talk("c1", 2);
    s.world.ask([&](db::Session& session) {
        conversations::remove(session, s.world.house, conversations::owned(session, s.user.id, "c1"));
    });
}

void talk_with_words(Scene& s) {
    s.people();
    s.talk("c1", 1);
}

// ---- connections ----------------------------------------------------------------------

Answer open_user(Scene& s) {
    return s.ask("ask.ocms.open", R"({"v":1,"relay":")" + s.host + R"(","conn":")" + s.conn + R"(","address":")" +
                                      s.address + R"(","query":{"token":")" + s.access + R"(","robotId":")" +
                                      s.robot.public_id + R"("},"headers":{}})");
}
Answer open_agent(Scene& s) {
    return s.ask("ask.ocms.open", R"({"v":1,"relay":")" + s.host + R"(","conn":")" + s.conn + R"(","address":")" +
                                      s.address + R"(","query":{"apiKey":")" + s.key + R"("},"headers":{}})");
}
int64_t opened(Scene& s) {
    return s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(s.conn)});
}

Answer ready(Scene& s, const std::string& session) {
    return s.ask("ask.ocms.ready", R"({"v":1,"conn":")" + s.conn + R"(","session":")" + session + R"("})");
}
int64_t given(Scene& s) {
    return s.number("SELECT COUNT(*) = 2 FROM agent_queue WHERE robot_id = ? AND conn = ?",
                    {s.robot.id, std::string_view(s.conn)});
}
void check_pending(Scene&, const Answer& answer) {
    const auto value = json::parse(answer.body);
    const json::Value* pending = value ? value->find("pending") : nullptr;
    require(pending && pending->array() && pending->array()->size() == 2, "what waits was not handed out");
}

// Five messages, of which the agent was given three: the others follow what it confirms.
void long_queue(Scene& s) {
    s.people();
    s.agent(s.conn);
    s.talk("c1", 5);
    s.execute("UPDATE agent_queue SET conn = NULL, sent_at = NULL WHERE robot_id = ? AND seq > 3", {s.robot.id});
}
std::string confirmed(const Scene& s, const std::string& numbers) {
    std::string items;
    for (const char seq : numbers)
        items += (items.empty() ? "[" : ",[") + std::to_string(s.channel.id) + "," + seq + "]";
    return "[" + items + "]";
}
Answer told(Scene& s, const char* subject, const std::string& session, const std::string& numbers) {
    return s.ask(subject, R"({"v":1,"conns":[{"conn":")" + s.conn + R"(","session":")" + session + R"(","confirmed":)" +
                              confirmed(s, numbers) + "}]}");
}
Answer agent_confirms(Scene& s) { return told(s, "ask.ocms.confirm", s.agent_session(), "123"); }
int64_t agent_confirmed(Scene& s) {
    return s.number("SELECT SUM(seq <= 3) = 0 FROM agent_queue WHERE robot_id = ?", {s.robot.id});
}

Answer user_confirms(Scene& s) { return told(s, "ask.ocms.confirm", s.user_session(), "1"); }
int64_t user_confirmed(Scene& s) {
    return s.number("SELECT delivered_seq FROM channel_members WHERE channel_id = ? AND member_type = 0",
                    {s.channel.id});
}

Answer close(Scene& s) { return told(s, "ask.ocms.close", s.agent_session(), "1"); }
int64_t closed(Scene& s) { return 1 - opened(s); }
void check_taken_over(Scene& s, const Answer&) {
    require(s.number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ? AND conn = ?",
                     {s.robot.id, std::string_view("other-" + s.tag)}) == 1,
            "the other agent did not get what was left");
}

// The relay was cut off: it names one connection that the house does not know, and not the other's.
Answer reconcile(Scene& s) {
    return s.ask("ask.core.relay", R"({"v":1,"relay":")" + s.host + R"(","name":"name-)" + s.host +
                                       R"(","started":1,"connections":1,"list":["other-)" + s.tag + R"(","unknown"]})");
}

// What came just now is not taken for gone.
void two_agents_of_before(Scene& s) {
    two_agents(s);
    s.execute("UPDATE connections SET opened_at = opened_at - 60000 WHERE relay_id = ?", {s.host});
}

// Somebody else's transaction left a message lying: no agent has it, though one is there.
void left_lying(Scene& s) {
    with_agent(s);
    s.talk("c1", 2);
    s.execute("UPDATE agent_queue SET conn = NULL, sent_at = NULL WHERE robot_id = ?", {s.robot.id});
}
Answer heads(Scene& s) {
    return s.ask("ask.core.heads", R"({"v":1,"relay":")" + s.host + R"(","channels":[)" + std::to_string(s.channel.id) +
                                       R"(],"sessions":[{"conn":")" + s.conn + R"(","session":")" + s.agent_session() +
                                       R"(","since":0}]})");
}
Answer range(Scene& s) {
    return s.ask("ask.core.range", R"({"v":1,"relay":")" + s.host + R"(","channel":)" + std::to_string(s.channel.id) +
                                       R"(,"from":1,"to":2})");
}

// ---- jobs -----------------------------------------------------------------------------

void unpublished(Scene& s) {
    s.people();
    s.talk("c1", 3);
    s.publishes = true;
    s.world.clock.advance(s.config.outbox.after_ms + 1000);
}
int64_t published(Scene& s) { return s.number("SELECT COUNT(*) = 0 FROM outbox"); }

void dead_relay(Scene& s) {
    two_agents(s);
    s.world.clock.advance((s.config.relay.lease_seconds + 1) * 1000);
    // A process that has just found its database waits a lease.
    s.config.relay.lease_seconds = 0;
}
int64_t relay_ended(Scene& s) {
    return s.number("SELECT COUNT(*) = 0 FROM relays WHERE id = ?", {std::string_view(s.host)});
}

void expired(Scene& s) {
    talk_with_words(s);
    s.world.clock.advance((s.config.robots.pending_hours + 1) * 3'600'000);
}
int64_t queue_empty(Scene& s) {
    return s.number("SELECT COUNT(*) = 0 FROM agent_queue WHERE robot_id = ?", {s.robot.id});
}

void settled(Scene& s) {
    s.people();
    s.channel = s.world.ask([&](db::Session& session) {
        return channels::person(session, s.world.house, account_principal(s.user.id), account_principal(s.owner.id));
    });
    s.world.say(s.channel, account_principal(s.owner.id), "words to be found");
    s.world.clock.advance(61'000);
}
int64_t written_down(Scene& s) {
    return s.number("SELECT COUNT(*) / 4 FROM message_terms WHERE channel_id = ?", {s.channel.id});
}

void hidden(Scene& s) {
    s.people();
    s.talk("c2", 3);
    s.world.ask([&](db::Session& session) { history::clear(session, s.user.id); });
    s.talk("c1", 2);
    s.world.ask([&](db::Session& session) {
        conversations::remove(session, s.world.house, conversations::owned(session, s.user.id, "c1"));
    });
}
// Somebody who leaves a talk, a robot, and a group that goes on behind.
void leaving(Scene& s) {
    s.people();
    s.talk("c1", 2);
    s.world.robot(s.user.id);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        const House& house = s.world.house;
        const auto group = groups::create(session, house, "g" + s.tag, {"g", ""}, account_principal(s.user.id), pushes);
        groups::invite(session, house, group, account_principal(s.user.id), {account_principal(s.owner.id)}, pushes);
    });
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        erasure::begin(session, s.world.house, s.user.id, "account.1", pushes);
    });
}
int64_t erased(Scene& s) {
    return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND status = 2 AND erased = 1", {s.user.id});
}
Answer until_done(Scene& s, const char* chore) {
    Answer answer;
    do answer = s.chore(chore);
    while (answer.status == 200 && answer.body != "0");
    return answer;
}
// Five seconds after it failed.
Answer erase(Scene& s) {
    s.world.clock.advance(6000);
    return until_done(s, "accounts");
}

int64_t forgotten(Scene& s) { return s.number("SELECT COUNT(*) = 0 FROM ocms_log WHERE account_id = ?", {s.user.id}); }
// Until nothing is left to do, as the loop does it.
Answer forget(Scene& s) { return until_done(s, "history"); }

void both_cleared(Scene& s) {
    s.people();
    s.talk("c1", 3);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        history::clear(session, s.user.id);
        robots::remove(session, s.world.house, s.robot, pushes);
    });
}
int64_t cleared_gone(Scene& s) {
    return s.number("SELECT COUNT(*) = 0 FROM messages WHERE channel_id = ?", {s.channel.id});
}

// A device's code has run out.
void code_due(Scene& s) {
    s.people();
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        const auto code = activation::generate(session, s.world.house, 1, 1, s.user.id).front().code;
        activation::activate(session, s.world.house, code, "device-" + s.tag, "{}", pushes);
    });
    s.world.clock.advance(86'400'000);
}
int64_t code_expired(Scene& s) {
    return s.number("SELECT COUNT(*) FROM activation_codes WHERE account_id = ? AND status = 2", {s.user.id});
}

// clang-format off
const Operation kStream[] = {
    {"ask.ocms.open (a user)", people, open_user, opened, Again::same, true},
    {"ask.ocms.open (an agent)", people, open_agent, opened, Again::same, true},
    {"ask.ocms.ready (an agent)", with_queue, [](Scene& s) { return ready(s, s.agent_session()); }, given, Again::same, false, 200, 200, check_pending},
    {"ask.ocms.ready (a user)", talk_with_words, [](Scene& s) { return ready(s, s.user_session()); }, nullptr},
    {"ask.ocms.frames (a user says, no agent is there)", open_talk, user_says, said, Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user says to an agent)", with_agent, user_says, said, Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user says to a new talk)", people, user_says, said, Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user says to a deleted talk)", deleted_talk, user_says, said, Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user says in default)", people, [](Scene& s) { return s.frames(false, say("no-" + s.tag, "")); }, said,
     Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user sends a file)", with_file,
     [](Scene& s) { return s.frames(false, say("no-" + s.tag, R"(,"conversation":"c1","file":"/ocms/files/)" + s.noted + R"(/a.txt")")); },
     said, Again::same, false, 200, 200, check_said},
    {"ask.ocms.frames (a user says two things)", with_agent,
     [](Scene& s) { return s.frames(false, say("no-1-" + s.tag) + "," + say("no-2-" + s.tag)); },
     [](Scene& s) { return said(s) / 2; }, Again::same, true, 200, 200, check_said},
    {"ask.ocms.frames (an agent says)", talk_with_words, [](Scene& s) { return s.frames(true, say("no-" + s.tag)); }, said,
     Again::same, false, 200, 200, check_said},
    {"ask.ocms.confirm (an agent)", long_queue, agent_confirms, agent_confirmed, Again::same, true},
    {"ask.ocms.confirm (a user)", talk_with_words, user_confirms, user_confirmed, Again::same},
    {"ask.ocms.close (an agent)", two_agents, close, closed, Again::same, true, 200, 200, check_taken_over},
    {"ask.core.relay (after a time away)", two_agents_of_before, reconcile, closed},
    {"ask.core.heads (an agent with something left lying)", left_lying, heads, given, Again::same, true, 200, 200, nullptr, true},
    {"ask.core.range", talk_with_words, range, nullptr},
};
const Operation kChores[] = {
    {"chore outbox", unpublished, [](Scene& s) { return s.chore("outbox"); }, published, Again::same, true},
    {"chore relays", dead_relay, [](Scene& s) { return s.chore("relays"); }, relay_ended, Again::same, true},
    {"chore agent_queue", expired, [](Scene& s) { return s.chore("agent_queue"); }, queue_empty, Again::same, true},
    {"chore codes", code_due, [](Scene& s) { return s.chore("codes"); }, code_expired, Again::same},
    {"chore history", hidden, forget, forgotten, Again::same, true},
    {"chore accounts", leaving, erase, erased, Again::same, true},
    {"chore words", settled, [](Scene& s) { return s.chore("words"); }, written_down, Again::same},
    {"chore old", both_cleared, [](Scene& s) { return s.chore("old"); }, cleared_gone, Again::same, true},
};
// clang-format on

}  // namespace

std::span<const Operation> stream_operations() { return kStream; }
std::span<const Operation> chore_operations() { return kChores; }

std::vector<const Operation*> operations() {
    std::vector<const Operation*> all;
    for (const auto& list :
         {http_operations(), workbot_operations(), wecom_operations(), wukongim_operations(), openim_operations(),
          openim_sdk_operations(), sandbox_operations(), stream_operations(), chore_operations()})
        for (const Operation& operation : list) all.push_back(&operation);
    return all;
}

}  // namespace hy::test
