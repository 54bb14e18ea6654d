#include "tellings.h"

#include <algorithm>

#include "json/writer.h"

namespace hy::relay {

namespace {
// NATS carries 1 MB in a message.
constexpr size_t kAskBytes = 256 << 10, kMostBytes = 32 << 20;
constexpr int64_t kSoonMs = 50, kAgainMs = 1000;
}  // namespace

void Tellings::add(const Door& door, Kind kind, std::string entry) {
    Line& line = lines_[&door];
    if (line.bytes + entry.size() > kMostBytes) {
        house_.names_owed = true;
        return;
    }
    line.bytes += entry.size();
    line.waiting.push_back({kind, std::move(entry)});
    send_in(kSoonMs);
}

void Tellings::send_in(int64_t ms) {
    if (std::exchange(set_, true)) return;
    alarms_.after(ms, [this] {
        set_ = false;
        send();
    });
}

void Tellings::send() {
    for (auto& [door, line] : lines_)
        if (!line.asking && !line.waiting.empty()) send_line(*door, line);
}

void Tellings::send_line(const Door& door, Line& line) {
    const Kind kind = line.waiting.front().kind;
    size_t count = 0;
    json::Writer body;
    body.begin_object().field("v", 1).field("relay", house_.relay).key("conns").begin_array();
    for (; count < std::min(line.most, line.waiting.size()) && line.waiting[count].kind == kind; ++count) {
        if (count && body.text().size() + line.waiting[count].text.size() > kAskBytes) break;
        body.raw(line.waiting[count].text);
    }
    body.end_array().end_object();
    line.asking = true;
    uplink_.ask(
        "ask." + std::string(door.name()) + (kind == Kind::confirm ? ".confirm" : ".close"), std::move(body).take(),
        [this, &door, count](const std::optional<json::Value>& answer) { answered(door, count, answer.has_value()); });
}

void Tellings::answered(const Door& door, size_t count, bool well) {
    Line& line = lines_[&door];
    line.asking = false;
    const bool over = well || count == 1;
    if (over && !well) house_.names_owed = true;
    line.most = well ? std::min(kAtOnce, 2 * line.most) : std::max<size_t>(1, count / 2);
    for (; over && count; --count) {
        line.bytes -= line.waiting.front().text.size();
        line.waiting.pop_front();
    }
    if (!line.waiting.empty()) send_in(well ? 0 : kAgainMs);
}

bool Tellings::idle() const {
    return std::all_of(lines_.begin(), lines_.end(),
                       [](const auto& l) { return l.second.waiting.empty() && !l.second.asking; });
}

}  // namespace hy::relay
