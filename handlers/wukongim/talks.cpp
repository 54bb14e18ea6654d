#include "core/history.h"
#include "core/inbox.h"
#include "door.h"

namespace hy::wukongim {

void hide_talk(const api::Call& call, const chat::Address& address) {
    const auto channel = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto view = chat::view(s, speaker_of(call), address);
        if (view) inbox::clear(s, call.services.house, call.account(), view->channel, pushes);
        return view ? std::optional(view->channel) : std::nullopt;
    });
    // What ocms shows of it goes too.
    if (channel && channel->robot)
        while (call.services.db.transaction(
            [&](db::Session& s) { return history::forget_some(s, call.account(), channel->id); }))
            continue;
}

}  // namespace hy::wukongim
