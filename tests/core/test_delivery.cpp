// What is still to be delivered to agents, and to which of them.
#include <boost/test/unit_test.hpp>

#include "core/desk.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_FIXTURE_TEST_CASE(a_talk_sticks_to_its_agent, Desk) {
    agent("a");
    agent("b");
    const auto one = talk("one"), two = talk("two");
    BOOST_TEST(queue(one, "1a"));
    BOOST_TEST(queue(two, "2a"));
    BOOST_TEST(queue(one, "1b"));
    BOOST_TEST(queue(two, "2b"));
    const std::string a = heard("a"), b = heard("b");
    BOOST_TEST((a == "1a 1b " || a == "2a 2b "), a);
    BOOST_TEST((b == "1a 1b " || b == "2a 2b "), b);
    BOOST_TEST(a != b);
    BOOST_TEST(queued() == 4);
    confirm("a", a == "1a 1b " ? one : two, 1);
    BOOST_TEST(queued() == 3);
    confirm("a", a == "1a 1b " ? two : one, 1);  // not its own
    confirm("c", one, 2);
    BOOST_TEST(queued() == 3);
}

BOOST_FIXTURE_TEST_CASE(what_an_agent_leaves_goes_to_the_next_in_order, Desk) {
    const auto c = talk("c");
    agent("a");
    for (const auto* text : {"1", "2", "3"}) queue(c, text);
    BOOST_TEST(heard("a") == "1 2 3 ");
    confirm("a", c, 1);
    agent("b");
    BOOST_TEST(ready("b") == "");
    gone("a");
    BOOST_TEST(heard("b") == "2 3 ");
    gone("b");
    BOOST_TEST(!queue(c, "4"));
    BOOST_TEST(!online());
    agent("d");
    BOOST_TEST(ready("d") == "2 3 4 ");
    BOOST_TEST(heard("d") == "");        // its answer carried them
    BOOST_TEST(ready("d") == "2 3 4 ");  // unconfirmed: again
    for (const int64_t seq : {2, 3, 4}) confirm("d", c, seq);
    BOOST_TEST(ready("d") == "");
    BOOST_TEST(queued() == 0);
}

BOOST_FIXTURE_TEST_CASE(unconfirmed_messages_are_bounded, Desk) {
    const auto c = talk("c");
    agent("a");
    for (int i = 1; i <= 40; ++i) BOOST_TEST(queue(c, std::to_string(i)));
    std::string first, rest;
    for (int i = 1; i <= 32; ++i) first += std::to_string(i) + " ";
    BOOST_TEST(heard("a") == first);
    confirm("a", c, 1);
    BOOST_TEST(heard("a") == "33 ");
    for (int64_t seq = 2; seq <= 33; ++seq) confirm("a", c, seq);
    for (int i = 34; i <= 40; ++i) rest += std::to_string(i) + " ";
    BOOST_TEST(heard("a") == rest);
    BOOST_TEST(queued() == 7);
}

// One answer holds so many bytes; what it leaves out comes as the rest is confirmed.
BOOST_FIXTURE_TEST_CASE(a_long_backlog_comes_in_parts, Desk) {
    const auto c = talk("c");
    for (int i = 1; i <= 8; ++i) queue(c, std::to_string(i) + std::string(60'000, 'x'));
    agent("a");
    const auto firsts = [](const std::string& texts) {
        std::string all;
        for (const auto& text : split(texts, ' '))
            if (!text.empty()) all += text[0];
        return all;
    };
    const std::string first = firsts(ready("a"));
    BOOST_TEST((first.size() >= 4 && first.size() < 8));
    for (size_t seq = 1; seq <= first.size(); ++seq) confirm("a", c, static_cast<int64_t>(seq));
    BOOST_TEST(first + firsts(heard("a")) == "12345678");
}

// A message that nobody handed out, as two transactions may leave it, is found.
BOOST_FIXTURE_TEST_CASE(what_lies_waiting_is_handed_out, Desk) {
    const auto c = talk("c");
    queue(c, "1");
    agent("a");
    const auto waits = [&] { return ask([&](db::Session& s) { return agents::waiting(s, house, bot.id); }); };
    BOOST_TEST(waits());
    act([&](db::Session& s, outbox::Pushes& p) { agents::hand_out(s, house, bot.id, p); });
    BOOST_TEST(heard("a") == "1 ");
    BOOST_TEST(!waits());
}

// Two hosts' clocks made the ids: the later message of a talk has the smaller one.
BOOST_FIXTURE_TEST_CASE(a_talk_goes_by_its_numbers_whatever_the_ids, Desk) {
    const auto c = talk("c"), d = talk("d");
    queue(c, "1");
    queue(c, "2");
    queue(d, "other");
    queue(c, "3");
    const auto swap = [&](const char* table) {
        ask([&](db::Session& s) {
            s.execute(std::string("UPDATE ") + table + " SET message_id = 100 - seq WHERE channel_id = ?", {c.id});
        });
    };
    swap("agent_queue");
    agent("a");
    act([&](db::Session& s, outbox::Pushes& p) { agents::hand_out(s, house, bot.id, p); });
    BOOST_TEST(heard("a") == "1 2 3 other ");
    // And once more to the next one, all at once.
    gone("a");
    agent("b");
    BOOST_TEST(ready("b") == "1 2 3 other ");
}

BOOST_FIXTURE_TEST_CASE(agents_that_end_together_leave_nothing_to_each_other, Desk) {
    agent("stays");
    for (const char* name : {"a", "b", "c"}) agent(name);
    for (const char* name : {"a", "b", "c"}) ready(name);
    std::vector<channels::Channel> talks;
    for (int i = 0; i < 8; ++i) talks.push_back(talk("t" + std::to_string(i)));
    for (const auto& t : talks) queue(t, t.label);
    for (const char* name : {"stays", "a", "b", "c"}) BOOST_TEST(split(heard(name), ' ').size() == 3u, name);
    act([&](db::Session& s, outbox::Pushes& p) { presence::closed(s, house, {conn("a"), conn("b"), conn("c")}, p); });
    for (const char* name : {"a", "b", "c"}) BOOST_TEST(heard(name) == "");
    BOOST_TEST(split(heard("stays"), ' ').size() == 7u);
    BOOST_TEST(number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ? AND conn = ?",
                      {bot.id, std::string_view(conn("stays"))}) == 8);
}

// What was sent often to those who ended is watched for the next one like anything else.
BOOST_FIXTURE_TEST_CASE(a_new_connection_is_watched_from_the_beginning, Desk) {
    const auto c = talk("c");
    queue(c, "1");
    for (int i = 0; i < 6; ++i) {
        agent("a");
        BOOST_TEST(ready("a") == "1 ");
        gone("a");
    }
    agent("b");
    act([&](db::Session& s, outbox::Pushes& p) { agents::hand_out(s, house, bot.id, p); });
    clock.advance(10'001);
    BOOST_TEST(ask([&](db::Session& s) { return agents::stalled(s, house, conn("b")); }));
}

BOOST_FIXTURE_TEST_CASE(robots_for_whom_something_waits_are_found_among_many, Desk) {
    const auto other = robot(owner.id);
    std::vector<int64_t> asked = {bot.id, other.id, -1};
    const auto waits = [&] { return ask([&](db::Session& s) { return agents::waiting(s, house, asked); }); };
    BOOST_TEST(waits().empty());
    const auto c = talk("c");
    for (int i = 0; i < 3; ++i) queue(c, "x");
    BOOST_TEST((waits() == std::vector<int64_t>{bot.id}));
    asked = {other.id};
    BOOST_TEST(waits().empty());
    asked = {};
    BOOST_TEST(waits().empty());
}

BOOST_FIXTURE_TEST_CASE(waiting_has_an_end, Desk) {
    const auto c = talk("c");
    BOOST_TEST(!queue(c, "old"));
    clock.advance(24 * 3'600'000 - 1000);
    BOOST_TEST(!queue(c, "new"));
    clock.advance(2000);
    relay(host);
    agent("a");
    BOOST_TEST(ready("a") == "new ");
    while (ask([&](db::Session& s) { return agents::expire(s, house, 1); }) > 0) {
    }
    BOOST_TEST(queued() == 1);
}

BOOST_FIXTURE_TEST_CASE(the_notice_comes_once_a_minute, Desk) {
    const auto c = talk("c"), d = talk("d");
    const auto due = [&](const channels::Channel& channel) {
        return ask([&](db::Session& s) { return agents::notice_due(s, house, channel.id); });
    };
    BOOST_TEST(due(c));
    BOOST_TEST(!due(c));
    BOOST_TEST(due(d));
    clock.advance(59'999);
    BOOST_TEST(!due(c));
    clock.advance(1);
    BOOST_TEST(due(c));
}

BOOST_FIXTURE_TEST_CASE(a_silent_agent_is_stalled, Desk) {
    const auto c = talk("c");
    agent("a");
    queue(c, "1");
    const auto stalled = [&] { return ask([&](db::Session& s) { return agents::stalled(s, house, conn("a")); }); };
    BOOST_TEST(!stalled());
    clock.advance(10'001);
    BOOST_TEST(stalled());
    confirm("a", c, 1);
    BOOST_TEST(!stalled());
}

// All pushes of a transaction are one row of the outbox, which must not outgrow a packet.
BOOST_FIXTURE_TEST_CASE(what_is_handed_out_at_once_is_bounded_in_bytes, Desk) {
    constexpr int kMessages = 60;
    for (int i = 0; i < kMessages; ++i) queue(talk("c" + std::to_string(i)), std::string(60'000, '\1'));
    for (const auto* name : {"a", "b", "c"}) agent(name);
    const auto hand_out = [&] {
        return act([&](db::Session& s, outbox::Pushes& p) {
            agents::hand_out(s, house, bot.id, p);
            return p.bytes();
        });
    };
    const auto waits = [&] { return ask([&](db::Session& s) { return agents::waiting(s, house, bot.id); }); };
    int rounds = 0;
    for (; waits() && rounds < kMessages; ++rounds) BOOST_TEST(hand_out() < 2u << 20);
    BOOST_TEST(rounds > 5);
    BOOST_TEST(!waits());
    size_t pushed = 0;
    for (const auto& [subject, push] : bus.published()) pushed += subject == "live.robot." + std::to_string(bot.id);
    BOOST_TEST(pushed == size_t{kMessages});
}

BOOST_AUTO_TEST_SUITE_END()
