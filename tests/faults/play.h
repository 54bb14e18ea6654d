// One operation with one fault in it, and everything that must be so afterwards.
#pragma once
#include "faults/operations.h"

namespace hy::test {

// An empty house, where each operation's scenes follow one another.
void empty_house(World& world);

struct DatabaseFault {
    int64_t at;  // which statement
    Cut cut;
    bool stays_away;
    Counts counts = Counts::all;
};
struct BusFault {
    int64_t at;  // which publish
    Loss loss;
};

// Whether the tables agree; asked after each position it takes most of the time.
std::vector<std::string> house_faults(World& world);

// What went wrong, in words; `struck`: whether the operation came as far as the fault.
struct Played {
    bool struck = false;
    int64_t statements = 0;
    std::vector<std::string> faults;
};
Played play(const Operation& operation, World& world, DbProxy& proxy, const DatabaseFault& fault);
Played play(const Operation& operation, World& world, DbProxy& proxy, const BusFault& fault);

}  // namespace hy::test
