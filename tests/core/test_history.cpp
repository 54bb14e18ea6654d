// The account's history, page by page.
#include <boost/test/unit_test.hpp>

#include <random>

#include "core/history.h"
#include "core/talk.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(pages)

// Against a model that is plainly right.
BOOST_FIXTURE_TEST_CASE(history_is_exact, Talk) {
    std::mt19937 random(20240213);
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<channels::Channel> talks = {channel, resolve(user.id, "t1"), resolve(user.id, "t2")};
    std::vector<std::pair<size_t, uint64_t>> model;  // talk and message, oldest first
    const auto check = [&] {
        const int64_t limit = 1 + pick(500), offset = pick(static_cast<int>(model.size()) + 3);
        const auto page = ask([&](db::Session& s) { return history::page(s, user.id, limit, offset); });
        BOOST_TEST(page.total == static_cast<int64_t>(model.size()));
        const int64_t to = std::max<int64_t>(0, static_cast<int64_t>(model.size()) - offset),
                      from = std::max<int64_t>(0, to - limit);
        BOOST_REQUIRE_EQUAL(page.entries.size(), static_cast<size_t>(to - from));
        for (size_t i = 0; i < page.entries.size(); ++i) {
            const auto& [talk, id] = model[static_cast<size_t>(from) + i];
            if (page.entries[i].message.id != id)
                BOOST_FAIL("entry " << i << " of limit " << limit << " offset " << offset);
            BOOST_REQUIRE_EQUAL(page.entries[i].conversation_id, talk == 0 ? "default" : talk == 1 ? "t1" : "t2");
        }
    };
    const auto check_talk = [&](size_t talk) {
        std::vector<uint64_t> ids;
        for (const auto& [t, id] : model)
            if (t == talk) ids.push_back(id);
        const int64_t limit = 1 + pick(50), offset = pick(static_cast<int>(ids.size()) + 2);
        const auto page = ask([&](db::Session& s) {
            return history::page_of_channel(s, user.id, *channels::find(s, talks[talk].id), limit, offset);
        });
        BOOST_TEST(page.total == static_cast<int64_t>(ids.size()));
        const int64_t to = std::max<int64_t>(0, static_cast<int64_t>(ids.size()) - offset),
                      from = std::max<int64_t>(0, to - limit);
        BOOST_REQUIRE_EQUAL(page.entries.size(), static_cast<size_t>(to - from));
        for (size_t i = 0; i < page.entries.size(); ++i)
            BOOST_REQUIRE_EQUAL(page.entries[i].message.id, ids[static_cast<size_t>(from) + i]);
    };
    // A batch in one transaction: 3,000 messages over four pages of a thousand.
    const auto say_many = [&](int count) {
        act([&](db::Session& s, outbox::Pushes&) {
            for (int i = 0; i < count; ++i) {
                const auto talk = static_cast<size_t>(pick(3));
                messages::Draft draft;
                draft.sender = me();
                draft.content.text = "x";
                outbox::Pushes unheard;
                model.emplace_back(talk, messages::append(s, house, talks[talk], draft, unheard).message.id);
            }
        });
    };
    const auto clear_talk = [&](size_t talk) {
        ask([&](db::Session& s) { history::clear_channel(s, user.id, talks[talk].id); });
        while (ask([&](db::Session& s) { return history::forget_some(s, user.id, talks[talk].id); })) {
        }
        std::erase_if(model, [&](const auto& entry) { return entry.first == talk; });
    };
    check();
    for (int step = 0; step < 60; ++step) {
        say_many(step == 30 ? 1 : 50 + pick(10));
        if (step == 20 || step == 45) clear_talk(static_cast<size_t>(pick(3)));
        if (step == 33) {
            ask([&](db::Session& s) { history::clear(s, user.id); });
            model.clear();
        }
        check();
        check_talk(static_cast<size_t>(pick(3)));
    }
    BOOST_TEST(model.size() > 900u);
    say_many(2100);
    for (int i = 0; i < 15; ++i) check();
    BOOST_TEST(ask([&](db::Session& s) { return history::page(s, owner.id, 100, 0).total; }) == 0);
    BOOST_TEST(ask([&](db::Session& s) { return history::page_of_channel(s, owner.id, channel, 100, 0).total; }) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
