// Everything in the house that writes, as its clients ask for it: one row an operation. The
// tests take each row and let every statement of it, and every publish, fail in turn.
#pragma once
#include <span>

#include "faults/scene.h"

namespace hy::test {

// What the same request does when it is made again.
enum class Again {
    same,  // nothing more: it has happened once
    more,  // it happens once more
};

struct Operation {
    const char* name;  // begins with its route, its subject, "chore NAME" or "job KIND"
    void (*prepare)(Scene&);
    Answer (*run)(Scene&);
    // How often it has happened, from 0; nothing for what only reads.
    int64_t (*effect)(Scene&);
    Again again = Again::same;
    // In several transactions, or in one statement without one: a failure may leave the first of them
    // behind, or the statement, whose answer got lost.
    bool steps = false;
    int good = 200;   // the status of success
    int after = 200;  // of the same request once it has happened
    // What else must be so after it succeeded; throws std::runtime_error when it is not.
    void (*check)(Scene&, const Answer&) = nullptr;
    // A look that repairs, asked at intervals: what one leaves, the next does.
    bool looks = false;
};

std::span<const Operation> http_operations();
std::span<const Operation> workbot_operations();
std::span<const Operation> wecom_operations();
std::span<const Operation> wukongim_operations();
std::span<const Operation> openim_operations();
std::span<const Operation> openim_sdk_operations();
std::span<const Operation> sandbox_operations();
std::span<const Operation> stream_operations();
std::span<const Operation> chore_operations();
std::vector<const Operation*> operations();

}  // namespace hy::test
