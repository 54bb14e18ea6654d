// Who did what to whom, for the operator. Never secrets.
#pragma once
#include <string_view>

#include "db/db.h"

namespace hy::audit {

void write(db::Session& s, int64_t now_ms, std::string_view actor, std::string_view action, std::string_view target,
           std::string_view detail = {});

}  // namespace hy::audit
