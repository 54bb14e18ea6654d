#include "confirmer.h"

#include <algorithm>

#include "base/text.h"

namespace hy::relay {

namespace {
// A client that never pongs: the oldest are forgotten, and come again with its next connection.
constexpr size_t kMost = 4096;
}  // namespace

void Confirmer::sent(int64_t channel, int64_t seq) {
    if (sent_.size() >= kMost) sent_.erase(sent_.begin(), sent_.begin() + kMost / 2);
    sent_.push_back({{channel, seq}, ++mark_});
}

std::string Confirmer::ping() {
    if (pinged_ == mark_) return {};
    pinged_ = mark_;
    return std::to_string(mark_);
}

bool Confirmer::pong(std::string_view payload) {
    const auto mark = to_uint(payload);
    if (!mark || *mark > pinged_) return false;
    const auto end = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& s) { return s.mark > *mark; });
    if (end == sent_.begin()) return false;
    for (auto at = sent_.begin(); at != end; ++at) confirmed_.push_back(at->pair);
    if (end == sent_.end()) std::vector<Sent>().swap(sent_);
    else sent_.erase(sent_.begin(), end);
    return true;
}

std::string Confirmer::take(size_t most) {
    const size_t count = std::min(most, confirmed_.size());
    std::string out = "[";
    for (size_t i = 0; i < count; ++i)
        out +=
            (i ? ",[" : "[") + std::to_string(confirmed_[i].first) + "," + std::to_string(confirmed_[i].second) + "]";
    if (count == confirmed_.size()) std::vector<Pair>().swap(confirmed_);
    else confirmed_.erase(confirmed_.begin(), confirmed_.begin() + static_cast<std::ptrdiff_t>(count));
    return out + "]";
}

}  // namespace hy::relay
