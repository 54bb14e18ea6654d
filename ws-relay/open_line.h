// Connections that wait to be let in, in turns by address: a crowd from one waits behind itself.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace hy::relay {

// Bounded by the sockets there are. Owner: its loop, and its thread only.
class OpenLine {
public:
    void add(const std::string& address, uint64_t number) {
        auto& line = lines_[address];
        if (line.empty()) turns_.push_back(address);
        line.push_back(number);
    }

    // Nothing: nobody waits.
    std::optional<uint64_t> next() {
        if (turns_.empty()) return std::nullopt;
        const auto at = lines_.find(turns_.front());
        turns_.pop_front();
        const uint64_t number = at->second.front();
        at->second.pop_front();
        if (at->second.empty()) lines_.erase(at);
        else turns_.push_back(at->first);
        return number;
    }

private:
    std::map<std::string, std::deque<uint64_t>> lines_;  // of those who have somebody waiting
    std::deque<std::string> turns_;                      // each once
};

}  // namespace hy::relay
