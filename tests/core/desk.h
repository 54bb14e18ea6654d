// A robot's desk: a user who says things to it, and agents that come, hear, confirm and go.
#pragma once
#include <map>

#include "base/text.h"
#include "core/agents.h"
#include "json/value.h"
#include "support/world.h"

namespace hy::test {

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
            return agents::enqueue(s, house, bot, channel, messages::append(s, house, channel, draft, p).message, draft,
                                   p);
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

}  // namespace hy::test
