// A user, a robot, and talks between them.
#pragma once
#include "support/world.h"

namespace hy::test {

namespace conv = hy::conversations;

struct Talk : World {
    Talk()
        : user(account("user")), owner(account("owner")), bot(robot(owner.id)), channel(resolve(user.id, "default")) {}
    channels::Channel resolve(int64_t who, const std::string& id) {
        return ask([&](db::Session& s) { return conv::resolve(s, house, who, bot, id); });
    }
    std::string refusal(int64_t who, const std::string& id) {
        return code_of([&] { resolve(who, id); });
    }
    std::string agent_refusal(const std::string& id, int64_t who) {
        return code_of([&] { agent(id, who); });
    }
    int64_t agent(const std::string& id, int64_t who) {
        return ask([&](db::Session& s) { return conv::resolve_for_agent(s, bot.id, id, who).id; });
    }
    Principal me() const { return account_principal(user.id); }
    Principal it() const { return robot_principal(bot.id); }
    accounts::Account user, owner;
    robots::Robot bot;
    channels::Channel channel;
};

}  // namespace hy::test
