// What a text is found by, and messages found by it.
#include <boost/test/unit_test.hpp>

#include <set>

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

BOOST_AUTO_TEST_SUITE_END()
