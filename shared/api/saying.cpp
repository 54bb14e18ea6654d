#include "api/saying.h"

#include <algorithm>

#include "api/asking.h"
#include "base/log.h"

namespace hy::api {

namespace {

// Without a row in the outbox: who is not there now never hears it.
std::vector<chat::Outcome> pass_on(Services& services, const chat::Speaker& speaker, const chat::Address& address,
                                   const std::vector<chat::Said>& said) {
    outbox::Pushes pushes;
    auto outcomes = services.db.transaction([&](db::Session& s) {
        pushes = {};
        return chat::say(s, services.house, speaker, address, said, pushes);
    });
    services.publisher.publish(pushes);
    return outcomes;
}

std::vector<chat::Outcome> say_there(Services& services, const chat::Speaker& speaker, const chat::Address& address,
                                     const std::vector<chat::Said>& said, bool go_on) {
    try {
        if (!said.front().stored) return pass_on(services, speaker, address, said);
        return services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            return chat::say(s, services.house, speaker, address, said, pushes);
        });
    } catch (const Error& error) {
        if (!go_on) throw;
        log::error("a part of a batch was not stored", {{"why", error.what()}});
        return std::vector<chat::Outcome>(said.size(), chat::Outcome{error, {}});
    }
}

}  // namespace

std::vector<chat::Outcome> say_all(Services& services, const chat::Speaker& speaker, std::vector<Saying> all,
                                   bool go_on) {
    std::vector<chat::Outcome> outcomes(all.size());
    std::vector<bool> done = ask_before(services, speaker, all, outcomes);
    for (size_t first = 0; first < all.size(); ++first) {
        if (done[first]) continue;
        std::vector<chat::Said> said;
        std::vector<size_t> places;
        for (size_t i = first; i < all.size(); ++i) {
            const bool along = all[i].address == all[first].address && all[i].said.stored == all[first].said.stored;
            if (done[i] || !along) continue;
            done[i] = true;
            places.push_back(i);
            said.push_back(all[i].said);
        }
        auto some = say_there(services, speaker, all[first].address, said, go_on);
        for (size_t i = 0; i < places.size(); ++i) outcomes[places[i]] = std::move(some[i]);
    }
    return outcomes;
}

}  // namespace hy::api
