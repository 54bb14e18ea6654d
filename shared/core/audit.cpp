#include "core/audit.h"

namespace hy::audit {

namespace {
constexpr const char* kInsert = "INSERT INTO audit (at, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)";
}

void write(db::Session& s, int64_t now_ms, std::string_view actor, std::string_view action, std::string_view target,
           std::string_view detail) {
    s.execute(kInsert, {now_ms, actor, action, target, detail});
}

}  // namespace hy::audit
