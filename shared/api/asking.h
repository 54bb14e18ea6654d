// The operator's hook is asked before something is said (infra/docs/hooks.md).
#pragma once
#include "api/saying.h"

namespace hy::api {

// Those that it refuses have their outcome ("message.refused", "message.unchecked"), words that it changes are changed;
// returns which were refused. Nothing is asked where no hook is set, nor again about what is stored already.
std::vector<bool> ask_before(Services& services, const chat::Speaker& speaker, std::vector<Saying>& all,
                             std::vector<chat::Outcome>& outcomes);

}  // namespace hy::api
