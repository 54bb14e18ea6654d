// A robot with a device in WeCom, as core tests want it: reports in, commands out.
#pragma once
#include "core/activation.h"
#include "core/brains.h"
#include "core/commands.h"
#include "core/jobs.h"
#include "core/replies.h"
#include "core/wecom.h"
#include "json/value.h"
#include "support/world.h"

namespace hy::test {

struct Wecom : World {
    explicit Wecom(const std::function<void(Config&)>& change = {})
        : World(change), owner(account("owner")), tag(random_text(8)) {
        const auto code =
            ask([&](db::Session& s) { return activation::generate(s, house, 1, 30, owner.id).front().code; });
        bot = act([&](db::Session& s, outbox::Pushes& p) {
            return activation::activate(s, house, code, "device-" + tag, "{}", p).activated->robot;
        });
        set({.provider = "echo", .reply_delay_min = 0, .reply_delay_max = 0});
    }
    void set(const brains::Changes& changes) {
        ask([&](db::Session& s) { brains::change(s, house, *robots::find_by_id(s, bot.id), changes); });
        bot = ask([&](db::Session& s) { return *robots::find_by_id(s, bot.id); });
    }
    static wecom::Report private_report(const std::string& text, const std::string& who = "张三") {
        wecom::Report r;
        r.spoken = r.raw_spoken = text;
        r.contact = who;
        r.room_type = 2;
        r.text_type = 1;
        return r;
    }
    static wecom::Report group_report(const std::string& text, bool at_me, const std::string& who = "张三") {
        auto r = private_report(text, who);
        r.room_type = 1;
        r.group = "测试群1";
        r.at_me = at_me;
        return r;
    }
    wecom::Reported report(const wecom::Report& r) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            auto done = wecom::report(s, house, bot, r, p);
            if (!done.repeated)
                replies::wake(s, house, bot, done.channel, done.message, done.draft, !r.in_group() || r.at_me, p);
            return done;
        });
    }
    // The job that this message made, as a worker has it; nothing where there is none.
    std::optional<jobs::Job> job_of(const messages::Message& message) {
        for (auto& job : jobs::claim(db, house, "reply", 1000, 1000, {}, 60'000))
            if (job.key == std::to_string(message.id) + "." + std::to_string(bot.id)) return job;
        return std::nullopt;
    }
    replies::Task prepare(const jobs::Job& job) {
        return ask([&](db::Session& s) { return replies::prepare(s, house, job); });
    }
    void answer(const replies::Task& task, const std::string& text) {
        act([&](db::Session& s, outbox::Pushes& p) { replies::answer(s, house, task, {text}, p); });
    }
    std::vector<commands::Command> take(const std::string& who, bool anew = false) {
        return ask([&](db::Session& s) { return commands::hand_out(s, house, bot.id, who, anew); });
    }
    commands::Command command(const std::string& text = "hello", int64_t delay = 0) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return commands::create(s, house, bot, R"({"type":"text","titleList":["张三"],"content":")" + text + "\"}",
                                    delay, p);
        });
    }
    void result(const std::string& id, int64_t code) {
        act([&](db::Session& s, outbox::Pushes& p) { commands::report(s, house, bot, id, {code, "", 5, {}, {}}, p); });
    }
    std::string status(const std::string& id) {
        return commands::name_of(ask([&](db::Session& s) { return commands::find(s, id)->status; }));
    }

    accounts::Account owner;
    std::string tag;
    robots::Robot bot;
};

}  // namespace hy::test
