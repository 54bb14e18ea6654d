// Reports of devices: what is one message, where it goes, whom it wakes, and what the brain is asked.
#include <boost/test/unit_test.hpp>

#include "support/wecom_world.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(reports)

BOOST_FIXTURE_TEST_CASE(the_same_report_is_the_same_message, Wecom) {
    const auto first = report(private_report("你好"));
    auto again = private_report("你好");
    again.spoken = "cleaned in another way";
    const auto second = report(again);
    BOOST_TEST(second.repeated);
    BOOST_TEST(second.message.id == first.message.id);
    BOOST_TEST(second.message.content.text == "你好");
    auto later = private_report("你好");
    later.timestamp = "2024-12-01T10:30:00Z";
    const auto timed = report(later);
    BOOST_TEST(timed.message.id != first.message.id);
    // Told without a time, the same words a minute later are said once more; with one, never.
    clock.advance(60'000);
    BOOST_TEST(report(private_report("你好")).message.id != first.message.id);
    BOOST_TEST(report(later).message.id == timed.message.id);
    auto from_another = private_report("你好", "李四");
    BOOST_TEST(report(from_another).message.id != first.message.id);
    auto with_file = private_report("你好");
    with_file.file_hash = "ab";
    BOOST_TEST(report(with_file).message.id != first.message.id);
}

BOOST_FIXTURE_TEST_CASE(many_at_once_store_one, Wecom) {
    std::vector<uint64_t> ids(8);
    together(8, [&](int i) { ids[static_cast<size_t>(i)] = report(private_report("once")).message.id; });
    for (const auto id : ids) BOOST_TEST(id == ids[0]);
    BOOST_TEST(number("SELECT COUNT(*) FROM wecom_contacts WHERE robot_id = ?", {bot.id}) == 1);
    BOOST_TEST(number("SELECT COUNT(*) FROM tallies WHERE robot_id = ? AND kind = 0", {bot.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_group_is_one_channel_a_contact_another, Wecom) {
    const auto a = report(group_report("one", false, "张三")), b = report(group_report("two", false, "李四"));
    const auto c = report(private_report("three", "张三"));
    BOOST_TEST(a.channel.id == b.channel.id);
    BOOST_TEST(a.channel.id != c.channel.id);
    BOOST_TEST(b.message.seq == 2);
    BOOST_TEST(a.channel.label == "wecom_" + std::to_string(a.channel.id));
    BOOST_TEST((b.message.sender.type == PrincipalType::contact));
    // A group and a contact of one name are two.
    auto odd = group_report("x", false);
    odd.group = "张三";
    BOOST_TEST(report(odd).channel.id != c.channel.id);
}

BOOST_FIXTURE_TEST_CASE(names_are_as_they_are, Wecom) {
    const auto a = report(private_report("x", "Bob")), b = report(private_report("x", "bob"));
    BOOST_TEST(a.channel.id != b.channel.id);
    BOOST_TEST(ask([&](db::Session& s) { return wecom::contact_name(s, a.message.sender.id); }) == "Bob");
}

BOOST_FIXTURE_TEST_CASE(who_is_answered, Wecom) {
    BOOST_TEST(job_of(report(private_report("private")).message).has_value());
    BOOST_TEST(!job_of(report(group_report("talk of others", false)).message).has_value());
    BOOST_TEST(job_of(report(group_report("@机器人 and you?", true)).message).has_value());
    set({.reply_all = true});
    BOOST_TEST(job_of(report(group_report("everybody", false)).message).has_value());
    // A webhook hears everything in WeCom.
    set({.mode = "third_party", .reply_all = false});
    BOOST_TEST(job_of(report(group_report("unasked", false)).message).has_value());
}

BOOST_FIXTURE_TEST_CASE(an_answer_becomes_one_command, Wecom) {
    const auto asked = report(group_report("@机器人 hi", true));
    const auto job = job_of(asked.message);
    const auto task = prepare(*job);
    BOOST_TEST((task.way == replies::Way::echo));
    answer(task, "hello");
    answer(task, "hello, a second time");
    const auto due = take("poll");
    BOOST_REQUIRE(due.size() == 1u);
    const auto params = json::parse(due[0].params);
    BOOST_TEST(params->text_or("content") == "hello");
    BOOST_TEST(json::texts(params->find("titleList")).front() == "测试群1");
    BOOST_TEST(json::texts(params->find("atList")).front() == "张三");
    BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {asked.channel.id}) == 2);
    BOOST_TEST(number("SELECT COUNT(*) FROM tallies WHERE robot_id = ? AND kind = 1", {bot.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(in_private_nobody_is_mentioned, Wecom) {
    const auto task = prepare(*job_of(report(private_report("hi")).message));
    answer(task, "hello");
    const auto params = json::parse(take("poll").at(0).params);
    BOOST_TEST(json::texts(params->find("titleList")).front() == "张三");
    BOOST_TEST(json::texts(params->find("atList")).empty());
}

BOOST_FIXTURE_TEST_CASE(no_answer_overtakes_another, Wecom) {
    set({.reply_delay_min = 60, .reply_delay_max = 60});
    answer(prepare(*job_of(report(private_report("first")).message)), "one");
    set({.reply_delay_min = 0, .reply_delay_max = 0});
    answer(prepare(*job_of(report(private_report("second")).message)), "two");
    BOOST_TEST(take("poll").empty());
    clock.advance(60'000);
    const auto due = take("poll");
    BOOST_REQUIRE(due.size() == 2u);
    BOOST_TEST(json::parse(due[0].params)->text_or("content") == "one");
}

BOOST_FIXTURE_TEST_CASE(the_delay_is_kept, Wecom) {
    set({.reply_delay_min = 2, .reply_delay_max = 2});
    answer(prepare(*job_of(report(private_report("hi")).message)), "hello");
    BOOST_TEST(take("poll").empty());
    BOOST_TEST(number("SELECT COUNT(*) FROM jobs WHERE kind = 'command' AND payload = ?", {bot.public_id}) == 1);
    clock.advance(2000);
    BOOST_TEST(take("poll").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {
struct Asked : Wecom {
    Asked()
        : Wecom([](Config& c) {
              c.ai.openai.base_url = "http://127.0.0.1:1/v1";
              c.ai.openai.key_file = c.auth.box_key_file;  // any file with a secret
          }) {
        set({.provider = "openai", .scenario = "咨询", .system_prompt = "Be kind."});
    }
    replies::Task task(const wecom::Report& r) { return prepare(*job_of(report(r).message)); }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(questions)

BOOST_FIXTURE_TEST_CASE(what_is_asked, Asked) {
    answer(task(private_report("first")), "one");
    clock.advance(60'000);
    const auto second = task(private_report("second"));
    BOOST_TEST((second.way == replies::Way::ai));
    const auto& q = second.question;
    BOOST_TEST(q.system == "Be kind.\n\n场景：咨询");
    BOOST_REQUIRE(q.before.size() == 2u);
    BOOST_TEST(q.before[0].text == "first");
    BOOST_TEST(!q.before[0].by_robot);
    BOOST_TEST(q.before[1].text == "one");
    BOOST_TEST(q.before[1].by_robot);
    const auto body = json::parse(ai::request(q).body);
    BOOST_TEST(body->find("messages")->array()->size() == 4u);
    BOOST_TEST(body->text_or("model") == "gpt-4o-mini");
    BOOST_TEST(body->int_or("max_tokens") == 2000);
    BOOST_TEST(!second.users_address);
}

BOOST_FIXTURE_TEST_CASE(a_long_silence_begins_anew, Asked) {
    answer(task(private_report("first")), "one");
    clock.advance(31 * 60'000);
    BOOST_TEST(task(private_report("second")).question.before.empty());
}

BOOST_FIXTURE_TEST_CASE(in_a_group_each_has_his_own_talk, Asked) {
    answer(task(group_report("of zhang", true, "张三")), "to zhang");
    answer(task(group_report("of li", true, "李四")), "to li");
    const auto q = task(group_report("more of zhang", true, "张三")).question;
    BOOST_REQUIRE(q.before.size() == 2u);
    BOOST_TEST(q.before[0].text == "of zhang");
    BOOST_TEST(q.before[1].text == "to zhang");
}

BOOST_FIXTURE_TEST_CASE(the_window_has_an_end, Asked) {
    set({.context_length = 3});
    for (int i = 0; i < 4; ++i) {
        clock.advance(1000);
        answer(task(private_report("q" + std::to_string(i))), "a" + std::to_string(i));
    }
    const auto q = task(private_report("last")).question;
    BOOST_REQUIRE(q.before.size() == 3u);
    BOOST_TEST(q.before[0].text == "a2");
    set({.context_length = 0});
    BOOST_TEST(task(private_report("alone")).question.before.empty());
}

BOOST_FIXTURE_TEST_CASE(the_day_has_a_limit, Asked) {
    set({.daily_limit = 1});
    const auto first = report(private_report("one")), second = report(private_report("two"));
    auto job = job_of(first.message);
    BOOST_TEST((prepare(*job).way == replies::Way::ai));
    // Asking once more for the same message costs nothing, whoever does it.
    clock.advance(60'000);
    job = job_of(first.message);
    BOOST_REQUIRE(job->attempts == 2);
    BOOST_TEST((prepare(*job).way == replies::Way::ai));
    BOOST_TEST(prepare({.key = "",
                        .attempts = 1,
                        .payload = std::to_string(second.channel.id) + " " + std::to_string(second.message.seq) + " " +
                                   std::to_string(bot.id)})
                   .why == "the daily limit is used up");
    clock.advance(86'400'000);
    BOOST_TEST((task(private_report("tomorrow")).way == replies::Way::ai));
}

BOOST_FIXTURE_TEST_CASE(what_is_remembered_has_a_size, Asked) {
    for (int i = 0; i < 4; ++i) {
        clock.advance(1000);
        report(private_report(std::to_string(i) + std::string(60'000, 'x')));
    }
    const auto before = task(private_report("last")).question.before;
    BOOST_REQUIRE(before.size() == 2u);
    BOOST_TEST(before[1].text.starts_with("3x"));
}

BOOST_FIXTURE_TEST_CASE(a_robots_own_address_gets_its_own_key, Asked) {
    set({.base_url = "https://ai.example.com/v1", .api_key = "mine"});
    const auto t = task(private_report("hi"));
    BOOST_TEST(t.question.base_url == "https://ai.example.com/v1");
    BOOST_TEST(t.question.api_key == "mine");
    BOOST_TEST(t.users_address);
}

BOOST_FIXTURE_TEST_CASE(without_a_key_nobody_answers, Wecom) {
    config.profile = "production";
    set({.provider = "deepseek"});
    BOOST_TEST(prepare(*job_of(report(private_report("hi")).message)).why == "no key for deepseek");
    config.profile = "development";
    BOOST_TEST((prepare(*job_of(report(private_report("hi again")).message)).way == replies::Way::echo));
}

BOOST_FIXTURE_TEST_CASE(gone_is_gone, Asked) {
    const auto asked = report(private_report("hi"));
    const auto job = job_of(asked.message);
    const auto prepared = prepare(*job);
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, bot, p); });
    answer(prepared, "too late");
    BOOST_TEST(number("SELECT COUNT(*) FROM commands WHERE robot_id = ?", {bot.id}) == 0);
    BOOST_TEST(prepare(*job).why == "the message or its robot is gone");
}

BOOST_AUTO_TEST_SUITE_END()
