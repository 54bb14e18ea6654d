// What is still to be delivered, and to whom: presence, agents, the outbox.
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "core/agents.h"
#include "json/value.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Desk : World {
    Desk()
        : user(account("user")),
          owner(account("owner")),
          bot(robot(owner.id)),
          tag(random_text(8)),
          host("relay-" + tag) {
        relay(host);
    }
    channels::Channel talk(const std::string& id) {
        return ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, id); });
    }
    // The user's message, queued; whether an agent is there.
    bool queue(const channels::Channel& channel, const std::string& text) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            messages::Draft draft;
            draft.sender = account_principal(user.id);
            draft.content.text = text;
            return agents::enqueue(s, house, channel, messages::append(s, house, channel, draft, p).message, draft, p);
        });
    }
    void agent(const std::string& name) { connect(conn(name), host, robot_principal(bot.id)); }
    void gone(const std::string& name) {
        act([&](db::Session& s, outbox::Pushes& p) { presence::closed(s, house, {conn(name)}, p); });
    }
    std::string conn(const std::string& name) const { return name + "-" + tag; }
    std::string texts_of(const std::vector<std::string>& pushes) {
        std::string all;
        for (const auto& push : pushes) all += json::parse(push)->find("content")->text_or("text") + " ";
        return all;
    }
    std::string ready(const std::string& name) {
        return texts_of(
            act([&](db::Session& s, outbox::Pushes& p) { return agents::ready(s, house, bot.id, conn(name), p); }));
    }
    void confirm(const std::string& name, const channels::Channel& channel, int64_t seq) {
        act([&](db::Session& s, outbox::Pushes& p) {
            agents::confirm(s, bot.id, conn(name), {{channel.id, seq}}), agents::hand_out(s, house, bot.id, p);
        });
    }
    // What was pushed to that agent's connection since the last look.
    std::string heard(const std::string& name) {
        std::vector<std::string> mine;
        const auto all = bus.published();
        for (size_t i = seen[name]; i < all.size(); ++i)
            if (all[i].first == "live.robot." + std::to_string(bot.id) &&
                json::parse(all[i].second)->text_or("conn") == conn(name))
                mine.push_back(all[i].second);
        seen[name] = all.size();
        return texts_of(mine);
    }
    int64_t queued() { return number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ?", {bot.id}); }
    bool online() {
        return ask([&](db::Session& s) { return agents::online(s, house, bot.id); });
    }
    accounts::Account user, owner;
    robots::Robot bot;
    std::string tag, host;
    std::map<std::string, size_t> seen;
};

}  // namespace

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

BOOST_FIXTURE_TEST_CASE(a_lease_runs_out, Desk) {
    const auto c = talk("c");
    agent("a");
    queue(c, "1");
    BOOST_TEST(online());
    clock.advance(14'999);
    BOOST_TEST(online());
    clock.advance(2);
    BOOST_TEST(!online());
    BOOST_TEST(!queue(c, "2"));
    presence::sweep(db, house, services.publisher);
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM relays WHERE id = ?", {std::string_view(host)}) == 0);
    relay(host);
    agent("b");
    BOOST_TEST(ready("b") == "1 2 ");
}

BOOST_FIXTURE_TEST_CASE(a_new_epoch_ends_the_old_one, Desk) {
    const auto beat = [&](const std::string& id, int64_t started) {
        ask([&](db::Session& s) { presence::heartbeat(s, house, id, "n-" + tag, started, 3); });
    };
    beat("old-" + tag, 10);
    connect(conn("u"), "old-" + tag, account_principal(user.id));
    const auto there = [&](const std::string& door) {
        return ask([&](db::Session& s) { return presence::online(s, house, account_principal(user.id), door); });
    };
    BOOST_TEST(there(""));
    BOOST_TEST(there("ocms"));
    BOOST_TEST(!there("openim"));
    beat("new-" + tag, 20);
    BOOST_TEST(!there(""));
    connect(conn("v"), "new-" + tag, account_principal(user.id));
    BOOST_TEST(there(""));
}

BOOST_FIXTURE_TEST_CASE(an_exclusive_login_ends_the_older_one, Desk) {
    const std::string key = "device:" + tag;
    connect(conn("a"), host, robot_principal(bot.id), key);
    connect(conn("a"), host, robot_principal(bot.id), key);  // the same open, repeated
    BOOST_TEST(bus.count("ctl.conn." + host) == 0u);
    connect(conn("b"), host, robot_principal(bot.id), key);
    BOOST_TEST(bus.count("ctl.conn." + host) == 1u);
    BOOST_TEST(json::parse(bus.published().back().second)->text_or("conn") == conn("a"));
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(conn("a"))}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(conn("b"))}) == 1);
}

// Both look before either has written: the loser must still be told.
BOOST_FIXTURE_TEST_CASE(two_exclusive_logins_at_once, Desk) {
    const std::string key = "device:" + tag;
    std::atomic<int> looked{0};
    together(2, [&](int i) {
        bool first = true;
        act([&](db::Session& s, outbox::Pushes& p) {
            WatchedSession watched(s, [&](std::string_view sql) {
                if (!first || sql.find("exclusive = ? FOR UPDATE") == std::string_view::npos) return;
                first = false;
                ++looked;
                while (looked < 2) std::this_thread::yield();
            });
            presence::opened(watched, house, {conn(i ? "b" : "a"), host, "ocms", robot_principal(bot.id), key}, 1008,
                             "elsewhere", p);
        });
    });
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE exclusive = ?", {std::string_view(key)}) == 1);
    BOOST_TEST(bus.count("ctl.conn." + host) == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_relay_that_was_cut_off_names_its_connections, Desk) {
    for (const auto* name : {"a", "b"}) connect(conn(name), host, account_principal(user.id));
    const auto unknown = act([&](db::Session& s, outbox::Pushes& p) {
        return presence::reconcile(s, house, host, {conn("b"), conn("z")}, p);
    });
    BOOST_TEST((unknown == std::vector<std::string>{conn("z")}));
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 1);
}

BOOST_FIXTURE_TEST_CASE(many_connections_end_at_once, World) {
    const std::string host = "many." + std::to_string(clock.now_ms());
    relay(host);
    const auto user = account();
    const auto bot = robot(user.id);
    for (const size_t count : {1u, 2u, 3u, 5u, 7u, 450u}) {
        std::vector<std::string> conns;
        for (size_t i = 0; i < count; ++i) {
            conns.push_back(host + ":" + std::to_string(i));
            connect(conns.back(), host, i % 50 == 3 ? robot_principal(bot.id) : account_principal(user.id));
        }
        act([&](db::Session& s, outbox::Pushes& p) { presence::closed(s, house, conns, p); });
        BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 0);
    }
}

BOOST_FIXTURE_TEST_CASE(outbox_rows_come_and_go_with_their_transaction, World) {
    bus.flushes = false;
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    const auto depth = [&] { return ask([](db::Session& s) { return outbox::depth(s); }); };
    BOOST_CHECK_THROW(act([&](db::Session& s, outbox::Pushes& p) {
                          p.add("live.x", "{}");
                          outbox::store(s, house, p);
                          throw Error(Fault::forbidden, "no");
                      }),
                      Error);
    BOOST_TEST(depth() == 0);
    BOOST_TEST(bus.published().empty());
    act([&](db::Session&, outbox::Pushes&) {});
    BOOST_TEST(depth() == 0);
    bus.up = false;  // NATS is away: the row stays
    act([&](db::Session&, outbox::Pushes& p) { p.add("live.x", "1"), p.add("live.y", "2"); });
    act([&](db::Session&, outbox::Pushes& p) { p.add("live.x", "3"); });
    BOOST_TEST(depth() == 2);
    const auto sweep = [&] { return outbox::sweep(db, bus, config, clock); };
    BOOST_TEST(sweep() == 0u);
    bus.up = true;
    BOOST_TEST(sweep() == 0u);  // too young
    clock.advance(2001);
    BOOST_TEST(sweep() == 0u);  // published, but nobody knows whether it arrived
    BOOST_TEST(depth() == 2);
    BOOST_TEST(bus.published().size() == 3u);
    bus.flushes = true;
    BOOST_TEST(sweep() == 2u);
    BOOST_TEST(depth() == 0);
    const auto all = bus.published();
    BOOST_REQUIRE(all.size() == 6u);
    BOOST_TEST(all[3].second + all[4].second + all[5].second == "123");
    BOOST_TEST(all[4].first == "live.y");
}

BOOST_FIXTURE_TEST_CASE(the_publisher_deletes_what_arrived, World) {
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    outbox::Pushes pushes;
    {
        outbox::Publisher publisher(db, bus);
        for (int i = 0; i < 700; ++i) {
            db.transaction([&](db::Session& s) {
                pushes = {};
                pushes.add("live.z", std::to_string(i));
                outbox::store(s, house, pushes);
            });
            publisher.publish(pushes);
        }
    }
    BOOST_TEST(ask([](db::Session& s) { return outbox::depth(s); }) == 0);
    BOOST_TEST(bus.count("live.z") == 700u);
}

BOOST_FIXTURE_TEST_CASE(what_may_be_lost_on_its_way_is_published_again, World) {
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    const auto depth = [&] { return ask([](db::Session& s) { return outbox::depth(s); }); };
    outbox::Pushes pushes;
    {
        // NATS comes back between the publish and its flush.
        outbox::Publisher publisher(db, bus);
        db.transaction([&](db::Session& s) {
            pushes.add("live.lost", "1");
            outbox::store(s, house, pushes);
        });
        bus.on_flush = [&] { ++bus.epochs; };
        publisher.publish(pushes);
    }
    BOOST_TEST(depth() == 1);
    clock.advance(2001);
    BOOST_TEST(outbox::sweep(db, bus, config, clock) == 0u);
    BOOST_TEST(depth() == 1);
    bus.on_flush = {};
    BOOST_TEST(outbox::sweep(db, bus, config, clock) == 1u);
    BOOST_TEST(depth() == 0);
    BOOST_TEST(bus.count("live.lost") == 3u);
}

BOOST_FIXTURE_TEST_CASE(the_real_bell_rings, World) {
    const char* url = std::getenv("HONGYAN_TEST_NATS_URL");
    BOOST_REQUIRE(url);
    config.nats.url = url;
    const auto real = bus::connect(config, "core-test");
    std::mutex mutex;
    std::condition_variable heard;
    std::vector<std::string> got;
    const std::string subject = "live.account." + std::to_string(account().id);
    for (int i = 0; i < 500 && !real->connected(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    BOOST_REQUIRE(real->connected());
    const auto subscription = real->subscribe(subject, [&](const bus::Message& m) {
        const std::lock_guard lock(mutex);
        got.emplace_back(m.data);
        heard.notify_all();
    });
    BOOST_TEST(real->flush(2000));
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    bus.up = false;
    for (const auto* text : {"1", "2", "3"}) act([&](db::Session&, outbox::Pushes& p) { p.add(subject, text); });
    clock.advance(2001);
    BOOST_TEST(outbox::sweep(db, *real, config, clock) == 3u);
    std::unique_lock lock(mutex);
    BOOST_TEST(heard.wait_for(lock, std::chrono::seconds(5), [&] { return got.size() == 3; }));
    BOOST_TEST((got == std::vector<std::string>{"1", "2", "3"}));
    lock.unlock();
}

BOOST_AUTO_TEST_SUITE_END()
