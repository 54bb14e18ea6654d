// "At once": the word to the relays that closes connections whose right has ended.
#pragma once
#include <string>

#include "core/outbox.h"

namespace hy::kicks {

struct Kick {
    int code = 1008;
    std::string reason;
    std::string family;  // only connections of this login
    std::string except;  // not those of this principal ("account.3")
};

// `whom`: "account.3", "robot.5" (its own connections), "talk.5" (all who talk with robot 5).
void add(outbox::Pushes& pushes, const std::string& whom, const Kick& kick);

}  // namespace hy::kicks
