// hongyanctl as an operator types it, on the running stack.
#pragma once
#include <string>

namespace hy::test {

struct Ended {
    int status;  // -1: it did not end by itself
    std::string said;
    bool says(const std::string& words) const { return said.find(words) != std::string::npos; }
};
// With nothing of our own environment but where programs are; what it says on both outputs.
Ended ctl(const std::string& words);

}  // namespace hy::test
