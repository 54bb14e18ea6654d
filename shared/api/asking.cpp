#include "api/asking.h"

#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "core/hooks.h"

namespace hy::api {

namespace {

// One time for all that is said together.
struct Asking {
    int64_t until_us;
    bool silent = false;  // it did not answer before
};

Error unchecked() { return Error(Fault::forbidden, "message.unchecked"); }

bool stored_before(Services& services, const chat::Speaker& speaker, const Saying& saying) {
    const std::string& number = saying.said.draft.client_no;
    if (number.empty() || !saying.said.stored) return false;
    return services.db.read(
        [&](db::Session& s) { return messages::find_by_number(s, speaker.who, number).has_value(); });
}

void ask(Services& services, const chat::Speaker& speaker, Saying& saying, Asking& asking) {
    const auto& settings = services.config.hooks;
    const int64_t left_ms = (asking.until_us - monotonic_us()) / 1000;
    // Whoever says so much at once that it cannot be looked at says it again in parts.
    if (left_ms <= 0 && !asking.silent) throw unchecked();
    if (left_ms <= 0) throw Error(Fault::upstream, "hook.away");
    const http::CallPass pass(services.hook_gate, "hook.busy");
    const std::string body = hooks::before_body(services.house, speaker, saying.address, saying.said);
    const auto request = hooks::request(services.house, settings.before_send_url, body, "ask_" + random_text(20));
    std::string why;
    const auto answer = http::call(
        request,
        {.connect_ms = left_ms, .total_ms = left_ms, .outside_only = true, .allowed = services.config.callable()},
        &why);
    if (!answer) throw Error(Fault::upstream, "hook.away", "", why);
    hooks::judge(*answer, saying.said);
}

// A hook that does not answer lets it pass, or not, as is set.
void ask_one(Services& services, const chat::Speaker& speaker, Saying& saying, Asking& asking) {
    if (stored_before(services, speaker, saying)) return;
    try {
        ask(services, speaker, saying, asking);
    } catch (const Error& error) {
        if (error.fault == Fault::forbidden) throw;
        // Once for all that is said together.
        if (!std::exchange(asking.silent, true)) log::warn("the hook was not asked", {{"why", error.what()}});
        if (!services.config.hooks.before_send_open) throw unchecked();
    }
}

}  // namespace

std::vector<bool> ask_before(Services& services, const chat::Speaker& speaker, std::vector<Saying>& all,
                             std::vector<chat::Outcome>& outcomes) {
    std::vector<bool> refused(all.size());
    if (services.config.hooks.before_send_url.empty()) return refused;
    Asking asking{monotonic_us() + services.config.hooks.before_send_ms * 1000};
    for (size_t i = 0; i < all.size(); ++i) try {
            ask_one(services, speaker, all[i], asking);
        } catch (const Error& error) {
            // The house's own trouble is not the hook's.
            if (error.fault != Fault::forbidden) throw;
            outcomes[i].fault = error;
            refused[i] = true;
        }
    return refused;
}

}  // namespace hy::api
