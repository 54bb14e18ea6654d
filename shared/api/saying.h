// What doors do with what people say: everything of one address commits together, addresses one after the other.
#pragma once
#include <vector>

#include "api/services.h"
#include "core/chat.h"

namespace hy::api {

struct Saying {
    chat::Address address;
    chat::Said said;
};

// One outcome for each, in order. With `go_on`, what the house cannot do now is the outcome of that address alone;
// else it is thrown.
// The operator's hook, where there is one, is asked first: it may refuse ("message.refused", "message.unchecked") or put
// other words in their place.
std::vector<chat::Outcome> say_all(Services& services, const chat::Speaker& speaker, std::vector<Saying> all,
                                   bool go_on);

}  // namespace hy::api
