// Uploads and their links, housekeeping, and that the house's statements find their rows by index.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "base/text.h"
#include "core/files.h"
#include "core/history.h"
#include "core/housekeeping.h"
#include "core/sessions.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

struct Shelf : World {
    Shelf()
        : folder(scratch_folder() + "/shelf-" + random_text(6)),
          store(files::local_store(folder)),
          owner(account_principal(account().id)) {}
    files::File take(const std::string& bytes, const std::string& type, const std::string& name = "a.png") {
        size_t at = 0;
        return files::take(db, house, *store, owner, name, type, [&](char* out, size_t size) {
            const size_t n = bytes.copy(out, std::min<size_t>(size, 1000), at);
            at += n;
            return n;
        });
    }
    std::string refusal(const std::string& bytes, const std::string& type) {
        return code_of([&] { take(bytes, type); });
    }
    size_t on_disk() const {
        size_t found = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder)) found += entry.is_regular_file();
        return found;
    }
    int64_t rows() { return number("SELECT COUNT(*) FROM files WHERE owner_id = ?", {owner.id}); }
    std::string folder;
    std::unique_ptr<files::Store> store;
    Principal owner;
};
const std::string kPng = "\x89PNG\r\n\x1A\n" + std::string(5000, 'x');

}  // namespace

BOOST_AUTO_TEST_SUITE(shelf)

BOOST_FIXTURE_TEST_CASE(a_file_is_kept, Shelf) {
    const auto file = take(kPng, "image/png; x=y", "../照片 1.PNG");
    BOOST_TEST(file.mime == "image/png");
    BOOST_TEST(file.size == static_cast<int64_t>(kPng.size()));
    BOOST_TEST(file.name.find('/') == std::string::npos);
    BOOST_TEST(file.key.size() == 32u);
    BOOST_TEST(on_disk() == 1u);
    BOOST_TEST(fs::file_size(folder + "/" + file.key.substr(0, 2) + "/" + file.key) == kPng.size());
    BOOST_TEST(store->internal_path(file.key, "image/png", "inline") ==
               "/_files/" + file.key.substr(0, 2) + "/" + file.key);
    ask([&](db::Session& s) {
        BOOST_TEST(files::find(s, file.key)->name == file.name);
        BOOST_TEST(files::find_by_name(s, owner, file.name)->key == file.key);
        BOOST_TEST(!files::find_by_name(s, robot_principal(owner.id), file.name));
        for (const auto& bad : {""s, "../../etc/passwd"s, file.key + "x", std::string(32, '/'), std::string(32, 'a')})
            BOOST_TEST(!files::find(s, bad), bad);
    });
}

BOOST_FIXTURE_TEST_CASE(what_is_refused_leaves_nothing_behind, Shelf) {
    config.files.max_bytes = 6000;
    BOOST_TEST(refusal(std::string(6001, 'x'), "text/plain") == "file.size");
    BOOST_TEST(refusal("", "text/plain") == "file.empty");
    BOOST_TEST(refusal("just text", "image/png") == "file.type");
    BOOST_TEST(refusal(kPng, "image/jpeg") == "file.type");
    BOOST_CHECK_THROW(files::take(db, house, *store, owner, "a", "",
                                  [](char*, size_t) -> size_t { throw Error(Fault::bad_request, "body.cut"); }),
                      Error);
    BOOST_TEST(on_disk() == 0u);
    BOOST_TEST(rows() == 0);
    BOOST_TEST(refusal(std::string(6000, 'x'), "text/plain") == "");
    BOOST_TEST(on_disk() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_may_read, Shelf) {
    const auto file = take(kPng, "");
    const auto stranger = account_principal(account().id), friendly = account_principal(account().id);
    ask([&](db::Session& s) {
        BOOST_TEST(files::may_read(s, file, owner));
        BOOST_TEST(!files::may_read(s, file, friendly));
        BOOST_TEST(!files::may_read(s, file, robot_principal(owner.id)));
        const auto talk = channels::person(s, house, owner, friendly);
        files::note_use(s, file.key, talk.id);
        files::note_use(s, file.key, talk.id);
        BOOST_TEST(files::may_read(s, file, friendly));
        BOOST_TEST(!files::may_read(s, file, stranger));
    });
}

BOOST_FIXTURE_TEST_CASE(signed_links, Shelf) {
    const std::string key(32, 'k'), link = files::link(house, key, "照 片.png");
    BOOST_TEST(link.starts_with(config.public_url + "/ocms/files/" + key + "/%E7%85%A7%20%E7%89%87.png?e="));
    const size_t e = link.find("?e="), s = link.find("&s=");
    const std::string expires = link.substr(e + 3, s - e - 3), signature = link.substr(s + 3);
    const auto good = [&](const std::string& k, const std::string& until, const std::string& sign) {
        return files::link_is_good(house, k, until, sign);
    };
    BOOST_TEST(good(key, expires, signature));
    BOOST_TEST(!good(std::string(32, 'l'), expires, signature));
    BOOST_TEST(!good(key, std::to_string(*to_int(expires) + 1), signature));
    BOOST_TEST(!good(key, "0" + expires, signature));
    for (size_t i = 0; i < signature.size(); ++i) {
        std::string bent = signature;
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(!good(key, expires, bent), i);
    }
    for (const auto& bad : {""s, signature.substr(1), signature + "A"}) BOOST_TEST(!good(key, expires, bad), bad);
    for (const auto& bad : {""s, "x"s, "-1"s}) BOOST_TEST(!good(key, bad, signature), bad);
    clock.advance(7LL * 86'400'000);
    BOOST_TEST((good(key, expires, signature) || *to_int(expires) <= clock.now_ms() / 1000));
    clock.advance(3'600'000);
    BOOST_TEST(!good(key, expires, signature));
    BOOST_TEST(*files::key_in(house, link) == key);
    BOOST_TEST(*files::key_in(house, files::path_of(key, "n")) == key);
    for (const auto& other : {"https://evil.example/ocms/files/" + key, "/ocms/files/" + key.substr(1), "/ocms/files/"s,
                              ""s, "/ocms/files/../" + key, config.public_url + ".evil/ocms/files/" + key + "/x"})
        BOOST_TEST(!files::key_in(house, other), other);
    World elsewhere;
    const auth::SecretBox other_box(std::string(32, 'z'));
    const House other_house{config, clock, services.ids, services.keys, other_box};
    const std::string foreign = files::link(other_house, key, "n");
    BOOST_TEST(!good(key, foreign.substr(foreign.find("?e=") + 3, 10), foreign.substr(foreign.find("&s=") + 3)));
}

BOOST_FIXTURE_TEST_CASE(old_files_and_messages_go, Shelf) {
    const auto old = take(kPng, "");
    const auto talk =
        ask([&](db::Session& s) { return channels::person(s, house, owner, account_principal(account().id)); });
    say(talk, owner, "old", "n-1");
    clock.advance(86'400'000);
    const auto fresh = take(kPng, "");
    say(talk, owner, "new", "n-2");
    const auto tidy = [&] {
        while (housekeeping::delete_old(db, house, *store, 100) > 0) {
        }
    };
    const auto left = [&] { return number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {talk.id}); };
    tidy();
    BOOST_TEST(left() == 2);
    BOOST_TEST(rows() == 2);
    config.files.keep_days = config.messages.keep_days = 1;
    clock.advance(1000);
    tidy();
    BOOST_TEST(left() == 1);
    BOOST_TEST(rows() == 1);
    BOOST_TEST(on_disk() == 1u);
    ask([&](db::Session& s) {
        BOOST_TEST(files::find(s, fresh.key).has_value());
        BOOST_TEST(!files::find(s, old.key));
    });
    BOOST_TEST(code_of([&] { say(talk, owner, "old", "n-1"); }) == "message.client_no");
    BOOST_TEST(say(talk, owner, "next").message.seq == 3);
}

BOOST_FIXTURE_TEST_CASE(old_logins_events_and_refusals_go, Shelf) {
    config.limits.refused_per_minute = 2;
    const std::string tag = random_text(8), quiet = "quiet-" + tag, blocked = "blocked-" + tag;
    services.refusals.count(db, house, quiet);
    ask([&](db::Session& s) { sessions::log_in(s, house, *accounts::find(s, owner.id)); });
    clock.advance(11 * 60'000);
    for (int i = 0; i < 2; ++i) services.refusals.count(db, house, blocked);
    const auto tidy = [&] {
        while (housekeeping::delete_old(db, house, *store, 100) > 0) {
        }
    };
    const auto refusals = [&](const std::string& address) {
        return number("SELECT COUNT(*) FROM refused_addresses WHERE address = ?", {std::string_view(address)});
    };
    const auto logins = [&] { return number("SELECT COUNT(*) FROM token_families WHERE account_id = ?", {owner.id}); };
    tidy();
    BOOST_TEST(refusals(quiet) == 0);
    BOOST_TEST(refusals(blocked) == 1);
    BOOST_TEST(logins() == 1);
    clock.advance((config.auth.refresh_seconds + 8 * 86'400) * 1000);
    tidy();
    BOOST_TEST(refusals(blocked) == 0);
    BOOST_TEST(logins() == 0);
}

BOOST_FIXTURE_TEST_CASE(hidden_history_is_forgotten, World) {
    const auto user = account(), owner = account();
    const auto bot = robot(owner.id);
    const auto talk = ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, "gone"); });
    const auto other = ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, "default"); });
    for (int i = 0; i < 5; ++i) say(talk, account_principal(user.id), "x");
    say(other, account_principal(user.id), "y");
    ask([&](db::Session& s) { conversations::remove(s, house, conversations::owned(s, user.id, "gone")); });
    const auto forget = [&] {
        for (int i = 0; i < 20; ++i) housekeeping::forget_hidden(db);
    };
    forget();
    BOOST_TEST(number("SELECT COUNT(*) FROM ocms_log WHERE account_id = ?", {user.id}) == 1);
    BOOST_TEST(ask([&](db::Session& s) { return history::page(s, user.id, 10, 0).total; }) == 1);
    ask([&](db::Session& s) { history::clear(s, user.id); });
    forget();
    BOOST_TEST(number("SELECT COUNT(*) FROM ocms_log WHERE account_id = ?", {user.id}) == 0);
    BOOST_TEST(ask([&](db::Session& s) { return history::page(s, user.id, 10, 0).total; }) == 0);
}

// Totals stay true whatever housekeeping takes.
BOOST_FIXTURE_TEST_CASE(history_agrees_after_messages_went, Shelf) {
    const auto user = account();
    const auto bot = robot(user.id);
    const Principal me = account_principal(user.id);
    const auto talk = ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, "c"); });
    for (int i = 0; i < 7; ++i) say(talk, me, "old");
    clock.advance(2 * 86'400'000);
    for (int i = 0; i < 3; ++i) say(talk, me, "new");
    config.messages.keep_days = 1;
    while (housekeeping::delete_old(db, house, *store, 2) > 0) continue;
    const auto all = ask([&](db::Session& s) { return history::page(s, user.id, 10, 0); });
    const auto one = ask([&](db::Session& s) { return history::page_of_channel(s, user.id, now(talk), 10, 0); });
    const auto rest = ask([&](db::Session& s) { return history::page(s, user.id, 10, 2); });
    BOOST_TEST(all.total == 3);
    BOOST_TEST(all.entries.size() == 3u);
    BOOST_TEST(one.total == 3);
    BOOST_TEST(rest.entries.size() == 1u);
    BOOST_TEST(say(talk, me, "next").message.seq == 11);
}

BOOST_FIXTURE_TEST_CASE(what_both_sides_cleared_is_purged, Shelf) {
    const auto user = account();
    const auto bot = robot(user.id);
    const auto talk = ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, "c"); });
    say(talk, account_principal(user.id), "hi");
    const auto tidy = [&] {
        while (housekeeping::delete_old(db, house, *store, 100) > 0) continue;
        return number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {talk.id});
    };
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, bot, p); });
    BOOST_TEST(tidy() == 1);
    ask([&](db::Session& s) { history::clear(s, user.id); });
    BOOST_TEST(tidy() == 0);
}

BOOST_FIXTURE_TEST_CASE(default_talks_with_several_robots_are_one_history, World) {
    const auto user = account();
    const Principal me = account_principal(user.id);
    std::vector<channels::Channel> talks;
    for (int i = 0; i < 3; ++i) {
        const auto bot = robot(user.id);
        talks.push_back(ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, bot, "default"); }));
    }
    for (int i = 0; i < 20; ++i) {
        clock.advance(1);
        say(talks[static_cast<size_t>(i * 7 % 3)], me, std::to_string(i));
    }
    for (const auto& [limit, offset] :
         std::vector<std::pair<int, int>>{{5, 0}, {5, 3}, {20, 0}, {50, 18}, {5, 20}, {1, 19}}) {
        const auto page = ask([&](db::Session& s) { return history::page_of_defaults(s, user.id, limit, offset); });
        BOOST_TEST(page.total == 20);
        const int last = 20 - offset, first = std::max(0, last - limit);
        BOOST_REQUIRE(page.entries.size() == static_cast<size_t>(last - first));
        for (int i = first; i < last; ++i)
            BOOST_TEST(page.entries[static_cast<size_t>(i - first)].message.content.text == std::to_string(i));
    }
    BOOST_TEST(code_of([&] {
                   ask([&](db::Session& s) { history::page_of_defaults(s, user.id, 1, history::kMostMerged); });
               }) == "query");
}

BOOST_AUTO_TEST_SUITE_END()
