// Delivery where the protocol has no acknowledgement: which pushes a client's pongs have
// confirmed. Pings and pongs themselves are the connection's.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hy::relay {

// Owner: its connection, on the loop's thread. Holds no memory while empty.
class Confirmer {
public:
    using Pair = std::pair<int64_t, int64_t>;  // channel, seq

    void sent(int64_t channel, int64_t seq);
    // The payload of the ping that is due; empty when nothing was sent since the last one.
    std::string ping();
    // True when the pong confirmed something.
    bool pong(std::string_view payload);
    // At most `most` confirmed pairs as a JSON array; "[]" when there are none.
    std::string take(size_t most);
    size_t confirmed() const { return confirmed_.size(); }

private:
    struct Sent {
        Pair pair;
        uint64_t mark;
    };
    std::vector<Sent> sent_;
    std::vector<Pair> confirmed_;
    uint64_t mark_ = 0;
    uint64_t pinged_ = 0;
};

}  // namespace hy::relay
