#include "frames_out.h"

#include "json/writer.h"

namespace hy::relay {

std::string FramesOut::take(const std::string& conn, int64_t& number) {
    number = ++n_;
    in_flight_ = true;
    std::string batch = "[";
    size_t count = 0;
    for (; count < waiting_.size() && count < kAtOnce; ++count) {
        const Waiting& next = waiting_[count];
        if (count && batch.size() + next.operation.size() > kBytes) break;
        if (count) batch += ',';
        batch += next.operation;
        if (next.needs_number) {
            // The same batch is repeated with the same n: a repeat is the same message.
            batch.back() = ',';
            const std::string own = conn + ":" + std::to_string(n_) + ":" + std::to_string(count);
            batch += "\"client_no\":" + json::quoted(own) + "}";
        }
        bytes_ -= next.operation.size();
    }
    if (count == waiting_.size()) clear();
    else waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    return batch + "]";
}

}  // namespace hy::relay
