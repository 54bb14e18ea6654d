// What a text is found by, and messages found by it.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

#include "base/text.h"
#include "core/housekeeping.h"
#include "core/search.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

bool shares(const std::string& text, const std::string& needle) {
    const auto all = search::grams_of(text), some = search::grams_of(needle);
    return !some.empty() && std::includes(all.begin(), all.end(), some.begin(), some.end());
}

struct Talk : World {
    accounts::Account a = account(), b = account();
    channels::Channel channel = ask(
        [&](db::Session& s) { return channels::person(s, house, account_principal(a.id), account_principal(b.id)); });

    void said(const std::string& text, int64_t who) {
        channel = now(channel), say(channel, account_principal(who), text);
    }
    search::Found find(search::Wanted wanted, int64_t from = 1) {
        channel = now(channel);
        return ask([&](db::Session& s) { return search::find(s, house, channel, from, wanted); });
    }
    std::vector<int64_t> seqs(const search::Wanted& wanted, int64_t from = 1) {
        std::vector<int64_t> found;
        for (const auto& message : find(wanted, from).messages) found.push_back(message.seq);
        return found;
    }
    int64_t terms() { return number("SELECT COUNT(*) FROM message_terms WHERE channel_id = ?", {channel.id}); }
    void write_all() {
        while (search::write_down(db, house, 500)) continue;
    }
};
using Seqs = std::vector<int64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(searching)

BOOST_AUTO_TEST_CASE(what_a_text_is_found_by) {
    BOOST_TEST(shares("今天下午三点开会", "下午三点"));
    BOOST_TEST(shares("今天开会", "开会"));
    BOOST_TEST(!shares("今天开会", "会开"));
    BOOST_TEST(!shares("今天，开会", "天开"));
    BOOST_TEST(shares("Release v2 of the Relay", "relay"));
    BOOST_TEST(shares("订单ABC123已发货", "abc123"));
    BOOST_TEST(!shares("relays", "relay"));
    BOOST_TEST(search::grams_of("").empty());
    BOOST_TEST(search::grams_of("， 。!?").empty());
    BOOST_TEST(search::grams_of("天").empty());
    BOOST_TEST(search::grams_of("aaa aaa").size() == 1u);
    std::string much;
    for (int i = 0; i < 5000; ++i) much += std::to_string(i) + " ";
    BOOST_TEST(search::grams_of(much).size() == 512u);
    for (const char* broken : {"\xff", "a\xe4\xbd", "\xf0\x9f\x98"}) search::grams_of(broken);
    BOOST_TEST(shares("😀😁 fine", "😀😁"));
}

BOOST_FIXTURE_TEST_CASE(a_small_channel_is_looked_through, Talk) {
    said("今天开会", a.id), said("Hello World", b.id), said("不来了", a.id);
    BOOST_TEST(seqs({.text = "开会"}) == Seqs{1}, boost::test_tools::per_element());
    // Parts of words, capital letters, single characters: all of it is there.
    BOOST_TEST(seqs({.text = "ello wor"}) == Seqs{2}, boost::test_tools::per_element());
    BOOST_TEST(seqs({.text = "会"}) == Seqs{1}, boost::test_tools::per_element());
    BOOST_TEST(seqs({}) == (Seqs{3, 2, 1}), boost::test_tools::per_element());
    BOOST_TEST(seqs({.sender = account_principal(a.id)}) == (Seqs{3, 1}), boost::test_tools::per_element());
    BOOST_TEST(seqs({}, 2) == (Seqs{3, 2}), boost::test_tools::per_element());
    const auto first = find({.most = 2});
    BOOST_TEST(first.messages.size() == 2u);
    BOOST_TEST(seqs({.below = first.below}) == Seqs{1}, boost::test_tools::per_element());
    BOOST_TEST(find({.text = "nowhere"}).below == 0);
    act([&](db::Session& s, outbox::Pushes& p) { messages::recall(s, house, channel, 1, account_principal(a.id), p); });
    BOOST_TEST(seqs({.text = "开会"}).empty());
    const int64_t at = clock.now_ms();
    clock.advance(10'000);
    said("later", a.id);
    BOOST_TEST(seqs({.since = at + 1}) == Seqs{4}, boost::test_tools::per_element());
    BOOST_TEST(seqs({.until = at}) == (Seqs{3, 2}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_large_one_by_what_was_written_down, Talk) {
    said("第一次说到鸿雁", a.id);
    for (int i = 0; i < 1100; ++i) said("filler " + std::to_string(i), b.id);
    clock.advance(59'000);
    write_all();
    BOOST_TEST(terms() == 0);
    clock.advance(2'000);
    write_all();
    const int64_t written = terms();
    BOOST_TEST(written > 2000);
    write_all();
    BOOST_TEST(terms() == written);
    clock.advance(120'000);
    said("又说到鸿雁", a.id);
    // The young one was not written down yet, the old one is far from the end.
    BOOST_TEST(seqs({.text = "鸿雁"}) == (Seqs{1102, 1}), boost::test_tools::per_element());
    BOOST_TEST(seqs({.text = "到鸿雁", .sender = account_principal(b.id)}).empty());
    BOOST_TEST(seqs({.text = "Filler 7"}) == seqs({.text = "filler 7"}), boost::test_tools::per_element());
    BOOST_TEST(find({.text = "filler"}).messages.size() == 20u);
    // All of them, a page at a time, each once.
    std::set<int64_t> all;
    search::Wanted wanted{.text = "filler", .most = 100};
    for (int pages = 0; pages < 20; ++pages) {
        const auto page = find(wanted);
        for (const auto& message : page.messages) BOOST_TEST(all.insert(message.seq).second);
        wanted.below = page.below;
        if (!page.below) break;
    }
    BOOST_TEST(all.size() == 1100u);
    // Without a word to look up it is looked through, so much in one call.
    const auto one = find({.text = "雁"});
    BOOST_TEST(one.messages.size() + (one.below ? 1u : 0u) >= 1u);
}

BOOST_FIXTURE_TEST_CASE(what_is_deleted_leaves_no_words, Talk) {
    said("words of an old message", a.id);
    clock.advance(61'000);
    write_all();
    BOOST_TEST(terms() == 5);
    act([&](db::Session& s, outbox::Pushes&) { search::forget(s, channel.id, 1, "words of an old message"); });
    BOOST_TEST(terms() == 0);
}

// What it costs, and how long a search takes: HONGYAN_TEST_SEARCH messages (the figures in tests/bench/RESULTS.md are of a
// million), else a few; a fifth of them in one group. Printed, not judged.
BOOST_FIXTURE_TEST_CASE(what_it_costs, Talk) {
    const char* wanted = std::getenv("HONGYAN_TEST_SEARCH");
    const int64_t count = wanted ? to_int(wanted).value_or(0) : 2500;
    constexpr int64_t kChannels = 1000, kAtOnce = 500;
    std::minstd_rand random(7);
    // Few characters are in most words: the n-th is drawn about 1/n as often as the first.
    const auto character = [&] {
        const double x = std::pow(3000.0, static_cast<double>(random()) / static_cast<double>(random.max()));
        const int code = 0x4E00 + static_cast<int>(x);
        return std::string{static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
                           static_cast<char>(0x80 | (code & 0x3F))};
    };
    std::vector<int64_t> channels, last(kChannels + 1, 0);
    ask([&](db::Session& s) {
        for (int64_t i = 0; i <= kChannels; ++i) {
            s.execute("INSERT INTO channels (kind, channel_key, created_at) VALUES (2, ?, 0)",
                      {"cost-" + std::to_string(i)});
            channels.push_back(static_cast<int64_t>(s.last_insert_id()));
        }
    });
    const auto first = static_cast<uint64_t>(clock.now_ms() - 100'000'000) << 22;
    for (int64_t n = 0; n < count; n += kAtOnce)
        db.read([&](db::Session& s) {
            std::string sql =
                "INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, form, content, created_at) "
                "VALUES ";
            for (int64_t i = n; i < std::min(count, n + kAtOnce); ++i) {
                const size_t c = i % 5 ? 1 + static_cast<size_t>(random()) % kChannels : 0;
                std::string text;
                for (unsigned k = 0, size = 6 + random() % 20; k < size; ++k) text += character();
                if (random() % 5 == 0) text += " order " + std::to_string(random() % 100000);
                sql += (i == n ? "(" : ",(") + std::to_string(channels[c]) + "," + std::to_string(++last[c]) + "," +
                       std::to_string(first + static_cast<uint64_t>(i) * 100) +
                       R"(,0,1,'wk','{"kind":"text","text":")" + text + "\"}',1)";
            }
            s.execute(sql);
        });
    db.read([&](db::Session& s) {
        s.execute("UPDATE search_state SET message_id = ?", {static_cast<int64_t>(first - 1)});
    });
    const int64_t from = monotonic_us();
    write_all();
    const double seconds = static_cast<double>(monotonic_us() - from) / 1e6;
    db.read([](db::Session& s) { s.query("ANALYZE TABLE message_terms, messages"); });
    const auto mb = [&](const char* table) {
        return static_cast<double>(
                   number("SELECT data_length + index_length FROM information_schema.tables WHERE table_schema"
                          " = DATABASE() AND table_name = ?",
                          {std::string_view(table)})) /
               1e6;
    };
    const int64_t terms = number("SELECT COUNT(*) FROM message_terms");
    BOOST_TEST(terms > count);
    BOOST_TEST_MESSAGE(count << " messages, " << terms << " words written down in " << seconds << " s; message_terms "
                             << mb("message_terms") << " MB beside messages " << mb("messages") << " MB");
    ask([&](db::Session& s) { s.execute("UPDATE channels SET last_seq = ? WHERE id = ?", {last[0], channels[0]}); });
    const auto group = ask([&](db::Session& s) { return *channels::find(s, channels[0]); });
    for (const char* text :
         {"order 4711", "\xE4\xB8\x81\xE4\xB8\x82", "\xE4\xB8\x81\xE4\xB8\x82\xE4\xB8\x83\xE4\xB8\x84",
          "\xE5\xA5\xBD\xE5\xA5\xBD", "\xE4\xB8\x81"}) {
        std::vector<int64_t> all;
        size_t found = 0;
        for (int i = 0; i < 9; ++i) {
            const int64_t begin = monotonic_us();
            found = db.read([&](db::Session& s) {
                          return search::find(s, house, group, 1, {.text = text});
                      }).messages.size();
            all.push_back(monotonic_us() - begin);
        }
        std::sort(all.begin(), all.end());
        BOOST_TEST_MESSAGE("\"" << text << "\": " << found << " found, median " << static_cast<double>(all[4]) / 1000
                                << " ms");
    }
}

BOOST_AUTO_TEST_SUITE_END()
