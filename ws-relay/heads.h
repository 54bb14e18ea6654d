// Finds what no push told: asks at intervals, and after every loss, how far the channels
// with listeners here have come and whether sessions and their topics still stand.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "json/value.h"

namespace hy::relay {

class Loop;

// Owner: its loop, and its thread only.
class Heads {
public:
    explicit Heads(Loop& loop) : loop_(loop) {}
    void start();
    // Now, and not at the next interval. After NATS was away: what the house did meanwhile must be looked at again.
    void check() { check(true); }
    // These alone: they may have been spoken in before they were heard.
    void check_soon(const std::vector<int64_t>& channels);

private:
    void check(bool all);
    void round();
    void ask(std::vector<int64_t> channels, std::vector<uint64_t> sessions);
    void next();
    // How often the topics of each session asked about had changed by then.
    using Noted = std::map<uint64_t, uint32_t>;
    void take(const json::Value& answer, Noted noted);
    void take_session(const json::Value& session, int64_t now, Noted& noted, std::vector<int64_t>& fresh);

    Loop& loop_;
    std::vector<int64_t> channels_;  // still to be asked in this round
    std::vector<uint64_t> sessions_;
    bool asking_ = false;
    bool again_ = false;
    // Whether this round asks about sessions with many channels too: after a loss, and every kAllRounds.
    bool all_ = true;
    int rounds_ = 0;
};

}  // namespace hy::relay
