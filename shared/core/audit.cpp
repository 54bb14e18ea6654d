#include "core/audit.h"

#include "json/writer.h"

namespace hy::audit {

namespace {
constexpr const char* kInsert = "INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)";
// Administrators read it among the other logs (core/logs: type 3, level 1).
constexpr const char* kLog = "INSERT INTO logs (at, type, level, message, details, address) VALUES (?, 3, 1, ?, ?, '')";
}  // namespace

void write(db::Session& s, int64_t now_ms, std::string_view actor, std::string_view action, std::string_view target,
           std::string_view detail) {
    s.execute(kInsert, {now_ms, actor, action, target, detail});
    json::Writer w;
    w.begin_object().field("actor", actor).field("target", target).field("detail", detail).end_object();
    s.execute(kLog, {now_ms, action, w.text()});
}

}  // namespace hy::audit
