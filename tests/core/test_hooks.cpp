// The operator's hooks: what they are asked and told, what they may do to a message, and what their silence does.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>

#include "api/saying.h"
#include "base/encode.h"
#include "core/chat_settings.h"
#include "core/hooks.h"
#include "core/jobs.h"
#include "core/profiles.h"
#include "jobs/chores.h"
#include "json/value.h"
#include "support/stand_in.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

std::string secret_file() {
    static const std::string path = [] {
        std::string made = (std::filesystem::temp_directory_path() / ("hongyan-hook-" + random_text(8))).string();
        std::ofstream(made) << "hook secret of the tests";
        return made;
    }();
    return path;
}

struct Hooked : World {
    Hooked() : Hooked([](const Asked&) { return Told{}; }) {}
    explicit Hooked(std::function<Told(const Asked&)> answer) : hook(std::move(answer)), a(account()), b(account()) {
        config.hooks.secret_file = secret_file();
    }
    chat::Outcome says(const std::string& text, const std::string& number, const std::string& to = {}) {
        api::Saying saying{{1, to.empty() ? b.uid : to}, {}};
        saying.said.draft.client_no = number;
        saying.said.draft.form = "wk";
        saying.said.draft.raw = R"({"type":1,"content":")" + text + "\"}";
        saying.said.draft.content.text = text;
        return api::say_all(services, {account_principal(a.id), a.uid, "a", {}}, {saying}, false).front();
    }
    // Everything that is due, once.
    void work() {
        for (const auto& kind : jobs::hook_jobs(config))
            for (const auto& job : jobs::claim(db, house, kind.kind, 100, 100, {}, kind.lease_ms))
                kind.work(services, job);
    }
    int64_t waiting(const std::string& kind) {
        return number(
            "SELECT COUNT(*) FROM jobs j JOIN messages m ON m.message_id = j.job_key WHERE j.kind = ?"
            " AND m.sender_type = 0 AND m.sender_id = ?",
            {std::string_view(kind), a.id});
    }
    json::Value told(size_t n) { return json::parse(hook.asked().at(n).body).value(); }
    StandIn hook;
    accounts::Account a, b;
};
struct Judge : Hooked {
    Judge()
        : Hooked([](const Asked& asked) {
              if (asked.path == "/push") return Told{};
              const auto body = json::parse(asked.body);
              const std::string text = body->find("content")->text_or("text");
              if (text == "bad") return Told{200, R"({"code":7,"message":"不可以"})"};
              if (text == "plain") return Told{200, R"({"code":7})"};
              if (text == "swear") return Told{200, R"({"code":0,"text":"***"})"};
              if (text == "broken") return Told{200, "<html>"};
              if (text == "failing") return Told{500, R"({"code":0})"};
              if (text == "slow") return Told{200, R"({"code":7})", 3000};
              return Told{};
          }) {
        config.hooks.before_send_url = hook.url() + "/before";
        config.hooks.before_send_ms = 300;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(operators_hooks)

BOOST_FIXTURE_TEST_CASE(asked_before, Judge) {
    const auto fine = says("hi", "n1");
    BOOST_TEST(!fine.fault);
    const auto asked = hook.asked().at(0);
    BOOST_TEST(asked.path == "/before");
    BOOST_TEST(asked.header("x-signature") == to_hex(auth::hmac_sha256("hook secret of the tests", asked.body)));
    const auto body = told(0);
    BOOST_TEST(body.text_or("raw") == R"({"type":1,"content":"hi"})");
    BOOST_TEST(body.text_or("event") == "before_send");
    BOOST_TEST(body.text_or("sendID") == a.uid);
    BOOST_TEST(body.text_or("recvID") == b.uid);
    BOOST_TEST(body.find("content")->text_or("text") == "hi");
    const auto bad = says("bad", "n2"), plain = says("plain", "n3");
    BOOST_TEST_REQUIRE(bad.fault.has_value());
    BOOST_TEST((bad.fault->code == "message.refused" && bad.fault->detail == "不可以"));
    BOOST_TEST((plain.fault && plain.fault->detail == ""));
    BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE sender_type = 0 AND sender_id = ?", {a.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(other_words, Judge) {
    const auto said = says("swear", "n1");
    BOOST_TEST_REQUIRE(!said.fault);
    const auto stored = ask([&](db::Session& s) { return messages::find(s, said.message.channel, said.message.seq); });
    BOOST_TEST(stored->content.text == "***");
    BOOST_TEST(stored->raw == "");
    // A repeat is still the same message, of which nobody is asked again; another content is still another.
    const size_t asked = hook.count();
    config.hooks.before_send_open = false;
    config.hooks.before_send_url = "http://127.0.0.1:1/nobody";
    const auto again = says("swear", "n1");
    BOOST_TEST_REQUIRE(!again.fault);
    BOOST_TEST(again.message.id == said.message.id);
    BOOST_TEST(hook.count() == asked);
    const auto other = says("hi", "n1");
    BOOST_TEST((other.fault && other.fault->code == "message.client_no"));
}

BOOST_FIXTURE_TEST_CASE(silence_lets_pass_or_not, Judge) {
    int n = 0;
    for (const char* text : {"broken", "failing", "slow"}) {
        const int64_t from = monotonic_us();
        config.hooks.before_send_open = true;
        BOOST_TEST(!says(text, "n" + std::to_string(++n)).fault, text);
        config.hooks.before_send_open = false;
        const auto refused = says(text, "n" + std::to_string(++n));
        BOOST_TEST((refused.fault && refused.fault->code == "message.unchecked"), text);
        BOOST_TEST(monotonic_us() - from < 2'500'000, text);
    }
    config.hooks.before_send_url = "http://127.0.0.1:1/nobody";
    BOOST_TEST(says("hi", "away").fault.has_value());
    // Its time is for all of a batch together.
    config.hooks.before_send_url = hook.url();
    std::vector<api::Saying> batch;
    for (int i = 0; i < 20; ++i) {
        api::Saying saying{{1, b.uid}, {}};
        saying.said.draft.content.text = "slow";
        batch.push_back(saying);
    }
    const int64_t from = monotonic_us();
    for (const auto& one : api::say_all(services, {account_principal(a.id), a.uid, "a", {}}, batch, true))
        BOOST_TEST((one.fault && one.fault->code == "message.unchecked"));
    BOOST_TEST(monotonic_us() - from < 2'500'000);
}

BOOST_FIXTURE_TEST_CASE(told_after, Hooked) {
    config.hooks.after_send_url = hook.url() + "/after";
    const auto said = says("hi", "n1");
    BOOST_TEST(waiting("after_send") == 1);
    BOOST_TEST(waiting("push") == 0);
    says("hi", "n1");
    BOOST_TEST(waiting("after_send") == 1);
    work();
    BOOST_TEST(waiting("after_send") == 0);
    BOOST_TEST_REQUIRE(hook.count() == 1u);
    BOOST_TEST(hook.asked()[0].header("x-delivery-id") == "said_" + std::to_string(said.message.id));
    const auto body = told(0);
    BOOST_TEST((body.text_or("event") == "after_send" && body.text_or("sendID") == a.uid));
    BOOST_TEST((body.text_or("recvID") == b.uid && body.int_or("seq") == 1));
    BOOST_TEST(body.text_or("clientMsgID") == "n1");
}

namespace {
struct Failing : Hooked {
    Failing() : Hooked([this](const Asked&) { return Told{status}; }) {}
    std::atomic<int> status{500};
};
}  // namespace

BOOST_FIXTURE_TEST_CASE(told_again_until_it_is_taken, Failing) {
    config.hooks.after_send_url = hook.url();
    says("hi", "n1");
    work();
    BOOST_TEST(waiting("after_send") == 1);
    work();
    BOOST_TEST(hook.count() == 1u);  // not before its time
    clock.advance(1000);
    status = 200;
    work();
    BOOST_TEST(waiting("after_send") == 0);
    BOOST_TEST(hook.asked()[0].header("x-delivery-id") == hook.asked()[1].header("x-delivery-id"));
    // And given up in the end.
    status = 500;
    says("hi", "n2");
    for (int i = 0; i < 7; ++i) work(), clock.advance(600'000);
    BOOST_TEST(waiting("after_send") == 0);
}

BOOST_FIXTURE_TEST_CASE(who_is_away_is_named, Hooked) {
    config.hooks.push_url = hook.url() + "/push";
    const auto c = account();
    relay("relay-hook");
    connect("hook-c", "relay-hook", account_principal(c.id));
    const std::string group = "g-" + random_text(10);
    act([&](db::Session& s, outbox::Pushes& p) {
        const auto made = groups::create(s, house, group, {"g", ""}, account_principal(a.id), p);
        groups::invite(s, house, made, account_principal(a.id), {account_principal(b.id), account_principal(c.id)}, p);
    });
    api::Saying saying{{2, group}, {}};
    saying.said.draft.content.text = "hello";
    saying.said.draft.push = R"({"title":"新消息","desc":"你收到了一条新消息","ex":"e"})";
    const chat::Speaker speaker{account_principal(a.id), a.uid, "Ann", {}};
    api::say_all(services, speaker, {saying}, false);
    work();
    BOOST_TEST_REQUIRE(hook.count() == 1u);
    const auto body = told(0);
    BOOST_TEST(body.text_or("event") == "push");
    BOOST_TEST((json::texts(body.find("userIDs")) == std::vector<std::string>{b.uid}));
    BOOST_TEST(body.find("offlinePushInfo")->text_or("title") == "新消息");
    BOOST_TEST(body.find("offlinePushInfo")->text_or("ex") == "e");
    BOOST_TEST(body.text_or("groupID") == group);
    // Without words of its own: who said it, and what.
    saying.said.draft.push = "";
    api::say_all(services, speaker, {saying}, false);
    work();
    BOOST_TEST(told(1).find("offlinePushInfo")->text_or("title") == "Ann");
    BOOST_TEST(told(1).find("offlinePushInfo")->text_or("desc") == "hello");
    // Never for what is not stored, nor for what nobody counts; not for who has read it.
    saying.said.stored = false;
    api::say_all(services, speaker, {saying}, false);
    saying.said.stored = true;
    saying.said.draft.flags = messages::kNoDot;
    api::say_all(services, speaker, {saying}, false);
    BOOST_TEST(waiting("push") == 0);
    saying.said.draft.flags = 0;
    const auto last = api::say_all(services, speaker, {saying}, false).front().message;
    act([&](db::Session& s, outbox::Pushes& p) {
        channels::mark_read(s, house, last.channel, account_principal(b.id), last.seq, p);
    });
    work();
    BOOST_TEST(hook.count() == 2u);
    BOOST_TEST(waiting("push") == 0);
    // Nor for who wants nothing announced of it.
    act([&](db::Session& s, outbox::Pushes& p) {
        chat_settings::change(s, house, b.id, *channels::find(s, last.channel),
                              {.notify = chat_settings::Notify::silent}, p);
    });
    api::say_all(services, speaker, {saying}, false);
    work();
    BOOST_TEST(hook.count() == 2u);
    BOOST_TEST(waiting("push") == 0);
}

BOOST_FIXTURE_TEST_CASE(what_was_taken_back_is_told_to_nobody, Hooked) {
    config.hooks.push_url = hook.url();
    const auto said = says("hi", "n1").message;
    act([&](db::Session& s, outbox::Pushes& p) {
        messages::recall(s, house, *channels::find(s, said.channel), said.seq, account_principal(a.id), p);
    });
    // Nor when the hook is set no more.
    says("ho", "n2");
    BOOST_TEST(waiting("push") == 2);
    config.hooks.push_url = "";
    work();
    BOOST_TEST(hook.count() == 0u);
    BOOST_TEST(waiting("push") == 0);
}

BOOST_FIXTURE_TEST_CASE(replaced_words_are_not_pushed, Judge) {
    config.hooks.push_url = hook.url() + "/push";
    api::Saying saying{{1, b.uid}, {}};
    saying.said.draft.content.text = "swear";
    saying.said.draft.push = R"({"title":"t","desc":"swear"})";
    api::say_all(services, {account_principal(a.id), a.uid, "Ann", {}}, {saying}, false);
    BOOST_TEST(told(0).find("offlinePushInfo")->text_or("desc") == "swear");
    work();
    BOOST_TEST(told(1).find("offlinePushInfo")->text_or("desc") == "***");
}

BOOST_FIXTURE_TEST_CASE(a_large_group_is_told_in_parts, Hooked) {
    config.hooks.push_url = hook.url();
    std::vector<profiles::NewUser> users;
    std::vector<std::string> ids;
    const std::string tag = random_text(8);
    for (int i = 0; i < 1000; ++i) users.push_back({"u" + std::to_string(i) + "-" + tag, "", "", ""});
    const std::string group = "g-" + tag;
    act([&](db::Session& s, outbox::Pushes& p) {
        profiles::register_all(s, house, users);
        groups::create(s, house, group, {"g", ""}, account_principal(a.id), p);
    });
    for (const auto& user : users) ids.push_back(user.id);
    act([&](db::Session& s, outbox::Pushes& p) {
        groups::invite(s, house, *groups::find(s, group), account_principal(a.id), groups::guests(s, a.id, ids), p);
    });
    api::Saying saying{{2, group}, {}};
    saying.said.draft.content.text = "hello";
    api::say_all(services, {account_principal(a.id), a.uid, "Ann", {}}, {saying}, false);
    work();
    std::set<std::string> named;
    for (size_t i = 0; i < hook.count(); ++i)
        for (const auto& id : json::texts(told(i).find("userIDs"))) BOOST_TEST(named.insert(id).second);
    BOOST_TEST(named.size() == 1000u);
    // A thousand accounts, the sender among them, and one.
    BOOST_TEST(hook.count() == 2u);
    BOOST_TEST(waiting("push") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
